import { dirname, join } from 'node:path';
import type { V1Node, V1Pod } from '@kubernetes/client-node';
import { which } from 'zx/core';
import { messageOf, UserError } from '../base/errors.ts';
import { $, ExecError, type ExecResult } from '../base/exec.ts';
import { withLock } from '../base/host.ts';
import { chartsDir, valuesDir } from '../base/paths.ts';
import { report } from '../base/report.ts';
import { loadChart, loadProfiles, type Profile, smallOf } from '../charts/charts.ts';
import { assemble, oneLine, type Rendering, render } from '../charts/render.ts';
import { tool } from '../images/tools.ts';
import { freeRoom, homeless, inWords as roomInWords, total, wishesOf } from './capacity.ts';
import { blotted, inWords, waitingOf } from './progress.ts';

/** Which cluster `helm` and `kubectl` talk to: one of ours by its own kubeconfig, or a context of the user's. */
export type Target = { kubeconfig: string } | { context: string };

/** Name of the umbrella's release; there is one per namespace, and the namespace is named like the profile. */
export const releaseName = 'ballast';

/** A Service that says how to use it, by annotations that every chart sets. */
export interface Endpoint {
  system: string;
  address: string;
  /** Commands for a shell. */
  password?: string;
  connect?: string;
}

/** A profile of values/ by its name; `small` for the same topologies as small as they run. Throws UserError for another name. */
export function profileNamed(name: string, small = false): Profile {
  const known = loadProfiles();
  const profile = known.find((one) => one.name === name);
  if (profile === undefined) {
    const names = known.map((one) => one.name).join(', ');
    throw new UserError(`there is no profile ${name}`, `use one of ${names}`);
  }
  return small ? smallOf(profile) : profile;
}

function rendered({ values }: Profile, namespace: string): Promise<Rendering> {
  return render(loadChart(join(chartsDir, 'ballast')), { values, namespace });
}

/** Images that the umbrella's pods name under a profile. */
export async function profileImages(profile: Profile): Promise<string[]> {
  const { pods } = await rendered(profile, releaseName);
  return [...new Set(pods.flatMap(({ containers }) => containers.map(({ image }) => image)))];
}

/** What to tell somebody whose profile asks for more than the cluster's nodes have left; undefined where all pods fit. */
export async function shortage(
  target: Target,
  namespace: string,
  small: boolean,
): Promise<UserError | undefined> {
  const wanted = async (little: boolean) =>
    wishesOf((await rendered(profileNamed(namespace, little), namespace)).pods);
  const read = async <T>(...args: string[]) =>
    (JSON.parse(await kubectl(target, ['get', ...args, '-o', 'json'])) as { items: T[] }).items;
  const free = freeRoom(
    await read<V1Node>('nodes'),
    await read<V1Pod>('pods', '--all-namespaces'),
    namespace,
  );
  const wishes = await wanted(small);
  const without = homeless(wishes, free);
  if (without === 0) return undefined;
  const little = small ? undefined : await wanted(true);
  const smaller =
    little === undefined || homeless(little, free) > 0
      ? 'use larger nodes or more of them'
      : `add --small, which keeps the topologies and asks for ${roomInWords(total(little))}, or use larger nodes`;
  return new UserError(
    `profile ${namespace} asks for ${roomInWords(total(wishes))} and the nodes have ${roomInWords(total(free))} left: ${without} of ${wishes.length} pods would find no node`,
    smaller,
  );
}

function targetFlags(target: Target, program: 'helm' | 'kubectl'): string[] {
  if ('kubeconfig' in target) return ['--kubeconfig', target.kubeconfig];
  return [program === 'helm' ? '--kube-context' : '--context', target.context];
}

async function helm(
  target: Target,
  args: readonly string[],
  timeout = 60_000,
  signal?: AbortSignal,
): Promise<ExecResult> {
  return $({
    timeout,
    ...(signal ? { signal } : {}),
  })`${await tool('helm')} ${args} ${targetFlags(target, 'helm')}`;
}

async function kubectl(target: Target, args: readonly string[]): Promise<string> {
  const flags = ['--request-timeout=20s', ...targetFlags(target, 'kubectl')];
  const { stdout } = await $`${await tool('kubectl')} ${args} ${flags}`;
  return stdout;
}

/** What helm or kubectl complained of, in one line and without the client library's log. */
function complaint(error: unknown): string {
  const said = error instanceof ExecError && error.stderr.trim() !== '' ? error.stderr : messageOf(error);
  const lines = said.split('\n').filter((line) => !/^[EIW]\d{4} /.test(line));
  return oneLine(lines.join('\n')).replace(/^error: /i, '');
}

/** Refuses a context that does not answer, before anything is changed. */
export async function requireAnswer(target: Target): Promise<void> {
  try {
    await kubectl(target, ['version']);
  } catch (error) {
    const where = 'context' in target ? `context ${target.context}` : 'the cluster';
    throw new UserError(`${where} does not answer (${complaint(error)})`, 'see kubectl config get-contexts');
  }
}

const minutes = 10;

/**
 * Installs or upgrades the umbrella with a profile into a namespace, and waits until it is ready. Ends early with the reason when a pod can
 * never become ready.
 */
export async function installProfile(target: Target, profile: Profile, namespace: string): Promise<void> {
  const chart = await assemble(loadChart(join(chartsDir, 'ballast')));
  await withLock(`release-${namespace}`, async () => {
    await repairRelease(target, namespace);
    const giveUp = new AbortController();
    const watching = watchPods(target, namespace, giveUp);
    try {
      const args = [
        ...['upgrade', '--install', releaseName, chart, '--namespace', namespace, '--create-namespace'],
        ...profile.files.flatMap((file) => ['--values', join(valuesDir, file)]),
        ...['--wait', '--timeout', `${minutes}m`],
      ];
      await helm(target, args, (minutes + 1) * 60_000, giveUp.signal);
    } catch (error) {
      const pods = giveUp.signal.aborted
        ? String(giveUp.signal.reason)
        : `${complaint(error)}; ${await podSummary(target, namespace).then(
            ({ line }) => line,
            () => 'no pods seen',
          )}`;
      throw new UserError(
        `profile ${profile.name} could not be installed (${pods})`,
        `see kubectl describe pods -n ${namespace}`,
        { cause: error },
      );
    } finally {
      clearInterval(watching);
    }
  });
}

/** Reports what the pods wait for, when that has changed; aborts when waiting on makes no sense. */
function watchPods(target: Target, namespace: string, giveUp: AbortController): NodeJS.Timeout {
  let last = '';
  const look = async () => {
    const { line, hopeless } = await podSummary(target, namespace);
    if (line !== last) report(line);
    last = line;
    if (hopeless) giveUp.abort(line);
  };
  return setInterval(() => void look().catch(() => undefined), 5_000);
}

/** Helm refuses to go on where it was interrupted; on a cluster of ours the lock tells that nobody else is at it. */
async function repairRelease(target: Target, profile: string): Promise<void> {
  const namespace = ['--namespace', profile];
  const answer = await helm(target, ['status', releaseName, ...namespace, '--output', 'json']).catch(
    () => undefined,
  );
  if (answer === undefined) return;
  const { info } = JSON.parse(answer.stdout) as { info: { status: string } };
  if (!info.status.startsWith('pending-') && info.status !== 'uninstalling') return;
  if ('context' in target) {
    throw new UserError(
      `release ${releaseName} in namespace ${profile} is ${info.status}: somebody works on it, or was interrupted`,
      `wait, or helm rollback ${releaseName} -n ${profile}`,
    );
  }
  report(`release ${releaseName} was left ${info.status}: repairing it`);
  if (info.status === 'pending-upgrade' || info.status === 'pending-rollback') {
    await helm(target, ['rollback', releaseName, ...namespace]);
  } else {
    // Volumes and credentials outlive this.
    await helm(
      target,
      ['uninstall', releaseName, ...namespace, '--no-hooks', '--wait', '--timeout', '3m'],
      240_000,
    );
  }
}

/** Runs `helm test`. Throws UserError with the last lines of a failed test. */
export async function testRelease(target: Target, profile: string): Promise<void> {
  try {
    await helm(target, ['test', releaseName, '--namespace', profile, '--logs', '--timeout', '5m'], 360_000);
  } catch (error) {
    throw new UserError(
      `helm test failed (${messageOf(error).split('\n').slice(-2).join(' ')})`,
      `see kubectl get pods -n ${profile}`,
      {
        cause: error,
      },
    );
  }
}

/** Removes a release; volumes and credentials stay. Gives false when there was none. */
export async function uninstallProfile(target: Target, profile: string): Promise<boolean> {
  const args = [
    'uninstall',
    releaseName,
    '--namespace',
    profile,
    '--ignore-not-found',
    '--wait',
    '--timeout',
    '5m',
  ];
  const { stdout } = await helm(target, args, 360_000);
  return /uninstalled/.test(stdout);
}

/** What the pods of a namespace wait for, in one line without a secret, and whether that can't come any more. */
async function podSummary(target: Target, namespace: string): Promise<{ line: string; hopeless: boolean }> {
  const read = async <T>(kind: string) =>
    (JSON.parse(await kubectl(target, ['get', kind, '-n', namespace, '-o', 'json'])) as { items: T[] }).items;
  const now = Date.now();
  const waiting = (await read<V1Pod>('pods')).flatMap((pod) => waitingOf(pod, now) ?? []);
  const told = await Promise.all(
    waiting.map(async (one) => {
      if (one.log === undefined) return one;
      const { container, previous } = one.log;
      const flags = ['-c', container, '--tail=1', ...(previous ? ['--previous'] : [])];
      const text = await kubectl(target, ['logs', '-n', namespace, one.pod, ...flags]).catch(() => '');
      const line = oneLine(text).slice(0, 200);
      return line === '' ? one : { ...one, why: `${one.why}: ${line}` };
    }),
  );
  const secrets = told.some(({ log }) => log !== undefined)
    ? await read<{ data?: Record<string, string> }>('secrets')
    : [];
  return { line: blotted(inWords(told), secrets), hopeless: told.some(({ hopeless }) => hopeless) };
}

/** What to type in a shell before the commands that are printed here and in NOTES.txt: the tools of exactly these versions may be ours alone. */
export async function shellSetup(kubeconfig: string): Promise<string> {
  const dirs = new Set<string>();
  for (const name of ['kubectl', 'helm'] as const) {
    const path = await tool(name);
    if ((await which(name, { nothrow: true })) !== path) dirs.add(dirname(path));
  }
  return `export KUBECONFIG=${kubeconfig}${dirs.size === 0 ? '' : ` PATH=${[...dirs].join(':')}:$PATH`}`;
}

const annotation = 'ballast.dev/';

interface Service {
  metadata: { name: string; namespace: string; annotations?: Record<string, string> };
  spec: { ports?: { port: number }[] };
}

/** What the annotated Services of a namespace say about themselves. */
export function endpointsOf(services: readonly Service[]): Endpoint[] {
  return services.flatMap(({ metadata, spec }) => {
    const { name, namespace, annotations = {} } = metadata;
    const system = annotations[`${annotation}system`];
    if (system === undefined) return [];
    const password = annotations[`${annotation}password`];
    const connect = annotations[`${annotation}connect`];
    return {
      system,
      address: `${name}.${namespace}.svc:${spec.ports?.[0]?.port ?? ''}`,
      ...(password === undefined ? {} : { password }),
      ...(connect === undefined ? {} : { connect }),
    };
  });
}

export async function endpoints(target: Target, profile: string): Promise<Endpoint[]> {
  const text = await kubectl(target, ['get', 'services', '-n', profile, '-o', 'json']);
  return endpointsOf((JSON.parse(text) as { items: Service[] }).items);
}

/** The endpoints as a table, with the commands under each, so that they can be copied as they are. */
export function endpointTable(list: readonly Endpoint[]): string {
  const width = Math.max('SYSTEM'.length, ...list.map(({ system }) => system.length)) + 2;
  const lines = [`${'SYSTEM'.padEnd(width)}ENDPOINT`];
  for (const { system, address, password, connect } of list) {
    lines.push(`${system.padEnd(width)}${address}`);
    if (password !== undefined) lines.push(`  password: ${password}`);
    if (connect !== undefined) lines.push(`  connect:  ${connect}`);
  }
  return lines.join('\n');
}

import { dirname, join } from 'node:path';
import { which } from 'zx/core';
import { loadChart, loadProfiles } from './charts.ts';
import { messageOf, UserError } from './errors.ts';
import { $, ExecError, type ExecResult } from './exec.ts';
import { type Report, withLock } from './host.ts';
import { chartsDir, valuesDir } from './paths.ts';
import { assemble, oneLine, render } from './render.ts';
import { tool } from './tools.ts';

/** Which cluster `helm` and `kubectl` talk to: one of ours by its own kubeconfig, or a context of the user's. */
export type Target = { kubeconfig: string } | { context: string };

/** Name of the umbrella's release; there is one per namespace, and the namespace is named like the profile. */
const releaseName = 'ballast';

/** A Service that says how to use it, by annotations that every chart sets. */
export interface Endpoint {
  system: string;
  address: string;
  /** Commands for a shell. */
  password?: string;
  connect?: string;
}

/** Refuses a profile that has no file in values/. */
export function requireProfile(profile: string): void {
  // values/e2e.yaml is for tests.
  const known = loadProfiles()
    .map(({ name }) => name)
    .filter((name) => name !== 'e2e');
  if (!known.includes(profile)) {
    throw new UserError(`there is no profile ${profile}`, `use one of ${known.join(', ')}`);
  }
}

/** Images that the umbrella's pods name under a profile. */
export async function profileImages(profile: string): Promise<string[]> {
  const values = loadProfiles().find(({ name }) => name === profile)?.values ?? {};
  const { pods } = await render(loadChart(join(chartsDir, 'ballast')), { values, namespace: profile });
  return [...new Set(pods.flatMap(({ containers }) => containers.map(({ image }) => image)))];
}

function targetFlags(target: Target, program: 'helm' | 'kubectl'): string[] {
  if ('kubeconfig' in target) return ['--kubeconfig', target.kubeconfig];
  return [program === 'helm' ? '--kube-context' : '--context', target.context];
}

async function helm(target: Target, args: readonly string[], timeout = 60_000): Promise<ExecResult> {
  return $({ timeout })`${await tool('helm')} ${args} ${targetFlags(target, 'helm')}`;
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

/** Installs or upgrades the umbrella with a profile into the namespace of that name, and waits until it is ready. */
export async function installProfile(target: Target, profile: string, report: Report): Promise<void> {
  const namespace = ['--namespace', profile];
  const chart = await assemble(loadChart(join(chartsDir, 'ballast')));
  await withLock(`release-${profile}`, report, async () => {
    await repairRelease(target, profile, report);
    const minutes = 10;
    let last = '';
    const tell = (line: string): void => {
      if (line !== last) report(line);
      last = line;
    };
    const progress = setInterval(() => podSummary(target, profile).then(tell, () => undefined), 5_000);
    try {
      await helm(
        target,
        [
          ...['upgrade', '--install', releaseName, chart, ...namespace, '--create-namespace'],
          ...['--values', join(valuesDir, `${profile}.yaml`), '--wait', '--timeout', `${minutes}m`],
        ],
        (minutes + 1) * 60_000,
      );
    } catch (error) {
      const pods = await podSummary(target, profile).catch(() => 'no pods seen');
      throw new UserError(
        `helm could not install profile ${profile} (${complaint(error)}; ${pods})`,
        `see kubectl describe pods -n ${profile}`,
        { cause: error },
      );
    } finally {
      clearInterval(progress);
    }
  });
}

/** Helm refuses to go on where it was interrupted; on a cluster of ours the lock tells that nobody else is at it. */
async function repairRelease(target: Target, profile: string, report: Report): Promise<void> {
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

async function podSummary(target: Target, namespace: string): Promise<string> {
  interface Pod {
    metadata: { name: string };
    status: { phase?: string; conditions?: { type: string; status: string }[] };
  }
  const { items } = JSON.parse(await kubectl(target, ['get', 'pods', '-n', namespace, '-o', 'json'])) as {
    items: Pod[];
  };
  const waiting = items
    .filter(({ status }) => status.phase !== 'Succeeded')
    .filter(
      ({ status }) => !status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    )
    .map(({ metadata }) => metadata.name);
  return waiting.length === 0 ? 'all pods ready' : `waiting for ${waiting.join(', ')}`;
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

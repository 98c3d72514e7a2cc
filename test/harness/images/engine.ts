import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { which } from 'zx/core';
import { messageOf, UserError } from '../base/errors.ts';
import { $, ExecError, type ExecOptions, type ExecResult } from '../base/exec.ts';
import { writeWhole } from '../base/files.ts';
import { aptInstall, type Host, readHost } from '../base/host.ts';
import { cacheRoot } from '../base/paths.ts';

type EngineName = 'docker' | 'podman' | 'nerdctl';

/** A container engine that kind supports, found working. */
export interface Engine {
  name: EngineName;
  /** What its commands, and kind's, need in their environment. */
  env: Readonly<Record<string, string>>;
  run(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

/** What asking one engine about itself gave. */
export type EngineProbe =
  | { name: EngineName; state: 'absent' }
  | { name: EngineName; state: 'failing'; reason: string }
  | { name: EngineName; state: 'working'; rootless: boolean };

export type EngineDecision =
  | { action: 'use'; name: EngineName }
  | { action: 'install' }
  | { action: 'fail'; message: string; fix: string };

/** Which engine to use: one that works and can run kind's privileged node containers, else podman installed, else why not. */
export function decideEngine(probes: readonly EngineProbe[], host: Host): EngineDecision {
  const reasons: string[] = [];
  for (const probe of probes) {
    if (probe.state === 'absent') continue;
    if (probe.state === 'failing') reasons.push(`${probe.name}: ${probe.reason}`);
    else if (probe.rootless && !host.cgroupV2) reasons.push(`${probe.name}: rootless needs cgroup v2`);
    // Docker's and nerdctl's daemons have privileges of their own; podman's are those of who calls it.
    else if (probe.name === 'podman' && !probe.rootless && !host.sysAdmin) {
      reasons.push('podman: no privileges here (CAP_SYS_ADMIN is missing)');
    } else return { action: 'use', name: probe.name };
  }
  const seen =
    reasons.length > 0 ? `no container engine works (${reasons.join('; ')})` : 'no container engine found';
  const fix = 'start docker, podman or nerdctl';
  if (!host.linux || !host.apt) return { action: 'fail', message: seen, fix };
  if (!host.root)
    return { action: 'fail', message: seen, fix: `${fix}, or run as root to have podman installed` };
  if (!host.sysAdmin) {
    return {
      action: 'fail',
      message: `${seen}, and root here lacks CAP_SYS_ADMIN, which kind's node containers need`,
      fix: 'run on a machine or in a container started with --privileged, or with docker reachable',
    };
  }
  if (probes.some(({ name, state }) => name === 'podman' && state === 'working')) {
    return { action: 'fail', message: seen, fix };
  }
  return { action: 'install' };
}

/** Debian packages that make podman run kind's nodes. */
const podmanPackages = [
  'podman',
  'runc',
  'netavark',
  'aardvark-dns',
  'containernetworking-plugins',
  'iptables',
  'ca-certificates',
];

/** podman's default for root; asking for more than the hard limit fails without CAP_SYS_RESOURCE. */
const podmanDefaultLimit = 1_048_576;

/** The containers.conf podman needs where limits can't be raised, or undefined where its defaults do. */
export function containersConf(host: Host): string | undefined {
  if (host.sysResource || (host.nofile >= podmanDefaultLimit && host.nproc >= podmanDefaultLimit))
    return undefined;
  const nofile = Math.min(host.nofile, podmanDefaultLimit);
  const nproc = Math.min(host.nproc, 32_768);
  return `[containers]
default_ulimits=["nofile=${nofile}:${nofile}","nproc=${nproc}:${nproc}"]
pids_limit=0
[engine]
runtime="runc"
`;
}

async function probe(name: EngineName): Promise<EngineProbe> {
  if (!which.sync(name, { nothrow: true })) return { name, state: 'absent' };
  const format = name === 'podman' ? '{{.Host.Security.Rootless}}' : '{{json .SecurityOptions}}';
  try {
    const { stdout } = await $({ timeout: 20_000 })`${name} info --format ${format}`;
    const rootless = name === 'podman' ? stdout.trim() === 'true' : stdout.includes('rootless');
    return { name, state: 'working', rootless };
  } catch (error) {
    const said = error instanceof ExecError ? error.stderr || messageOf(error) : messageOf(error);
    const reason = said.trim().split('\n').at(-1) ?? '';
    return { name, state: 'failing', reason: reason.replace(/^(ERROR|Error|error): ?/, '').slice(0, 120) };
  }
}

let found: Promise<Engine> | undefined;

/** Finds a working engine, installing podman if there is none. Throws UserError when none can be had. */
export function findEngine(): Promise<Engine> {
  found ??= find().catch((error) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function find(): Promise<Engine> {
  const host = readHost();
  const names: EngineName[] = ['docker', 'podman', 'nerdctl'];
  const decide = async (): Promise<EngineDecision> => decideEngine(await Promise.all(names.map(probe)), host);
  let decision = await decide();
  if (decision.action === 'install') {
    await aptInstall(podmanPackages, host);
    decision = await decide();
    if (decision.action === 'install') {
      throw new UserError('podman was installed and does not work', 'see what `podman info` says');
    }
  }
  if (decision.action === 'fail') throw new UserError(decision.message, decision.fix);

  const { name } = decision;
  const env: Record<string, string> = { KIND_EXPERIMENTAL_PROVIDER: name };
  if (name === 'podman') {
    const conf = containersConf(host);
    if (conf !== undefined && process.env.CONTAINERS_CONF === undefined) {
      const path = join(cacheRoot, 'containers.conf');
      // Commands of other processes may be reading it.
      await writeWhole(path, conf);
      env.CONTAINERS_CONF = path;
    }
    // kind mounts it into its nodes, and unlike docker podman does not create what is missing.
    if (host.root && !existsSync('/lib/modules')) await mkdir('/lib/modules', { recursive: true });
  }
  return {
    name,
    env,
    run: (args, options = {}) => $({ ...options, env: { ...env, ...options.env } })`${name} ${args}`,
  };
}

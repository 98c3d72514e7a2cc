import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { which } from 'zx/core';
import { messageOf, TimeoutError, UserError } from './errors.ts';
import { $ } from './exec.ts';
import { cacheRoot } from './paths.ts';
import { report } from './report.ts';

/** What this machine allows, as far as container engines and image builds care. */
export interface Host {
  linux: boolean;
  root: boolean;
  /** apt-get is there: packages can be installed and Debian root file systems be made. */
  apt: boolean;
  /** CAP_SYS_ADMIN: without it no engine of our own can start a privileged container. */
  sysAdmin: boolean;
  /** CAP_SYS_RESOURCE: without it nobody may raise limits or lower an oom_score_adj. */
  sysResource: boolean;
  cgroupV2: boolean;
  /** Hard limits; Infinity where there is none. */
  nofile: number;
  nproc: number;
}

/** Bits of linux/capability.h. */
const CAP_SYS_ADMIN = 21n;
const CAP_SYS_RESOURCE = 24n;

/** Reads the effective capabilities of /proc/PID/status. */
export function hasCapability(status: string, bit: bigint): boolean {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return hex !== undefined && ((BigInt(`0x${hex}`) >> bit) & 1n) === 1n;
}

/** Reads one hard limit of /proc/PID/limits. */
export function hardLimit(limits: string, name: 'Max open files' | 'Max processes'): number {
  const hard = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, 'm').exec(limits)?.[1];
  return hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

export function readHost(): Host {
  const linux = process.platform === 'linux';
  const proc = (name: string): string => (linux ? readFileSync(`/proc/self/${name}`, 'utf8') : '');
  const status = proc('status');
  const limits = proc('limits');
  return {
    linux,
    root: process.getuid?.() === 0,
    apt: existsSync('/usr/bin/apt-get'),
    sysAdmin: hasCapability(status, CAP_SYS_ADMIN),
    sysResource: hasCapability(status, CAP_SYS_RESOURCE),
    cgroupV2: existsSync('/sys/fs/cgroup/cgroup.controllers'),
    nofile: hardLimit(limits, 'Max open files'),
    nproc: hardLimit(limits, 'Max processes'),
  };
}

/** Whether this process runs tests, in which nothing is built, pulled or installed. */
export const inTests = (): boolean => process.env.VITEST !== undefined;

/**
 * To be called where something is about to be built, pulled or installed. Throws in a test, whose time limit would have to pay for it: what
 * tests use is made ready before them (prepare.ts).
 */
export function refuseInTests(what: string): void {
  if (!inTests()) return;
  throw new UserError(
    `${what} would have to be made ready inside a test`,
    'run the tests by npm run, which does so before them; if it did, add it to test/harness/images/prepare.ts',
  );
}

/** Installs Debian packages on this machine. Throws UserError where it may not or where apt fails. */
export async function aptInstall(packages: readonly string[], host: Host): Promise<void> {
  const names = packages.join(' ');
  refuseInTests(names);
  if (!host.apt) throw new UserError(`${names} is not installed`, 'install it with your package manager');
  if (!host.root)
    throw new UserError(`${names} is not installed`, `run as root, or: apt-get install ${names}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // A new machine may be at its own upgrades.
  const patience = ['-o', 'DPkg::Lock::Timeout=300'];
  const install = async () => {
    try {
      await $({ env })`apt-get ${patience} update -qq`;
      await $({ env })`apt-get ${patience} install -y -qq --no-install-recommends ${packages}`;
    } catch (error) {
      throw new UserError(
        `apt could not install ${names} (${messageOf(error).split('\n').at(-1)})`,
        'check that the Debian mirror can be reached, then run again',
        { cause: error },
      );
    }
  };
  await withLock('apt', () => reporting(`installing ${names} with apt`, install));
}

/** Makes programs available that come from Debian packages. `programs` maps a program to its package. */
export async function ensurePrograms(programs: Readonly<Record<string, string>>, host: Host): Promise<void> {
  const missing = Object.entries(programs).filter(([program]) => !which.sync(program, { nothrow: true }));
  if (missing.length > 0) await aptInstall([...new Set(missing.map(([, name]) => name))], host);
}

/** Refuses to start work that would fill the disk. Sizes in GiB. */
export async function requireSpace(gib: number, what: string): Promise<void> {
  await mkdir(cacheRoot, { recursive: true });
  const { bavail, bsize } = await statfs(cacheRoot);
  const free = (bavail * bsize) / 2 ** 30;
  if (free < gib) {
    throw new UserError(
      `${what} needs ${gib} GiB of free disk and ${cacheRoot} has ${free.toFixed(1)}`,
      'free some, or point BALLAST_CACHE at a larger disk',
    );
  }
}

/** Runs a step, telling when it starts, that it still runs (every 30 s) and how long it took. */
export async function reporting<T>(what: string, run: () => Promise<T>): Promise<T> {
  const start = Date.now();
  const seconds = (): string => `${Math.round((Date.now() - start) / 1000)} s`;
  report(what);
  const timer = setInterval(() => report(`${what}: ${seconds()} so far`), 30_000);
  try {
    const result = await run();
    if (Date.now() - start > 2_000) report(`${what}: done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Polls a condition until it holds. `check` gives true, or what it saw instead. Throws TimeoutError naming `what` after `seconds`.
 */
export async function waitFor(
  what: string,
  seconds: number,
  check: () => Promise<true | string>,
  everyMs = 1_000,
): Promise<void> {
  const start = Date.now();
  let lastReport = start;
  for (;;) {
    const seen = await check();
    if (seen === true) return;
    const now = Date.now();
    if (now - start > seconds * 1000) throw new TimeoutError(what, seconds, seen);
    if (now - lastReport > 10_000) {
      lastReport = now;
      report(`waiting for ${what}: ${Math.round((now - start) / 1000)} s (${seen})`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** A key that changes when any of the parts does. */
export function contentKey(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}

/** contentKey of all files under a directory: names and contents. */
export async function directoryKey(dir: string): Promise<string> {
  const parts: (string | Buffer)[] = [];
  for (const name of (await readdir(dir, { recursive: true })).sort()) {
    const path = join(dir, name);
    if ((await stat(path)).isFile()) parts.push(name, await readFile(path));
  }
  return contentKey(...parts);
}

/**
 * A directory of our own for half-made things, on the cache's disk so that a rename finishes them; removed afterwards, or by a
 * later run if this one is killed.
 */
export async function withTempDir<T>(run: (dir: string) => Promise<T>): Promise<T> {
  const parent = join(cacheRoot, 'tmp');
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const [pid, start] = name.split('-');
    if (start !== startTime(Number(pid))) await removeTree(join(parent, name));
  }
  const me = `${process.pid}-${startTime(process.pid)}`;
  const dir = join(parent, `${me}-${Math.random().toString(36).slice(2, 8)}`);
  await mkdir(dir);
  try {
    return await run(dir);
  } finally {
    await removeTree(dir);
  }
}

async function removeTree(dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true });
  } catch {
    await $`chmod -R u+w ${dir}`.catch(() => undefined); // Go's module cache is read-only
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * Runs one thing at a time across processes (two shells, an interrupted run). The lock is a file naming its holder; that of a
 * dead holder is taken over. Throws TimeoutError after an hour.
 */
export async function withLock<T>(name: string, run: () => Promise<T>): Promise<T> {
  const path = join(cacheRoot, 'locks', name);
  await mkdir(dirname(path), { recursive: true });
  const me = `${process.pid} ${startTime(process.pid)}`;
  await waitFor(`the lock on ${name}`, 3600, async () => {
    try {
      await writeFile(path, me, { flag: 'wx' });
      return true;
    } catch {
      const holder = await readFile(path, 'utf8').catch(() => '');
      const pid = Number(holder.split(' ')[0]);
      if (holder !== '' && holder !== `${pid} ${startTime(pid)}`) await takeAway(path, holder);
      return `held by process ${pid}`;
    }
  });
  try {
    return await run();
  } finally {
    await rm(path, { force: true });
  }
}

/** Removes the lock of a dead holder, and not that of somebody who did the same a moment ago. */
async function takeAway(path: string, holder: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== holder) await link(aside, path);
    await rm(aside);
  } catch {
    // It is gone already.
  }
}

/** Tells a process from a later one with the same id: its start in ticks since boot; empty when there is none. */
function startTime(pid: number): string {
  if (process.platform === 'linux') {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
      return fields?.[0] === 'Z' ? '' : (fields?.[19] ?? '');
    } catch {
      return '';
    }
  }
  try {
    process.kill(pid, 0);
    return 'running';
  } catch {
    return '';
  }
}

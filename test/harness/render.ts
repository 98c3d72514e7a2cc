import { mkdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Chart, closure } from './charts.ts';
import { ExecError, exec } from './exec.ts';
import { writeWhole } from './files.ts';
import { contentKey, withTempDir } from './host.ts';
import { type Manifest, Manifests } from './manifests.ts';
import { cacheRoot } from './paths.ts';
import type { Values } from './systems.ts';
import { pinned, tool } from './tools.ts';

/** The Kubernetes version that charts are rendered for and that their objects are checked against. */
export const kubernetesVersion = (await pinned('kubernetes')).version;
const helmVersion = (await pinned('helm')).version;

const rendersDir = join(cacheRoot, 'renders');
const snapshotsDir = join(cacheRoot, 'charts');
const keepDays = 14;

/** Helm refused to render. The message is helm's own, as one line and without where in the templates it was said. */
export class RenderFailure extends Error {
  override readonly name = 'RenderFailure';
}

export interface Inputs {
  values?: Values;
  /** Release name; the chart's name unless told. */
  release?: string;
  namespace?: string;
  /** Renders that differ in this alone are made by separate runs of helm: to see whether they differ. */
  attempt?: number;
}

/** What one `helm template` printed. */
export class Rendering extends Manifests {
  /** Of helm's exact output. */
  readonly digest: string;

  constructor(objects: readonly Manifest[], digest: string) {
    super(objects);
    this.digest = digest;
  }
}

type Cached = { failure: string } | { objects: Manifest[]; digest: string } | { notes: string };

function limiter(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running < most) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

/** Helm is bound by the processor: more at once than that would only slow each other. */
const withHelm = limiter(2);

const digests = new WeakMap<Chart, string>();

/** Of everything that a render depends on: a chart's files and those of its dependencies. */
function digestOf(chart: Chart): string {
  let digest = digests.get(chart);
  if (digest === undefined) {
    const parts = closure(chart).flatMap((one) => [one.name, ...packaged(one).flat()]);
    digest = contentKey(helmVersion, ...parts);
    digests.set(chart, digest);
  }
  return digest;
}

/** What a reader or a linter needs, helm does not. */
function packaged(chart: Chart): [string, string][] {
  return [...chart.files].filter(([path]) => !path.startsWith('ci/') && !path.endsWith('.md'));
}

const snapshots = new Map<string, Promise<string>>();

/**
 * The directory of a chart with its dependencies assembled by `helm dependency build`, innermost first. It is a copy, keyed by content and
 * never changed: whoever edits the chart, or does the same at the same time, is not in the way.
 */
export function assemble(chart: Chart): Promise<string> {
  const target = join(snapshotsDir, `${chart.name}-${digestOf(chart)}`);
  let snapshot = snapshots.get(target);
  if (snapshot === undefined) {
    snapshot = makeSnapshot(chart, target);
    snapshots.set(target, snapshot);
  }
  return snapshot;
}

async function makeSnapshot(chart: Chart, target: string): Promise<string> {
  const dir = join(target, basename(chart.dir));
  if (await exists(dir)) return dir;
  const helm = await tool('helm');
  await withTempDir(async (temp) => {
    for (const one of closure(chart)) {
      const home = join(temp, basename(one.dir));
      for (const [path, text] of packaged(one)) {
        mkdirSync(dirname(join(home, path)), { recursive: true });
        await writeFile(join(home, path), text);
      }
      if (one.dependencies.length === 0) continue;
      try {
        await withHelm(() => exec(helm, ['dependency', 'build', '--skip-refresh', home]));
      } catch (error) {
        throw error instanceof ExecError
          ? new RenderFailure(`${one.name}: ${oneLine(error.stderr)}`, { cause: error })
          : error;
      }
    }
    await mkdir(snapshotsDir, { recursive: true });
    await rename(temp, target).catch(async (error) => {
      if (!(await exists(dir))) throw error;
    });
  });
  return dir;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Helm's complaint as one line: `Error:`, the place in the template and the hint at --debug left out. */
export function oneLine(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('Use --debug') && !/^level=/.test(line));
  return lines
    .map((line) =>
      line
        .replace(/^Error: /, '')
        .replace(/^INSTALLATION FAILED: /, '')
        .replace(/^execution error at \([^)]*\): /, '')
        .replace(/^- at /, 'at '),
    )
    .join(' ');
}

const results = new Map<string, Promise<Cached>>();

function cached(key: string, run: () => Promise<Cached>): Promise<Cached> {
  let result = results.get(key);
  if (result === undefined) {
    result = readOrRun(join(rendersDir, `${key}.json`), run);
    results.set(key, result);
  }
  return result;
}

async function readOrRun(path: string, run: () => Promise<Cached>): Promise<Cached> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Cached;
  } catch {
    // Not there, or cut short by a full disk: made anew.
  }
  const result = await run();
  pruneOnce();
  await writeWhole(path, JSON.stringify(result));
  return result;
}

let pruning = false;

function pruneOnce(): void {
  if (pruning) return;
  pruning = true;
  prune().catch(() => undefined); // a cache that can't be tidied is no reason to fail
}

/** Every edit of a chart leaves its old renders behind: what is older than two weeks goes. */
async function prune(): Promise<void> {
  const oldest = Date.now() - keepDays * 86_400_000;
  for (const dir of [rendersDir, snapshotsDir]) {
    for (const name of await readdir(dir).catch(() => [])) {
      const path = join(dir, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: oldest }));
      if (mtimeMs < oldest) await rm(path, { recursive: true, force: true });
    }
  }
}

async function helm(
  command: readonly string[],
  chart: Chart,
  inputs: Inputs,
): Promise<{ stdout: string } | { failure: string }> {
  const path = await tool('helm');
  const dir = await assemble(chart);
  const args = [inputs.release ?? chart.name, dir, '--namespace', inputs.namespace ?? 'default'];
  return withHelm(async () => {
    try {
      return await exec(path, [...command, ...args, '--values', '-'], {
        input: JSON.stringify(inputs.values ?? {}),
        env: { KUBECONFIG: '/dev/null' },
        timeout: 60_000,
      });
    } catch (error) {
      if (error instanceof ExecError && error.status !== undefined) return { failure: oneLine(error.stderr) };
      throw error;
    }
  });
}

function keyOf(kind: string, chart: Chart, inputs: Inputs): string {
  const { values = {}, release = chart.name, namespace = 'default', attempt = 0 } = inputs;
  const flags = JSON.stringify([kind, kubernetesVersion, release, namespace, attempt, values]);
  return contentKey(digestOf(chart), flags);
}

/** `helm template`, or what it printed the last time for the same chart and inputs. Throws RenderFailure. */
export async function render(chart: Chart, inputs: Inputs = {}): Promise<Rendering> {
  const result = await cached(keyOf('template', chart, inputs), async () => {
    const output = await helm(['template', '--kube-version', kubernetesVersion], chart, inputs);
    if ('failure' in output) return output;
    const { parseAllDocuments } = await import('yaml');
    const objects: Manifest[] = [];
    for (const document of parseAllDocuments(output.stdout)) {
      const [error] = 'errors' in document ? document.errors : [];
      if (error) return { failure: error.message };
      const object: unknown = document.toJS();
      if (object !== null) objects.push(object as Manifest);
    }
    return { objects, digest: contentKey(output.stdout) };
  });
  if ('failure' in result) throw new RenderFailure(result.failure);
  if ('notes' in result) throw new Error('the render cache mixes up its entries');
  return new Rendering(result.objects, result.digest);
}

/** What `helm install` prints when it is done (the chart's NOTES.txt), in the same way. Throws RenderFailure. */
export async function renderNotes(chart: Chart, inputs: Inputs = {}): Promise<string> {
  const result = await cached(keyOf('notes', chart, inputs), async () => {
    const output = await helm(['install', '--dry-run=client', '--output', 'json'], chart, inputs);
    if ('failure' in output) return output;
    const { info } = JSON.parse(output.stdout) as { info: { notes?: string } };
    return { notes: info.notes ?? '' };
  });
  if ('failure' in result) throw new RenderFailure(result.failure);
  return 'notes' in result ? result.notes : '';
}

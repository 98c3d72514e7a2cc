import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { messageOf } from '../base/errors.ts';
import { writeWhole } from '../base/files.ts';
import { contentKey, withTempDir } from '../base/host.ts';
import { cacheRoot } from '../base/paths.ts';
import type { Value, Values } from '../drill/types.ts';
import { pinned } from '../images/tools.ts';
import { type Chart, closure } from './charts.ts';
import { helm, type RenderedDocument, renderDocuments } from './helm.ts';
import { type Manifest, Manifests } from './manifests.ts';

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
  /** What a chart can't be installed without (its ci/required.yaml) is there, too. */
  values?: Values;
  /** Release name; the chart's name unless told. */
  release?: string;
  namespace?: string;
}

/** What one `helm template` printed. */
export class Rendering extends Manifests {
  /** Of the exact text of every object, in whatever order they were printed. */
  readonly digest: string;

  constructor(objects: readonly Manifest[], digest: string) {
    super(objects);
    this.digest = digest;
  }
}

/** What `helm install` would do: what it prints at the end, and the digest of the objects that it would create. */
export interface Installation {
  notes: string;
  digest: string;
}

type Failed = { failure: string };
type Rendered = { objects: Manifest[]; digest: string };

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

const made = new Map<string, Promise<string>>();

/** Where copies of charts go that nobody wants to keep. */
let scratch: string | undefined;

/**
 * Renders of what `run` makes are kept while it runs, and leave nothing behind: for charts that are looked at once. One at a time.
 */
export async function withoutKeeping<T>(run: () => Promise<T>): Promise<T> {
  const known = { made: new Set(made.keys()), results: new Set(results.keys()) };
  return withTempDir(async (dir) => {
    scratch = dir;
    try {
      return await run();
    } finally {
      scratch = undefined;
      for (const key of made.keys()) if (!known.made.has(key)) made.delete(key);
      for (const key of results.keys()) if (!known.results.has(key)) results.delete(key);
    }
  });
}

/** A directory of the cache that is filled once and never changed: whoever does the same at the same time is not in the way. */
function madeOnce(name: string, fill: (dir: string) => Promise<void>): Promise<string> {
  let dir = made.get(name);
  if (dir === undefined) {
    dir = makeOnce(join(snapshotsDir, name), fill);
    made.set(name, dir);
  }
  return dir;
}

async function makeOnce(target: string, fill: (dir: string) => Promise<void>): Promise<string> {
  const now = new Date();
  // Used just now: kept by those who tidy up.
  if (
    await utimes(target, now, now).then(
      () => true,
      () => false,
    )
  )
    return target;
  if (scratch !== undefined) {
    const dir = join(scratch, basename(target));
    await mkdir(dir);
    await fill(dir);
    return dir;
  }
  await mkdir(snapshotsDir, { recursive: true });
  await withTempDir(async (temp) => {
    await fill(temp);
    await rename(temp, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
  });
  return target;
}

/**
 * The directory of a chart with its dependencies assembled by `helm dependency build`, innermost first. It is a copy, keyed by content:
 * whoever edits the chart is not in the way.
 */
export async function assemble(chart: Chart): Promise<string> {
  const name = basename(chart.dir);
  return join(
    await madeOnce(`${chart.name}-${digestOf(chart)}`, (dir) => place(chart, join(dir, name))),
    name,
  );
}

async function place(chart: Chart, home: string): Promise<void> {
  for (const [path, text] of packaged(chart)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  if (chart.dependencies.length > 0) {
    await cp(await packDependencies(chart), join(home, 'charts'), { recursive: true });
  }
}

/** What `helm dependency build` puts under a chart's charts/. It depends on the chart's Chart.yaml and lock alone, so variants share it. */
function packDependencies(chart: Chart): Promise<string> {
  const pins = ['Chart.yaml', 'Chart.lock'].flatMap((path) => chart.files.get(path) ?? []);
  const inner = chart.dependencies.map(([, dependency]) => digestOf(dependency));
  return madeOnce(`${chart.name}-dependencies-${contentKey(helmVersion, ...pins, ...inner)}`, (dir) =>
    withTempDir(async (temp) => {
      for (const [, dependency] of chart.dependencies)
        await place(dependency, join(temp, basename(dependency.dir)));
      const home = join(temp, basename(chart.dir));
      mkdirSync(home);
      for (const path of ['Chart.yaml', 'Chart.lock']) {
        const text = chart.files.get(path);
        if (text !== undefined) writeFileSync(join(home, path), text);
      }
      const { status, stderr } = await helm(['dependency', 'build', '--skip-refresh', home]);
      if (status !== 0) throw new RenderFailure(`${chart.name}: ${oneLine(stderr)}`);
      await cp(join(home, 'charts'), dir, { recursive: true });
    }),
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

const results = new Map<string, Promise<unknown>>();

function cached<T>(key: string, run: () => Promise<T>): Promise<T> {
  let result = results.get(key);
  if (result === undefined) {
    result = readOrRun(join(rendersDir, `${key}.json`), run);
    results.set(key, result);
  }
  return result as Promise<T>;
}

async function readOrRun<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    // Not there, or cut short by a full disk: made anew.
  }
  const result = await run();
  if (scratch !== undefined) return result;
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

/** Values with what the chart, or a part of an umbrella that they name, can't be installed without; nothing that they say is changed. */
function complete(chart: Chart, values: Values): Values {
  const required = (parse(chart.files.get('ci/required.yaml') ?? '') ?? {}) as Values;
  const parts = chart.dependencies.flatMap(([key, part]): [string, Values][] =>
    isMap(values[key]) ? [[key, complete(part, values[key])]] : [],
  );
  return { ...underlaid(required, values), ...Object.fromEntries(parts) };
}

const isMap = (value: Value | undefined): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As for helm, what is null is not said. */
function underlaid(below: Values, values: Values): Values {
  const all = { ...values };
  for (const [key, value] of Object.entries(below)) {
    const own = values[key] ?? undefined;
    if (own === undefined) all[key] = value;
    else if (isMap(own) && isMap(value)) all[key] = underlaid(value, own);
  }
  return all;
}

function settled(
  chart: Chart,
  { values = {}, release = chart.name, namespace = 'default' }: Inputs,
): Required<Inputs> {
  return { values: complete(chart, values), release, namespace };
}

async function run(
  command: readonly string[],
  chart: Chart,
  inputs: Inputs,
): Promise<{ stdout: string } | { failure: string }> {
  const { values, release, namespace } = settled(chart, inputs);
  const args = [...command, release, await assemble(chart), '--namespace', namespace, '--values', '-'];
  const { stdout, stderr, status } = await helm(args, JSON.stringify(values));
  return status === 0 ? { stdout } : { failure: oneLine(stderr) };
}

function keyOf(kind: string, chart: Chart, inputs: Inputs): string {
  const { values, release, namespace } = settled(chart, inputs);
  const flags = JSON.stringify([kind, kubernetesVersion, release, namespace, values]);
  return contentKey(digestOf(chart), flags);
}

/** The documents of a YAML stream: no line of an indented text can be the separator. */
function documentsOf(stream: string): string[] {
  return stream
    .split(/^---\s*$/m)
    .map((text) => text.replace(/^# Source: .*$/m, '').trim())
    .filter((text) => text !== '');
}

/** Of the exact text of every object, in whatever order they were printed. */
export const digestOfAll = (documents: readonly string[]): string => contentKey(...[...documents].sort());

const parsed = new Map<string, Manifest | undefined>();

/** Variants of a chart share most of their objects, and parsing YAML is slow: the same text is parsed once. Nobody changes the result. */
function parseManifest(document: string): Manifest | undefined {
  if (!parsed.has(document)) parsed.set(document, (parse(document) ?? undefined) as Manifest | undefined);
  return parsed.get(document);
}

/** `helm template`, or what it printed the last time for the same chart and inputs. Throws RenderFailure. */
export async function render(chart: Chart, inputs: Inputs = {}): Promise<Rendering> {
  const result = await cached<Failed | Rendered>(keyOf('template', chart, inputs), async () => {
    const output = await run(['template', '--kube-version', kubernetesVersion], chart, inputs);
    if ('failure' in output) return output;
    const documents = documentsOf(output.stdout);
    try {
      const objects = documents.flatMap((document) => parseManifest(document) ?? []);
      return { objects, digest: digestOfAll(documents) };
    } catch (error) {
      return { failure: messageOf(error) };
    }
  });
  if ('failure' in result) throw new RenderFailure(result.failure);
  return new Rendering(result.objects, result.digest);
}

/** JSON that YAML reads as the same: what YAML takes for the end of a line, or does not take at all, is written as an escape. */
function asYaml(values: Values): string {
  return JSON.stringify(values).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `helm template` for what is asked once and never again: nothing of it is kept on the disk. A refusal is a result. */
export async function renderUnkept(
  chart: Chart,
  inputs: Inputs,
): Promise<{ documents: readonly RenderedDocument[] } | { refusal: string }> {
  const { values, release, namespace } = settled(chart, inputs);
  return renderDocuments({
    ...{ release, namespace },
    chart: await assemble(chart),
    kubeVersion: kubernetesVersion,
    values: asYaml(values),
  });
}

/** `helm install` without a cluster, in the same way: rendered anew, by another command. Throws RenderFailure. */
export async function renderInstall(chart: Chart, inputs: Inputs = {}): Promise<Installation> {
  const result = await cached<Failed | Installation>(keyOf('install', chart, inputs), async () => {
    const output = await run(['install', '--dry-run=client', '--output', 'json'], chart, inputs);
    if ('failure' in output) return output;
    const {
      info,
      manifest = '',
      hooks = [],
    } = JSON.parse(output.stdout) as {
      info: { notes?: string };
      manifest?: string;
      hooks?: { manifest: string }[];
    };
    const documents = [manifest, ...hooks.map((hook) => hook.manifest)].flatMap(documentsOf);
    return { notes: info.notes ?? '', digest: digestOfAll(documents) };
  });
  if ('failure' in result) throw new RenderFailure(result.failure);
  return result;
}

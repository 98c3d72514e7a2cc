import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import pMap from 'p-map';
import { parse } from 'yaml';
import { messageOf, UserError } from '../base/errors.ts';
import { ExecError } from '../base/exec.ts';
import {
  contentKey,
  directoryKey,
  inTests,
  refuseInTests,
  reporting,
  requireSpace,
  withLock,
  withTempDir,
} from '../base/host.ts';
import { cacheRoot, repoRoot } from '../base/paths.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type Engine, findEngine } from './engine.ts';
import {
  type DebianRecipe,
  debianLayer,
  fileLayer,
  type ImageConfig,
  mavenLayer,
  writeImageArchive,
} from './imagebuild.ts';
import { ensureRegistry, pushImage, registryImage } from './registry.ts';
import { type GoModule, goPrograms, pinned } from './tools.ts';

/** How one image came to be usable, or why it is not. */
export type ImageResolution =
  | { ref: string; status: 'stored' | 'pulled' | 'built' }
  | { ref: string; status: 'unavailable'; reason: string };

/** images/NAME/recipe.yaml: how to make an image that keeps the upstream one's contract. */
interface Recipe {
  /** Another recipe, whose Debian layer lies below: made once, and one layer for all images that name it. */
  base?: string;
  debian?: DebianRecipe;
  /** Directory in the image for the jars that the Maven project names, for theirs, and for its own where it has sources. */
  maven?: string;
  /** The Maven project, from the recipe's directory: that directory itself unless told. */
  project?: string;
  /** Path in the image → program of tools/MODULE ("registry/registry") or file of the recipe ("./config.yml"). */
  files?: Readonly<Record<string, string>>;
  config: ImageConfig;
}

/** Marks an image as ours and says from which content of the recipe it was made. */
const recipeLabel = 'dev.ballast.recipe';

const imagesDir = join(repoRoot, 'images');

/** images/images.yaml: every image that a chart or a test names → the recipe to build it from, if there is one. */
export async function imageCatalog(): Promise<ReadonlyMap<string, string | null>> {
  const document: unknown = parse(await readFile(join(imagesDir, 'images.yaml'), 'utf8'));
  return new Map(Object.entries(document as Record<string, string | null>));
}

export type ImagePlan = 'use' | 'build' | 'pull';

/** What to do for an image: ours are renewed with their recipe, anything else in the store is used as it is. */
export function planImage(
  stored: { recipe: string | undefined } | undefined,
  recipeKey: string | undefined,
): ImagePlan {
  if (stored === undefined) return 'pull';
  if (stored.recipe === undefined || recipeKey === undefined || stored.recipe === recipeKey) return 'use';
  return 'build';
}

interface StoredImage {
  id: string;
  recipe: string | undefined;
}

async function inspectImage(engine: Engine, ref: string): Promise<StoredImage | undefined> {
  const answer = await engine.run(['image', 'inspect', ref]).catch(() => undefined);
  if (answer === undefined) return undefined;
  const [image] = JSON.parse(answer.stdout) as {
    Id: string;
    Config?: { Labels?: Record<string, string> | null };
  }[];
  if (image === undefined) return undefined;
  return { id: image.Id.replace(/^sha256:/, ''), recipe: image.Config?.Labels?.[recipeLabel] };
}

/** Brings one image into the engine's store: already there, else pulled from its registry, else built from our recipe. */
async function resolveImage(engine: Engine, ref: string): Promise<ImageResolution> {
  const recipe = (await imageCatalog()).get(ref);
  if (recipe === undefined) return { ref, status: 'unavailable', reason: 'not named in images/images.yaml' };
  const key = recipe === null ? undefined : await recipeKey(ref, recipe);
  let plan = planImage(await inspectImage(engine, ref), key);
  if (plan === 'use') return { ref, status: 'stored' };
  // What can only be pulled was, where that is possible, before the tests.
  if (recipe === null && inTests())
    return {
      ref,
      status: 'unavailable',
      reason: 'it was not in the store when the tests began, and there is no recipe to build it',
    };
  refuseInTests(`image ${ref}`);
  let reason = '';
  if (plan === 'pull') {
    const refused = await pull(engine, ref);
    if (refused === undefined) return { ref, status: 'pulled' };
    if (recipe === null)
      return { ref, status: 'unavailable', reason: `${refused}, and there is no recipe to build it` };
    reason = `${refused}; `;
    plan = 'build';
  }
  try {
    await withLock(`image-${recipe}`, async () => {
      const old = await inspectImage(engine, ref);
      if (old !== undefined && old.recipe === key) return;
      await buildImage(engine, ref, recipe as string, key as string);
      if (old !== undefined) await engine.run(['rmi', old.id]).catch(() => undefined);
    });
    return { ref, status: 'built' };
  } catch (error) {
    if (error instanceof UserError) return { ref, status: 'unavailable', reason: reason + error.line };
    throw error;
  }
}

/** Images made at a time: most of making one is to unpack packages, with one processor. */
const atOnce = 2;

/** Brings images into the engine's store, and our registry's own, and says for each how or why not. Needs no cluster. */
export async function resolveImages(refs: readonly string[]): Promise<ImageResolution[]> {
  const engine = await findEngine();
  const all = new Set([registryImage, ...refs]);
  return pMap(all, (ref) => resolveImage(engine, ref), { concurrency: atOnce });
}

/** Makes images of the engine's store usable in a cluster under their upstream names: nodes pull them from a registry of ours on kind's network, which they know as a mirror. */
export async function shareImages(cluster: Cluster, resolutions: readonly ImageResolution[]): Promise<void> {
  const { engine } = cluster;
  const own = resolutions.find(({ ref }) => ref === registryImage);
  if (own?.status === 'unavailable')
    throw new UserError(`${registryImage} is unavailable (${own.reason})`, 'see above');
  const registry = await ensureRegistry(engine);
  for (const { ref, status } of resolutions) {
    if (status === 'unavailable') continue;
    const image = await inspectImage(engine, ref);
    if (image === undefined) throw new Error(`${ref} vanished from ${engine.name}'s store`);
    const changed = await pushImage(engine, registry, ref, image.id);
    if (changed) {
      // A node that has an older image under this name would go on using it.
      for (const node of cluster.nodes) {
        await cluster
          .nodeExec(node, ['ctr', '--namespace', 'k8s.io', 'images', 'rm', ref])
          .catch(() => undefined);
      }
    }
  }
}

async function readRecipe(name: string): Promise<Recipe> {
  return parse(await readFile(join(imagesDir, name, 'recipe.yaml'), 'utf8')) as Recipe;
}

/** A recipe's file is one of this directory, or a program of a Go module: `registry/registry`. */
function isHere(source: string): boolean {
  return source.startsWith('.');
}

function moduleOf(source: string): GoModule {
  return source.slice(0, source.indexOf('/')) as GoModule;
}

async function recipeKey(ref: string, name: string): Promise<string> {
  const { base, project, files = {} } = await readRecipe(name);
  const pins: string[] = [];
  const others = new Set(base === undefined ? [] : [join(imagesDir, base)]);
  if (project !== undefined) others.add(join(imagesDir, name, project));
  for (const source of Object.values(files)) {
    if (source.startsWith('../')) others.add(join(imagesDir, name, dirname(source)));
    else if (!isHere(source)) pins.push((await pinned(moduleOf(source))).version);
  }
  const below = await Promise.all([...others].map(directoryKey));
  return contentKey(ref, await directoryKey(join(imagesDir, name)), ...below, ...pins);
}

/** The Debian layer of a recipe, in a file that stays. */
async function sharedLayer(name: string): Promise<string> {
  const { debian } = await readRecipe(name);
  if (debian === undefined) throw new Error(`images/${name} has no Debian packages to share`);
  const layer = join(cacheRoot, 'layers', `${name}-${await directoryKey(join(imagesDir, name))}.tar`);
  await withLock(`layer-${name}`, async () => {
    if (existsSync(layer)) return;
    await mkdir(dirname(layer), { recursive: true });
    await reporting(`building the layer images/${name}`, () =>
      withTempDir(async (temp) => {
        const half = join(temp, 'debian.tar');
        await debianLayer(half, inDirectory(name, debian));
        await rename(half, layer);
      }),
    );
  });
  return layer;
}

/** A recipe's Debian part with the path of its script. */
function inDirectory(name: string, { setup, ...debian }: DebianRecipe): DebianRecipe {
  return setup === undefined ? debian : { ...debian, setup: join(imagesDir, name, setup) };
}

async function buildImage(engine: Engine, ref: string, name: string, key: string): Promise<void> {
  await requireSpace(3, `building ${ref}`);
  const recipe = await readRecipe(name);
  const dir = join(imagesDir, name);
  const files: Record<string, string> = {};
  for (const [path, source] of Object.entries(recipe.files ?? {})) {
    files[path] = isHere(source)
      ? join(dir, source)
      : join(await goPrograms(moduleOf(source)), basename(source));
  }
  await reporting(`building ${ref} from images/${name}`, () =>
    withTempDir(async (temp) => {
      const layers: string[] = [];
      if (recipe.base !== undefined) layers.push(await sharedLayer(recipe.base));
      if (recipe.debian) {
        const layer = join(temp, 'debian.tar');
        await debianLayer(layer, inDirectory(name, recipe.debian));
        layers.push(layer);
      }
      if (recipe.maven !== undefined) {
        const layer = join(temp, 'maven.tar');
        await mavenLayer(layer, join(dir, recipe.project ?? '.'), recipe.maven, temp);
        layers.push(layer);
      }
      if (recipe.files) {
        const layer = join(temp, 'files.tar');
        await fileLayer(layer, files, temp);
        layers.push(layer);
      }
      const archive = join(temp, 'image.tar');
      const config = { ...recipe.config, Labels: { ...recipe.config.Labels, [recipeLabel]: key } };
      await writeImageArchive(archive, [{ tag: ref, layers, config }], temp);
      await engine.run(['load', '-i', archive], { timeout: 1_200_000 });
    }),
  );
}

/** Seconds within which a registry has to show a sign of life: where packets are dropped, a pull would hang for minutes. */
const silence = 20;

/** Registries found unreachable in this run. */
const unreachable = new Map<string, string>();

/** Whether an engine's complaint is about reaching the registry, so that asking for the next image is pointless. */
export function isUnreachable(complaint: string): boolean {
  return /no such host|connection refused|timeout|timed out|unreachable|no route|handshake|certificate|no answer/i.test(
    complaint,
  );
}

/** The registry that a full reference (with its host) names. */
export function registryOf(ref: string): string {
  return ref.split('/')[0] ?? ref;
}

/** Pulls an image. Gives the reason, in one line, when that fails. */
export async function pull(engine: Engine, ref: string): Promise<string | undefined> {
  const host = registryOf(ref);
  const known = unreachable.get(host);
  if (known !== undefined) return known;
  try {
    await reporting(`pulling ${ref}`, () => pullOrHang(engine, ref));
    return undefined;
  } catch (error) {
    const complaint = messageOf(error);
    if (!isUnreachable(complaint)) return complaint;
    const reason = `${host} can't be reached`;
    unreachable.set(host, reason);
    return reason;
  }
}

async function pullOrHang(engine: Engine, ref: string): Promise<void> {
  let said = '';
  // podman says this before it has asked anyone.
  const answered = () => said.replaceAll(/^Trying to pull.*$/gm, '').trim() !== '';
  try {
    await engine.run(['pull', ref], {
      timeout: silence * 1000,
      onOutput: (chunk, pulling) => {
        said += chunk;
        if (answered()) pulling.timeout(1_800_000);
      },
    });
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    const { status } = error;
    if (status === undefined)
      throw new Error(answered() ? 'no word for 30 minutes' : `no answer in ${silence} s`);
    throw new Error(said.trim().split('\n').at(-1)?.slice(0, 300) || `exit status ${status}`);
  }
}

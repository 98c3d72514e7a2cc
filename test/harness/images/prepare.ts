import { UserError } from '../base/errors.ts';
import { ensurePrograms, readHost } from '../base/host.ts';
import { loadSchemaCheck } from '../charts/schema.ts';
import { addonImages } from '../cluster/addons.ts';
import { imagesOf } from '../cluster/release.ts';
import { probeImage } from '../drill/probe.ts';
import { systems, testImages } from '../drill/systems.ts';
import type { System } from '../drill/types.ts';
import { findEngine } from './engine.ts';
import { type ImageResolution, resolveImages } from './images.ts';
import { ensureNodeImage } from './nodeimage.ts';
import { type GoModule, goPrograms, type Tool, tool } from './tools.ts';

const checkTools: readonly Tool[] = ['helm', 'helm-serve', 'alerts', 'ct', 'yamllint', 'shellcheck', 'shfmt'];

/** Makes ready what checks, render and unit tests use, one after the other: each build has all processors. */
export async function prepareChecks(): Promise<void> {
  for (const name of checkTools) await tool(name);
  await loadSchemaCheck();
}

/** Makes ready what tests with a cluster use besides: engine, tools, node image and images, those `elsewhere` as far as they can be had, but no cluster. */
export async function prepareCluster(elsewhere: readonly string[] = []): Promise<void> {
  for (const name of ['helm', 'helm-serve', 'alerts'] as const) await tool(name);
  // For certificates of a user's own.
  await ensurePrograms({ openssl: 'openssl' }, readHost());
  const engine = await findEngine();
  // On a new machine both take a quarter of an hour, and neither uses all of it.
  const making = clusterImages(elsewhere);
  const made = Promise.allSettled([making]);
  try {
    await tool('kind');
    await ensureNodeImage(engine);
    // Where that had to be built, kubectl was, too.
    await tool('kubectl');
  } finally {
    await made;
  }
  await making;
}

/** Servers that tests of the extended tier run on this machine itself. */
const serversOf: Readonly<Record<string, GoModule>> = { 'test/systems/mongodb/local.test.ts': 'ferretdb' };

/** Makes ready what extended tests use besides, of those whose files have one of `filters` in their names. Each build takes minutes. */
export async function prepareExtended(filters: readonly string[]): Promise<void> {
  for (const [file, module] of Object.entries(serversOf))
    if (filters.length === 0 || filters.some((filter) => file.includes(filter))) await goPrograms(module);
}

/** Every image that a test with a cluster names, in the engine's store, those `elsewhere` as far as they can be had. Throws UserError naming another that can't. */
export async function clusterImages(elsewhere: readonly string[] = []): Promise<readonly ImageResolution[]> {
  const named = [
    ...systems.flatMap((system) => system.images ?? []),
    ...testImages,
    // Only tests of the extended tier ask for these.
    ...(process.env.BALLAST_TIER === 'all' ? await addonImages() : []),
  ];
  const images = await resolveImages([...(await imagesOf()), ...named, probeImage, ...elsewhere]);
  for (const image of images) {
    if (image.status === 'unavailable' && !elsewhere.includes(image.ref))
      throw new UserError(
        `image ${image.ref} is unavailable (${image.reason})`,
        'make its registry reachable',
      );
  }
  return images;
}

/** Images that only some machines can have, of all systems. */
export const elsewhereImages: readonly string[] = systems.flatMap(({ elsewhere = [] }) => elsewhere);

/** Why a system can't run on this machine, or nothing. */
export function missing(
  system: Pick<System, 'elsewhere'>,
  resolutions: readonly ImageResolution[],
): string | undefined {
  const lacking = resolutions.find(
    ({ ref, status }) => status === 'unavailable' && system.elsewhere?.includes(ref),
  );
  return lacking?.status === 'unavailable'
    ? `image ${lacking.ref} is not to be had here (${lacking.reason})`
    : undefined;
}

/** Asks for the images of a system that not every machine can have. Throws UserError, of status 2, naming one that this machine can't. */
export async function requireElsewhere(system: System): Promise<void> {
  if (system.elsewhere === undefined) return;
  const reason = missing(system, await resolveImages(system.elsewhere));
  if (reason !== undefined)
    throw new UserError(`${system.name} can't run: ${reason}`, 'run this where its registry can be reached', {
      status: 2,
    });
}

import { UserError } from '../base/errors.ts';
import { ensurePrograms, readHost } from '../base/host.ts';
import { loadSchemaCheck } from '../charts/schema.ts';
import { addonImages } from '../cluster/addons.ts';
import { imagesOf } from '../cluster/release.ts';
import { probeImage } from '../drill/probe.ts';
import { systems, testImages } from '../drill/systems.ts';
import { findEngine } from './engine.ts';
import { type ImageResolution, resolveImages } from './images.ts';
import { ensureNodeImage } from './nodeimage.ts';
import { type Tool, tool } from './tools.ts';

const checkTools: readonly Tool[] = ['helm', 'helm-serve', 'alerts', 'ct', 'yamllint', 'shellcheck', 'shfmt'];

/** Makes ready what checks, render and unit tests use, one after the other: each build has all processors. */
export async function prepareChecks(): Promise<void> {
  for (const name of checkTools) await tool(name);
  await loadSchemaCheck();
}

/** Makes ready what tests with a cluster use besides: engine, tools, node image and images, but no cluster. */
export async function prepareCluster(): Promise<void> {
  for (const name of ['helm', 'helm-serve', 'alerts'] as const) await tool(name);
  // For certificates of a user's own.
  await ensurePrograms({ openssl: 'openssl' }, readHost());
  const engine = await findEngine();
  // On a new machine both take a quarter of an hour, and neither uses all of it.
  const making = clusterImages();
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

/** Every image that a test with a cluster names, in the engine's store. Throws UserError naming one that can't be had. */
export async function clusterImages(): Promise<readonly ImageResolution[]> {
  const named = [
    ...systems.flatMap((system) => system.images ?? []),
    ...testImages,
    // Only tests of the extended tier ask for these.
    ...(process.env.BALLAST_TIER === 'all' ? await addonImages() : []),
  ];
  const images = await resolveImages([...(await imagesOf()), ...named, probeImage]);
  for (const image of images) {
    if (image.status === 'unavailable')
      throw new UserError(
        `image ${image.ref} is unavailable (${image.reason})`,
        'make its registry reachable',
      );
  }
  return images;
}

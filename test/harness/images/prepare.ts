import { UserError } from '../base/errors.ts';
import type { Report } from '../base/host.ts';
import { loadSchemaCheck } from '../charts/schema.ts';
import { imagesOf } from '../cluster/release.ts';
import { probeImage } from '../drill/probe.ts';
import { systems } from '../drill/systems.ts';
import { findEngine } from './engine.ts';
import { type ImageResolution, resolveImages } from './images.ts';
import { ensureNodeImage } from './nodeimage.ts';
import { type Tool, tool } from './tools.ts';

const checkTools: readonly Tool[] = ['helm', 'helm-serve', 'alerts', 'ct', 'yamllint', 'shellcheck', 'shfmt'];

/** Makes ready what checks, render and unit tests use, one after the other: each build has all processors. */
export async function prepareChecks(report: Report): Promise<void> {
  for (const name of checkTools) await tool(name, report);
  await loadSchemaCheck();
}

/** Makes ready what tests with a cluster use besides: engine, tools, node image and images, but no cluster. */
export async function prepareCluster(report: Report): Promise<void> {
  for (const name of ['helm', 'helm-serve', 'alerts'] as const) await tool(name, report);
  const engine = await findEngine(report);
  // On a new machine both take a quarter of an hour, and neither uses all of it.
  const making = clusterImages(report);
  const made = Promise.allSettled([making]);
  try {
    await tool('kind', report);
    await ensureNodeImage(engine, report);
    // Where that had to be built, kubectl was, too.
    await tool('kubectl', report);
  } finally {
    await made;
  }
  await making;
}

/** Every image that a test with a cluster names, in the engine's store. Throws UserError naming one that can't be had. */
export async function clusterImages(report: Report): Promise<readonly ImageResolution[]> {
  const named = systems.flatMap((system) => system.images ?? []);
  const images = await resolveImages([...(await imagesOf()), ...named, probeImage], report);
  for (const image of images) {
    if (image.status === 'unavailable')
      throw new UserError(
        `image ${image.ref} is unavailable (${image.reason})`,
        'make its registry reachable',
      );
  }
  return images;
}

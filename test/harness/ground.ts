import { ensureCluster } from './cluster.ts';
import type { Ground } from './drill.ts';
import { UserError } from './errors.ts';
import { ensureImages } from './images.ts';
import { Kube, type Log } from './kube.ts';
import { probeImage } from './probe.ts';
import { imagesOf } from './release.ts';

/** The cluster that tests and drills share; apart from the one of `npm run up`. */
export const testCluster = 'ballast-test';

/** Makes the test cluster run with every image the drills need. Throws UserError naming an image that cannot be had. */
export async function openGround(log: Log): Promise<Ground> {
  const cluster = await ensureCluster({ name: testCluster, workers: 3, disposable: true, report: log });
  const images = await ensureImages(cluster, [...(await imagesOf()), probeImage], log);
  for (const image of images) {
    if (image.status === 'unavailable') {
      throw new UserError(
        `image ${image.ref} is unavailable (${image.reason})`,
        'make its registry reachable',
      );
    }
  }
  return { kube: new Kube(cluster.kubeconfig), nodes: cluster, log };
}

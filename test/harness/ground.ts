import { type Cluster, ensureCluster, joinCluster } from './cluster.ts';
import type { Ground } from './drill.ts';
import { UserError } from './errors.ts';
import { withLock } from './host.ts';
import { resolveImages, shareImages } from './images.ts';
import { Kube, type Log } from './kube.ts';
import { probeImage } from './probe.ts';
import { imagesOf } from './release.ts';
import { systems } from './systems.ts';

/** The cluster that tests and drills share; apart from the one of `npm run up`. */
export const testCluster = 'ballast-test';
const workers = 3;

/**
 * Makes the test cluster run with every image the drills need, and keeps other processes off it until disposed: faults hit whole nodes.
 * Throws UserError naming an image that cannot be had.
 */
export async function openGround(log: Log): Promise<Ground & AsyncDisposable> {
  const release = await holdLock(testCluster, log);
  try {
    return { ...groundOf(await prepare(log), log), [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The same cluster, for those whose parent has opened it (test/e2e/ground.ts), and beside others: so it looks after nothing. */
export async function joinGround(log: Log): Promise<Ground> {
  return groundOf(await joinCluster(testCluster, workers, log), log);
}

function groundOf(cluster: Cluster, log: Log): Ground {
  return { kube: new Kube(cluster.kubeconfig), nodes: cluster, log };
}

async function prepare(log: Log): Promise<Cluster> {
  const named = systems.flatMap((system) => system.images ?? []);
  // On a new machine both take a quarter of an hour, and neither uses all of it.
  const making = resolveImages([...(await imagesOf()), ...named, probeImage], log);
  const made = Promise.allSettled([making]);
  const cluster = await ensureCluster({
    name: testCluster,
    workers,
    disposable: true,
    report: log,
  }).finally(() => made);
  const images = await making;
  for (const image of images) {
    if (image.status === 'unavailable') {
      throw new UserError(
        `image ${image.ref} is unavailable (${image.reason})`,
        'make its registry reachable',
      );
    }
  }
  await shareImages(cluster, images, log);
  return cluster;
}

/** Takes a lock; what it returns gives it back. A process that dies gives it back too. */
async function holdLock(name: string, log: Log): Promise<() => Promise<void>> {
  let giveBack = () => {};
  const held = new Promise<void>((resolve) => {
    giveBack = resolve;
  });
  let holding: Promise<void> | undefined;
  await new Promise<void>((acquired, reject) => {
    holding = withLock(`drills-${name}`, log, () => {
      acquired();
      return held;
    });
    holding.catch(reject);
  });
  return async () => {
    giveBack();
    await holding;
  };
}

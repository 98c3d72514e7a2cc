import { type Cluster, ensureCluster, joinCluster } from './cluster.ts';
import type { Ground } from './drill.ts';
import { withLock } from './host.ts';
import { shareImages } from './images.ts';
import { Kube, type Log } from './kube.ts';
import { clusterImages, prepareCluster } from './prepare.ts';

/** The cluster that tests and drills share; apart from the one of `npm run up`. */
const testCluster = 'ballast-test';
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
  await prepareCluster(log);
  const cluster = await ensureCluster({ name: testCluster, workers, disposable: true, report: log });
  await shareImages(cluster, await clusterImages(log), log);
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

import { withLock } from '../base/host.ts';
import { type Cluster, ensureCluster, joinCluster } from '../cluster/cluster.ts';
import { Kube } from '../cluster/kube.ts';
import { shareImages } from '../images/images.ts';
import { clusterImages, prepareCluster } from '../images/prepare.ts';
import type { TestCluster } from './drill.ts';

/** The cluster that tests and drills share; apart from the one of `npm run up`. */
const clusterName = 'ballast-test';
const workers = 3;

/**
 * Makes the test cluster run with every image the drills need, and keeps other processes off it until disposed: faults hit whole nodes.
 * Throws UserError naming an image that cannot be had.
 */
export async function openTestCluster(): Promise<TestCluster & AsyncDisposable> {
  const release = await holdLock(clusterName);
  try {
    return { ...testClusterOf(await prepare()), [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The same cluster, for those whose parent has opened it (test/e2e/globalsetup.ts), and beside others: so it looks after nothing. */
export async function joinTestCluster(): Promise<TestCluster> {
  return testClusterOf(await joinCluster(clusterName, workers));
}

function testClusterOf(cluster: Cluster): TestCluster {
  return { kube: new Kube(cluster.kubeconfig), nodes: cluster };
}

async function prepare(): Promise<Cluster> {
  await prepareCluster();
  const cluster = await ensureCluster({ name: clusterName, workers, disposable: true });
  await shareImages(cluster, await clusterImages());
  return cluster;
}

/** Takes a lock; what it returns gives it back. A process that dies gives it back too. */
async function holdLock(name: string): Promise<() => Promise<void>> {
  let giveBack = () => {};
  const held = new Promise<void>((resolve) => {
    giveBack = resolve;
  });
  let holding: Promise<void> | undefined;
  await new Promise<void>((acquired, reject) => {
    holding = withLock(`drills-${name}`, () => {
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

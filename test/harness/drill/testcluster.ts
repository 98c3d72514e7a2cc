import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { messageOf } from '../base/errors.ts';
import { withLock } from '../base/host.ts';
import { report } from '../base/report.ts';
import { type Cluster, deleteCluster, ensureCluster, joinCluster } from '../cluster/cluster.ts';
import { Kube, nameOf } from '../cluster/kube.ts';
import { type ImageResolution, shareImages } from '../images/images.ts';
import { clusterImages, prepareCluster } from '../images/prepare.ts';
import type { TestCluster } from './drill.ts';

/** The cluster that tests and drills share; apart from the one of `npm run up`. */
const clusterName = 'ballast-test';
const workers = 3;

/**
 * Makes the test cluster run with every image the drills need, and keeps other processes off it until disposed: faults hit whole nodes. `cleared`: nothing that
 * tests or drills installed is there. `elsewhere`: images besides, as far as they can be had. Throws UserError naming another that cannot.
 */
export async function openTestCluster({
  cleared = false,
  elsewhere = [],
}: {
  cleared?: boolean;
  elsewhere?: readonly string[];
} = {}): Promise<TestCluster & AsyncDisposable & { images: readonly ImageResolution[] }> {
  const release = await holdLock(clusterName);
  try {
    const { cluster, images } = await prepare(cleared, elsewhere);
    return { ...testClusterOf(cluster), images, [Symbol.asyncDispose]: release };
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

async function prepare(
  cleared: boolean,
  elsewhere: readonly string[],
): Promise<{ cluster: Cluster; images: readonly ImageResolution[] }> {
  await prepareCluster();
  const ensure = () => ensureCluster({ name: clusterName, workers, disposable: true });
  let cluster = await ensure();
  try {
    if (cleared) await removeLeftovers(new Kube(cluster.kubeconfig));
  } catch (error) {
    // A machine that was switched off under them can leave namespaces that never end.
    report(`cluster ${clusterName} keeps what an earlier run left (${messageOf(error)}): making it anew`);
    await deleteCluster(clusterName);
    cluster = await ensure();
  }
  const images = await clusterImages(elsewhere);
  await shareImages(cluster, images);
  return { cluster, images };
}

/** What an interrupted run left would go on using the machine, and stand in a test's way. Throws TimeoutError. */
async function removeLeftovers(kube: Kube): Promise<void> {
  const { items } = await kube.core.listNamespace();
  const left = items.map(nameOf).filter((name) => /^(drill-|team-a$)/.test(name));
  if (left.length > 0) report(`removing what an earlier run left: ${left.join(', ')}`);
  for (const name of left) await kube.deleteNamespace(name);
  for (const name of left) await kube.gone(name, 60);
  for (const node of (await kube.core.listNode()).items.filter(({ spec }) => spec?.unschedulable)) {
    report(`letting pods onto ${nameOf(node)} again, which an earlier run was draining`);
    await kube.core.patchNode(
      { name: nameOf(node), body: { spec: { unschedulable: false } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }
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

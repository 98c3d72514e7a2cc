import { report, reportTo } from '../harness/base/report.ts';
import { nameOf } from '../harness/cluster/kube.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { openTestCluster } from '../harness/drill/testcluster.ts';

let testCluster: (TestCluster & AsyncDisposable) | undefined;

/** Opens the cluster once for all test files, two of which run at a time: most of what they do is to wait. */
export async function setup(): Promise<void> {
  reportTo((line) => void process.stderr.write(`  ${line}\n`));
  testCluster = await openTestCluster();
  await removeLeftovers(testCluster);
}

export async function teardown(): Promise<void> {
  await testCluster?.[Symbol.asyncDispose]();
}

/** What an interrupted run left would go on using the machine until a test comes upon it. */
async function removeLeftovers({ kube }: TestCluster): Promise<void> {
  const { items } = await kube.core.listNamespace();
  const left = items.map(nameOf).filter((name) => /^(drill-|team-a$)/.test(name));
  if (left.length > 0) report(`removing what an earlier run left: ${left.join(', ')}`);
  await Promise.all(left.map((name) => kube.deleteNamespace(name)));
}

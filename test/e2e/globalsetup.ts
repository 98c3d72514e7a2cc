import { reportTo } from '../harness/base/report.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { openTestCluster } from '../harness/drill/testcluster.ts';

let testCluster: (TestCluster & AsyncDisposable) | undefined;

/** Opens the cluster once for all test files, two of which run at a time: most of what they do is to wait. */
export async function setup(): Promise<void> {
  reportTo((line) => void process.stderr.write(`  ${line}\n`));
  testCluster = await openTestCluster({ cleared: true });
}

export async function teardown(): Promise<void> {
  await testCluster?.[Symbol.asyncDispose]();
}

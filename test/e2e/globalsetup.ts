import type { TestProject } from 'vitest/node';
import { reportTo } from '../harness/base/report.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { systems } from '../harness/drill/systems.ts';
import { openTestCluster } from '../harness/drill/testcluster.ts';
import { elsewhereImages, missing } from '../harness/images/prepare.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why systems can't run on this machine, by their names. */
    missing: Readonly<Record<string, string>>;
  }
}

let testCluster: (TestCluster & AsyncDisposable) | undefined;

/** Opens the cluster once for all test files, two of which run at a time: most of what they do is to wait. */
export async function setup(project: TestProject): Promise<void> {
  reportTo((line) => void process.stderr.write(`  ${line}\n`));
  const opened = await openTestCluster({ cleared: true, elsewhere: elsewhereImages });
  testCluster = opened;
  const reasons = systems.flatMap((system) => {
    const reason = missing(system, opened.images);
    return reason === undefined ? [] : [[system.name, reason] as const];
  });
  project.provide('missing', Object.fromEntries(reasons));
}

export async function teardown(): Promise<void> {
  await testCluster?.[Symbol.asyncDispose]();
}

import type { Ground } from '../harness/drill.ts';
import { openGround } from '../harness/ground.ts';
import { nameOf } from '../harness/kube.ts';

let ground: (Ground & AsyncDisposable) | undefined;

/** Opens the cluster once for all test files, two of which run at a time: most of what they do is to wait. */
export async function setup(): Promise<void> {
  const log = (line: string) => void process.stderr.write(`  ${line}\n`);
  ground = await openGround(log);
  await removeLeftovers(ground);
}

export async function teardown(): Promise<void> {
  await ground?.[Symbol.asyncDispose]();
}

/** What an interrupted run left would go on using the machine until a test comes upon it. */
async function removeLeftovers({ kube, log }: Ground): Promise<void> {
  const { items } = await kube.core.listNamespace();
  const left = items.map(nameOf).filter((name) => /^(drill-|team-a$)/.test(name));
  if (left.length > 0) log(`removing what an earlier run left: ${left.join(', ')}`);
  await Promise.all(left.map((name) => kube.deleteNamespace(name)));
}

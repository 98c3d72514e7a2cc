import type { Ground } from '../harness/drill.ts';
import { openGround } from '../harness/ground.ts';

let ground: (Ground & AsyncDisposable) | undefined;

/** Opens the cluster once for all test files, two of which run at a time: most of what they do is to wait. */
export async function setup(): Promise<void> {
  const log = (line: string) => void process.stderr.write(`  ${line}\n`);
  ground = await openGround(log);
}

export async function teardown(): Promise<void> {
  await ground?.[Symbol.asyncDispose]();
}

import { parseArgs } from 'node:util';
import type { DrillResult } from '../test/harness/drill.ts';
import { runMain, UserError } from '../test/harness/errors.ts';
import { openGround } from '../test/harness/ground.ts';
import { announce } from '../test/harness/host.ts';
import { drillAll, drillsNamed, healOnInterrupt, systemNamed, tableOf } from '../test/harness/session.ts';

const usage = 'npm run drill -- SYSTEM [DRILL…] [--keep]';

await runMain(async () => {
  const { positionals, keep } = parse(process.argv.slice(2));
  const [systemName, ...names] = positionals;
  const system = systemNamed(systemName);
  const drills = drillsNamed(system, names);

  const log = announce(console.log);
  healOnInterrupt(log);
  await using ground = await openGround(log);
  const results: DrillResult[] = [];
  for await (const result of drillAll(ground, system, drills, keep)) results.push(result);

  console.log(`\n${tableOf(results)}`);
  const failed = results.filter((result) => !result.passed).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});

function parse(args: string[]): { positionals: string[]; keep: boolean } {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { keep: { type: 'boolean', default: false } },
    });
    return { positionals, keep: values.keep };
  } catch (error) {
    throw new UserError((error as Error).message, usage);
  }
}

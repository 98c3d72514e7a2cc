import { parseArgs } from 'node:util';
import { runMain, UserError } from '../test/harness/base/errors.ts';
import { announce } from '../test/harness/base/report.ts';
import type { DrillResult } from '../test/harness/drill/drill.ts';
import {
  drillAll,
  drillsNamed,
  healOnInterrupt,
  systemNamed,
  tableOf,
} from '../test/harness/drill/session.ts';
import { openTestCluster } from '../test/harness/drill/testcluster.ts';
import { requireElsewhere } from '../test/harness/images/prepare.ts';

const usage = 'npm run drill -- SYSTEM [DRILL…] [--keep]';

await runMain(async () => {
  const { positionals, keep } = parse(process.argv.slice(2));
  const [systemName, ...names] = positionals;
  const system = systemNamed(systemName);
  const drills = drillsNamed(system, names);

  announce(console.log);
  await requireElsewhere(system);
  healOnInterrupt();
  await using testCluster = await openTestCluster({ elsewhere: system.elsewhere ?? [] });
  const results: DrillResult[] = [];
  for await (const result of drillAll(testCluster, system, drills, keep)) results.push(result);

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

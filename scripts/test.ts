import { runMain, UserError } from '../test/harness/errors.ts';
import { announce } from '../test/harness/host.ts';
import { prepareChecks, prepareCluster } from '../test/harness/prepare.ts';
import { runSteps, runVitest, StepFailure } from '../test/harness/steps.ts';
import { closingLines, nothing, sum, type Tally } from '../test/harness/tally.ts';
import { checks } from './check.ts';

/** A project whose tests show themselves as they run. */
function shown(project: 'render' | 'e2e', filters: readonly string[]): Promise<Tally> {
  return runVitest({ project, filters, live: true }).catch((error: unknown) => {
    if (error instanceof StepFailure && error.tally) return error.tally;
    throw error;
  });
}

/** `npm test`: everything. `npm test render [FILE…]`, `npm run test:e2e -- [FILE…]`: one part of it. */
await runMain(async () => {
  const [part, ...filters] = process.argv.slice(2);
  let tallies: Tally[];
  const log = announce();
  if (part === undefined || part === 'render') await prepareChecks(log);
  if (part === undefined || part === 'e2e') await prepareCluster(log);
  if (part === undefined) {
    tallies = [...(await runSteps(checks, console.log)), await shown('e2e', [])];
  } else if (part === 'render' || part === 'e2e') {
    tallies = [await shown(part, filters)];
  } else {
    throw new UserError(
      `there are no ${part} tests`,
      'run npm test, npm run test:render or npm run test:e2e',
    );
  }
  const tally = sum([nothing, ...tallies]);
  for (const line of closingLines(tally)) console.log(line);
  if (tally.failed.length > 0) process.exitCode = 1;
});

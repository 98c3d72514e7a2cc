import { parseArgs } from 'node:util';
import { messageOf, runMain, UserError } from '../test/harness/base/errors.ts';
import { announce } from '../test/harness/base/report.ts';
import { runSteps, runVitest, StepFailure } from '../test/harness/base/steps.ts';
import { closingLines, nothing, sum, type Tally } from '../test/harness/base/tally.ts';
import {
  elsewhereImages,
  prepareChecks,
  prepareCluster,
  prepareExtended,
} from '../test/harness/images/prepare.ts';
import { checks } from './check.ts';

/** A project whose tests show themselves as they run. */
function shown(project: 'render' | 'e2e', filters: readonly string[]): Promise<Tally> {
  return runVitest({ project, filters, live: true }).catch((error: unknown) => {
    if (error instanceof StepFailure && error.tally) return error.tally;
    throw error;
  });
}

const usage = 'npm test, npm run test:render [-- FILE…] or npm run test:e2e [-- --all] [SYSTEM…]';

function parse(args: string[]): { part: string | undefined; filters: string[]; all: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { all: { type: 'boolean', default: false } },
    });
    const [part, ...filters] = positionals;
    return { part, filters, all: values.all };
  } catch (error) {
    throw new UserError(messageOf(error), usage);
  }
}

/** Everything that fits half an hour; or one part: render, or e2e, whose extended tier comes with `--all`. */
await runMain(async () => {
  const { part, filters, all } = parse(process.argv.slice(2));
  if (part !== undefined && part !== 'render' && part !== 'e2e')
    throw new UserError(`there are no ${part} tests`, usage);
  if (all && part !== 'e2e') throw new UserError('--all is for tests with a cluster', usage);
  process.env.BALLAST_TIER = all ? 'all' : 'smoke';

  announce();
  if (part !== 'e2e') await prepareChecks();
  if (all) await prepareExtended(filters);
  if (part !== 'render') await prepareCluster(elsewhereImages);
  const tallies =
    part === undefined
      ? [...(await runSteps(checks, console.log)), await shown('e2e', [])]
      : [await shown(part, filters)];
  const tally = sum([nothing, ...tallies]);
  for (const line of closingLines(tally)) console.log(line);
  if (tally.failed.length > 0) process.exitCode = 1;
});

// npm run mutate [-- CHART…] [--sample N] [--seed S]: changes the charts in one place at a time, and says which changes no test of their renders sees.
import { parseArgs } from 'node:util';
import { nameOfMutant } from '../test/contract/mutants.ts';
import { type MutationReport, mutate } from '../test/contract/mutation.ts';
import { bearable, explanationOf } from '../test/contract/survivors.ts';
import { messageOf, runMain, UserError } from '../test/harness/base/errors.ts';
import { announce } from '../test/harness/base/report.ts';
import { prepareChecks } from '../test/harness/images/prepare.ts';

const usage = 'npm run mutate [-- CHART…] [--sample N] [--seed S] [--verbose]';

await runMain(async () => {
  const { names, sample, seed, verbose } = options();
  announce();
  await prepareChecks();
  const reports = await mutate({
    names,
    ...(sample === undefined ? {} : { sample }),
    seed,
    each: ({ mutant, verdict }) => {
      if (verdict.is === 'survived')
        console.log(
          `${explanationOf(mutant) ? 'explained' : 'survived '} ${mutant.chart}: ${nameOfMutant(mutant)} (line ${mutant.line})`,
        );
      else if (verbose)
        console.log(
          `${verdict.is.padEnd(9)} ${mutant.chart}: ${nameOfMutant(mutant)}${verdict.is === 'caught' ? ` BY ${verdict.by.slice(0, 200)}` : ''}`,
        );
    },
  });
  console.log('\nchart      mutants   caught  survived  explained   same    seconds');
  for (const { chart, caught, survived, explained, same, seconds } of reports) {
    const mutants = caught + survived;
    const share = mutants === 0 ? '' : ` (${((100 * survived) / mutants).toFixed(1)} %)`;
    console.log(
      `${chart.padEnd(10)} ${String(mutants).padStart(7)} ${String(caught).padStart(8)} ${String(survived).padStart(9)}${share.padEnd(9)} ${String(explained).padStart(3)} ${String(same).padStart(6)} ${seconds.toFixed(1).padStart(10)}`,
    );
  }
  const sum = (of: (report: MutationReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const unexplained = sum(({ survived, explained }) => survived - explained);
  const all = sum(({ caught, survived }) => caught + survived);
  console.log(
    `\n${unexplained} of ${all} survived without an explanation (${((100 * unexplained) / Math.max(all, 1)).toFixed(1)} %, ${100 * bearable} % are known): promise it in test/systems/SYSTEM/promises.ts, write a rule of the contract, or explain its kind in test/contract/survivors.ts`,
  );
  if (unexplained > bearable * all) process.exitCode = 1;
});

function options(): { names: string[]; sample: number | undefined; seed: number; verbose: boolean } {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        sample: { type: 'string' },
        seed: { type: 'string', default: '1' },
        verbose: { type: 'boolean', default: false },
      },
    });
    const number = (name: string, text: string): number => {
      if (!/^\d+$/.test(text)) throw new Error(`--${name} is ${text}, and has to be a whole number`);
      return Number(text);
    };
    return {
      names: positionals,
      sample: values.sample === undefined ? undefined : number('sample', values.sample),
      seed: number('seed', values.seed),
      verbose: values.verbose,
    };
  } catch (error) {
    throw new UserError(messageOf(error), usage);
  }
}

import { parseArgs } from 'node:util';
import { describeFinding, fuzz, type Tried } from '../test/contract/fuzz/run.ts';
import { runMain, UserError } from '../test/harness/base/errors.ts';
import { announce } from '../test/harness/base/report.ts';
import { type Chart, loadCharts } from '../test/harness/charts/charts.ts';
import { loadSchemaCheck } from '../test/harness/charts/schema.ts';
import { tool } from '../test/harness/images/tools.ts';

const usage = 'npm run fuzz -- [CHART…] [--runs N] [--seed N [--path PATH]]';

interface Asked {
  names: string[];
  runs: number;
  seed: number;
  path: string | undefined;
}

function whole(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UserError(`--${option} is ${text}, which is no whole number of up to nine digits`, usage);
}

function parse(args: string[]): Asked {
  const option = { type: 'string' } as const;
  let parsed: ReturnType<
    typeof parseArgs<{
      args: string[];
      allowPositionals: true;
      options: Record<'runs' | 'seed' | 'path', typeof option>;
    }>
  >;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { runs: option, seed: option, path: option },
    });
  } catch (error) {
    throw new UserError((error as Error).message, usage);
  }
  const { runs = '2000', seed, path } = parsed.values;
  if (path !== undefined && (seed === undefined || parsed.positionals.length !== 1)) {
    throw new UserError('--path is a sample of one chart and one seed', usage);
  }
  return {
    names: parsed.positionals,
    runs: path === undefined ? whole('runs', runs) : 1,
    seed: seed === undefined ? Math.floor(Date.now() / 1000) % 1_000_000_000 : whole('seed', seed),
    path,
  };
}

function chosen(charts: readonly Chart[], names: readonly string[]): Chart[] {
  for (const name of names) {
    if (!charts.some((chart) => chart.name === name)) {
      throw new UserError(
        `there is no chart ${name}`,
        `name some of ${charts.map((chart) => chart.name).join(', ')}, or none for all`,
      );
    }
  }
  return charts.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** `npm run fuzz`: random values that the schemas admit, until asked for no more; each distinct failure once, with the command that repeats it. */
await runMain(async () => {
  const { names, runs, seed, path } = parse(process.argv.slice(2));
  const charts = loadCharts().filter(({ kind }) => kind !== 'library');
  const some = chosen(charts, names);
  announce(console.log);
  await tool('helm-serve');
  const check = await loadSchemaCheck();
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  console.log(`${runs} samples of each of ${some.map(({ name }) => name).join(', ')}, seed ${seed}`);

  const results = await Promise.all(
    some.map(async (chart) => {
      let told = 0;
      let written = 0;
      const progress = (tried: Tried): void => {
        for (const finding of tried.findings.slice(written)) console.log(`\n${describeFinding(finding)}\n`);
        written = tried.findings.length;
        if (performance.now() - told < 15_000) return;
        told = performance.now();
        console.log(
          `${chart.name}: ${tried.samples} of ${runs}, ${tried.findings.length} failures, ${seconds()} s so far`,
        );
      };
      const tried = await fuzz(chart, {
        ...{ runs, seed, check, progress, charts: charts.map(({ name }) => name) },
        ...(path === undefined ? {} : { path }),
      });
      return { chart, tried };
    }),
  );
  console.log('');
  for (const { chart, tried } of results) {
    console.log(
      `${chart.name}: ${tried.samples} samples, ${tried.refused} refused by name, ${tried.findings.length} distinct failures`,
    );
  }
  const failed = results.reduce((sum, { tried }) => sum + tried.findings.length, 0);
  console.log(`\n${failed} distinct failures in ${seconds()} s`);
  if (failed > 0) process.exitCode = 1;
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { UserError } from '../harness/base/errors.ts';
import { repoRoot } from '../harness/base/paths.ts';
import { type Chart, loadCharts } from '../harness/charts/charts.ts';
import { Judge, type Verdict } from './judge.ts';
import { libraryMutants, type Mutant, mutantsOf, sampleOf } from './mutants.ts';
import { promises } from './promisetables.ts';
import { explanationOf } from './survivors.ts';

interface Judged {
  mutant: Mutant;
  verdict: Verdict;
}

/** How the mutants of one chart ended; `explained` of the survivors are of a kind that may. */
export interface MutationReport {
  chart: string;
  caught: number;
  survived: number;
  explained: number;
  same: number;
  seconds: number;
}

export interface MutationRun {
  /** Charts; all unless told. */
  names?: readonly string[];
  /** How many mutants, of all charts together; all unless told. */
  sample?: number;
  seed?: number;
  each?: (judged: Judged) => void;
}

const images = (): ReadonlySet<string> =>
  new Set(Object.keys(parse(readFileSync(join(repoRoot, 'images', 'images.yaml'), 'utf8'))));

/** Judges mutants of the charts by the render tests' own checks, one after the other. A library's are judged by the charts that use it. */
export async function mutate({
  names = [],
  sample,
  seed = 1,
  each,
}: MutationRun = {}): Promise<MutationReport[]> {
  const charts = loadCharts().filter(({ kind }) => kind !== 'umbrella');
  const wanted = names.length === 0 ? charts : names.map((name) => chartOf(charts, name));
  const systems = promises.map(({ chart }) => chart);
  const judges = promises.map((table) => new Judge(chartOf(charts, table.chart), table, images(), systems));
  const users = promises.map(({ chart }) => chartOf(charts, chart));
  const smallestFirst = [...judges].sort((one, other) => one.topologies - other.topologies);
  const all = wanted.flatMap((chart) =>
    chart.kind === 'library' ? libraryMutants(chart, users[1] ?? chart) : mutantsOf(chart),
  );
  const chosen = sample === undefined ? all : sampleOf(all, sample, seed);
  const reports = new Map<string, MutationReport>();
  for (const chart of wanted)
    reports.set(chart.name, { chart: chart.name, caught: 0, survived: 0, explained: 0, same: 0, seconds: 0 });
  for (const mutant of chosen) {
    const started = performance.now();
    const own = judges[users.findIndex(({ name }) => name === mutant.chart)];
    // A library's by the smallest first.
    const verdict = await firstCatch(own === undefined ? smallestFirst : [own], mutant);
    const report = reports.get(mutant.chart);
    if (report === undefined) continue;
    report[verdict.is] += 1;
    if (verdict.is === 'survived' && explanationOf(mutant) !== undefined) report.explained += 1;
    report.seconds += (performance.now() - started) / 1000;
    each?.({ mutant, verdict });
  }
  return [...reports.values()];
}

/** Caught when anybody catches it, the same when it is to all. */
async function firstCatch(judges: readonly Judge[], mutant: Mutant): Promise<Verdict> {
  let last: Verdict = { is: 'same' };
  for (const judge of judges) {
    const verdict = await judge.verdict(mutant);
    if (verdict.is === 'caught') return verdict;
    if (verdict.is === 'survived') last = verdict;
  }
  return last;
}

function chartOf(charts: readonly Chart[], name: string): Chart {
  const found = charts.find((chart) => chart.name === name);
  if (found === undefined)
    throw new UserError(
      `there is no chart ${name}`,
      `use one of ${charts.map((chart) => chart.name).join(', ')}`,
    );
  return found;
}

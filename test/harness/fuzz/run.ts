import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Chart } from '../charts.ts';
import type { SchemaCheck } from '../schema.ts';
import { judge } from './oracle.ts';
import { type Sample, samplesOf } from './values.ts';

/** A defect that no other finding has the shape of, by the plainest sample that still shows it. */
export interface Finding {
  chart: string;
  shape: string;
  breach: string;
  sample: Sample;
  /** Where it was found: `npm run fuzz -- CHART --seed SEED --path PATH` is that sample alone. */
  seed: number;
  path: string;
}

export interface Tried {
  samples: number;
  /** Of these, refused by a line that names a value. */
  refused: number;
  findings: Finding[];
}

export interface FuzzOptions {
  runs: number;
  seed: number;
  /** One sample of `seed`. */
  path?: string;
  /** Names of all charts, which releases may be called after. */
  charts: readonly string[];
  check: SchemaCheck;
  /** Ends after as many findings. */
  most?: number;
  /** Samples to look at for a plainer one than was found. */
  shrinks?: number;
  /** Called after each part of the work. */
  progress?: (tried: Tried) => void;
}

/** Samples that one seed stands for. */
const batch = 100;

/** What two breaches have in common that are one defect: everything but names, values and places. */
function shapeOf(breach: string, { release, namespace }: Sample): string {
  return breach
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/\b([A-Z][A-Za-z]+)\/[^\s:,]+/g, '$1/…')
    .replaceAll(release, '…')
    .replaceAll(namespace, '…')
    .replace(/^[A-Z]\w+\/…: (?:[\w~./[\]-]*[./])?([\w~-]+):? /, '$1: ')
    .replace(/\d+/g, 'N');
}

/** Everything that the samples of one seed show; what nobody has found yet is then made as plain as it gets. */
async function runBatch(
  chart: Chart,
  seed: number,
  numRuns: number,
  options: FuzzOptions,
  tried: Tried,
): Promise<void> {
  const samples = samplesOf(chart, options.charts);
  const fresh = new Map<string, string>();
  const { path: only } = options;
  let index = -1;
  const most = (options.most ?? Number.POSITIVE_INFINITY) - tried.findings.length;
  const scan = fc.asyncProperty(samples, async (sample) => {
    index++;
    if (fresh.size >= most) return;
    const outcome = await judge(chart, sample, options.check);
    tried.samples++;
    if (outcome.refused && outcome.breaches.length === 0) tried.refused++;
    for (const breach of outcome.breaches) {
      const shape = shapeOf(breach, sample);
      if (fresh.has(shape) || tried.findings.some((one) => one.shape === shape)) continue;
      fresh.set(shape, only ?? String(index));
    }
  });
  const details = await fc.check(scan, { seed, numRuns, ...(only === undefined ? {} : { path: only }) });
  if (details.failed) throw details.errorInstance;
  for (const [shape, path] of [...fresh].slice(0, most)) {
    tried.findings.push(await plainest(chart, samples, { shape, seed, path }, options));
    options.progress?.(tried);
  }
}

/** The plainest sample that shows the same as the one at a path. */
async function plainest(
  chart: Chart,
  samples: fc.Arbitrary<Sample>,
  { shape, seed, path }: Pick<Finding, 'shape' | 'seed' | 'path'>,
  options: FuzzOptions,
): Promise<Finding> {
  let left = options.shrinks ?? 150;
  let breach = shape;
  const property = fc.asyncProperty(samples, async (sample) => {
    if (left-- < 0) return;
    const found = (await judge(chart, sample, options.check)).breaches.find(
      (one) => shapeOf(one, sample) === shape,
    );
    if (found === undefined) return;
    breach = found;
    throw new Error(found);
  });
  const details = await fc.check(property, { seed, path, numRuns: 1 });
  if (details.counterexample === null || details.counterexamplePath === null)
    throw new Error(`${chart.name}: what was seen at ${path} of seed ${seed} is gone: ${shape}`);
  const [sample] = details.counterexample;
  return { chart: chart.name, shape, breach, sample, seed, path: details.counterexamplePath };
}

/** Renders as many random samples of a chart's values as asked for, and looks at each: the same seed gives the same ones. */
export async function fuzz(chart: Chart, options: FuzzOptions): Promise<Tried> {
  const tried: Tried = { samples: 0, refused: 0, findings: [] };
  const { runs, most = Number.POSITIVE_INFINITY } = options;
  for (
    let done = 0, seed = options.seed;
    done < runs && tried.findings.length < most;
    done += batch, seed++
  ) {
    await runBatch(chart, seed, Math.min(batch, runs - done), options, tried);
    options.progress?.(tried);
  }
  return tried;
}

/** What a finding is, how to see it with helm alone, and the command that runs just that sample again. */
export function describeFinding({ chart, breach, sample, seed, path }: Finding): string {
  const { release, namespace, values } = sample;
  return [
    `${chart}: ${breach}`,
    `  release ${JSON.stringify(release)}, namespace ${JSON.stringify(namespace)}, values:`,
    ...stringify(values, { lineWidth: 0 })
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
    `  run just this again: npm run fuzz -- ${chart} --seed ${seed} --path ${path}`,
  ].join('\n');
}

import { describe, expect, test } from 'vitest';
import { type Chart, chartOf } from '../harness/charts.ts';
import { judge } from '../harness/fuzz/oracle.ts';
import { describeFinding, fuzz, type Tried } from '../harness/fuzz/run.ts';
import type { Sample } from '../harness/fuzz/values.ts';
import { digestOfAll, render, renderUnkept } from '../harness/render.ts';
import { loadSchemaCheck } from '../harness/schema.ts';
import { chartNamed, charts } from './suite.ts';

/** Samples of each chart: what all of them take has to fit into seconds. `npm run fuzz` tries more, of other seeds. */
const runs = 200;
const seed = 1;

const check = await loadSchemaCheck();
const fuzzed = charts.filter(({ kind }) => kind !== 'library');
const names = fuzzed.map(({ name }) => name);

const outcomes = await Promise.all(
  fuzzed.map(async (chart) => [chart.name, await fuzz(chart, { runs, seed, charts: names, check })] as const),
);

const shown = ({ findings }: Tried): string => findings.map(describeFinding).join('\n\n');

describe('what a schema admits renders to objects that a cluster takes, or is refused by a line that names the value', () => {
  test.each(outcomes)('%s', (_, tried) => {
    expect(shown(tried)).toBe('');
  });

  test.each(outcomes)(
    'of the samples of %s, enough are rendered, and enough refused',
    (_, { samples, refused }) => {
      expect(samples).toBeGreaterThanOrEqual(runs);
      expect(refused / samples).toBeGreaterThan(0.02);
      expect(refused / samples).toBeLessThan(0.8);
    },
  );
});

/** A chart of the suite with a file of it, or of its library, changed. */
function broken(chart: Chart, path: string, what: string | RegExp, by: string): Chart {
  const edit = (files: Chart['files']): Map<string, string> => {
    const text = files.get(path) ?? '';
    if (text.replace(what, by) === text) throw new Error(`${path} has no ${what} any more`);
    return new Map(files).set(path, text.replace(what, by));
  };
  if (chart.files.has(path)) return chartOf(chart.dir, edit(chart.files), chart.dependencies);
  const dependencies = chart.dependencies.map(
    ([key, one]) => [key, one.files.has(path) ? chartOf(one.dir, edit(one.files), []) : one] as const,
  );
  return chartOf(chart.dir, chart.files, dependencies);
}

const zookeeper = chartNamed('zookeeper');

/** [what is broken, the chart so broken, what has to be said of it]. */
const mutants: readonly (readonly [string, Chart, RegExp])[] = [
  [
    'a name that is not quoted',
    broken(zookeeper, 'templates/_names.tpl', '.root.Release.Name | quote', '.root.Release.Name'),
    /app\.kubernetes\.io~1instance must be string$/,
  ],
  [
    'a pattern that is missing',
    broken(zookeeper, 'values.schema.json', /("priorityClassName": \{[^}]*?)"pattern": .*\n/, '$1'),
    /priorityClassName: ".*" is no object's name$/,
  ],
  [
    'two objects of one name',
    broken(zookeeper, 'templates/zookeeper/services.yaml', 'include "zookeeper.members" .', '$full'),
    /^Service\/.* is there twice$/,
  ],
  [
    'a value that is taken to be there',
    broken(
      zookeeper,
      'templates/zookeeper/configmap.yaml',
      '\ndata:\n',
      '\ndata:\n  first: {{ (index .Values.users 0).name | quote }}\n',
    ),
    /^refused without a value's path: .*slice index out of range/,
  ],
];

describe('the fuzzer finds', () => {
  test.each(mutants)('%s', async (_, chart, breach) => {
    const { findings } = await fuzz(chart, { runs: 300, seed, charts: names, check, most: 1, shrinks: 20 });
    expect(findings.map((one) => one.breach)).toEqual([expect.stringMatching(breach)]);
  });
});

describe('helm-serve renders what helm template does', () => {
  test.each(
    fuzzed.flatMap((chart) =>
      chart.topologies.map(({ name, values }) => [chart.name, name, chart, values] as const),
    ),
  )('%s: %s', async (_, __, chart, values) => {
    const sample: Sample = { release: 'shop', namespace: 'team', values };
    const [one, other] = await Promise.all([render(chart, sample), renderUnkept(chart, sample)]);
    const texts = 'documents' in other ? other.documents.map(({ text }) => text.trim()) : [other.refusal];
    expect(digestOfAll(texts)).toBe(one.digest);
    expect(await judge(chart, sample, check)).toEqual({ refused: false, breaches: [] });
  });
});

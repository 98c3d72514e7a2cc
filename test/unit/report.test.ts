import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '../harness/paths.ts';
import {
  type Bench,
  type DrillRun,
  emptyBench,
  figuresOf,
  htmlOf,
  markdownOf,
  withDrill,
  withInstall,
  withMemory,
} from '../harness/report.ts';

const setting = {
  at: '2026-11-21T10:00:00.000Z',
  machine: '2 processors',
  versions: { kubernetes: '1.34.4' },
};

function run(drill: string, outageMs: number, change: Partial<DrillRun> = {}): DrillRun {
  return {
    ...setting,
    goalMs: 8000,
    control: false,
    system: 'mysql',
    topology: 'group',
    drill,
    title: `${drill} <of the primary>`,
    seconds: 40,
    passed: true,
    checks: [],
    deeds: [{ did: drill, to: ['m-0'], ms: 5000 }],
    marks: [{ name: 'fault', ms: 5000 }],
    verdict: {
      attempted: 101,
      acknowledged: 100,
      failed: 0,
      unknown: 1,
      refused: 0,
      missing: 0,
      lost: { a: { count: 0, first: [] } },
      duplicated: {},
      strangers: {},
      recovered: 0,
      resurrected: { count: 0, first: [] },
      diverged: { count: 0, first: [] },
    },
    outageMs,
    undisturbedMs: 20,
    stalledMs: 5,
    settledMs: 900,
    gaps: [{ fromMs: 5000, ms: outageMs }],
    timeline: { sliceMs: 100, acknowledged: [5, 5, 0, 5] },
    errors: {},
    ...change,
  };
}

const since = '2026-11-21T09:00:00.000Z';

function benchOf(...runs: DrillRun[]): Bench {
  return runs.reduce((bench, each) => withDrill(bench, each, since), emptyBench());
}

test('only the run with the longest outage keeps its timeline', () => {
  const bench = benchOf(run('kill', 7000), run('kill', 9000), run('kill', 8000), run('delete', 100));
  expect(bench.drills.map((each) => [each.outageMs, each.timeline !== undefined])).toEqual([
    [7000, false],
    [9000, true],
    [8000, false],
    [100, true],
  ]);
});

test('a new bench replaces the old runs of the same drill only', () => {
  const old = '2026-11-20T10:00:00.000Z';
  const bench = benchOf(run('kill', 1, { at: old }), run('delete', 2, { at: old }));
  const next = withDrill(bench, run('kill', 3), since);
  expect(next.drills.map((each) => [each.drill, each.outageMs])).toEqual([
    ['delete', 2],
    ['kill', 3],
  ]);
});

test('figures over several runs', () => {
  const lossy = run('kill', 9000, {
    passed: false,
    gaps: [
      { fromMs: 1000, ms: 1500 },
      { fromMs: 5000, ms: 9000 },
      { fromMs: 20_000, ms: 1700 },
    ],
  });
  if (lossy.verdict) lossy.verdict.missing = 2;
  const [row] = figuresOf([run('kill', 6000), run('kill', 7000), lossy]);
  expect(row).toMatchObject({
    runs: 3,
    passed: 2,
    acknowledged: 300,
    lost: 2,
    unknown: 3,
    medianMs: 7000,
    maxMs: 9000,
    laterMs: 1700,
    goalMs: 8000,
  });
});

test('the reports show what was measured, and whether the goal was met', () => {
  let bench = benchOf(run('kill', 7040), run('freeze', 9500));
  bench = withInstall(bench, { ...setting, system: 'mysql', topology: 'group', ms: 61_000 }, since);
  bench = withMemory(bench, [
    {
      ...setting,
      system: 'mysql',
      topology: 'group',
      pod: 'm-0',
      container: 'mysql',
      rssMiB: 640,
      workingSetMiB: 700,
    },
  ]);
  const markdown = markdownOf(bench);
  expect(markdown).toContain('| 7.04 s | 7.04 s | 8.00 s ✓ |');
  expect(markdown).toContain('| 9.50 s | 9.50 s | 8.00 s ✗ |');
  expect(markdown).toContain('| mysql group | 1 | 61.0 s | 61.0 s |');
  expect(markdown).toContain('| mysql group | mysql | 1 | 640 MiB | 640 MiB | 700 MiB |');
  expect(markdown).toContain('kubernetes 1.34.4');
  const html = htmlOf(bench);
  expect(html).toContain('kill &lt;of the primary&gt;');
  expect(html.match(/<svg/g)).toHaveLength(2);
  expect(html).not.toMatch(/(src|href)=/);
});

test('a failed run is said in its row, and a control stands apart', () => {
  const control = run('control', 2000, { control: true });
  const markdown = markdownOf(benchOf(run('kill', 7000, { passed: false }), control));
  expect(markdown).toContain('1 of 1 runs failed');
  expect(markdown.split('### Negative controls')[1]).toContain('control');
  expect(markdown.split('### Negative controls')[0]).not.toContain('| control');
});

test('the documents say what docs/bench.json holds, and nothing else', async () => {
  const read = (file: string) => readFile(join(repoRoot, 'docs', file), 'utf8');
  const bench = JSON.parse(await read('bench.json')) as Bench;
  expect(await read('resilience.md')).toBe(markdownOf(bench));
  expect(await read('resilience.html')).toBe(htmlOf(bench));
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repoRoot } from '../base/paths.ts';
import { systems } from '../drill/systems.ts';
import { type Bench, type DrillRun, emptyBench, idOf, withDrill, withInstall, withMemory } from './bench.ts';
import { figuresOf } from './figures.ts';
import { htmlOf } from './html.ts';
import { markdownOf } from './markdown.ts';
import { matrixOf } from './matrix.ts';
import { outcomeOf, outcomes } from './outcome.ts';
import { rowsOf } from './timeline.ts';

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
    actions: [{ did: drill, to: ['m-0'], ms: 5000 }],
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
  expect(html).not.toMatch(/src=|url\(|@import|<script|<link|href="[^#]/);
});

test('a failed run is said in its row, and a control stands apart', () => {
  const control = run('control', 2000, { control: true });
  const markdown = markdownOf(benchOf(run('kill', 7000, { passed: false }), control));
  expect(markdown).toContain('1 of 1 runs failed');
  expect(markdown.split('### Negative controls')[1]).toContain('control');
  expect(markdown.split('### Negative controls')[0]).not.toContain('| control');
});

test.each([
  ['any acknowledged write lost', { lost: 1, passed: 1 }, 'lost'],
  ['a check failed, nothing found lost', { passed: 1 }, 'failed'],
  ['a check failed and the goal missed', { passed: 1, maxMs: 9000 }, 'failed'],
  ['the longest outage is the goal', { maxMs: 8000 }, 'met'],
  ['the longest outage is over the goal', { maxMs: 8001 }, 'missed'],
  ['no goal', { goalMs: undefined }, 'free'],
  ['a control that lost in every run', { control: true, lost: 9, goalMs: undefined }, 'seen'],
  ['a control whose loss was not seen once', { control: true, passed: 1, lost: 9 }, 'unseen'],
])('%s', (_, change, outcome) => {
  const fine = { control: false, lost: 0, passed: 2, runs: 2, goalMs: 8000, maxMs: 7000 };
  expect(outcomeOf({ ...fine, ...change })).toBe(outcome);
});

test('signs tell the outcomes of the matrix apart without colour', () => {
  const signs = (['lost', 'failed', 'missed', 'met', 'free'] as const).map((name) => outcomes[name].sign);
  expect(new Set(signs).size).toBe(signs.length);
});

test('a drill stands in the column of its fault, whatever its prefix, and beside its variants', () => {
  const drill = (name: string, topology = 'group', change: Partial<DrillRun> = {}) =>
    run(name, 100, { topology, ...change });
  const { faults, rows } = matrixOf(
    figuresOf([
      drill('scale-interrupted'),
      drill('all-deleted'),
      drill('cluster-3x3-all', 'cluster-3x3'),
      drill('scale'),
      drill('meteor'),
      drill('control-kill', 'group', { control: true }),
    ]),
  );
  expect(faults.map(({ name }) => name)).toEqual(['all', 'all-deleted', 'scale', '']);
  expect(
    rows.map(({ topology, cells }) => [
      topology,
      cells.map((cell) => cell.map(({ figures, variant }) => `${figures.drill}|${variant}`)),
    ]),
  ).toEqual([
    ['group', [[], ['all-deleted|'], ['scale|', 'scale-interrupted|interrupted'], ['meteor|meteor']]],
    ['cluster-3x3', [['cluster-3x3-all|'], [], [], []]],
  ]);
});

test('every drill that there is has a column that says what is done', () => {
  const figures = systems.flatMap((system) =>
    system.drills
      .filter(({ expect }) => 'keeps' in expect)
      .flatMap(({ name, topology }) => figuresOf([run(name, 100, { system: system.name, topology })])),
  );
  const { faults, rows } = matrixOf(figures);
  expect(faults.map(({ name }) => name)).not.toContain('');
  expect(rows.flatMap(({ cells }) => cells.flat())).toHaveLength(figures.length);
});

test('words of a timeline that would overlap go to other rows', () => {
  expect(rowsOf([10, 12, 30, 31, 32])).toEqual([0, 1, 0, 1, 2]);
});

/** Classes and text of the link with this id. */
function tileOf(html: string, id: string): { classes: string; text: string } {
  const [, classes = '', content = ''] =
    new RegExp(`<a class="([^"]*)" id="${id}"[^>]*>(.*?)</a>`, 's').exec(html) ?? [];
  return {
    classes,
    text: content
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  };
}

test('a cell says in words what its colour says', () => {
  const lossy = run('kill', 7000, { passed: false });
  if (lossy.verdict) lossy.verdict.missing = 1200;
  const { goalMs: _, ...goalless } = run('delete', 500);
  const html = htmlOf(
    benchOf(
      lossy,
      run('kill', 7500),
      run('freeze', 7000),
      run('partition', 9000),
      goalless,
      run('all', 500, {
        passed: false,
        checks: [{ name: 'all members hold the same', ok: false, detail: '' }],
      }),
    ),
  );
  const tile = (drill: string) => tileOf(html, `cell-mysql-${drill}`);
  expect(tile('kill')).toEqual({
    classes: 'tile lost',
    text: 'primary killed ✗ 1,200 lost 7.25 s max 7.50 s goal 8 s',
  });
  expect(tile('freeze')).toEqual({
    classes: 'tile met',
    text: 'primary frozen ✓ 7.00 s 1 run goal 8 s',
  });
  expect(tile('partition')).toMatchObject({ classes: 'tile missed' });
  expect(tile('partition').text).toContain('▲ 9.00 s');
  expect(tile('delete')).toEqual({
    classes: 'tile free',
    text: 'primary’s pod deleted ○ 500 ms 1 run no goal',
  });
  expect(tile('all').classes).toBe('tile failed');
  expect(tile('all').text).toContain('! 1 of 1 failed');
  expect(html).toContain('(failed: all members hold the same)');
});

// Big files, and machines that have other things to do.
describe('docs', { timeout: 60_000 }, () => {
  const read = (file: string) => readFile(join(repoRoot, 'docs', file), 'utf8');

  test('every drill of bench.json has a cell, which leads to its figures, and all links lead somewhere', async () => {
    const bench = JSON.parse(await read('bench.json')) as Bench;
    const html = await read('resilience.html');
    const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name);
    const ids = found(html, / id="([^"]*)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    expect(found(html, / href="#([^"]*)"/g).filter((link) => !ids.includes(link))).toEqual([]);
    const drills = figuresOf(bench.drills);
    const names = (control: boolean) => drills.filter((row) => row.control === control).map(idOf);
    const cells = (text = '') => found(text, /<a class="tile [a-z]*" id="cell-([^"]*)" href="#\1"/g);
    const [matrix, rest] = html.split('id="controls"');
    expect(cells(matrix).sort()).toEqual(names(false).sort());
    expect(cells(rest).sort()).toEqual(names(true).sort());
    expect(found(html, /<article id="([^"]*)">/g).sort()).toEqual(drills.map(idOf).sort());
    const articles = found(html, /<article id="[^"]*">([\s\S]*?)<\/article>/g);
    const without = articles.filter((one) => !/<svg|timeline of this run was not kept/.test(one ?? ''));
    expect(articles).toHaveLength(drills.length);
    expect(without).toEqual([]);
  });

  test('the documents say what bench.json holds, and nothing else', async () => {
    const bench = JSON.parse(await read('bench.json')) as Bench;
    // No comparison that would print, for minutes, how two such files differ.
    const stale = [
      ...((await read('resilience.md')) === markdownOf(bench) ? [] : ['resilience.md']),
      ...((await read('resilience.html')) === htmlOf(bench) ? [] : ['resilience.html']),
    ];
    expect(stale, 'written anew by `npm run bench -- report`').toEqual([]);
  });
});

test('the platform’s drill stands above all else, with its steps and its timeline', () => {
  const steps = [
    { name: 'nothing', fromMs: 0, toMs: 60_000, acknowledged: 900, failed: 0, longestMs: 400 },
    {
      name: 'a <node> is drained',
      fromMs: 60_000,
      toMs: 180_000,
      acknowledged: 1100,
      failed: 11,
      longestMs: 7000,
    },
  ];
  const { at, machine } = setting;
  const bench = {
    ...benchOf(run('kill', 1)),
    platform: { at, machine, acknowledged: 2000, steps, seconds: [1, 2, 3] },
  };
  const html = htmlOf(bench);
  expect(html.indexOf('id="platform"')).toBeLessThan(html.indexOf('class="summary"'));
  expect(html).toContain('of 2,000 messages that were answered with 2xx, <b>none was missing</b>');
  expect(html).toContain('a &lt;node&gt; is drained at 60.0 s');
  const markdown = markdownOf(bench);
  expect(markdown).toContain('| a <node> is drained | 120 s | 1,100 | 11 (0.99 %) | 7.00 s |');
  expect(markdownOf(benchOf(run('kill', 1)))).not.toContain('platform');
});

import type { DrillResult } from './drill.ts';
import type { Gap } from './ledger.ts';
import type { Setting } from './measure.ts';
import { duration, maximum, median } from './stats.ts';

/** docs/bench.json: everything `npm run bench` measured. The report shows this and nothing else. */
export interface Bench {
  drills: DrillRun[];
  installs: InstallRun[];
  memory: MemoryReading[];
  render?: RenderTimes;
}

/** One run of a drill. Only the run with the longest outage keeps its timeline. */
export type DrillRun = Omit<DrillResult, 'timeline'> & Partial<Pick<DrillResult, 'timeline'>>;

export interface InstallRun extends Setting {
  system: string;
  topology: string;
  ms: number;
}

export interface MemoryReading extends Setting {
  system: string;
  topology: string;
  pod: string;
  container: string;
  /** Anonymous resident memory and the cgroup's working set, which is what limits are checked against. */
  rssMiB: number;
  workingSetMiB: number;
}

export interface RenderTimes extends Setting {
  /** Ours and what others' tools take for comparable work on the same charts: wall-clock ms of each run. */
  steps: { what: string; ms: number[] }[];
}

export function emptyBench(): Bench {
  return { drills: [], installs: [], memory: [] };
}

/** Adds a run; what was measured before `since` for the same drill is replaced. */
export function withDrill(bench: Bench, run: DrillRun, since: string): Bench {
  const same = (other: DrillRun) => keyOf(other) === keyOf(run);
  const kept = bench.drills.filter((other) => !same(other) || other.at >= since);
  const worst = Math.max(...[...kept.filter(same), run].map((each) => each.outageMs));
  const slim = (each: DrillRun): DrillRun => {
    if (!same(each) || each.outageMs >= worst) return each;
    const { timeline: _, ...rest } = each;
    return rest;
  };
  return { ...bench, drills: [...kept, run].map(slim) };
}

export function withInstall(bench: Bench, run: InstallRun, since: string): Bench {
  const stale = (other: InstallRun) =>
    other.system === run.system && other.topology === run.topology && other.at < since;
  return { ...bench, installs: [...bench.installs.filter((other) => !stale(other)), run] };
}

export function withMemory(bench: Bench, readings: MemoryReading[]): Bench {
  const replaced = (old: MemoryReading) =>
    readings.some((one) => one.system === old.system && one.topology === old.topology);
  return { ...bench, memory: [...bench.memory.filter((old) => !replaced(old)), ...readings] };
}

/** One line of the report: all runs of one drill. */
export interface DrillFigures {
  system: string;
  drill: string;
  title: string;
  topology: string;
  control: boolean;
  runs: number;
  passed: number;
  acknowledged: number;
  lost: number;
  unknown: number;
  /** Of the writers that waited for no copies, where there were any. */
  plain: { acknowledged: number; lost: number } | undefined;
  medianMs: number;
  maxMs: number;
  goalMs: number | undefined;
  undisturbedMs: number;
  stalledMs: number;
  settledMs: number;
  /** Longest pause of 1 s or more apart from each run's outage. */
  laterMs: number;
  worst: DrillRun;
}

export function figuresOf(runs: readonly DrillRun[]): DrillFigures[] {
  const groups = new Map<string, DrillRun[]>();
  for (const run of runs) groups.set(keyOf(run), [...(groups.get(keyOf(run)) ?? []), run]);
  return [...groups.values()].map((group) => {
    const outages = group.map((run) => run.outageMs);
    const sum = (pick: (result: DrillRun) => number) =>
      group.reduce((total, result) => total + pick(result), 0);
    const worst = group.find((run) => run.outageMs === maximum(outages));
    if (!worst) throw new Error('a drill without runs');
    return {
      system: worst.system,
      drill: worst.drill,
      title: worst.title,
      topology: worst.topology,
      control: worst.control,
      runs: group.length,
      passed: group.filter((result) => result.passed).length,
      acknowledged: sum((result) => result.verdict?.acknowledged ?? 0),
      lost: sum((result) => result.verdict?.missing ?? 0),
      unknown: sum((result) => result.verdict?.unknown ?? 0),
      plain: group.some((result) => result.verdict?.plain)
        ? {
            acknowledged: sum((result) => result.verdict?.plain?.acknowledged ?? 0),
            lost: sum((result) => result.verdict?.plain?.lost ?? 0),
          }
        : undefined,
      medianMs: median(outages),
      maxMs: maximum(outages),
      goalMs: worst.goalMs,
      undisturbedMs: maximum(group.map((result) => result.undisturbedMs)),
      stalledMs: maximum(group.map((result) => result.stalledMs)),
      settledMs: maximum(group.map((result) => result.settledMs)),
      laterMs: Math.max(0, ...group.flatMap((result) => laterGaps(result).map((gap) => gap.ms))),
      worst,
    };
  });
}

/** Pauses after the deed other than the outage itself. */
function laterGaps(result: DrillRun): Gap[] {
  const faultMs = result.deeds[0]?.ms ?? 0;
  return result.gaps.filter((gap) => gap.fromMs + gap.ms > faultMs && gap.ms < result.outageMs);
}

const mebi = (value: number) => `${Math.round(value)} MiB`;

export function markdownOf(bench: Bench): string {
  const figures = figuresOf(bench.drills);
  const parts = [
    '# Resilience, measured',
    'Generated by `npm run bench` from `docs/bench.json`; the same with timelines is in `resilience.html`.',
    explanation,
  ];
  for (const system of new Set(figures.map((row) => row.system))) {
    parts.push(
      `## ${system}`,
      table(drillHeads, figures.filter((row) => row.system === system && !row.control).map(drillCells)),
    );
    const controls = figures.filter((row) => row.system === system && row.control);
    if (controls.length > 0)
      parts.push('### Negative controls', controlText, table(controlHeads, controls.map(controlCells)));
  }
  parts.push(...otherTables(bench).flatMap(({ title, heads, rows }) => [`## ${title}`, table(heads, rows)]));
  parts.push('## Where and when', table(settingHeads, settingRows(bench)));
  return `${parts.join('\n\n')}\n`;
}

const explanation =
  'A client inside the cluster writes numbered records one after the other through the Service a user would use, and notes what it was told. Meanwhile every member is also asked directly, four times a second, to take a write: all but the primary must refuse. Afterwards every member and the Service are read in full. **Lost** counts records that were acknowledged and are missing anywhere; **outage** is the longest time between two acknowledgements from the fault on; **unknown** writes are those whose connection broke, which may or may not be there; **lost without waiting** is what a second client lost whose writes are acknowledged by the primary alone, where a system lets clients choose (Redis without `WAIT`); **noise** is the longest pause before the fault, and the longest time that the client itself could not run.';
const controlText =
  'The same drill on a deliberately weakened set-up, which must lose acknowledged writes: it shows that a loss would be seen.';

const drillHeads = [
  'fault',
  'topology',
  'runs',
  'acknowledged',
  'lost',
  'unknown',
  'lost without waiting',
  'outage: median',
  'max',
  'goal',
  'later pauses',
  'noise: before, client',
  'all back after',
];

function drillCells(row: DrillFigures): string[] {
  return [
    `${row.title}${row.passed < row.runs ? ` (${row.runs - row.passed} of ${row.runs} runs failed)` : ''}`,
    row.topology,
    `${row.runs}`,
    thousands(row.acknowledged),
    `${row.lost}`,
    `${row.unknown}`,
    plainCell(row),
    duration(row.medianMs),
    duration(row.maxMs),
    row.goalMs === undefined ? '' : `${duration(row.goalMs)} ${row.maxMs <= row.goalMs ? '✓' : '✗'}`,
    row.laterMs > 0 ? `up to ${duration(row.laterMs)}` : 'none ≥ 1 s',
    `${duration(row.undisturbedMs)}, ${duration(row.stalledMs)}`,
    duration(row.settledMs),
  ];
}

function plainCell({ plain }: DrillFigures): string {
  return plain ? `${thousands(plain.lost)} of ${thousands(plain.acknowledged)}` : '–';
}

const controlHeads = [
  'fault',
  'topology',
  'runs',
  'acknowledged',
  'lost',
  'lost without waiting',
  'runs that saw it',
];

function controlCells(row: DrillFigures): string[] {
  return [
    row.title,
    row.topology,
    `${row.runs}`,
    thousands(row.acknowledged),
    thousands(row.lost),
    plainCell(row),
    `${row.passed}`,
  ];
}

interface Table {
  title: string;
  heads: string[];
  rows: string[][];
}

function otherTables(bench: Bench): Table[] {
  const tables: Table[] = [];
  const installs = grouped(bench.installs, (run) => `${run.system} ${run.topology}`);
  if (installs.length > 0) {
    tables.push({
      title: 'From `helm install` to ready',
      heads: ['system', 'runs', 'median', 'max'],
      rows: installs.map(([name, runs]) => {
        const times = runs.map((run) => run.ms);
        return [name, `${runs.length}`, duration(median(times)), duration(maximum(times))];
      }),
    });
  }
  const memory = grouped(bench.memory, (one) => `${one.system} ${one.topology}\n${one.container}`);
  if (memory.length > 0) {
    tables.push({
      title: 'Memory at rest, per container',
      heads: ['system', 'container', 'containers', 'resident: median', 'max', 'working set: max'],
      rows: memory.map(([name, readings]) => [
        ...name.split('\n'),
        `${readings.length}`,
        mebi(median(readings.map((one) => one.rssMiB))),
        mebi(maximum(readings.map((one) => one.rssMiB))),
        mebi(maximum(readings.map((one) => one.workingSetMiB))),
      ]),
    });
  }
  if (bench.render) {
    tables.push({
      title: 'Render and contract tests',
      heads: ['step', 'runs', 'median', 'max'],
      rows: bench.render.steps.map(({ what, ms }) => [
        what,
        `${ms.length}`,
        duration(median(ms)),
        duration(maximum(ms)),
      ]),
    });
  }
  return tables;
}

const settingHeads = ['measured', 'from', 'to', 'machine', 'versions'];

/** One row per combination of machine and versions, so that figures from different settings are never taken for one. */
function settingRows(bench: Bench): string[][] {
  const settings: [string, Setting][] = [
    ...bench.drills.map((run): [string, Setting] => [run.drill, run]),
    ...bench.installs.map((run): [string, Setting] => [`install ${run.topology}`, run]),
    ...bench.memory.map((one): [string, Setting] => [`memory ${one.topology}`, one]),
    ...(bench.render ? [['render', bench.render] as [string, Setting]] : []),
  ];
  const rows = grouped(settings, ([, { machine, versions }]) => JSON.stringify([machine, versions]));
  return rows.map(([, group]) => {
    const times = group.map(([, setting]) => setting.at.slice(0, 16).replace('T', ' ')).sort();
    const [, first] = group[0] ?? [];
    const versions = Object.entries(first?.versions ?? {}).map(([name, version]) => `${name} ${version}`);
    return [
      [...new Set(group.map(([what]) => what))].join(', '),
      times[0] ?? '',
      times.at(-1) ?? '',
      first?.machine ?? '',
      versions.join(', '),
    ];
  });
}

function table(heads: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

export function htmlOf(bench: Bench): string {
  const figures = figuresOf(bench.drills);
  const drills = figures.filter((row) => !row.control);
  const controls = figures.filter((row) => row.control);
  const tables: Table[] = [
    {
      title: 'Faults',
      heads: ['system', ...drillHeads],
      rows: drills.map((row) => [row.system, ...drillCells(row)]),
    },
    {
      title: 'Negative controls',
      heads: ['system', ...controlHeads],
      rows: controls.map((row) => [row.system, ...controlCells(row)]),
    },
    ...otherTables(bench),
    { title: 'Where and when', heads: settingHeads, rows: settingRows(bench) },
  ];
  const [faults, negative, ...others] = tables.map(htmlTable);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ballast: resilience, measured</title>
<style>${style}</style>
<h1>Resilience, measured</h1>
<p>${escapeHtml(explanation).replaceAll(/\*\*(.+?)\*\*/g, '<b>$1</b>')}</p>
${faults}
${negative}
<p>${escapeHtml(controlText)}</p>
<h2>Timelines</h2>
<p>Acknowledged writes per ${figures[0]?.worst.timeline?.sliceMs ?? 100} ms in the run with the longest outage of each drill.
Red: the outage. Lines: the fault, its end, and when every member was back.</p>
${figures.map(figureOf).join('\n')}
${others.join('\n')}
</html>
`;
}

function htmlTable({ title, heads, rows }: Table): string {
  if (rows.length === 0) return '';
  const row = (cells: string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<h2>${escapeHtml(title).replaceAll(/`(.+?)`/g, '<code>$1</code>')}</h2>
<div class="wide"><table><thead>${row(heads, 'th')}</thead><tbody>
${rows.map((cells) => row(cells, 'td')).join('\n')}
</tbody></table></div>`;
}

function figureOf(row: DrillFigures): string {
  const caption = `${row.system} ${row.topology}: ${row.title}`;
  const detail = row.control
    ? `${thousands(row.lost)} lost in ${row.runs} runs`
    : `outage ${duration(row.maxMs)}`;
  return `<figure><figcaption><b>${escapeHtml(caption)}</b>, ${detail}</figcaption>${timelineSvg(row.worst)}</figure>`;
}

const width = 960;
const height = 90;

/** The acknowledgements of one run over time, as inline SVG. */
function timelineSvg(result: DrillRun): string {
  if (!result.timeline) return '';
  const { sliceMs, acknowledged } = result.timeline;
  const totalMs = acknowledged.length * sliceMs;
  const most = Math.max(1, ...acknowledged);
  const x = (ms: number) => ((ms / totalMs) * width).toFixed(1);
  const faultMs = result.deeds[0]?.ms ?? 0;
  const outage = result.gaps.find((gap) => gap.ms === result.outageMs && gap.fromMs + gap.ms > faultMs);
  const points = acknowledged.map(
    (count, index) => `${x((index + 0.5) * sliceMs)},${(height - (count / most) * height).toFixed(1)}`,
  );
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((seconds) => totalMs / 1000 / seconds <= 12) ?? 1000;
  const ticks = Array.from({ length: Math.ceil((totalMs * 0.97) / 1000 / step) }, (_, index) => index * step);
  const marks = result.marks.map(
    ({ name, ms }, index) =>
      `<line class="${name}" x1="${x(ms)}" x2="${x(ms)}" y1="0" y2="${height}"/>` +
      `<text x="${x(ms)}" y="${height + 26 + (index % 3) * 12}" class="mark">${escapeHtml(name)}</text>`,
  );
  return `<svg viewBox="0 0 ${width} ${height + 56}" role="img" aria-label="acknowledged writes over time">
${outage ? `<rect class="outage" x="${x(outage.fromMs)}" width="${x(outage.ms)}" y="0" height="${height}"/>` : ''}
<polygon points="0,${height} ${points.join(' ')} ${width},${height}"/>
${marks.join('\n')}
${ticks.map((second) => `<text x="${x(second * 1000)}" y="${height + 14}" class="tick">${second} s</text>`).join('')}
</svg>`;
}

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
figure { margin: 1.5rem 0; }
svg { width: 100%; height: auto; }
polygon { fill: #2a7de1; }
.outage { fill: #e5484d55; }
line { stroke: #888; stroke-dasharray: 4 3; }
line.fault { stroke: #e5484d; }
text { font-size: 11px; fill: currentColor; }
.mark { text-anchor: middle; }
`;

function grouped<T>(items: readonly T[], key: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups];
}

function keyOf(run: DrillRun): string {
  return `${run.system} ${run.drill}`;
}

function thousands(count: number): string {
  return count.toLocaleString('en');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

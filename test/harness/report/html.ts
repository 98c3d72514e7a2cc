import { readFileSync } from 'node:fs';
import { duration } from '../base/stats.ts';
import { type Bench, idOf } from './bench.ts';
import { escapeHtml, formatted } from './escape.ts';
import { type DrillFigures, figuresOf, grouped, unique } from './figures.ts';
import { type Matrix, type MatrixCell, type MatrixRow, matrixOf } from './matrix.ts';
import { type Outcome, outcomeOf, outcomes } from './outcome.ts';
import { type PlatformRun, platformHeads, platformRows, platformText, platformTitle } from './platform.ts';
import { otherTables, settingHeads, settingRows, type Table } from './tables.ts';
import { controlText, explanation, thousands } from './text.ts';
import { timelineHtml } from './timeline.ts';

const timelinesText =
  'Writes acknowledged over time in the run with the longest outage of each drill. Red ground: the outage, where it is 1 s or longer. Dashed lines: the fault, its end (healed), and when every member was back (settled).';

const style = readFileSync(new URL('page.css', import.meta.url), 'utf8');

/** One page that needs nothing else: the matrix on its first screen, and below it what each of its cells leads to. */
export function htmlOf(bench: Bench): string {
  const figures = figuresOf(bench.drills);
  const drills = figures.filter((row) => !row.control);
  const controls = grouped(
    figures.filter((row) => row.control),
    ({ system }) => system,
  ).flatMap(([, rows]) => rows);
  const matrix = matrixOf(figures);
  const settings = { id: 'settings', title: 'Where and when', heads: settingHeads, rows: settingRows(bench) };
  const sections: Section[] = [
    ...(controls.length > 0
      ? [{ id: 'controls', title: 'Negative controls', content: controlsOf(controls) }]
      : []),
    { id: 'method', title: 'How it is measured', content: `<p>${formatted(explanation)}</p>` },
    { id: 'timelines', title: 'Timelines', content: timelines(matrix, controls) },
    ...[...otherTables(bench), settings].map((table) => ({ ...table, content: tableOf(table) })),
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ballast: resilience, measured</title>
<style>
${style}</style>
<header>
<h1>Resilience, measured</h1>
<nav>${sections.map(({ id }) => `<a href="#${id}">${id}</a>`).join('\n')}</nav>
</header>
${bench.platform ? `${platformOf(bench.platform)}\n` : ''}<p class="summary">${escapeHtml(summary(drills))}</p>
${legend(drills)}
${matrixHtml(matrix)}
${sections.map(sectionOf).join('\n')}
</html>
`;
}

interface Section {
  /** One word: its anchor, and its link at the top. */
  id: string;
  title: string;
  content: string;
}

function sectionOf({ id, title, content }: Section): string {
  return `<section>
<h2 id="${id}">${formatted(title)}</h2>
${content}
</section>`;
}

/** Above all else: what its steps cost, and when. */
function platformOf(run: PlatformRun): string {
  const drawn = {
    timeline: { sliceMs: 1000, acknowledged: run.seconds },
    marks: run.steps.map(({ name, fromMs }) => ({ name, ms: fromMs })),
    actions: [],
    gaps: [],
    outageMs: 0,
  };
  return sectionOf({
    id: 'platform',
    title: platformTitle,
    content: `<p>${formatted(platformText(run))}</p>
${timelineHtml(drawn)}
${tableOf({ heads: platformHeads, rows: platformRows(run) })}`,
  });
}

/** Of drills that are no negative controls. */
function summary(drills: readonly DrillFigures[]): string {
  const sum = (pick: (row: DrillFigures) => number) => drills.reduce((total, row) => total + pick(row), 0);
  const days = drills.flatMap(({ from, to }) => [from.slice(0, 10), to.slice(0, 10)]).sort();
  const all = (pick: (row: DrillFigures) => string[]) => unique(drills.flatMap(pick)).sort().join(', ');
  return [
    `${drills.length} drills, ${sum(({ runs }) => runs)} runs: of ${thousands(sum((row) => row.acknowledged))} acknowledged writes, ${thousands(sum(({ lost }) => lost))} were lost.`,
    `Measured ${unique([days[0] ?? '', days.at(-1) ?? '']).join(' to ')} on ${all(({ machines }) => machines)}, with ${all(({ versions }) => versions)}.`,
  ].join(' ');
}

function legend(drills: readonly DrillFigures[]): string {
  const entry = (outcome: Outcome) => {
    const count = drills.filter((row) => outcomeOf(row) === outcome).length;
    const { sign, meaning } = outcomes[outcome];
    return `<li><span class="sign ${outcome}">${sign}</span> ${escapeHtml(meaning)}: <b>${count}</b></li>`;
  };
  return `<ul class="legend">${(['met', 'missed', 'free', 'failed', 'lost'] as const).map(entry).join('\n')}
<li class="wide"><span class="sign">–</span> not measured</li>
<li class="hint">Times are outages: the median, and the longest of several runs, which is held against the goal. A cell leads to its figures and its timeline.</li></ul>`;
}

function matrixHtml({ faults, rows }: Matrix): string {
  const row = ({ system, topology, cells }: MatrixRow) =>
    `<tr><th scope="row"><b>${escapeHtml(system)}</b> <span>${escapeHtml(topology)}</span></th>${cells
      .map((drills, column) =>
        drills.length > 0
          ? `<td>${drills.map((cell) => tile(cell, faults[column]?.title ?? '')).join('')}</td>`
          : '<td class="none">–</td>',
      )
      .join('\n')}</tr>`;
  return `<table class="matrix"><thead><tr><td></td>${faults
    .map(({ title }) => `<th scope="col">${escapeHtml(title)}</th>`)
    .join('')}</tr></thead><tbody>
${rows.map(row).join('\n')}
</tbody></table>`;
}

function tile({ figures, variant }: MatrixCell, fault: string): string {
  const outcome = outcomeOf(figures);
  const { sign, meaning } = outcomes[outcome];
  const alarm = alarmOf(figures);
  const id = idOf(figures);
  return `<a class="tile ${outcome}" id="cell-${id}" href="#${id}" title="${escapeHtml(`${figures.title}: ${meaning}`)}">
<span class="fault">${escapeHtml(fault)}${variant && ': '}</span>${variant && `<span class="variant">${escapeHtml(variant)}</span>`}
${alarm && `<b>${sign} ${alarm}</b>`}
<b>${alarm ? '' : `${sign} `}${duration(figures.medianMs)}</b>
<span>${figures.runs === 1 ? '1 run' : `max ${duration(figures.maxMs)}`}</span>
<span>${figures.goalMs === undefined ? 'no goal' : `goal ${goal(figures.goalMs)}`}</span></a>`;
}

/** What is worse than any outage, in few words. */
function alarmOf(row: DrillFigures): string {
  const outcome = outcomeOf(row);
  if (outcome === 'lost') return `${thousands(row.lost)} lost`;
  if (outcome === 'failed') return `${row.runs - row.passed} of ${row.runs} failed`;
  return '';
}

/** Goals are round. */
function goal(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000} s` : duration(ms);
}

function controlsOf(controls: readonly DrillFigures[]): string {
  const card = (row: DrillFigures) => {
    const outcome = outcomeOf(row);
    const { sign, meaning } = outcomes[outcome];
    const id = idOf(row);
    return `<a class="tile ${outcome}" id="cell-${id}" href="#${id}">
<span><b>${escapeHtml(row.system)}</b> ${escapeHtml(row.topology)}: ${escapeHtml(titleOf(row))}</span>
<b>${sign} ${escapeHtml(lossOf(row))}</b>
<span>${meaning}: ${row.passed} of ${row.runs} ${row.runs === 1 ? 'run' : 'runs'}</span></a>`;
  };
  return `<p>${formatted(controlText)} Controls do not count in the matrix above.</p>
<div class="cards">${controls.map(card).join('\n')}</div>`;
}

/** What a control lost: of writes that waited for copies, or only of those that did not. */
function lossOf({ lost, acknowledged, plain }: DrillFigures): string {
  if (lost === 0 && plain)
    return `${thousands(plain.lost)} of ${thousands(plain.acknowledged)} writes lost that waited for no copies`;
  return `${thousands(lost)} of ${thousands(acknowledged)} writes lost`;
}

function titleOf(row: DrillFigures): string {
  return row.title.replace(/^negative control: /, '');
}

/** In the order of the matrix, controls last. */
function timelines(matrix: Matrix, controls: readonly DrillFigures[]): string {
  const groups: [string, DrillFigures[]][] = [
    ...matrix.rows.map(({ system, topology, cells }): [string, DrillFigures[]] => [
      `${system} ${topology}`,
      cells.flat().map(({ figures }) => figures),
    ]),
    ...(controls.length > 0 ? [['Negative controls', [...controls]] as [string, DrillFigures[]]] : []),
  ];
  return `<p>${timelinesText}</p>
${groups.map(([name, rows]) => `<h3>${escapeHtml(name)}</h3>\n<div class="drills">\n${rows.map(drillOf).join('\n')}\n</div>`).join('\n')}`;
}

/** Everything that is known of one drill. */
function drillOf(row: DrillFigures): string {
  const outcome = outcomeOf(row);
  const { sign, meaning } = outcomes[outcome];
  const id = idOf(row);
  const facts = factsOf(row).map(
    ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<article id="${id}">
<h4>${escapeHtml(`${row.system} ${row.topology}: ${row.control ? 'negative control: ' : ''}${titleOf(row)}`)}</h4>
<p><span class="sign ${outcome}">${sign}</span> ${escapeHtml(meaning)}${row.failures.length > 0 ? ` (failed: ${escapeHtml(row.failures.join('; '))})` : ''} <a href="#cell-${id}">back<span class="hidden"> to the cell of ${id}</span></a></p>
${timelineHtml(row.worst)}
<dl>${facts.join('\n')}</dl>
</article>`;
}

function factsOf(row: DrillFigures): [string, string][] {
  const day = (at: string) => at.slice(0, 16).replace('T', ' ');
  return [
    ['runs', `${row.runs}${row.passed < row.runs ? `, ${row.runs - row.passed} failed` : ''}`],
    ['acknowledged', thousands(row.acknowledged)],
    ['lost', thousands(row.lost)],
    ...(row.plain
      ? [
          [
            'lost without waiting',
            `${thousands(row.plain.lost)} of ${thousands(row.plain.acknowledged)}`,
          ] as [string, string],
        ]
      : []),
    ['unknown', thousands(row.unknown)],
    ['outage: median', duration(row.medianMs)],
    ['outage: max', duration(row.maxMs)],
    ['goal', row.goalMs === undefined ? 'none' : goal(row.goalMs)],
    ['later pauses', row.laterMs > 0 ? `up to ${duration(row.laterMs)}` : 'none ≥ 1 s'],
    ['noise: before, client', `${duration(row.undisturbedMs)}, ${duration(row.stalledMs)}`],
    ['all back after', duration(row.settledMs)],
    ['measured', unique([day(row.from), day(row.to)]).join(' to ')],
    ['versions', row.versions.join(', ')],
    ['machine', row.machines.join(', ')],
  ];
}

/** On narrow screens each row becomes a list, whose entries say their column. */
function tableOf({ heads, rows }: Pick<Table, 'heads' | 'rows'>): string {
  const cell = (text: string, column: number) =>
    `<td data-head="${escapeHtml(heads[column] ?? '')}">${formatted(text)}</td>`;
  return `<table class="plain"><thead><tr>${heads.map((head) => `<th scope="col">${escapeHtml(head)}</th>`).join('')}</tr></thead><tbody>
${rows.map((cells) => `<tr>${cells.map(cell).join('')}</tr>`).join('\n')}
</tbody></table>`;
}

import { duration } from '../base/stats.ts';
import type { DrillRun } from './bench.ts';
import { escapeHtml } from './escape.ts';

/** Units of the drawing, which is stretched to whatever width there is. */
const width = 960;
const height = 90;

type Drawn = Pick<DrillRun, 'timeline' | 'actions' | 'gaps' | 'outageMs' | 'marks'>;

/** The acknowledgements of one run over time: a drawing, and below it words at their places, which no stretching distorts. */
export function timelineHtml(result: Drawn): string {
  if (!result.timeline) return '<p>The timeline of this run was not kept.</p>';
  const { sliceMs, acknowledged } = result.timeline;
  const totalMs = acknowledged.length * sliceMs;
  const most = Math.max(1, ...acknowledged);
  const x = (ms: number) => ((ms / totalMs) * width).toFixed(1);
  const faultMs = result.actions[0]?.ms ?? 0;
  const outage = result.gaps.find((gap) => gap.ms === result.outageMs && gap.fromMs + gap.ms > faultMs);
  const points = acknowledged.map(
    (count, index) => `${x((index + 0.5) * sliceMs)},${(height - (count / most) * height).toFixed(1)}`,
  );
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((seconds) => totalMs / 1000 / seconds <= 12) ?? 1000;
  const ticks = Array.from({ length: Math.ceil((totalMs * 0.97) / 1000 / step) }, (_, index) => index * step);
  const rows = rowsOf(result.marks.map(({ ms }) => (ms / totalMs) * 100));
  const word = (text: string, ms: number, row = 0) =>
    `<span style="--at:${((ms / totalMs) * 100).toFixed(1)};--row:${row}">${escapeHtml(text)}</span>`;
  const said = [
    `Acknowledged writes over ${duration(totalMs)}`,
    ...result.marks.map(({ name, ms }) => `${name} at ${duration(ms)}`),
    ...(outage ? [`no write acknowledged from ${duration(outage.fromMs)} for ${duration(outage.ms)}`] : []),
  ].join('; ');
  return `<div class="timeline" role="img" aria-label="${escapeHtml(said)}">
<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none">
${outage ? `<rect x="${x(outage.fromMs)}" width="${x(outage.ms)}" y="0" height="${height}"/>` : ''}
<polygon points="0,${height} ${points.join(' ')} ${width},${height}"/>
${result.marks.map(({ name, ms }) => `<line class="${escapeHtml(name)}" x1="${x(ms)}" x2="${x(ms)}" y1="0" y2="${height}"/>`).join('')}
</svg>
<div class="ticks">${ticks.map((second) => word(`${second} s`, second * 1000)).join('')}</div>
<div class="marks" style="--rows:${Math.max(0, ...rows) + 1}">${result.marks.map(({ name, ms }, index) => word(name, ms, rows[index])).join('')}</div>
</div>`;
}

/** Percent of the width that a word may take, on a phone. */
const wordWidth = 16;

/** The row of each word, so that no two overlap; `places` are in percent, in order. */
export function rowsOf(places: readonly number[]): number[] {
  const ends: number[] = [];
  return places.map((at) => {
    const free = ends.findIndex((end) => end <= at);
    const row = free < 0 ? ends.length : free;
    ends[row] = at + wordWidth;
    return row;
  });
}

import { type Chart, loadCharts, loadProfiles } from '../harness/charts.ts';
import { loadSubject, type Subject } from '../harness/contract.ts';
import { imageCatalog } from '../harness/images.ts';

export const charts: readonly Chart[] = loadCharts();
export const profiles = loadProfiles();
export const images: ReadonlySet<string> = new Set((await imageCatalog()).keys());

/** Every chart with its topologies; profiles are values of an umbrella. */
export const subjects: readonly Subject[] = await Promise.all(
  charts.map((chart) =>
    loadSubject(chart, [...chart.topologies, ...(chart.kind === 'umbrella' ? profiles : [])], images),
  ),
);

/** One chart of the suite by its name. */
export function chartNamed(name: string): Chart {
  const chart = charts.find((one) => one.name === name);
  if (chart === undefined) throw new Error(`there is no chart ${name}`);
  return chart;
}

import { type Chart, loadCharts, loadProfiles, type ValuesFile } from '../harness/charts.ts';
import { loadSubject, type Subject } from '../harness/contract.ts';
import { imageCatalog } from '../harness/images.ts';

export const charts: readonly Chart[] = loadCharts();
export const profiles = loadProfiles();
export const images: ReadonlySet<string> = new Set((await imageCatalog()).keys());

function valuesFilesOf(chart: Chart): ValuesFile[] {
  const defaults = { name: 'defaults', values: {} };
  return [defaults, ...chart.topologies, ...(chart.kind === 'umbrella' ? profiles : [])];
}

/** Every chart with its defaults and topologies; profiles are values of an umbrella. */
export const subjects: readonly Subject[] = await Promise.all(
  charts.map((chart) => loadSubject(chart, valuesFilesOf(chart), images)),
);

/** One chart of the suite, rendered, by its name. */
export function subjectNamed(name: string): Subject {
  const subject = subjects.find(({ chart }) => chart.name === name);
  if (subject === undefined) throw new Error(`there is no chart ${name}`);
  return subject;
}

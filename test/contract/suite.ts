import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repoRoot } from '../harness/base/paths.ts';
import {
  type Chart,
  e2eProfile,
  loadCharts,
  loadProfiles,
  smallOf,
  type ValuesFile,
} from '../harness/charts/charts.ts';
import type { Values } from '../harness/drill/types.ts';
import { loadSubject, type Subject } from './contract.ts';

const all: readonly Chart[] = loadCharts();
/** Every chart of the suite, but see onlyChart. */
export const charts: Chart[] = [...all];
const chosen = loadProfiles();
export const profiles = [...chosen, ...chosen.map(smallOf), e2eProfile()];
export const images: ReadonlySet<string> = new Set(
  Object.keys(parse(readFileSync(join(repoRoot, 'images', 'images.yaml'), 'utf8'))),
);

function valuesFilesOf(chart: Chart): ValuesFile[] {
  const defaults = { name: 'defaults', values: {} };
  return [defaults, ...chart.topologies, ...(chart.kind === 'umbrella' ? profiles : [])];
}

let loaded: Promise<Subject[]> | undefined;

/** Every chart rendered with its defaults and topologies, an umbrella with the profiles too. */
export function loadSubjects(): Promise<readonly Subject[]> {
  loaded ??= Promise.all(charts.map((chart) => loadSubject(chart, valuesFilesOf(chart), images)));
  return loaded;
}

/** From now on this is all of the suite that tests walk, in the place of its original; without an argument, all of it again. */
export function onlyChart(chart?: Chart): void {
  charts.splice(0, charts.length, ...(chart === undefined ? all : [chart]));
  loaded = undefined;
}

/** One chart of the suite by its name. */
export function chartNamed(name: string): Chart {
  const chart = charts.find((one) => one.name === name) ?? all.find((one) => one.name === name);
  if (chart === undefined) throw new Error(`there is no chart ${name}`);
  return chart;
}

/** Whether a chart runs an image of its own unless told; others run what the user names. */
export const hasImage = (chart: Chart): boolean => (chart.values.image as Values | undefined)?.tag !== '';

/** The least with which a chart runs something. */
export const least = (chart: Chart): Values =>
  hasImage(chart) && !chart.files.has('ci/required.yaml') ? {} : (chart.topologies[0]?.values ?? {});

/** One of a chart's topologies by its name. */
export function topologyNamed(chart: Chart, name: string): ValuesFile {
  const topology = chart.topologies.find((one) => one.name === name);
  if (topology === undefined) throw new Error(`${chart.name} has no topology ${name}`);
  return topology;
}

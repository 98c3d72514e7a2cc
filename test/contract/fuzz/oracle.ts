import { refusedByServer } from '../../harness/charts/apiserver.ts';
import type { Chart } from '../../harness/charts/charts.ts';
import type { RenderedDocument } from '../../harness/charts/helm.ts';
import { type Manifest, Manifests, nameOf } from '../../harness/charts/manifests.ts';
import { oneLine, renderUnkept } from '../../harness/charts/render.ts';
import type { SchemaCheck } from '../../harness/charts/schema.ts';
import { mapsOf } from '../../harness/charts/values.ts';
import type { Values } from '../../harness/drill/types.ts';
import { unwired } from '../rules/objects.ts';
import type { Sample } from './values.ts';

/** What came of a sample: whether it was refused as the user can understand, and what is wrong with what came. */
export interface Outcome {
  refused: boolean;
  breaches: readonly string[];
}

/** What Go prints where a template was given something else than it expects. */
const slips = /<nil>|%!|\b\d(?:\.\d+)?e\+\d\d\b|map\[[A-Za-z]/;

const declined = /execution error at \([^)]*\): (.*)$/s;

/** The paths of a chart's values, of which a refusal has to name one; those of the parts of an umbrella are theirs, with or without their key. */
function pathsOf(chart: Chart): Set<string> {
  const own = Object.keys(chart.schema.properties ?? {});
  return new Set([...own, ...chart.dependencies.flatMap(([, dependency]) => [...pathsOf(dependency)])]);
}

const known = new WeakMap<Chart, Set<string>>();

/** Whether a refusal is one line that says which value, or which name of the installation, is wrong. */
function understandable(chart: Chart, refusal: string): boolean {
  // A key without a default that is null is the one thing which a schema has to refuse of what is made by it, and it does so by its path.
  if (/at '\/[^']+': got null, want /.test(refusal)) return true;
  const message = declined.exec(refusal)?.[1]?.replace(/\n\nUse --debug.*$/s, '');
  if (message === undefined || message.trim().includes('\n')) return false;
  let paths = known.get(chart);
  if (paths === undefined) {
    paths = pathsOf(chart);
    known.set(chart, paths);
  }
  if (/\b(release|namespace)\b/.test(message)) return true;
  const words = message.replace(/^[a-z-]+: /, '').match(/[A-Za-z][\w.[\]-]*/g) ?? [];
  return words.some((word) => paths.has(/^[\w-]+/.exec(word)?.[0] ?? ''));
}

/** Text that the user wrote is not the chart's slip. */
function slipsOf({ text }: RenderedDocument, object: Manifest, sample: string): string[] {
  return text
    .split('\n')
    .filter((line) => {
      const found = slips.exec(line)?.[0];
      return found !== undefined && !sample.includes(found);
    })
    .map((line) => `${nameOf(object)} has the line ${JSON.stringify(line.trim().slice(0, 100))}`);
}

const isManifest = (object: unknown): object is Manifest => {
  const { kind, metadata } = (object ?? {}) as Partial<Manifest>;
  return typeof kind === 'string' && typeof metadata?.name === 'string';
};

interface Verdict {
  types: readonly string[];
  refused: readonly string[];
}

const verdicts = new Map<string, Verdict>();
const mostVerdicts = 4096;

/** Much of what a chart renders, above all its scripts, is the same for most values, and to check it takes long. */
function verdictOn({ text, object }: RenderedDocument, check: SchemaCheck): Verdict {
  let verdict = verdicts.get(text);
  if (verdict === undefined) {
    const types = check(object);
    verdict = {
      types,
      refused: types.length > 0 ? [] : refusedByServer(object).map((line) => `${nameOf(object)}: ${line}`),
    };
    if (verdicts.size >= mostVerdicts) verdicts.clear();
    verdicts.set(text, verdict);
  }
  return verdict;
}

/** What is wrong with rendered objects: first their text and types, then what the API server would say of them, then of them together. */
function breachesOf(documents: readonly RenderedDocument[], sample: Sample, check: SchemaCheck): string[] {
  const nameless = documents.filter(({ object }) => !isManifest(object));
  if (nameless.length > 0) {
    return nameless.map(
      ({ text }) => `an object without kind or name: ${JSON.stringify(text.slice(0, 200))}`,
    );
  }
  const written = JSON.stringify(sample.values);
  const texts = documents.flatMap((document) => slipsOf(document, document.object, written));
  const all = documents.map((document) => verdictOn(document, check));
  const types = all.flatMap((one) => one.types);
  if (types.length > 0) return [...texts, ...types];
  return [
    ...texts,
    ...all.flatMap(({ refused }) => refused),
    ...unwired(new Manifests(documents.map(({ object }) => object)), accountsOf(sample.values)),
  ];
}

/** Service accounts that are the user's own. */
const accountsOf = (values: Values): string[] =>
  mapsOf(values)
    .filter(({ path }) => path.at(-1) === 'serviceAccount')
    .flatMap(({ map: { name } }) => (typeof name === 'string' ? [name] : []));

/** Renders a sample and looks at what comes. Throws only if helm can't be run. */
export async function judge(chart: Chart, sample: Sample, check: SchemaCheck): Promise<Outcome> {
  const result = await renderUnkept(chart, sample);
  if (!('refusal' in result))
    return { refused: false, breaches: breachesOf(result.documents, sample, check) };
  if (understandable(chart, result.refusal)) return { refused: true, breaches: [] };
  return { refused: true, breaches: [`refused without a value's path: ${oneLine(result.refusal)}`] };
}

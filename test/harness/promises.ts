import type { Chart, ValuesFile } from './charts.ts';
import { type Facts, factsOf, imageText, type ObjectFacts, textOf } from './facts.ts';
import { merge } from './merge.ts';
import { type Inputs, type Rendering, render } from './render.ts';
import type { Value, Values } from './systems.ts';
import { at, composedValues, unlikeDefaults } from './values.ts';

/** What the values of a case say. */
interface Given {
  /** Base name of the objects. */
  full: string;
  /** The chart's name in labels. */
  name: string;
  release: string;
  /** The value at a dotted path, as text. Throws where the chart has no such value. */
  text(path: string): string;
  /** The image of a block {registry, repository, tag, digest, pullPolicy} as a container names it, and when it is pulled. */
  image(path: string): string;
  value(path: string): Value;
  /** Whether the value is neither false, empty nor 0. */
  has(path: string): boolean;
}

/**
 * What must stand somewhere. `{path}` in a text, or in a key, stands for a value of the case, `{path else TEXT}` for one that may be
 * empty, `{image:path}` for an image, `{full}`, `{name}` and `{release}` for names, and `{#}` for the number of each of several objects alike; what is derived by more
 * than that is worked out for each case. A list of texts is meant as a whole.
 */
type Expected = string | readonly string[] | { [key: string]: Expected };

const absent = '(absent)';

/** One promise of a chart's design and what it rests on: of each object by its name, "Kind/{full}", what it has to say for the promise to be kept. */
export interface Promised {
  promise: string;
  /** Topologies whose promise it is; all unless told. */
  topologies?: readonly string[];
  /** Cases, by name, for which what is derived from values is worked out; all unless told. */
  cases?: readonly string[];
  /** Values with which it is made; all unless told. */
  when?: (given: Given) => boolean;
  /** Whether it is made of those objects only that are there. */
  wherever?: true;
  rests: Readonly<Record<string, Expected>>;
}

/** A chart's promises, and values that are unlike all of its defaults, so that one which is not used shows. */
export interface Promises {
  chart: string;
  promises: readonly Promised[];
  /** Further cases: a topology's name, and what is set on top of it. */
  varied: readonly { name: string; on: string; values: Values }[];
}

export interface PromiseCase {
  name: string;
  topology: string;
  values: Values;
}

export const release = 'shop';

/** Every topology as it is, the defaults, and the varied ones, those with most in them first. */
export function casesOf(chart: Chart, { varied }: Promises): PromiseCase[] {
  const named = (name: string): ValuesFile => {
    const found = chart.topologies.find((one) => one.name === name);
    if (found === undefined) throw new Error(`${chart.name} has no topology ${name}`);
    return found;
  };
  return [
    ...varied.map(({ name, on, values }) => ({
      name,
      topology: on,
      values: merge(merge(named(on).values, unlikeDefaults(chart)), values),
    })),
    ...chart.topologies.map(({ name, values }) => ({ name, topology: name, values })),
  ];
}

export const inputsOf = (one: PromiseCase): Inputs => ({ release, values: one.values });

function givenBy(chart: Chart, values: Values): Given {
  const all = merge(composedValues(chart), values);
  const value = (path: string): Value => {
    const found = at(all, path.split('.'));
    if (found === undefined) throw new Error(`${chart.name} has no value ${path}`);
    return found;
  };
  const override = String(all.fullnameOverride ?? '');
  const name = String(all.nameOverride || chart.name);
  return {
    full: override || (release.includes(name) ? release : `${release}-${name}`),
    name,
    release,
    value,
    text: (path) => textOf(value(path)),
    image: (path) => {
      const { registry, repository, tag, digest, pullPolicy } = value(path) as Record<string, string>;
      const from = at(all, ['global', 'imageRegistry']) || registry;
      return imageText(`${from}/${repository}${digest ? `@${digest}` : `:${tag}`}`, pullPolicy);
    },
    has: (path) => {
      const found = value(path);
      return typeof found === 'object' && found !== null ? Object.keys(found).length > 0 : Boolean(found);
    },
  };
}

/** The number of an object of several alike, for `{#}`. */
const numbered = (text: string, index: string): string => text.replaceAll('{#}', index);

function filled(text: string, given: Given): string {
  const value = (all: string, path: string): string => {
    try {
      return given.text(path);
    } catch {
      return all;
    }
  };
  return text
    .replace(/\{(full|name|release)\}/g, (_, name: 'full' | 'name' | 'release') => given[name])
    .replace(/\{image:([a-zA-Z.]+)\}/g, (_, path: string) => given.image(path))
    .replace(/\{([a-zA-Z.]+) else ([^{}]+)\}/g, (all, path: string, other: string) =>
      given.has(path) ? value(all, path) : other,
    )
    .replace(/\{([a-zA-Z]+(?:\.[a-zA-Z]+)*)\}/g, value);
}

const isTree = (value: unknown): value is Record<string, never> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** With what facts are compared: the values, an object's number among those alike, and where facts were looked at so far. */
interface Comparison {
  given: Given;
  index: string;
  stated: Set<string>;
}

/** Where what is there differs from what is expected, a line each. */
function differences(expected: Expected, actual: unknown, where: string, comparison: Comparison): string[] {
  const { given, index, stated } = comparison;
  if (isTree(expected)) {
    return Object.entries(expected as Record<string, Expected>).flatMap(([path, inner]) => {
      const [key = '', ...deeper] = path.split(': ');
      if (deeper.length > 0)
        return differences({ [key]: { [deeper.join(': ')]: inner } }, actual, where, comparison);
      const name = numbered(filled(key, given), index);
      return differences(inner, isTree(actual) ? actual[name] : undefined, `${where}: ${name}`, comparison);
    });
  }
  stated.add(where);
  const written = (text: string): string => numbered(filled(text, given), index);
  const wanted =
    typeof expected === 'string' ? written(expected) : (expected as readonly string[]).map(written);
  const found = actual === undefined ? absent : typeof actual === 'string' ? actual : textOf(actual);
  const text = typeof wanted === 'string' ? wanted : textOf(wanted);
  return found === text ? [] : [`${where} is ${found}, not ${text}`];
}

/** What the objects of one case do not keep of the promises, each with the promise that is broken, and facts that no promise rests on. */
export function broken(chart: Chart, table: Promises, one: PromiseCase, facts: ObjectFacts): string[] {
  const given = givenBy(chart, one.values);
  const made = table.promises.filter(
    ({ topologies, cases, when }) =>
      (topologies?.includes(one.topology) ?? true) &&
      (cases?.includes(one.name) ?? true) &&
      (when?.(given) ?? true),
  );
  const stated = new Set<string>();
  const breaches = made.flatMap(({ promise, wherever, rests }) =>
    Object.entries(rests).flatMap(([name, expected]) =>
      alike(filled(name, given), Object.keys(facts)).flatMap(([object, index]) => {
        if (wherever && facts[object] === undefined) return [];
        return differences(expected, facts[object], object, { given, index, stated }).map(
          (line) => `${promise}: ${line}`,
        );
      }),
    ),
  );
  const unstated = Object.entries(facts)
    .flatMap(([object, facts]) => leavesOf(facts, object))
    .filter((where) => !stated.has(where) && !standardLabel.test(where))
    .map(
      (where) => `${where} is there, and no promise in test/systems/${chart.name}/promises.ts rests on it`,
    );
  return [...breaches, ...unlabelled(chart, given, facts), ...unstated].map((line) => `${one.name}: ${line}`);
}

const standardLabel =
  /: labels: (app\.kubernetes\.io\/(name|instance|part-of|managed-by|version)|helm\.sh\/chart)$/;

/** Where every fact of an object is. */
function leavesOf(facts: Facts, where: string): string[] {
  return Object.entries(facts).flatMap(([key, value]) =>
    isTree(value) ? leavesOf(value, `${where}: ${key}`) : [`${where}: ${key}`],
  );
}

/** Objects without the labels by which people and tools find them. */
function unlabelled(chart: Chart, { name }: Given, facts: ObjectFacts): string[] {
  const { metadata } = chart;
  const wanted = {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': release,
    'app.kubernetes.io/part-of': 'ballast',
    'app.kubernetes.io/managed-by': 'Helm',
    'app.kubernetes.io/version': metadata.appVersion ?? '',
    'helm.sh/chart': `${metadata.name}-${metadata.version}`,
  };
  return Object.entries(facts).flatMap(([object, { labels }]) =>
    Object.entries(wanted)
      .filter(([key, value]) => !isTree(labels) || (labels as Record<string, unknown>)[key] !== value)
      .map(([key, value]) => `${object} has no label ${key}: ${value}`),
  );
}

/** The objects that a name with `{#}` stands for, each with its number. */
function alike(name: string, objects: readonly string[]): [object: string, index: string][] {
  const [before, after] = name.split('{#}');
  if (before === undefined || after === undefined) return [[name, '']];
  return objects
    .filter((object) => object.startsWith(before) && object.endsWith(after))
    .map((object): [string, string] => [object, object.slice(before.length, object.length - after.length)])
    .filter(([, index]) => /^\d+$/.test(index));
}

/** Renders a case and says which promises it breaks. */
export async function brokenBy(chart: Chart, table: Promises, one: PromiseCase): Promise<string[]> {
  const rendering: Rendering = await render(chart, inputsOf(one));
  return broken(chart, table, one, factsOf(rendering.objects, chart));
}

import { merge } from '../harness/base/merge.ts';
import type { Chart, ValuesFile } from '../harness/charts/charts.ts';
import { render } from '../harness/charts/render.ts';
import { at, composedValues } from '../harness/charts/values.ts';
import type { Values } from '../harness/drill/types.ts';
import { factsOf, type ObjectFacts } from './facts.ts';

/** What is expected where something must not be. */
export const absent = '(absent)';

/** One promise of a chart's design, and the settings, mounts, probes, ports and hand-overs that carry it. */
interface Promised {
  /** Words of the chart's DESIGN.md. */
  promise: string;
  /** Architectures that it is made of; all unless told. */
  of?: readonly string[];
  /**
   * By the object's name, "Kind/{full}", and by where it says it (see facts.ts), what it has to say. `{full}` is the base name of the objects,
   * `{path}` the value at a dotted path.
   */
  rests: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Promises {
  chart: string;
  promises: readonly Promised[];
}

const release = 'shop';

/** What stands in for `{…}` with these values. */
function filler(chart: Chart, values: Values): (text: string) => string {
  const all = merge(composedValues(chart), values);
  return (text) =>
    text.replace(/\{([a-zA-Z]+(?:\.[a-zA-Z]+)*)\}/g, (_, path: string) => {
      if (path === 'full') return `${release}-${chart.name}`;
      const value = at(all, path.split('.'));
      if (value === undefined) throw new Error(`${chart.name} has no value ${path}`);
      return Array.isArray(value) ? value.join(' ') : String(value);
    });
}

/** What the objects of one topology do not keep of the promises, a line each. */
export function broken(
  chart: Chart,
  table: Promises,
  { name, values }: ValuesFile,
  facts: ObjectFacts,
): string[] {
  const filled = filler(chart, values);
  const architecture = String(values.architecture ?? chart.values.architecture);
  return table.promises
    .filter(({ of }) => of?.includes(architecture) ?? true)
    .flatMap(({ promise, rests }) =>
      Object.entries(rests).flatMap(([object, expected]) =>
        Object.entries(expected).flatMap(([where, text]) => {
          const [key, wanted] = [filled(where), filled(text)];
          const found = facts[filled(object)]?.[key] ?? absent;
          return found === wanted
            ? []
            : [`${name}: ${promise} ${filled(object)}: ${key} is ${found}, not ${wanted}`];
        }),
      ),
    );
}

/** Renders a topology and says which promises it breaks. */
export async function brokenBy(chart: Chart, table: Promises, topology: ValuesFile): Promise<string[]> {
  const { objects } = await render(chart, { release, values: topology.values });
  return broken(chart, table, topology, factsOf(objects));
}

const plain = (text: string): string => text.replace(/[*`]/g, '').replace(/\s+/g, ' ');

/** Promises that are no words of the chart's design. */
export function unwritten(chart: Chart, { promises }: Promises): string[] {
  const design = plain(chart.files.get('DESIGN.md') ?? '');
  return promises.map(({ promise }) => promise).filter((promise) => !design.includes(plain(promise)));
}

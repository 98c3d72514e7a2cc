import type { Chart } from '../charts.ts';
import type { Value, Values } from '../systems.ts';
import type { Sample } from './values.ts';

/** A defect that somebody is at work on. */
export interface KnownDefect {
  /** Of the list of trials. */
  row: number;
  breach: RegExp;
  /** The sample without what brings the breach about: it is hidden only where it goes away so. */
  mend(sample: Sample, chart: Chart): Sample;
}

const isMap = (value: Value): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Values with each key's value replaced; undefined takes the key away. */
function rewrite(value: Value, change: (key: string, value: Value) => Value | undefined): Value {
  if (Array.isArray(value)) {
    return value.flatMap((one) => {
      const changed = change('', one);
      return changed === undefined ? [] : [rewrite(changed, change)];
    });
  }
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const changed = change(key, inner);
      return changed === undefined ? [] : [[key, rewrite(changed, change)]];
    }),
  );
}

const inValues =
  (change: (key: string, value: Value) => Value | undefined) =>
  (sample: Sample): Sample => ({ ...sample, values: rewrite(sample.values, change) as Values });

const without = (...keys: readonly string[]) =>
  inValues((key, value) => (keys.includes(key) ? undefined : value));

/** To be emptied as the rows are done. */
export const knownDefects: readonly KnownDefect[] = [
  {
    row: 3,
    breach: /is there twice$|no headless Service/,
    mend: (sample) => ({ ...sample, release: 'shop' }),
  },
  {
    row: 3,
    breach: /is there twice$|also selects the pods of|has \d+ PodDisruptionBudgets/,
    mend: without('nameOverride', 'fullnameOverride'),
  },
  {
    row: 4,
    breach: /is there twice$/,
    mend: inValues((key, value) => (key === 'users' && Array.isArray(value) ? value.slice(0, 1) : value)),
  },
  {
    row: 5,
    breach: /e\+\d\d|must be integer/,
    mend: inValues((_, value) => (typeof value === 'number' && Math.abs(value) > 99_999 ? undefined : value)),
  },
  {
    row: 9,
    breach: /already set in map|does not select|selects no pod|also selects|lacks the labels/,
    mend: without('podLabels', 'podAnnotations', 'labels', 'annotations'),
  },
];

import type { Chart } from '../charts.ts';
import type { Value, Values } from '../systems.ts';
import { type Sample, withoutNulls } from './values.ts';

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

const named = (sample: Sample, plain: (name: string) => boolean): Sample => ({
  release: plain(sample.release) ? sample.release : 'shop',
  namespace: plain(sample.namespace) ? sample.namespace : 'shop',
  values: rewrite(sample.values, (key, value) =>
    /^(name|fullname)Override$|^storageClass$/.test(key) && typeof value === 'string' && !plain(value)
      ? undefined
      : value,
  ) as Values,
});

/** What YAML reads as text, and may begin the name of a Service. */
const isWord = (name: string): boolean =>
  /^[a-z]/.test(name) && !/^(true|false|null|on|off|yes|no|y|n)$/.test(name);

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
  {
    row: 11,
    breach: /must be string|must be object|is no DNS label that begins with a letter/,
    mend: (sample) => named(sample, isWord),
  },
  { row: 12, breach: /is above its limit/, mend: without('resources') },
  {
    row: 13,
    breach: /has \d+ characters, more than \d+$/,
    mend: (sample) => named(sample, (name) => name.length < 12),
  },
  {
    row: 14,
    breach: /is no image$/,
    mend: inValues((key, value) => (/^(imageR|r)egistry$/.test(key) && value === '' ? undefined : value)),
  },
  {
    row: 19,
    breach:
      /nil pointer|type mismatch on|wrong type for value|invalid value; expected|must be|YAML parse error|is no image|is nothing/,
    mend: (sample) => ({ ...sample, values: withoutNulls(sample.values) as Values }),
  },
  {
    row: 19,
    breach: /is no image$/,
    mend: inValues((key, value) => (key === 'tag' && value === '' ? undefined : value)),
  },
  {
    row: 19,
    breach: /YAML parse error/,
    mend: inValues((key, value) => (key === 'storageClass' && value === '-' ? undefined : value)),
  },
];

import { createHash } from 'node:crypto';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { merge } from '../base/merge.ts';
import type { Value, Values } from '../drill/types.ts';
import { type Chart, closure, type Schema } from './charts.ts';
import { commentsAbove } from './valuesschema.ts';

export type Path = readonly string[];

/** One key of values.yaml that a user sets as a whole: a scalar, a list, or a map that holds the user's own keys. */
export interface ValueEntry {
  path: Path;
  value: unknown;
  /** Text of the `# --` comment above it, on one line. */
  comment: string | undefined;
  /** What values.schema.json says of it. */
  schema: Schema | undefined;
}

interface Source {
  contents: unknown;
  lines: readonly string[];
  counter: LineCounter;
}

const sources = new Map<string, Source>();

/** Variants of a chart mostly share their values.yaml, and parsing YAML is slow. */
function sourceOf(text: string): Source {
  let source = sources.get(text);
  if (source === undefined) {
    const counter = new LineCounter();
    source = {
      contents: parseDocument(text, { lineCounter: counter }).contents,
      lines: text.split('\n'),
      counter,
    };
    sources.set(text, source);
  }
  return source;
}

const entriesOf = new WeakMap<Chart, ValueEntry[]>();

/** Reads values.yaml beside its schema: a map whose keys the schema names is not an entry itself, its keys are. */
export function valueEntries(chart: Chart): readonly ValueEntry[] {
  let entries = entriesOf.get(chart);
  if (entries === undefined) {
    entries = readEntries(chart);
    entriesOf.set(chart, entries);
  }
  return entries;
}

function readEntries(chart: Chart): ValueEntry[] {
  const { contents, lines, counter } = sourceOf(chart.files.get('values.yaml') ?? '');
  const entries: ValueEntry[] = [];
  const walk = (node: unknown, schema: Schema | undefined, path: Path): void => {
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (!isScalar(key) || !key.range) continue;
      const under = [...path, String(key.value)];
      const own = schema?.properties?.[String(key.value)];
      if (isMap(value) && (own?.properties !== undefined || (own === undefined && value.items.length > 0))) {
        walk(value, own, under);
      } else {
        const comment = commentsAbove(lines, counter.linePos(key.range[0]).line - 1).description;
        entries.push({
          path: under,
          value: isScalar(value) || value === null ? (value?.value ?? null) : toJson(value),
          comment,
          schema: own,
        });
      }
    }
  };
  const toJson = (node: unknown): unknown => (node as { toJSON(): unknown }).toJSON();
  walk(contents, chart.schema, []);
  return entries;
}

/** The keys that a schema names and gives a default, by path; those of list items and of dependencies are not a chart's own. */
export function schemaEntries(chart: Chart): { path: Path; schema: Schema }[] {
  const entries: { path: Path; schema: Schema }[] = [];
  const walk = (schema: Schema, path: Path): void => {
    for (const [key, own] of Object.entries(schema.properties ?? {})) {
      const under = [...path, key];
      if (own.properties !== undefined) walk(own, under);
      else if ('default' in own) entries.push({ path: under, schema: own });
    }
  };
  walk(chart.schema, []);
  return entries;
}

/** A chart's default values with those of the charts it is made of below their keys, as helm puts them together. */
export function composedValues(chart: Chart): Values {
  return chart.dependencies.reduce<Values>(
    (values, [key, dependency]) => merge({ [key]: composedValues(dependency) }, values),
    chart.values,
  );
}

const isValues = (value: Value | undefined): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every map in a tree of values, the root included. */
export function mapsOf(values: Values, path: Path = []): { path: Path; map: Values }[] {
  return [
    { path, map: values },
    ...Object.entries(values).flatMap(([key, value]) =>
      isValues(value) ? mapsOf(value, [...path, key]) : [],
    ),
  ];
}

export function at(values: Values, path: Path): Value | undefined {
  return path.reduce<Value | undefined>((value, key) => (isValues(value) ? value[key] : undefined), values);
}

/** Values that hold nothing but one setting. */
export function setting(path: Path, value: Value): Values {
  return path.reduceRight<Value>((inner, key) => ({ [key]: inner }), value) as Values;
}

export const isImage = (map: Values): boolean => 'repository' in map && 'tag' in map;

/** Markers that tests look for in what is rendered. */
export const marker = {
  registry: 'registry.example',
  pullSecret: 'pull-secret-marker',
  pullPolicy: 'Never',
  secret: (path: Path) => `${path.join('-').toLowerCase()}-marker`,
  node: { 'node-marker': 'yes' },
  toleration: { key: 'node-marker', operator: 'Exists' },
  priorityClass: 'priority-class-marker',
  destination: 's3:https://s3.example/backups',
  digest: (path: Path) => `sha256:${createHash('sha256').update(path.join('.')).digest('hex')}`,
} as const;

/** Tells a path below a key that is the name of an architecture, where another one is chosen: what is there has no effect, and is refused. */
function ofAnotherArchitecture(chart: Chart, values: Values): (path: Path) => boolean {
  const architectures = new Set(
    closure(chart).flatMap(({ topologies }) => topologies.map((topology) => topology.values.architecture)),
  );
  return (path) =>
    path.some((key, depth) => {
      const chosen = at(values, [...path.slice(0, depth), 'architecture']);
      return typeof chosen === 'string' && chosen !== key && architectures.has(key);
    });
}

const monitors = ['serviceMonitor', 'podMonitor', 'prometheusRule'] as const;

/** Every switch that a chart of the suite has with these values, turned on: images by digest from another registry, secrets of the user's own, monitoring, strict placement. */
export function everythingOn(chart: Chart, values: Values = {}): Values {
  const defaults = composedValues(chart);
  const elsewhere = ofAnotherArchitecture(chart, merge(defaults, values));
  const settings: Values[] = [
    { global: { imageRegistry: marker.registry, imagePullSecrets: [marker.pullSecret] } },
  ];
  for (const { path, map } of mapsOf(defaults)) {
    if (elsewhere(path)) continue;
    if (isImage(map)) {
      settings.push(setting([...path, 'digest'], marker.digest(path)));
      settings.push(setting([...path, 'pullPolicy'], marker.pullPolicy));
    }
    // Where nothing of the user's own is named, nobody logs in there.
    const nowhere = ['host', 'connect'].some(
      (address) => at(merge(defaults, values), [...path, address]) === '',
    );
    if ('existingSecret' in map && !nowhere) {
      settings.push(setting([...path, 'existingSecret'], marker.secret([...path, 'existingSecret'])));
      if ('enabled' in map) settings.push(setting([...path, 'enabled'], true));
    }
    if ('destination' in map) settings.push(setting([...path, 'destination'], marker.destination));
    if ('antiAffinity' in map) {
      settings.push(
        setting(path, {
          antiAffinity: 'hard',
          zoneSpread: 'hard',
          nodeSelector: marker.node,
          tolerations: [marker.toleration],
          priorityClassName: marker.priorityClass,
        }),
      );
    }
    // A system may have a dashboard of its own.
    for (const monitor of path.at(-1) === 'metrics' ? [...monitors, 'dashboard'] : monitors) {
      if (!(monitor in map)) continue;
      settings.push(setting([...path, monitor, 'enabled'], true), setting([...path, 'enabled'], true));
    }
  }
  return settings.reduce(merge);
}

/** Two members more everywhere: an odd number stays odd. */
export function grown(chart: Chart, values: Values): Values {
  return mapsOf(merge(composedValues(chart), values))
    .filter(({ map }) => typeof map.replicas === 'number')
    .map(({ path, map }) => setting([...path, 'replicas'], Number(map.replicas) + 2))
    .reduce(merge, values);
}

/** What a value is set to, by its key, where one unlike its default has to have a meaning. */
const examples: Readonly<Record<string, (path: Path) => Value>> = {
  accessModes: () => ['ReadWriteMany'],
  allowFrom: () => [{ podSelector: { matchLabels: { app: 'friend' } } }],
  annotations: (path) => ({ 'example.com/note': `annotated by ${path.join(' ')}` }),
  antiAffinity: () => 'hard',
  clusterDomain: () => 'k8s.example',
  cpu: (path) => `${1000 + numberOf(path)}m`,
  existingSecret: (path) => marker.secret(path),
  interval: () => '77s',
  labels: (path) => ({ 'example.com/group': `labelled-by-${path.join('-')}` }),
  destination: () => marker.destination,
  fullnameOverride: () => 'renamed',
  // A limit must not be below the request.
  memory: (path) => `${(path.includes('limits') ? 4000 : 3000) + numberOf(path)}Mi`,
  nodeSelector: () => ({ disk: 'nvme' }),
  podAnnotations: () => ({ 'example.com/pod-note': 'annotated' }),
  podLabels: () => ({ 'example.com/team': 'orders' }),
  priorityClassName: () => 'important',
  pullPolicy: () => 'Always',
  registry: (path) => `r${numberOf(path)}.example`,
  repository: (path) => `mirror/i${numberOf(path)}`,
  size: () => '77Gi',
  storageClass: (path) => `fast-${path.join('-').toLowerCase()}`,
  tolerations: () => [{ key: 'dedicated', operator: 'Exists' }],
  type: () => 'LoadBalancer',
  volumeSize: () => '66Gi',
};

/** A number below 1000 of a path's own, the same in every run. */
const numberOf = (path: Path): number =>
  createHash('sha256').update(path.join('.')).digest().readUInt32BE() % 1000;

/** Another number that a schema admits: a whole one of the path's own where there is room. */
function otherNumber(path: Path, value: number, { minimum = 0, maximum = 1_000_000 }: Schema): number {
  const other = value + 1000 + numberOf(path);
  if (other <= maximum) return other;
  return value + 1 <= maximum ? value + 1 : Math.max(minimum, value - 1);
}

/**
 * Values of which none is a default or what `given` sets, so that one that is not used where it should be shows. Switches and choices stay, and so do numbers of members:
 * others would make another system of it.
 */
export function unlikeDefaults(chart: Chart, given: Values): { path: Path; value: Value }[] {
  const elsewhere = ofAnotherArchitecture(chart, merge(composedValues(chart), given));
  return valueEntries(chart).flatMap(({ path, value, schema }) => {
    const key = path.at(-1) ?? '';
    if (at(given, path) !== undefined || elsewhere(path) || path[0] === 'global') return [];
    // An image that the user has to name whole has none by default.
    if (at(chart.values, [...path.slice(0, -1), 'tag']) === '') return [];
    if (
      key === 'enabled' &&
      (path.join('.') === 'metrics.dashboard.enabled' ||
        monitors.some(
          (monitor) => at(chart.values, [...path.slice(0, -1), monitor]) || path.includes(monitor),
        ))
    )
      return [{ path, value: true }];
    const example = examples[key];
    if (example !== undefined) return [{ path, value: example(path) }];
    if (typeof value !== 'number' || /replicas|shards|groups/i.test(key)) return [];
    return [{ path, value: otherNumber(path, value, schema ?? {}) }];
  });
}

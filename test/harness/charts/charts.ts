import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { UserError } from '../base/errors.ts';
import { merge } from '../base/merge.ts';
import { chartsDir, valuesDir } from '../base/paths.ts';
import type { Values } from '../drill/types.ts';

interface Dependency {
  name: string;
  version: string;
  repository: string;
  alias?: string;
  condition?: string;
}

interface ChartYaml {
  name: string;
  version: string;
  appVersion?: string;
  type?: 'application' | 'library';
  description?: string;
  dependencies?: readonly Dependency[];
}

/** The parts of a draft-07 schema that values.schema.json may use. */
export interface Schema {
  $schema?: string;
  $ref?: string;
  type?: string | readonly string[];
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  patternProperties?: Readonly<Record<string, Schema>>;
  items?: Schema;
}

/** A values file: one of a chart's ci/TOPOLOGY-values.yaml, or a profile of values/. */
export interface ValuesFile {
  name: string;
  values: Values;
}

export interface Chart {
  name: string;
  dir: string;
  /** An umbrella is an application chart that others are part of; a library renders nothing by itself. */
  kind: 'library' | 'application' | 'umbrella';
  metadata: ChartYaml;
  /** Text of every file by its path in the chart, without the assembled dependencies under charts/. */
  files: ReadonlyMap<string, string>;
  values: Values;
  schema: Schema;
  topologies: readonly ValuesFile[];
  /** The other charts of the suite that it is made of, nearest first: [key in its values, chart]. */
  dependencies: readonly (readonly [key: string, chart: Chart])[];
}

function readFiles(dir: string): Map<string, string> {
  const files = new Map<string, string>();
  const walk = (under: string): void => {
    for (const entry of readdirSync(join(dir, under), { withFileTypes: true })) {
      const path = under === '' ? entry.name : `${under}/${entry.name}`;
      if (entry.isDirectory()) {
        if (path !== 'charts') walk(path);
      } else if (!path.endsWith('.tgz')) {
        files.set(path, readFileSync(join(dir, path), 'utf8'));
      }
    }
  };
  walk('');
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Reads a chart and, through its `file://` dependencies, those it is made of. */
export function loadChart(dir: string): Chart {
  const files = readFiles(dir);
  const metadata = parseOnce<ChartYaml>(files.get('Chart.yaml'));
  const dependencies = (metadata.dependencies ?? []).map((dependency): [string, Chart] => {
    if (!dependency.repository.startsWith('file://')) {
      throw new UserError(
        `${metadata.name}: dependency ${dependency.name} comes from ${dependency.repository}`,
        'charts of the suite are file:// dependencies',
      );
    }
    return [
      dependency.alias ?? dependency.name,
      loadChart(resolve(dir, dependency.repository.slice('file://'.length))),
    ];
  });
  return chartOf(dir, files, dependencies);
}

const parsed = new Map<string, unknown>();

/** Variants of a chart share most of their files, and parsing is slow: the same text is parsed once. Nobody changes the result. */
function parseOnce<T>(text = ''): T {
  let value = parsed.get(text);
  if (value === undefined) {
    value = (text.startsWith('{') ? JSON.parse(text) : parse(text)) ?? {};
    parsed.set(text, value);
  }
  return value as T;
}

/** A chart from its files, wherever they come from. */
export function chartOf(
  dir: string,
  files: ReadonlyMap<string, string>,
  dependencies: Chart['dependencies'],
): Chart {
  const metadata = parseOnce<ChartYaml>(files.get('Chart.yaml'));
  const umbrella = dependencies.some(([, chart]) => chart.kind !== 'library');
  return {
    name: metadata.name,
    dir,
    kind: metadata.type === 'library' ? 'library' : umbrella ? 'umbrella' : 'application',
    metadata,
    files,
    values: parseOnce<Values>(files.get('values.yaml')),
    schema: parseOnce<Schema>(files.get('values.schema.json')),
    topologies: [...files]
      .filter(([path]) => /^ci\/.*-values\.yaml$/.test(path))
      .map(([path, text]) => ({
        name: basename(path, '-values.yaml'),
        values: parseOnce<Values>(text),
      })),
    dependencies,
  };
}

/** Every chart under a directory, by name. */
export function loadCharts(root: string = chartsDir): Chart[] {
  return readdirSync(root)
    .filter((name) => existsSync(join(root, name, 'Chart.yaml')))
    .sort()
    .map((name) => loadChart(join(root, name)));
}

/** Values of the umbrella for a kind of namespace, merged from files of values/ as helm would. */
export interface Profile extends ValuesFile {
  files: readonly string[];
}

const small = 'small.yaml';

function profileOf(name: string, files: readonly string[]): Profile {
  const read = (file: string) => (parse(readFileSync(join(valuesDir, file), 'utf8')) ?? {}) as Values;
  return { name, files, values: files.map(read).reduce(merge) };
}

/** The profiles that people choose from: values/NAME.yaml. */
export function loadProfiles(): Profile[] {
  return readdirSync(valuesDir)
    .filter((file) => file.endsWith('.yaml') && file !== small && file !== 'e2e.yaml')
    .sort()
    .map((file) => profileOf(basename(file, '.yaml'), [file]));
}

/** The same topologies, as small as they run. */
export function smallOf({ name, files }: Profile): Profile {
  return profileOf(`${name} --small`, [...files, small]);
}

/** What tests with a cluster install. */
export function e2eProfile(): Profile {
  return profileOf('e2e', [small, 'e2e.yaml']);
}

/** Values of the umbrella that switch off all that tests with a cluster would install: for those that say themselves what they want. */
export function switchedOff(): Record<string, { enabled: false }> {
  return Object.fromEntries(Object.keys(e2eProfile().values).map((part) => [part, { enabled: false }]));
}

/** A chart with everything it is made of, each once, innermost first. */
export function closure(chart: Chart): Chart[] {
  const found = new Map<string, Chart>();
  const visit = (one: Chart): void => {
    for (const [, dependency] of one.dependencies) visit(dependency);
    found.set(one.name, one);
  };
  visit(chart);
  return [...found.values()];
}

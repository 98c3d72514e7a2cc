import { isDeepStrictEqual } from 'node:util';
import { Ajv, type ValidateFunction } from 'ajv';
import { type Chart, closure, type Schema } from '../../harness/charts/charts.ts';
import type { Container, Handler } from '../../harness/charts/manifests.ts';
import { composedValues, mapsOf, schemaEntries, setting, valueEntries } from '../../harness/charts/values.ts';
import { inEachCase, type Rule } from './subject.ts';

const combinators = ['anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else'] as const;

interface Located {
  schema: Schema;
  path: readonly string[];
  /** Inside anyOf and the like: it describes only a part of a value. */
  partial: boolean;
}

const located = new WeakMap<Schema, readonly Located[]>();

/** Every schema inside a schema, with where it is. */
function schemasOf(root: Schema): readonly Located[] {
  const known = located.get(root);
  if (known !== undefined) return known;
  const all: Located[] = [];
  const walk = (schema: Schema, path: readonly string[], partial: boolean): void => {
    all.push({ schema, path, partial });
    for (const [key, own] of Object.entries(schema.properties ?? {})) walk(own, [...path, key], partial);
    if (schema.items) walk(schema.items, [...path, '[]'], partial);
    for (const own of [schema.additionalProperties, ...Object.values(schema.patternProperties ?? {})]) {
      if (typeof own === 'object') walk(own, [...path, '*'], partial);
    }
    const others = schema as Readonly<Record<string, unknown>>;
    for (const keyword of combinators) {
      for (const own of [others[keyword] ?? []].flat()) walk(own as Schema, path, true);
    }
    for (const definitions of [others.definitions, others.$defs]) {
      for (const [name, own] of Object.entries(definitions ?? {})) walk(own as Schema, ['#', name], partial);
    }
  };
  walk(root, [], false);
  located.set(root, all);
  return all;
}

const isRemote = ($ref: string | undefined): boolean => $ref !== undefined && !$ref.startsWith('#');

function schemaShape(chart: Chart): string[] {
  const breaches: string[] = [];
  const dependencies = new Set(chart.dependencies.map(([key]) => key));
  if (!/draft-07/.test(chart.schema.$schema ?? '')) breaches.push('values.schema.json is not draft-07');
  for (const { schema, path, partial } of schemasOf(chart.schema)) {
    const where = path.join('.') || 'the root';
    if (isRemote(schema.$ref)) {
      breaches.push(`${where} has the remote $ref ${schema.$ref}`);
    }
    if ('propertyNames' in schema) {
      breaches.push(`${where} has propertyNames, of which helm says a wrong path: write patternProperties`);
    }
    // What stands below a dependency's key is checked against that chart's own schema, by helm and here.
    if (partial || dependencies.has(path[0] ?? '')) continue;
    if (schema.properties !== undefined) {
      // Whoever puts the chart into an umbrella of their own has keys of their own in it.
      const open = path.length === 1 && path[0] === 'global';
      if (schema.additionalProperties !== open) {
        breaches.push(
          open
            ? 'global is closed to the keys of other charts'
            : `${where} is open: write additionalProperties: false`,
        );
      }
    } else if (schema.type === 'object' && !path.includes('[]') && !isDeepStrictEqual(schema.default, {})) {
      breaches.push(`${where} is a map of the user's own keys, whose default is {}`);
    }
    if (path.length === 0 || path.at(-1) === '*' || path.at(-1) === '[]' || schema.properties) continue;
    if (schema.description === undefined) breaches.push(`${where} has no description`);
    if (schema.type === undefined && schema.enum === undefined) breaches.push(`${where} has no type`);
    if (schema.type === 'integer' && schema.minimum === undefined) breaches.push(`${where} has no minimum`);
  }
  return breaches;
}

/** values.yaml and its schema say the same: keys, defaults, descriptions. */
function schemaAgreement(chart: Chart): string[] {
  const entries = valueEntries(chart);
  const written = new Set(entries.map(({ path }) => path.join('.')));
  const missing = schemaEntries(chart).filter(({ path }) => !written.has(path.join('.')));
  return [
    ...missing.map(
      ({ path }) => `${path.join('.')} has a default in values.schema.json, and is not in values.yaml`,
    ),
    ...entries.flatMap(({ path, value, comment, schema }) => {
      const where = path.join('.');
      if (schema === undefined) return [`${where} is in values.yaml, and not in values.schema.json`];
      const breaches: string[] = [];
      if (!('default' in schema)) breaches.push(`${where} has no default in values.schema.json`);
      else if (!isDeepStrictEqual(schema.default, value)) {
        const [one, other] = [value, schema.default].map((json) => JSON.stringify(json));
        breaches.push(`${where} is ${one} in values.yaml and ${other} by default in values.schema.json`);
      }
      if (comment === undefined) breaches.push(`${where} has no "# --" comment in values.yaml`);
      else if (comment !== schema.description) {
        breaches.push(`${where} is described differently in values.yaml and values.schema.json`);
      }
      return breaches;
    }),
  ];
}

const validators = new WeakMap<Schema, ValidateFunction>();

/** Compiling is what takes time, and variants of a chart mostly share their schema. */
function validatorOf(schema: Schema): ValidateFunction {
  let validate = validators.get(schema);
  if (validate === undefined) {
    validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
    validators.set(schema, validate);
  }
  return validate;
}

/** A key with a letter too many must be refused wherever it stands, by an error that says where. */
function misspeltKeys(chart: Chart): string[] {
  if (schemasOf(chart.schema).some(({ schema }) => isRemote(schema.$ref))) return [];
  const validate = validatorOf(chart.schema);
  const dependencies = new Set(chart.dependencies.map(([key]) => key));
  const paths = new Set(
    valueEntries(chart)
      .filter(({ path }) => !dependencies.has(path[0] ?? '') && path[0] !== 'global')
      .flatMap(({ path }) => path.map((_, depth) => path.slice(0, depth + 1).join('.'))),
  );
  return [...paths].flatMap((dotted) => {
    const path = dotted.split('.');
    const misspelt = [...path.slice(0, -1), `${path.at(-1)}x`];
    validate(setting(misspelt, true));
    const parent = misspelt
      .slice(0, -1)
      .map((key) => `/${key}`)
      .join('');
    const told = (validate.errors ?? []).some(
      ({ keyword, instancePath, params }) =>
        keyword === 'additionalProperties' &&
        instancePath === parent &&
        params.additionalProperty === misspelt.at(-1),
    );
    return told ? [] : [`the misspelt key ${misspelt.join('.')} is accepted`];
  });
}

function imageBlocks(chart: Chart): string[] {
  const keys = ['digest', 'pullPolicy', 'registry', 'repository', 'tag'];
  return mapsOf(chart.values)
    .filter(({ map }) => 'repository' in map || 'registry' in map)
    .filter(({ map }) => !isDeepStrictEqual(Object.keys(map).sort(), keys))
    .map(({ path }) => `${path.join('.')} is not {${keys.join(', ')}}`);
}

export const closedSchema: Rule = {
  id: 'closed-schema',
  title: 'values.schema.json is closed, and agrees with values.yaml in keys, defaults and descriptions',
  check({ chart }) {
    if (chart.kind === 'library') return [];
    return [schemaShape, schemaAgreement, misspeltKeys, imageBlocks].flatMap((check) => check(chart));
  },
};

/** Template functions and objects whose result is not that of the chart and its values alone. */
const impure =
  /\b(rand(AlphaNum|Alpha|Numeric|Ascii|Bytes|Int)|uuidv4|now|ago|lookup|genPrivateKey|genCA\w*|genSelfSignedCert\w*|genSignedCert\w*|derivePassword|htpasswd|bcrypt|getHostByName|expandenv)\b|(?<![\w.$"-])env\b|\.Release\.(IsInstall|IsUpgrade|Revision)\b|\.Capabilities\.APIVersions\b/;

const actions = new Map<string, readonly string[]>();

/** What is between the double braces of a template, without comments and string literals. */
export function actionsOf(template: string): readonly string[] {
  let found = actions.get(template);
  if (found === undefined) {
    found = findActions(template);
    actions.set(template, found);
  }
  return found;
}

function findActions(template: string): string[] {
  return [...template.matchAll(/\{\{-?([\s\S]*?)-?\}\}/g)]
    .map(([, action = '']) => action.trim())
    .filter((action) => !action.startsWith('/*'))
    .map((action) => action.replace(/"(\\.|[^"\\])*"|`[^`]*`/g, '""'));
}

const secretName = /(PASSWORD|PASSWD|_TOKEN|API_?KEY|SECRET_KEY)$/i;

/** A library's scripts are templates, because its files can't be read by the charts that use it. */
const isScript = (path: string): boolean => /\.sh(\.tpl)?$/.test(path);

function containerSecrets({ name, env = [], command = [], args = [] }: Container): string[] {
  // A reference to another variable is none of its value.
  const literal = env.filter(
    ({ name: variable, value }) => value && !/^\$\(\w+\)$/.test(value) && secretName.test(variable),
  );
  const words = [...command, ...args];
  return [
    ...literal.map((variable) => `container ${name} has the value of ${variable.name} in its manifest`),
    ...words
      .filter(
        (word) =>
          /\$\(\w*(PASS|TOKEN|SECRET)\w*\)/.test(word) || /^--?\w*(password|passwd|requirepass)=./.test(word),
      )
      .map((word) => `container ${name} has a password on its command line: ${word}`),
  ];
}

export const pureRender: Rule = {
  id: 'pure-render',
  title: 'the same values give the same manifests, and no password is in them',
  check(subject) {
    const { chart } = subject;
    const templates = [...chart.files].filter(([path]) => path.startsWith('templates/'));
    const functions = templates.flatMap(([path, text]) =>
      actionsOf(text).flatMap((action) => {
        const found = impure.exec(action)?.[0];
        return found === undefined
          ? []
          : [`${path} uses ${found}: its result is not that of the values alone`];
      }),
    );
    const asked = schemasOf(chart.schema)
      .filter(({ schema, path }) => schema.type === 'string' && secretName.test(path.at(-1) ?? ''))
      .map(({ path }) => `${path.join('.')} asks for a secret in the values: take a Secret's name instead`);
    const scripts = [...chart.files]
      .filter(([path, text]) => isScript(path) && /\s--password=|\s-p["']?\$/.test(text))
      .map(([path]) => `${path} has a password on a command line`);
    const renders = inEachCase(subject, ({ base, install, full }) => [
      ...(base.digest === install.digest ? [] : ['two renders of the same values differ']),
      ...base
        .all('Secret')
        .filter(({ data, stringData }) => data !== undefined || stringData !== undefined)
        .map(({ metadata }) => `Secret/${metadata.name} holds data in its manifest`),
      ...full.pods.flatMap((pod) => pod.containers.flatMap(containerSecrets)),
    ]);
    return [...functions, ...asked, ...scripts, ...renders, ...ownSecrets(subject)];
  },
};

/** `existingSecret` is honoured: some pod reads the Secret that it names. */
function ownSecrets({ chart, cases }: Parameters<Rule['check']>[0]): string[] {
  if (chart.kind !== 'application') return [];
  const used = cases.map(({ full }) => JSON.stringify(full.pods.map(({ spec }) => spec))).join('');
  const paths = mapsOf(composedValues(chart)).filter(({ map }) => 'existingSecret' in map);
  return paths
    .map(({ path }) => [...path, 'existingSecret'])
    .filter((path) => !used.includes(`"${path.join('-').toLowerCase()}-marker"`))
    .map((path) => `no pod reads the Secret that ${path.join('.')} names`);
}

function inlineShell({ name, command = [], args = [], ...container }: Container): string[] {
  const handlers: (Handler | undefined)[] = [
    container.startupProbe,
    container.readinessProbe,
    container.livenessProbe,
    container.lifecycle?.preStop,
    container.lifecycle?.postStart,
  ];
  const commands = [[...command, ...args], ...handlers.map((handler) => handler?.exec?.command ?? [])];
  return commands
    .filter((words) => words.some((word) => word.includes('\n') || /^-\w*c$/.test(word)) && isShell(words))
    .map((words) => `container ${name} runs shell that is written in YAML: ${words.join(' ').slice(0, 60)}`);
}

const isShell = (words: readonly string[]): boolean => /(^|\/)(ba|da|z|k|a)?sh$/.test(words[0] ?? '');

export const layout: Rule = {
  id: 'layout',
  title: 'files are where the suite has them, and shell is in files of its own',
  check(subject) {
    const { chart } = subject;
    if (chart.kind === 'library') return [];
    const wanted = ['README.md', 'values.schema.json', 'templates/NOTES.txt', 'Chart.lock'];
    if (chart.kind === 'application') wanted.push('DESIGN.md', 'templates/validate.yaml');
    const missing = wanted.filter((path) => !chart.files.has(path)).map((path) => `${path} is missing`);
    const covered = new Set(chart.topologies.map(({ values }) => values.architecture));
    const uncovered = (chart.schema.properties?.architecture?.enum ?? [])
      .filter((architecture) => !covered.has(String(architecture)))
      .map((architecture) => `no ci/*-values.yaml has architecture: ${architecture}`);
    const none = chart.topologies.length === 0 ? ['there is no ci/*-values.yaml'] : [];
    const known = new Set(
      closure(chart)
        .flatMap(({ files }) => [...files].filter(([path]) => isScript(path)))
        .flatMap(([, text]) => text.split('\n').map((line) => line.trim())),
    );
    const renders = inEachCase(subject, ({ full }) => [
      ...full.pods.flatMap((pod) => pod.containers.flatMap(inlineShell)),
      ...full.all('ConfigMap').flatMap(({ metadata, data = {} }) =>
        Object.entries(data)
          .filter(
            ([key, text]) => key.endsWith('.sh') && !text.split('\n').every((line) => known.has(line.trim())),
          )
          .map(([key]) => `${key} of ConfigMap/${metadata.name} is not one of the chart's .sh files`),
      ),
    ]);
    return [...missing, ...uncovered, ...none, ...renders];
  },
};

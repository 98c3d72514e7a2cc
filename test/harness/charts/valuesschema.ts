import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, LineCounter, type Pair, parse, parseDocument } from 'yaml';
import { UserError } from '../base/errors.ts';
import { chartsDir } from '../base/paths.ts';
import type { Chart, Schema } from './charts.ts';

/** A part of a schema as it is written: `$ref` names a fragment, null takes away what a fragment says. */
type Part = { readonly [key: string]: unknown };

interface Fragments {
  /** Keys that every chart has and no values.yaml. */
  added: Readonly<Record<string, Part>>;
  /** What a key of this name means, wherever it stands. */
  keys: Readonly<Record<string, Part>>;
  /** What `$ref` may name. */
  refs: Readonly<Record<string, Part>>;
}

let shared: Fragments | undefined;

/** What charts share of their values: charts/common/schema.yaml. */
function fragments(): Fragments {
  shared ??= parse(readFileSync(join(chartsDir, 'common', 'schema.yaml'), 'utf8')) as Fragments;
  return shared;
}

const isPart = (value: unknown): value is Part =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The later of two parts counts; maps are merged, null takes away. */
function over(base: Part, more: Part): Part {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(more)) {
    const own = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isPart(own) && isPart(value) ? over(own, value) : value;
  }
  return merged;
}

function resolved(part: unknown, where: string): unknown {
  if (Array.isArray(part)) return part.map((one) => resolved(one, where));
  if (!isPart(part)) return part;
  const { $ref, ...rest } = part;
  const own = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, resolved(value, where)]));
  if ($ref === undefined) return own;
  const named = fragments().refs[String($ref)];
  if (named === undefined)
    throw new UserError(
      `${where}: @schema has $ref ${$ref}`,
      `name one of ${Object.keys(fragments().refs).join(', ')}`,
    );
  return over(resolved(named, where) as Part, own);
}

/** The comments above a key: `# -- ` is its description, `# @schema {…}` what its value may be, in one line or between two such lines. */
export function commentsAbove(
  lines: readonly string[],
  line: number,
): { description?: string; schema?: string } {
  let first = line;
  while (first > 0 && /^\s*#/.test(lines[first - 1] ?? '')) first--;
  const description: string[] = [];
  const schema: string[] = [];
  let reading: 'nothing' | 'description' | 'schema' = 'nothing';
  for (const text of lines.slice(first, line).map((one) => one.trim())) {
    if (text.startsWith('# @schema ')) schema.push(text.slice('# @schema '.length));
    else if (text === '# @schema') reading = reading === 'schema' ? 'nothing' : 'schema';
    else if (reading === 'schema') schema.push(text.replace(/^# ?/, ''));
    else if (text.startsWith('# -- ')) {
      description.splice(0, description.length, text.slice('# -- '.length));
      reading = 'description';
    } else if (reading === 'description') description.push(text.replace(/^# ?/, ''));
  }
  return {
    ...(description.length > 0 ? { description: description.join(' ') } : {}),
    ...(schema.length > 0 ? { schema: schema.join('\n') } : {}),
  };
}

function annotationOf(text: string, where: string): Part {
  let annotation: unknown;
  try {
    annotation = parse(text);
  } catch (error) {
    const [reason = ''] = String((error as Error).message).split('\n');
    throw new UserError(
      `${where}: @schema is no YAML: ${reason}`,
      'write for example # @schema {minimum: 1}',
    );
  }
  if (isPart(annotation)) return annotation;
  throw new UserError(`${where}: @schema is no map`, 'write for example # @schema {minimum: 1}');
}

function inferred(value: unknown): Part {
  if (Array.isArray(value)) return { type: 'array' };
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'integer' : 'number' };
  return { type: value === null ? 'null' : typeof value };
}

/** description and type first, the default last: as people read it. */
function ordered({ description, type, default: standard, ...rest }: Part): Part {
  return {
    ...(description === undefined ? {} : { description }),
    ...(type === undefined ? {} : { type }),
    ...rest,
    ...(standard === undefined ? {} : { default: standard }),
  };
}

/**
 * A chart's values.schema.json, from its values.yaml: types by the defaults, descriptions by the comments `# --`, the rest by `# @schema` and by what
 * charts share. Throws UserError where an annotation is no YAML or names no fragment.
 */
export function schemaFrom(chart: Chart): Schema {
  const text = chart.files.get('values.yaml') ?? '';
  const counter = new LineCounter();
  const lines = text.split('\n');

  const keyOf = ({ key }: Pair): string => (isScalar(key) ? String(key.value) : '');
  const schemaOf = (pair: Pair, path: string, inherited: Part | undefined): Part => {
    const name = keyOf(pair);
    const where = `${chart.name}: ${path}`;
    const range = isScalar(pair.key) ? pair.key.range : undefined;
    const comments = range ? commentsAbove(lines, counter.linePos(range[0]).line - 1) : {};
    const annotation = comments.schema === undefined ? {} : annotationOf(comments.schema, where);
    const known = over(fragments().keys[name] ?? {}, inherited ?? {});
    const part = resolved(over(known, annotation), where) as Part;
    const own = isPart(part.properties) ? part.properties : {};
    const described = comments.description === undefined ? {} : { description: comments.description };
    if (!isMap(pair.value) || (pair.value.items.length === 0 && part.properties === undefined)) {
      const value = (pair.value as { toJSON(): unknown } | null)?.toJSON() ?? null;
      return ordered({ ...inferred(value), ...part, ...described, default: value });
    }
    const children = Object.fromEntries(
      pair.value.items.map((child) => {
        const theirs = own[keyOf(child)];
        return [
          keyOf(child),
          schemaOf(child, `${path}.${keyOf(child)}`, isPart(theirs) ? theirs : undefined),
        ];
      }),
    );
    const { properties: _, ...rest } = part;
    return ordered({
      type: 'object',
      additionalProperties: false,
      ...rest,
      ...described,
      properties: {
        ...children,
        ...Object.fromEntries(Object.entries(own).filter(([key]) => !(key in children))),
      },
    });
  };

  /** `$values: {without: […]}` stands for a map that has what the chart itself has: the values of one of several apps. */
  const alike = (part: unknown, all: Part): unknown => {
    if (Array.isArray(part) || !isPart(part)) return part;
    if (isPart(part.$values)) {
      const without = part.$values.without as readonly string[];
      const properties = Object.entries(all).filter(([key]) => !without.includes(key));
      return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
    }
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, alike(value, all)]));
  };

  const { contents } = parseDocument(text, { lineCounter: counter });
  const parts = new Map(chart.dependencies.map(([key, { name }]) => [key, name]));
  /** What stands under a part's key beside what the umbrella sets is checked by that part's own schema. */
  const partOf = (key: string, own: Part): Part => {
    const { additionalProperties: _, ...rest } = own;
    return parts.has(key)
      ? { description: `Values of charts/${parts.get(key)}, checked by that chart's own schema.`, ...rest }
      : own;
  };
  const umbrella = chart.kind === 'umbrella';
  const { enabled, common } = umbrella ? {} : fragments().added;
  const own: Part = Object.fromEntries(
    (isMap(contents) ? contents.items : []).map((pair) => [
      keyOf(pair),
      partOf(keyOf(pair), schemaOf(pair, keyOf(pair), undefined)),
    ]),
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `Values of the Ballast ${umbrella ? 'umbrella chart' : `chart ${chart.name}`}`,
    type: 'object',
    additionalProperties: false,
    properties: {
      ...(enabled ? { enabled: resolved(enabled, chart.name) } : {}),
      ...(alike(own, own) as Part),
      ...(common ? { common: resolved(common, chart.name) } : {}),
    },
  } as Schema;
}

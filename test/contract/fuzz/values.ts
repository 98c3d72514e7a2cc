import { Ajv } from 'ajv';
import fc, { type Arbitrary } from 'fast-check';
import { merge } from '../../harness/base/merge.ts';
import type { Chart, Schema } from '../../harness/charts/charts.ts';
import type { Value, Values } from '../../harness/drill/types.ts';

/** One thing to render: values that the chart's schema admits, and the names to install it under. */
export interface Sample {
  release: string;
  namespace: string;
  values: Values;
}

/** What YAML, templates, shells and configuration files read in ways of their own. */
const strings: readonly string[] = [
  ...['', 'app', 'app_user', 'app-user', 'app.user', 'x', '/', '-', '.', '*', '.*', '=', '<<', '~', '|', '>'],
  ...['0', '1', '1234', '-1', '+1', '.5', '1e3', '0x1f', '0o17', '1_000', '12:30', '2024-01-01'],
  ...[
    '9007199254740993',
    '50m',
    '512Mi',
    '1Gi',
    '30s',
    'true',
    'false',
    'yes',
    'no',
    'on',
    'off',
    'null',
    'nan',
  ],
  ...[
    '- a',
    'a: b',
    'a:',
    'a #b',
    '#x',
    '&a',
    '!x',
    '@x',
    '%2F',
    '{}',
    '[]',
    '{a',
    '[a',
    '? a',
    '---',
    'a,b',
  ],
  ...['{{ .Release.Name }}', '$x', `\${x}`, '$(x)', '`x`', "'", '"', 'p"a\\b', '\\', '\\n', '%s', '%d'],
  ...[' x', 'x ', '\t', 'a\tb', 'a\nb', 'a\n', '\n', 'a\n---\nb', '\u0007', 'ä✓', '😀', '\u00a0', '\u2028'],
  ...['x'.repeat(64), 'x'.repeat(300), 'example.com/x', 'app.kubernetes.io/name', 'ballast.dev/role'],
];

const quantities: readonly string[] = [
  ...[
    '64Mi',
    '128Mi',
    '256Mi',
    '384Mi',
    '512Mi',
    '640Mi',
    '768Mi',
    '1Gi',
    '1.5Gi',
    '2Gi',
    '3Gi',
    '4Gi',
    '2G',
  ],
  ...['600M', '20m', '50m', '250m', '1', '2'],
];

const integers: readonly number[] = [
  ...[-1, 0, 1, 2, 3, 4, 5, 7, 10, 60, 100, 255, 1000, 65_535, 65_536, 1_000_000, 86_400_000],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1],
];

/** Objects of the Kubernetes API that a chart passes on as they are, by the key that holds them. */
const passedOn: Readonly<Record<string, readonly Values[]>> = {
  affinity: [
    { podAffinity: {} },
    {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd', '1'] }] }],
        },
      },
    },
  ],
  tolerations: [
    { operator: 'Exists' },
    { key: 'dedicated', operator: 'Equal', value: '1', effect: 'NoSchedule' },
    { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
  ],
  behavior: [{ scaleDown: { stabilizationWindowSeconds: 60 } }, { scaleUp: { selectPolicy: 'Disabled' } }],
  metrics: [
    {
      type: 'Pods',
      pods: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '10' } },
    },
  ],
  extraVolumes: [
    { name: 'extra', emptyDir: {} },
    { name: 'more', secret: { secretName: 'more' } },
  ],
  valueFrom: [{ secretKeyRef: { name: 'more', key: '1' } }, { fieldRef: { fieldPath: 'spec.nodeName' } }],
  peers: [
    { podSelector: {} },
    { namespaceSelector: { matchLabels: { team: '1' } } },
    { ipBlock: { cidr: '10.0.0.0/8' } },
  ],
};

const peers = ['allowFrom', 'from'];

const isObject = (value: Value | undefined): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** The first of these is the plainest: what fails is shrunk towards it. */
const among = <T>(...choices: { weight: number; arbitrary: Arbitrary<T> }[]): Arbitrary<T> =>
  fc.oneof({ withCrossShrink: true }, ...choices);

const from = <T>(values: readonly T[]): Arbitrary<T> => fc.constantFrom(...values);

const texts = new Map<string, Arbitrary<Value>>();

/** Schemas share their patterns, and to make sense of one takes long. */
function text(schema: Schema): Arbitrary<Value> {
  const key = JSON.stringify([schema.pattern, schema.minLength, schema.maxLength]);
  let found = texts.get(key);
  if (found === undefined) {
    found = makeText(schema);
    texts.set(key, found);
  }
  return found;
}

function makeText({
  pattern,
  minLength = 0,
  maxLength = Number.POSITIVE_INFINITY,
}: Schema): Arbitrary<Value> {
  const wanted = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  const admitted = (one: string): boolean =>
    (wanted?.test(one) ?? true) && [...one].length >= minLength && [...one].length <= maxLength;
  const plain = ['app', 'my-thing', 'standard', '/', 'a'].filter(admitted);
  const odd = strings.filter(admitted);
  const amounts = wanted === undefined ? [] : quantities.filter(admitted);
  // What takes quantities takes little else, and one far from the others ends in the same refusal every time.
  const isQuantity = amounts.length > 6 && !admitted('a');
  const random = (
    wanted === undefined ? fc.string({ unit: 'grapheme' }) : fc.stringMatching(wanted, { size: 'small' })
  ).filter((one) => admitted(one) && isText(one));
  return among<Value>(
    ...(plain.length > 0 ? [{ weight: 3, arbitrary: from(plain) }] : []),
    ...(isQuantity ? [{ weight: 16, arbitrary: from(amounts) }] : []),
    ...(odd.length > 0 && !isQuantity ? [{ weight: 3, arbitrary: from(odd) }] : []),
    { weight: 1, arbitrary: random },
  );
}

function integer({
  minimum = Number.MIN_SAFE_INTEGER,
  maximum = Number.MAX_SAFE_INTEGER,
}: Schema): Arbitrary<Value> {
  const odd = [minimum, minimum + 1, maximum, ...integers].filter((one) => one >= minimum && one <= maximum);
  return among<Value>(
    { weight: 2, arbitrary: fc.integer({ min: minimum, max: Math.min(maximum, minimum + 10) }) },
    { weight: 2, arbitrary: from(odd) },
    { weight: 1, arbitrary: fc.integer({ min: minimum, max: maximum }) },
  );
}

function anything(): Arbitrary<Value> {
  const scalar = among<Value>(
    { weight: 1, arbitrary: fc.boolean() },
    { weight: 1, arbitrary: from(integers) },
    { weight: 1, arbitrary: from(strings) },
  );
  return among<Value>(
    { weight: 3, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.dictionary(from(['a', 'x-max', 'b c']), scalar, { maxKeys: 2 }) },
  );
}

interface Place {
  root: Schema;
  /** Keys that lead here. */
  path: readonly string[];
}

/** A map of the user's own keys. */
function map(schema: Schema, place: Place): Arbitrary<Value> {
  const patterns = Object.entries(schema.patternProperties ?? {});
  const [pattern, own] = patterns[0] ?? [undefined, schema.additionalProperties];
  const keys = text(pattern === undefined ? { type: 'string' } : { type: 'string', pattern });
  const value =
    typeof own === 'object' ? arbitraryOf(own, { ...place, path: [...place.path, '*'] }) : anything();
  const least = schema.minProperties ?? 0;
  return fc.dictionary(keys as Arbitrary<string>, value, {
    minKeys: least,
    maxKeys: Math.max(least, 2),
    noNullPrototype: true,
  });
}

const absent = Symbol('absent');

/** How many of an object's keys are there, on average: few, so that deep combinations stay plausible. */
const wantedKeys = 2.5;

function object(schema: Schema, place: Place): Arbitrary<Value> {
  const entries = Object.entries(schema.properties ?? {});
  const share = Math.min(0.5, wantedKeys / entries.length);
  const fields = entries.map(([key, own]): Arbitrary<Value | typeof absent> => {
    const value = arbitraryOf(own, { ...place, path: [...place.path, key] });
    if (schema.required?.includes(key)) return value;
    // Switches decide what is rendered at all.
    const isSwitch = own.enum !== undefined || own.type === 'boolean';
    const weight = Math.round(100 * (isSwitch ? Math.min(0.5, share * 3) : share));
    return among<Value | typeof absent>(
      { weight: 100 - weight, arbitrary: fc.constant(absent) },
      { weight, arbitrary: value },
      // Helm takes the default away.
      { weight: 1, arbitrary: fc.constant(null) },
    );
  });
  return fc.tuple(...fields).map((values) => {
    const result: Values = {};
    for (const [index, [key]] of entries.entries()) {
      const value = values[index];
      if (value !== undefined && value !== absent) result[key] = value as Value;
    }
    return result;
  });
}

function typed(type: string | undefined, schema: Schema, place: Place): Arbitrary<Value> {
  switch (type) {
    case 'string':
      return text(schema);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return integer(schema);
    case 'number':
      return from([0.5, 1.5, 0.001, 3].filter((one) => one >= (schema.minimum ?? 0)));
    case 'null':
      return fc.constant(null);
    case 'array': {
      const items = arbitraryOf(schema.items ?? {}, { ...place, path: [...place.path, '[]'] });
      const least = schema.minItems ?? 0;
      return fc.array(items, { minLength: least, maxLength: Math.min(schema.maxItems ?? 3, least + 3) });
    }
    case 'object': {
      if (schema.properties !== undefined) return object(schema, place);
      if (schema.additionalProperties !== undefined || schema.patternProperties !== undefined)
        return map(schema, place);
      const key = place.path.filter((one) => one !== '[]').at(-1) ?? '';
      const known = passedOn[peers.includes(key) ? 'peers' : key];
      if (known !== undefined) return from(place.path.at(-1) === '[]' ? known : [{}, ...known]);
      return map(schema, place);
    }
    default:
      return anything();
  }
}

/** Values that a schema admits, null for keys that may be absent included; what is derived from it fails towards the plainest. */
function arbitraryOf(schema: Schema, place: Place = { root: schema, path: [] }): Arbitrary<Value> {
  if (schema.$ref !== undefined) {
    const target = schema.$ref
      .split('/')
      .slice(1)
      .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], place.root);
    if (target === undefined) throw new Error(`${place.path.join('.')}: ${schema.$ref} leads nowhere`);
    return arbitraryOf(target as Schema, place);
  }
  if (schema.enum !== undefined) return from(schema.enum as Value[]);
  const types = [schema.type ?? []].flat();
  if (types.length === 0) return anything();
  return among<Value>(...types.map((type) => ({ weight: 1, arbitrary: typed(type, schema, place) })));
}

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/;

function names(charts: readonly string[], longest: number): Arbitrary<string> {
  const odd = [
    ...['0', '1234', '1e3', '0x1f', 'true', 'null', 'on', 'y', 'a-b', 'a'.repeat(longest)],
    ...[`${'a'.repeat(longest - 2)}-b`, '1'.repeat(longest), 'x'.repeat(48), 'x'.repeat(44)],
  ];
  const pairs = charts
    .flatMap((one) => charts.map((other) => `${one}-${other}`))
    .filter((one) => one.length <= longest);
  return among(
    { weight: 6, arbitrary: fc.constant('shop') },
    { weight: 2, arbitrary: from(odd) },
    ...(charts.length > 0 ? [{ weight: 1, arbitrary: from([...charts, ...pairs]) }] : []),
    { weight: 1, arbitrary: fc.stringMatching(dnsLabel, { size: 'small' }) },
  );
}

const validators = new WeakMap<Schema, (values: Value) => boolean>();

/** Keeps of random values what a schema admits: where a generator is looser than the schema, nothing but a sample is lost. */
function admittedBy(schema: Schema): (values: Value) => boolean {
  let admitted = validators.get(schema);
  if (admitted === undefined) {
    const validate = new Ajv({ strict: false }).compile(schema);
    admitted = (values) => validate(withoutNulls(values));
    validators.set(schema, admitted);
  }
  return admitted;
}

/** Values as a schema sees them: helm takes keys away that are null. */
function withoutNulls(value: Value): Value {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}

function valuesOf(chart: Chart): Arbitrary<Values> {
  const bases = from<Values>([{}, ...chart.topologies.map(({ values }) => values)]);
  // What helm puts under a library's name is nobody's to write.
  const properties = { ...chart.schema.properties };
  for (const [key, { kind }] of chart.dependencies) if (kind === 'library') delete properties[key];
  const random = arbitraryOf({ ...chart.schema, properties }).filter(
    admittedBy(chart.schema),
  ) as Arbitrary<Values>;
  return fc.tuple(bases, random).map(([base, values]) => merge(base, values));
}

/** Few systems at a time: most of what goes wrong in an umbrella is between two. */
function composedOf(umbrella: Chart): Arbitrary<Values> {
  const parts = umbrella.dependencies.filter(([, { kind }]) => kind !== 'library');
  const own = { ...umbrella.schema, properties: { ...umbrella.schema.properties } };
  for (const [key] of umbrella.dependencies) delete own.properties[key];
  const systems = parts.map(
    ([key, chart]): Arbitrary<[string, Value | typeof absent]> =>
      among<[string, Value | typeof absent]>(
        { weight: 12, arbitrary: fc.constant([key, absent]) },
        { weight: 2, arbitrary: fc.constant([key, { enabled: true }]) },
        { weight: 2, arbitrary: valuesOf(chart).map((values) => [key, { enabled: true, ...values }]) },
        { weight: 1, arbitrary: fc.constant([key, null]) },
      ),
  );
  return fc.tuple(arbitraryOf(own) as Arbitrary<Values>, ...systems).map(([shared, ...entries]) => ({
    ...shared,
    ...Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== absent)),
  }));
}

const made = new WeakMap<Chart, Arbitrary<Sample>>();

/** What one may write for a chart and under which names one may install it; `charts` are the names of all. */
export function samplesOf(chart: Chart, charts: readonly string[]): Arbitrary<Sample> {
  let samples = made.get(chart);
  if (samples === undefined) {
    samples = fc.record({
      values: chart.kind === 'umbrella' ? composedOf(chart) : valuesOf(chart),
      release: names(charts, 53),
      namespace: names([], 53),
    });
    made.set(chart, samples);
  }
  return samples;
}

import { describe, expect, test } from 'vitest';
import { type Chart, chartOf, closure } from '../harness/charts.ts';
import { needsOf } from '../harness/contract/objects.ts';
import { memoryAsked } from '../harness/contract/pods.ts';
import { actionsOf } from '../harness/contract/source.ts';
import { bumped } from '../harness/contract/subject.ts';
import { readmeOf, typeOf } from '../harness/docs.ts';
import { UserError } from '../harness/errors.ts';
import { hookOf, type Manifest, Manifests, selects } from '../harness/manifests.ts';
import { quantity } from '../harness/quantity.ts';
import { oneLine } from '../harness/render.ts';
import { strict } from '../harness/schema.ts';
import { runSteps, StepFailure } from '../harness/steps.ts';
import { closingLines, failure, nothing, sum } from '../harness/tally.ts';
import {
  composedValues,
  everythingOn,
  grown,
  marker,
  schemaEntries,
  valueEntries,
} from '../harness/values.ts';

function chart(name: string, files: Record<string, string>, dependencies: Chart['dependencies'] = []): Chart {
  const metadata = `apiVersion: v2\nname: ${name}\nversion: 0.1.0\nappVersion: "9"\ndescription: A ${name}\n`;
  return chartOf(
    `/charts/${name}`,
    new Map(Object.entries({ 'Chart.yaml': metadata, ...files })),
    dependencies,
  );
}

const values = `# -- How many.
replicas: 3
image:
  # -- Its registry.
  registry: docker.io
  # -- Its repository.
  repository: library/thing
  # -- Its tag.
  tag: "1"
  # -- Its digest.
  digest: ""
  # -- Its policy.
  pullPolicy: IfNotPresent
auth:
  # not a description
  # -- A Secret of your own,
  # with two keys.
  existingSecret: ""
metrics:
  # -- Whether.
  enabled: false
  serviceMonitor:
    # -- Whether, too.
    enabled: false
# -- The user's own.
labels: {}
`;
const schema = {
  properties: {
    replicas: { type: 'integer', minimum: 1, maximum: 9, default: 3 },
    image: { properties: { registry: { type: 'string', default: 'docker.io' } } },
    auth: { properties: { existingSecret: { type: 'string', default: '' } } },
    metrics: {
      properties: {
        enabled: { type: 'boolean', default: false },
        serviceMonitor: { properties: { enabled: { type: 'boolean', default: false } } },
      },
    },
    labels: { type: 'object', default: {} },
    limit: { type: 'string' },
  },
};
const thing = chart('thing', { 'values.yaml': values, 'values.schema.json': JSON.stringify(schema) });
const suite = chart('suite', { 'values.yaml': 'thing:\n  enabled: false\n  replicas: 5\n' }, [
  ['thing', thing],
]);

describe('charts', () => {
  test('what others are part of is an umbrella, innermost first in its closure', () => {
    expect([thing.kind, suite.kind]).toEqual(['application', 'umbrella']);
    expect(closure(suite).map(({ name }) => name)).toEqual(['thing', 'suite']);
  });

  test('a bumped chart has other versions and no lock, all the way in', () => {
    const next = bumped(chart('outer', { 'Chart.lock': 'x' }, [['thing', thing]]));
    const [[, inner] = []] = next.dependencies;
    for (const one of [next, inner]) {
      expect(one?.files.get('Chart.yaml')).toMatch(/^version: 99\.0\.0$/m);
      expect(one?.files.get('Chart.yaml')).toMatch(/^appVersion: "99"$/m);
    }
    expect(next.files.has('Chart.lock')).toBe(false);
    expect(next.files.get('Chart.yaml')).toMatch(/^apiVersion: v2$/m);
  });
});

describe('values', () => {
  test('entries are what a user sets as a whole, with the comment above', () => {
    const entries = valueEntries(thing).map(({ path, value, comment }) => [path.join('.'), value, comment]);
    expect(entries).toContainEqual(['replicas', 3, 'How many.']);
    expect(entries).toContainEqual(['image.tag', '1', 'Its tag.']);
    expect(entries).toContainEqual(['auth.existingSecret', '', 'A Secret of your own, with two keys.']);
    expect(entries).toContainEqual(['labels', {}, "The user's own."]);
    expect(entries).toHaveLength(10);
  });

  test('a schema’s entries are those with a default', () => {
    expect(schemaEntries(thing).map(({ path }) => path.join('.'))).toEqual([
      'replicas',
      'image.registry',
      'auth.existingSecret',
      'metrics.enabled',
      'metrics.serviceMonitor.enabled',
      'labels',
    ]);
  });

  test('an umbrella’s values lie over those of its parts', () => {
    expect(composedValues(suite)).toMatchObject({ thing: { replicas: 5, image: { tag: '1' } } });
  });

  test('everything on reaches into an umbrella', () => {
    expect(everythingOn(suite)).toEqual({
      global: { imageRegistry: marker.registry, imagePullSecrets: [marker.pullSecret] },
      thing: {
        image: { digest: marker.digest(['thing', 'image']), pullPolicy: marker.pullPolicy },
        auth: { existingSecret: 'thing-auth-existingsecret-marker' },
        metrics: { enabled: true, serviceMonitor: { enabled: true } },
      },
    });
  });

  test('grown adds two members to what a case says', () => {
    expect(grown(suite, { thing: { replicas: 7 } })).toEqual({ thing: { replicas: 9 } });
    expect(grown(thing, {})).toEqual({ replicas: 5 });
  });
});

describe('manifests', () => {
  const meta = (name: string, annotations = {}) => ({ name, annotations });
  const spec = { containers: [{ name: 'c', image: 'i' }], initContainers: [{ name: 'first', image: 'i' }] };
  const objects = [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: meta('s'), spec: { template: { spec } } },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: meta('j', { 'helm.sh/hook': 'pre-install, pre-upgrade', 'helm.sh/hook-weight': '-5' }),
      spec: { template: { metadata: { labels: { a: 'b' } }, spec } },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: meta('s'), spec: {} },
  ] as unknown as Manifest[];
  const manifests = new Manifests(objects);

  test('every pod is found with its owner, its hook and its containers in order', () => {
    expect(manifests.pods.map(({ owner, replicas, hook }) => [owner.kind, replicas, hook?.events])).toEqual([
      ['StatefulSet', 1, undefined],
      ['Job', undefined, ['pre-install', 'pre-upgrade']],
    ]);
    expect(manifests.pods[1]?.containers.map(({ name }) => name)).toEqual(['first', 'c']);
    expect(manifests.pods[1]?.labels).toEqual({ a: 'b' });
  });

  test('one() names what there is when it is not there', () => {
    expect(manifests.one('Service', 's').kind).toBe('Service');
    expect(() => manifests.one('Service', 't')).toThrow('0 objects Service/t were rendered; there are: s');
    expect(() => manifests.one('Secret', 't')).toThrow('there are: none');
  });

  test('a hook without a weight has weight 0', () => {
    expect(
      hookOf({ apiVersion: 'v1', kind: 'Pod', metadata: meta('p', { 'helm.sh/hook': 'test' }) }),
    ).toEqual({
      events: ['test'],
      weight: 0,
      deletePolicy: [''],
      outputs: [''],
    });
  });

  test.each([
    [{ a: '1' }, { a: '1', b: '2' }, true],
    [{ a: '1', b: '3' }, { a: '1', b: '2' }, false],
    [undefined, { a: '1' }, true],
  ])('%o selects %o: %s', (selector, labels, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });

  test('a pod needs what it mounts and reads, unless that is optional', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: meta('p'),
      spec: {
        serviceAccountName: 'a',
        volumes: [
          { name: '1', configMap: { name: 'c' } },
          { name: '2', secret: { secretName: 's' } },
          { name: '3', secret: { secretName: 'maybe', optional: true } },
          {
            name: '4',
            projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }, { secret: { name: 'p' } }] },
          },
        ],
        containers: [
          {
            name: 'c',
            image: 'i',
            env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'e', key: 'k' } } }],
            envFrom: [{ configMapRef: { name: 'f' } }],
          },
        ],
      },
    } as Manifest;
    const needs = new Manifests([pod]).pods.flatMap((one) => [...needsOf(one)]);
    expect(needs.sort()).toEqual([
      'ConfigMap/c',
      'ConfigMap/f',
      'Secret/e',
      'Secret/p',
      'Secret/s',
      'ServiceAccount/a',
    ]);
  });
});

describe('helm’s complaints on one line', () => {
  test.each([
    [
      'Error: execution error at (mysql/templates/validate.yaml:7:8): mysql: replicas is 4: write 3\n\nUse --debug flag to render out invalid YAML\n',
      'mysql: replicas is 4: write 3',
    ],
    [
      "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nmysql:\n- at '/image': additional properties 'tagg' not allowed\n- at '': no\n",
      "values don't meet the specifications of the schema(s) in the following chart(s): mysql: at '/image': additional properties 'tagg' not allowed at '': no",
    ],
    ['level=WARN msg=x\nError: INSTALLATION FAILED: no\n', 'no'],
  ])('%j', (stderr, line) => {
    expect(oneLine(stderr)).toBe(line);
  });
});

describe('templates', () => {
  test('actions come without comments and strings', () => {
    expect(actionsOf('a {{- include "now" . -}} {{/* lookup */}} {{ now | date `x` }}')).toEqual([
      'include "" .',
      'now | date ""',
    ]);
  });
});

describe('quantities', () => {
  test.each([
    ['512Mi', 536870912],
    ['1.5Gi', 1610612736],
    ['100m', 0.1],
    [2, 2],
    ['1G', 1e9],
  ])('%s is %d', (text, number) => {
    expect(quantity(text)).toBe(number);
  });

  test.each(['1Gb', '', undefined])('%s is none', (text) => {
    expect(quantity(text)).toBeNaN();
  });

  test('what servers are told to take', () => {
    expect(
      memoryAsked('java -Xmx512m -Xms64m\ninnodb_buffer_pool_size = 1G\n# innodb_buffer_pool_size=9G'),
    ).toEqual([
      ['-Xmx512m', 2 ** 29],
      ['innodb_buffer_pool_size = 1G', 2 ** 30],
    ]);
  });
});

describe('strict schemas', () => {
  test('what has properties is closed, references are local, documentation goes', () => {
    expect(
      strict({
        description: 'x',
        type: 'object',
        properties: {
          description: { type: 'string', description: 'a field that is called so' },
          port: { 'x-kubernetes-int-or-string': true },
          meta: { allOf: [{ $ref: '#/components/schemas/Meta' }], default: {} },
          map: { type: 'object', additionalProperties: { type: 'string' } },
          open: { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
        },
      }),
    ).toEqual({
      type: 'object',
      additionalProperties: false,
      properties: {
        description: { type: 'string' },
        port: { type: ['integer', 'string'] },
        meta: { allOf: [{ $ref: '#/definitions/Meta' }] },
        map: { type: 'object', additionalProperties: { type: 'string' } },
        open: { type: 'object', properties: {} },
      },
    });
  });
});

describe('docs', () => {
  test.each([
    [{ type: 'integer', minimum: 3, maximum: 9 }, 'integer, 3 to 9'],
    [{ type: 'integer', minimum: 60 }, 'integer, 60 or more'],
    [{ type: ['string', 'integer'] }, 'string or integer'],
    [{ enum: ['soft', 'hard'] }, '`soft`, `hard`'],
  ])('%o is %s', (own, text) => {
    expect(typeOf(own)).toBe(text);
  });

  test('a README has a row for every entry, by section', () => {
    const readme = readmeOf(thing);
    expect(readme).toContain('| `replicas` | integer, 1 to 9 | `3` | How many. |');
    expect(readme).toContain('### auth\n\n| Key |');
    expect(readme.match(/^\| `/gm)).toHaveLength(10);
    expect(readmeOf(suite)).toContain('helm install suite charts/suite');
  });
});

describe('tallies', () => {
  const tally = sum([
    nothing,
    {
      passed: 2,
      failed: [failure('b', { message: '2 lost\nlong story' })],
      skipped: [{ name: 'a', reason: 'no image' }],
    },
    { ...nothing, passed: 3 },
  ]);

  test('the last line is the counts alone, what failed and what was skipped stand before it', () => {
    expect(closingLines(tally)).toEqual([
      'failed: b: 2 lost',
      'skipped: a: no image',
      '5 passed, 1 failed, 1 skipped',
    ]);
  });
});

describe('steps', () => {
  test('one that fails stops nothing else, and is shown in full at the end', async () => {
    const lines: string[] = [];
    const one = failure('one', { message: 'wrong' });
    const tallies = await runSteps(
      [
        { name: 'good', run: async () => undefined },
        { name: 'many', run: async () => ({ ...nothing, passed: 3 }) },
        { name: 'bad', run: () => Promise.reject(new StepFailure('line 1\nline 2')) },
        {
          name: 'some',
          run: () => Promise.reject(new StepFailure('output', { ...nothing, passed: 1, failed: [one] })),
        },
        { name: 'tool', run: () => Promise.reject(new UserError('no tool', 'get one')) },
      ],
      (line) => lines.push(line),
    );
    expect(closingLines(sum(tallies)).sort()).toEqual([
      '5 passed, 3 failed, 0 skipped',
      'failed: bad: line 1',
      'failed: one: wrong',
      'failed: tool: no tool: get one',
    ]);
    expect(
      lines
        .slice(0, 5)
        .map((line) => line.slice(0, 14).trim())
        .sort(),
    ).toEqual(['FAILED  bad', 'FAILED  some', 'FAILED  tool', 'ok      good', 'ok      many']);
    expect(lines.slice(5).sort()).toEqual([
      '\n--- bad\nline 1\nline 2',
      '\n--- some\noutput',
      '\n--- tool\nno tool: get one',
    ]);
  });
});

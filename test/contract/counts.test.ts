import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import type { Chart, Schema } from '../harness/charts/charts.ts';
import { RenderFailure, render } from '../harness/charts/render.ts';
import { mapsOf, setting } from '../harness/charts/values.ts';
import type { Values } from '../harness/drill/types.ts';
import { chartNamed, charts, topologyNamed } from './suite.ts';

/** What the user wrote counts, in every chart: it has its effect, as it was written, or is refused by its path. */

const systems = charts.filter(({ kind }) => kind === 'application');
const named = systems.map((chart) => [chart.name, chart] as const);

const messageOf = (chart: Chart, values: Values): Promise<string> =>
  render(chart, { values }).then(
    () => 'no refusal',
    (error: unknown) => (error instanceof RenderFailure ? error.message : String(error)),
  );

const has = (chart: Chart, ...path: string[]) =>
  mapsOf(chart.values).some(
    (one) => one.path.join('.') === path.slice(0, -1).join('.') && (path.at(-1) ?? '') in one.map,
  );

/** Values of what a chart's values.yaml has, and after the chart's name what is said of them. */
const refused: readonly (readonly [path: string, values: Values, message: string])[] = [
  [
    'metrics.serviceMonitor.enabled',
    { metrics: { enabled: false, serviceMonitor: { enabled: true } } },
    'metrics.serviceMonitor.enabled has no effect, because there are no metrics: set SWITCH to true, or metrics.serviceMonitor.enabled to false',
  ],
  [
    'metrics.prometheusRule.enabled',
    { metrics: { enabled: false, prometheusRule: { enabled: true } } },
    'metrics.prometheusRule.enabled has no effect, because there are no metrics: set SWITCH to true, or metrics.prometheusRule.enabled to false',
  ],
  [
    'metrics.dashboard.enabled',
    { metrics: { enabled: false, dashboard: { enabled: true } } },
    'metrics.dashboard.enabled has no effect, because there are no metrics: set SWITCH to true, or metrics.dashboard.enabled to false',
  ],
  [
    'tls.enabled',
    { tls: { existingSecret: 'own' } },
    'tls.existingSecret has no effect, because tls.enabled is false: set tls.enabled to true, or leave tls.existingSecret empty',
  ],
  [
    'networkPolicy.allowFrom',
    { networkPolicy: { enabled: false, allowFrom: [{ podSelector: {} }] } },
    'networkPolicy.allowFrom has no effect, because networkPolicy.enabled is false and everybody is let in: set networkPolicy.enabled to true, or leave networkPolicy.allowFrom empty',
  ],
  [
    'scheduling.antiAffinity',
    { scheduling: { antiAffinity: 'hard', affinity: { nodeAffinity: {} } } },
    'scheduling.antiAffinity has no effect, because scheduling.affinity replaces what it makes: write the anti-affinity into scheduling.affinity, and leave scheduling.antiAffinity soft',
  ],
  [
    'nameOverride',
    { enabled: false },
    'enabled has no effect, because only an umbrella chart reads it: remove it',
  ],
  [
    'podLabels',
    { podLabels: { 'app.kubernetes.io/name': 'foo' } },
    'podLabels.app.kubernetes.io/name is set by the chart itself: use another key',
  ],
  [
    'podLabels',
    { podLabels: { 'ballast.dev/role': 'replica' } },
    'podLabels.ballast.dev/role is set by the chart itself: use another key',
  ],
  [
    'podAnnotations',
    { podAnnotations: { 'ballast.dev/config': 'x' } },
    'podAnnotations.ballast.dev/config is set by the chart itself: use another key',
  ],
  [
    'podAnnotations',
    { podAnnotations: { 'kubectl.kubernetes.io/default-container': 'x' } },
    'podAnnotations.kubectl.kubernetes.io/default-container is set by the chart itself: use another key',
  ],
  [
    'service.annotations',
    { service: { annotations: { 'ballast.dev/connect': 'x' } } },
    'service.annotations.ballast.dev/connect is set by the chart itself: use another key',
  ],
  [
    'metrics.serviceMonitor.labels',
    { metrics: { serviceMonitor: { labels: { 'helm.sh/chart': 'x' } } } },
    'metrics.serviceMonitor.labels.helm.sh/chart is set by the chart itself: use another key',
  ],
  [
    'jvm.heap',
    { jvm: { heap: '0Mi' } },
    "jvm.heap is 0Mi, and a server's JVM needs 32Mi at least: leave jvm.heap empty to derive it from resources.limits.memory",
  ],
  [
    'config',
    { config: { threshold: 2 ** 63 } },
    'config.threshold is about 9.22e+18, and helm reads no number beyond 9007199254740991 exactly: write it in quotes',
  ],
];

describe.each(named)(
  '%s refuses by its path what can have no effect, and what it sets itself',
  (name, chart) => {
    const rows = refused.filter(([path]) => has(chart, ...path.split('.')));

    test.each(rows)('%s: %j', async (_, values, message) => {
      const switches = has(chart, 'metrics', 'jmx')
        ? 'metrics.enabled or metrics.jmx.enabled'
        : 'metrics.enabled';
      expect(await messageOf(chart, values)).toBe(`${name}: ${message.replace('SWITCH', switches)}`);
    });
  },
);

describe.each(named.filter(([, chart]) => has(chart, 'users')))('%s tells its users apart', (name, chart) => {
  const { rules } = chart.schema.properties?.users?.items?.properties ?? {};
  const users = (...names: string[]) =>
    names.map((user) => (rules === undefined ? { name: user } : { name: user, rules: '+@all' }));

  test('or refuses two whose Secrets would have one name', async () => {
    expect(await messageOf(chart, { users: users('app_user', 'app-user') })).toBe(
      `${name}: users has app_user and app-user, whose Secrets and volumes would have one name (user-app-user): rename one of them`,
    );
  });

  test('and has a Secret and a volume for each of the others', async () => {
    const output = await render(chart, { values: { users: users('app_user', 'app-2') } });
    const secrets = output.pods.flatMap(({ spec }) =>
      (spec.volumes ?? []).flatMap(({ secret }) => secret?.secretName ?? []),
    );
    expect(new Set(secrets.filter((secret) => secret.includes('-user-')))).toEqual(
      new Set([`${name}-user-app-user`, `${name}-user-app-2`]),
    );
  });
});

describe('numbers stay what they are', () => {
  const million = 1_000_000;

  /** Where a schema takes a whole number of a million. */
  function wholeNumbers(schema: Schema, path: readonly string[] = []): (readonly string[])[] {
    const own = schema.type === 'integer' && (schema.maximum ?? million) >= million ? [path] : [];
    const inner = Object.entries(schema.properties ?? {}).flatMap(([key, one]) =>
      wholeNumbers(one, [...path, key]),
    );
    return [...own, ...inner];
  }

  const free: Readonly<Record<string, Values>> = {
    kafka: { topics: [{ name: 'orders', config: { 'retention.ms': 86_400_000 } }] },
    rabbitmq: {
      queues: [{ name: 'orders', arguments: { 'x-max-length': million } }],
      definitions: { parameters: [{ value: million }] },
    },
    redis: { initCommands: [{ id: 'a', command: ['SET', 'counter', 86_400_000] }] },
  };

  test.each(named.filter(([, chart]) => has(chart, 'config')))(
    '%s writes none with an exponent',
    async (name, chart) => {
      const everywhere = wholeNumbers(chart.schema).map((path) => setting(path, million));
      const values = [
        { config: { threshold: million, ratio: 1_234_567.5 } },
        {
          scheduling: {
            tolerations: [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: million }],
          },
        },
        free[name] ?? {},
      ];
      const { objects } = await render(chart, { values: [...everywhere, ...values].reduce(merge, {}) });
      const texts = objects.flatMap(
        (object) => JSON.stringify(object).match(/.{0,40}\de[+-]?\d\d.{0,10}/gi) ?? [],
      );
      expect(texts.filter((text) => /\d(\.\d+)?e\+\d\d/.test(text))).toEqual([]);
      expect(JSON.stringify(objects)).toContain('1234567.5');
    },
  );

  test('Redis is told the number that was written', async () => {
    const { data } = (await render(chartNamed('redis'), { values: free.redis ?? {} })).one(
      'ConfigMap',
      'redis-provision',
    );
    expect(data?.['init-0000-a']?.trim()).toBe('"SET" "counter" "86400000"');
  });

  test('one in quotes may be as large as it likes', async () => {
    const values = { config: { 'log.flush.interval.messages': '9223372036854775807' } };
    const { data } = (await render(chartNamed('kafka'), { values })).one('ConfigMap', 'kafka');
    expect(data?.['server.properties']).toContain('log.flush.interval.messages=9223372036854775807\n');
  });

  test.each([
    [
      'in a list',
      'redis',
      { initCommands: [{ id: 'a', command: ['SET', 'a', 2 ** 53] }] },
      'initCommands[0].command[2]',
    ],
    ['below zero', 'kafka', { config: { a: -(2 ** 53) } }, 'config.a'],
    [
      'deep down',
      'rabbitmq',
      { definitions: { parameters: [{ value: { x: 2 ** 60 } }] } },
      'definitions.parameters[0].value.x',
    ],
  ] as const)('one that helm did not keep is refused: %s', async (_, name, values, path) => {
    expect(await messageOf(chartNamed(name), values as unknown as Values)).toMatch(
      new RegExp(`^${name}: ${path.replace(/[[\].]/g, '\\$&')} is about .+: write it in quotes$`),
    );
  });
});

describe('scheduling', () => {
  const mysql = chartNamed('mysql');
  const { values: group } = topologyNamed(mysql, 'group');
  const spread = async (scheduling: Values) => {
    const { spec } = (await render(mysql, { values: merge(group, { scheduling }) })).one(
      'StatefulSet',
      'mysql',
    );
    const { affinity, topologySpreadConstraints = [] } = spec.template.spec;
    return {
      strict: affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined,
      zones: topologySpreadConstraints.map(({ whenUnsatisfiable }) => whenUnsatisfiable),
    };
  };

  test.each([
    [{}, { strict: false, zones: ['ScheduleAnyway'] }],
    [{ antiAffinity: 'hard' }, { strict: true, zones: ['ScheduleAnyway'] }],
    [{ zoneSpread: 'hard' }, { strict: false, zones: ['DoNotSchedule'] }],
    [{ zoneSpread: 'none' }, { strict: false, zones: [] }],
    [
      { antiAffinity: 'hard', zoneSpread: 'hard' },
      { strict: true, zones: ['DoNotSchedule'] },
    ],
  ])('nodes are one thing, zones another: %j', async (scheduling, expected) => {
    expect(await spread(scheduling)).toEqual(expected);
  });

  test.each(named)('%s: what an affinity says of nodes counts for all pods', async (_, chart) => {
    const nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'Exists' }] }],
      },
    };
    const { pods } = await render(chart, { values: { scheduling: { affinity: { nodeAffinity } } } });
    expect(
      pods
        .filter(({ spec }) => spec.affinity?.nodeAffinity === undefined)
        .map(({ owner }) => owner.metadata.name),
    ).toEqual([]);
  });
});

test.each(named.filter(([, chart]) => has(chart, 'config')))(
  '%s says where in a map a key stands that it does not take',
  async (name, chart) => {
    expect(await messageOf(chart, { config: { 'Max Clients': 1 } })).toBe(
      `values don't meet the specifications of the schema(s) in the following chart(s): ${name}: at '/config': additional properties 'Max Clients' not allowed`,
    );
  },
);

import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import { hookOf, type Manifests, nameOf } from '../harness/charts/manifests.ts';
import { RenderFailure, render } from '../harness/charts/render.ts';
import { loadSchemaCheck } from '../harness/charts/schema.ts';
import type { Values } from '../harness/drill/types.ts';
import { charts, hasImage } from './suite.ts';

/** Names that YAML takes for something else, and names that are too long for the API server. */

const check = await loadSchemaCheck();
const systems = charts.filter(({ kind }) => kind === 'application');
const cases = systems.flatMap((chart) =>
  [{ name: 'defaults', values: {} }, ...chart.topologies].map(({ name, values }) => ({
    chart,
    name,
    values,
  })),
);
const separate = { architecture: 'kraft', controllers: { separate: true } };

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** What the API server refuses of names, and the controllers of the labels that they make of them. */
function refusedNames({ objects }: Manifests): string[] {
  return objects.flatMap((object) => {
    const { name } = object.metadata;
    const service = object.kind === 'Service';
    // The label controller-revision-hash is the StatefulSet's name and up to eleven characters; so are a CronJob's Jobs.
    const long = ['Service', 'Job', 'Pod'].includes(object.kind) ? 63 : 253;
    const room = ['StatefulSet', 'CronJob'].includes(object.kind) ? 52 : long;
    return label.test(name) && name.length <= room && !(service && /^\d/.test(name)) ? [] : [nameOf(object)];
  });
}

const hostile: readonly (readonly [what: string, release: string, namespace: string, values: Values])[] = [
  [
    'numbers',
    '1234',
    '2024',
    {
      nameOverride: '8080',
      persistence: { storageClass: '123' },
      scheduling: { priorityClassName: '456' },
      global: { imagePullSecrets: ['789'] },
      serviceAccount: { annotations: { number: '1' } },
    },
  ],
  ['a number as YAML writes it, too', '1e3', '0x10', { image: { registry: '', repository: '1' } }],
  ['words of YAML', 'y', 'null', { fullnameOverride: 'true', nameOverride: 'null' }],
  ['a date', '2024-01-01', '2024-01-01', {}],
  ['a dot in the release', 'my.shop', 'team', {}],
];

describe.each(hostile)('%s', (_, release, namespace, values) => {
  test.each(cases.map((one) => [one.chart.name, one.name, one] as const))(
    '%s, %s',
    async (_name, _topology, one) => {
      const known = Object.fromEntries(
        Object.entries(values).filter(
          ([key]) => key in one.chart.values && (key !== 'image' || hasImage(one.chart)),
        ),
      );
      const output = await render(one.chart, { release, namespace, values: merge(one.values, known) });
      expect(output.objects.flatMap(check)).toEqual([]);
      expect(refusedNames(output)).toEqual([]);
    },
  );
});

test('a Secret of the user’s own may have a number for a name', async () => {
  for (const chart of systems.filter((one) => 'auth' in one.values)) {
    const values = { auth: { existingSecret: '123' } };
    const output = await render(chart, { values });
    expect(output.objects.flatMap(check), chart.name).toEqual([]);
  }
});

describe('the longest name of each system', () => {
  const long = (room: number) => `a${'b'.repeat(room - 1)}`;
  const rooms = systems.flatMap((chart) =>
    [{}, ...chart.topologies.map(({ values }) => values), ...(chart.name === 'kafka' ? [separate] : [])].map(
      (values, index) => [chart.name, index, chart, values as Values] as const,
    ),
  );

  test.each(rooms)('%s, %i: as long as the error allows, and no longer', async (_, __, chart, values) => {
    const failure = await render(chart, { values: { ...values, fullnameOverride: long(48) } }).then(
      () => undefined,
      (error: unknown) => error,
    );
    const room =
      failure instanceof RenderFailure
        ? Number(/write a fullnameOverride of (\d+) at most$/.exec(failure.message)?.[1])
        : 48;
    const output = await render(chart, { values: { ...values, fullnameOverride: long(room) } });
    expect(refusedNames(output)).toEqual([]);
  });

  test.each([
    ['kafka', separate, 41],
    ['redis', {}, 43],
    ['rocketmq', {}, 42],
  ] as const)('%s says how long a name may be', async (name, values, room) => {
    const chart = systems.find((one) => one.name === name);
    if (chart === undefined) throw new Error(`there is no chart ${name}`);
    await expect(render(chart, { values: { ...values, fullnameOverride: long(room + 1) } })).rejects.toThrow(
      new RenderFailure(
        `${name}: the name ${long(room + 1)} has ${room + 1} characters, too many for what is added to it: write a fullnameOverride of ${room} at most`,
      ),
    );
  });

  test('so are the Jobs that systems have where apps use them, and those that migrate for apps', async () => {
    const umbrella = charts.find(({ kind }) => kind === 'umbrella');
    if (umbrella === undefined) throw new Error('there is no umbrella');
    const used = { mysql: 48, kafka: 48, rabbitmq: 48, rocketmq: 42 };
    const named = Object.entries(used).map(([name, room]) => [
      name,
      {
        enabled: true,
        fullnameOverride: `${name}-${'b'.repeat(room - name.length - 1)}`,
        ...(name === 'rocketmq' ? {} : { users: [{ name: 'im' }] }),
      },
    ]);
    const app = {
      image: { repository: 'team/app', tag: '1' },
      uses: Object.keys(used).map((name) => (name === 'rocketmq' ? name : { name, user: 'im' })),
      migrate: ['/migrate'],
    };
    const values = {
      ...Object.fromEntries(named),
      apps: { enabled: true, fullnameOverride: 'apps', apps: { [`a${'b'.repeat(39)}`]: app } },
    };
    const output = await render(umbrella, { values });
    const jobs = output.objects.filter((object) => object.kind === 'Job' && hookOf(object) === undefined);
    expect(jobs).toHaveLength(5);
    expect(refusedNames(output)).toEqual([]);
  });

  test('hooks are Jobs whose names a pod can have', async () => {
    for (const chart of systems) {
      const { objects } = await render(chart, { values: { fullnameOverride: long(41) } });
      const jobs = objects.filter((object) => hookOf(object) !== undefined && object.kind === 'Job');
      expect(jobs.filter(({ metadata }) => metadata.name.length > 63)).toEqual([]);
    }
  });
});

test.each(systems.map((chart) => [chart.name, chart] as const))(
  '%s refuses a fullnameOverride with which no Service could begin',
  async (name, chart) => {
    await expect(render(chart, { values: { fullnameOverride: '123' } })).rejects.toThrow(
      new RenderFailure(
        `${name}: fullnameOverride is 123, and the name of a Service begins with a letter: write for example ${name}-123`,
      ),
    );
  },
);

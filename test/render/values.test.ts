import { describe, expect, test } from 'vitest';
import type { Chart } from '../harness/charts.ts';
import { merge } from '../harness/merge.ts';
import { RenderFailure, render } from '../harness/render.ts';
import { loadSchemaCheck } from '../harness/schema.ts';
import type { Values } from '../harness/systems.ts';
import { isImage, mapsOf, setting } from '../harness/values.ts';
import { chartNamed, charts } from './suite.ts';

/** What templates/before/all/values.yaml makes of the values before anything else reads them. */

const check = await loadSchemaCheck();
const systems = charts.filter(({ kind }) => kind === 'application');
const named = systems.map((chart) => [chart.name, chart] as const);

const messageOf = (chart: Chart, values: Values): Promise<string> =>
  render(chart, { values }).then(
    () => 'no refusal',
    (error: unknown) => (error instanceof RenderFailure ? error.message : String(error)),
  );

describe('a key that is null, or that an older version did not have, is the default', () => {
  /** The keys that are so deep in values.yaml, all null. No memory limit is an error, see below. */
  const missingAt = (chart: Chart, depth: number): Values =>
    mapsOf(chart.values)
      .filter(({ path }) => path.length === depth && path.at(-1) !== 'limits')
      .flatMap(({ path, map }) => Object.keys(map).map((key) => [...path, key]))
      .filter((path) => !['limits', 'enabled'].includes(path.at(-1) ?? ''))
      .map((path) => setting(path, null))
      .reduce(merge, {});

  test.each(named)('%s', async (_, chart) => {
    const { digest } = await render(chart);
    for (const depth of [0, 1, 2, 3])
      expect((await render(chart, { values: missingAt(chart, depth) })).digest, `depth ${depth}`).toBe(
        digest,
      );
  });

  test.each(named)('%s: in each topology', async (_, chart) => {
    for (const { name, values } of chart.topologies) {
      const { digest } = await render(chart, { values });
      const missing = Object.fromEntries(Object.keys(chart.values).map((key) => [key, null]));
      expect((await render(chart, { values: { ...missing, ...values } })).digest, name).toBe(digest);
    }
  });

  test('in the umbrella, too', async () => {
    for (const chart of charts.filter(({ kind }) => kind === 'umbrella')) {
      const { digest } = await render(chart, { values: { mysql: { enabled: true } } });
      const missing = { enabled: true, scheduling: null, image: null, metrics: null, global: null };
      expect((await render(chart, { values: { mysql: missing } })).digest).toBe(digest);
    }
  });

  test('what the user wrote is kept, also where it is empty', async () => {
    const output = await render(chartNamed('redis'), {
      values: { metrics: { enabled: false }, networkPolicy: { enabled: false }, minReplicasToWrite: 0 },
    });
    expect(output.all('NetworkPolicy')).toEqual([]);
    expect(
      output.pods.flatMap(({ containers }) => containers).filter(({ name }) => name === 'metrics'),
    ).toEqual([]);
  });
});

describe('no memory limit', () => {
  const blocks = systems.flatMap((chart) =>
    mapsOf(chart.values)
      .filter(({ map }) => 'limits' in map)
      .map(({ path, map }) => [chart.name, path.join('.'), chart, path, map] as const),
  );
  test.each(blocks)('%s: %s', async (name, where, chart, path, map) => {
    const limit = (map.limits as Values).memory;
    for (const values of [setting([...path, 'limits'], null), setting([...path, 'limits', 'memory'], null)])
      expect(await messageOf(chart, values)).toBe(
        `${name}: ${where}.limits.memory is missing, and every container has a memory limit: write for example ${limit}`,
      );
  });
});

describe('requests above limits', () => {
  const blocks = systems.flatMap((chart) =>
    mapsOf(chart.values)
      .filter(({ map }) => 'limits' in map)
      .map(({ path, map }) => [chart.name, path.join('.'), chart, path, map] as const),
  );
  test.each(blocks)('%s: %s', async (name, where, chart, path, map) => {
    const limit = (map.limits as Values).memory;
    expect(await messageOf(chart, setting([...path, 'requests', 'memory'], '2Gi'))).toBe(
      `${name}: ${where}.requests.memory (2Gi) is larger than ${where}.limits.memory (${limit}): raise the limit, or lower the request`,
    );
  });

  const redis = chartNamed('redis');
  test.each([
    ['CPU', { requests: { cpu: '1500m' }, limits: { cpu: 1 } }, 'cpu (1500m)', 'cpu (1)'],
    ['CPU as a number', { requests: { cpu: 0.5 }, limits: { cpu: '250m' } }, 'cpu (0.5)', 'cpu (250m)'],
    [
      'a whole number of bytes',
      { requests: { memory: 536870912 }, limits: { memory: '256Mi' } },
      'memory (536870912)',
      'memory (256Mi)',
    ],
    [
      'disk',
      { requests: { 'ephemeral-storage': '2G' }, limits: { 'ephemeral-storage': '1Gi' } },
      'ephemeral-storage (2G)',
      'ephemeral-storage (1Gi)',
    ],
    [
      'more than an integer holds',
      { requests: { memory: '11116127212M' }, limits: { memory: '640Mi' } },
      'memory (11116127212M)',
      'memory (640Mi)',
    ],
  ])('%s', async (_, resources, request, limit) => {
    expect(await messageOf(redis, { resources })).toBe(
      `redis: resources.requests.${request} is larger than resources.limits.${limit}: raise the limit, or lower the request`,
    );
  });

  test.each([
    [
      'equal, written in two ways',
      { requests: { cpu: '1000m', memory: '1Gi' }, limits: { cpu: 1, memory: '1024Mi' } },
    ],
    ['a limit alone', { limits: { cpu: 2, 'ephemeral-storage': '1Gi' } }],
  ])('%s: accepted', async (_, resources) => {
    expect(await messageOf(redis, { resources })).toBe('no refusal');
  });
});

describe('quantities may be numbers', () => {
  test.each(named)('%s', async (_, chart) => {
    const quantities = { cpu: 0.5, memory: 1073741824, 'ephemeral-storage': 1073741824 };
    const values = mapsOf(chart.values)
      .filter(({ map }) => 'limits' in map)
      .map(({ path }) => setting(path, { requests: quantities, limits: { ...quantities, cpu: 2 } }))
      .reduce(merge);
    const output = await render(chart, { values });
    expect(output.objects.flatMap(check)).toEqual([]);
    for (const { resources } of output.pods.flatMap(({ containers }) => containers))
      expect(resources).toEqual({ requests: quantities, limits: { ...quantities, cpu: 2 } });
  });
});

describe('images', () => {
  const imagesOf = systems.flatMap((chart) =>
    mapsOf(chart.values)
      .filter(({ map }) => isImage(map) && map.repository !== '')
      .map(({ path, map }) => [chart.name, path.join('.'), chart, path, map] as const),
  );

  test.each(imagesOf)('%s: %s without a tag or a repository', async (name, where, chart, path, map) => {
    expect(await messageOf(chart, setting([...path, 'tag'], ''))).toBe(
      `${name}: ${where}.tag is empty: write one (${map.tag}), or ${where}.digest`,
    );
    expect(await messageOf(chart, setting([...path, 'repository'], ''))).toBe(
      `${name}: ${where}.repository is empty: write for example ${map.repository}`,
    );
  });

  const digest = `sha256:${'0'.repeat(64)}`;
  test.each(named)('%s: a digest counts as a tag, and no registry leaves no slash', async (_, chart) => {
    for (const { values } of chart.topologies) {
      const image = { registry: '', repository: 'my.reg/server', tag: '', digest };
      const output = await render(chart, { values: merge(values, { image }) });
      const used = output.pods.flatMap(({ containers }) => containers.map((container) => container.image));
      expect(used).toContain(`my.reg/server@${digest}`);
      expect(used.filter((one) => one.startsWith('/'))).toEqual([]);
    }
  });
});

describe('a single instance', () => {
  test.each(named)('%s: one is what it has', async (_, chart) => {
    const one = ['replicas', 'replicasPerGroup'].filter((key) => key in chart.values).map((key) => [key, 1]);
    expect(await messageOf(chart, { architecture: 'standalone', ...Object.fromEntries(one) })).toBe(
      'no refusal',
    );
    expect(one).not.toEqual([]);
  });
});

describe('storage classes', () => {
  const classes = async (chart: Chart, values: Values) => {
    const { topologies } = chart;
    const outputs = await Promise.all(
      [{}, ...topologies.map((topology) => topology.values)].map((base) =>
        render(chart, { values: merge(base, values) }),
      ),
    );
    const claims = outputs.flatMap((output) =>
      output.all('StatefulSet').flatMap(({ spec }) => spec.volumeClaimTemplates ?? []),
    );
    return [
      ...new Set(
        claims.map(
          (claim) => (claim as unknown as { spec: { storageClassName?: string } }).spec.storageClassName,
        ),
      ),
    ];
  };

  test.each(named)('%s', async (name, chart) => {
    expect(await classes(chart, {})).toEqual([undefined]);
    expect(
      await classes(chart, { persistence: { storageClass: 'fast' }, global: { storageClass: 'slow' } }),
    ).toEqual(['fast']);
    expect(await classes(chart, { global: { storageClass: 'slow' } })).toEqual(['slow']);
    expect(await classes(chart, { global: { storageClass: '' } })).toEqual([undefined]);
    expect(
      await classes(chart, { persistence: { storageClass: '' }, global: { storageClass: 'slow' } }),
    ).toEqual(['']);
    for (const path of ['persistence', 'global'])
      expect(await messageOf(chart, { [path]: { storageClass: '-' } })).toBe(
        `${name}: ${path}.storageClass is "-", which no storage class is called: leave it out for the cluster's default, or write persistence.storageClass "" for volumes that nobody provisions`,
      );
  });
});

test.each(systems.map((chart) => [chart.name, chart] as const))(
  '%s refuses ReadWriteOncePod beside other access modes',
  async (name, chart) => {
    const accessModes = ['ReadWriteOncePod', 'ReadWriteOnce'];
    expect(await messageOf(chart, { persistence: { accessModes } })).toBe(
      `${name}: persistence.accessModes has ReadWriteOncePod beside others, and it stands alone: write one of them`,
    );
  },
);

test.each(charts.filter(({ kind }) => kind !== 'library').map((chart) => [chart.name, chart] as const))(
  '%s fits into another umbrella: what is not its own in global does not concern it',
  async (_, chart) => {
    const values = chart.kind === 'umbrella' ? { mysql: { enabled: true } } : {};
    const { digest } = await render(chart, { values });
    const global = {
      security: { allowInsecureImages: true },
      postgresql: { auth: { password: 'x' } },
      domain: 'shop.example',
    };
    expect((await render(chart, { values: { ...values, global } })).digest).toBe(digest);
    expect(await messageOf(chart, { ...values, global: { imageRegistry: 7 } })).toContain(
      "at '/global/imageRegistry': got number, want string",
    );
  },
);

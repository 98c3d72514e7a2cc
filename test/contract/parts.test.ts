import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import type { Chart } from '../harness/charts/charts.ts';
import { type Manifests, nameOf, selects } from '../harness/charts/manifests.ts';
import { RenderFailure, render } from '../harness/charts/render.ts';
import type { Values } from '../harness/drill/types.ts';
import { charts } from './suite.ts';

/** What the parts of one release are to each other: told apart, and found. */

const umbrellas = charts.filter(({ kind }) => kind === 'umbrella');
const named = umbrellas.map((chart) => [chart.name, chart] as const);

/** Every part of an umbrella, with these values on top. */
const whole = (chart: Chart, values: Values = {}): Values =>
  chart.dependencies
    .filter(([, { kind }]) => kind === 'application')
    .reduce<Values>((all, [key]) => merge({ [key]: { enabled: true } }, all), values);

/** Names that two objects have, or that are too long, and workloads that take another's pods for their own. */
function confusions(output: Manifests): string[] {
  const names = output.objects.map(nameOf);
  return [
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is there twice`),
    ...output.objects
      .filter(({ kind, metadata }) => metadata.name.length > (kind === 'StatefulSet' ? 52 : 63))
      .map((object) => `${nameOf(object)} is too long`),
    ...output.lasting.flatMap((workload) =>
      output.pods
        .filter(
          ({ owner, labels }) => owner !== workload && selects(workload.spec.selector.matchLabels, labels),
        )
        .map(({ owner }) => `${nameOf(workload)} selects the pods of ${nameOf(owner)}`),
    ),
  ];
}

const long = (length: number, end = '') => `${'abcdefghi-'.repeat(6).slice(0, length - end.length)}${end}`;

describe.each(named)(
  '%s: no two parts are taken for each other, whatever the release is called',
  (_, chart) => {
    test.each([
      'mysql-redis',
      'kafka-zookeeper',
      'redis-cluster',
      'redis',
      'my.shop',
      '1234',
      long(41),
      long(48),
      long(50, 'z'),
      long(53, 'z'),
      long(53, '-redis-cluster'),
      long(48, '-redis'),
    ])('%s', async (release) => {
      expect(confusions(await render(chart, { release, values: whole(chart) }))).toEqual([]);
    });

    test('two releases whose names begin alike have no object in common', async () => {
      const [one, other] = await Promise.all(
        ['y', 'z'].map((end) => render(chart, { release: long(53, end), values: whole(chart) })),
      );
      const names = new Set(one?.objects.map(nameOf));
      expect(other?.objects.map(nameOf).filter((name) => names.has(name))).toEqual([]);
    });
  },
);

describe.each(named)('%s refuses', (_, chart) => {
  test.each([
    [
      'one whole name for two parts',
      { mysql: { fullnameOverride: 'data' }, redis: { fullnameOverride: 'data' } },
      'ballast: mysql and redis would both be called data: write another redis.fullnameOverride',
    ],
    [
      'one name for two parts, and labels with it',
      { mysql: { nameOverride: 'db' }, redis: { nameOverride: 'db', fullnameOverride: 'cache' } },
      'ballast: mysql and redis would both be called db: write another redis.nameOverride',
    ],
    [
      "another part's name",
      { redis: { nameOverride: 'mysql' } },
      'ballast: mysql and redis would both be called shop-mysql: write another redis.fullnameOverride',
    ],
    [
      "a part with the name of the umbrella's own hooks",
      { mysql: { fullnameOverride: 'shop-ballast' } },
      'ballast: ballast and mysql would both be called shop-ballast: write another mysql.fullnameOverride',
    ],
    [
      'an app that is called like a part',
      { apps: { apps: { redis: { image: { repository: 'shop/redis', tag: '1' } } } } },
      'apps: apps has redis, which is a part of the release, too: use another name',
    ],
  ])('%s', async (_what, values, message) => {
    await expect(render(chart, { release: 'shop', values: whole(chart, values) })).rejects.toThrow(
      new RenderFailure(message),
    );
  });
});

describe('Kafka finds the ZooKeeper of its release', () => {
  const kafka = { enabled: true, architecture: 'zookeeper', image: { tag: '3.9.1' } };

  /** Where Kafka's servers look for ZooKeeper, and the client Service of ZooKeeper that there is. */
  async function both(chart: Chart, release: string, zookeeper: Values) {
    const values = { kafka, zookeeper: { enabled: true, ...zookeeper } };
    const output = await render(chart, { release, namespace: 'team', values });
    const texts = output.all('ConfigMap').map(({ data }) => data?.['server.properties'] ?? '');
    const [, asked] = /^zookeeper\.connect=(.*)$/m.exec(texts.join('\n')) ?? [];
    const service = output
      .all('Service')
      .find(
        ({ metadata, spec }) =>
          metadata.annotations?.['ballast.dev/system'] === 'ZooKeeper' && spec.clusterIP !== 'None',
      );
    return [
      asked,
      `${service?.metadata.name}.team.svc.${zookeeper.clusterDomain ?? 'cluster.local'}:2181/kafka`,
    ];
  }

  describe.each(named)('%s', (_, chart) => {
    test.each<[string, string, Values]>([
      ['by its usual name', 'shop', {}],
      ['by a name of its own', 'shop', { fullnameOverride: 'zk' }],
      ['by a part of the name', 'shop', { nameOverride: 'coordination' }],
      ['in a release that is called like it', 'my-zookeeper', {}],
      ['in a release with a long name', long(53), {}],
      ['by another domain', 'shop', { clusterDomain: 'k8s.example' }],
    ])('%s', async (_what, release, zookeeper) => {
      const [asked, there] = await both(chart, release, zookeeper);
      expect(asked).toBe(there);
    });

    test.each<[string, Values, string]>([
      [
        'none is enabled',
        { kafka, zookeeper: { fullnameOverride: 'zk' } },
        'kafka: zookeeper.connect is empty, and no ZooKeeper is part of this release: write its servers (zk-0:2181,zk-1:2181), or enable zookeeper in the umbrella chart',
      ],
      [
        'it wants a login',
        { kafka, zookeeper: { enabled: true, auth: { required: true }, users: [{ name: 'kafka' }] } },
        "kafka: zookeeper.existingSecret is empty, and the release's ZooKeeper lets nobody in without a login: write the Secret of one of its users (shop-zookeeper-user-kafka)",
      ],
    ])('and says so where %s', async (_what, values, message) => {
      await expect(render(chart, { release: 'shop', values })).rejects.toThrow(new RenderFailure(message));
    });
  });
});

describe('ShardingSphere finds the MySQLs and the ZooKeeper of its release', () => {
  const users = [{ name: 'shop' }];
  const sharded = (storageUnits: Values[], more: Values = {}): Values => ({
    shardingsphere: {
      enabled: true,
      databases: [{ name: 'shop', storageUnits }],
      ...more,
    },
  });
  const unit = (mysql: string, more: Values = {}): Values => ({
    name: `${mysql.replace('-', '_')}_unit`,
    mysql,
    database: 'shop',
    ...more,
  });
  const stores: Values = { mysql: { enabled: true, users }, 'mysql-b': { enabled: true, users } };

  describe.each(named)('%s', (_, chart) => {
    test('by their Services, with the account of each and its authority', async () => {
      const values = {
        ...stores,
        ...sharded([unit('mysql'), unit('mysql', { name: 'read', role: 'replicas' }), unit('mysql-b')]),
      };
      const output = await render(chart, { release: 'shop', namespace: 'team', values });
      const plan = output.one('ConfigMap', 'shop-shardingsphere-provision').data?.plan ?? '';
      expect(plan).toContain("URL='jdbc:mysql://shop-mysql-primary.team.svc.cluster.local:3306/shop?");
      expect(plan).toContain("URL='jdbc:mysql://shop-mysql-replicas.team.svc.cluster.local:3306/shop?");
      expect(plan).toContain("URL='jdbc:mysql://shop-mysql-b-primary.team.svc.cluster.local:3306/shop?");
      expect(plan).toContain("PASSWORD='@{units/shop-mysql-b-user-shop/password}'");
      expect(plan).toContain('sslMode=VERIFY_CA');
      const { spec } = output.one('Deployment', 'shop-shardingsphere');
      const authorities = spec.template.spec.volumes?.find(({ name }) => name === 'authorities');
      expect(authorities?.projected?.sources?.map(({ secret }) => secret?.name)).toEqual([
        'shop-mysql-b-tls',
        'shop-mysql-tls',
      ]);
    });

    test.each<[string, Values, string]>([
      [
        'one is not enabled',
        { mysql: { enabled: true, users }, ...sharded([unit('mysql-b')]) },
        'shardingsphere: databases: storage unit mysql_b_unit has mysql mysql-b, and no such MySQL is part of this release: enable it in the umbrella chart, or write host',
      ],
      [
        'one is something else',
        { zookeeper: { enabled: true }, ...sharded([unit('zookeeper')]) },
        'shardingsphere: databases: storage unit zookeeper_unit has mysql zookeeper, which is no MySQL: write the key of one',
      ],
      [
        'one lets nobody in',
        { mysql: { enabled: true }, ...sharded([unit('mysql')]) },
        'shardingsphere: databases: mysql lets nobody in without an account, and mysql.users is empty: add {name: shardingsphere} there',
      ],
      [
        'a Secret is of no use',
        { ...stores, ...sharded([unit('mysql', { existingSecret: 'mine' })]) },
        'shardingsphere: databases: shop: existingSecret of storage unit mysql_unit is of host, not of mysql: remove it',
      ],
      [
        'ZooKeeper wants a login',
        {
          ...stores,
          ...sharded([unit('mysql')], { architecture: 'cluster' }),
          zookeeper: { enabled: true, auth: { required: true }, users: [{ name: 'proxies' }] },
        },
        "shardingsphere: zookeeper.existingSecret is empty, and the release's ZooKeeper lets nobody in without a login: write the Secret of one of its users (shop-zookeeper-user-proxies)",
      ],
    ])('and says so where %s', async (_what, values, message) => {
      await expect(render(chart, { release: 'shop', values })).rejects.toThrow(new RenderFailure(message));
    });
  });
});

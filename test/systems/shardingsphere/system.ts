import { failoverDrills } from '../../harness/drill/failover.ts';
import { kill, loseVolume } from '../../harness/drill/faults.ts';
import type { Drill, System, Values } from '../../harness/drill/types.ts';
import { system as mysql } from '../mysql/system.ts';
import { system as zookeeper } from '../zookeeper/system.ts';

export const account = 'ledger';
const cluster = 'cluster';
const standalone = 'standalone';

/** The shards, by their storage units' order. */
const shards = ['mysql', 'mysql-b'] as const;

const database = {
  databases: [{ name: account }],
  users: [{ name: account, grants: [{ privileges: 'ALL', target: `${account}.*` }] }],
};
const inline = (expression: string): Values => ({
  type: 'inline',
  properties: { 'algorithm-expression': expression },
});

/** Neither MySQL's driver nor Prometheus' agent is in the official image. */
const driver = {
  image: { registry: 'ballast.dev', repository: 'connector-j', tag: '9.7.0' },
};
const jmx = {
  enabled: true,
  image: { registry: 'ballast.dev', repository: 'jmx-agent', tag: '1.0.1' },
  path: '/opt/jmx/jmx_prometheus_javaagent-1.0.1.jar',
};

/** The table of the ledger's records: `shard` says in which MySQL a row is, and `id` in which of its tables. */
export const ledgerTable: Values = {
  name: 'ledger',
  dataNodes: 'ds_$->{0..1}.ledger_$->{0..1}',
  databaseStrategy: { column: 'shard', algorithm: inline('ds_$->{shard % 2}') },
  tableStrategy: { column: 'id', algorithm: inline('ledger_$->{id % 2}') },
  keyGenerator: { column: 'pk', type: 'snowflake' },
};

export const databaseOf = (tables: Values[]): Values => ({
  name: account,
  storageUnits: shards.map((mysql, index) => ({ name: `ds_${index}`, mysql, database: account })),
  tables,
  broadcast: ['regions'],
});

const base: Values = {
  // The newest that can be made where there is no registry.
  image: { tag: '5.1.0' },
  driver,
  metrics: jmx,
  users: [{ name: account }],
  databases: [databaseOf([ledgerTable])],
};

/** The MySQL that the umbrella calls `mysql-b`. */
const mysqlB: System = {
  ...mysql,
  selector: (release) =>
    mysql.selector(release).replace('app.kubernetes.io/name=mysql,', 'app.kubernetes.io/name=mysql-b,'),
};

/** What happens beneath, whose outage a second may be added to. */
const beneath = (name: string, title: string, other: System, goal: number): Drill => ({
  name,
  title,
  topology: cluster,
  expect: { keeps: 'everything', outageMs: 60_000, goalMs: goal * 1000 },
  act: async (context) => {
    await context.inflict(kill, [await context.primaryOf(other)], other);
  },
});

const drills: Drill[] = [
  ...failoverDrills({
    topology: cluster,
    sizes: { title: 'scale 2 → 4 → 2', values: [{ replicas: 4 }, { replicas: 2 }] },
    limits: {
      kill: { goal: 1, ceiling: 30 },
      graceful: { goal: 1, ceiling: 30 },
      freeze: { goal: 6, ceiling: 30 },
      nodeCrash: { goal: 6, ceiling: 60 },
      partition: { goal: 6, ceiling: 30 },
      all: { goal: 30, ceiling: 120 },
    },
    change: (seed) => ({
      config: { 'sql-show': seed % 2 === 0, 'max-connections-size-per-query': 1 + seed },
    }),
  }),
  beneath('mysql-kill', 'SIGKILL of the primary of one shard (replication)', mysql, 3),
  beneath('mysql-group-kill', 'SIGKILL of the primary of one shard (group)', mysqlB, 9),
  beneath('zookeeper-kill', 'SIGKILL of ZooKeeper’s leader', zookeeper, 1),
  {
    name: 'control-standalone',
    title: 'negative control: one shard’s MySQL loses its volume',
    topology: standalone,
    expect: { loses: 'something' },
    act: async (context) => {
      await context.inflict(loseVolume('/var/lib/mysql'), [await context.primaryOf(mysql)], mysql);
      await context.upgrade({});
    },
  },
];

export const system: System = {
  name: 'shardingsphere',
  container: 'shardingsphere',
  plainWrites: false,
  refusesElsewhere: false,
  labelsPrimary: false,
  topologies: [
    {
      name: standalone,
      values: { architecture: standalone, ...base },
      beside: {
        mysql: { architecture: 'standalone', ...database },
        'mysql-b': { enabled: true, architecture: 'standalone', ...database },
      },
      keys: shards.length,
      size: () => ({ members: 1, primaries: 1 }),
      places: (_, __, service) => [service, 'shards'],
    },
    {
      name: cluster,
      values: { architecture: cluster, replicas: 2, ...base },
      beside: {
        mysql: { architecture: 'replication', replicas: 2, ...database },
        'mysql-b': { enabled: true, architecture: 'group', replicas: 3, ...database },
        zookeeper: { architecture: 'ensemble', replicas: 3 },
      },
      keys: shards.length,
      // Each takes what clients tell it.
      size: ({ replicas }) => ({ members: Number(replicas), primaries: Number(replicas) }),
      places: (members, host, service) => [...members.map(host), service, 'shards'],
    },
  ],
  images: [
    'docker.io/apache/shardingsphere-proxy:5.1.0',
    'docker.io/library/mariadb:11.8',
    ...[driver.image, jmx.image].map(({ registry, repository, tag }) => `${registry}/${repository}:${tag}`),
  ],
  light: { jvm: { flags: ['-XX:TieredStopAtLevel=1'] } },
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=shardingsphere,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-shardingsphere`,
  // A Deployment's pods have no names.
  host: (_, pod) => pod.status?.podIP ?? '',
  probeEnv: (release) => [
    ...['shardingsphere', ...shards].flatMap((name) =>
      ['username', 'password'].map((key) => ({
        name: `${name.replace('-', '_').toUpperCase()}_${key.toUpperCase()}`,
        valueFrom: { secretKeyRef: { name: `${release}-${name}-user-${account}`, key } },
      })),
    ),
    { name: 'SHARDS', value: shards.map((name) => `${release}-${name}-primary`).join(',') },
    { name: 'MEMBERS', value: `${release}-shardingsphere-members` },
    { name: 'DATABASE', value: account },
  ],
};

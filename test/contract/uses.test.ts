import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import { type Chart, chartOf } from '../harness/charts/charts.ts';
import { type Container, hookOf, type Manifests } from '../harness/charts/manifests.ts';
import { RenderFailure, render } from '../harness/charts/render.ts';
import { runShellFunction } from '../harness/charts/shell.ts';
import type { Value, Values } from '../harness/drill/types.ts';
import { chartNamed, charts } from './suite.ts';

/** What an app of the umbrella is told of the systems that it uses, by a chart that is an app and nothing else. */

const key = 'client';

const files = {
  'Chart.yaml': `apiVersion: v2
name: ${key}
version: 0.1.0
dependencies:
  - {name: common, version: ">=0", repository: file://../common}
`,
  'values.yaml': `app: im
uses: []
env: []
tools: {image: {registry: docker.io, repository: curlimages/curl, tag: 8.14.1, pullPolicy: IfNotPresent}}
hooks: {resources: {limits: {memory: 64Mi}}}
`,
  'templates/_helpers.tpl': `{{- define "${key}.notes" -}}{{- end -}}
{{- define "${key}.endpoint" -}}{{- end -}}
{{- define "${key}.system" -}}
uses: {{ not (empty .Values.uses) }}
{{- end -}}
`,
  'templates/objects.yaml': `
{{- $uses := include "common.uses" (dict "root" . "uses" .Values.uses "path" "uses" "app" .Values.app "env" .Values.env) | fromJson }}
apiVersion: v1
kind: ConfigMap
metadata: {name: told}
data:
  wait.sh: |
    {{- include "common.wait.sh" . | nindent 4 }}
---
apiVersion: v1
kind: Pod
metadata: {name: told}
spec:
  initContainers:
    {{- include "common.waiting" (dict "root" . "waits" $uses.waits "seconds" 600) | nindent 4 }}
  containers:
    - name: im
      image: app
      env: {{- toYaml $uses.env | nindent 8 }}
      volumeMounts: {{- toYaml $uses.mounts | nindent 8 }}
  volumes: {{- toYaml $uses.volumes | nindent 4 }}
`,
};

const ballast = chartNamed('ballast');

/** The umbrella with the app among its parts. */
const umbrella: Chart = (() => {
  const texts = new Map(ballast.files);
  texts.delete('Chart.lock');
  texts.delete('values.schema.json');
  texts.set(
    'Chart.yaml',
    `${texts.get('Chart.yaml')}  - {name: ${key}, version: 0.1.0, repository: file://../${key}}\n`,
  );
  const common = ballast.dependencies[0]?.[1].dependencies ?? [];
  const app = chartOf(`${ballast.dir}/../${key}`, new Map(Object.entries(files)), common);
  return chartOf(ballast.dir, texts, [...ballast.dependencies, [key, app]]);
})();

const users = { users: [{ name: 'im' }] };
const systems: Values = {
  mysql: { enabled: true, ...users, databases: [{ name: 'im' }, { name: 'orders' }] },
  redis: { enabled: true },
  'redis-cluster': { enabled: true },
  zookeeper: { enabled: true },
  kafka: { enabled: true, ...users },
  rabbitmq: { enabled: true, ...users },
  rocketmq: { enabled: true },
  shardingsphere: users,
  mongodb: { ...users, databases: [{ name: 'im', collections: ['messages'] }] },
  tidb: { ...users, databases: [{ name: 'im' }] },
  minio: { users: [{ name: 'pictures' }], buckets: [{ name: 'pictures' }] },
};

const renderWith = (uses: Value[], values: Values = systems, app: Values = {}): Promise<Manifests> =>
  render(umbrella, {
    release: 'shop',
    namespace: 'team',
    values: merge(values, { [key]: { uses, ...app } }),
  });

const appOf = (output: Manifests): Container => {
  const [container] = output.one('Pod', 'told').spec.containers;
  if (container === undefined) throw new Error('the app has no container');
  return container;
};

/** The environment as the container sees it: references resolved from top to bottom, as kubelet does, and a Secret's value as SECRET/KEY. */
function environment({ env = [] }: Container): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const { name, value, valueFrom } of env) {
    const ref = valueFrom?.secretKeyRef;
    seen[name] = ref
      ? `${ref.name}/${ref.key}`
      : String(value).replace(/\$\((\w+)\)/g, (text, inner: string) => seen[inner] ?? text);
  }
  return seen;
}

const told = async (uses: Value[], values?: Values, app?: Values) =>
  environment(appOf(await renderWith(uses, values, app)));

/** What a chart says of how it is used: empty where nobody can. */
const endpointOf = ({ name, files: own }: Chart): string | undefined =>
  [...own.values()]
    .map(
      (text) =>
        new RegExp(`define "${name}\\.endpoint" -\\}\\}([\\s\\S]*?)\\{\\{- end -\\}\\}`).exec(text)?.[1],
    )
    .find((text) => text !== undefined);

test('every chart of a system says how it is used', () => {
  const systemCharts = charts.filter(({ kind }) => kind === 'application');
  expect(systemCharts.filter((chart) => endpointOf(chart) === undefined).map(({ name }) => name)).toEqual([]);
});

const usable = ballast.dependencies.filter(([, chart]) => endpointOf(chart)?.trim());

test.each(usable.map(([name, chart]) => [name, chart] as const))(
  '%s can be used, and is waited for',
  async (name, chart) => {
    const alike = chart.name === name ? {} : (systems[chart.name] ?? {});
    const output = await renderWith(
      [name],
      merge(merge({ [name]: { enabled: true } }, { [name]: alike }), systems),
    );
    const { env: variables = [] } = appOf(output);
    const env = environment(appOf(output));
    expect(Object.values(env).join('\n')).not.toContain('$(');
    expect(Object.keys(env)).toContain(`${name.replaceAll('-', '_').toUpperCase()}_HOST`);
    expect(variables.length).toBe(Object.keys(env).length);
    const [waiting] = output.one('Pod', 'told').spec.initContainers ?? [];
    const waits = waiting?.env?.find((one) => one.name === 'WAITS')?.value?.split('\n') ?? [];
    expect(waits).not.toEqual([]);
    for (const line of waits) {
      const [, service, port] = /^\S+ ([^.]+)\.team\.svc\.cluster\.local:(\d+)$/.exec(line) ?? [];
      const there = output.all('Service').find(({ metadata }) => metadata.name === service);
      expect(there?.spec.ports?.map((one) => String(one.port)) ?? [], line).toContain(port);
      // Of a headless one, members have a name before they serve.
      expect(there?.spec.clusterIP, line).not.toBe('None');
    }
  },
);

describe('what an app is told', () => {
  test('MySQL', async () => {
    expect(await told(['mysql'])).toEqual({
      MYSQL_HOST: 'shop-mysql-primary.team.svc.cluster.local',
      MYSQL_PORT: '3306',
      MYSQL_REPLICAS_HOST: 'shop-mysql-replicas.team.svc.cluster.local',
      MYSQL_DATABASE: 'im',
      MYSQL_USERNAME: 'shop-mysql-user-im/username',
      MYSQL_PASSWORD: 'shop-mysql-user-im/password',
      MYSQL_CA_FILE: '/etc/ballast/uses/mysql/ca.crt',
      MYSQL_JDBC_URL: 'jdbc:mysql://shop-mysql-primary.team.svc.cluster.local:3306/im',
      SPRING_DATASOURCE_URL: 'jdbc:mysql://shop-mysql-primary.team.svc.cluster.local:3306/im',
      SPRING_DATASOURCE_USERNAME: 'shop-mysql-user-im/username',
      SPRING_DATASOURCE_PASSWORD: 'shop-mysql-user-im/password',
    });
  });

  test('a second database under a prefix, without Spring’s names', async () => {
    const env = await told(['mysql', { name: 'mysql', user: 'im', database: 'orders', prefix: 'ORDERS_' }]);
    expect(env).toMatchObject({
      MYSQL_DATABASE: 'im',
      ORDERS_DATABASE: 'orders',
      ORDERS_JDBC_URL: 'jdbc:mysql://shop-mysql-primary.team.svc.cluster.local:3306/orders',
      ORDERS_CA_FILE: '/etc/ballast/uses/orders/ca.crt',
      SPRING_DATASOURCE_URL: 'jdbc:mysql://shop-mysql-primary.team.svc.cluster.local:3306/im',
    });
  });

  test.each<[string, Values, Record<string, string>]>([
    [
      'redis',
      {},
      {
        REDIS_HOST: 'shop-redis-primary.team.svc.cluster.local',
        REDIS_USERNAME: 'default',
        REDIS_PASSWORD: 'shop-redis-auth/password',
        SPRING_DATA_REDIS_HOST: 'shop-redis-primary.team.svc.cluster.local',
        SPRING_DATA_REDIS_PORT: '6379',
        SPRING_DATA_REDIS_DATABASE: '0',
      },
    ],
    [
      'redis',
      { redis: { architecture: 'sentinel' } },
      {
        SPRING_DATA_REDIS_SENTINEL_MASTER: 'ballast',
        SPRING_DATA_REDIS_SENTINEL_NODES: [0, 1, 2]
          .map((i) => `shop-redis-sentinel-${i}.team.svc.cluster.local:26379`)
          .join(),
        SPRING_DATA_REDIS_SENTINEL_PASSWORD: 'shop-redis-auth/password',
      },
    ],
    [
      'redis',
      { redis: { tls: { enabled: true } } },
      {
        SPRING_DATA_REDIS_SSL_BUNDLE: 'redis',
        SPRING_SSL_BUNDLE_PEM_REDIS_TRUSTSTORE_CERTIFICATE: 'file:/etc/ballast/uses/redis/ca.crt',
      },
    ],
    [
      'redis-cluster',
      {},
      {
        REDIS_CLUSTER_HOST: 'shop-redis-cluster-primary.team.svc.cluster.local',
        SPRING_DATA_REDIS_CLUSTER_NODES: [0, 1, 2]
          .flatMap((shard) =>
            [0, 1].map((i) => `shop-redis-cluster-shard-${shard}-${i}.team.svc.cluster.local:6379`),
          )
          .join(),
      },
    ],
    [
      'kafka',
      {},
      {
        KAFKA_BOOTSTRAP_SERVERS: 'shop-kafka.team.svc.cluster.local:9092',
        SPRING_KAFKA_BOOTSTRAP_SERVERS: 'shop-kafka.team.svc.cluster.local:9092',
        SPRING_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
        SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG:
          'org.apache.kafka.common.security.scram.ScramLoginModule required username="shop-kafka-user-im/username" password="shop-kafka-user-im/password";',
      },
    ],
    [
      'kafka',
      {
        kafka: { auth: { required: false }, users: [], tls: { enabled: true, existingSecret: 'kafka-tls' } },
      },
      {
        SPRING_KAFKA_SECURITY_PROTOCOL: 'SSL',
        SPRING_KAFKA_SSL_BUNDLE: 'kafka',
        SPRING_SSL_BUNDLE_PEM_KAFKA_TRUSTSTORE_CERTIFICATE: 'file:/etc/ballast/uses/kafka/ca.crt',
      },
    ],
    [
      'rabbitmq',
      {},
      {
        RABBITMQ_VIRTUAL_HOST: '/',
        SPRING_RABBITMQ_ADDRESSES: 'shop-rabbitmq.team.svc.cluster.local:5672',
        SPRING_RABBITMQ_USERNAME: 'shop-rabbitmq-user-im/username',
        SPRING_RABBITMQ_VIRTUAL_HOST: '/',
      },
    ],
    ['rabbitmq', { rabbitmq: { vhosts: [{ name: 'im' }] } }, { SPRING_RABBITMQ_VIRTUAL_HOST: 'im' }],
    [
      'rocketmq',
      {},
      {
        ROCKETMQ_NAME_SERVER: 'shop-rocketmq-namesrv.team.svc.cluster.local:9876',
        ROCKETMQ_PRODUCER_ACCESS_KEY: 'admin',
        ROCKETMQ_PRODUCER_SECRET_KEY: 'shop-rocketmq-auth/admin-password',
      },
    ],
    [
      'mongodb',
      {
        mongodb: {
          enabled: true,
          architecture: 'replicaSet',
          tls: { enabled: true },
          replicas: 5,
          hidden: [{ ordinal: 2 }, { ordinal: 3 }],
        },
      },
      {
        MONGODB_HOST: 'shop-mongodb-primary.team.svc.cluster.local',
        MONGODB_HOSTS: [0, 1, 4]
          .map((i) => `shop-mongodb-${i}.shop-mongodb-members.team.svc.cluster.local:27017`)
          .join(),
        MONGODB_REPLICA_SET: 'ballast',
        MONGODB_CA_FILE: '/etc/ballast/uses/mongodb/ca.crt',
        SPRING_DATA_MONGODB_DATABASE: 'im',
        SPRING_DATA_MONGODB_PASSWORD: 'shop-mongodb-user-im/password',
        SPRING_DATA_MONGODB_AUTHENTICATION_DATABASE: 'admin',
        SPRING_DATA_MONGODB_SSL_BUNDLE: 'mongodb',
      },
    ],
    [
      'tidb',
      { tidb: { enabled: true, architecture: 'cluster', tls: { enabled: true } } },
      {
        TIDB_HOST: 'shop-tidb.team.svc.cluster.local',
        TIDB_PORT: '4000',
        TIDB_JDBC_URL: 'jdbc:mysql://shop-tidb.team.svc.cluster.local:4000/im',
        TIDB_CA_FILE: '/etc/ballast/uses/tidb/ca.crt',
        SPRING_DATASOURCE_PASSWORD: 'shop-tidb-user-im/password',
      },
    ],
    [
      'zookeeper',
      { zookeeper: { auth: { required: true }, ...users } },
      {
        ZOOKEEPER_CONNECT_STRING: 'shop-zookeeper.team.svc.cluster.local:2181',
        ZOOKEEPER_PASSWORD: 'shop-zookeeper-user-im/password',
      },
    ],
  ])('%s %j', async (name, values, expected) => {
    expect(await told([name], merge(systems, values))).toMatchObject(expected);
  });

  test('where nobody logs in, nothing of a login', async () => {
    const env = await told(
      ['zookeeper', 'rocketmq'],
      merge(systems, { rocketmq: { auth: { required: false } } }),
    );
    expect(Object.keys(env).filter((name) => /USER|PASSW|KEY/.test(name))).toEqual([]);
  });

  test('its own variables win, and the others follow them', async () => {
    const env = [
      { name: 'MYSQL_DATABASE', value: 'legacy' },
      { name: 'GREETING', value: 'hello $(MYSQL_HOST)' },
    ];
    expect(await told(['mysql'], systems, { env })).toMatchObject({
      SPRING_DATASOURCE_URL: 'jdbc:mysql://shop-mysql-primary.team.svc.cluster.local:3306/legacy',
      GREETING: 'hello shop-mysql-primary.team.svc.cluster.local',
    });
  });

  test('of certificates, what it needs to trust a server, from its Secret', async () => {
    const output = await renderWith(['mysql']);
    expect(output.one('Pod', 'told').spec.volumes).toEqual([
      {
        name: 'uses-mysql',
        secret: {
          secretName: 'shop-mysql-tls',
          defaultMode: 0o440,
          items: [{ key: 'ca.crt', path: 'ca.crt' }],
        },
      },
    ]);
    expect(appOf(output).volumeMounts).toEqual([
      { name: 'uses-mysql', mountPath: '/etc/ballast/uses/mysql', readOnly: true },
    ]);
  });
});

describe('whom it logs in as', () => {
  const mysql = (...names: string[]): Values => ({
    mysql: { enabled: true, users: names.map((name) => ({ name })) },
  });
  test.each<[string, Values, Value, string]>([
    ['the only one', mysql('shop'), 'mysql', 'shop'],
    ['of several, the one that is called like it', mysql('other', 'im'), 'mysql', 'im'],
    ['the one that it names', mysql('other', 'im'), { name: 'mysql', user: 'other' }, 'other'],
  ])('%s', async (_, values, use, user) => {
    expect((await told([use], values)).MYSQL_USERNAME).toBe(`shop-mysql-user-${user}/username`);
  });
});

describe('accounts are there before pods that log in with them are ready, for which helm waits before it comes to hooks', () => {
  const early = async (uses: Value[], values = systems) =>
    (await renderWith(uses, values)).all('Job').filter((job) => hookOf(job) === undefined);

  test('by a Job of each system that makes some', async () => {
    const jobs = await early(['mysql']);
    expect(jobs.map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{5}$/, ''))).toEqual(
      ['kafka', 'mysql', 'rabbitmq', 'rocketmq'].map((name) => `shop-${name}-accounts`),
    );
    for (const { spec } of jobs) {
      expect(spec.activeDeadlineSeconds).toBeGreaterThan(0);
      expect(spec.template.spec.containers[0]?.command).toEqual([
        'bash',
        '/opt/ballast/provision.sh',
        'accounts',
      ]);
    }
  });

  test('of another name when it has something else to do', async () => {
    const names = async (values: Values) =>
      (await early(['mysql'], merge(systems, values))).map(({ metadata }) => metadata.name);
    const [before, same, after] = await Promise.all([
      names({}),
      names({ mysql: { resources: { limits: { memory: '2Gi' } } } }),
      names({ mysql: { users: [{ name: 'im' }, { name: 'orders' }] } }),
    ]);
    expect(same).toEqual(before);
    expect(after.filter((name) => !before.includes(name)).length).toBe(1);
  });

  test('and by hooks alone where nobody uses any', async () => {
    expect(await early([])).toEqual([]);
  });

  test.each([
    ['the umbrella', ballast, { ballast: { mysql: { enabled: true, ...users } } }],
    ['one chart', chartNamed('mysql'), { mysql: users }],
  ])('and where somebody else’s chart has %s for a dependency: it may have apps', async (_, part, values) => {
    const own = `apiVersion: v2
name: own
version: 0.1.0
dependencies:
  - {name: ${part.name}, version: ">=0.0.0-0", repository: file://../${part.name}}
`;
    const top = chartOf(`${ballast.dir}/../own`, new Map([['Chart.yaml', own]]), [[part.name, part]]);
    const output = await render(top, { release: 'shop', namespace: 'team', values });
    const jobs = output.all('Job').filter((job) => hookOf(job) === undefined);
    expect(jobs.map(({ metadata }) => metadata.name)).toEqual([
      expect.stringMatching(/^shop-mysql-accounts-[0-9a-f]{5}$/),
    ]);
  });
});

describe('is refused', () => {
  const only = (name: string, values: Values): Values => ({ [name]: { enabled: true, ...values } });
  const three = { users: [{ name: 'a' }, { name: 'b' }] };
  test.each<[string, Value[], Values, string]>([
    [
      'a name that nobody has',
      ['mysqll'],
      merge(only('mysql', {}), only('redis', {})),
      'uses has mysqll, and this release has mysql, redis: write one of them, or enable mysqll',
    ],
    [
      'anything, where there is nothing',
      ['mysql'],
      {},
      'uses has mysql, and no such system is part of this release: enable it in the umbrella chart beside this one, or write its address into env',
    ],
    [
      'itself',
      [key],
      only('redis', {}),
      'uses has client, and this release has redis: write one of them, or enable client',
    ],
    [
      'a user that is not there',
      [{ name: 'mysql', user: 'c' }],
      only('mysql', three),
      'uses: user c of mysql is none of mysql.users (a, b): add it there, or write another',
    ],
    [
      'to choose among several',
      ['mysql'],
      only('mysql', three),
      'uses: mysql has the users a, b: write which, {name: mysql, user: a}',
    ],
    [
      'a system that lets nobody in',
      ['kafka'],
      only('kafka', {}),
      'uses: kafka lets nobody in without an account, and kafka.users is empty: add {name: im} there',
    ],
    [
      'a user where nobody logs in',
      [{ name: 'kafka', user: 'im' }],
      only('kafka', { auth: { required: false } }),
      'uses: user of kafka has no effect, because nobody logs in there: remove it',
    ],
    [
      'a database that is not there',
      [{ name: 'mysql', database: 'c' }],
      only('mysql', { ...users, databases: [{ name: 'a' }] }),
      'uses: database c of mysql is none of mysql.databases (a): add it there, or write another',
    ],
    [
      'to choose among several databases',
      ['mysql'],
      only('mysql', { ...users, databases: [{ name: 'a' }, { name: 'b' }] }),
      'uses: mysql has several databases (a, b): write which, {name: mysql, database: a}',
    ],
    [
      'what a system does not have',
      [{ name: 'kafka', database: 'a' }],
      only('kafka', users),
      'uses: database of kafka has no effect: remove it',
    ],
    [
      'two that would set the same',
      ['redis', 'redis-cluster'],
      merge(only('redis', {}), only('redis-cluster', {})),
      'uses has redis and redis-cluster, which would both set SPRING_DATA_REDIS_PASSWORD: give one of them a prefix ({name: redis-cluster, prefix: IM_})',
    ],
    [
      'one twice',
      ['redis', 'redis'],
      only('redis', {}),
      'uses has redis and redis, which would both set REDIS_HOST: give one of them a prefix ({name: redis, prefix: IM_})',
    ],
  ])('%s', async (_, uses, values, message) => {
    await expect(renderWith(uses, values)).rejects.toThrow(new RenderFailure(`client: ${message}`));
  });
});

describe('wait.sh', () => {
  const run = async (name: string, curl: string, calls: readonly string[][]) => {
    const script = (await renderWith([])).one('ConfigMap', 'told');
    const scenario = `#!/bin/sh\n. /opt/ballast/wait.sh\ncurl() { ${curl}; }\nsleep() { :; }\nlog() { echo "$*"; }\n`;
    return runShellFunction(
      { ...script, data: { ...script.data, 'scenario.sh': scenario } },
      'scenario.sh',
      name,
      calls.map((args) => ({ args })),
      { NAMESPACE: 'team', SECONDS_AT_MOST: '600' },
    );
  };

  test.each([
    ['an open port that says nothing', "printf '0.000423 Time-out'; return 28", 0],
    ['a port that was closed after a greeting', "printf '0.000423 '", 0],
    ['a closed port', "printf '0.000000 Failed to connect'; return 7", 1],
    ['a name that is none', "printf '0.000000 Could not resolve host'; return 6", 1],
  ])('%s', async (_, curl, status) => {
    expect((await run('takes', curl, [['mysql:3306']]))[0]?.status).toBe(status);
  });

  test('says at the end what it waited for', async () => {
    const [result] = await run('wait_for', "printf '0.000000 Could not resolve host: mysql'; return 6", [
      ['mysql', 'mysql:3306', '0'],
    ]);
    expect(result).toEqual({
      output:
        'error: gave up after 600 s: mysql takes no connection at mysql:3306 (Could not resolve host: mysql): see kubectl get pods -n team',
      status: 1,
    });
  });

  test('says what it waits for, and when that is there', async () => {
    const later = String(Math.floor(Date.now() / 1000) + 100_000);
    const closed = `if [ -e "$RUN/open" ]; then printf '0.001 '; else touch "$RUN/open"; printf '0.000000 refused'; return 7; fi`;
    const [result] = await run('wait_for', closed, [['mysql', 'mysql:3306', later]]);
    expect(result?.output).toMatch(
      /^waiting for mysql at mysql:3306, at most \d+ s more: refused\nmysql is there$/,
    );
  });
});

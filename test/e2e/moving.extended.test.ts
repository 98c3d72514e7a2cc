import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject, V1EnvVar } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { repoRoot } from '../harness/base/paths.ts';
import { report, reportTo } from '../harness/base/report.ts';
import { switchedOff } from '../harness/charts/charts.ts';
import { Shell } from '../harness/cluster/commands.ts';
import { shellSetup } from '../harness/cluster/install.ts';
import { isReady, waitFor } from '../harness/cluster/kube.ts';
import { Release } from '../harness/cluster/release.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import type { Values } from '../harness/drill/types.ts';

/** docs/moving.md, block by block: from servers that are set up as Bitnami's charts do (names, Secrets, accounts), made of the same images as ours, into a release. */

const namespace = 'drill-moving';

/** The blocks of shell code below a heading. */
function blocksOf(heading: string): string[] {
  const text = readFileSync(join(repoRoot, 'docs', 'moving.md'), 'utf8');
  const section = text.split(/^(?=## )/m).find((part) => part.startsWith(`## ${heading}\n`)) ?? '';
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) =>
    block.replaceAll('team-a', namespace),
  );
}

const password = 'Old-p4ssword';

interface Old {
  name: string;
  /** Of the Service, where it is not the name. */
  service?: string;
  image: string;
  port: number;
  user: number;
  secret: { name: string; data: Record<string, string> };
  env?: V1EnvVar[];
  script: string;
}

const olds: Old[] = [
  {
    name: 'mysql',
    image: 'docker.io/library/mysql:9.7',
    port: 3306,
    user: 999,
    secret: { name: 'old-mysql', data: { 'mysql-root-password': password } },
    script: `
mysqld --initialize-insecure --datadir=/data/mysql
echo "ALTER USER root@localhost IDENTIFIED BY '$PASSWORD'; CREATE USER root@'%' IDENTIFIED BY '$PASSWORD'; GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;" >/data/init.sql
exec mysqld --datadir=/data/mysql --socket=/data/mysql.sock --pid-file=/data/mysql.pid --mysqlx=OFF --secure-file-priv=NULL --tmpdir=/data --init-file=/data/init.sql --innodb-buffer-pool-size=32M`,
  },
  {
    name: 'redis',
    service: 'old-redis-master',
    image: 'docker.io/library/redis:8',
    port: 6379,
    user: 999,
    secret: { name: 'old-redis', data: { 'redis-password': password } },
    script:
      'printf \'requirepass "%s"\\ndir /data\\n\' "$PASSWORD" >/data/conf; exec redis-server /data/conf',
  },
  {
    name: 'kafka',
    image: 'docker.io/apache/kafka:4.3.1',
    port: 9092,
    user: 1000,
    secret: { name: 'old-kafka-user-passwords', data: { 'client-passwords': `${password},another` } },
    env: [{ name: 'KAFKA_HEAP_OPTS', value: '-Xmx256M' }],
    script: `
cat >/data/server.properties <<EOF
process.roles=broker,controller
node.id=0
controller.quorum.voters=0@localhost:9093
listeners=CLIENT://:9092,CONTROLLER://localhost:9093
advertised.listeners=CLIENT://old-kafka:9092
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.client.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="user1" password="$PASSWORD" user_user1="$PASSWORD";
log.dirs=/data/logs
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
group.initial.rebalance.delay.ms=0
EOF
cat >/data/client.properties <<EOF
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="user1" password="$PASSWORD";
EOF
export LOG_DIR=/data
/opt/kafka/bin/kafka-storage.sh format --standalone --cluster-id AAAAAAAAAAAAAAAAAAAAAA --config /data/server.properties 2>/dev/null || /opt/kafka/bin/kafka-storage.sh format --cluster-id AAAAAAAAAAAAAAAAAAAAAA --config /data/server.properties
exec /opt/kafka/bin/kafka-server-start.sh /data/server.properties`,
  },
  {
    name: 'rabbitmq',
    image: 'docker.io/library/rabbitmq:4-management',
    port: 5672,
    user: 999,
    secret: { name: 'old-rabbitmq', data: { 'rabbitmq-password': password } },
    env: [
      { name: 'HOME', value: '/data' },
      { name: 'RABBITMQ_MNESIA_BASE', value: '/data' },
      { name: 'RABBITMQ_CONFIG_FILE', value: '/data/rabbitmq' },
      { name: 'RABBITMQ_ENABLED_PLUGINS_FILE', value: '/data/enabled_plugins' },
    ],
    script: `
printf 'default_user = user\\ndefault_pass = %s\\n' "$PASSWORD" >/data/rabbitmq.conf
echo '[].' >/data/enabled_plugins
exec rabbitmq-server`,
  },
  {
    name: 'minio',
    image: 'docker.io/minio/minio:RELEASE.2025-09-07T16-13-09Z',
    port: 9000,
    user: 1000,
    secret: { name: 'old-minio', data: { 'root-user': 'admin', 'root-password': password } },
    env: [{ name: 'MINIO_ROOT_USER', value: 'admin' }],
    script: 'export MINIO_ROOT_PASSWORD=$PASSWORD HOME=/data; exec minio server /data/objects',
  },
];

function objectsOf({ name, service, image, port, user, secret, env = [], script }: Old): KubernetesObject[] {
  const labels = { 'old.example.com/name': name };
  const key = Object.keys(secret.data).at(-1) ?? '';
  const objects = [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret.name, namespace }, stringData: secret.data },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service ?? `old-${name}`, namespace },
      spec: { selector: labels, ports: [{ port }], publishNotReadyAddresses: true },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: `old-${name}`, namespace },
      spec: {
        serviceName: `old-${name}`,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 1,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: user,
              runAsGroup: user,
              fsGroup: user,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [
              {
                name,
                image,
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
                command: ['bash', '-ec', `PASSWORD=\${SECRET%%,*}\n${script}`],
                env: [...env, { name: 'SECRET', valueFrom: { secretKeyRef: { name: secret.name, key } } }],
                ports: [{ containerPort: port }],
                readinessProbe: { tcpSocket: { port }, periodSeconds: 2 },
                resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '768Mi' } },
                volumeMounts: [{ name: 'data', mountPath: '/data' }],
              },
            ],
            volumes: [{ name: 'data', emptyDir: {} }],
          },
        },
      },
    },
  ];
  return objects;
}

const enabled = { enabled: true, metrics: { enabled: false } };
const values: Values = {
  ...switchedOff(),
  mysql: { ...enabled, architecture: 'replication', replicas: 2, databases: [{ name: 'shop' }], users: [] },
  'mysql-b': { ...enabled, architecture: 'group', replicas: 3, databases: [{ name: 'shop' }], users: [] },
  redis: { ...enabled, architecture: 'sentinel', users: [] },
  kafka: { ...enabled, architecture: 'standalone', users: [], topics: [] },
  rabbitmq: {
    ...enabled,
    architecture: 'standalone',
    users: [],
    queues: [{ name: 'orders' }],
  },
  minio: { ...enabled, architecture: 'standalone', users: [], policies: [], buckets: [{ name: 'shop' }] },
};

let cluster: TestCluster;
let shell: Shell;

beforeAll(async () => {
  reportTo((line) => void process.stderr.write(`  moving     ${line}\n`));
  cluster = await joinTestCluster();
  shell = new Shell(await shellSetup(cluster.kube.kubeconfig));
  await cluster.kube.deleteNamespace(namespace);
  await cluster.kube.gone(namespace);
  await cluster.kube.ensureNamespace(namespace);
  await cluster.kube.apply(olds.flatMap(objectsOf));
  await new Release('new', namespace, cluster.kube.kubeconfig, values).apply();
  await waitFor('the old servers to be ready', 240, async () => {
    const pods = await cluster.kube.pods(namespace, 'old.example.com/name');
    const waiting = pods.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata?.name);
    return (pods.length === olds.length && waiting.length === 0) || waiting.join(', ');
  });
}, 900_000);
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    throw new Error(`the state then:\n${await cluster.kube.dump(namespace)}`);
});

/** Runs a script in a pod: its output. */
async function inside(pod: string, container: string, script: string): Promise<string> {
  const { stdout } = await cluster.kube.exec(namespace, pod, container, ['bash', '-ec', script]);
  return stdout.trim();
}

async function typed(block: string | undefined): Promise<string> {
  if (!block) throw new Error('docs/moving.md has fewer blocks than that');
  const { stdout } = await shell.run(block);
  report(stdout.trim());
  return stdout;
}

describe('MySQL', () => {
  const [move, compare, again] = blocksOf('MySQL');

  test('tables, views, routines and triggers come over, from an old server and from a release of ours', async () => {
    await inside(
      'old-mysql-0',
      'mysql',
      `MYSQL_PWD=${password} mysql --socket=/data/mysql.sock --user=root <<'EOF'
CREATE DATABASE shop;
USE shop;
CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, text VARCHAR(64), audited INT DEFAULT 0);
INSERT INTO orders (text) SELECT CONCAT('order ', UUID(), ' größer') FROM (WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n) many;
CREATE VIEW texts AS SELECT text FROM orders;
CREATE PROCEDURE counted() SELECT COUNT(*) FROM orders;
CREATE TRIGGER audit BEFORE INSERT ON orders FOR EACH ROW SET NEW.audited = 1;
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM orders WHERE id < 0;
EOF`,
    );
    await typed(move);
    const [there, here] = (await typed(compare)).trim().split('\n');
    expect(there).toMatch(/^shop\.orders\t\d{3,}$/);
    expect(here).toBe(there);
    await typed(again);
    const sum = `mysql --user=root --batch --skip-column-names --execute="CHECKSUM TABLE shop.orders; SELECT COUNT(*) FROM shop.texts; CALL shop.counted(); SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = 'shop'; SELECT COUNT(*) FROM information_schema.events WHERE event_schema = 'shop'"`;
    const came = [there, '1000', '1000', '1', '1'].join('\n');
    for (const pod of ['new-mysql-0', 'new-mysql-b-0'])
      await waitFor(`${pod} to have all`, 60, async () => {
        const told = await inside(pod, 'mysql', sum);
        return told === came || told;
      });
  });
});

describe('Redis', () => {
  const [move, sizes] = blocksOf('Redis');

  test('keys of all kinds come over, with their times to live', async () => {
    const cli = 'REDISCLI_AUTH="$SECRET" redis-cli';
    await inside(
      'old-redis-0',
      'redis',
      `${cli} >/dev/null <<'EOF'
EVAL "for i = 1, 1050 do redis.call('SET', 'key:' .. i, i) end" 0
SET "with blanks, \\"quotes\\" and 'more' \\\\ \\n\\x00\\xff" "also"
HSET hash a 1 b 2
RPUSH list x y z
ZADD sorted 1.5 one
SET leaves soon EX 5000
EOF`,
    );
    const answers = await typed(move);
    expect(answers.trim()).toMatch(/^11 OK$/);
    const [there, here] = (await typed(sizes)).trim().split('\n');
    expect(there).toBe('1055');
    expect(here).toBe('1055');
    const digest = `REDISCLI_AUTH=$(cat /etc/ballast/auth/password) redis-cli -h new-redis-primary --no-raw`;
    const seen = `<<'EOF'
GET "with blanks, \\"quotes\\" and 'more' \\\\ \\n\\x00\\xff"
GET key:1050
HGET hash b
LRANGE list 0 -1
ZSCORE sorted one
EOF`;
    const ours = await inside('new-redis-0', 'redis', `${digest} ${seen}`);
    expect(ours).toBe(await inside('old-redis-0', 'redis', `${cli} --no-raw ${seen}`));
    expect(ours).toContain('"also"');
    const left = await inside('new-redis-0', 'redis', `${digest} TTL leaves`);
    expect(Number(/\d+/.exec(left.replace('(integer)', ''))?.[0])).toBeGreaterThan(4000);
  });
});

describe('Kafka', () => {
  const [mirror, lag, arrived, end] = blocksOf('Kafka');

  test('topics come over with their records, and groups with where they have got to', async () => {
    const bin = '/opt/kafka/bin';
    const server = '--bootstrap-server localhost:9092 --command-config /data/client.properties';
    await inside(
      'old-kafka-0',
      'kafka',
      `until ${bin}/kafka-topics.sh ${server} --create --if-not-exists --topic orders --partitions 3; do sleep 1; done
seq 1 300 | ${bin}/kafka-console-producer.sh --bootstrap-server localhost:9092 --topic orders --command-config /data/client.properties
${bin}/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic orders --group billing --from-beginning --max-messages 300 --command-config /data/client.properties >/dev/null`,
    );
    const running = shell.run(mirror ?? '').catch((error: unknown) => String(error));
    await waitFor('MirrorMaker to have copied all', 240, async () => {
      const told = await inside(
        'new-kafka-0',
        'kafka',
        '. /opt/ballast/lib.sh; log_in; admin kafka-get-offsets --topic orders 2>&1',
      ).catch(String);
      const records = [...told.matchAll(/^orders:\d+:(\d+)$/gm)].reduce(
        (sum, [, one]) => sum + Number(one),
        0,
      );
      return records === 300 || told;
    });
    expect(await typed(lag)).toMatch(/billing\s+orders\s+\d+\s+\d+\s+\d+\s+0\b/);
    await waitFor('the new group to be where the old one is', 240, async () => {
      const told = await typed(arrived);
      const committed = [...told.matchAll(/^billing\s+orders\s+\d+\s+(\d+)\s+\d+\s+0\b/gm)];
      return committed.reduce((sum, [, one]) => sum + Number(one), 0) === 300 || told;
    });
    await typed(end);
    await running;
  });
});

describe('RabbitMQ', () => {
  const [move, empty] = blocksOf('RabbitMQ');

  test('definitions come over, and a queue that the values have stays what they say', async () => {
    const definitions = {
      users: [
        { name: 'billing', password_hash: 'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR', tags: '' },
      ],
      permissions: [{ user: 'billing', vhost: '/', configure: '', write: '.*', read: '.*' }],
      queues: ['orders', 'invoices'].map((name) => ({
        name,
        vhost: '/',
        durable: true,
        auto_delete: false,
        arguments: { 'x-queue-type': 'classic' },
      })),
      exchanges: [
        { name: 'events', vhost: '/', type: 'topic', durable: true, auto_delete: false, arguments: {} },
      ],
      bindings: [
        {
          source: 'events',
          vhost: '/',
          destination: 'invoices',
          destination_type: 'queue',
          routing_key: '#',
          arguments: {},
        },
      ],
    };
    await waitFor('the old server to take definitions', 60, () =>
      inside(
        'old-rabbitmq-0',
        'rabbitmq',
        `rabbitmqctl await_startup && rabbitmqctl import_definitions /dev/stdin <<<'${JSON.stringify(definitions)}'`,
      ).then(() => true as const, String),
    );
    await typed(move);
    const told = await inside(
      'new-rabbitmq-0',
      'rabbitmq',
      'rabbitmqctl --silent list_queues name type; rabbitmqctl --silent list_bindings source_name destination_name; rabbitmqctl --silent list_users',
    );
    expect(told).toMatch(/^orders\tquorum$/m);
    expect(told).toMatch(/^invoices\tclassic$/m);
    expect(told).toMatch(/^events\tinvoices$/m);
    expect(told).toMatch(/^billing\t/m);
    expect(told).toMatch(/^admin\t/m);
    expect(await typed(empty)).toMatch(/^invoices\t0\t0$/m);
  });
});

describe('MinIO', () => {
  const [move] = blocksOf('MinIO');

  test('objects come over with their metadata', async () => {
    await inside(
      'old-minio-0',
      'minio',
      `export MC_HOST_old="http://admin:$SECRET@localhost:9000"
mc() { command mc --config-dir /data/mc --quiet "$@"; }
mc mb old/shop >/dev/null
for i in $(seq 1 50); do echo "object $i" >/data/one; mc cp --attr "number=$i" /data/one "old/shop/some/$i" >/dev/null; done
head -c 20000000 /dev/urandom >/data/one
mc cp /data/one old/shop/large >/dev/null`,
    );
    const told = await typed(move);
    expect(told.slice(told.indexOf('what differs:')).trim()).toBe('what differs:');
    const stat = await inside(
      'new-minio-0',
      'minio',
      'bash /opt/ballast/mc.sh stat store/shop/some/7; bash /opt/ballast/mc.sh ls --recursive store/shop | wc -l',
    );
    expect(stat).toMatch(/Number\s*:\s*7/i);
    expect(stat).toMatch(/^51$/m);
  });
});

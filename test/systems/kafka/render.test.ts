import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { render } from '../../harness/charts/render.ts';

const chart = chartNamed('kafka');
const rendered = (name: string) =>
  render(chart, { release: 'shop', values: topologyNamed(chart, name).values });
const [kraft, standalone, separate, zookeeper] = await Promise.all([
  rendered('kraft'),
  rendered('standalone'),
  rendered('kraft-controllers'),
  rendered('zookeeper'),
]);

const limits = (memory: string) => ({ resources: { requests: { memory: '32Mi' }, limits: { memory } } });
refusals(chart, [
  [
    'a cluster of one',
    { architecture: 'kraft', replicas: 1 },
    'kafka: replicas is 1, and a cluster that survives the loss of a server has 3 at least: write 3, or architecture standalone',
  ],
  [
    'JMX without an image that has the agent',
    { metrics: { jmx: { enabled: true } } },
    "kafka: metrics.jmx.image.repository is empty, and Kafka's own image lacks Prometheus' agent for JMX: name an image that has it, and its path there",
  ],
  [
    'a server that is too small',
    limits('256Mi'),
    'kafka: resources.limits.memory is 256Mi, and a server needs at least 512Mi: write 640Mi',
  ],
  [
    'TLS without a certificate',
    { tls: { enabled: true } },
    'kafka: tls.enabled needs a certificate: put ca.crt, tls.crt and tls.key for kafka.default.svc.cluster.local and *.kafka-members.default.svc.cluster.local into a Secret, and its name into tls.existingSecret',
  ],
  [
    'a heap that leaves nothing',
    { jvm: { heap: '600Mi' } },
    'kafka: jvm.heap (600Mi) leaves less than 192Mi of resources.limits.memory (640Mi) for the rest of the JVM and for what a stop needs: leave jvm.heap empty to derive it from the limit',
  ],
  [
    'more copies than servers',
    { defaultReplicationFactor: 3 },
    'kafka: defaultReplicationFactor is 3, and there are 1 servers: write 1, or more replicas',
  ],
  [
    'more copies in sync than there are',
    { architecture: 'kraft', minInsyncReplicas: 4 },
    'kafka: minInsyncReplicas is 4, and a partition has 3 copies: write 2',
  ],
  [
    'all copies in sync',
    { architecture: 'kraft', minInsyncReplicas: 3 },
    'kafka: minInsyncReplicas is 3 of 3 copies, so that nothing could be written while any server is away: write 2',
  ],
  [
    'a setting that has a value',
    { config: { 'min.insync.replicas': 1 } },
    'kafka: config.min.insync.replicas has a value of its own: write minInsyncReplicas instead',
  ],
  [
    'a setting of the chart',
    { config: { 'node.id': 4 } },
    'kafka: config.node.id is managed by the chart: remove it',
  ],
  [
    'controllers of their own for a single server',
    { controllers: { separate: true } },
    'kafka: controllers.separate is of architecture kraft, not of standalone: leave it false',
  ],
  [
    'a controller that is too small',
    {
      architecture: 'kraft',
      controllers: {
        separate: true,
        resources: { requests: { memory: '32Mi' }, limits: { memory: '128Mi' } },
      },
    },
    'kafka: controllers.resources.limits.memory is 128Mi, and a controller needs at least 256Mi: write 384Mi',
  ],
  [
    'ZooKeeper with Kafka 4',
    { architecture: 'zookeeper', image: { tag: '4.1.0' } },
    'kafka: image.tag is 4.1.0, and Kafka 4 knows no ZooKeeper: write a 3.9 (3.9.1), or architecture kraft',
  ],
  [
    'Kafka 3 without ZooKeeper',
    { architecture: 'kraft', image: { tag: '3.9.1' } },
    "kafka: image.tag is 3.9.1, whose controllers can't be replaced: write 4.1 or newer, or architecture zookeeper",
  ],
  [
    'no ZooKeeper anywhere',
    { architecture: 'zookeeper', image: { tag: '3.9.1' } },
    'kafka: zookeeper.connect is empty, and no ZooKeeper is part of this release: write its servers (zk-0:2181,zk-1:2181), or enable zookeeper in the umbrella chart',
  ],
  [
    "a ZooKeeper that isn't used",
    { architecture: 'kraft', zookeeper: { connect: 'zk-0:2181' } },
    'kafka: zookeeper.connect is of architecture zookeeper, not of kraft: leave it empty',
  ],
  [
    "an account at a ZooKeeper that isn't used",
    { zookeeper: { existingSecret: 'kafka-at-zookeeper' } },
    'kafka: zookeeper.existingSecret is of architecture zookeeper, not of standalone: leave it empty',
  ],
  [
    'names for nobody outside',
    { external: { host: 'kafka-{ordinal}.example.com' } },
    'kafka: external.host has no effect, because external.enabled is false: set external.enabled to true, or leave external.host empty',
  ],
  [
    'annotations of no Service',
    { external: { annotations: { a: 'b' } } },
    'kafka: external.annotations has no effect, because external.enabled is false: set external.enabled to true, or leave external.annotations empty',
  ],
  [
    'no copy at all',
    { defaultReplicationFactor: 0 },
    'kafka: defaultReplicationFactor is 0, and a record has one copy at least: write 1 or more, or -1 for what the chart takes',
  ],
  [
    'no copy in sync',
    { architecture: 'kraft', minInsyncReplicas: 0 },
    'kafka: minInsyncReplicas is 0, and a record has one copy at least: write 1 or more, or -1 for what the chart takes',
  ],
  [
    'accounts where nobody logs in',
    { auth: { required: false }, users: [{ name: 'orders' }] },
    'kafka: users has no effect, because auth.required is false and nobody logs in: set auth.required to true, or leave users empty',
  ],
  [
    'balancers without names',
    { external: { enabled: true, type: 'LoadBalancer' } },
    'kafka: external.type LoadBalancer needs names by which clients reach the servers: write external.host, with {ordinal} in it (kafka-{ordinal}.example.com)',
  ],
  [
    'one name for several balancers',
    { architecture: 'kraft', external: { enabled: true, type: 'LoadBalancer', host: 'kafka.example.com' } },
    'kafka: external.host is kafka.example.com for all servers, and each has a balancer of its own: put {ordinal} into it',
  ],
  [
    'ports that no node has',
    { architecture: 'kraft', external: { enabled: true, port: 32766 } },
    'kafka: external.port 32766 to 32768 are no ports of nodes: write one from 30000 to 32767, with room for each server',
  ],
  [
    'a user twice',
    { users: [{ name: 'orders' }, { name: 'orders' }] },
    'kafka: users has orders twice: merge the two entries',
  ],
  [
    'a user of the chart',
    { users: [{ name: 'admin' }] },
    'kafka: users has admin, which the chart manages itself: use another name',
  ],
  [
    'a topic twice',
    { topics: [{ name: 'orders' }, { name: 'orders' }] },
    'kafka: topics has orders twice: merge the two entries',
  ],
  [
    'a topic with more copies than servers',
    { topics: [{ name: 'orders', replicationFactor: 3 }] },
    'kafka: topics.orders.replicationFactor is 3, and there are 1 servers: write 1, or more replicas',
  ],
]);

describe('what is rendered', () => {
  const properties = (from: typeof kraft) =>
    from.one('ConfigMap', 'shop-kafka').data?.['server.properties'] ?? '';

  test('a cluster keeps what two of three servers have', () => {
    expect(properties(kraft)).toContain('default.replication.factor=3\nmin.insync.replicas=2\n');
    expect(properties(kraft)).toContain('transaction.state.log.min.isr=2\n');
    expect(properties(kraft)).toContain('unclean.leader.election.enable=false\n');
  });

  test('a single server needs no second', () => {
    expect(properties(standalone)).toContain('default.replication.factor=1\nmin.insync.replicas=1\n');
    expect(standalone.objects.map(({ metadata }) => metadata.name)).not.toContain('shop-kafka-drain');
  });

  test('controllers of their own have a vote, and servers have none', () => {
    const env = (set: string) =>
      Object.fromEntries(
        separate
          .one('StatefulSet', set)
          .spec?.template?.spec?.containers?.[0]?.env?.map(({ name, value }) => [name, value]) ?? [],
      );
    expect(env('shop-kafka')).toMatchObject({ LEADERS: 'controllers', PART: 'server' });
    expect(env('shop-kafka-controller')).toMatchObject({ LEADERS: 'controllers', PART: 'controller' });
    expect(kraft.objects.map(({ metadata }) => metadata.name)).not.toContain('shop-kafka-controller');
  });

  test('each server has an address outside', () => {
    const { metadata, spec } = separate.one('Service', 'shop-kafka-external-2');
    expect(metadata.annotations).toEqual({
      'external-dns.alpha.kubernetes.io/hostname': 'kafka-2.example.com',
    });
    expect(spec?.ports?.[0]).toMatchObject({ port: 9094, targetPort: 'external' });
    expect(zookeeper.one('Service', 'shop-kafka-external-2').spec?.ports?.[0]).toMatchObject({
      nodePort: 31092,
    });
  });

  test('ZooKeeper keeps the metadata', () => {
    expect(properties(zookeeper)).toContain(
      'zookeeper.connect=zk-0.example.com:2181,zk-1.example.com:2181/kafka\nzookeeper.set.acl=true\n',
    );
    expect(properties(zookeeper)).not.toMatch(/controller|share\./i);
  });

  test('topics reach the hook with settings that have commas', () => {
    const { data = {} } = kraft.one('ConfigMap', 'shop-kafka-provision');
    expect(data.topics?.trim().split('\n')).toEqual([
      'topic orders 6 -1',
      'config orders cleanup.policy compact,delete',
      'config orders retention.ms 86400000',
      'topic audit -1 3',
    ]);
  });
});

const server = kraft.one('ConfigMap', 'shop-kafka');
const hook = kraft.one('ConfigMap', 'shop-kafka-provision');
const env = {
  BASE: 'shop-kafka',
  SUFFIX: 'members.test',
  POD: 'shop-kafka-1',
  CLUSTER: '00112233-4455-6677-8899-aabbccddeeff',
  LEADERS: 'servers',
  CLUSTERED: 'true',
};
/** What the scripts derive from that id, as Kafka writes it. */
const directories = [100, 101, 102].map((id) =>
  createHash('md5').update(`${env.CLUSTER}/${id}`).digest('base64url').replace(/^-/, 'A'),
);
const apart = { ...env, LEADERS: 'controllers', CONTROLLER_SUFFIX: 'controllers.test' };

await decisions(server, 'decide.sh', 'uuid_of', env, [
  ['sixteen bytes', ['00112233-4455-6677-8899-aabbccddeeff'], '', 'ABEiM0RVZneImaq7zN3u_w'],
  ['no dash at the beginning', ['f8112233-4455-6677-8899-aabbccddeeff'], '', 'ABEiM0RVZneImaq7zN3u_w'],
]);

await decisions(server, 'lib.sh', 'login', env, [
  [
    'a password of anybody’s own',
    ['plain.PlainLoginModule', 'ballast', 'a"b\\c', 'yes'],
    '',
    String.raw`org.apache.kafka.common.security.plain.PlainLoginModule required username="ballast" password="a\\"b\\\\c" user_ballast="a\\"b\\\\c";`,
  ],
]);

await decisions(server, 'lib.sh', 'hosts_of', env, [
  ['two', [2, 9094], '', 'shop-kafka-0.members.test:9094,shop-kafka-1.members.test:9094'],
]);

// PART ORDINAL
await decisions(server, 'lib.sh', 'leads', env, [
  ['one of the first servers', ['server', 2], '', 'yes'],
  ['a later server', ['server', 3], '', 'no'],
]);
await decisions(server, 'lib.sh', 'leads', { ...env, CLUSTERED: 'false' }, [
  ['a single server', ['server', 0], '', 'yes'],
]);
await decisions(server, 'lib.sh', 'leads', apart, [
  ['a server beside controllers', ['server', 0], '', 'no'],
  ['a controller', ['controller', 0], '', 'yes'],
]);

await decisions(server, 'lib.sh', 'first_controllers', apart, [
  [
    'controllers have numbers that no server has',
    [],
    '',
    [100, 101, 102]
      .map((id, at) => `${id}@shop-kafka-controller-${at}.controllers.test:9093:${directories[at]}`)
      .join(','),
  ],
]);

await decisions(
  server,
  'lib.sh',
  'outside',
  { ...env, EXTERNAL_TYPE: 'NodePort', EXTERNAL_PORT: '31090', NODE_ADDRESS: '192.0.2.7' },
  [['the node’s own address', [2], '', '192.0.2.7:31092']],
);
await decisions(
  server,
  'lib.sh',
  'outside',
  {
    ...env,
    EXTERNAL_TYPE: 'LoadBalancer',
    EXTERNAL_PORT: '9094',
    EXTERNAL_HOST: 'kafka-{ordinal}.example.com',
  },
  [['a balancer’s name', [2], '', 'kafka-2.example.com:9094']],
);

// CONTENT FORMED CONTROLLER SERVING
await decisions(server, 'decide.sh', 'begin', env, [
  ['the very first start', ['empty', 'false', 'yes', 'no'], '', 'found'],
  ['the others were faster', ['empty', 'false', 'yes', 'yes'], '', 'join'],
  ['the first start of a server that is no controller', ['empty', 'false', 'no', 'no'], '', 'join'],
  ['a lost volume', ['empty', 'true', 'yes', 'yes'], '', 'join'],
  ['a lost volume, and nobody serves', ['empty', 'true', 'yes', 'no'], '', 'join'],
  ['a new server', ['empty', 'true', 'no', 'yes'], '', 'join'],
  ['a restart', ['own', 'true', 'yes', 'no'], '', 'go'],
  ['an empty volume, and ZooKeeper knows the rest', ['empty', 'true', 'zookeeper', 'no'], '', 'go'],
  ['the first start, interrupted', ['own', 'false', 'yes', 'no'], '', 'go'],
  [
    'another release’s volume',
    ['MkU3OEVBNTcwNTJENDM2Qk', 'true', 'yes', 'yes'],
    '',
    "refuse the volume belongs to Kafka cluster MkU3OEVBNTcwNTJENDM2Qk, not to ABEiM0RVZneImaq7zN3u_w: give this release its own volume, or put that id's data back",
  ],
  [
    'a volume that was restored in part',
    ['unnamed', 'false', 'yes', 'no'],
    '',
    'refuse the volume has partitions, and meta.properties is missing: restore it from a backup, or empty the volume',
  ],
]);

const described = [
  'Topic: orders\tTopicId: x\tPartitionCount: 2\tReplicationFactor: 3\tConfigs: cleanup.policy=compact,delete,min.insync.replicas=2',
  '\tTopic: orders\tPartition: 0\tLeader: 1\tReplicas: 1,2,0\tIsr: 2,1\tElr: \tLastKnownElr: ',
  '\tTopic: orders\tPartition: 1\tLeader: 2\tReplicas: 2,0,1,3\tIsr: 2,0,1\tElr: \tLastKnownElr: \tAdding Replicas: 3\tRemoving Replicas: 1',
  '',
].join('\n');

await decisions(server, 'decide.sh', 'placements', env, [
  ['partitions', [], described, 'orders 0 1,2,0 2,1 no\norders 1 2,0,1,3 2,0,1 yes'],
]);

// ME
await decisions(server, 'decide.sh', 'may_stop', env, [
  ['nothing is short of copies', [1], '', 'yes'],
  [
    'a copy is away, and the next would be this one',
    [1],
    'orders 0 1,2,0 2,1 no\n',
    'no 1 partitions wait for a copy, first orders-0',
  ],
  ['a copy is away, and this is it', [0], 'orders 0 1,2,0 2,1 no\n', 'yes'],
  ['not one of its partitions', [4], 'orders 0 1,2,0 2,1 no\n', 'yes'],
  ['a single copy, for which nobody can wait', [1], 'orders 0 1 1 no\n', 'yes'],
]);

const racks = '0=a 1=b 2=c 3=a 4=b';
const three = 'orders 0 0,1,2 0,1,2 no\norders 1 1,2,0 1,2,0 no\norders 2 2,0,1 2,0,1 no\n';
// BROKERS RACKS
await decisions(hook, 'partitions.sh', 'plan', env, [
  ['nothing to do', ['0 1 2', racks], three, ''],
  ['two servers more get their part, and racks stay apart', ['0 1 2 3 4', racks], three, 'orders 0 3,4,2'],
  [
    'two servers less: only what they have is moved',
    ['0 1 2', racks],
    'orders 0 3,1,2 3,1,2 no\norders 1 1,2,0 1,2,0 no\norders 2 2,3,4 2,3,4 no\n',
    'orders 0 0,1,2\norders 2 2,0,1',
  ],
  [
    'somebody’s own arrangement is left alone',
    ['0 1 2', racks],
    'a 0 0,1 0,1 no\nb 0 0,1 0,1 no\nc 0 0,2 0,2 no\n',
    '',
  ],
  [
    'more copies than servers that stay',
    ['0 1 2', racks],
    'orders 0 0,1,2,3 0,1,2,3 no\n',
    'error topic orders has 4 copies, and there would be 3 servers: reduce its copies first, or keep replicas at 4',
  ],
  ['too little to share', ['0 1 2 3', racks], 'orders 0 0 0 no\n', ''],
]);

await decisions(hook, 'partitions.sh', 'reassignment', env, [
  [
    'two partitions',
    [],
    'orders 0 4,3,2\norders 1 1,2,3\n',
    '{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[4,3,2]},{"topic":"orders","partition":1,"replicas":[1,2,3]}]}',
  ],
]);

await decisions(hook, 'partitions.sh', 'brokers_of', env, [
  [
    'one that is here, one that is away, and a heading',
    [],
    [
      'ID         HOST                      PORT       RACK       STATE      ENDPOINT_TYPE  ',
      '3          shop-kafka-3.members.test 9094       zone-a     fenced     broker         ',
      '0          shop-kafka-0.members.test 9094       zone-b     unfenced   broker         ',
      '',
    ].join('\n'),
    '0 zone-b unfenced\n3 zone-a fenced',
  ],
  [
    'a cluster that ZooKeeper leads',
    [],
    [
      'shop-kafka-1.members.test:9094 (id: 1 rack: zone-a isFenced: false) -> (',
      '\tProduce(0): 0 to 11 [usable: 11],',
      ')',
      'shop-kafka-0.members.test:9094 (id: 0 rack: zone-b isFenced: false) -> (',
      '',
    ].join('\n'),
    '0 zone-b unfenced\n1 zone-a unfenced',
  ],
]);

// REPLICAS
await decisions(hook, 'partitions.sh', 'left_on', env, [
  ['nothing', [3], three, '0'],
  ['one of two partitions, with two of its copies', [3], 'a 0 0,1,2 0,1,2 no\nb 0 3,4,2 3,4,2 no\n', '1'],
]);

await decisions(hook, 'partitions.sh', 'topic_changes', env, [
  [
    'a new topic',
    [],
    'topic new 6 -1\nconfig new retention.ms 1000\n',
    'create new 6 -1\nconfig new retention.ms 1000',
  ],
  ['nothing to do', [], `topic orders 2 3\nconfig orders cleanup.policy compact,delete\n${described}`, ''],
  [
    'more partitions, another setting',
    [],
    `topic orders 4 -1\nconfig orders min.insync.replicas 1\n${described}`,
    'grow orders 4\nconfig orders min.insync.replicas 1',
  ],
  [
    'fewer partitions',
    [],
    `topic orders 1 -1\n${described}`,
    'refuse topic orders has 2 partitions, which can only become more, not 1: write 2',
  ],
  [
    'other copies',
    [],
    `topic orders -1 2\n${described}`,
    'refuse topic orders has 3 copies, not 2: change that with kafka-reassign-partitions.sh, or write 3',
  ],
]);

test('with TLS, all but what never leaves the pod is encrypted', async () => {
  const values = { ...topologyNamed(chart, 'kraft').values, tls: { enabled: true, existingSecret: 'own' } };
  const output = await render(chart, { release: 'shop', values });
  const settings = (output.one('ConfigMap', 'shop-kafka').data?.['server.properties'] ?? '').split('\n');
  expect(settings.filter((line) => /^(ssl\.|listener\.security)/.test(line))).toEqual([
    'listener.security.protocol.map=CLIENT:SASL_SSL,INTERNAL:SASL_SSL,CONTROLLER:SASL_SSL,LOCAL:SASL_PLAINTEXT',
    'ssl.keystore.type=PEM',
    'ssl.keystore.location=/run/ballast/keystore.pem',
    'ssl.truststore.type=PEM',
    'ssl.truststore.location=/etc/ballast/tls/ca.crt',
  ]);
});

test('servers tell clients outside the name that the values give them', async () => {
  const external = { enabled: true, type: 'LoadBalancer', host: 'kafka-{ordinal}.example.com' };
  const output = await render(chart, { values: { ...topologyNamed(chart, 'kraft').values, external } });
  const [container] = output.one('StatefulSet', 'kafka').spec.template.spec.containers;
  const env = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
  expect(env).toMatchObject({ EXTERNAL_TYPE: 'LoadBalancer', EXTERNAL_HOST: 'kafka-{ordinal}.example.com' });
});

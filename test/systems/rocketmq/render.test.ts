import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { render } from '../../harness/charts/render.ts';

const chart = chartNamed('rocketmq');
const rendered = (name: string) =>
  render(chart, { release: 'shop', values: topologyNamed(chart, name).values });
const [masterSlave, controller, standalone] = await Promise.all([
  rendered('master-slave'),
  rendered('controller'),
  rendered('standalone'),
]);

const limits = (memory: string) => ({ resources: { requests: { memory: '32Mi' }, limits: { memory } } });
refusals(chart, [
  [
    'a group of one',
    { architecture: 'controller', replicasPerGroup: 1 },
    'rocketmq: replicasPerGroup is 1, and a group that survives the loss of a broker has 2 at least: write 2, or architecture standalone',
  ],
  [
    'a single name server',
    { architecture: 'masterSlave', nameServers: { count: 1 } },
    'rocketmq: nameServers.count is 1, and clients would find no broker while it is away: write 2',
  ],
  [
    'a broker that is too small',
    limits('256Mi'),
    'rocketmq: resources.limits.memory is 256Mi, and a broker needs at least 384Mi: write 512Mi',
  ],
  [
    'a heap that leaves nothing',
    { jvm: { heap: '600Mi' } },
    'rocketmq: jvm.heap (600Mi) leaves less than 128Mi of resources.limits.memory (768Mi) beside the direct buffers: leave jvm.heap empty to derive it from the limit',
  ],
  [
    'a name server that is too small',
    { nameServers: limits('128Mi') },
    'rocketmq: nameServers.resources.limits.memory is 128Mi, and a name server needs at least 192Mi: write 320Mi',
  ],
  [
    'files that are too large',
    { commitLogFileSize: '2Gi' },
    'rocketmq: commitLogFileSize is 2Gi, and files have 8Mi to 1Gi in whole pages: write 64Mi',
  ],
  [
    'a single master',
    { architecture: 'masterSlave', groups: 1 },
    'rocketmq: groups is 1, and nothing could be sent while its only master is away: write 2',
  ],
  [
    'all copies in sync',
    { architecture: 'controller' },
    'rocketmq: minInSyncReplicas is 2 of 2 brokers, so that a group would take nothing while any of them is away: write 1, or replicasPerGroup 3',
  ],
  [
    "masterSlave's replication for another architecture",
    { architecture: 'controller', replicasPerGroup: 3, replication: 'async' },
    'rocketmq: replication is of architecture masterSlave, not of controller: leave it sync, and write minInSyncReplicas 1 for messages that are acknowledged by their master alone',
  ],
  [
    "the controller's copies for another architecture",
    { architecture: 'masterSlave', minInSyncReplicas: 1 },
    'rocketmq: minInSyncReplicas is of architecture controller, not of masterSlave: leave it 2, and write replication',
  ],
  [
    'a Secret that nobody reads',
    { auth: { required: false, existingSecret: 'mq' } },
    'rocketmq: auth.existingSecret has no effect, because auth.required is false and nobody logs in: set auth.required to true, or leave auth.existingSecret empty',
  ],
  [
    'a host of no Ingress',
    { dashboard: { enabled: true, ingress: { hosts: ['mq.example.org'] } } },
    'rocketmq: dashboard.ingress.hosts has no effect, because dashboard.ingress.enabled is false: set dashboard.ingress.enabled to true, or remove dashboard.ingress.hosts',
  ],
  [
    'a setting that has a value',
    { config: { flushDiskType: 'ASYNC_FLUSH' } },
    'rocketmq: config.flushDiskType has a value of its own: write flush instead',
  ],
  [
    'a setting of the chart',
    { config: { inSyncReplicas: 1 } },
    'rocketmq: config.inSyncReplicas is managed by the chart: remove it',
  ],
  [
    'proxies whose clients would get nothing',
    { proxy: { enabled: true } },
    'rocketmq: proxy.enabled with RocketMQ 5.3.3, whose brokers give the clients of a proxy nothing where they check who may do what: set image.tag to 5.4.0, or auth.required to false',
  ],
  [
    'an Ingress to nothing',
    { dashboard: { ingress: { enabled: true, hosts: ['mq.example.org'] } } },
    'rocketmq: dashboard.ingress.enabled without a dashboard leads nowhere: set dashboard.enabled, too',
  ],
  [
    'an Ingress for every host',
    { dashboard: { enabled: true, ingress: { enabled: true } } },
    "rocketmq: dashboard.ingress.hosts is empty, and the Ingress would take every host: write the dashboard's host name",
  ],
  [
    'a topic twice',
    { topics: [{ name: 'orders' }, { name: 'orders' }] },
    'rocketmq: topics has orders twice: merge the two entries',
  ],
]);

describe('what is rendered', () => {
  const configuration = (from: typeof masterSlave) =>
    from.one('ConfigMap', 'shop-rocketmq').data?.['broker.conf'] ?? '';

  test('a master acknowledges what its slave has, too', () => {
    expect(configuration(masterSlave)).toContain('inSyncReplicas=2\ntotalReplicas=2\n');
    expect(configuration(masterSlave)).toContain('flushDiskType=SYNC_FLUSH\n');
  });

  test('a master that can be replaced acknowledges what all in the set have, two at least', () => {
    expect(configuration(controller)).toContain('allAckInSyncStateSet=true\nminInSyncReplicas=2\n');
    expect(controller.one('StatefulSet', 'shop-rocketmq-namesrv').spec.replicas).toBe(3);
  });

  test('a single broker needs no second', () => {
    expect(configuration(standalone)).not.toContain('inSyncReplicas');
    expect(standalone.objects.map(({ metadata }) => metadata.name)).not.toContain('shop-rocketmq-drain');
  });
});

const broker = masterSlave.one('ConfigMap', 'shop-rocketmq');
const hook = masterSlave.one('ConfigMap', 'shop-rocketmq-provision');
const env = {
  BASE: 'shop-rocketmq',
  SUFFIX: 'members.test',
  NAME_SUFFIX: 'peers.test',
  NAME_SERVERS: '2',
  ARCHITECTURE: 'masterSlave',
  FILE_SIZE: '67108864',
};

await decisions(broker, 'lib.sh', 'host_of', env, [
  ['a slave', [1, 1], '', 'shop-rocketmq-broker-1-1.members.test'],
]);

await decisions(broker, 'lib.sh', 'name_servers', env, [
  ['two', [9876], '', 'shop-rocketmq-namesrv-0.peers.test:9876;shop-rocketmq-namesrv-1.peers.test:9876'],
]);

await decisions(broker, 'decide.sh', 'brokers_of', env, [
  [
    'two groups, one without its master',
    [],
    '{"brokerAddrTable":{"broker-0":{"brokerAddrs":{0:"a.test:10911",1:"b.test:10911"},"brokerName":"broker-0","cluster":"c","enableActingMaster":false},"broker-11":{"brokerAddrs":{1:"d.test:10911"},"brokerName":"broker-11","cluster":"c"}},"clusterAddrTable":{"c":["broker-0","broker-11"]}}\n',
    '0 0 a.test\n0 1 b.test\n11 1 d.test',
  ],
]);

const hmacOf = (key: string, text: string) => createHmac('sha1', key).update(text).digest('base64');

// GROUP HOST
const three = '0 0 a.test\n0 3 b.test\n0 2 c.test\n1 0 d.test\n1 4 e.test\n';
await decisions(broker, 'decide.sh', 'successor', env, [
  ['of a master', [0, 'a.test'], three, '2'],
  ['of a slave: nobody has to take over', [0, 'b.test'], three, ''],
  ['of a master alone', [0, 'a.test'], '0 0 a.test\n1 0 d.test\n1 4 e.test\n', ''],
  ['of one that no name server knows', [2, 'a.test'], three, ''],
]);

await decisions(broker, 'rpc.sh', 'hmac', env, [
  ['RFC 2202, case 2', ['Jefe', 'what do ya want for nothing?'], '', '7/zfauXrL6LSdBbV8YTfnCWafHk='],
  ['a key longer than a block', ['k'.repeat(80), 'text'], '', hmacOf('k'.repeat(80), 'text')],
]);

// CONTENT FORMED
await decisions(broker, 'decide.sh', 'begin', env, [
  ['the very first start', ['empty', 'false'], '', 'found'],
  ['a restart', ['own', 'true'], '', 'go'],
  ['the first start, interrupted', ['own', 'false'], '', 'go'],
  ['a lost volume', ['empty', 'true'], '', 'restore'],
  ['a lost volume, interrupted', ['half', 'true'], '', 'restore'],
  [
    'messages without their mark',
    ['unnamed', 'true'],
    '',
    'refuse the volume has messages, and lacks the mark that its broker left there: restore it from a backup, or empty the volume',
  ],
  [
    'other sizes of files',
    ['1048576', 'true'],
    '',
    'refuse the files of the volume have 1048576 bytes, not 67108864: set commitLogFileSize back',
  ],
]);

await decisions(broker, 'decide.sh', 'begin', { ...env, ARCHITECTURE: 'controller' }, [
  ['a lost volume, where controllers are', ['empty', 'true'], '', 'join'],
]);

await decisions(broker, 'decide.sh', 'formed_group', env, [
  ['a group that was there', [1, 2], '', 'true'],
  ['a new group', [2, 2], '', 'false'],
  ['the installation', [0, ''], '', 'false'],
]);

const copies = (...lacking: number[]) =>
  JSON.stringify({
    haConnectionInfo: lacking.map((diff) => ({ addr: '10.0.0.1:1', diff, inSync: true })),
    inSyncSlaveNums: lacking.length,
  });
await decisions(broker, 'decide.sh', 'behind', env, [
  ['copies that have all', [], copies(0, 0), '0\n0'],
  ['one that lacks something', [], copies(0, 538), '0\n538'],
  ['no copies', [], copies(), ''],
]);

// PROCESSORS
await decisions(broker, 'run.sh', 'direct_bytes', env, [
  ['buffers of 4 MiB', [2], 'flushDiskType=SYNC_FLUSH\n', String(144 * (4 * 2 ** 20 + 65536))],
  [
    'longer messages, the last word counts',
    [64],
    'maxMessageSize=1\nmaxMessageSize=16777216\n',
    String(640 * (16 * 2 ** 20 + 65536)),
  ],
]);

const connections = (...rows: string[]) =>
  [
    '  sl  local_address rem_address   st tx_queue rx_queue',
    ...rows.map((row) => `   0: ${row} 00000000:00000000`),
    '',
  ].join('\n');
const mine = '0000000000000000FFFF00000300F40A';
await decisions(broker, 'decide.sh', 'copies_from', env, [
  [
    'nobody: listening, and asked for copies',
    [],
    connections(`${mine}:2AA0 00000000000000000000000000000000:0000 0A`, `${mine}:2AA0 ${mine}:9C40 01`),
    '',
  ],
  ['IPv4 in IPv6', [], connections(`${mine}:9C40 0000000000000000FFFF00000401F40A:2AA0 01`), '10.244.1.4'],
  ['IPv4', [], connections('0300F40A:9C40 0401F40A:2AA0 01'), '10.244.1.4'],
  [
    'IPv6',
    [],
    connections(`${mine}:9C40 B80D0120000000000000000001000000:2AA0 01`),
    '2001:0DB8:0000:0000:0000:0000:0000:0001',
  ],
  [
    'a connection that is being made or closed',
    [],
    connections('0300F40A:9C40 0401F40A:2AA0 02', '0300F40A:9C41 0401F40A:2AA0 08'),
    '',
  ],
  ['another port', [], connections('0300F40A:9C40 0401F40A:2A9F 01'), ''],
]);

// MASTER COPIES
await decisions(broker, 'decide.sh', 'strayed', env, [
  ['from the master', ['10.0.0.1', ' 10.0.0.1'], '', '', 1],
  ['from another', ['10.0.0.1', ' 10.0.0.11'], '', '', 0],
  ['from two, one of them the master', ['10.0.0.1', ' 10.0.0.2 10.0.0.1'], '', '', 1],
  ['a master with two addresses', ['10.0.0.1 fd00::1', ' fd00::1'], '', '', 1],
  ['no copies', ['10.0.0.1', ''], '', '', 1],
  ['a master that has no address', ['', ' 10.0.0.2'], '', '', 1],
]);

await decisions(broker, 'restore.sh', 'int64', env, [
  ['an offset', [40169348], '', String.raw`\x00\x00\x00\x00\x02\x64\xef\x84`],
]);

const topics =
  '{"topicConfigTable":{"orders":{"attributes":{},"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG","topicName":"orders","topicSysFlag":0,"writeQueueNums":2},"TBW102":{"attributes":{},"order":false,"perm":7,"readQueueNums":8,"topicFilterType":"SINGLE_TAG","topicName":"TBW102","topicSysFlag":0,"writeQueueNums":8},"shop-rocketmq":{"attributes":{},"order":false,"perm":7,"readQueueNums":1,"topicFilterType":"SINGLE_TAG","topicName":"shop-rocketmq","topicSysFlag":0,"writeQueueNums":1}}}\n';

await decisions(hook, 'provision.sh', 'topics_of', env, [
  ['without those of brokers', [], topics, 'orders 4 2 6'],
]);

await decisions(hook, 'decide.sh', 'topic_changes', env, [
  ['a new topic', [], 'new 8\n--\n', 'make new 8 8 6'],
  ['nothing to do', [], 'orders 4\n--\norders 4 4 6\n', ''],
  ['more queues', [], 'orders 8\n--\norders 4 4 4\n', 'make orders 8 8 4'],
  [
    'fewer queues',
    [],
    'orders 2\n--\norders 4 4 6\n',
    'refuse topic orders has 4 queues, and what is in those that go would be lost, so not 2: write 4',
  ],
]);

await decisions(hook, 'provision.sh', 'offsets_of', env, [
  [
    'two groups',
    [],
    '{"offsetTable":{"orders@billing":{0:43,1:44},"%RETRY%billing@billing":{0:1}}}\n',
    'consumed orders billing 0 43\nconsumed orders billing 1 44\nconsumed %RETRY%billing billing 0 1',
  ],
]);

await decisions(hook, 'provision.sh', 'queues_of', env, [
  [
    'two queues',
    ['orders'],
    '{"offsetTable":{{"brokerName":"broker-0","queueId":1,"topic":"orders"}:{"lastUpdateTimestamp":5,"maxOffset":44,"minOffset":2},{"brokerName":"broker-0","queueId":0,"topic":"orders"}:{"lastUpdateTimestamp":5,"maxOffset":43,"minOffset":0}},"topicPutTps":0.0}\n',
    'queue orders 1 2 44\nqueue orders 0 0 43',
  ],
]);

await decisions(hook, 'decide.sh', 'unconsumed', env, [
  ['all was consumed', [], 'consumed orders billing 0 43\nqueue orders 0 0 43\n', ''],
  ['nothing was ever sent', [], 'queue orders 0 0 0\n', ''],
  ['nobody ever consumed', [], 'queue orders 0 2 43\n', '41 orders -'],
  [
    'one of two groups is behind',
    [],
    'consumed orders billing 0 43\nconsumed orders audit 0 40\nqueue orders 0 0 43\n',
    '3 orders audit',
  ],
  [
    'a queue that a group never looked at',
    [],
    'consumed orders billing 0 43\nqueue orders 0 0 43\nqueue orders 1 0 7\n',
    '7 orders billing',
  ],
  ['what expired counts for nothing', [], 'consumed orders billing 0 3\nqueue orders 0 43 43\n', ''],
]);

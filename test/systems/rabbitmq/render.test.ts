import { describe, expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { render } from '../../harness/charts/render.ts';

const chart = chartNamed('rabbitmq');
const rendered = (name: string) =>
  render(chart, { release: 'shop', values: topologyNamed(chart, name).values });
const [cluster, standalone] = await Promise.all([rendered('cluster'), rendered('standalone')]);

refusals(chart, [
  [
    'a certificate of no Ingress',
    { management: { ingress: { tlsSecret: 'rabbitmq-tls' } } },
    'rabbitmq: management.ingress.tlsSecret has no effect, because management.ingress.enabled is false: set management.ingress.enabled to true, or remove management.ingress.tlsSecret',
  ],
  [
    'an Ingress for every host',
    { management: { ingress: { enabled: true } } },
    'rabbitmq: management.ingress.hosts is empty, and the Ingress would take every host: write the host name of the management pages',
  ],
  [
    'TLS without a certificate',
    { tls: { enabled: true } },
    'rabbitmq: tls.enabled needs a certificate: put ca.crt, tls.crt and tls.key for rabbitmq.default.svc.cluster.local into a Secret, and its name into tls.existingSecret',
  ],
  [
    "a setting of TLS's",
    { config: { 'ssl_options.verify': 'verify_peer' } },
    'rabbitmq: config.ssl_options.verify is managed by the chart: remove it',
  ],
  [
    'a node that is too small',
    { resources: { requests: { memory: '32Mi' }, limits: { memory: '128Mi' } } },
    'rabbitmq: resources.limits.memory is 128Mi, and a node needs at least 256Mi: write 512Mi',
  ],
  [
    'a cluster of one',
    { architecture: 'cluster', replicas: 1 },
    'rabbitmq: replicas is 1, and a cluster that survives the loss of a node has 3 at least: write 3, or architecture standalone',
  ],
  [
    'too many nodes',
    { architecture: 'cluster', replicas: 9 },
    'rabbitmq: replicas is 9, and each message is copied to all of them: write 3, 5 or 7',
  ],
  [
    'an even number of nodes',
    { architecture: 'cluster', replicas: 4 },
    'rabbitmq: replicas is 4, and an even number tolerates no more failures than one less: write 3 or 5',
  ],
  [
    'a setting that has a value',
    { config: { net_ticktime: 60 } },
    'rabbitmq: config.net_ticktime has a value of its own: write netTickSeconds instead',
  ],
  [
    'a setting of the chart',
    { config: { cluster_partition_handling: 'autoheal' } },
    'rabbitmq: config.cluster_partition_handling is managed by the chart: remove it',
  ],
  [
    'definitions that the chart makes',
    { definitions: { permissions: [] } },
    'rabbitmq: definitions.permissions would replace what the chart makes: write users instead',
  ],
  [
    'a virtual host twice',
    { vhosts: [{ name: '/' }] },
    'rabbitmq: vhosts has / twice: merge the two entries (/ is always there)',
  ],
  [
    'a user twice',
    { users: [{ name: 'orders' }, { name: 'orders' }] },
    'rabbitmq: users has orders twice: merge the two entries',
  ],
  [
    'a user of the chart',
    { users: [{ name: 'admin' }] },
    'rabbitmq: users has admin, which the chart manages itself: use another name',
  ],
  [
    'permissions in no virtual host',
    { users: [{ name: 'orders', permissions: [{ vhost: 'shop' }] }] },
    'rabbitmq: users.orders has permissions in shop, which is no virtual host: add it to vhosts',
  ],
  [
    'a queue in no virtual host',
    { queues: [{ name: 'orders', vhost: 'shop' }] },
    'rabbitmq: queues has orders in shop, which is no virtual host: add it to vhosts',
  ],
  [
    'a policy in no virtual host',
    { policies: [{ name: 'limit', vhost: 'shop', pattern: '', definition: { 'max-length': 1 } }] },
    'rabbitmq: policies has limit in shop, which is no virtual host: add it to vhosts',
  ],
  [
    'a queue twice',
    { queues: [{ name: 'orders' }, { name: 'orders', vhost: '/' }] },
    'rabbitmq: queues has orders in / twice: keep one entry',
  ],
]);

test('with TLS, nothing serves clients without', async () => {
  const values = { ...topologyNamed(chart, 'cluster').values, tls: { enabled: true, existingSecret: 'own' } };
  const output = await render(chart, { release: 'shop', values });
  const conf = output.one('ConfigMap', 'shop-rabbitmq').data?.['rabbitmq.conf'] ?? '';
  expect(conf.split('\n').filter((line) => /^(listeners|ssl_options)\./.test(line))).toEqual([
    'listeners.tcp = none',
    'listeners.ssl.default = 5671',
    'ssl_options.cacertfile = /etc/ballast/tls/ca.crt',
    'ssl_options.certfile = /etc/ballast/tls/tls.crt',
    'ssl_options.keyfile = /etc/ballast/tls/tls.key',
  ]);
  const ports = output.one('Service', 'shop-rabbitmq').spec.ports?.map(({ name, port }) => [name, port]);
  expect(ports).toEqual([
    ['client', 5671],
    ['management', 15672],
  ]);
  const { containers, volumes = [] } = output.one('StatefulSet', 'shop-rabbitmq').spec.template.spec;
  expect(containers[0]?.ports?.find(({ name }) => name === 'client')?.containerPort).toBe(5671);
  expect(containers[0]?.env?.find(({ name }) => name === 'CLIENT_PORT')?.value).toBe('5671');
  expect(volumes.find(({ name }) => name === 'tls')?.secret?.secretName).toBe('own');
});

describe('what is rendered', () => {
  const conf = (from: typeof cluster) => from.one('ConfigMap', 'shop-rabbitmq').data?.['rabbitmq.conf'] ?? '';

  test('limits follow from memory and volume', () => {
    expect(conf(cluster)).toContain('vm_memory_high_watermark.absolute = 322122547\n');
    expect(conf(cluster)).toContain('disk_free_limit.absolute = 858993459\n');
    expect(conf(cluster)).toContain('raft.wal_max_size_bytes = 33554432\n');
  });

  test('queues are quorum queues, and nothing else of a cluster is in a single node', () => {
    expect(conf(cluster)).toContain('default_queue_type = quorum\n');
    expect(standalone.objects.map(({ metadata }) => metadata.name)).not.toContain('shop-rabbitmq-drain');
  });

  test('the number of nodes restarts nobody', async () => {
    const values = { ...topologyNamed(chart, 'cluster').values, replicas: 5 };
    const five = await render(chart, { release: 'shop', values });
    const checksum = (from: typeof cluster) =>
      from.one('StatefulSet', 'shop-rabbitmq').spec.template.metadata?.annotations?.['ballast.dev/config'];
    expect(checksum(five)).toBe(checksum(cluster));
  });

  test('rights that are written empty are none, and those that are not written all', async () => {
    const users = [
      { name: 'reader', permissions: [{ vhost: '/', configure: '', write: '', read: '.*' }] },
      { name: 'nobody', permissions: [] },
      { name: 'writer', permissions: [{ write: '^orders' }] },
      { name: 'owner' },
    ];
    const output = await render(chart, { values: { users } });
    const text = output.one('ConfigMap', 'rabbitmq-provision').data?.['definitions.json'] ?? '';
    const { permissions } = JSON.parse(text) as { permissions: { user: string }[] };
    const vhost = '/';
    expect(permissions.filter(({ user }) => user !== 'admin')).toEqual([
      { user: '@USERNAME:reader@', vhost, configure: '', write: '', read: '.*' },
      { user: '@USERNAME:writer@', vhost, configure: '.*', write: '^orders', read: '.*' },
      { user: '@USERNAME:owner@', vhost, configure: '.*', write: '.*', read: '.*' },
    ]);
  });

  test('arguments and definitions that are empty, 0 or false stay so', async () => {
    const nothing = { 'x-text': '', 'x-number': 0, 'x-flag': false, 'x-list': [] };
    const values = {
      queues: [{ name: 'orders', type: 'quorum', arguments: nothing }],
      policies: [{ name: 'limit', pattern: '', definition: nothing }],
    };
    const output = await render(chart, { values });
    const text = output.one('ConfigMap', 'rabbitmq-provision').data?.['definitions.json'] ?? '';
    expect(JSON.parse(text)).toMatchObject({
      queues: [{ arguments: { 'x-queue-type': 'quorum', ...nothing } }],
      policies: [{ pattern: '', definition: nothing }],
    });
  });

  test('definitions name passwords, and have none', () => {
    const { data = {} } = cluster.one('ConfigMap', 'shop-rabbitmq-provision');
    const all = { configure: '.*', write: '.*', read: '.*' };
    expect(JSON.parse(data['definitions.json'] ?? '')).toEqual({
      vhosts: [{ name: '/' }, { name: 'shop', default_queue_type: 'quorum' }],
      users: [
        { name: 'admin', password: '@PASSWORD:admin@', tags: ['administrator'] },
        { name: '@USERNAME:orders@', password: '@PASSWORD:orders@', tags: [] },
      ],
      permissions: [
        { user: 'admin', vhost: '/', ...all },
        { user: 'admin', vhost: 'shop', ...all },
        { user: '@USERNAME:orders@', vhost: 'shop', configure: '^orders', write: '.*', read: '^orders' },
      ],
      policies: [
        {
          vhost: 'shop',
          name: 'limit',
          pattern: '^orders',
          'apply-to': 'queues',
          priority: 0,
          definition: { 'max-length': 100000, overflow: 'reject-publish' },
        },
      ],
      queues: [
        { vhost: 'shop', name: 'orders', durable: true, auto_delete: false, arguments: {} },
        {
          vhost: '/',
          name: 'audit',
          durable: true,
          auto_delete: false,
          arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 5 },
        },
      ],
      exchanges: [
        {
          name: 'orders',
          vhost: 'shop',
          type: 'topic',
          durable: true,
          auto_delete: false,
          internal: false,
          arguments: {},
        },
      ],
    });
  });
});

const server = cluster.one('ConfigMap', 'shop-rabbitmq');
const hook = cluster.one('ConfigMap', 'shop-rabbitmq-provision');
const env = { BASE: 'shop-rabbitmq', SUFFIX: 'members.test', POD: 'shop-rabbitmq-1' };
const node = (ordinal: number) => `rabbit@shop-rabbitmq-${ordinal}.members.test`;
const nodes = (...ordinals: number[]) => ordinals.map(node).join(' ');

await decisions(server, 'decide.sh', 'nodes_in', env, [
  ['two nodes, over two lines', [], `['${node(0)}',\n '${node(1)}']\n`, nodes(0, 1)],
  ['one that is not part of a cluster yet', [], 'false\n', ''],
]);

// NODE REPLICAS RUNNING
await decisions(server, 'decide.sh', 'membership', env, [
  ['one of them knows me', [node(1), 3, 'yes'], `${nodes(0, 2)}\n${nodes(0, 1, 2)}\n`, 'member'],
  ['a majority does not know me', [node(1), 3, 'yes'], `${nodes(0, 2)}\n${nodes(0, 2)}\n`, 'stranger'],
  ['one does not know me', [node(1), 3, 'yes'], `${node(0)}\n`, 'unsure'],
  ['a name that begins as mine does', [node(1), 3, 'yes'], `${node(1)}0\n`, 'unsure'],
  ['nobody says anything', [node(1), 3, 'yes'], '', 'silent'],
  ['nobody is there', [node(1), 3, 'no'], '', 'nobody'],
]);

const alone = 'wait my volume is empty: waiting for a node that serves';
const lost =
  'wait my volume is empty, and a cluster existed: waiting for a majority of its members, which lets me in';
// CONTENT MARK FORMED ORDINAL MEMBERSHIP
await decisions(server, 'decide.sh', 'begin', env, [
  ['the very first start', ['empty', 'none', 'false', 0, 'nobody'], '', 'found'],
  [
    'the same, interrupted before anything was written',
    ['empty', 'founding', 'false', 0, 'nobody'],
    '',
    'found',
  ],
  ['the same, interrupted later', ['data', 'founding', 'false', 0, 'nobody'], '', 'go'],
  ['somebody runs and does not serve', ['empty', 'none', 'false', 0, 'silent'], '', alone],
  ['the first waits for nobody else', ['empty', 'none', 'false', 1, 'nobody'], '', alone],
  ['the first is there', ['empty', 'none', 'false', 1, 'unsure'], '', 'join'],
  ['the first, and the others are there', ['empty', 'none', 'false', 0, 'unsure'], '', 'join'],
  ['a new node', ['empty', 'none', 'true', 3, 'stranger'], '', 'join'],
  ['a lost volume', ['empty', 'none', 'true', 0, 'member'], '', 'forget'],
  ['a lost volume, forgotten', ['empty', 'none', 'true', 0, 'stranger'], '', 'join'],
  ['a lost volume, and nobody serves', ['empty', 'none', 'true', 0, 'nobody'], '', lost],
  ['a lost volume, and nobody has a majority', ['empty', 'none', 'true', 0, 'silent'], '', lost],
  ['a restart', ['data', 'none', 'true', 1, 'member'], '', 'go'],
  ['a restart of all', ['data', 'none', 'true', 0, 'nobody'], '', 'go'],
  ['one of several does not know me yet', ['data', 'none', 'true', 1, 'unsure'], '', 'go'],
  ['a node that was removed comes back', ['data', 'none', 'true', 3, 'stranger'], '', 'renew'],
  ['interrupted when it had joined', ['data', 'joining', 'true', 1, 'member'], '', 'go'],
  ['interrupted before it had joined', ['data', 'joining', 'true', 1, 'unsure'], '', 'renew'],
  ['interrupted, and nobody can say when', ['data', 'joining', 'true', 1, 'nobody'], '', 'go'],
]);

await decisions(hook, 'queues.sh', 'states_in', env, [
  [
    'two nodes',
    [],
    `[{'${node(0)}',\n  true},\n {'${node(3)}',false}]\n`,
    `${node(0)} true\n${node(3)} false`,
  ],
  ['nothing', [], 'false\n', ''],
]);

const states = `${node(0)} true\n${node(2)} true\n${node(3)} false\n${node(10)} true\n`;
// REPLICAS
await decisions(hook, 'queues.sh', 'gone', env, [
  ['two', [3], states, `${node(3)} false\n${node(10)} true`],
  ['none', [11], states, ''],
  ['somebody else’s', [3], 'rabbit@other-5.members.test false\n', ''],
]);
await decisions(hook, 'queues.sh', 'missing', env, [
  ['the second', [3], states, '1'],
  ['one that does not run', [4], `${states}${node(1)} true\n`, '3'],
  ['none', [3], `${states}${node(1)} true\n`, ''],
]);

const quorum = `orders in /\trabbit_quorum_queue\ttrue\tfalse\t${nodes(0, 3, 2)}\n`;
// NODES
await decisions(hook, 'queues.sh', 'left_on', env, [
  ['a member of a quorum queue', [nodes(3, 4)], quorum, 'rabbit_quorum_queue orders in /'],
  ['none', [node(4)], quorum, ''],
  ['a name with a blank', [node(3)], `a b in /\tx\ttrue\tfalse\t${node(3)}\n`, 'x a b in /'],
  ['one that ends with its client', [node(3)], `reply in /\tx\tfalse\ttrue\t${node(3)}\n`, ''],
  ['a node’s name that begins alike', [node(1)], `a in /\tx\ttrue\tfalse\t${node(1)}0\n`, ''],
]);

import { describe, expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { type Rendering, render } from '../../harness/charts/render.ts';
import { runShellFunction } from '../../harness/charts/shell.ts';

const chart = chartNamed('redis');
const rendered = (name: string) =>
  render(chart, { release: 'shop', values: topologyNamed(chart, name).values });
const [sentinel, standalone, cluster] = await Promise.all([
  rendered('sentinel'),
  rendered('standalone'),
  rendered('cluster'),
]);

const limits = (memory: string) => ({ resources: { requests: { memory: '32Mi' }, limits: { memory } } });
refusals(chart, [
  [
    'a group of one',
    { architecture: 'sentinel', replicas: 1 },
    'redis: replicas is 1, and a group that survives the loss of a server has 3 at least: write 3, or architecture standalone',
  ],
  [
    'a server that is too small',
    limits('48Mi'),
    'redis: resources.limits.memory is 48Mi, and a server needs at least 64Mi: write 128Mi',
  ],
  [
    'a maxmemory that is no limit',
    { maxmemory: '0' },
    "redis: maxmemory (0) is no limit to Redis, so that the pod's own would end it: leave maxmemory empty to derive it from resources.limits.memory",
  ],
  [
    'a maxmemory above the limit',
    { maxmemory: '1Gi', resources: { limits: { memory: '300Mi' } } },
    'redis: maxmemory (1Gi) is above resources.limits.memory (300Mi): leave maxmemory empty to derive it from the limit',
  ],
  [
    'an even number of Sentinels',
    { architecture: 'sentinel', sentinel: { replicas: 4 } },
    'redis: sentinel.replicas is 4, and an even number tolerates no more failures than one less: write 3 or 5',
  ],
  [
    'more replicas asked for than there are',
    { architecture: 'sentinel', minReplicasToWrite: 3 },
    'redis: minReplicasToWrite is 3, and a primary has 2 replicas: write at most 2',
  ],
  [
    'maxmemory as a raw setting',
    { config: { maxmemory: '1gb' } },
    'redis: config.maxmemory is set by maxmemory: write maxmemory instead',
  ],
  [
    'its policy as a raw setting',
    { config: { 'maxmemory-policy': 'allkeys-lru' } },
    'redis: config.maxmemory-policy is set by maxmemoryPolicy: write maxmemoryPolicy instead',
  ],
  [
    'a setting of the chart',
    { config: { requirepass: 'x' } },
    'redis: config.requirepass is managed by the chart: remove it',
  ],
  [
    'a user twice',
    {
      users: [
        { name: 'app', rules: '+@all' },
        { name: 'app', rules: '+@read' },
      ],
    },
    'redis: users has app twice: merge the two entries',
  ],
  [
    'a user of the chart',
    { users: [{ name: 'default', rules: '+@all' }] },
    'redis: users has default, which the chart manages itself: use another name',
  ],
  [
    'an init command twice',
    {
      initCommands: [
        { id: 'a', command: ['SET', 'a', 1] },
        { id: 'a', command: ['SET', 'b', 1] },
      ],
    },
    'redis: initCommands has the id a twice: every command needs its own',
  ],
]);

describe('maxmemory follows from the memory limit and the use', () => {
  const cases: [string, string, string][] = [
    ['store', '256Mi', '150994944'],
    ['cache', '256Mi', '188743680'],
    ['store', '4Gi', '2566914048'],
  ];
  test.each(cases)('%s with %s: %s', async (use, memory, bytes) => {
    const output = await render(chart, { release: 'shop', values: { use, ...limits(memory) } });
    expect(output.one('ConfigMap', 'shop-redis').data?.['redis.conf']).toContain(`\nmaxmemory ${bytes}\n`);
  });
});

test('both architectures have the Services that applications use', () => {
  const names = (rendering: Rendering) => rendering.all('Service').map(({ metadata }) => metadata.name);
  for (const name of ['primary', 'replicas', 'members']) {
    expect(names(standalone)).toContain(`shop-redis-${name}`);
    expect(names(sentinel)).toContain(`shop-redis-${name}`);
  }
});

const env = { POD: 'shop-redis-0', BASE: 'shop-redis', SUFFIX: 'default.svc.cluster.local' };
const server = sentinel.one('ConfigMap', 'shop-redis');
const provision = sentinel.one('ConfigMap', 'shop-redis-provision');

await decisions(server, 'lib.sh', 'ordinal_of_host', env, [
  ['a member', ['shop-redis-2.default.svc.cluster.local'], '', '2'],
  ['a Sentinel', ['shop-redis-sentinel-1.default.svc.cluster.local'], '', '1'],
]);

await decisions(server, 'decide.sh', 'is_stuck', env, [
  ['a server that was silent for a moment', [29, ''], '', '', 1],
  ['a server that has been silent for a minute', [30, ''], '', ''],
  ['one that is being stopped, and may be writing its snapshot', [300, 'yes'], '', '', 1],
]);

await decisions(server, 'decide.sh', 'leader_of', env, [
  ['all agree', [3], '0 1 7 master\n1 1 7 master\n2 1 7 master\n', 'leads 1 7'],
  ['two of three agree', [3], '0 1 7 master\n1 0 6 s_down,master\n2 1 7 master\n', 'leads 1 7'],
  ['two agree, one is away', [3], '0 1 7 master\n1 unreachable\n2 1 6 master\n', 'leads 1 7'],
  ['two agree, one is blank', [3], '0 1 7 master\n1 blank\n2 1 7 master\n', 'leads 1 7'],
  ['one remembers', [3], '0 blank\n1 2 9 master\n2 blank\n', 'remembered 2 9'],
  ['one remembers, one is away', [3], '0 blank\n1 2 9 master\n2 unreachable\n', 'remembered 2 9'],
  ['all are blank', [3], '0 blank\n1 blank\n2 blank\n', 'blank'],
  ['a majority is blank, the third may know', [3], '0 blank\n1 unreachable\n2 blank\n', 'blank'],
  ['only one answers', [3], '0 1 7 master\n1 unreachable\n2 unreachable\n', 'unknown'],
  ['one is blank, the others are away', [3], '0 blank\n1 unreachable\n2 unreachable\n', 'unknown'],
  ['they disagree', [3], '0 1 7 master\n1 0 6 master\n2 blank\n', 'unknown'],
  [
    'two of five are no majority',
    [5],
    '0 1 7 master\n1 1 7 master\n2 0 6 master\n3 0 6 master\n4 unreachable\n',
    'unknown',
  ],
]);

// ME REPLICAS FORMED LAST CONTENT
await decisions(server, 'decide.sh', 'may_found', env, [
  ['the first group', [0, 3, 'false', '-', 'empty'], '1 slave empty 0 0\n2 slave empty 0 0\n', 'found'],
  [
    'the first group is not mine',
    [1, 3, 'false', '-', 'empty'],
    '0 slave empty 0 0\n2 slave empty 0 0\n',
    'wait a first group is led by the lowest ordinal of those with the most data: 0',
  ],
  [
    'the first group needs everybody',
    [0, 3, 'false', '-', 'empty'],
    '1 slave empty 0 0\n2 unreachable\n',
    'wait the first group needs all members, and these do not answer: 2',
  ],
  [
    'old volumes and no memory: data leads',
    [0, 3, 'false', '-', 'empty'],
    '1 slave data 0 0\n2 slave empty 0 0\n',
    'wait a first group is led by the lowest ordinal of those with the most data: 1',
  ],
  ['the last primary', [2, 3, 'true', 2, 'data'], '0 slave data 0 0\n1 slave data 0 0\n', 'found'],
  ['the last primary and one more', [2, 3, 'true', 2, 'data'], '0 slave data 0 0\n1 unreachable\n', 'found'],
  [
    'the last primary alone',
    [2, 3, 'true', 2, 'data'],
    '0 unreachable\n1 unreachable\n',
    "wait only 1 of 3 members answer, and a newer primary can't be ruled out while these do not: 0 1",
  ],
  [
    'the last primary without its volume',
    [2, 3, 'true', 2, 'empty'],
    '0 slave data 0 0\n1 slave data 0 0\n',
    'refuse I was the last primary and my volume is empty: restore it, or set data.primary in the ConfigMap to the pod that should lead instead',
  ],
  [
    'another was the last primary',
    [0, 3, 'true', 2, 'data'],
    '1 slave data 0 0\n2 unreachable\n',
    'wait member 2 was the last primary, and has every acknowledged write: it leads. If it is gone for good, set data.primary in the ConfigMap to the pod that should lead instead',
  ],
  [
    'somebody is a primary',
    [0, 3, 'true', 0, 'data'],
    '1 master data 0 100\n2 slave data 0 100\n',
    'wait member 1 is a primary, and will tell the Sentinels',
  ],
]);

// OFFSET IN_SYNC SECONDS_ALONE
await decisions(server, 'decide.sh', 'may_be_promoted', env, [
  ['I have the most', [100, 'yes', 0], '2 90\n', 'yes'],
  ['another has as much', [100, 'yes', 0], '2 100\n', 'yes'],
  ['another has more', [100, 'yes', 0], '2 101\n', 'no member 2 has more'],
  ['another was never in sync', [100, 'yes', 0], '2 -\n', 'yes'],
  ['I was never in sync', [100, 'no', 60], '2 90\n', 'no I was not in sync with the last primary'],
  [
    'another does not answer yet',
    [100, 'yes', 3],
    '2 unreachable\n',
    'no these members may have more, and do not answer: 2',
  ],
  ['another has not answered for long', [100, 'yes', 10], '2 unreachable\n', 'yes'],
  ['one is silent and one has more', [100, 'yes', 60], '2 unreachable\n3 101\n', 'no member 3 has more'],
]);

// OFFSET SECONDS_ALONE
await decisions(server, 'decide.sh', 'may_ask_now', env, [
  ['another agrees', [100, 0], '2 slave data 100 50\n', 'yes'],
  ['another will agree', [100, 0], '2 slave data 100 100\n', 'no these will agree in a moment: 2'],
  ['another still receives', [100, 0], '2 slave data 120 100\n', 'no these will agree in a moment: 2'],
  ['another did not agree in time', [100, 3], '2 slave data 100 100\n', 'yes'],
  ['another has less, and never will', [100, 0], '2 slave data 90 100\n', 'yes'],
  ['another was never in sync', [100, 0], '2 slave data 100 0\n', 'yes'],
  ['another does not answer', [100, 0], '2 unreachable\n', 'yes'],
  [
    'one agrees and one will',
    [100, 0],
    '2 slave data 100 50\n3 slave data 100 100\n',
    'no these will agree in a moment: 3',
  ],
  ['there is no other', [100, 0], '', 'yes'],
]);

const replica = (flags: string, link: string, priority: number) =>
  `name\nredis-1:6379\nip\nredis-1\nflags\n${flags}\nmaster-link-status\n${link}\nslave-priority\n${priority}\nslave-repl-offset\n100\n`;
await decisions(server, 'decide.sh', 'sees_successor', env, [
  ['one that it would promote', [], replica('slave', 'ok', 100), ''],
  ['one with priority 0', [], replica('slave', 'ok', 0), '', 1],
  ['one that it can not reach', [], replica('s_down,slave,disconnected', 'ok', 100), '', 1],
  ['one that is not in sync', [], replica('slave', 'err', 100), '', 1],
  ['the second of two', [], replica('slave', 'err', 100) + replica('slave', 'ok', 50), ''],
  ['the first of two', [], replica('slave', 'ok', 50) + replica('s_down,slave', 'ok', 100), ''],
  ['each lacks something', [], replica('slave', 'err', 100) + replica('slave', 'ok', 0), '', 1],
  ['none', [], '', '', 1],
]);

// ME ROLE SOURCE LINK PROMOTED LEAVING VERDICT LEADER CALM
await decisions(server, 'decide.sh', 'plan', env, [
  ['the primary', [0, 'master', '-', 'down', 'no', 'no', 'leads', 0, 'yes'], '', 'primary arm 0'],
  ['a replica', [1, 'slave', 0, 'up', 'no', 'no', 'leads', 0, 'yes'], '', 'replica nothing'],
  [
    'a replica that is not in sync',
    [1, 'slave', 0, 'down', 'no', 'no', 'leads', 0, 'yes'],
    '',
    'none nothing',
  ],
  ['a replica of another', [1, 'slave', 2, 'up', 'no', 'no', 'leads', 0, 'yes'], '', 'replica follow 0'],
  ['just promoted', [1, 'master', '-', 'down', 'yes', 'no', 'leads', 0, 'no'], '', 'primary nothing'],
  ['an old primary', [1, 'master', '-', 'down', 'no', 'no', 'leads', 0, 'yes'], '', 'none follow 0'],
  ['a restarted primary', [0, 'slave', '-', 'down', 'no', 'no', 'leads', 0, 'yes'], '', 'none resume'],
  ['a leaving primary', [0, 'slave', '-', 'down', 'no', 'yes', 'leads', 0, 'yes'], '', 'none nothing'],
  ['detached while it is lost', [1, 'slave', '-', 'down', 'no', 'no', 'leads', 0, 'no'], '', 'none nothing'],
  ['detached a moment ago', [1, 'slave', '-', 'lost', 'no', 'no', 'leads', 0, 'no'], '', 'keep nothing'],
  ['it has a successor', [1, 'slave', '-', 'lost', 'no', 'no', 'leads', 2, 'yes'], '', 'keep follow 2'],
  ['detached, and it is back', [1, 'slave', '-', 'down', 'no', 'no', 'leads', 0, 'yes'], '', 'none follow 0'],
  ['some Sentinels forgot', [1, 'slave', 0, 'up', 'no', 'no', 'remembered', 0, 'yes'], '', 'replica arm 0'],
  ['all forgot, I am primary', [0, 'master', '-', 'down', 'no', 'no', 'blank', '-', 'yes'], '', 'keep arm 0'],
  [
    'all forgot, I have a primary',
    [1, 'slave', 0, 'up', 'no', 'no', 'blank', '-', 'yes'],
    '',
    'replica nothing',
  ],
  ['all forgot, nobody leads', [1, 'slave', '-', 'down', 'no', 'no', 'blank', '-', 'yes'], '', 'none found'],
  [
    'a primary that hears none',
    [0, 'master', '-', 'down', 'no', 'no', 'unknown', '-', 'yes'],
    '',
    'keep fence',
  ],
  [
    'a replica that hears none',
    [1, 'slave', 0, 'up', 'no', 'no', 'unknown', '-', 'yes'],
    '',
    'replica nothing',
  ],
]);

const clusterEnv = { ...env, FULL: 'shop-redis', BASE: 'shop-redis-shard-0', SHARD: '0' };
const shards = cluster.one('ConfigMap', 'shop-redis');
const host = (pod: string) => `shop-redis-shard-${pod}.default.svc.cluster.local`;

await decisions(shards, 'cluster.sh', 'nodes_of', clusterEnv, [
  [
    'a primary, itself, with two ranges, a single slot and one that is leaving',
    [],
    `aa01 10.0.0.1:6379@16379,${host('0-1')} myself,master,nofailover - 0 0 7 connected 0-9 20-29 40 [41->-bb02]\n`,
    '0 1 aa01 myself,master,nofailover - 7 connected 21 10.0.0.1 1',
  ],
  [
    'a replica whose link is down',
    [],
    `bb02 10.0.0.2:6379@16379,${host('12-0')} slave aa01 0 0 7 disconnected\n`,
    '12 0 bb02 slave aa01 7 disconnected 0 10.0.0.2 0',
  ],
  [
    'a node that has not said its name, and one of another release',
    [],
    'cc03 10.0.0.3:6379@16379 handshake - 0 0 0 connected\ndd04 10.0.0.4:6379@16379,other-shard-0-0.x master - 0 0 0 connected\n',
    '- - cc03 handshake - 0 connected 0 10.0.0.3 0\n- - dd04 master - 0 connected 0 10.0.0.4 0',
  ],
]);

/** A node as nodes_of() prints it. */
const node = (pod: string, id: string, flags: string, slots = 0, master = '-', link = 'connected') =>
  `${pod.replace('-', ' ')} ${id} ${flags} ${master} 1 ${link} ${slots} 10.0.0.1 0\n`;
const whole = [
  node('0-0', 'a0', 'myself,master', 5461),
  node('0-1', 'a1', 'slave', 0, 'a0'),
  node('1-0', 'b0', 'master', 5461),
  node('1-1', 'b1', 'slave', 0, 'b0'),
  node('2-0', 'c0', 'master', 5462),
  node('2-1', 'c1', 'slave', 0, 'c0'),
];
/** The same as another member sees it, with some nodes in place of theirs. */
const seenBy = (pod: string, ...changed: string[]) =>
  [...whole.filter((line) => !changed.some((other) => other.startsWith(line.slice(0, 4)))), ...changed]
    .map((line) => line.replace('myself,', ''))
    .map((line) =>
      line.startsWith(pod.replace('-', ' ')) ? line.replace(/(master|slave)/, 'myself,$1') : line,
    )
    .join('');

await decisions(shards, 'cluster.sh', 'cluster_plan', clusterEnv, [
  ['all is well', [0, 0, 3, 2], whole.join(''), ''],
  ['a shard was added', [0, 0, 4, 2], whole.join(''), 'meet 3 0\nmeet 3 1'],
  [
    'a pod has a new id',
    [0, 0, 3, 2],
    whole.join('') + node('1-1', 'old', 'slave,fail', 0, 'b0', 'disconnected'),
    'forget old',
  ],
  [
    'a pod is away, and will be back',
    [0, 0, 3, 2],
    seenBy('0-0', node('1-1', 'b1', 'slave,fail', 0, 'b0', 'disconnected')),
    '',
  ],
  [
    'a primary is away, and its shard has no other: its slots are not given up',
    [0, 0, 2, 2],
    seenBy('0-0', node('2-0', 'c0', 'master,fail', 5462, '-', 'disconnected')),
    '',
  ],
  [
    'a shard was removed',
    [0, 0, 2, 2],
    seenBy(
      '0-0',
      node('2-0', 'c0', 'master,fail', 0, '-', 'disconnected'),
      node('2-1', 'c1', 'slave,fail', 0, 'c0', 'disconnected'),
    ),
    'forget c0\nforget c1',
  ],
  [
    'a member that came back with an empty volume',
    [1, 0, 3, 2],
    seenBy('1-0', node('1-0', 'new', 'master', 0), node('1-1', 'b1', 'master', 5461)),
    'replicate b1',
  ],
  [
    'the second member of a new shard',
    [3, 1, 4, 2],
    seenBy('3-1') + node('3-0', 'd0', 'master', 0) + node('3-1', 'd1', 'myself,master', 0),
    'replicate d0',
  ],
  ['the first of a new shard', [3, 0, 4, 1], seenBy('3-0') + node('3-0', 'd0', 'myself,master', 0), ''],
  [
    'an old primary that has been replaced, and knows',
    [0, 0, 3, 2],
    seenBy('0-0', node('0-0', 'a0', 'master', 0), node('0-1', 'a1', 'master', 5461)),
    'replicate a1',
  ],
  [
    'nobody has slots',
    [0, 0, 3, 1],
    node('0-0', 'a0', 'myself,master') + node('1-0', 'b0', 'master') + node('2-0', 'c0', 'master'),
    'found',
  ],
  [
    'the slots were given out in part',
    [0, 0, 3, 1],
    node('0-0', 'a0', 'myself,master') + node('1-0', 'b0', 'master', 5461) + node('2-0', 'c0', 'master'),
    'found',
  ],
  [
    'nobody has slots, but it is not for this one to give them out',
    [1, 0, 3, 1],
    node('0-0', 'a0', 'master') + node('1-0', 'b0', 'myself,master') + node('2-0', 'c0', 'master'),
    '',
  ],
]);

const blank = (pod: string, content = 'empty', link = 'connected') =>
  `${node(pod, 'x', 'master', 0, '-', link).trim()} ${content}\n`;
await decisions(shards, 'cluster.sh', 'may_form', clusterEnv, [
  ['all are here and empty', [3, 1], blank('0-0') + blank('1-0') + blank('2-0'), 'yes'],
  ['one is missing', [3, 1], blank('0-0') + blank('2-0'), 'no these members are not here yet: 1-0'],
  [
    'one does not answer',
    [3, 1],
    blank('0-0') + blank('1-0', 'unreachable') + blank('2-0'),
    'no these members do not answer: 1-0',
  ],
  [
    'one is not connected',
    [3, 1],
    blank('0-0') + blank('1-0', 'empty', 'disconnected') + blank('2-0'),
    'no these members do not answer: 1-0',
  ],
  [
    'one has data',
    [3, 1],
    blank('0-0') + blank('1-0', 'data') + blank('2-0'),
    'no slot is assigned, but these members hold data: 1-0. Restore their nodes.conf, or empty their volumes',
  ],
  [
    'a stranger is here',
    [3, 1],
    `${blank('0-0')}${blank('1-0')}${blank('2-0')}- - y handshake - 0 connected 0 10.0.0.9 0 unreachable\n`,
    'no some nodes have not said their names yet',
  ],
]);

// SHARD
await decisions(shards, 'cluster.sh', 'spread_plan', clusterEnv, [
  ['each on a node of its own', ['0'], 'primary 0 n1\nprimary 1 n2\nprimary 2 n3\nreplica 1 n2\n', ''],
  [
    'two on one node, and the replica is where none is',
    ['0'],
    'primary 0 n1\nprimary 1 n1\nprimary 2 n3\nreplica 1 n2\n',
    '1',
  ],
  [
    'nothing is won where the replica is',
    ['0'],
    'primary 0 n1\nprimary 1 n1\nprimary 2 n3\nreplica 1 n3\n',
    '',
  ],
  ['no replica is in sync', ['0'], 'primary 0 n1\nprimary 1 n1\nprimary 2 n3\ncopy 0 n2\n', ''],
  [
    'three on one node: to the emptiest',
    ['0'],
    'primary 0 n1\nprimary 1 n1\nprimary 2 n1\nprimary 3 n3\nreplica 0 n3\nreplica 1 n2\n',
    '1',
  ],
  [
    'two on one node, whose copies are where one leads already: that one makes room first',
    ['2'],
    'primary 0 n1\nprimary 1 n1\nprimary 2 n2\ncopy 0 n2\ncopy 1 n2\nreplica 1 n3\n',
    '1',
  ],
  [
    'and until it has, they stay',
    ['0'],
    'primary 0 n1\nprimary 1 n1\nprimary 2 n2\ncopy 1 n2\ncopy 2 n3\nreplica 1 n2\n',
    '',
  ],
  [
    'then they go there',
    ['0'],
    'primary 0 n1\nprimary 1 n1\nprimary 2 n3\ncopy 1 n2\ncopy 2 n2\nreplica 1 n2\n',
    '1',
  ],
  [
    'who made room does not go back',
    ['2'],
    'primary 0 n1\nprimary 1 n1\nprimary 2 n3\ncopy 0 n2\ncopy 1 n2\nreplica 1 n2\n',
    '',
  ],
  [
    'a shorter way is open to another shard',
    ['2'],
    'primary 0 n1\nprimary 1 n1\nprimary 2 n2\ncopy 0 n2\ncopy 1 n4\nreplica 1 n3\n',
    '',
  ],
  [
    'nobody who holds too many can use the room',
    ['2'],
    'primary 0 n1\nprimary 1 n1\nprimary 2 n2\nreplica 1 n3\n',
    '',
  ],
]);

await decisions(shards, 'cluster.sh', 'slots_of', clusterEnv, [
  ['the first of three', [0, 3], '', '0 5460'],
  ['the last of three', [2, 3], '', '10922 16383'],
  ['the last of seven', [6, 7], '', '14043 16383'],
]);

const hook = cluster.one('ConfigMap', 'shop-redis-drain');
await decisions(hook, 'cluster.sh', 'ready_verdict', clusterEnv, [
  ['every shard has its primary', [3], whole.join(''), 'yes'],
  ['a new shard is not here yet', [4], whole.join(''), 'these shards have no primary yet: 3'],
  [
    'a primary is down',
    [3],
    seenBy('0-0', node('2-0', 'c0', 'master,fail', 5462, '-', 'disconnected')),
    'these primaries do not answer: 2-0',
  ],
  [
    'a replica has not found its primary',
    [3],
    seenBy('0-0', node('2-1', 'c1', 'master', 0)),
    'some members of these shards have not found their primary yet: 2',
  ],
]);
const owner = (id: string, slots: string) =>
  `${id} 10.0.0.1:6379@16379,a master - 0 1 2 connected ${slots}\n`;
await decisions(hook, 'cluster.sh', 'owners_of', clusterEnv, [
  ['in any order', [], owner('b', '5-9 12') + owner('a', '0-4'), 'a,0-4 b,5-9,12'],
  ['without what moves just now', [], owner('a', '0-4 [3->-b]'), 'a,0-4'],
  [
    'without nodes that own nothing',
    [],
    `${owner('a', '0-4')}c 10.0.0.2:6379@16379,c slave a 0 1 2 connected\n`,
    'a,0-4',
  ],
  ['nothing', [], '', ''],
]);

await decisions(hook, 'cluster.sh', 'balance_verdict', clusterEnv, [
  ['even', [3], whole.join(''), 'even'],
  ['a shard without slots', [4], whole.join('') + node('3-0', 'd0', 'master', 0), 'uneven'],
  [
    'one has too many',
    [3],
    seenBy('0-0', node('2-0', 'c0', 'master', 7000), node('1-0', 'b0', 'master', 3923)),
    'uneven',
  ],
]);
const owners = (...ranges: string[]) =>
  ranges
    .map((range, shard) =>
      `a${shard} 10.0.0.1:6379@16379,${host(`${shard}-1`)} master - 0 0 1 connected ${range}`.trim(),
    )
    .join('\n');
await decisions(hook, 'cluster.sh', 'moves', clusterEnv, [
  ['an even cluster', [3], owners('0-5461', '5462-10922', '10923-16383'), ''],
  [
    'a shard that goes: its slots are spread',
    [2],
    owners('0-8190', '8191-16379', '16380-16383'),
    '2 1 0 1 16380\n2 1 1 1 16381 16382 16383',
  ],
  [
    'a new shard',
    [3],
    `${owners('0-8191', '8192-16383')}\nnew 10.0.0.9:6379@16379,${host('2-0')} master - 0 0 1 connected`,
    expect.stringMatching(/^0 1 2 0 5462( \d+){2729}\n1 1 2 0 13653( \d+){2730}$/),
  ],
]);
await decisions(hook, 'cluster.sh', 'leaving', clusterEnv, [
  ['no shard goes', [3], whole.join(''), '0'],
  ['one that goes still has slots', [2], whole.join(''), '5462'],
]);
await decisions(hook, 'cluster.sh', 'all_succeeded', clusterEnv, [
  ['each was answered', [3], 'OK\nNOKEY\nOK\n', 'yes'],
  ['one failed', [2], 'OK\nNOPERM no permission\n\n', 'no NOPERM no permission'],
  ['one was not answered', [2], 'OK\n', 'no 1 of 2 commands were answered'],
  ['nobody answered', [2], '', 'no 0 of 2 commands were answered'],
]);
await decisions(hook, 'cluster.sh', 'migrations', clusterEnv, [
  ['a command for each slot', ['M'], '1) 1) "a"\n   2) "b"\n2) 1) "c"\n', 'M "a" "b"\nM "c"'],
  ['long lists are aligned', ['M'], ' 1)  1) "a"\n    10) "b"\n10)  1) "c"\n', 'M "a" "b"\nM "c"'],
  [
    'keys with any byte',
    ['M'],
    '1) 1) "1) \\"a\\n"\n   2) "2) 1) \\"\\xff"\n',
    'M "1) \\"a\\n" "2) 1) \\"\\xff"',
  ],
  ['a password with a backslash', ['M "\\\\n"'], '1) 1) "a"\n', 'M "\\\\n" "a"'],
  ['no key', ['M'], '(empty array)\n', ''],
  ['nobody answered', ['M'], '', ''],
]);
const held = (bytes: number, keys: number, slots: string) =>
  `used_memory:9\r\nused_memory_dataset:${bytes}\r\n${keys}\n${'a'.repeat(40)} 10.0.0.1:6379@16379,${host('0-0')} myself,master - 0 0 1 connected ${slots}\n${'b'.repeat(40)} 10.0.0.2:6379@16379,${host('1-0')} master - 0 0 1 connected 9000-16383\n`;
await decisions(hook, 'cluster.sh', 'pace_of', clusterEnv, [
  ['small keys', [], held(2 ** 20, 10_000, '0-5460'), '128 500'],
  ['large keys', [], held(2 ** 30, 100, '0-5460'), '128 1'],
  ['much data', [], held(2 ** 34, 2 ** 24, '0-4095'), '16 500'],
  ['one slot with everything, and one that moves', [], held(2 ** 30, 2 ** 20, '7 [9-<-b]'), '1 500'],
  ['nothing yet', [], held(0, 0, '0-5460'), '128 100'],
  ['no answer', [], '', '128 100'],
]);
const says = (id: string, slots: string) =>
  `${id.repeat(40)} 10.0.0.1:6379@16379,h myself,master - 0 0 1 connected ${slots}\n`;
const two = `0 0 ${'a'.repeat(40)} master\n1 1 ${'b'.repeat(40)} master\n`;
await decisions(hook, 'cluster.sh', 'unfinished', clusterEnv, [
  ['nothing is half-way', [], two + says('a', '0-9') + says('b', '10-20'), ''],
  [
    'slots that are given away',
    [],
    two +
      says('a', `0-9 [3->-${'b'.repeat(40)}] [7->-${'b'.repeat(40)}]`) +
      says('b', `10-20 [3-<-${'a'.repeat(40)}]`),
    '0 0 1 1 3 7',
  ],
  [
    'one that the other has taken over already',
    [],
    two + says('a', `0-9 [3->-${'b'.repeat(40)}]`) + says('b', '3 10-20'),
    '',
  ],
  ['one that is only expected', [], two + says('a', '0-9') + says('b', `10-20 [3-<-${'a'.repeat(40)}]`), ''],
  ['to a node that is no more', [], two + says('a', `0-9 [3->-${'c'.repeat(40)}]`) + says('b', '10-20'), ''],
]);
await decisions(hook, 'cluster.sh', 'to_move', clusterEnv, [
  ['nothing', [3], whole.join(''), '0'],
  ['a fourth shard', [4], whole.join('') + node('3-0', 'd0', 'master', 0), '4096'],
  ['a shard that goes', [2], whole.join(''), '5462'],
]);

test('a store writes to its disk before it acknowledges, a cache does not', async () => {
  const fsync = async (use: string) =>
    (await render(chart, { values: { use } }))
      .one('ConfigMap', 'redis')
      .data?.['redis.conf']?.match(/^appendfsync (\w+)$/m)?.[1];
  expect(await fsync('store')).toBe('always');
  expect(await fsync('cache')).toBe('everysec');
});

// A server that does not answer at once must not cost its agent the only password that it knows: the two volumes change one after the other.
test('changed passwords are offered until the server took them over', async () => {
  const scenario = `#!/bin/bash
. /opt/ballast/agent.sh
log() { :; }
own() { cat >>"$RUN/asked"; [ "$answering" = yes ] && echo OK; }
told() {
  : >"$RUN/asked"
  rotate_passwords
  echo "$1: previous $(cat "$RUN/previous" 2>/dev/null), knows $system_password, asked $(grep -c . "$RUN/asked")"
}
changes() {
  local key
  for key in password system-password monitor-password sentinel-password; do echo "$1" >"$AUTH/$key"; done
}
scenario() {
  AUTH=$RUN/auth
  mkdir "$AUTH" && changes first
  accounts >"$RUN/users.acl"
  system_password=first answering=no
  told 'as it was'
  changes second
  told 'no answer'
  changes third
  told 'changed again, no answer'
  answering=yes
  told 'an answer'
  told 'afterwards'
  awk '{ print $4 }' "$RUN/users.acl" | sort -u | grep -c "$(sha256_of third)"
}
`;
  const data = { ...server.data, 'scenario.sh': scenario };
  const [result] = await runShellFunction({ ...server, data }, 'scenario.sh', 'scenario', [{}], {
    ...env,
    ARCHITECTURE: 'sentinel',
  });
  expect(result?.output.split('\n')).toEqual([
    'as it was: previous , knows first, asked 0',
    'no answer: previous first, knows first, asked 5',
    'changed again, no answer: previous first, knows first, asked 5',
    'an answer: previous first, knows third, asked 5',
    'afterwards: previous first, knows third, asked 0',
    '1',
  ]);
});

await decisions(provision, 'decide.sh', 'init_verdict', env, [
  ['never run', ['', 'abc'], '', 'run'],
  ['run before', ['abc', 'abc'], '', 'skip'],
  ['changed', ['abd', 'abc'], '', 'was changed after it was run: put it back as it was and add a new one'],
]);

// On a slow disk a Sentinel that was told to watch the primary was not told the password any more, and could log in nowhere for good.
test('a Sentinel that was told a part only is told again', async () => {
  const scenario = `#!/bin/bash
. /opt/ballast/agent.sh
log() { :; }
session_line() {
  [ "\${#answer[@]}" -gt 0 ] || return 1
  line=\${answer[0]}
  answer=("\${answer[@]:1}")
}
scenario() {
  AUTH=$RUN sentinels='' unarmed='' QUORUM=2 SENTINELS=3 sequence=1
  echo secret >"$RUN/sentinel-password"
  answer=(ip "$(member_host 1)" config-epoch 3 flags master down-after-milliseconds 1000)
  hear_sentinel 0
  answer=(ip "$(member_host 1)" config-epoch 3 flags 'master,disconnected' down-after-milliseconds 30000)
  hear_sentinel 1
  answer=('ERR No such master with that name')
  hear_sentinel 2
  echo "$sentinels"
  echo "unarmed:$unarmed"
}
`;
  const data = { ...server.data, 'scenario.sh': scenario };
  const [result] = await runShellFunction({ ...server, data }, 'scenario.sh', 'scenario', [{}], {
    ...env,
    ARCHITECTURE: 'sentinel',
    DOWN_AFTER: '1000',
    FAILOVER_TIMEOUT: '5000',
  });
  expect(result?.output.split('\n').filter((text) => text !== '')).toEqual([
    '0 1 3 master',
    '1 1 3 master,disconnected',
    '2 blank',
    'unarmed: 1',
  ]);
});

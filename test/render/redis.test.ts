import { describe, expect, test } from 'vitest';
import { type Rendering, render } from '../harness/render.ts';
import { chartNamed, topologyNamed } from './suite.ts';
import { decisions, refusals } from './tables.ts';

const chart = chartNamed('redis');
const rendered = (name: string) =>
  render(chart, { release: 'shop', values: topologyNamed(chart, name).values });
const [sentinel, standalone] = await Promise.all([rendered('sentinel'), rendered('standalone')]);

const limits = (memory: string) => ({ resources: { requests: { memory: '32Mi' }, limits: { memory } } });
refusals(chart, [
  [
    'a server that is too small',
    limits('48Mi'),
    'redis: resources.limits.memory is 48Mi, and a server needs at least 64Mi: write 128Mi',
  ],
  [
    'a maxmemory above the limit',
    { maxmemory: '1Gi' },
    'redis: maxmemory (1Gi) is above resources.limits.memory (256Mi): leave maxmemory empty to derive it from the limit',
  ],
  [
    'an even number of Sentinels',
    { architecture: 'sentinel', sentinel: { replicas: 4 } },
    'redis: sentinel.replicas is 4, and an even number tolerates no more failures than one less: write 3 or 5',
  ],
  [
    'more replicas asked for than there are',
    { architecture: 'sentinel', minReplicasToWrite: 3 },
    'redis: minReplicasToWrite is 3, and 3 servers have 2 replicas: write at most 1',
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

await decisions(server, 'lib.sh', 'leader_of', env, [
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
await decisions(server, 'lib.sh', 'may_found', env, [
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
await decisions(server, 'lib.sh', 'may_be_promoted', env, [
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

// ME ROLE SOURCE LINK PROMOTED LEAVING VERDICT LEADER CALM
await decisions(server, 'lib.sh', 'plan', env, [
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

await decisions(provision, 'provision.sh', 'init_verdict', env, [
  ['never run', ['', 'abc'], '', 'run'],
  ['run before', ['abc', 'abc'], '', 'skip'],
  ['changed', ['abd', 'abc'], '', 'was changed after it was run: put it back as it was and add a new one'],
]);

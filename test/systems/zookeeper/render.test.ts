import { describe, expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { render } from '../../harness/charts/render.ts';

const chart = chartNamed('zookeeper');
const rendered = (name: string) =>
  render(chart, { release: 'shop', values: topologyNamed(chart, name).values });
const [ensemble, standalone] = await Promise.all([rendered('ensemble'), rendered('standalone')]);

const limits = (memory: string) => ({ resources: { requests: { memory: '32Mi' }, limits: { memory } } });
refusals(chart, [
  [
    'an ensemble of one',
    { architecture: 'ensemble', replicas: 1 },
    'zookeeper: replicas is 1, and an ensemble that survives the loss of a server has 3 at least: write 3, or architecture standalone',
  ],
  [
    'a server that is too small',
    limits('128Mi'),
    'zookeeper: resources.limits.memory is 128Mi, and a server needs at least 192Mi: write 256Mi',
  ],
  [
    'a heap that leaves nothing',
    { jvm: { heap: '200Mi' } },
    'zookeeper: jvm.heap (200Mi) leaves less than 96Mi of resources.limits.memory (256Mi) for the rest of the JVM: leave jvm.heap empty to derive it from the limit',
  ],
  [
    'an even number of servers',
    { architecture: 'ensemble', replicas: 4 },
    'zookeeper: replicas is 4, and an even number tolerates no more failures than one less: write 3 or 5',
  ],
  [
    'a member by hand',
    { config: { 'server.9': 'elsewhere:2888:3888' } },
    'zookeeper: config.server.9 is a member of the ensemble: write replicas instead',
  ],
  [
    'a setting that has a value',
    { config: { tickTime: 2000 } },
    'zookeeper: config.tickTime has a value of its own: write tickTimeMilliseconds instead',
  ],
  [
    'a setting of the chart',
    { config: { 'db.autocreate': true } },
    'zookeeper: config.db.autocreate is managed by the chart: remove it',
  ],
  [
    'a user twice',
    { users: [{ name: 'kafka' }, { name: 'kafka' }] },
    'zookeeper: users has kafka twice: merge the two entries',
  ],
  [
    'a user of the chart',
    { users: [{ name: 'super' }] },
    'zookeeper: users has super, which the chart manages itself: use another name',
  ],
  [
    'logins of nobody',
    { auth: { required: true } },
    'zookeeper: auth.required is true and nobody could log in: name an account in users',
  ],
]);

describe('what is rendered', () => {
  test('a single server has no list of members and is never asked for a vote', () => {
    const { data = {} } = standalone.one('ConfigMap', 'shop-zookeeper');
    expect(data['zoo.cfg']).toContain('clientPort=2181');
    expect(data['zoo.cfg']).not.toContain('reconfigEnabled');
    expect(standalone.objects.map(({ metadata }) => metadata.name)).not.toContain('shop-zookeeper-drain');
  });

  test('an ensemble gives no vote to a server without its data', () => {
    const { data = {} } = ensemble.one('ConfigMap', 'shop-zookeeper');
    expect(data['zoo.cfg']).toContain('db.autocreate=false');
    expect(data['zoo.cfg']).toContain('quorum.auth.serverRequireSasl=true');
  });

  test.each([
    ['256Mi', '', 134217728],
    ['1Gi', '', 536870912],
    ['1Gi', '256Mi', 268435456],
  ])('the heap fits the limit: %s %s', async (memory, heap, bytes) => {
    const { pods } = await render(chart, {
      release: 'shop',
      values: { ...limits(memory), jvm: { heap } },
    });
    const flags = pods
      .flatMap(({ containers }) => containers)
      .flatMap(({ env = [] }) => env)
      .find(({ name }) => name === 'JVM_FLAGS')?.value;
    expect(flags).toContain(`-Xms${bytes} -Xmx${bytes} `);
  });
});

const server = ensemble.one('ConfigMap', 'shop-zookeeper');
const hook = ensemble.one('ConfigMap', 'shop-zookeeper-drain');
const env = {
  BASE: 'shop-zookeeper',
  SUFFIX: 'members.test',
  POD: 'shop-zookeeper-1',
};

await decisions(server, 'decide.sh', 'holds', env, [
  ['nothing', [], '', 'empty'],
  ['a leader was met, and gave nothing', [], 'acceptedEpoch\ncurrentEpoch\n', 'empty'],
  ['data', [], 'acceptedEpoch\ncurrentEpoch\nlog.100000001\nsnapshot.0\n', 'data'],
  ['only a log, which the server itself refuses', [], 'log.100000001\n', 'data'],
]);

const wait =
  'wait my volume is empty, an ensemble existed, and those that have its data lead nobody: bring them back, or set data.formed to "false" in the ConfigMap -state to give the empty servers a vote';
// CONTENT MODE SECONDS FORMED VOTES
await decisions(server, 'decide.sh', 'empty_handed', env, [
  ['a server with data that looks for a leader', ['data', 'none', 600, 'false', 'no'], '', 'fine'],
  ['an empty one that is about to get its data', ['empty', 'none', 5, 'true', 'no'], '', 'fine'],
  ['an empty one that is led', ['empty', 'follower', 600, 'true', 'no'], '', 'fine'],
  ['an empty one that nobody leads', ['empty', 'none', 15, 'true', 'no'], '', 'wait'],
  ['the same, and the state could not be read', ['empty', 'none', 15, 'unknown', 'no'], '', 'wait'],
  ['an operator gave it a vote', ['empty', 'none', 15, 'false', 'no'], '', 'restart'],
  [
    'one of the first members, which look for each other slowly',
    ['empty', 'none', 600, 'false', 'yes'],
    '',
    'fine',
  ],
  [
    'a first member, whose ensemble came into being without it',
    ['empty', 'none', 15, 'true', 'yes'],
    '',
    'wait',
  ],
]);

// FORMED CONTENT MEMBERSHIP OWN_CONFIG
const beside =
  "wait my volume has a single server's data, and there is an ensemble without them: to join it and lose them, delete my claim and my pod";
await decisions(server, 'decide.sh', 'begin', env, [
  ['the very first start', ['false', 'empty', 'unknown', 'no'], '', 'found'],
  ['the first start, interrupted before there was data', ['false', 'empty', 'unknown', 'yes'], '', 'found'],
  ['the first start, interrupted later', ['false', 'data', 'unknown', 'yes'], '', 'go'],
  ['the others were faster', ['false', 'empty', 'member', 'no'], '', 'join'],
  ['a restart', ['true', 'data', 'member', 'yes'], '', 'go'],
  ['all were restarted', ['true', 'data', 'unknown', 'yes'], '', 'go'],
  [
    'all were restarted, and the API is slow',
    ['unknown', 'data', 'unknown', 'yes'],
    '',
    'wait the role sidecar has not yet read whether an ensemble existed',
  ],
  ['a lost volume', ['true', 'empty', 'member', 'no'], '', 'join'],
  ['a lost volume, and nobody answers', ['true', 'empty', 'unknown', 'no'], '', wait],
  [
    'a lost volume, and neither is known',
    ['unknown', 'empty', 'unknown', 'no'],
    '',
    'wait the role sidecar has not yet read whether an ensemble existed',
  ],
  ['lost data beside the list, and nobody answers', ['true', 'empty', 'unknown', 'yes'], '', 'go'],
  ['a new member', ['true', 'empty', 'stranger', 'no'], '', 'join'],
  ['a member that was scaled away and is back', ['true', 'data', 'stranger', 'yes'], '', 'join'],
  ['a restored volume without a list', ['true', 'data', 'unknown', 'no'], '', 'restore'],
  ['a new release over old volumes', ['false', 'data', 'unknown', 'yes'], '', 'go'],
  ['a single server that becomes an ensemble', ['true', 'data', 'unknown', 'single'], '', 'alone'],
  [
    'the same, and the API is slow',
    ['unknown', 'data', 'unknown', 'single'],
    '',
    'wait the role sidecar has not yet read whether an ensemble existed',
  ],
  ['a single server that lost its data', ['true', 'empty', 'unknown', 'single'], '', wait],
  [
    'a single server’s volume in a new release, whose others may begin without it',
    ['false', 'data', 'unknown', 'single'],
    '',
    `wait my volume has a single server's data, and data.formed in the ConfigMap -state is false, so that others may begin without them: set it to "true"`,
  ],
  ['the same, and they did', ['true', 'data', 'member', 'single'], '', beside],
  ['the same, and they do not know me', ['true', 'data', 'stranger', 'single'], '', beside],
  ['the same, without data', ['true', 'empty', 'stranger', 'single'], '', 'join'],
]);

await decisions(server, 'decide.sh', 'status_of', env, [
  [
    'a leader',
    [],
    'Zookeeper version: 3.9.5\nLatency min/avg/max: 0/0.0/0\nZxid: 0x300000002\nMode: leader\n',
    'leader 3',
  ],
  ['a follower', [], 'Zxid: 0x1000000ff\nMode: follower\nNode count: 5\n', 'follower 1'],
  ['one that does not serve', [], 'This ZooKeeper instance is not currently serving requests\n', 'none 0'],
  ['silence', [], '', 'none 0'],
]);

const conf = (version: string) =>
  `clientPort=2181\nmembership: \nserver.1=a:2888:3888:participant;0.0.0.0:2181\nserver.2=b:2888:3888:participant;0.0.0.0:2181\nversion=${version}`;
await decisions(server, 'decide.sh', 'membership', env, [
  [
    'a serving member',
    [],
    conf('100000000'),
    '100000000\nserver.1=a:2888:3888:participant;0.0.0.0:2181\nserver.2=b:2888:3888:participant;0.0.0.0:2181',
  ],
  ['one that does not serve', [], 'This ZooKeeper instance is not currently serving requests\n', ''],
  ['silence', [], '', ''],
]);

await decisions(server, 'decide.sh', 'newest_membership', env, [
  [
    'they agree',
    [],
    '100000000 server.1=a,server.2=b\n100000000 server.1=a,server.2=b\n',
    'server.1=a\nserver.2=b',
  ],
  [
    'one is behind',
    [],
    '9ff server.1=a\na00 server.1=a,server.2=b\n200 server.3=c\n',
    'server.1=a\nserver.2=b',
  ],
  ['some are silent', [], '\n\n100000000 server.1=a\n', 'server.1=a'],
  ['nobody answers', [], '\n', ''],
]);

await decisions(server, 'decide.sh', 'ordinals_of', env, [
  [
    'those that vote',
    [],
    'server.3=c:2888:3888:participant;2181\nserver.1=a:2888:3888:participant;2181\nserver.4=d:2888:3888:observer;2181\n',
    '0\n2',
  ],
]);

await decisions(server, 'decide.sh', 'role_of', env, [
  ['the leader', ['leader'], '', 'primary'],
  ['a single server', ['standalone'], '', 'primary'],
  ['a follower', ['follower'], '', 'replica'],
  ['one without a vote', ['observer'], '', 'replica'],
  ['one that does not serve', ['none'], '', 'none'],
]);

await decisions(hook, 'decide.sh', 'to_add', env, [
  ['nobody', [3], '0\n1\n2\n', ''],
  ['the first of two', [5], '0\n1\n2\n', '3'],
  ['one in between', [3], '0\n2\n', '1'],
]);

await decisions(hook, 'decide.sh', 'to_remove', env, [
  ['nobody', [3], '0\n1\n2\n', ''],
  ['nobody, when it is to grow', [5], '0\n1\n2\n', ''],
  ['the last of two', [3], '0\n1\n2\n3\n4\n', '4'],
  ['the one that is left', [3], '0\n1\n2\n3\n', '3'],
]);

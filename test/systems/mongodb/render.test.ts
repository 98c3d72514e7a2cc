import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, type Row, refusals } from '../../contract/tables.ts';
import { render } from '../../harness/charts/render.ts';
import { judgeAlerts } from '../../harness/cluster/alerts.ts';
import type { Values } from '../../harness/drill/types.ts';
import { askSession } from './session.ts';

const chart = chartNamed('mongodb');
const rendered = (name: string, more: Values = {}) =>
  render(chart, { release: 'shop', values: { ...topologyNamed(chart, name).values, ...more } });
const [set, hidden, standalone, tls] = await Promise.all([
  rendered('replicaset'),
  rendered('replicaset-hidden'),
  rendered('standalone'),
  rendered('replicaset-tls'),
]);

const limits = (memory: string) => ({ resources: { requests: { memory: '64Mi' }, limits: { memory } } });
const script = (text: string, id = 'a') => ({ id, database: 'shop', script: text });
const late = (ordinal: number) => ({ ordinal, delaySeconds: 60 });
refusals(chart, [
  [
    'a set of one',
    { architecture: 'replicaSet', replicas: 1 },
    'mongodb: replicas is 1, of which 1 have a vote, and a set that survives the loss of a member has 3 of these at least: write 3, or architecture standalone',
  ],
  [
    'an even number of members',
    { architecture: 'replicaSet', replicas: 4 },
    'mongodb: replicas is 4, of which 4 have a vote, and an even number tolerates no more failures than one less: write 3 or 5',
  ],
  [
    'a delayed member that is counted as a vote',
    { architecture: 'replicaSet', replicas: 3, hidden: [late(2)] },
    'mongodb: replicas is 3, of which 2 have a vote, and a set that survives the loss of a member has 3 of these at least: write 4, or architecture standalone',
  ],
  [
    'more that are delayed than there is room for',
    { architecture: 'replicaSet', replicas: 7, hidden: [2, 3, 4, 5, 6].map(late) },
    'mongodb: replicas is 7, of which 2 have a vote, and a set that survives the loss of a member has 3 of these at least: write fewer with delaySeconds, or architecture standalone',
  ],
  [
    'an even number of votes, and no room for one more',
    { architecture: 'replicaSet', replicas: 7, hidden: [late(6)] },
    'mongodb: replicas is 7, of which 6 have a vote, and an even number tolerates no more failures than one less: write 6',
  ],
  [
    'nobody left to be elected when one is lost',
    { architecture: 'replicaSet', replicas: 3, hidden: [{ ordinal: 1 }, { ordinal: 2 }] },
    'mongodb: hidden leaves 1 of 3 members with a vote to be elected, and more than half of them have to be: hide 1 of them at most',
  ],
  [
    'the member that initiates the set',
    { architecture: 'replicaSet', replicas: 3, hidden: [{ ordinal: 0 }] },
    'mongodb: hidden[0].ordinal is 0, and member 0 initiates the set and stays one that can be elected: write another',
  ],
  [
    'a member that there is not',
    { architecture: 'replicaSet', replicas: 3, hidden: [{ ordinal: 2 }, { ordinal: 3 }] },
    'mongodb: hidden[1].ordinal is 3, and replicas 3 makes the members 0 to 2: write one of them, or more replicas',
  ],
  [
    'a member twice',
    { architecture: 'replicaSet', replicas: 5, hidden: [{ ordinal: 2 }, late(2)] },
    'mongodb: hidden has the ordinal 2 twice: merge the two entries',
  ],
  [
    'a hidden member of a single server',
    { hidden: [{ ordinal: 1 }] },
    'mongodb: hidden has no effect in architecture standalone: remove it, or write architecture replicaSet',
  ],
  [
    'a server that is too small',
    limits('512Mi'),
    'mongodb: resources.limits.memory is 512Mi, and a server with the smallest cache there is needs at least 640Mi: write 768Mi',
  ],
  [
    'a cache that the server would refuse',
    { cache: '128Mi' },
    'mongodb: cache is 128Mi, and the server takes no less than 256Mi: leave cache empty to derive it from resources.limits.memory',
  ],
  [
    'a cache that leaves nothing',
    { cache: '900Mi' },
    'mongodb: cache (900Mi) leaves less than 256Mi of resources.limits.memory (1Gi) for the rest of the server: leave cache empty to derive it from the limit',
  ],
  [
    'the cache by its path',
    { config: { 'storage.wiredTiger.engineConfig.cacheSizeGB': 1 } },
    'mongodb: config.storage.wiredTiger.engineConfig.cacheSizeGB is set by cache: write cache instead',
  ],
  [
    'TLS by its path',
    { config: { 'net.tls.mode': 'allowTLS' } },
    'mongodb: config.net.tls.mode is set by tls: write tls.enabled, and put your certificate into tls.existingSecret',
  ],
  [
    'a setting of the chart',
    { config: { 'security.authorization': 'disabled' } },
    'mongodb: config.security.authorization is managed by the chart: remove it',
  ],
  [
    'a part of the file for a setting',
    { config: { storage: 'x' } },
    'mongodb: config.storage is no setting of mongod.conf but a part of it: write the whole path of a setting',
  ],
  [
    'a setting within another',
    { config: { 'storage.journal': true, 'storage.journal.commitIntervalMs': 50 } },
    "mongodb: config.storage.journal has config.storage.journal.commitIntervalMs in it, and a setting can't be both a value and a part of mongod.conf: remove one of them",
  ],
  [
    'a user twice',
    { users: [{ name: 'app' }, { name: 'app' }] },
    'mongodb: users has app twice: merge the two entries',
  ],
  [
    'a user of the chart',
    { users: [{ name: 'root' }] },
    'mongodb: users has root, which the chart manages itself: use another name',
  ],
  [
    'a database twice',
    {
      databases: [
        { name: 'shop', collections: ['a'] },
        { name: 'shop', collections: ['b'] },
      ],
    },
    'mongodb: databases has shop twice: merge the two entries',
  ],
  [
    'a database of the server',
    { databases: [{ name: 'local', collections: ['a'] }] },
    'mongodb: databases has local, which the chart or the server manages itself: use another name',
  ],
  [
    'more scripts than a ConfigMap has room for',
    { migrations: { scripts: [script('1', 'small'), script('x'.repeat(1_000_000), 'seed')] } },
    "mongodb: migrations.scripts[1] (seed) brings all scripts to 1000001 bytes, and a ConfigMap has room for 900000 beside the chart's own: keep the tables here, and load their data from a client",
  ],
  [
    'a script of nothing',
    { migrations: { scripts: [script(' \n')] } },
    'mongodb: migrations.scripts[0] (a) is empty: write a statement, or remove it',
  ],
  [
    'two scripts of one name',
    { migrations: { scripts: [script('1'), script('2')] } },
    'mongodb: migrations.scripts has the id a twice: every migration needs its own',
  ],
]);

describe('what is rendered', () => {
  const confOf = (data: Readonly<Record<string, string>> = {}): unknown => parse(data['mongod.conf'] ?? '');

  test('a single server is a set of one, and asks nobody', () => {
    expect(confOf(standalone.one('ConfigMap', 'shop-mongodb').data)).toMatchObject({
      replication: { replSetName: 'ballast' },
      security: { authorization: 'enabled', keyFile: '/run/ballast/keyfile' },
    });
    expect(standalone.objects.map(({ metadata }) => metadata.name)).not.toContain('shop-mongodb-drain');
    expect(standalone.pods.flatMap(({ containers }) => containers.map(({ name }) => name))).not.toContain(
      'role',
    );
  });

  test('with TLS nobody gets in without', () => {
    expect(confOf(tls.one('ConfigMap', 'shop-mongodb').data)).toMatchObject({
      net: { tls: { mode: 'requireTLS', CAFile: '/etc/ballast/tls/ca.crt' } },
    });
    expect(confOf(set.one('ConfigMap', 'shop-mongodb').data)).not.toHaveProperty('net.tls');
  });

  test.each([
    ['768Mi', '', 0.299],
    ['1Gi', '', 0.449],
    ['4Gi', '', 2.25],
    ['4Gi', '512Mi', 0.5],
  ])('the cache fits the limit: %s %s', async (memory, cache, gigabytes) => {
    const output = await rendered('standalone', { ...limits(memory), cache });
    expect(confOf(output.one('ConfigMap', 'shop-mongodb').data)).toMatchObject({
      storage: { wiredTiger: { engineConfig: { cacheSizeGB: gigabytes } } },
    });
  });

  test('settings stand where mongod.conf has them, as what they are', async () => {
    const config = {
      'operationProfiling.slowOpThresholdMs': 250,
      'operationProfiling.slowOpSampleRate': 0.5,
      'setParameter.ttlMonitorEnabled': false,
      'setParameter.internalQueryMaxBlockingSortMemoryUsageBytes': 104857600,
      'net.compression.compressors': 'snappy',
    };
    const output = await rendered('replicaset', { config });
    expect(confOf(output.one('ConfigMap', 'shop-mongodb').data)).toMatchObject({
      net: { port: 27017, bindIpAll: true, compression: { compressors: 'snappy' } },
      operationProfiling: { slowOpThresholdMs: 250, slowOpSampleRate: 0.5 },
      setParameter: {
        ttlMonitorEnabled: false,
        internalQueryMaxBlockingSortMemoryUsageBytes: 104857600,
      },
    });
  });

  test('migrations come through as they are, with their database', async () => {
    const text = "  // {{ .Values }}\nprint('ä✓: x');\r\n";
    const output = await rendered('standalone', { migrations: { scripts: [script(text)] } });
    expect(output.one('ConfigMap', 'shop-mongodb-provision').data?.['migration-0000-a.js']).toBe(
      `// database: shop\n${text}`,
    );
  });

  test('another election timeout restarts nobody', async () => {
    const other = await rendered('replicaset', { electionTimeoutMilliseconds: 4000 });
    expect(other.one('ConfigMap', 'shop-mongodb').data?.['election-timeout']).toBe('4000\n');
    expect(other.one('StatefulSet', 'shop-mongodb').spec.template).toEqual(
      set.one('StatefulSet', 'shop-mongodb').spec.template,
    );
  });

  test('who is hidden reaches the servers, without a restart, and the hook', async () => {
    const shapes = '2=hidden 3=delayed:3600\n';
    for (const name of ['shop-mongodb', 'shop-mongodb-drain'])
      expect(hidden.one('ConfigMap', name).data?.shapes).toBe(shapes);
    const other = await rendered('replicaset-hidden', { hidden: [late(1)] });
    expect(other.one('ConfigMap', 'shop-mongodb').data?.shapes).toBe('1=delayed:60\n');
    expect(other.one('StatefulSet', 'shop-mongodb').spec.template).toEqual(
      hidden.one('StatefulSet', 'shop-mongodb').spec.template,
    );
    expect(set.one('ConfigMap', 'shop-mongodb').data?.shapes).toBe('\n');
  });

  test('helm test does not read from a delayed member what it has just written', () => {
    const env = hidden.pods.flatMap(({ containers }) =>
      containers.flatMap(({ name, env = [] }) => (name === 'test' ? env : [])),
    );
    expect(env.find(({ name }) => name === 'MEMBER_HOSTS')?.value).toBe(
      [0, 1, 2].map((i) => `shop-mongodb-${i}.shop-mongodb-members.default.svc.cluster.local`).join(' '),
    );
  });

  test('users and collections reach the hook, passwords do not', () => {
    const text = set.one('ConfigMap', 'shop-mongodb-provision').data?.['provision.json'] ?? '';
    expect(JSON.parse(text)).toEqual({
      databases: [{ name: 'shop', collections: ['orders', 'customers'] }],
      users: [{ name: 'app', roles: [{ role: 'readWrite', db: 'shop' }] }],
    });
  });
});

describe('a member is behind by what it should not be', () => {
  /** What the primary's exporter says of members that are so many seconds behind. */
  const scraped = (...behind: readonly number[]) => {
    const series = behind.map((seconds, i) => {
      const idx = `shop-mongodb-${i}.shop-mongodb-members.default.svc.cluster.local:27017`;
      const state = i === 0 ? 'PRIMARY' : 'SECONDARY';
      return `mongodb_rs_members_optimeDate{member_idx="${idx}",member_state="${state}"} ${1_800_000_000_000 - seconds * 1000}\n`;
    });
    const labels = { namespace: 'default', service: 'shop-mongodb-members' };
    return [{ at: 1_000_000, labels, type: 'text/plain; version=0.0.4', text: series.join('') }];
  };
  const monitored = (name: string) => rendered(name, { metrics: { prometheusRule: { enabled: true } } });

  test.each([
    ['replicaset', [0, 2, 55], 0],
    ['replicaset', [0, 2, 65], 1],
    ['replicaset-hidden', [0, 2, 3, 3610], 0],
    ['replicaset-hidden', [0, 2, 65, 3610], 1],
    ['replicaset-hidden', [0, 2, 3, 3665], 1],
  ])('%s: %j', async (name, behind, firing) => {
    const verdicts = await judgeAlerts(await monitored(name), scraped(...behind));
    expect(verdicts.find(({ alert }) => alert === 'MongoDBMemberBehind')?.firing).toBe(firing);
  });
});

const server = set.one('ConfigMap', 'shop-mongodb');
const hook = set.one('ConfigMap', 'shop-mongodb-drain');
const env = { BASE: 'shop-mongodb', SUFFIX: 'members.test', POD: 'shop-mongodb-1', TLS: 'false' };

await decisions(server, 'decide.sh', 'role_of', env, [
  ['the primary', ['primary'], '', 'primary'],
  ['a secondary', ['secondary'], '', 'replica'],
  ['one that serves no clients', ['hidden'], '', 'hidden'],
  ['one that copies everything, or recovers: not readable', ['other'], '', 'none'],
  ['one that is in no set', ['blank'], '', 'none'],
]);

const lost =
  'wait my volume is empty, a set existed, and no member of it answers: bring them back, or set data.formed to "false" in the ConfigMap -state to start from nothing';
// FORMED CONTENT
await decisions(server, 'decide.sh', 'begin', env, [
  ['the very first start', ['false', 'empty'], '0 blank\n2 unreachable\n', 'go'],
  ['the first start, interrupted before there was a set', ['false', 'fresh'], '0 blank\n2 blank\n', 'go'],
  ['a restart', ['true', 'set'], '0 primary 3\n2 secondary 3\n', 'go'],
  ['all were restarted', ['true', 'set'], '0 unreachable\n2 unreachable\n', 'go'],
  ['a restart while the API is slow', ['unknown', 'set'], '', 'go'],
  [
    'a vote of an empty volume: a primary without acknowledged writes',
    ['true', 'empty'],
    '0 primary 3\n2 secondary 3\n',
    'yield 0',
  ],
  [
    'the same, where the first copy was interrupted',
    ['true', 'fresh'],
    '0 primary 3\n2 secondary 3\n',
    'yield 0',
  ],
  [
    'nobody else answers: the primary has to prove that it is one',
    ['true', 'empty'],
    '0 primary 3\n2 unreachable\n',
    'yield 0',
  ],
  [
    'two primaries: the newer counts',
    ['true', 'empty'],
    '0 primary 3\n2 primary 4\n3 secondary 3\n',
    'yield 2',
  ],
  [
    'no other than a hidden one answers',
    ['true', 'empty'],
    '0 unreachable\n2 hidden 3\n',
    'wait my volume is empty, and the set of these members has no primary: 2',
  ],
  ['two primaries in the other order', ['true', 'empty'], '0 primary 4\n2 primary 3\n', 'yield 0'],
  [
    'a set without a primary: an empty volume must not help to elect one',
    ['true', 'empty'],
    '0 secondary 3\n2 unreachable\n',
    'wait my volume is empty, and the set of these members has no primary: 0',
  ],
  [
    'a set that nothing was recorded of yet',
    ['false', 'empty'],
    '0 other 0\n2 blank\n',
    'wait my volume is empty, and the set of these members has no primary: 0',
  ],
  ['a lost volume, and nobody answers: not a second set', ['true', 'empty'], '0 unreachable\n', lost],
  ['all volumes lost', ['true', 'empty'], '0 blank\n2 blank\n', lost],
  ['all volumes lost, one after a start', ['true', 'fresh'], '0 blank\n2 blank\n', lost],
  [
    'whether there was a set could not be read',
    ['unknown', 'empty'],
    '0 unreachable\n2 unreachable\n',
    'wait the role sidecar has not yet read whether a set existed',
  ],
  [
    'somebody else’s data: not an empty server',
    ['false', 'foreign'],
    '0 blank\n2 blank\n',
    'refuse my volume has data that no member of a set wrote: load it by mongorestore into an empty release, or empty the volume',
  ],
  ['a single server', ['false', 'empty'], '', 'go'],
]);

// ME REPLICAS CONTENT
await decisions(server, 'decide.sh', 'may_initiate', env, [
  ['everybody is there, in no set', [0, 3, 'fresh'], '1 blank\n2 blank\n', 'initiate'],
  ['a single server', [0, 1, 'fresh'], '', 'initiate'],
  [
    'two that initiate at once: two sets',
    [1, 3, 'fresh'],
    '0 blank\n2 blank\n',
    'wait member 0 initiates the set',
  ],
  [
    'a silent one may be in a set: a second one',
    [0, 3, 'fresh'],
    '1 blank\n2 unreachable\n',
    "wait no set was seen, and it can't be ruled out while these members do not answer: 2",
  ],
  [
    'one is in a set',
    [0, 3, 'fresh'],
    '1 secondary 1\n2 blank\n',
    'wait the primary of the set adds me, one member at a time: 1',
  ],
  [
    'one is in a set that elects',
    [0, 3, 'fresh'],
    '1 other 0\n2 unreachable\n',
    'wait the primary of the set adds me, one member at a time: 1',
  ],
  ['not all were asked', [0, 5, 'fresh'], '1 blank\n2 blank\n', 'wait 2 of 4 other members answered'],
  [
    'removed from a set: its data must not become a set of its own',
    [0, 3, 'set'],
    '1 blank\n2 blank\n',
    'wait my set has removed me: its primary takes me back where the StatefulSet has me',
  ],
]);

// SIZE KEEP LEFT
await decisions(server, 'decide.sh', 'target', env, [
  ['nobody is to go', [5, 0, 0], '', '5'],
  ['some are to go', [5, 3, 800], '', '3'],
  ['an upgrade that failed long ago', [5, 3, -1], '', '5'],
  ['they are gone', [3, 3, 800], '', '3'],
  ['what is to stay is more than there is', [3, 5, 800], '', '3'],
]);

/** Those of whom nothing else is said are shown. */
const members = (text: string) =>
  text.replace(
    /^(\d \w+ (\S))$/gm,
    (_, line: string, votes: string) => `${line} ${votes === '-' ? '-' : 'shown'}`,
  );
const three = members('0 PRIMARY 1\n1 SECONDARY 1\n2 SECONDARY 1\n');
const five = members(`${three}3 SECONDARY 1\n4 SECONDARY 1\n`);
const changes = (rows: readonly Row[]): Row[] =>
  rows.map(([what, [me = 0, target = 0, shapes = ''], lines, output]) => [
    what,
    [me, target, shapes],
    members(lines),
    output,
  ]);
// ME TARGET SHAPES
await decisions(
  server,
  'decide.sh',
  'next_change',
  env,
  changes([
    ['nothing to do', [0, 3], three, 'none'],
    ['a single server', [0, 1], '0 PRIMARY 1\n', 'none'],
    ['a new member has no vote', [0, 5], `${three}3 blank -\n4 blank -\n`, 'add 3 shown'],
    [
      'one at a time',
      [0, 5],
      `${three}3 STARTUP2 0\n4 blank -\n`,
      'wait member 3 has no vote until it has copied everything',
    ],
    ['a vote once it has everything', [0, 5], `${three}3 SECONDARY 0\n4 blank -\n`, 'vote 3'],
    [
      'a vote back, for whoever lost its volume',
      [0, 3],
      '0 PRIMARY 1\n1 SECONDARY 0\n2 SECONDARY 1\n',
      'vote 1',
    ],
    [
      'a vote to a member that is down: a majority less',
      [0, 3],
      '0 PRIMARY 1\n1 DOWN 0\n2 SECONDARY 1\n',
      'wait member 1 has no vote until it has copied everything',
    ],
    [
      'no vote while a majority would be lost by it',
      [0, 5],
      '0 PRIMARY 1\n1 DOWN 1\n2 DOWN 1\n3 SECONDARY 0\n',
      'wait with a vote for member 3 no majority would be left: only 2 of 4 serve',
    ],
    ['the last goes first', [0, 3], five, 'remove 4'],
    ['a member that is down can go', [0, 3], `${three}3 SECONDARY 1\n4 DOWN 1\n`, 'remove 4'],
    [
      'a removal that leaves no majority',
      [0, 3],
      '0 PRIMARY 1\n1 DOWN 1\n2 DOWN 1\n3 SECONDARY 1\n4 SECONDARY 1\n',
      'wait without member 4 no majority of the others would be left: only 2 of 4 serve',
    ],
    ['one without a vote can go at any time', [0, 3], `${three}3 STARTUP2 0\n`, 'remove 3'],
    [
      'a primary that is to go hands over once the others went',
      [4, 3],
      '0 SECONDARY 1\n1 SECONDARY 1\n2 SECONDARY 1\n4 PRIMARY 1\n',
      'hand-over',
    ],
    [
      'and removes the others first, not itself',
      [4, 3],
      '0 SECONDARY 1\n1 SECONDARY 1\n2 SECONDARY 1\n3 SECONDARY 1\n4 PRIMARY 1\n',
      'remove 3',
    ],
    [
      'it stays while nobody can take over',
      [3, 3],
      '0 DOWN 1\n1 DOWN 0\n2 SECONDARY 0\n3 PRIMARY 1\n',
      'wait I am to go, and nobody can take over',
    ],
    [
      'a hidden member can’t take over',
      [3, 3, '2=hidden'],
      '0 DOWN 1\n1 DOWN 1\n2 SECONDARY 1 hidden\n3 PRIMARY 1\n',
      'wait I am to go, and nobody can take over',
    ],
  ]),
);

const withHidden = (text: string) => text.replace('2 SECONDARY 1 shown', '2 SECONDARY 1 hidden');
const fourth = (text: string) => `${three}3 ${text}\n`;
await decisions(
  server,
  'decide.sh',
  'next_change',
  env,
  changes([
    ['a member is hidden', [0, 3, '2=hidden'], three, 'make 2 hidden'],
    ['it is', [0, 3, '2=hidden'], withHidden(three), 'none'],
    ['it is shown again', [0, 3], withHidden(three), 'make 2 shown'],
    ['one is shown before another is hidden', [0, 3, '1=hidden'], withHidden(three), 'make 2 shown'],
    [
      'hidden while another is down: nobody is left to be elected when the primary is lost',
      [0, 3, '2=hidden'],
      '0 PRIMARY 1\n1 DOWN 1\n2 SECONDARY 1\n',
      'wait member 2 is to be hidden, and of the 3 with a vote only 1 others serve and can be elected',
    ],
    [
      'the same, and who makes it possible is added first',
      [0, 5, '1=hidden 2=hidden'],
      '0 PRIMARY 1\n1 SECONDARY 1 hidden\n2 SECONDARY 1\n3 blank -\n4 blank -\n',
      'add 3 shown',
    ],
    [
      'the same, once the other has its vote, too',
      [0, 5, '1=hidden 2=hidden'],
      '0 PRIMARY 1\n1 SECONDARY 1 hidden\n2 SECONDARY 1\n3 SECONDARY 1\n4 SECONDARY 1\n',
      'make 2 hidden',
    ],
    [
      'a primary that is to be hidden hands over',
      [1, 3, '1=hidden'],
      '0 SECONDARY 1\n1 PRIMARY 1\n2 SECONDARY 1\n',
      'hand-over',
    ],
    [
      'it hides others first: to one of them it would hand over in vain',
      [1, 5, '1=hidden 2=hidden'],
      '0 SECONDARY 1\n1 PRIMARY 1\n2 SECONDARY 1\n3 SECONDARY 1\n4 SECONDARY 1\n',
      'make 2 hidden',
    ],
    [
      'it stays while nobody can take over',
      [1, 3, '1=hidden'],
      '0 DOWN 1\n1 PRIMARY 1\n2 DOWN 1\n',
      'wait I am to be hidden, and nobody can take over',
    ],
    [
      'a new member that is to be hidden is never shown',
      [0, 5, '3=hidden'],
      fourth('blank -'),
      'add 3 hidden',
    ],
    [
      'one that lost its volume is to be hidden: before it gets its vote',
      [0, 3, '2=hidden'],
      '0 PRIMARY 1\n1 SECONDARY 1\n2 SECONDARY 0\n',
      'make 2 hidden',
    ],
    [
      'a vote back, for a hidden one',
      [0, 3, '2=hidden'],
      '0 PRIMARY 1\n1 SECONDARY 1\n2 SECONDARY 0 hidden\n',
      'vote 2',
    ],
    [
      'not before it has everything',
      [0, 3, '2=hidden'],
      '0 PRIMARY 1\n1 SECONDARY 1\n2 STARTUP2 0 hidden\n',
      'wait member 2 has no vote until it has copied everything',
    ],
    ['a new member that is to be late', [0, 4, '3=delayed:60'], fourth('blank -'), 'add 3 delayed:60'],
    [
      'a vote of a late member: a majority that waits for it',
      [0, 4, '3=delayed:60'],
      fourth('SECONDARY 0 delayed:60'),
      'none',
    ],
    [
      'such a vote that somebody gave it',
      [0, 4, '3=delayed:60'],
      fourth('SECONDARY 1 delayed:60'),
      'make 3 delayed:60',
    ],
    [
      'a late member that is down holds nobody up',
      [0, 6, '3=delayed:60'],
      `${fourth('DOWN 0 delayed:60')}4 blank -\n`,
      'add 4 shown',
    ],
    ['another delay', [0, 4, '3=delayed:60'], fourth('SECONDARY 0 delayed:3600'), 'make 3 delayed:60'],
    [
      'one becomes late, and loses its vote by the same',
      [0, 4, '3=delayed:60'],
      fourth('SECONDARY 1'),
      'make 3 delayed:60',
    ],
    [
      'not before others have their vote: fewer failures would be tolerated meanwhile',
      [0, 4, '2=delayed:60'],
      fourth('STARTUP2 0'),
      'wait member 3 has no vote until it has copied everything',
    ],
    [
      'not where that leaves no majority',
      [0, 5, '2=delayed:60'],
      `${three}3 DOWN 1\n4 DOWN 1\n`,
      'wait member 2 is to be delayed, and of the 4 left with a vote only 2 serve and can be elected',
    ],
    [
      'a delay ends: old data must not be shown',
      [0, 3],
      '0 PRIMARY 1\n1 SECONDARY 1\n2 SECONDARY 0 delayed:60\n',
      'make 2 hidden',
    ],
    [
      'nor while it catches up',
      [0, 3],
      '0 PRIMARY 1\n1 SECONDARY 1\n2 BEHIND 0 hidden\n',
      'wait member 2 has no vote until it has copied everything',
    ],
    ['then it is shown', [0, 3], '0 PRIMARY 1\n1 SECONDARY 1\n2 SECONDARY 0 hidden\n', 'make 2 shown'],
  ]),
);

const notYet = (ready: number, wanted: number) =>
  `only ${ready} of the ${wanted} members that would stay and vote serve, have their vote, and are no more hidden than they shall be: repair them, or change hidden by an upgrade of its own, first, then shrink`;
// KEEP SHAPES
await decisions(hook, 'decide.sh', 'may_shrink', env, [
  ['all that stay serve', [3, ''], five, 'ok'],
  ['one that would stay is down', [3, ''], five.replace('1 SECONDARY', '1 DOWN'), notYet(2, 3)],
  [
    'one that would stay has no vote yet',
    [3, ''],
    five.replace('2 SECONDARY 1', '2 SECONDARY 0'),
    notYet(2, 3),
  ],
  ['one that stays is to be hidden, and is not yet', [3, '2=hidden'], five, 'ok'],
  ['one that stays is hidden, and shall be', [3, '2=hidden'], withHidden(five), 'ok'],
  [
    'one that stays is hidden, and shall not be: too few to be elected meanwhile',
    [3, ''],
    withHidden(five),
    notYet(2, 3),
  ],
  [
    'a late one that stays needs no vote, nor to be there',
    [4, '3=delayed:60'],
    five.replace('3 SECONDARY 1', '3 DOWN 0'),
    'ok',
  ],
  [
    'one that stays is late, and shall vote',
    [3, ''],
    five.replace('2 SECONDARY 1 shown', '2 SECONDARY 0 delayed:60'),
    notYet(2, 3),
  ],
]);

await decisions(hook, 'decide.sh', 'members_left', env, [
  ['two', [3], five, '3 4'],
  ['none', [3], three, ''],
  ['a server that waits to be added is no member', [3], `${three}3 blank - -\n`, ''],
]);

describe('session.js, before a server that answers as told', () => {
  const member = (ordinal: number, more: object = {}) => ({
    _id: ordinal,
    host: `shop-${ordinal}.members:27017`,
    votes: 1,
    priority: 1,
    hidden: false,
    secondaryDelaySecs: 0,
    ...more,
  });
  const unseen = { priority: 0, hidden: true };
  const without = { votes: 0, priority: 0 };
  const lateBy = (secondaryDelaySecs: number) => ({ ...without, hidden: true, secondaryDelaySecs });
  const [first, second] = [member(0), member(1)];

  // The question's words, what member 2 was, what it is then.
  test.each([
    ['make 2 hidden', {}, unseen],
    ['make 2 delayed:60', {}, lateBy(60)],
    ['make 2 delayed:60', unseen, lateBy(60)],
    ['make 2 delayed:60', lateBy(3600), lateBy(60)],
    ['make 2 hidden', lateBy(60), { ...without, hidden: true }],
    ['make 2 shown', unseen, {}],
    ['make 2 shown', { ...without, hidden: true }, without],
    ['vote 2', without, {}],
    ['vote 2', { ...without, hidden: true }, unseen],
    ['vote 2', lateBy(60), lateBy(60)],
  ])('%s: of %j it makes %j', async (words, before, after) => {
    const members = [first, second, member(2, before)];
    const { lines, config } = await askSession(server, { members }, [`change 7 ${words}`]);
    expect(lines).toEqual(['0 end']);
    expect(config).toMatchObject({ version: 8, members: [first, second, member(2, after)] });
  });

  test.each([
    ['add 2 shown', without],
    ['add 2 hidden', { ...without, hidden: true }],
    ['add 2 delayed:60', lateBy(60)],
  ])('%s: without a vote', async (words, added) => {
    const { config } = await askSession(server, { members: [first, second] }, [`change 7 ${words}`]);
    expect(config.members).toEqual([first, second, member(2, added)]);
  });

  test.each([
    ['shown', {}, without],
    ['hidden', unseen, { ...without, hidden: true }],
    ['late', lateBy(60), lateBy(60)],
  ])(
    'yield takes the vote of one that is %s, and changes the configuration in any case',
    async (_, before, after) => {
      const members = [first, second, member(2, before)];
      const { lines, config } = await askSession(server, { members }, ['yield 0 2', 'yield 0 3']);
      expect(lines).toEqual(['0 end', '1 end']);
      expect(config).toMatchObject({ version: 9, members: [first, second, member(2, after)] });
    },
  );

  test('a set begins with each member as it shall be', async () => {
    const { config } = await askSession(server, {}, ['initiate 10000 4 2=hidden 3=delayed:3600']);
    expect(config.members).toEqual([first, second, member(2, unseen), member(3, lateBy(3600))]);
  });

  test('members are told as next_change() reads them', async () => {
    const members = [
      first,
      member(1, unseen),
      member(2, lateBy(60)),
      member(3, { ...without, hidden: true }),
      member(4, without),
      member(5),
    ];
    const seen = (stateStr: string, seconds: number) => ({
      stateStr,
      optimeDate: 1_000_000 - seconds * 1000,
    });
    const status = [
      { ...seen('PRIMARY', 0), self: true },
      seen('SECONDARY', 0),
      seen('SECONDARY', 65),
      seen('SECONDARY', 40),
      seen('SECONDARY', 20),
      { ...seen('(not reachable/healthy)', 40), health: 0 },
    ];
    expect((await askSession(server, { members, status }, ['members'])).lines).toEqual([
      '0 7 10000 0 0',
      '0 0 PRIMARY 1 shown',
      '0 1 SECONDARY 1 hidden',
      '0 2 BEHIND 0 delayed:60',
      '0 3 BEHIND 0 hidden',
      '0 4 SECONDARY 0 shown',
      '0 5 DOWN 1 shown',
      '0 end',
    ]);
  });

  test('hello tells a role, and of a hidden member that it is one', async () => {
    const hello = {
      localhost: { setName: 'ballast', secondary: true, hidden: true, lastWrite: { opTime: { t: 4 } } },
      'shop-0.members': { setName: 'ballast', isWritablePrimary: true, lastWrite: { opTime: { t: 4 } } },
      'shop-1.members': { isWritablePrimary: false, secondary: false },
    };
    expect((await askSession(server, { hello }, ['observe', 'survey 0 1 2'])).lines).toEqual([
      '0 hidden 4',
      '0 end',
      '1 0 primary 4',
      '1 1 blank',
      '1 2 unreachable',
      '1 end',
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { render } from '../../harness/charts/render.ts';
import type { Values } from '../../harness/drill/types.ts';

const chart = chartNamed('mongodb');
const rendered = (name: string, more: Values = {}) =>
  render(chart, { release: 'shop', values: { ...topologyNamed(chart, name).values, ...more } });
const [set, standalone, tls] = await Promise.all([
  rendered('replicaset'),
  rendered('standalone'),
  rendered('replicaset-tls'),
]);

const limits = (memory: string) => ({ resources: { requests: { memory: '64Mi' }, limits: { memory } } });
const script = (text: string, id = 'a') => ({ id, database: 'shop', script: text });
refusals(chart, [
  [
    'a set of one',
    { architecture: 'replicaSet', replicas: 1 },
    'mongodb: replicas is 1, and a set that survives the loss of a member has 3 at least: write 3, or architecture standalone',
  ],
  [
    'an even number of members',
    { architecture: 'replicaSet', replicas: 4 },
    'mongodb: replicas is 4, and an even number tolerates no more failures than one less: write 3 or 5',
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

  test('users and collections reach the hook, passwords do not', () => {
    const text = set.one('ConfigMap', 'shop-mongodb-provision').data?.['provision.json'] ?? '';
    expect(JSON.parse(text)).toEqual({
      databases: [{ name: 'shop', collections: ['orders', 'customers'] }],
      users: [{ name: 'app', roles: [{ role: 'readWrite', db: 'shop' }] }],
    });
  });
});

const server = set.one('ConfigMap', 'shop-mongodb');
const hook = set.one('ConfigMap', 'shop-mongodb-drain');
const env = { BASE: 'shop-mongodb', SUFFIX: 'members.test', POD: 'shop-mongodb-1', TLS: 'false' };

await decisions(server, 'decide.sh', 'role_of', env, [
  ['the primary', ['primary'], '', 'primary'],
  ['a secondary', ['secondary'], '', 'replica'],
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

const three = '0 PRIMARY 1\n1 SECONDARY 1\n2 SECONDARY 1\n';
const five = `${three}3 SECONDARY 1\n4 SECONDARY 1\n`;
// ME TARGET
await decisions(server, 'decide.sh', 'next_change', env, [
  ['nothing to do', [0, 3], three, 'none'],
  ['a single server', [0, 1], '0 PRIMARY 1\n', 'none'],
  ['a new member has no vote', [0, 5], `${three}3 blank -\n4 blank -\n`, 'add 3'],
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
]);

await decisions(hook, 'decide.sh', 'may_shrink', env, [
  ['all that stay serve', [3], five, 'ok'],
  [
    'one that would stay is down',
    [3],
    five.replace('1 SECONDARY', '1 DOWN'),
    'only 2 of the 3 members that would stay serve and have a vote: repair them first, then shrink',
  ],
  [
    'one that would stay has no vote yet',
    [3],
    five.replace('2 SECONDARY 1', '2 SECONDARY 0'),
    'only 2 of the 3 members that would stay serve and have a vote: repair them first, then shrink',
  ],
]);

await decisions(hook, 'decide.sh', 'members_left', env, [
  ['two', [3], five, '3 4'],
  ['none', [3], three, ''],
  ['a server that waits to be added is no member', [3], `${three}3 blank -\n`, ''],
]);

import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tmpdir } from 'zx';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { $ } from '../../harness/base/exec.ts';
import { type Rendering, render } from '../../harness/charts/render.ts';
import { runShellFunction } from '../../harness/charts/shell.ts';

const chart = chartNamed('mysql');
const rendered = (name: string) =>
  render(chart, { release: 'shop', values: topologyNamed(chart, name).values });
const [group, standalone] = await Promise.all([rendered('group'), rendered('standalone')]);

const limits = (memory: string) => ({ resources: { requests: { memory: '64Mi' }, limits: { memory } } });
const large = { architecture: 'group', ...limits('1Gi') };
refusals(chart, [
  [
    'a group of one',
    { ...large, replicas: 1 },
    'mysql: replicas is 1, and a group that survives the loss of a member has 3 at least: write 3, or architecture standalone',
  ],
  [
    'an even group',
    { ...large, replicas: 4 },
    'mysql: replicas is 4, and an even group has no more fault tolerance than one member less: write 3 or 5',
  ],
  [
    'a group member that is too small',
    { architecture: 'group', ...limits('895Mi') },
    'mysql: resources.limits.memory is 895Mi, and a group member needs at least 896Mi: write 1Gi',
  ],
  [
    'a replication of one',
    { architecture: 'replication', replicas: 1, ...limits('768Mi') },
    'mysql: replicas is 1, and a replication has a primary and 1 to 6 replicas: write 2 to 7, or architecture standalone',
  ],
  [
    'a member of a replication that is too small',
    { architecture: 'replication', replicas: 2, ...limits('639Mi') },
    'mysql: resources.limits.memory is 639Mi, and a member of a replication needs at least 640Mi: write 768Mi',
  ],
  [
    'an instance that is too small',
    limits('383Mi'),
    'mysql: resources.limits.memory is 383Mi, and a single instance needs at least 384Mi: write 512Mi',
  ],
  [
    'a buffer pool above the limit',
    { bufferPool: '2Gi', ...limits('600Mi') },
    'mysql: bufferPool (2Gi) is above resources.limits.memory (600Mi): leave bufferPool empty to derive it from the limit',
  ],
  [
    'a buffer pool as a raw setting',
    { config: { 'innodb-buffer-pool-size': '1G' } },
    'mysql: config.innodb_buffer_pool_size is set by bufferPool: write bufferPool instead',
  ],
  [
    'a setting of the chart',
    { config: { gtid_mode: 'OFF' } },
    'mysql: config.gtid_mode is managed by the chart: remove it',
  ],
  [
    'a user twice',
    { users: [{ name: 'app' }, { name: 'app' }] },
    'mysql: users has app twice: merge the two entries',
  ],
  [
    'a user of the chart',
    { users: [{ name: 'root' }] },
    'mysql: users has root, which the chart or the server manages itself: use another name',
  ],
  [
    'a migration twice',
    {
      migrations: {
        scripts: [
          { id: 'a', sql: 'DO 0' },
          { id: 'a', sql: 'DO 1' },
        ],
      },
    },
    'mysql: migrations.scripts has the id a twice: every migration needs its own',
  ],
  [
    'migrations from two places',
    { migrations: { scripts: [{ id: 'a', sql: 'DO 0' }], configMap: 'mine' } },
    'mysql: migrations.configMap and migrations.scripts are both set: keep one of them, their order would be unclear',
  ],
  [
    'backups to nowhere',
    { backup: { enabled: true } },
    'mysql: backup.enabled is set, and backup.destination is empty: write where restic keeps the backups, s3:https://HOST/BUCKET/DIRECTORY for example',
  ],
  [
    'a backup that nobody can read',
    { backup: { restore: { snapshot: 'latest' }, destination: 's3:https://s3.example.com/backups' } },
    'mysql: backup.restore.snapshot is set, and backup.existingSecret is empty: make a Secret with repository-password, and with access-key and secret-key for S3, and write its name',
  ],
  [
    'backups in a volume without a claim',
    { backup: { enabled: true, destination: '/backup/shop', existingSecret: 'keys' } },
    'mysql: backup.destination is /backup/shop, and there is no volume: write the name of a claim into backup.existingClaim, or an s3: destination',
  ],
  [
    'a claim for backups that go elsewhere',
    {
      backup: {
        enabled: true,
        destination: 's3:https://s3.example.com/backups',
        existingSecret: 'keys',
        existingClaim: 'backups',
      },
    },
    'mysql: backup.existingClaim is backups, and backup.destination does not lie in it: write /backup/mysql, or no claim',
  ],
  [
    'backups of which none is kept',
    {
      backup: {
        enabled: true,
        destination: 's3:https://s3.example.com/backups',
        existingSecret: 'keys',
        keep: { daily: 0, weekly: 0, monthly: 0 },
      },
    },
    'mysql: backup.keep keeps no backup: write daily: 7, or enabled false',
  ],
  [
    'a destination without its protocol',
    { backup: { destination: 'https://s3.example.com/backups' } },
    "values don't meet the specifications of the schema(s) in the following chart(s): " +
      "mysql: at '/backup/destination': 'https://s3.example.com/backups' does not match pattern '^((s3|rest):https?://[^ ]+|/backup(/[A-Za-z0-9._-]+)*)?$'",
  ],
  [
    'a quantity that is none',
    limits('1Gb'),
    "values don't meet the specifications of the schema(s) in the following chart(s): " +
      "mysql: at '/resources/limits/memory': '1Gb' does not match pattern '^[0-9]+(\\\\.[0-9]+)?(k|Ki|M|Mi|G|Gi|T|Ti)?$'",
  ],
]);

describe('the buffer pool follows from the memory limit', () => {
  const pools: [string, string, string][] = [
    ['standalone', '512Mi', '166723584'],
    ['standalone', '2Gi', '1374683136'],
    ['replication', '768Mi', '132120576'],
    ['replication', '2Gi', '1138753536'],
    ['group', '1Gi', '254803968'],
    ['group', '4Gi', '2670723072'],
  ];
  test.each(pools)('%s with %s: %s', async (architecture, memory, bytes) => {
    const limits = { requests: { memory: '256Mi' }, limits: { memory } };
    const output = await render(chart, { release: 'shop', values: { architecture, resources: limits } });
    expect(output.one('ConfigMap', 'shop-mysql').data?.['my.cnf']).toContain(
      `\ninnodb_buffer_pool_size=${bytes}\n`,
    );
  });
});

describe('a user’s own settings', () => {
  test('config goes into my.cnf', async () => {
    const output = await render(chart, { release: 'shop', values: { config: { max_connections: 500 } } });
    expect(output.one('ConfigMap', 'shop-mysql').data?.['my.cnf']).toContain('\nmax_connections=500\n');
  });

  test('both architectures have the same Services, so that applications need not change between profiles', () => {
    const names = (rendering: Rendering) => rendering.all('Service').map(({ metadata }) => metadata.name);
    expect(new Set(names(group))).toEqual(
      new Set(['primary', 'replicas', 'members'].map((name) => `shop-mysql-${name}`)),
    );
    expect(names(standalone)).toEqual(names(group));
  });
});

/** What the functions under test read of a pod's environment. */
const podEnv = { POD: 'shop-mysql-0', BASE: 'shop-mysql', STATE_CONFIGMAP: 'shop-mysql-state' };

const server = group.one('ConfigMap', 'shop-mysql');
const prepare = group.one('ConfigMap', 'shop-mysql-prepare');
const provision = group.one('ConfigMap', 'shop-mysql-provision');

await decisions(server, 'lib.sh', 'ordinal_of', podEnv, [
  ['a pod', ['shop-mysql-0'], '', '0'],
  ['a name with digits', ['db2-mysql-12'], '', '12'],
]);

await decisions(server, 'lib.sh', 'sql_string', podEnv, [
  ['plain', ['secret'], '', "'secret'"],
  ['a quote', ["it's"], '', "'it''s'"],
  ['a backslash', ['a\\b'], '', "'a\\\\b'"],
  ['an injection', ["'; DROP DATABASE app; --"], '', "'''; DROP DATABASE app; --'"],
]);

test('a server’s number is another for each volume, stays with it, and tells the ordinal', async () => {
  const [one, other] = [tmpdir(), tmpdir()];
  try {
    const ids: number[] = [];
    for (const DATA of [one, one, other]) {
      const env = { ...podEnv, POD: 'shop-mysql-2', DATA, BALLAST_TEST: '1' };
      const [result] = await runShellFunction(server, 'run.sh', 'server_id', [{}], env);
      ids.push(Number(result?.output));
    }
    expect(ids.map((id) => id % 16)).toEqual([3, 3, 3]);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  } finally {
    for (const dir of [one, other]) rmSync(dir, { recursive: true, force: true });
  }
});

await decisions(server, 'decide.sh', 'count_gtids', podEnv, [
  ['nothing', [''], '', '0'],
  ['one', ['3e11fa47-71ca-11e1-9e33-c80aa9429562:7'], '', '1'],
  ['ranges', ['3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7'], '', '6'],
  [
    'two servers',
    ['3e11fa47-71ca-11e1-9e33-c80aa9429562:1-100,5e11fa47-71ca-11e1-9e33-c80aa9429562:1-10'],
    '',
    '110',
  ],
  ['a tag', ['3e11fa47-71ca-11e1-9e33-c80aa9429562:1-3:blue:1-4'], '', '7'],
]);

await decisions(server, 'decide.sh', 'role_of', podEnv, [
  ['a primary that accepts writes', ['ONLINE', 'PRIMARY', 3, 3, 0], '', 'primary'],
  ['a primary that does not yet', ['ONLINE', 'PRIMARY', 3, 3, 1], '', 'none'],
  ['a secondary', ['ONLINE', 'SECONDARY', 3, 3, 1], '', 'replica'],
  ['a primary without a majority', ['ONLINE', 'PRIMARY', 1, 3, 0], '', 'none'],
  ['half is no majority', ['ONLINE', 'PRIMARY', 2, 4, 0], '', 'none'],
  ['a secondary without a majority', ['ONLINE', 'SECONDARY', 1, 3, 1], '', 'none'],
  ['a member that recovers', ['RECOVERING', 'SECONDARY', 3, 3, 1], '', 'none'],
  ['no member', ['OFFLINE', 'NONE', 0, 0, 1], '', 'none'],
]);

const reclone =
  'refuse my volume has transactions that the group has not: look at them, then annotate this pod with ballast.dev/reclone=true to replace my data by a copy';

// ME REPLICAS FORMED CONTENT RECLONE CLONE_ABOVE; peers: ORDINAL STATE ROLE MAJORITY PEER_IN_ME ME_IN_PEER CONTENT MISSING PURGED_IN_ME
await decisions(server, 'decide.sh', 'decide', podEnv, [
  [
    'all members are new: the lowest leads',
    [0, 3, 'false', 'empty', 'no', 1000],
    '1 OFFLINE NONE 0 1 1 empty 0 1\n2 OFFLINE NONE 0 1 1 empty 0 1\n',
    'bootstrap',
  ],
  [
    'all members are new: another waits for it',
    [1, 3, 'false', 'empty', 'no', 1000],
    '0 OFFLINE NONE 0 1 1 empty 0 1\n2 OFFLINE NONE 0 1 1 empty 0 1\n',
    'wait these members have the same transactions and a lower ordinal, and lead: 0',
  ],
  [
    'a peer is silent, so a group can’t be ruled out',
    [0, 3, 'false', 'empty', 'no', 1000],
    '1 OFFLINE NONE 0 1 1 empty 0 1\n2 unreachable - 0 0 0 - 0 0\n',
    "wait no group found, and it can't be ruled out while these members do not answer: 2",
  ],
  [
    'a peer was not asked',
    [0, 3, 'false', 'empty', 'no', 1000],
    '1 OFFLINE NONE 0 1 1 empty 0 1\n',
    'wait 1 of 2 peers answered',
  ],
  [
    'all were lost, I have the most',
    [2, 3, 'true', 'data', 'no', 1000],
    '0 OFFLINE NONE 0 1 0 data 0 1\n1 OFFLINE NONE 0 1 0 data 0 1\n',
    'bootstrap',
  ],
  [
    'all were lost, another has more',
    [0, 3, 'true', 'data', 'no', 1000],
    '1 OFFLINE NONE 0 1 1 data 0 1\n2 OFFLINE NONE 0 0 1 data 5 1\n',
    'wait these members have more transactions and lead: 2',
  ],
  [
    'all were lost, one volume is gone: a majority still holds everything',
    [1, 3, 'true', 'data', 'no', 1000],
    '0 OFFLINE NONE 0 1 0 empty 0 1\n2 OFFLINE NONE 0 1 1 data 0 1\n',
    'bootstrap',
  ],
  [
    'a majority of the volumes is gone',
    [0, 3, 'true', 'data', 'no', 1000],
    '1 OFFLINE NONE 0 1 0 empty 0 1\n2 OFFLINE NONE 0 1 0 empty 0 1\n',
    'refuse only 1 of 3 volumes hold data: acknowledged writes may be lost; restore the others, or set data.formed to "false" in the ConfigMap to go on with what is left',
  ],
  [
    'every volume is gone',
    [0, 3, 'true', 'empty', 'no', 1000],
    '1 OFFLINE NONE 0 1 1 empty 0 1\n2 OFFLINE NONE 0 1 1 empty 0 1\n',
    'refuse only 0 of 3 volumes hold data: acknowledged writes may be lost; restore the others, or set data.formed to "false" in the ConfigMap to go on with what is left',
  ],
  [
    'volumes contradict each other and no group says who is right',
    [0, 3, 'true', 'data', 'no', 1000],
    '1 OFFLINE NONE 0 0 0 data 3 1\n2 OFFLINE NONE 0 1 1 data 0 1\n',
    'refuse my transactions and those of these members contradict each other, no group exists to say who is right: 1',
  ],
  [
    'a group is there, I am a little behind',
    [0, 3, 'true', 'data', 'no', 1000],
    '1 ONLINE PRIMARY 1 0 1 data 10 1\n2 ONLINE SECONDARY 1 0 1 data 10 1\n',
    'join 1',
  ],
  [
    'a group is there, I am far behind',
    [0, 3, 'true', 'data', 'no', 1000],
    '1 ONLINE PRIMARY 1 0 1 data 1001 1\n2 ONLINE SECONDARY 1 0 1 data 1001 1\n',
    'clone 2',
  ],
  [
    'a group is there, its logs no longer reach back to me',
    [0, 3, 'true', 'data', 'no', 1000],
    '1 ONLINE PRIMARY 1 0 1 data 10 0\n2 unreachable - 0 0 0 - 0 0\n',
    'clone 1',
  ],
  [
    'a group is there while a peer is silent',
    [0, 3, 'true', 'data', 'no', 1000],
    '1 ONLINE PRIMARY 1 1 1 data 0 1\n2 unreachable - 0 0 0 - 0 0\n',
    'join 1',
  ],
  [
    'a group is there, I have what it has not',
    [0, 3, 'true', 'data', 'no', 1000],
    '1 ONLINE PRIMARY 1 0 0 data 10 1\n2 ONLINE SECONDARY 1 0 0 data 10 1\n',
    reclone,
  ],
  [
    'the same, and the operator has agreed',
    [0, 3, 'true', 'data', 'yes', 1000],
    '1 ONLINE PRIMARY 1 0 0 data 10 1\n2 ONLINE SECONDARY 1 0 0 data 10 1\n',
    'clone 2',
  ],
  [
    'a group whose primary does not answer',
    [0, 3, 'true', 'data', 'no', 1000],
    '1 ONLINE SECONDARY 1 0 1 data 10 1\n2 unreachable - 0 0 0 - 0 0\n',
    'wait member 1 is in a group whose primary does not answer',
  ],
  [
    'a minority that has not left its group yet',
    [0, 3, 'true', 'data', 'no', 1000],
    '1 ONLINE PRIMARY 0 0 1 data 10 1\n2 OFFLINE NONE 0 1 1 data 0 1\n',
    'wait these members are in a group without a majority, and about to leave it: 1',
  ],
]);

const copied = `#!/bin/bash
. /opt/ballast/lib.sh
scenario() {
  epoch() { now=5000; }
  [ "$1" = never ] || echo "$1" >"$RUN/copied"
  clone_above 1000
  rm -f "$RUN/copied"
}
`;
await decisions(
  { ...server, data: { ...server.data, 'scenario.sh': copied } },
  'scenario.sh',
  'scenario',
  podEnv,
  [
    ['no copy yet', ['never'], '', '1000'],
    ['a copy of a minute ago', [4940], '', '9223372036854775807'],
    ['a copy of an hour ago', [1400], '', '1000'],
  ],
);

const committing = `#!/bin/bash
. /opt/ballast/lib.sh
scenario() {
  local second commits kib
  epoch() { now=$((1000000 + second)); }
  kib_left() { left=$kib; }
  while read -r second commits kib; do
    no_room "$commits" && echo "$second"
  done
  return 0
}
`;
// SECOND COMMITS that wait, KIB that are left; prints the seconds at which the server is given up.
await decisions(
  { ...server, data: { ...server.data, 'scenario.sh': committing } },
  'scenario.sh',
  'scenario',
  podEnv,
  [
    ['a full volume', [], '0 1 0\n4 2 0\n5 1 0\n6 1 0\n', '5'],
    ['one that was freed in time', [], '0 1 0\n4 1 0\n5 0 9000\n6 1 9000\n11 1 9000\n', ''],
    ['a busy server', [], '0 9 9000\n5 9 9000\n10 9 9000\n', ''],
    ['one that is full again, or still', [], '0 1 0\n5 1 0\n10 1 0\n600 1 0\n605 1 0\n606 1 0\n', '5\n605'],
  ],
);

const joining = `#!/bin/bash
. /opt/ballast/group.sh
me=1
member_host() { echo "shop-mysql-$1"; }
kib_left() { left=$room; }
remote_sql() { cat >/dev/null && echo "$answer"; }
say() { echo "$1"; }
start_group() { echo "bootstrap $1, single leader $2"; }
scenario() {
  answer=$1 room=$2
  join_group 0
}
`;
// What the peer answers: whether its group has a single leader, and how many members it has by my name.
await decisions(
  { ...server, data: { ...server.data, 'scenario.sh': joining } },
  'scenario.sh',
  'scenario',
  podEnv,
  [
    ['a group', ['1 0', 70000], '', 'joining the group of member 0\nbootstrap OFF, single leader 1'],
    [
      'a group that was founded without a single leader, whatever the value is by now',
      ['0 0', 70000],
      '',
      'joining the group of member 0\nbootstrap OFF, single leader 0',
    ],
    [
      'one that counts on my former run',
      ['1 1', 70000],
      '',
      'waiting until the group of member 0 has expelled my former run',
    ],
    [
      'one that left its group meanwhile',
      ['NULL 0', 70000],
      '',
      'waiting: member 0 does not say how its group was founded',
    ],
    ['one that went away', ['', 70000], '', 'waiting: member 0 does not say how its group was founded'],
    [
      'a group, and a full volume',
      ['1 0', 60000],
      '',
      'staying out of the group: less than 64 MiB are left on my volume',
    ],
  ],
);

const replicated = (
  await render(chart, { release: 'shop', values: topologyNamed(chart, 'replication').values })
).one('ConfigMap', 'shop-mysql');
await decisions(replicated, 'decide.sh', 'may_lead', podEnv, [
  [
    'nobody ever led: the lowest of equals',
    [0, 2, 0, '-', '-', 'aaaa', 'run0', 'data', 'false'],
    '1 run1 1 - 1 1 empty 0 1\n',
    'lead',
  ],
  [
    'nobody ever led: another waits for it',
    [1, 2, 0, '-', '-', 'bbbb', 'run1', 'data', 'false'],
    '0 run0 1 - 1 1 empty 0 1\n',
    'wait these members have the same transactions and a lower ordinal, and lead: 0',
  ],
  [
    'nobody ever led, and one is silent: it may have data',
    [0, 2, 0, '-', '-', 'aaaa', 'run0', 'data', 'false'],
    '1 unreachable - 0 0 0 - 0 0\n',
    'wait the first primary is chosen once all members answer: 0 of the 1 others do',
  ],
  [
    'the Lease is gone, and a volume with it',
    [1, 2, 0, '-', '-', 'bbbb', 'run1', 'data', 'true'],
    '0 run0 1 - 1 0 empty 0 1\n',
    "refuse the Lease that says who led is gone, and so is what a volume held: restore it, or name in the Lease's annotation ballast.dev/leader whose data counts",
  ],
  [
    'the Lease is gone, and all volumes are there: who has most',
    [1, 2, 0, '-', '-', 'bbbb', 'run1', 'data', 'true'],
    '0 run0 1 - 1 0 data 0 1\n',
    'lead',
  ],
  [
    'a single instance that became one of two',
    [1, 2, 0, '-', '-', 'bbbb', 'run1', 'data', 'false'],
    '0 run0 1 - 0 1 data 7 1\n',
    'wait these members have more transactions and lead: 0',
  ],
  [
    'the last primary has everything',
    [0, 2, 4, '0=aaaa', '1=run1', 'aaaa', 'run9', 'data', 'true'],
    '',
    'lead',
  ],
  [
    'the last primary with another volume',
    [0, 2, 4, '0=aaaa', '1=run1', 'cccc', 'run9', 'data', 'true'],
    '',
    "refuse my volume is not the one that led: put that one back, or name in the Lease's annotation ballast.dev/leader whose data counts from now on",
  ],
  [
    'the one replica whose acknowledgements counted',
    [1, 2, 4, '0=aaaa', '1=run1', 'bbbb', 'run1', 'data', 'true'],
    '',
    'lead',
  ],
  [
    'that replica started anew since: what it had received and not applied is gone',
    [1, 2, 4, '0=aaaa', '1=run1', 'bbbb', 'run2', 'data', 'true'],
    '',
    'wait members 0=aaaa and 1=run1 have acknowledged writes that I may lack',
  ],
  [
    'the primary wrote alone',
    [1, 2, 4, '0=aaaa', '-', 'bbbb', 'run1', 'data', 'true'],
    '',
    'wait member 0 alone has every acknowledged write',
  ],
  [
    'a replica that came back and has not everything yet',
    [1, 2, 4, '0=aaaa', '?1=run1', 'bbbb', 'run1', 'data', 'true'],
    '',
    'wait member 0 alone has every acknowledged write',
  ],
  [
    'the second of two that have not everything yet',
    [2, 3, 4, '0=aaaa', '?1=run1,2=run2', 'cccc', 'run2', 'data', 'true'],
    '1 run1 1 0 1 1 data 0 1\n',
    'wait member 0 alone has every acknowledged write',
  ],
  [
    'two replicas, the other has more',
    [1, 3, 4, '0=aaaa', '1=run1,2=run2', 'bbbb', 'run1', 'data', 'true'],
    '2 run2 1 0 0 1 data 3 1\n',
    'wait these members have more transactions and lead: 2',
  ],
  [
    'two replicas, and I have more',
    [2, 3, 4, '0=aaaa', '1=run1,2=run2', 'cccc', 'run2', 'data', 'true'],
    '1 run1 1 0 1 0 data 0 1\n',
    'lead',
  ],
  [
    'two replicas, the other is silent: it may have acknowledged alone',
    [1, 3, 4, '0=aaaa', '1=run1,2=run2', 'bbbb', 'run1', 'data', 'true'],
    '2 unreachable - 0 0 0 - 0 0\n',
    'wait these members may have acknowledged writes that I lack, and do not answer, or were started anew: 2',
  ],
  [
    'two replicas, the other started anew',
    [1, 3, 4, '0=aaaa', '1=run1,2=run2', 'bbbb', 'run1', 'data', 'true'],
    '2 run9 1 0 1 1 data 0 1\n',
    'wait these members may have acknowledged writes that I lack, and do not answer, or were started anew: 2',
  ],
  [
    'two replicas that contradict each other',
    [1, 3, 4, '0=aaaa', '1=run1,2=run2', 'bbbb', 'run1', 'data', 'true'],
    '2 run2 1 0 0 0 data 3 1\n',
    'refuse my transactions and those of these members contradict each other, and no primary is there to say who is right: 2',
  ],
]);

const lease = (spec: string) =>
  `{"type":"MODIFIED","object":{"kind":"Lease","metadata":{"name":"shop-mysql","resourceVersion":"42","annotations":{"ballast.dev/in-sync":"1=run1,2=run2","ballast.dev/leader":"0=aaaa"},"managedFields":[{"fieldsV1":{"f:spec":{"f:holderIdentity":{},"f:leaseTransitions":{}}}}]},"spec":{${spec}}}}\n`;
await decisions(replicated, 'role.sh', 'lease_in', podEnv, [
  [
    'held',
    [],
    lease('"holderIdentity":"shop-mysql-0","leaseTransitions":12'),
    '42 shop-mysql-0 12 0=aaaa 1=run1,2=run2',
  ],
  ['released', [], lease('"leaseTransitions":12'), '42 - 12 0=aaaa 1=run1,2=run2'],
  [
    'nobody ever led',
    [],
    '{"metadata":{"name":"shop-mysql","resourceVersion":"7"},"spec":{}}\n',
    '7 - 0 - -',
  ],
  ['the watch expired', [], '{"type":"ERROR","object":{"kind":"Status","metadata":{},"code":410}}\n', ''],
]);
const held = { ...podEnv, POD: 'shop-mysql-0', term: '4' };
await decisions(replicated, 'role.sh', 'verdict_on', { ...held, holder: '-' }, [
  ['the Lease is free', ['take', 4], '', 'granted'],
  ['another was first', ['take', 3], '', 'denied the term is 4 by now'],
  ['a holder that lost it', ['keep', 4], '', 'denied - holds the Lease'],
]);
await decisions(replicated, 'role.sh', 'verdict_on', { ...held, holder: 'shop-mysql-1' }, [
  ['a silent holder, at the version that was seen', ['take', 4], '', 'granted'],
  ['whether it is silent', ['look', 4], '', 'granted'],
  ['what is another’s', ['release', 4], '', 'denied shop-mysql-1 holds the Lease'],
]);
await decisions(replicated, 'role.sh', 'verdict_on', { ...held, holder: 'shop-mysql-0' }, [
  ['its own', ['release', 4], '', 'granted'],
]);
await decisions(replicated, 'replication.sh', 'without', podEnv, [
  ['the first', ['1=a', '1=a,2=b'], '', '2=b'],
  ['the last', ['2=b', '1=a,2=b'], '', '1=a'],
  ['the only one', ['1=a', '1=a'], '', '-'],
  ['none of them', ['1=b', '1=a,2=b'], '', '1=a,2=b'],
  ['of nobody', ['1=a', '-'], '', '-'],
]);
await decisions(replicated, 'replication.sh', 'ordinals_of', podEnv, [
  ['nobody', ['-'], '', ''],
  ['two', ['1=a,12=b'], '', '1 12'],
  ['those that have not everything', ['?1=a,2=b'], '', '1 2'],
]);

await decisions(server, 'role.sh', 'newer', podEnv, [
  ['a later view', ['17000.5', '17000.4'], '', ''],
  ['not by text', ['17000.10', '17000.9'], '', ''],
  ['a later group', ['17001.1', '17000.9'], '', ''],
  ['the same', ['17000.5', '17000.5'], '', '', 1],
  ['an earlier view', ['17000.4', '17000.5'], '', '', 1],
]);

await decisions(server, 'role.sh', 'may_claim', podEnv, [
  ['nobody else claims', ['17000.5'], '', ''],
  ['an older one does', ['17000.5'], 'shop-mysql-1 primary 17000.4 true -\n', ''],
  ['a newer one does', ['17000.5'], 'shop-mysql-1 primary 17000.6 true -\n', 'shop-mysql-1', 1],
  [
    'a newer one among older ones',
    ['17000.5'],
    'shop-mysql-1 primary 17000.1 true -\nshop-mysql-2 primary 17001.0 true -\n',
    'shop-mysql-2',
    1,
  ],
]);

// One that serves no clients must not stay among those that can be read from.
await decisions(server, 'role.sh', 'labels_of', podEnv, [
  ['none', ['none'], '', '"ballast.dev/role":null,"ballast.dev/readable":null'],
  ['a replica', ['replica'], '', '"ballast.dev/role":"replica","ballast.dev/readable":"true"'],
  ['one that is hidden', ['hidden'], '', '"ballast.dev/role":"hidden","ballast.dev/readable":null'],
  ['a primary, readable as it was', ['primary'], '', '"ballast.dev/role":"primary"'],
]);

await decisions(server, 'role.sh', 'describe', podEnv, [
  [
    'a primary',
    [],
    '{"type":"MODIFIED","object":{"metadata":{"name":"shop-mysql-1","labels":{"ballast.dev/peer":"true","ballast.dev/role":"primary"},"annotations":{"ballast.dev/generation":"17000.5"}}}}\n',
    'shop-mysql-1 primary 17000.5 true - -',
  ],
  [
    'a replica',
    [],
    '{"type":"MODIFIED","object":{"metadata":{"name":"shop-mysql-0","labels":{"ballast.dev/peer":"true","ballast.dev/readable":"true","ballast.dev/role":"replica"},"annotations":{"ballast.dev/generation":"17000.5"}}}}\n',
    'shop-mysql-0 replica 17000.5 true - true',
  ],
  [
    'a pod without a role, whose data is to be replaced',
    [],
    '{"object":{"metadata":{"name":"shop-mysql-2","annotations":{"ballast.dev/reclone":"true"}}}}\n',
    'shop-mysql-2 - - - true -',
  ],
]);

// CONTENT FORMED HOLDER GRANTED_AT NOW POD
await decisions(server, 'role.sh', 'bootstrap_verdict', podEnv, [
  ['the first group', ['empty', 'false', '-', 0, 1000, 'shop-mysql-0'], '', 'granted'],
  ['a group of old volumes', ['data', 'true', '-', 0, 1000, 'shop-mysql-0'], '', 'granted'],
  [
    'empty volumes where a group was',
    ['empty', 'true', '-', 0, 1000, 'shop-mysql-0'],
    '',
    'denied a group existed but every volume is empty: restore a volume, or set data.formed to "false" in the ConfigMap shop-mysql-state to start from nothing',
  ],
  [
    'another was just allowed to',
    ['data', 'true', 'shop-mysql-1', 990, 1000, 'shop-mysql-0'],
    '',
    'denied shop-mysql-1 was granted a bootstrap 10 s ago',
  ],
  ['another was, long ago', ['data', 'true', 'shop-mysql-1', 900, 1000, 'shop-mysql-0'], '', 'granted'],
  ['I was, just now', ['data', 'true', 'shop-mysql-0', 990, 1000, 'shop-mysql-0'], '', 'granted'],
]);

await decisions(prepare, 'prepare.sh', 'quantity_bytes', podEnv, [
  ['binary', ['8Gi'], '', '8589934592'],
  ['decimal', ['500M'], '', '500000000'],
  ['none', ['1024'], '', '1024'],
  ['a fraction', ['1.5Gi'], '', '1610612736'],
]);

const moved = (from: string, to: string) =>
  `what holds the data can't go from '${from}' to '${to}' in place, because the data would stay behind: set persistence back, or install a new release and copy the data (docs/moving.md)`;
await decisions(prepare, 'prepare.sh', 'volume_verdict', podEnv, [
  ['the same size', ['8Gi', '8Gi'], '', 'same'],
  ['of a release that did not say it', ['', '8Gi'], '', 'same'],
  ['a larger one', ['900Mi', '1Gi'], '', 'grow'],
  ['a smaller one', ['8Gi', '7Gi'], '', "persistence.size can't shrink from 8Gi to 7Gi: set it back"],
  [
    'the same, otherwise written',
    ['1Gi', '1024Mi'],
    '',
    "persistence.size can't shrink from 1Gi to 1024Mi: set it back",
  ],
  ['none any more', ['8Gi', 'none'], '', moved('8Gi', 'none')],
  ['one where there was none', ['none', '8Gi'], '', moved('none', '8Gi')],
  ['none still', ['none', 'none'], '', 'same'],
  ['another claim', ['claim a', 'claim b'], '', moved('claim a', 'claim b')],
  ['the same claim', ['claim none', 'claim none'], '', 'same'],
  ["a claim of the user's in the place of its own", ['8Gi', 'claim a'], '', moved('8Gi', 'claim a')],
]);

const labels = '{"app.kubernetes.io/name":"mysql"}';
await decisions(prepare, 'prepare.sh', 'manifest', { ...podEnv, LABELS: labels }, [
  [
    'a new Secret',
    ['Secret', 'a', '', 'password=c2VjcmV0', 'username=cm9vdA=='],
    '',
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  labels: ${labels}\ndata:\n  password: "c2VjcmV0"\n  username: "cm9vdA=="`,
  ],
  [
    'a ConfigMap in the place of another',
    ['ConfigMap', 'a-state', '0123', 'formed=true', 'holder=', 'generation=1.0'],
    '',
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a-state\n  labels: ${labels}\n  resourceVersion: "0123"\ndata:\n  formed: "true"\n  holder: ""\n  generation: "1.0"`,
  ],
]);

await decisions(prepare, 'prepare.sh', 'shrink_verdict', podEnv, [
  ['growing', [3, 5, 3], '', 'ok'],
  ['staying', [3, 3, 1], '', 'ok'],
  ['shrinking onto ready members', [5, 3, 3], '', 'ok'],
  [
    'shrinking onto members that are down',
    [5, 3, 2],
    '',
    'only 2 of the 3 members that would stay are ready: repair them first, then shrink',
  ],
]);

await decisions(prepare, 'prepare.sh', 'json_string', podEnv, [
  ['compact', ['group'], '{"data":{"group":"a-b","bootstraps":"1"}}', 'a-b'],
  ['spaced', ['group'], '{\n  "data": {\n    "group": "a-b"\n  }\n}', 'a-b'],
  ['absent', ['group'], '{"data":{}}', ''],
  ['empty', ['holder'], '{"data":{"holder":"","group":"x"}}', ''],
]);

await decisions(provision, 'provision.sh', 'restore_verdict', podEnv, [
  ['an empty release', ['never', '0'], '', 'load'],
  ['one that was filled before, and has been written to since', ['loaded', '12'], '', 'skip'],
  ['one that was filled with nothing', ['loaded', '0'], '', 'skip'],
  [
    'a pod lost half-way: what is there is nobody’s data',
    ['loading', '3'],
    '',
    'a backup was begun to be loaded here, and not to its end: delete the release with its volumes, and install it again',
  ],
  [
    'somebody’s data',
    ['never', '1'],
    '',
    'backup.restore.snapshot is for an empty release, and this one has data: install another release with it, or leave it empty',
  ],
]);

await decisions(provision, 'provision.sh', 'migration_verdict', podEnv, [
  ['a new one', ['', '', 'aaa'], '', 'apply'],
  ['an applied one', ['aaa', 'applied', 'aaa'], '', 'skip'],
  [
    'a changed one',
    ['aaa', 'applied', 'bbb'],
    '',
    'was changed after it was applied: put it back as it was and add a new one',
  ],
  [
    'an interrupted one',
    ['aaa', 'applying', 'aaa'],
    '',
    "was interrupted halfway: finish or undo it by hand, then set its state in ballast.migrations to 'applied', or delete its entry to run it again",
  ],
]);

describe('certificates.sh', () => {
  /** Runs it with an openssl that refuses longer common names than X.509 allows, as the real one does; what it leaves for prepare.sh as its failure. */
  async function failure(commonName: string): Promise<string | undefined> {
    const dir = tmpdir();
    try {
      const script = join(dir, 'certificates.sh');
      const openssl = join(dir, 'bin', 'openssl');
      mkdirSync(join(dir, 'bin'));
      writeFileSync(script, prepare.data?.['certificates.sh'] ?? '');
      writeFileSync(
        openssl,
        '#!/bin/bash\ncase "$*" in */CN=*) name=$(sed "s/.*\\/CN=//; s/ -addext .*\\| -keyout .*//" <<<"$*") ;; *) exit 0 ;; esac\n[ "$(printf %s "$name" | wc -c)" -le 64 ] || { echo "string too long: $name" >&2; exit 1; }\n',
      );
      chmodSync(openssl, 0o755);
      const path = `${join(dir, 'bin')}:${process.env.PATH}`;
      await $({ env: { PATH: path, COMMON_NAME: commonName, ALT_NAMES: 'DNS:a' } })`bash ${script} ${dir}`;
      const told = join(dir, 'tls', 'error');
      return existsSync(told) ? readFileSync(told, 'utf8').trim() : undefined;
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }

  test('the longest name of a release fits', async () => {
    expect(await failure('x'.repeat(48))).toBeUndefined();
  });

  test('why none could be made is left for the container whose log helm shows', async () => {
    const name = 'x'.repeat(63);
    expect(await failure(name)).toBe(`string too long: ${name} CA`);
  });
});

// Its loop asks several times a second: what is given up because it did not answer must not go on beside its successor.
test("an agent's client answers while it is kept, and is gone once it is closed", async () => {
  const scenario = `#!/bin/bash
. /opt/ballast/common.sh
heard() {
  local line
  read -r -t 10 -u "\${session_out[own]}" line && echo "$line"
}
scenario() {
  local pid
  open_pipes
  session_runs own || echo 'none yet'
  session_start own heard bash -c 'while read -r line; do echo "heard $line"; echo "oh $line" >&2; done'
  pid=\${session_pid[own]}
  echo one >&"\${session_in[own]}"
  heard && heard
  session_close own
  kill -0 "$pid" 2>/dev/null || echo gone
  session_start own unheard bash -c 'echo oh >&2; read -r line; echo "heard $line"'
  echo two >&"\${session_in[own]}"
  heard
  session_close own
  session_runs own || echo 'none left'
  local held='' applied=''
  echo secret >"$RUN/secret"
  changed "$RUN/secret" && applied=$held
  changed "$RUN/secret" || echo 'no change'
  echo other >"$RUN/secret"
  changed "$RUN/secret" && echo 'a change'
}
`;
  const data = { ...server.data, 'scenario.sh': scenario };
  const [result] = await runShellFunction({ ...server, data }, 'scenario.sh', 'scenario', [{}]);
  expect(result?.output.split('\n')).toEqual([
    'none yet',
    'heard one',
    'oh one',
    'gone',
    'heard two',
    'none left',
    'no change',
    'a change',
  ]);
});

import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { merge } from '../../harness/base/merge.ts';
import { render } from '../../harness/charts/render.ts';
import { runShellFunction } from '../../harness/charts/shell.ts';
import type { Values } from '../../harness/drill/types.ts';
import { healthAnswer, membersAnswer, storesAnswer } from './answers.ts';

const chart = chartNamed('tidb');
const rendered = (name: string, more: Values = {}) =>
  render(chart, { release: 'shop', values: merge(topologyNamed(chart, name).values, more) });
const [cluster, standalone, scaled] = await Promise.all([
  rendered('cluster'),
  rendered('standalone'),
  rendered('cluster', { autoscaling: { enabled: true }, tikv: { autoscaling: { enabled: true } } }),
]);

const clustered = (more: Values): Values => ({ architecture: 'cluster', ...more });
const limits = (memory: string): Values => ({
  resources: { requests: { memory: '64Mi' }, limits: { memory } },
});
const script = (sql: string, id = 'a'): Values => ({ id, sql });
refusals(chart, [
  [
    'an even number of PDs',
    clustered({ pd: { replicas: 4 } }),
    'tidb: pd.replicas is 4, and an even number tolerates no more failures than one less: write 3 or 5',
  ],
  [
    'a single TiDB for a cluster',
    clustered({ replicas: 1 }),
    'tidb: replicas is 1, and a cluster that survives the loss of a TiDB has 2 at least: write 2, or architecture standalone',
  ],
  [
    'the same, by an autoscaler',
    clustered({ autoscaling: { enabled: true, minReplicas: 1 } }),
    'tidb: autoscaling.minReplicas is 1, and a cluster that survives the loss of a TiDB has 2 at least: write 2',
  ],
  [
    'fewer TiKVs than copies',
    clustered({ tikv: { replicas: 2 } }),
    'tidb: tikv.replicas is 2, and a cluster has 3 copies of everything, each in a TiKV of its own: write 3 at least, or architecture standalone',
  ],
  [
    'an autoscaler of one server',
    { autoscaling: { enabled: true } },
    'tidb: autoscaling.enabled is of architecture cluster, not of standalone, which has one server of each kind: write false',
  ],
  [
    'an autoscaler of one TiKV',
    { tikv: { autoscaling: { enabled: true } } },
    'tidb: tikv.autoscaling.enabled is of architecture cluster, not of standalone, which has one server of each kind: write false',
  ],
  [
    'a TiKV that is too small',
    { tikv: limits('512Mi') },
    'tidb: tikv.resources.limits.memory is 512Mi, and a TiKV needs at least 1Gi: write 1536Mi',
  ],
  [
    'a cache that leaves nothing',
    { tikv: { cache: '1200Mi' } },
    'tidb: tikv.cache (1200Mi) leaves less than 512Mi of tikv.resources.limits.memory (1536Mi) for the rest of a TiKV: leave tikv.cache empty to derive it from the limit',
  ],
  [
    'a TiDB that is too small',
    limits('256Mi'),
    'tidb: resources.limits.memory is 256Mi, and a TiDB needs at least 512Mi: write 1Gi',
  ],
  [
    'a pod that is killed while it drains',
    { drainSeconds: 60 },
    'tidb: drainSeconds (60) leaves less than 30 s of terminationGracePeriodSeconds (60) for a TiDB to end: write terminationGracePeriodSeconds 105',
  ],
  [
    'a TiKV that is killed with its leaders',
    { tikv: { evictSeconds: 300 } },
    'tidb: tikv.evictSeconds (300) leaves less than 60 s of tikv.terminationGracePeriodSeconds (120) for a TiKV to end: write tikv.terminationGracePeriodSeconds 390',
  ],
  [
    'the cache by its path',
    { tikv: { config: { 'storage.block-cache.capacity': '1GB' } } },
    'tidb: tikv.config.storage.block-cache.capacity is set by tikv.cache: write tikv.cache instead',
  ],
  [
    'TLS by its path',
    { config: { 'security.cluster-ssl-ca': '/x' } },
    'tidb: config.security.cluster-ssl-ca is set by tls: write tls.enabled, and put your certificate into tls.existingSecret',
  ],
  [
    'the number of copies',
    { pd: { config: { 'replication.max-replicas': 1 } } },
    'tidb: pd.config.replication.max-replicas is managed by the chart: remove it',
  ],
  [
    'a setting within another',
    { config: { log: 'x', 'log.level': 'warn' } },
    "tidb: config.log has config.log.level in it, and a setting can't be both a value and a part of the file: remove one of them",
  ],
  [
    'a user twice',
    { users: [{ name: 'app' }, { name: 'app' }] },
    'tidb: users has app twice: merge the two entries',
  ],
  [
    'a user of the chart',
    { users: [{ name: 'root' }] },
    'tidb: users has root, which the chart manages itself: use another name',
  ],
  [
    'more SQL than a ConfigMap has room for',
    { migrations: { scripts: [script('SELECT 1'), script('x'.repeat(1_000_000), 'seed')] } },
    "tidb: migrations.scripts[1] (seed) brings all scripts to 1000008 bytes, and a ConfigMap has room for 900000 beside the chart's own: keep the tables here, and load their data from a client",
  ],
  [
    'SQL with NUL',
    { migrations: { scripts: [script('SELECT "\0"')] } },
    'tidb: migrations.scripts[0] (a) has the character NUL, at which a script ends: write 0x00, or remove it',
  ],
  [
    'a script of nothing',
    { migrations: { scripts: [script(' \n')] } },
    'tidb: migrations.scripts[0] (a) is empty: write a statement, or remove it',
  ],
  [
    'two scripts of one name',
    { migrations: { scripts: [script('SELECT 1'), script('SELECT 2')] } },
    'tidb: migrations.scripts has the id a twice: every migration needs its own',
  ],
  [
    'scripts in two places',
    { migrations: { scripts: [script('SELECT 1')], configMap: 'mine' } },
    'tidb: migrations.configMap and migrations.scripts are both set: keep one of them, their order would be unclear',
  ],
]);

describe('what is rendered', () => {
  test('three copies in a cluster, one otherwise', () => {
    const pd = (output: typeof cluster) => output.one('ConfigMap', 'shop-tidb-pd').data?.['pd.toml'];
    expect(pd(cluster)).toContain('[replication]\nlocation-labels = ["zone","host"]\nmax-replicas = 3\n');
    expect(pd(standalone)).toContain('max-replicas = 1');
  });

  test('settings stand where TOML has them, as what they are', async () => {
    const config = {
      'log.level': 'warn',
      'performance.max-procs': 4,
      'enable-table-lock': true,
      'a.b.c': 0.5,
    };
    const output = await rendered('standalone', { config });
    expect(output.one('ConfigMap', 'shop-tidb').data?.['tidb.toml']).toBe(
      [
        'enable-table-lock = true',
        'graceful-wait-before-shutdown = 15',
        'temp-dir = "/tmp/tidb"',
        '[a.b]',
        'c = 0.5',
        '[log]',
        'level = "warn"',
        'slow-query-file = "/tmp/slow.log"',
        '[log.file]',
        'max-backups = 1',
        'max-size = 16',
        '[performance]',
        'max-procs = 4\n',
      ].join('\n'),
    );
  });

  test.each([
    ['2Gi', '', '838860KB'],
    ['8Gi', '', '3355443KB'],
    ['8Gi', '2Gi', '2097152KB'],
  ])('the cache fits the limit: %s %s', async (memory, cache, capacity) => {
    const output = await rendered('standalone', { tikv: { ...limits(memory), cache } });
    expect(output.one('ConfigMap', 'shop-tidb-tikv').data?.['tikv.toml']).toContain(
      `capacity = "${capacity}"`,
    );
  });

  test('another number of PDs restarts no TiKV and no TiDB', async () => {
    const other = await rendered('cluster', { pd: { replicas: 5 } });
    for (const name of ['shop-tidb', 'shop-tidb-tikv'])
      expect(other.one('StatefulSet', name).spec.template).toEqual(
        cluster.one('StatefulSet', name).spec.template,
      );
  });

  test('an autoscaler takes no TiKV away, and no upgrade does while there is one', () => {
    expect(scaled.one('HorizontalPodAutoscaler', 'shop-tidb-tikv').spec).toMatchObject({
      behavior: { scaleDown: { selectPolicy: 'Disabled' } },
    });
    for (const name of ['shop-tidb', 'shop-tidb-tikv'])
      expect(scaled.one('StatefulSet', name).spec).not.toHaveProperty('replicas');
    for (const name of ['shop-tidb-pd', 'shop-tidb-tikv'])
      expect(scaled.one('StatefulSet', name).metadata.annotations?.['ballast.dev/architecture']).toBe(
        'autoscaled',
      );
    const [container] = scaled.one('Job', 'shop-tidb-drain').spec.template.spec.containers;
    expect(container?.env).toContainEqual({ name: 'TIKV_REPLICAS', value: '6' });
    expect(container?.image).toBe('docker.io/pingcap/pd:v8.5.8');
  });

  test('with TLS nobody gets in without: clients, servers and Prometheus have certificates, which are made where there is openssl', async () => {
    const tls = await rendered('cluster-tls', { metrics: { serviceMonitor: { enabled: true } } });
    expect(tls.one('ConfigMap', 'shop-tidb').data?.['tidb.toml']).toContain(
      '[security]\ncluster-ssl-ca = "/etc/ballast/tls/ca.crt"\n',
    );
    const [maker] = tls.one('Job', 'shop-tidb-prepare').spec.template.spec.initContainers ?? [];
    expect(maker?.image).toBe('docker.io/pingcap/tikv:v8.5.8');
    for (const name of ['shop-tidb', 'shop-tidb-pd', 'shop-tidb-tikv'])
      expect(tls.one('ServiceMonitor', name).spec.endpoints).toMatchObject([
        {
          scheme: 'https',
          tlsConfig: {
            cert: { secret: { name: 'shop-tidb-tls', key: 'tls.crt' } },
            keySecret: { name: 'shop-tidb-tls', key: 'tls.key' },
          },
        },
      ]);
  });

  test('a single TiKV has nobody to give its leaders to, and ends at once', () => {
    const tikv = (output: typeof cluster) => output.one('ConfigMap', 'shop-tidb-tikv').data?.['tikv.toml'];
    expect(tikv(standalone)).toContain('[server]\ngraceful-shutdown-timeout = "0s"\n');
    expect(tikv(cluster)).not.toContain('graceful-shutdown-timeout');
  });

  test('the first TiDB makes a root with the password, and drops the one that no password lets in', async () => {
    const [result] = await runShellFunction(
      cluster.one('ConfigMap', 'shop-tidb'),
      'tidb.sh',
      'eval',
      [{ args: ['secret() { printf %s "it\'s"; }; first_sql'] }],
      { BASE: '', PD_SUFFIX: '', TIKV_SUFFIX: '', PD_ENDPOINTS: '', POD: '', TLS: 'false' },
    );
    expect(result?.output.split('\n')).toEqual([
      "CREATE USER IF NOT EXISTS 'root'@'%' IDENTIFIED BY 'it''s';",
      "ALTER USER 'root'@'%' IDENTIFIED BY 'it''s';",
      "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;",
      "DROP USER IF EXISTS 'root'@'localhost';",
    ]);
  });

  test('passwords reach the hook by Secrets alone', () => {
    const data = cluster.one('ConfigMap', 'shop-tidb-provision').data ?? {};
    expect(data.accounts).toBe('app %\n');
    expect(data['grants.sql']).toBe("GRANT ALL ON shop.* TO 'app'@'%';\n");
    expect(data['databases.sql']).toBe('CREATE DATABASE IF NOT EXISTS `shop` CHARACTER SET utf8mb4;\n');
  });
});

const pd = cluster.one('ConfigMap', 'shop-tidb-pd');
const tikv = cluster.one('ConfigMap', 'shop-tidb-tikv');
const hook = cluster.one('ConfigMap', 'shop-tidb-drain');
const env = {
  BASE: 'shop-tidb',
  PD_SUFFIX: 'pds',
  TIKV_SUFFIX: 'tikvs',
  PD_ENDPOINTS: '',
  POD: 'shop-tidb-pd-1',
  TLS: 'false',
};

const member = (ordinal: number, started = true) => ({
  name: started ? `shop-tidb-pd-${ordinal}` : '',
  id: `${ordinal}7`,
  host: `shop-tidb-pd-${ordinal}.pds`,
});
await decisions(pd, 'decide.sh', 'members_in', env, [
  [
    'two members, who leads, and nothing of who leads etcd',
    [],
    membersAnswer([member(0), member(1)], 'shop-tidb-pd-1', 'shop-tidb-pd-0'),
    'leader shop-tidb-pd-1\nshop-tidb-pd-0 07 shop-tidb-pd-0.pds\nshop-tidb-pd-1 17 shop-tidb-pd-1.pds',
  ],
  [
    'one that was added and has not started has no name',
    [],
    membersAnswer([member(0), member(1, false)], 'shop-tidb-pd-0'),
    'leader shop-tidb-pd-0\nshop-tidb-pd-0 07 shop-tidb-pd-0.pds\n- 17 shop-tidb-pd-1.pds',
  ],
  [
    'nobody leads',
    [],
    membersAnswer([member(0)], undefined),
    'leader -\nshop-tidb-pd-0 07 shop-tidb-pd-0.pds',
  ],
  ['an error is no answer', [], '"[PD:server:ErrServerNotStarted]server not started"\n', '', 1],
  ['nothing is no answer', [], '', '', 1],
  [
    'what does not have one key a line is no answer: not a cluster without members',
    [],
    JSON.stringify({ members: [{ name: 'a', peer_urls: ['http://a:2380'] }] }),
    '',
    1,
  ],
]);

await decisions(pd, 'decide.sh', 'health_in', env, [
  [
    'who is well, who is not',
    [],
    healthAnswer([
      { name: 'a', health: true },
      { name: 'b', health: false },
      { name: '', health: false },
    ]),
    'a true\nb false',
  ],
  ['an error', [], '"no"\n', ''],
]);

const store = (ordinal: number, more = {}) => ({
  id: ordinal + 1,
  host: `shop-tidb-tikv-${ordinal}.tikvs`,
  state: 'Up' as const,
  regions: 30,
  leaders: 10,
  capacity: '10GiB',
  available: '8GiB',
  used: '1.5GiB',
  ...more,
});
await decisions(pd, 'decide.sh', 'stores_in', env, [
  [
    'room is what PD fills: a fifth stays free',
    [],
    storesAnswer([store(0)]),
    'shop-tidb-tikv-0.tikvs 1 Up 30 10 6144 1536',
  ],
  [
    'states',
    [],
    storesAnswer([
      store(0, { state: 'Disconnected' }),
      store(1, { state: 'Offline' }),
      store(2, { state: 'Offline', destroyed: true }),
      store(3, { state: 'Tombstone', regions: 0, leaders: 0 }),
    ]),
    [
      'shop-tidb-tikv-0.tikvs 1 Disconnected 30 10 6144 1536',
      'shop-tidb-tikv-1.tikvs 2 Offline 30 10 6144 1536',
      'shop-tidb-tikv-2.tikvs 3 Destroyed 30 10 6144 1536',
      'shop-tidb-tikv-3.tikvs 4 Tombstone 0 0 6144 1536',
    ].join('\n'),
  ],
  [
    'a full volume has no room, not less than none',
    [],
    storesAnswer([store(0, { available: '512MiB', used: '1.234TiB', capacity: '1.5TiB' })]),
    'shop-tidb-tikv-0.tikvs 1 Up 30 10 0 1293942',
  ],
  ['no store yet', [], storesAnswer([]), ''],
  ['an error is no answer', [], '"[PD:cluster:ErrNotBootstrapped]"\n', '', 1],
  [
    'an answer that was cut off: a store that is missing is not gone',
    [],
    storesAnswer([store(0), store(1)])
      .split('\n')
      .slice(0, 30)
      .join('\n'),
    '',
    1,
  ],
]);

const lost =
  'wait my volume is empty, a cluster existed, and no leader of it answers: bring its members back, or set data.formed to "false" in the ConfigMap -state to start from nothing';
const removed =
  'wait the cluster has removed this member, whose pod is to go: it joins anew in a new pod, or in a quarter of an hour';
const well = (...ordinals: number[]) => ordinals.map((ordinal) => `${ordinal} healthy\n`).join('');
// ME FORMED CONTENT MARK SERVED
await decisions(pd, 'decide.sh', 'pd_begin', env, [
  ['the very first start', [0, 'false', 'empty', 'no', 'no'], '', 'ask'],
  [
    'two that found at once: two clusters',
    [1, 'false', 'empty', 'no', 'no'],
    '',
    'wait PD 0 founds the cluster',
  ],
  [
    'granted, and not written down: whoever loses its volume now would be granted again',
    [0, 'false', 'empty', 'yes', 'no'],
    '',
    'record',
  ],
  ['granted, and written down', [0, 'true', 'empty', 'yes', 'no'], '', 'found'],
  ['a lost volume, and nobody answers: not a second cluster', [0, 'true', 'empty', 'no', 'no'], '', lost],
  ['the same of another', [2, 'true', 'empty', 'no', 'no'], '', lost],
  [
    'whether there was a cluster could not be read',
    [0, 'unknown', 'empty', 'no', 'no'],
    '',
    'wait the role sidecar has not yet read whether a cluster existed',
  ],
  [
    'the same with the mark: still nobody knows',
    [0, 'unknown', 'empty', 'yes', 'no'],
    '',
    'wait the role sidecar has not yet read whether a cluster existed',
  ],
  ['a restart', [1, 'true', 'member', 'no', 'yes'], well(0, 1, 2), 'go'],
  ['all were restarted', [1, 'true', 'member', 'no', 'yes'], '', 'go'],
  ['a restart while the API is slow', [1, 'unknown', 'member', 'no', 'no'], '', 'go'],
  [
    'data of a member that was removed long ago: etcd would end for ever',
    [3, 'true', 'member', 'no', 'no'],
    well(0, 1, 2),
    'renew',
  ],
  [
    'a member that was removed just now must not come back before its pod goes',
    [3, 'true', 'member', 'no', 'yes'],
    well(0, 1, 2),
    removed,
  ],
  ['the second joins the first', [1, 'true', 'empty', 'no', 'no'], well(0), 'join'],
  ['one at a time', [2, 'true', 'empty', 'no', 'no'], well(0), 'wait PD 1 joins first'],
  [
    'one that was added and has not started',
    [2, 'true', 'empty', 'no', 'no'],
    `${well(0)}1 unstarted\n`,
    'wait PD 1 joins first',
  ],
  ['interrupted while it joined', [1, 'true', 'joining', 'no', 'no'], `${well(0)}1 unstarted\n`, 'resume'],
  ['the same, and the first can’t lead alone', [1, 'true', 'joining', 'no', 'no'], '', 'resume'],
  ['interrupted before it was added', [1, 'true', 'joining', 'no', 'no'], well(0), 'join'],
  [
    'a later one, interrupted, and nobody answers: it might be one too many',
    [3, 'true', 'joining', 'no', 'no'],
    '',
    lost,
  ],
  [
    'added, and then its volume was lost',
    [3, 'true', 'empty', 'no', 'no'],
    `${well(0, 1, 2)}3 unstarted\n`,
    'forget',
  ],
  [
    'a lost volume: the old member goes first',
    [2, 'true', 'empty', 'no', 'no'],
    `${well(0, 1)}2 unhealthy\n`,
    'forget',
  ],
  [
    'a lost volume while another is away: no majority would be left',
    [2, 'true', 'empty', 'no', 'no'],
    `${well(0)}1 unhealthy\n2 unhealthy\n`,
    'wait my volume is empty, and without me no majority of the others would be left: only 1 of 2 are well',
  ],
  ['then it joins', [2, 'true', 'empty', 'no', 'no'], well(0, 1), 'join'],
  ['a fourth', [3, 'true', 'empty', 'no', 'no'], well(0, 1, 2), 'join'],
  ['a fifth waits for the fourth', [4, 'true', 'empty', 'no', 'no'], well(0, 1, 2), 'wait PD 3 joins first'],
  [
    'one more member that may not start: no majority would be left',
    [3, 'true', 'empty', 'no', 'no'],
    `${well(0, 1)}2 unhealthy\n`,
    'wait with one more member that does not start no majority would be left: only 2 of 3 are well',
  ],
  [
    'the only member is not well',
    [1, 'true', 'empty', 'no', 'no'],
    '0 unhealthy\n',
    'wait the only member is not well',
  ],
  ['a single PD begins', [0, 'false', 'empty', 'no', 'no'], '', 'ask'],
]);

// ME
await decisions(pd, 'decide.sh', 'initial_members', env, [
  ['the cluster that a leader tells of', [3], `${well(0, 1)}2 unhealthy\n3 unstarted\n`, '0 1 2 3'],
  ['nobody leads: the first and I', [1], '', '0 1'],
  [
    'one that is none of ours, whose name and address nobody here knows',
    [2],
    `${well(0, 99)}2 unstarted\n`,
    '',
    1,
  ],
]);

const led = 'leader shop-tidb-pd-0\nshop-tidb-pd-0 07 shop-tidb-pd-0.pds\n';
// NAME HOST
await decisions(pd, 'decide.sh', 'removed', env, [
  ['a leader tells of others alone', ['shop-tidb-pd-1', 'shop-tidb-pd-1.pds'], led, ''],
  ['a member', ['shop-tidb-pd-0', 'shop-tidb-pd-0.pds'], led, '', 1],
  [
    'one that has not told its name',
    ['shop-tidb-pd-1', 'shop-tidb-pd-1.pds'],
    `${led}- 17 shop-tidb-pd-1.pds\n`,
    '',
    1,
  ],
  ['one that has an address of earlier', ['shop-tidb-pd-0', 'shop-tidb-pd-0.elsewhere'], led, '', 1],
  [
    'nobody leads: that is no proof',
    ['shop-tidb-pd-1', 'shop-tidb-pd-1.pds'],
    led.replace('leader shop-tidb-pd-0', 'leader -'),
    '',
    1,
  ],
  ['no answer is none', ['shop-tidb-pd-1', 'shop-tidb-pd-1.pds'], '', '', 1],
]);

await decisions(pd, 'decide.sh', 'successor', env, [
  ['who is well', [0], `${well(0)}1 unhealthy\n${well(2)}`, '2'],
  ['nobody', [0], `${well(0)}1 unhealthy\n`, ''],
]);

// KEEP LEADER
await decisions(hook, 'decide.sh', 'pd_shrink', env, [
  ['nobody is to go', [3, 1], well(0, 1, 2), 'done'],
  ['the last first', [3, 0], well(0, 1, 2, 3, 4), 'remove 4'],
  ['then the other', [3, 0], well(0, 1, 2, 3), 'remove 3'],
  ['one that is away can go', [3, 0], `${well(0, 1, 2, 3)}4 unhealthy\n`, 'remove 4'],
  [
    'who leads hands over, to one that stays and is well',
    [3, 4],
    `0 unhealthy\n${well(1, 2, 3, 4)}`,
    'transfer 1',
  ],
  [
    'most of those that stay are away: nobody would lead',
    [3, 4],
    `0 unhealthy\n1 unhealthy\n${well(2, 3, 4)}`,
    'refuse only 1 of the 3 PDs that would stay are well: repair them first, then shrink',
  ],
  [
    'a removal that leaves no majority',
    [3, 0],
    `${well(0, 1)}2 unhealthy\n3 unhealthy\n${well(4)}`,
    'refuse without PD 4 no majority of the others would be left: only 2 of 4 are well',
  ],
]);

const up = (ordinal: number, state = 'Up', more = '30 10 6144 1536') =>
  `${ordinal} ${ordinal + 1} ${state} ${more}\n`;
const three = `${up(0)}${up(1)}${up(2)}`;
// ME CONTENT CLUSTER SERVED
await decisions(tikv, 'decide.sh', 'tikv_begin', env, [
  ['the very first start', [0, 'empty', 'none', 'no'], '', 'go'],
  ['a new store', [3, 'empty', 'there', 'no'], three, 'go'],
  ['a restart', [1, 'data', 'there', 'yes'], three, 'go'],
  ['a restart while no PD leads: TiKV waits by itself', [1, 'data', 'unknown', 'no'], '', 'go'],
  [
    'an empty volume, and no PD says anything',
    [1, 'empty', 'unknown', 'no'],
    '',
    'wait my volume is empty, and no PD says whether I had a store',
  ],
  ['a lost volume: PD takes no second store at the address', [1, 'empty', 'there', 'no'], three, 'replace 2'],
  [
    'the same of a store that is silent',
    [1, 'empty', 'there', 'no'],
    `${up(0)}${up(1, 'Down')}${up(2)}`,
    'replace 2',
  ],
  [
    'another is away: what seems lost may be the last copy',
    [1, 'empty', 'there', 'no'],
    `${up(0, 'Disconnected')}${up(1)}${up(2)}`,
    "wait my volume is empty, and my store 2 is not declared destroyed while others don't serve: 1 (Disconnected)",
  ],
  [
    'another was destroyed, and is not copied yet',
    [1, 'empty', 'there', 'no'],
    `${up(0, 'Destroyed')}0 9 Up 1 0 1 1\n${up(1)}${up(2)}`,
    "wait my volume is empty, and my store 2 is not declared destroyed while others don't serve: 1 (Destroyed)",
  ],
  [
    'declared destroyed: a new one',
    [1, 'empty', 'there', 'no'],
    `${up(0)}${up(1, 'Destroyed')}${up(2)}`,
    'go',
  ],
  [
    'declared destroyed, and the new one is not registered yet',
    [1, 'fresh', 'there', 'no'],
    `${up(0)}${up(1, 'Destroyed')}${up(2)}`,
    'go',
  ],
  [
    'lost twice, and the first loss is not made good yet',
    [1, 'empty', 'there', 'no'],
    `${up(0)}${up(1, 'Destroyed')}1 8 Up 5 0 1 1\n${up(2)}`,
    "wait my volume is empty, and my store 8 is not declared destroyed while others don't serve: 2 (Destroyed)",
  ],
  [
    'a single store that lost its volume: nothing to copy from',
    [0, 'empty', 'there', 'no'],
    up(0),
    'wait my volume is empty, and nobody else has what my store 1 had: restore the volume, or begin anew with all volumes empty',
  ],
  [
    'data of a store that was buried: TiKV would not start',
    [3, 'data', 'there', 'no'],
    `${three}${up(3, 'Tombstone')}`,
    'renew',
  ],
  [
    'buried just now: it must not come back before its pod goes',
    [3, 'data', 'there', 'yes'],
    `${three}${up(3, 'Tombstone')}`,
    'wait my store 4 is empty and buried, and its pod is to go: it begins anew in a new pod, or in a quarter of an hour',
  ],
  ['begun anew, and not registered yet', [3, 'fresh', 'there', 'no'], `${three}${up(3, 'Tombstone')}`, 'go'],
  [
    'back after it was buried, with a new store',
    [3, 'data', 'there', 'yes'],
    `${three}${up(3, 'Tombstone')}3 9 Up 1 0 1 1\n`,
    'go',
  ],
  ['an empty volume after it was buried', [3, 'empty', 'there', 'no'], `${three}${up(3, 'Tombstone')}`, 'go'],
]);

const five = `${three}${up(3)}${up(4)}`;
// KEEP COPIES
await decisions(hook, 'decide.sh', 'store_drain', env, [
  ['nobody is to go', [3, 3], three, 'done'],
  [
    'nobody is to go, and one is away: that is no matter of this upgrade',
    [3, 3],
    `${up(0)}${up(1, 'Down')}${up(2)}`,
    'done',
  ],
  ['the last first', [3, 3], five, 'offline 5'],
  ['one at a time', [3, 3], `${three}${up(3)}${up(4, 'Offline')}`, 'wait 5 4 30'],
  ['then the other', [3, 3], `${three}${up(3)}${up(4, 'Tombstone', '0 0 1 1')}`, 'offline 4'],
  [
    'both are empty',
    [3, 3],
    `${three}${up(3, 'Tombstone', '0 0 1 1')}${up(4, 'Tombstone', '0 0 1 1')}`,
    'done',
  ],
  ['one that is away can go: others have what it had', [3, 3], `${three}${up(3, 'Down')}`, 'offline 4'],
  [
    'one that stays is away: its regions have two copies left',
    [3, 3],
    `${up(0)}${up(1, 'Disconnected')}${up(2)}${up(3)}`,
    'refuse stores that would stay do not serve: 2 (Disconnected): repair them first, then shrink',
  ],
  [
    'the same in the middle of it',
    [3, 3],
    `${up(0)}${up(1, 'Down')}${up(2)}${up(3, 'Offline')}`,
    'refuse stores that would stay do not serve: 2 (Down): repair them first, then shrink',
  ],
  [
    'fewer than copies',
    [2, 3],
    three,
    'refuse only 2 stores would stay, and there are 3 copies of everything: write 3 at least',
  ],
  [
    'no room for what goes: PD would never end',
    [3, 3],
    `${up(0, 'Up', '30 10 500 1')}${up(1, 'Up', '30 10 500 1')}${up(2, 'Up', '30 10 500 1')}${up(3)}`,
    'refuse store 4 has 1536 MiB, and PD would fill the volumes of those that stay with 1500 MiB more at most: make them larger first, then shrink',
  ],
  ['an upgrade before was given up: who stays is taken back', [4, 3], `${three}${up(3, 'Offline')}`, 'up 4'],
]);

await decisions(hook, 'decide.sh', 'stores_left', env, [
  ['two', [3], five, '4 5'],
  ['a buried one is none', [3], `${three}${up(3, 'Tombstone')}`, ''],
]);

const hasWget = spawnSync('sh', ['-c', 'command -v wget']).status === 0;

describe.skipIf(!hasWget)('questions to PD, by wget to a server that speaks HTTP', () => {
  /** What each call prints, and what the server was asked. */
  async function asking(calls: readonly string[]) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => {
        body += piece.toString();
      });
      request.on('end', () => {
        asked.push([request.method, request.url, body].filter(Boolean).join(' '));
        const fails = request.url?.endsWith('stores?state=0&state=1&state=2');
        response.writeHead(fails ? 500 : 200, { 'content-type': 'application/json' });
        response.end(fails ? '"[PD:cluster:ErrNotBootstrapped]TiKV cluster not bootstrapped"\n' : '"done"\n');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      // Nobody listens at port 9 of the first.
      const endpoints = { PD_ENDPOINTS: `127.0.0.1:9,127.0.0.1:${port}` };
      const results = await runShellFunction(
        pd,
        'lib.sh',
        'eval',
        calls.map((call) => ({ args: [call] })),
        { ...env, ...endpoints },
      );
      return { asked, results };
    } finally {
      server.close();
    }
  }

  test('methods, paths and bodies arrive, and who does not answer is passed over', async () => {
    const { asked, results } = await asking([
      'pd_ask GET members && printf %s "$answer"',
      'pd_ask DELETE "store/7?force" && printf %s "$answer"',
      'pd_ask POST "store/7/state?state=Up" && printf %s "$answer"',
      'pd_ask POST schedulers \'{"name":"evict-leader-scheduler","store_id":7}\' && printf %s "$answer"',
    ]);
    expect(results.map(({ output }) => output)).toEqual(Array(4).fill('"done"'));
    expect(asked).toEqual([
      'GET /pd/api/v1/members',
      'DELETE /pd/api/v1/store/7?force',
      'POST /pd/api/v1/store/7/state?state=Up',
      'POST /pd/api/v1/schedulers {"name":"evict-leader-scheduler","store_id":7}',
    ]);
  });

  test('an error is a failure, and its text tells a cluster that has not begun', async () => {
    const { results } = await asking([
      'stores; printf %s "$cluster"',
      'pd_ask GET "stores?state=0&state=1&state=2"',
    ]);
    expect(results).toEqual([
      { output: 'none', status: 0 },
      { output: '', status: 1 },
    ]);
  });
});

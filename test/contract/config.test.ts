import { describe, expect, test } from 'vitest';
import { RenderFailure, render } from '../harness/charts/render.ts';
import { runShellFunction } from '../harness/charts/shell.ts';
import type { Values } from '../harness/drill/types.ts';
import { chartNamed } from './suite.ts';

/** What `config`, which goes into a server's own file, may hold: it works, or is refused with a reason. */

const outcome = (name: string, values: Values): Promise<string> =>
  render(chartNamed(name), { values }).then(
    () => 'works',
    (error: unknown) => (error instanceof RenderFailure ? error.message : String(error)),
  );

const managed = (name: string, key: string) => `${name}: config.${key} is managed by the chart: remove it`;
const group = { architecture: 'group', resources: { limits: { memory: '1Gi' } } };
const sentinel = { architecture: 'sentinel' };

/** [chart, key, value, what is said, further values] */
const rows: readonly (readonly [string, string, string | number | boolean, string, Values?])[] = [
  ...['port', 'bind_address', 'bind-address', 'loose_port', 'user', 'skip_log_bin', 'skip_networking'].map(
    (key) => ['mysql', key, '1', managed('mysql', key)] as const,
  ),
  ...['group_replication_group_seeds', 'loose_group_replication_start_on_boot', 'performance_schema'].map(
    (key) => ['mysql', key, '1', managed('mysql', key), group] as const,
  ),
  ['mysql', 'performance_schema', 'OFF', 'works'],
  ['mysql', 'group_replication_member_expel_timeout', 5, 'works', group],
  [
    'mysql',
    'plugin_load',
    'a.so',
    'mysql: config.plugin_load would leave out the plugins that the chart needs: write plugin_load_add instead',
  ],
  [
    'mysql',
    'require_secure_transport',
    true,
    'mysql: config.require_secure_transport is set by tls.required: write tls.required instead',
  ],
  [
    'mysql',
    'ssl-cert',
    '/x',
    'mysql: config.ssl-cert is set by tls.existingSecret: put your certificate there',
  ],
  [
    'mysql',
    'default_time_zone',
    'Europe/Amsterdam',
    'mysql: config.default_time_zone is Europe/Amsterdam, and no server starts with a name while its tables of time zones are empty: write an offset ("+01:00"), or let clients set time_zone',
  ],
  ['mysql', 'default-time-zone', '+01:00', 'works'],
  ['mysql', 'default_time_zone', 'SYSTEM', 'works'],
  ...['port', 'include', 'rename-command', 'slave-priority', 'tls-replication', 'cluster-announce-port'].map(
    (key) => ['redis', key, '1', managed('redis', key), sentinel] as const,
  ),
  [
    'redis',
    'tls-cert-file',
    '/x',
    'redis: config.tls-cert-file is set by tls.existingSecret: put your certificate there',
  ],
  ...[
    'clientPortAddress',
    'peerType',
    'quorum.auth.enableSasl',
    'group.1',
    'authProvider.sasl',
    'fips-mode',
  ].map((key) => ['zookeeper', key, '1', managed('zookeeper', key)] as const),
  ...(
    [
      ['sessionRequireClientSASLAuth', 'auth.required'],
      ['admin.enableServer', 'adminServer.enabled'],
      ['autopurge.purgeInterval', 'autopurge.hours'],
      ['tickTime', 'tickTimeMilliseconds'],
    ] as const
  ).map(
    ([key, own]) =>
      [
        'zookeeper',
        key,
        '1',
        `zookeeper: config.${key} has a value of its own: write ${own} instead`,
      ] as const,
  ),
  ...[
    'net.port',
    'security.keyFile',
    'storage.dbPath',
    'replication.replSetName',
    'sharding.clusterRole',
  ].map((key) => ['mongodb', key, '1', managed('mongodb', key)] as const),
  ['mongodb', 'setParameter.ttlMonitorSleepSecs', 30, 'works'],
  ...['store', 'path', 'initialize-sql-file', 'security.skip-grant-table'].map(
    (key) => ['tidb', key, '1', managed('tidb', key)] as const,
  ),
  ['tidb', 'log.level', 'warn', 'works'],
  ['mongodb', 'replication.oplogSizeMB', 2048, 'works'],
  ...['metadata.log.dir', 'security.inter.broker.protocol', 'listeners', 'sasl.jaas.config'].map(
    (key) => ['kafka', key, '1', managed('kafka', key)] as const,
  ),
  ...[
    'default_vhost',
    'definitions.local.path',
    'management.path_prefix',
    'prometheus.path',
    'raft.data_dir',
    'management.ssl.port',
  ].map((key) => ['rabbitmq', key, '1', managed('rabbitmq', key)] as const),
  [
    'rabbitmq',
    'cluster_tags.zone',
    '',
    "rabbitmq: config.cluster_tags.zone is empty, which rabbitmq.conf can't say: write a value, or remove it",
  ],
  ...[
    'storePathConsumeQueue',
    'dLegerGroup',
    'enableDLegerCommitLog',
    'fastListenPort',
    'metricsPromExporterPort',
  ].map((key) => ['rocketmq', key, '1', managed('rocketmq', key)] as const),
  [
    'rocketmq',
    'metricsExporterType',
    'LOG',
    'rocketmq: config.metricsExporterType has a value of its own: write metrics.enabled instead',
  ],
];

describe('a setting that the chart depends on works, or is refused', () => {
  test.each(rows.map(([name, key, value, said, more = {}]) => [name, key, value, said, more] as const))(
    '%s: %s: %s',
    async (name, key, value, said, more) => {
      expect(await outcome(name, { ...more, config: { [key]: value } })).toBe(said);
    },
  );
});

/** [chart, file, settings, lines that are there, lines that are not] */
const files: readonly (readonly [string, string, Values, readonly string[], readonly string[]])[] = [
  [
    'mysql',
    'my.cnf',
    { event_scheduler: true, local_infile: false },
    ['event_scheduler=ON', 'local_infile=OFF'],
    [],
  ],
  [
    'mysql',
    'my.cnf',
    { lower_case_table_names: 1, sql_mode: '' },
    ['lower_case_table_names=1', 'sql_mode='],
    [],
  ],
  ['redis', 'redis.conf', { save: '' }, ['save ""'], ['save 3600 1 300 100 60 10000', 'save ']],
  ['redis', 'redis.conf', { save: '""' }, ['save ""'], ['save 3600 1 300 100 60 10000']],
  ['redis', 'redis.conf', { save: '900 1' }, ['save 900 1'], ['save 3600 1 300 100 60 10000']],
  ['redis', 'redis.conf', {}, ['save 3600 1 300 100 60 10000'], []],
  [
    'redis',
    'redis.conf',
    { 'notify-keyspace-events': '', 'lazyfree-lazy-eviction': true, activedefrag: false },
    ['notify-keyspace-events ""', 'lazyfree-lazy-eviction yes', 'activedefrag no'],
    [],
  ],
  [
    'rabbitmq',
    'rabbitmq.conf',
    { 'vm_memory_high_watermark.relative': 0.5, 'disk_free_limit.relative': 1.5 },
    ['vm_memory_high_watermark.relative = 0.5', 'disk_free_limit.relative = 1.5'],
    ['vm_memory_high_watermark.absolute = 322122547', 'disk_free_limit.absolute = 858993459'],
  ],
  [
    'rabbitmq',
    'rabbitmq.conf',
    {},
    ['vm_memory_high_watermark.absolute = 322122547', 'disk_free_limit.absolute = 858993459'],
    [],
  ],
];

test.each(files)('%s: %s with %j', async (name, file, config, there, absent) => {
  const output = await render(chartNamed(name), { values: { config } });
  const lines = output.one('ConfigMap', name).data?.[file]?.split('\n') ?? [];
  expect(there.filter((line) => !lines.includes(line))).toEqual([]);
  expect(absent.filter((line) => lines.includes(line))).toEqual([]);
});

describe('what only an empty volume can be given', () => {
  test('goes to mysqld --initialize, too', async () => {
    const config = { lower_case_table_names: 1, 'innodb-page-size': '16k', max_connections: 100 };
    const output = await render(chartNamed('mysql'), { values: { config } });
    const server = output.one('ConfigMap', 'mysql');
    const call = { args: ['/dev/stdin'], input: server.data?.['my.cnf'] ?? '' };
    const [result] = await runShellFunction(server, 'run.sh', 'initial_settings', [call], { POD: 'mysql-0' });
    expect(result).toEqual({ output: '--innodb-page-size=16k\n--lower_case_table_names=1', status: 0 });
  });
});

describe('migrations', () => {
  const script = (sql: string) => ({ migrations: { scripts: [{ id: 'a', sql }] } });
  const key = 'migration-0000-a.sql';

  test.each([
    ['a blank', ' SELECT 1;'],
    ['a tab', '\tSELECT 1;'],
    ['a newline and blanks', '\n    SELECT 1;\n  SELECT 2;'],
    ['a control character', "\u0001 SELECT '\u0007';"],
    ['a comment of YAML', "# comment\nSELECT ': x';"],
    ['a template', "SELECT '{{ .Values }}';"],
    ['letters beyond ASCII', "SELECT 'ä✓<>&\u2028';"],
    ['line ends of Windows', 'SELECT 1;\r\nSELECT 2;\r\n'],
  ])('SQL that begins with %s comes through as it is', async (_, sql) => {
    const output = await render(chartNamed('mysql'), { values: script(sql) });
    expect(output.one('ConfigMap', 'mysql-provision').data?.[key]).toBe(`${sql.replace(/\n$/, '')}\n`);
  });

  test('with a database', async () => {
    const values = { migrations: { scripts: [{ id: 'a', database: 'app', sql: '  DO 0;\n' }] } };
    const output = await render(chartNamed('mysql'), { values });
    expect(output.one('ConfigMap', 'mysql-provision').data?.[key]).toBe('-- database: app\n  DO 0;\n');
  });

  test.each([
    [
      'more than a ConfigMap has room for',
      {
        migrations: {
          scripts: [
            { id: 'small', sql: 'DO 0' },
            { id: 'seed', sql: `-- ${'x'.repeat(1_100_000)}` },
          ],
        },
      },
      "mysql: migrations.scripts[1] (seed) brings all scripts to 1100007 bytes, and a ConfigMap has room for 900000 beside the chart's own: keep the tables here, and load their data from a client",
    ],
    [
      'NUL',
      script("SELECT '\u0000'"),
      'mysql: migrations.scripts[0] (a) has the character NUL, at which a script ends: write 0x00, or remove it',
    ],
    ['nothing', script(' \n'), 'mysql: migrations.scripts[0] (a) is empty: write a statement, or remove it'],
  ])('%s is refused', async (_, values, said) => {
    expect(await outcome('mysql', values)).toBe(said);
  });

  test('as much as a ConfigMap has room for', async () => {
    const output = await render(chartNamed('mysql'), { values: script(`-- ${'x'.repeat(899_000)}`) });
    const size = Object.entries(output.one('ConfigMap', 'mysql-provision').data ?? {})
      .map(([name, text]) => name.length + Buffer.byteLength(text))
      .reduce((a, b) => a + b);
    expect(size).toBeLessThan(1_048_576);
  });
});

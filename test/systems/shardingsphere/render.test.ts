import { expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { merge } from '../../harness/base/merge.ts';
import { render } from '../../harness/charts/render.ts';
import type { Value, Values } from '../../harness/drill/types.ts';

const chart = chartNamed('shardingsphere');
const url = 'https://artifacts.example.com/driver.jar';
const unit = (name: string, more: Values = {}): Values => ({
  name,
  host: `${name.replace('_', '-')}.test`,
  database: 'shop',
  existingSecret: name.replace('_', '-'),
  ...more,
});
const units = [unit('ds_a'), unit('ds_b')];
const shop = (more: Values = {}): Values => ({
  databases: [{ name: 'shop', storageUnits: units, ...more }],
});
const tables = (...all: Value[]): Values => shop({ tables: all });
const hashed = { type: 'hash_mod', properties: { 'sharding-count': 4 } };
const auto = { name: 'orders', storageUnits: ['ds_a', 'ds_b'], column: 'id', algorithm: hashed };
const cluster: Values = { architecture: 'cluster', zookeeper: { connect: 'zk:2181' } };
const autoscaled = (autoscaling: Values, more: Values = {}): Values =>
  merge(merge(cluster, { autoscaling: { enabled: true, ...autoscaling } }), more);

refusals(chart, [
  [
    'a version that speaks another language',
    { image: { tag: '5.3.2' } },
    'shardingsphere: image.tag is 5.3.2, and the chart knows the languages of 5.1 and 5.5: write one of these, also beside a digest',
  ],
  [
    'no driver',
    { driver: { image: { repository: '', tag: '' } } },
    "shardingsphere: driver is empty, and the proxy's image has no driver for MySQL: write driver.url (of the jar of MySQL Connector/J), driver.image or driver.volume",
  ],
  [
    'two drivers',
    { driver: { url } },
    'shardingsphere: driver.url and driver.image are set, and one driver is enough: leave one of them',
  ],
  [
    'a sum of nothing',
    { driver: { image: { repository: '', tag: '' }, sha256: '0'.repeat(64), volume: { emptyDir: {} } } },
    'shardingsphere: driver.sha256 has no effect without driver.url: leave it empty',
  ],
  [
    'a cluster without ZooKeeper',
    { architecture: 'cluster' },
    'shardingsphere: zookeeper.connect is empty, and no ZooKeeper is part of this release: write its servers (zk-0:2181,zk-1:2181), or enable zookeeper in the umbrella chart',
  ],
  [
    'a cluster of one',
    { ...cluster, replicas: 1 },
    'shardingsphere: replicas is 1, and a cluster that survives the loss of a proxy has 2 at least: write 2, or architecture standalone',
  ],
  [
    'replicas beside an autoscaler',
    autoscaled({}, { replicas: 3 }),
    'shardingsphere: replicas has no effect, because autoscaling.enabled is true: remove it, and write autoscaling.minReplicas',
  ],
  [
    'fewer at most than at least',
    autoscaled({ minReplicas: 5, maxReplicas: 3 }),
    'shardingsphere: autoscaling.minReplicas (5) is larger than autoscaling.maxReplicas (3): write one that is not',
  ],
  [
    'a cluster that may shrink to one',
    autoscaled({ minReplicas: 1 }),
    'shardingsphere: autoscaling.minReplicas is 1, and a cluster that survives the loss of a proxy has 2 at least: write 2',
  ],
  [
    'a share of nothing',
    autoscaled({}, { resources: { requests: { cpu: 0 } } }),
    'shardingsphere: autoscaling.cpuPercent is a share of resources.requests.cpu, which is 0: write a request, or autoscaling.cpuPercent 0',
  ],
  [
    'an autoscaler that looks at nothing',
    autoscaled({ cpuPercent: 0 }),
    'shardingsphere: autoscaling has nothing to go by: write cpuPercent, memoryPercent or metrics',
  ],
  [
    'ZooKeeper for a single proxy',
    { zookeeper: { connect: 'zk:2181' } },
    'shardingsphere: zookeeper.connect is of architecture cluster, not of standalone, which keeps its rules on its volume: leave it empty',
  ],
  [
    'an autoscaler for a single proxy',
    { autoscaling: { enabled: true } },
    'shardingsphere: autoscaling.enabled is of architecture cluster, not of standalone, which is one proxy: write false',
  ],
  [
    'two access modes of which one stands alone',
    { metadata: { accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'] } },
    'shardingsphere: metadata.accessModes has ReadWriteOncePod beside others, and it stands alone: write one of them',
  ],
  [
    'a storage class that nobody has',
    { metadata: { storageClass: 'Fast!' } },
    'shardingsphere: metadata.storageClass is "Fast!", which no storage class is called: leave it out for the cluster\'s default, or write metadata.storageClass "" for volumes that nobody provisions',
  ],
  [
    'a proxy that is too small',
    { resources: { requests: { memory: '32Mi' }, limits: { memory: '256Mi' } } },
    'shardingsphere: resources.limits.memory is 256Mi, and a proxy needs at least 384Mi: write 768Mi',
  ],
  [
    'a heap that leaves nothing',
    { jvm: { heap: '600Mi' }, resources: { limits: { memory: '700Mi' } } },
    'shardingsphere: jvm.heap (600Mi) leaves less than 160Mi of resources.limits.memory (700Mi) for the rest of the JVM: leave jvm.heap empty to derive it from the limit',
  ],
  [
    'a property of the chart',
    { config: { 'proxy-default-port': 3306 } },
    'shardingsphere: config.proxy-default-port is managed by the chart: remove it',
  ],
  [
    'a property of the driver that has a value of its own',
    { jdbc: { properties: { sslMode: 'REQUIRED' } } },
    'shardingsphere: jdbc.properties.sslMode is managed by the chart: write tls of the storage unit',
  ],
  [
    'an agent of nowhere',
    { metrics: { enabled: true, image: { repository: '', tag: '' } } },
    "shardingsphere: metrics.image.repository is empty, and the proxy's own image lacks Prometheus' agent for JMX: name an image that has it, and its path there",
  ],
  [
    'a database twice',
    {
      databases: [
        { name: 'shop', storageUnits: units },
        { name: 'shop', storageUnits: units },
      ],
    },
    'shardingsphere: databases has shop twice: keep one entry',
  ],
  [
    'a database of the proxy’s own',
    { databases: [{ name: 'sys', storageUnits: units }] },
    'shardingsphere: databases has sys, a name that the proxy has for itself: use another',
  ],
  [
    'a storage unit twice',
    shop({ storageUnits: [unit('ds_a'), unit('ds_a')] }),
    'shardingsphere: databases: shop: storageUnits has ds_a twice: keep one entry',
  ],
  [
    'a storage unit that is nowhere',
    shop({ storageUnits: [{ name: 'ds_a', database: 'shop' }] }),
    'shardingsphere: databases: shop: storage unit ds_a says nowhere where it is: write mysql (a MySQL of this release), or host',
  ],
  [
    'a storage unit that is in two places',
    shop({ storageUnits: [unit('ds_a', { mysql: 'mysql' })] }),
    'shardingsphere: databases: shop: storage unit ds_a has mysql and host: leave one of them',
  ],
  [
    'a role of a MySQL of one’s own',
    shop({ storageUnits: [unit('ds_a', { role: 'replicas' })] }),
    'shardingsphere: databases: shop: role of storage unit ds_a is of mysql, not of host: remove it',
  ],
  [
    'a MySQL of which nobody knows the password',
    shop({ storageUnits: [{ name: 'ds_a', host: 'a.test', database: 'shop' }] }),
    'shardingsphere: databases: shop: storage unit ds_a has a host and no existingSecret: write the name of a Secret with the keys username and password of who may use shop there',
  ],
  [
    'a group called as a storage unit',
    shop({ readwriteSplitting: [{ name: 'ds_a', write: 'ds_a', read: ['ds_b'] }] }),
    'shardingsphere: databases: shop: readwriteSplitting has ds_a, a name that is taken: use another',
  ],
  [
    'a group of what is not there',
    shop({ readwriteSplitting: [{ name: 'group', write: 'ds_a', read: ['ds_c'] }] }),
    'shardingsphere: databases: shop: readwriteSplitting has ds_c, which is none of storageUnits: add it there',
  ],
  [
    'a table twice',
    tables(auto, { ...auto, name: 'Orders' }),
    'shardingsphere: databases: shop: tables has Orders twice: keep one entry',
  ],
  [
    'a table in two ways',
    tables({ ...auto, dataNodes: 'ds_a.orders' }),
    'shardingsphere: databases: shop: table orders has dataNodes and storageUnits: leave one of them',
  ],
  [
    'a table that is laid out by nothing',
    tables({ name: 'orders', storageUnits: ['ds_a'] }),
    'shardingsphere: databases: shop: table orders has storageUnits and not both column and algorithm: write by which column its rows are laid out, and how ({type: hash_mod, properties: {sharding-count: 4}})',
  ],
  [
    'a strategy beside a layout',
    tables({ ...auto, tableStrategy: { column: 'id', algorithm: hashed } }),
    'shardingsphere: databases: shop: table orders: tableStrategy is of dataNodes, not of storageUnits: remove it',
  ],
  [
    'a table in a unit that is not there',
    tables({ ...auto, storageUnits: ['ds_c'] }),
    'shardingsphere: databases: shop: table orders has storageUnits ds_c, which is none of storageUnits or readwriteSplitting: add it there',
  ],
  [
    'a layout beside data nodes',
    tables({ name: 'orders', dataNodes: 'ds_a.orders', column: 'id' }),
    'shardingsphere: databases: shop: table orders: column is of storageUnits, not of dataNodes: remove it',
  ],
  [
    'data nodes in a unit that is not there',
    tables({ name: 'orders', dataNodes: 'ds_a.orders, ds_c.orders' }),
    'shardingsphere: databases: shop: table orders has dataNodes in ds_c, which is none of storageUnits or readwriteSplitting: add it there',
  ],
  [
    'a table that is nowhere',
    tables({ name: 'orders' }),
    'shardingsphere: databases: shop: table orders says nowhere where its rows are: write dataNodes, or storageUnits',
  ],
  [
    'a strategy by nothing',
    tables({ name: 'orders', dataNodes: 'ds_a.orders', tableStrategy: { algorithm: hashed } }),
    'shardingsphere: databases: shop: table orders: tableStrategy needs column, or columns, and not both',
  ],
  [
    'a binding of what is no table',
    shop({ tables: [auto], bindings: [['orders', 'items']] }),
    'shardingsphere: databases: shop: bindings has items, which is none of tables: add it there',
  ],
  [
    'a table that is sharded and whole',
    shop({ tables: [auto], broadcast: ['orders'] }),
    'shardingsphere: databases: shop: broadcast has orders, which is one of tables: a table is either whole everywhere or sharded',
  ],
  [
    'a cipher without a key',
    shop({
      encrypt: [{ table: 'users', columns: [{ name: 'phone', cipher: 'phone_cipher', type: 'AES' }] }],
    }),
    'shardingsphere: databases: shop: encrypt: column phone of users has no key: write {secret: NAME, key: KEY}',
  ],
  [
    'a key in the values',
    shop({
      encrypt: [
        {
          table: 'users',
          columns: [
            { name: 'phone', cipher: 'phone_cipher', type: 'RC4', properties: { 'rc4-key-value': 'x' } },
          ],
        },
      ],
    }),
    'shardingsphere: databases: shop: encrypt: properties.rc4-key-value of a column of users would stand in a ConfigMap: put it into a Secret, and name that in key',
  ],
  [
    'a shadow of what is not there',
    shop({ shadow: [{ name: 'tests', source: 'ds_a', shadow: 'ds_c', tables: { orders: hashed } }] }),
    'shardingsphere: databases: shop: shadow has ds_c, which is none of storageUnits: add it there',
  ],
  [
    'a shadow with 5.1',
    {
      image: { tag: '5.1.0' },
      ...shop({ shadow: [{ name: 'tests', source: 'ds_a', shadow: 'ds_b', tables: { orders: hashed } }] }),
    },
    'shardingsphere: databases: shop: shadow is of 5.5, because 5.1 can neither remove one rule of several nor make one again: remove it, or write an image.tag of 5.5',
  ],
  [
    'an account that 5.1 would not keep from anything',
    { image: { tag: '5.1.0' }, ...shop(), users: [{ name: 'shop', databases: ['shop'] }] },
    'shardingsphere: users: shop has databases, and 5.1 keeps no account from anything: remove it, or write an image.tag of 5.5',
  ],
  [
    'another root',
    { users: [{ name: 'root' }] },
    'shardingsphere: users has root, the account that may do anything, whose password is in auth: use another name',
  ],
  [
    'a user twice',
    { users: [{ name: 'shop' }, { name: 'shop' }] },
    'shardingsphere: users has shop twice: keep one entry',
  ],
  [
    'a database that is not there',
    { users: [{ name: 'shop', databases: ['shop'] }] },
    'shardingsphere: users: shop may use shop, which is none of databases: add it there',
  ],
]);

const provision = (await render(chart, { values: shop() })).one('ConfigMap', 'shardingsphere-provision');

/** By what 5.1.0 was seen to take, and by 5.5's documentation (user-manual/shardingsphere-proxy/distsql/syntax). */
for (const [dialect, rows] of Object.entries({
  '5.1': {
    'create database shop': 'CREATE DATABASE shop',
    'create unit ds_0 (X)': 'ADD RESOURCE ds_0 (X)',
    'alter unit ds_0 (X)': 'ALTER RESOURCE ds_0 (X)',
    'drop unit ds_0': 'DROP RESOURCE ds_0 IGNORE SINGLE TABLES',
    'show unit ds_0': 'SHOW SCHEMA RESOURCES',
    'create readwrite g (X)': 'CREATE READWRITE_SPLITTING RULE g (X)',
    'create table t (X)': 'CREATE SHARDING TABLE RULE t (X)',
    'alter table t (X)': 'ALTER SHARDING TABLE RULE t (X)',
    'drop table t': 'DROP SHARDING TABLE RULE t',
    'show table t': 'SHOW SHARDING TABLE RULES',
    'create binding a,b (a,b)': 'CREATE SHARDING BINDING TABLE RULES (a,b)',
    'drop binding a,b': 'DROP SHARDING BINDING TABLE RULES (a,b)',
    'show binding a,b': 'SHOW SHARDING BINDING TABLE RULES',
    'create broadcast t': 'CREATE SHARDING BROADCAST TABLE RULES (t)',
    'alter broadcast t,u': 'ALTER SHARDING BROADCAST TABLE RULES (t,u)',
    'drop broadcast t': 'DROP SHARDING BROADCAST TABLE RULES',
    'create encrypt t (X)': 'CREATE ENCRYPT RULE t (X)',
    'drop encrypt t': 'DROP ENCRYPT RULE t',
  },
  '5.5': {
    'create database shop': 'CREATE DATABASE shop',
    'create unit ds_0 (X)': 'REGISTER STORAGE UNIT ds_0 (X)',
    'alter unit ds_0 (X)': 'ALTER STORAGE UNIT ds_0 (X)',
    'drop unit ds_0': 'UNREGISTER STORAGE UNIT ds_0 IGNORE SINGLE TABLES',
    'show unit ds_0': 'SHOW STORAGE UNITS',
    'create readwrite g (X)': 'CREATE READWRITE_SPLITTING RULE g (X)',
    'drop readwrite g': 'DROP READWRITE_SPLITTING RULE g',
    'create table t (X)': 'CREATE SHARDING TABLE RULE t (X)',
    'drop table t': 'DROP SHARDING TABLE RULE t',
    'create binding a,b (a,b)': 'CREATE SHARDING TABLE REFERENCE RULE a__b (a,b)',
    'drop binding a,b': 'DROP SHARDING TABLE REFERENCE RULE a__b',
    'show binding a,b': 'SHOW SHARDING TABLE REFERENCE RULES',
    'create broadcast t': 'CREATE BROADCAST TABLE RULE t',
    'drop broadcast t': 'DROP BROADCAST TABLE RULE t',
    'show broadcast t': 'SHOW BROADCAST TABLE RULES',
    'create encrypt t (X)': 'CREATE ENCRYPT RULE t (X)',
    'create shadow s (X)': 'CREATE SHADOW RULE s (X)',
    'drop shadow s': 'DROP SHADOW RULE s',
  },
}))
  await decisions(
    provision,
    'decide.sh',
    'statement',
    { DIALECT: dialect },
    Object.entries(rows).map(([call, sql]) => [`${dialect}: ${call}`, call.split(' '), '', sql] as const),
  );

await decisions(provision, 'decide.sh', 'make_verdict', { DIALECT: '5.1' }, [
  ['a rule that nobody made', ['table', 'no', '', 'new'], '', 'create'],
  ['a rule that is gone, though it was made once', ['table', 'no', 'new', 'new'], '', 'create'],
  ['a rule as it was made', ['table', 'yes', 'new', 'new'], '', 'leave'],
  ['a rule that is written otherwise', ['table', 'yes', 'old', 'new'], '', 'alter'],
  ['a rule of which nobody knows who made it', ['table', 'yes', '', 'new'], '', 'alter'],
  ['a storage unit, whose password may be another', ['unit', 'yes', 'new', 'new'], '', 'alter'],
  ['a database that is there', ['database', 'yes', '', 'new'], '', 'leave'],
  ['a binding, whose name is all of it', ['binding', 'yes', '', 'new'], '', 'leave'],
]);

await decisions(provision, 'decide.sh', 'without', { DIALECT: '5.1' }, [
  ['one of several', ['b'], 'a\nb\nc\n', 'a,c'],
  ['the last', ['a'], 'a\n', ''],
  ['one whose name begins another', ['a'], 'ab\na\n', 'ab'],
]);

await decisions(provision, 'decide.sh', 'moves', { DIALECT: '5.1' }, [
  ['a rule that was never applied', ['', 'new'], '', '', 1],
  ['a rule that is not about places', ['-', '-'], '', '', 1],
  ['a rule as it was', ['same', 'same'], '', '', 1],
  ['rows that would be looked for elsewhere', ['old', 'new'], '', '', 0],
]);

for (const dialect of ['5.1', '5.5'])
  await decisions(provision, 'decide.sh', 'speakable', { DIALECT: dialect }, [
    [`${dialect}: letters, digits and what is harmless`, ['password', 'aB3:-_@!%.;'], '', '', 0],
    [`${dialect}: nothing`, ['password', ''], '', '', 1],
    ...["'", '"', '`', '[', ']', '\\'].map(
      (character) => [`${dialect}: ${character}`, ['password', `a${character}b`], '', '', 1] as const,
    ),
    [`${dialect}: a plain name`, ['username', 'shop_1'], '', '', 0],
    [`${dialect}: a name with a dash`, ['username', 'shop-1'], '', '', dialect === '5.1' ? 1 : 0],
  ]);

/** A proxy that has one sharded table and two broadcast ones, and does not answer what begins with `silent`. */
const scenario = `#!/bin/bash
. /opt/ballast/provision.sh
log() { echo "$*"; }
sql() {
  local said
  said=$(cat)
  case $said in
    "$silent"*) echo 'gone away' >&2 && return 1 ;;
    'SHOW SHARDING TABLE RULES') printf 'orders\\tds\\n' ;;
    'SHOW SHARDING BROADCAST TABLE RULES') printf 'a\\nb\\n' ;;
    'SHOW SCHEMA RESOURCES') printf 'ds_0\\tMySQL\\n' ;;
    'SHOW SINGLE TABLES') printf 'notes\\tds_0\\n' ;;
    'SELECT 1 FROM empty LIMIT 1') ;;
    'SELECT 1 FROM none LIMIT 1') echo "Table 's0.none_0' doesn't exist" >&2 && return 1 ;;
    'SELECT 1 FROM'*) echo 1 ;;
    ALTER* | DROP*) echo "said: $said" >&4 ;;
  esac
}
wait_for() { :; }
scenario() {
  silent=$2
  exec 4>&1
  case $1 in
    refuse) refuse_with_rows "$3" && echo 'may go' ;;
    remove) remove "$3" ;;
  esac
}
`;
const hooked = { ...provision, data: { ...provision.data, 'scenario.sh': scenario } };
const quiet = { BALLAST_TEST: '1', DIALECT: '5.1' };
const server = (await render(chart, { values: shop() })).one('ConfigMap', 'shardingsphere');
await decisions(server, 'run.sh', 'run_server', quiet, [
  [
    'a proxy that was asked to end, and keeps its connections, is ended',
    ['bash', '-c', 'trap "" TERM; kill -TERM $PPID; exec sleep 60'],
    '',
    '',
    137,
  ],
]);
await decisions(hooked, 'scenario.sh', 'scenario', quiet, [
  [
    'a rule with rows stays',
    ['refuse', 'never', 'shop table orders orders removed'],
    '',
    'error: databases: the table rule of orders in shop is no longer there, and the table has rows, which nobody would find any more: delete or move them first, or keep the rule',
    64,
  ],
  ['a rule of no rows may go', ['refuse', 'never', 'shop table orders empty removed'], '', 'may go'],
  [
    'a rule of a table that nobody made may go',
    ['refuse', 'never', 'shop table orders none removed'],
    '',
    'may go',
  ],
  [
    'a proxy that does not say whether there are rows',
    ['refuse', 'SELECT', 'shop table orders orders removed'],
    '',
    'error: the proxy does not say whether shop.orders has rows: gone away',
    1,
  ],
  [
    'a proxy that does not say whether there is the rule',
    ['refuse', 'SHOW', 'shop table orders orders removed'],
    '',
    'error: the proxy does not say whether it has table orders of shop: gone away',
    1,
  ],
  [
    'a storage unit with a table of rows stays',
    ['refuse', 'never', 'shop unit ds_0 - removed'],
    '',
    'error: databases: storage unit ds_0 of shop is no longer there, and notes in it has rows, which nobody would find any more: delete or move them first, or keep the unit',
    64,
  ],
  [
    'a proxy that does not say which tables a storage unit has',
    ['refuse', 'SHOW SINGLE', 'shop unit ds_0 - removed'],
    '',
    'error: the proxy does not say which tables ds_0 of shop has: gone away',
    1,
  ],
  [
    'one broadcast table of two goes by a list of the other',
    ['remove', 'never', 'shop broadcast a a removed'],
    '',
    'shop: broadcast a before: a\nsaid: ALTER SHARDING BROADCAST TABLE RULES (b)\nshop: broadcast a is gone',
  ],
  [
    'a proxy that does not say which tables are broadcast',
    ['remove', 'SHOW', 'shop broadcast a a removed'],
    '',
    'error: the proxy does not say whether it has broadcast a of shop: gone away',
    1,
  ],
]);

/** What the hook says, by kind: the statement's body. */
async function bodies(tag: string, topology: string): Promise<Record<string, string>> {
  const { values } = topologyNamed(chart, topology);
  // What is of 5.5 alone.
  const databases = values.databases as Values[];
  const known = tag.startsWith('5.1')
    ? { users: [], databases: databases.map(({ shadow: _, ...database }) => database) }
    : {};
  const output = await render(chart, { values: merge(values, { image: { tag }, ...known }) });
  const plan = output.one('ConfigMap', 'shardingsphere-provision').data?.plan ?? '';
  return Object.fromEntries(
    plan
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([, kind, name, , , , body = '']) => [`${kind} ${name}`, body]),
  );
}

test('5.1 is told as its parser takes it', async () => {
  const said = await bodies('5.1.0', 'cluster');
  expect(said['unit primary_0']).toBe(
    "(URL='jdbc:mysql://orders-0-primary.databases.svc:3306/shop?allowPublicKeyRetrieval=true&connectTimeout=1000&connectionTimeZone=UTC&socketTimeout=30000&sslMode=VERIFY_CA&tcpKeepAlive=true', USER=@{units/orders-0/username}, PASSWORD='@{units/orders-0/password}', PROPERTIES('connectionTimeout'='3000', 'maximumPoolSize'='30'))",
  );
  expect(said['readwrite ds_0']).toBe(
    '(WRITE_RESOURCE=primary_0, READ_RESOURCES(replicas_0), TYPE(NAME=random))',
  );
  expect(said['table orders']).toBe(
    "(RESOURCES(ds_0, primary_1), SHARDING_COLUMN=id, TYPE(NAME=hash_mod, PROPERTIES('sharding-count'='4')))",
  );
  expect(said['binding orders,items']).toBe('(orders,items)');
  expect(said['encrypt customers']).toBe(
    "(COLUMNS((NAME=phone, CIPHER=phone_cipher, TYPE(NAME=AES, PROPERTIES('aes-key-value'='@{keys/shop-keys/phone}')))))",
  );
  expect((await bodies('5.1.0', 'standalone'))['table orders']).toBe(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the proxy's own expressions
    "(DATANODES('ds_${0..1}.orders_${0..1}'), DATABASE_STRATEGY(TYPE=standard, SHARDING_COLUMN=customer, SHARDING_ALGORITHM(TYPE(NAME=inline, PROPERTIES('algorithm-expression'='ds_${customer % 2}')))), TABLE_STRATEGY(TYPE=standard, SHARDING_COLUMN=id, SHARDING_ALGORITHM(TYPE(NAME=inline, PROPERTIES('algorithm-expression'='orders_${id % 2}')))), KEY_GENERATE_STRATEGY(COLUMN=id, TYPE(NAME=snowflake)))",
  );
});

test('5.5 is told as its documentation writes it', async () => {
  const said = await bodies('5.5.2', 'cluster');
  expect(said['unit primary_0']).toContain("USER='@{units/orders-0/username}', PASSWORD='@{units");
  expect(said['readwrite ds_0']).toBe(
    "(WRITE_STORAGE_UNIT=primary_0, READ_STORAGE_UNITS(replicas_0), TYPE(NAME='random'))",
  );
  expect(said['table orders']).toBe(
    "(STORAGE_UNITS(ds_0, primary_1), SHARDING_COLUMN=id, TYPE(NAME='hash_mod', PROPERTIES('sharding-count'='4')))",
  );
  expect(said['encrypt customers']).toBe(
    "(COLUMNS((NAME=phone, CIPHER=phone_cipher, ENCRYPT_ALGORITHM(TYPE(NAME='AES', PROPERTIES('aes-key-value'='@{keys/shop-keys/phone}'))))))",
  );
  expect(said['shadow tests']).toBe(
    "(SOURCE=primary_1, SHADOW=tests, orders(TYPE(NAME='value_match', PROPERTIES('column'='test', 'operation'='insert', 'value'='1'))))",
  );
  expect((await bodies('5.5.2', 'standalone'))['table orders']).toContain(
    "KEY_GENERATE_STRATEGY(COLUMN=id, TYPE(NAME='snowflake'))",
  );
});

test('an account that may use some databases is kept from others, and root from none', async () => {
  const values = merge(shop(), { users: [{ name: 'a', databases: ['shop'] }, { name: 'b' }] });
  const output = await render(chart, { values });
  expect(output.one('ConfigMap', 'shardingsphere').data?.['proxy.yaml']).toContain(
    'user-database-mappings: "a@%=shop, b@%=shop, root@%=shop"',
  );
});

import { join } from 'node:path';
import type { V1Secret } from '@kubernetes/client-node';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { setSecret } from '../../e2e/setup.ts';
import { messageOf } from '../../harness/base/errors.ts';
import { systemsDir } from '../../harness/base/paths.ts';
import { nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';
import type { Values } from '../../harness/drill/types.ts';
import { account, databaseOf, ledgerTable, system } from './system.ts';

/** What the proxy at a host answers to the last of some statements. */
async function asked({ testCluster, namespace }: Installation, host: string, ...statements: string[]) {
  const { outputFiles } = await build({
    entryPoints: [join(systemsDir, system.name, 'ask.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire("/");' },
    write: false,
  });
  const command = ['node', '--input-type=module', '-', host, ...statements];
  const input = outputFiles[0]?.text ?? '';
  return (await testCluster.kube.exec(namespace, 'ballast-probe', 'probe', command, { input })).stdout.trim();
}

const ledger =
  'CREATE TABLE IF NOT EXISTS ledger (pk BIGINT PRIMARY KEY, run VARCHAR(64) NOT NULL, shard INT NOT NULL, id INT NOT NULL)';

/** Rows that one proxy after the other writes into a broadcast table are in each MySQL, and nowhere twice. */
export async function sameEverywhere(installation: Installation): Promise<void> {
  const { testCluster, namespace } = installation;
  const hosts = (await installation.members()).map((pod) => installation.host(pod));
  await asked(
    installation,
    hosts[0] ?? '',
    'CREATE TABLE IF NOT EXISTS regions (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL)',
    'DELETE FROM regions',
  );
  for (let id = 1; id <= 10; id++)
    await asked(installation, hosts[id % hosts.length] ?? '', `INSERT INTO regions VALUES (${id}, 'r${id}')`);
  await asked(installation, hosts[0] ?? '', "UPDATE regions SET name = 'changed' WHERE id = 3");
  const told = await Promise.all(
    ['ballast-mysql-0', 'ballast-mysql-b-0'].map(async (pod) => {
      const command = ['mysql', '--user=root', '--batch', '--skip-column-names'];
      const input = 'SELECT COUNT(*), BIT_XOR(CRC32(CONCAT(id, name))) FROM ledger.regions';
      return (await testCluster.kube.exec(namespace, pod, 'mysql', command, { input })).stdout.trim();
    }),
  );
  expect(told[0]).toMatch(/^10\t/);
  expect(told[1]).toBe(told[0]);
}

/** Neither a rule whose table has rows goes, nor do its rows get another place; the rule of an empty table comes, changes and goes. */
export async function keepsWhatHasRows(installation: Installation): Promise<void> {
  const service = system.service(installation.release.name);
  await asked(
    installation,
    service,
    ledger,
    'DELETE FROM ledger',
    "INSERT INTO ledger (run, shard, id) VALUES ('kept', 0, 1)",
    "INSERT INTO ledger (run, shard, id) VALUES ('kept', 1, 2)",
  );
  const { databaseStrategy: _, ...elsewhere } = ledgerTable;
  const onOneShard = { ...elsewhere, dataNodes: 'ds_0.ledger_$->{0..1}' };
  const count = () => asked(installation, service, "SELECT COUNT(*) AS count FROM ledger WHERE run = 'kept'");
  const upgraded = (tables: Values[]) => installation.upgrade({ databases: [databaseOf(tables)] });

  await expect(upgraded([])).rejects.toThrow(
    /the table rule of ledger in ledger is no longer there, and the table has rows/,
  );
  expect(await count()).toBe('[{"count":2}]');
  await expect(upgraded([onOneShard])).rejects.toThrow(/looks for rows elsewhere than before/);
  expect(await count()).toBe('[{"count":2}]');

  const extra = (parts: number): Values => ({
    name: 'extra',
    storageUnits: ['ds_0', 'ds_1'],
    column: 'id',
    algorithm: { type: 'hash_mod', properties: { 'sharding-count': parts } },
  });
  await upgraded([ledgerTable, extra(4)]);
  await asked(
    installation,
    service,
    'CREATE TABLE extra (id INT PRIMARY KEY)',
    'INSERT INTO extra VALUES (1), (2), (3)',
  );
  await expect(upgraded([ledgerTable, extra(2)])).rejects.toThrow(/looks for rows elsewhere/);
  await asked(installation, service, 'DROP TABLE extra');
  await upgraded([ledgerTable, extra(2)]);
  await upgraded([ledgerTable]);
  expect(await count()).toBe('[{"count":2}]');
}

/** Rows that a MySQL holds, as its own root reads them: what the proxy says of them does not count here. */
async function held({ testCluster, namespace }: Installation, pod: string, sql: string): Promise<string> {
  const command = ['mysql', '--user=root', '--batch', '--skip-column-names', account];
  return (await testCluster.kube.exec(namespace, pod, 'mysql', command, { input: sql })).stdout.trim();
}

/**
 * A second database of the same MySQLs: what is written goes to the primary of a `replication` and is read from its replica, the parts of an automatic table lie in
 * both MySQLs, and an encrypted column is a cipher in MySQL and what was written for clients.
 */
export async function splitsAndEncrypts(installation: Installation): Promise<void> {
  const { testCluster, namespace, release } = installation;
  const { kube } = testCluster;
  const keys: V1Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'shop-keys', namespace },
    stringData: { phone: 'sixteen-bytes-16' },
  };
  await kube.apply([keys]);
  const shop: Values = {
    name: 'shop',
    storageUnits: [
      { name: 'primary_0', mysql: 'mysql', database: account },
      { name: 'replicas_0', mysql: 'mysql', role: 'replicas', database: account },
      { name: 'ds_1', mysql: 'mysql-b', database: account },
    ],
    readwriteSplitting: [{ name: 'ds_0', write: 'primary_0', read: ['replicas_0'] }],
    tables: [
      {
        name: 'orders',
        storageUnits: ['ds_0', 'ds_1'],
        column: 'id',
        algorithm: { type: 'hash_mod', properties: { 'sharding-count': 4 } },
      },
    ],
    encrypt: [
      {
        table: 'customers',
        columns: [
          { name: 'phone', cipher: 'phone_cipher', type: 'AES', key: { secret: 'shop-keys', key: 'phone' } },
        ],
      },
    ],
  };
  await installation.upgrade({ databases: [databaseOf([ledgerTable]), shop] });

  const service = system.service(release.name);
  const inShop = (...statements: string[]) => asked(installation, service, 'USE shop', ...statements);
  const ids = [1, 2, 3, 4, 5, 6, 7, 8];
  await inShop(
    'CREATE TABLE orders (id INT PRIMARY KEY, text VARCHAR(20))',
    'CREATE TABLE customers (id INT PRIMARY KEY, phone VARCHAR(100))',
    ...ids.map((id) => `INSERT INTO orders VALUES (${id}, 'order ${id}')`),
    "INSERT INTO customers (id, phone) VALUES (1, '555-0100')",
  );

  const labels = 'app.kubernetes.io/name=mysql,app.kubernetes.io/component=server';
  const pods = await kube.pods(namespace, labels);
  const primary = pods.find(({ metadata }) => metadata?.labels?.['ballast.dev/role'] === 'primary');
  const replica = pods.find((pod) => pod !== primary);
  const [written, read, other] = [nameOf(primary ?? {}), nameOf(replica ?? {}), 'ballast-mysql-b-0'];
  const parts = await Promise.all(
    [0, 2].map((part) => held(installation, written, `SELECT id FROM orders_${part} ORDER BY id`)),
  );
  const others = await Promise.all(
    [1, 3].map((part) => held(installation, other, `SELECT id FROM orders_${part} ORDER BY id`)),
  );
  expect([...parts, ...others].map((rows) => rows.split('\n').length)).toEqual([2, 2, 2, 2]);
  expect([...parts, ...others].flatMap((rows) => rows.split('\n').map(Number)).sort()).toEqual(ids);

  const seen = 'SELECT COUNT(*) AS whole_of_orders FROM orders';
  await waitFor('the replica to have all that was written', 30, async () => {
    const told = await inShop(seen);
    return told === '[{"whole_of_orders":8}]' || told;
  });
  const digests = `SELECT COUNT(*) FROM performance_schema.events_statements_summary_by_digest WHERE digest_text LIKE '%whole_of_orders%orders_%' AND digest_text NOT LIKE '%digest%'`;
  expect(Number(await held(installation, read, digests))).toBeGreaterThan(0);
  expect(await held(installation, written, digests)).toBe('0');

  expect(await inShop('SELECT phone FROM customers WHERE id = 1')).toBe('[{"phone":"555-0100"}]');
  expect(await inShop("SELECT id FROM customers WHERE phone = '555-0100'")).toBe('[{"id":1}]');
  const ciphers = await Promise.all(
    [written, other].map((pod) =>
      held(installation, pod, 'SELECT phone_cipher FROM customers').catch(() => ''),
    ),
  );
  expect(ciphers.filter((text) => text !== '')).toHaveLength(1);
  expect(ciphers.join('')).not.toContain('555');

  await expect(installation.upgrade({ databases: [databaseOf([ledgerTable])] })).rejects.toThrow(
    /(unit ds_1|rule of orders|rule of customers) (of|in) shop is no longer there, and \w+( \w+)* has rows/,
  );
  await inShop('DROP TABLE orders', 'DROP TABLE customers');
  await installation.upgrade({ databases: [databaseOf([ledgerTable])] });
}

/** A changed password of the account that the proxies have in MySQL counts from the next upgrade on, without a restart: the one before is no longer good for anything then. */
export async function rotates(installation: Installation): Promise<void> {
  const members = await installation.members();
  await asked(installation, system.service(installation.release.name), ledger);
  await setSecret(installation, 'ballast-mysql-user-ledger', { password: 'another-password-1' });
  await installation.upgrade({});
  const { kube } = installation.testCluster;
  const [primary] = await kube.pods(
    installation.namespace,
    'app.kubernetes.io/name=mysql,ballast.dev/role=primary',
  );
  // Connections that are open outlast a password.
  const input = `ALTER USER ledger DISCARD OLD PASSWORD;
    SELECT CONCAT('KILL ', id) FROM performance_schema.processlist WHERE user = 'ledger';`;
  const command = ['mysql', '--user=root', '--batch', '--skip-column-names'];
  const { stdout } = await kube.exec(installation.namespace, nameOf(primary ?? {}), 'mysql', command, {
    input,
  });
  const kills = stdout.trim().split('\n').join(';');
  expect(kills).toContain('KILL');
  await kube.exec(installation.namespace, nameOf(primary ?? {}), 'mysql', [...command, '--force'], {
    input: kills,
  });
  for (const member of members) {
    const host = installation.host(member);
    const count = () => asked(installation, host, 'SELECT COUNT(*) AS count FROM ledger WHERE shard = 0');
    await waitFor(`${host} to read the shard`, 30, () => count().then(() => true as const, messageOf));
  }
  expect((await installation.members()).map(({ metadata }) => metadata?.uid)).toEqual(
    members.map(({ metadata }) => metadata?.uid),
  );
}

import { join } from 'node:path';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { setSecret } from '../../e2e/setup.ts';
import { messageOf } from '../../harness/base/errors.ts';
import { systemsDir } from '../../harness/base/paths.ts';
import { nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';
import type { Values } from '../../harness/drill/types.ts';
import { databaseOf, ledgerTable, system } from './system.ts';

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

import { lookup } from 'node:dns/promises';
import type { Connection as Client } from 'mysql2';
import { type Adapter, type Connection, within } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';
import { connectMs, noSuchTable, open, type Place, query, withClient } from '../mysql/client.ts';

/** Records are rows of one sharded table: `shard` says in which MySQL a row is, and `id` in which of its tables. */
const table = 'ledger';
const batch = 20_000;

const { SHARDS = '', MEMBERS = '', DATABASE = '', PORT } = process.env;
const shardHosts = SHARDS.split(',');
const shardNames = ['MYSQL', 'MYSQL_B'];

const placeOf = (name: string, host: string, port: number): Place => ({
  host,
  port,
  user: process.env[`${name}_USERNAME`],
  password: process.env[`${name}_PASSWORD`],
  database: DATABASE,
});
const proxy = (host: string): Place => placeOf('SHARDINGSPHERE', host, 3307);
const shard = (index: number): Place => placeOf(shardNames[index] ?? '', shardHosts[index] ?? '', 3306);

/** Rows that their writer was not shown right after they were acknowledged. */
let stale = 0;

/** The primary key is made by the proxies, each of which has to make others. */
const createTable = (client: Client) =>
  query(
    client,
    `CREATE TABLE IF NOT EXISTS ${table} (pk BIGINT PRIMARY KEY, run VARCHAR(64) NOT NULL, shard INT NOT NULL, id INT NOT NULL, KEY (run, pk), KEY (run, id))`,
  );

/** Every id of a run in one table, in pieces. */
async function idsOf(client: Client, from: string, run: string, onId: (id: number) => void): Promise<void> {
  for (let last = '0'; ; ) {
    const rows = await query(
      client,
      `SELECT pk, id FROM ${from} WHERE run = ? AND pk > ? ORDER BY pk LIMIT ${batch}`,
      [run, last],
    );
    for (const record of rows) onId(Number(record.id));
    if (rows.length < batch) return;
    last = String(rows.at(-1)?.pk);
  }
}

/** Every row in the shard and the table that its keys want, and in none beside: what a proxy says is no proof of that. */
async function readShards(run: string, onId: (id: number) => void): Promise<void> {
  for (const [index] of shardHosts.entries())
    await withClient(shard(index), async (client) => {
      for (const part of [0, 1]) {
        const from = `${table}_${part}`;
        const [misplaced] = await query(
          client,
          `SELECT COUNT(*) AS count FROM ${from} WHERE run = ? AND (shard % 2 <> ? OR id % 2 <> ?)`,
          [run, index, part],
        );
        if (Number(misplaced?.count) > 0)
          throw new Error(`${misplaced?.count} rows of ${from} of ${shardHosts[index]} belong elsewhere`);
        await idsOf(client, from, run, onId);
      }
    });
}

const adapter: Adapter = {
  prepare: (host) => {
    stale = 0;
    return withClient(proxy(host), async (client) => {
      await createTable(client);
      // Ledgers of earlier runs go.
      await query(client, `DELETE FROM ${table}`);
    });
  },

  async connect(host, ledger, signal, { key }): Promise<Connection> {
    const client = await open(proxy(host), connectMs, signal);
    try {
      await within(connectMs, query(client, `SELECT id FROM ${table} WHERE shard = ${key} AND id = 0`)).catch(
        async (error: unknown) => {
          // A shard that lost its volume is written to as well: what was there before is what is missed.
          if ((error as { errno?: number }).errno !== noSuchTable) throw error;
          await createTable(client);
        },
      );
      return {
        member: host,
        async write(id) {
          await query(client, `INSERT INTO ${table} (run, shard, id) VALUES (?, ?, ?)`, [ledger, key, id]);
          const own = await query(client, `SELECT id FROM ${table} WHERE run = ? AND shard = ? AND id = ?`, [
            ledger,
            key,
            id,
          ]);
          if (own.length === 0)
            throw Object.assign(new Error('did not read its own write'), { code: 'stale' });
        },
        close: () => client.destroy(),
      };
    } catch (error) {
      client.destroy();
      throw error;
    }
  },

  async read(host, _, ledger, onId) {
    if (stale > 0) throw new Error(`${stale} times a writer did not read what it had written`);
    if (host === 'shards') await readShards(ledger, onId);
    else await withClient(proxy(host), (client) => idsOf(client, table, ledger, onId));
  },

  view: (host) =>
    withClient(proxy(host), async (client) => {
      const [self] = await query(client, 'SELECT @@version AS version');
      const others = await lookup(MEMBERS, { all: true });
      return {
        member: host,
        version: String(self?.version),
        writable: true,
        state: 'ONLINE',
        role: 'PROXY',
        members: others.length,
        online: others.length,
      };
    }),
};

serve(adapter, Number(PORT ?? 8080));

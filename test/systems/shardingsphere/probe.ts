import { lookup } from 'node:dns/promises';
import { type Connection as Client, createConnection, type RowDataPacket } from 'mysql2';
import { type Adapter, type Connection, within } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

/** Records are rows of one sharded table: `shard` says in which MySQL a row is, and `id` in which of its tables. */
const table = 'ledger';
const noSuchTable = 1146;
/** A writer gives a silent server up soon, because a user's pool would; who only looks has time. */
const connectMs = 500;
const patientMs = 5000;
const batch = 20_000;

const { SHARDS = '', MEMBERS = '', DATABASE = '', PORT } = process.env;
const shardHosts = SHARDS.split(',');
const shardNames = ['MYSQL', 'MYSQL_B'];

interface Place {
  host: string;
  port: number;
  user: string | undefined;
  password: string | undefined;
}

const placeOf = (name: string, host: string, port: number): Place => ({
  host,
  port,
  user: process.env[`${name}_USERNAME`],
  password: process.env[`${name}_PASSWORD`],
});
const proxy = (host: string): Place => placeOf('SHARDINGSPHERE', host, 3307);
const shard = (index: number): Place => placeOf(shardNames[index] ?? '', shardHosts[index] ?? '', 3306);

/** An authenticated client; rejects, and leaves no socket behind, when the signal aborts first. */
function open(place: Place, connectTimeout: number, signal?: AbortSignal): Promise<Client> {
  const { host, port, user = '', password = '' } = place;
  // Larger numbers than JavaScript has come as text.
  const big = { supportBigNumbers: true, bigNumberStrings: true };
  const client = createConnection({ host, port, user, password, database: DATABASE, connectTimeout, ...big });
  return new Promise((resolve, reject) => {
    const abort = () => {
      client.destroy();
      reject(Object.assign(new Error(`${host} did not let us in`), { code: 'timeout' }));
    };
    signal?.addEventListener('abort', abort, { once: true });
    // Stays for good: a connection lost between two statements must not end the process.
    client.on('error', reject);
    client.connect((error) => {
      signal?.removeEventListener('abort', abort);
      if (!error) return resolve(client);
      client.destroy();
      reject(error);
    });
  });
}

function query(client: Client, sql: string, values: unknown[] = []): Promise<RowDataPacket[]> {
  return new Promise((resolve, reject) => {
    client.query<RowDataPacket[]>(sql, values, (error, rows) => (error ? reject(error) : resolve(rows)));
  });
}

async function withClient<T>(place: Place, use: (client: Client) => Promise<T>): Promise<T> {
  const client = await open(place, patientMs);
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

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
  prepare: (host) =>
    withClient(proxy(host), async (client) => {
      await createTable(client);
      // Ledgers of earlier runs go.
      await query(client, `DELETE FROM ${table}`);
    }),

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

  read: (host, _, ledger, onId) =>
    host === 'shards'
      ? readShards(ledger, onId)
      : withClient(proxy(host), (client) => idsOf(client, table, ledger, onId)),

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

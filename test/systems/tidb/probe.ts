import type { Connection as Client } from 'mysql2';
import { type Adapter, type Connection, within } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';
import { connectMs, noSuchTable, open, type Place, query, withClient } from '../mysql/client.ts';

const {
  TIDB_USERNAME: user,
  TIDB_PASSWORD: password,
  TIDB_DATABASE: database,
  TIDB_PORT = '4000',
  PORT,
} = process.env;
const batch = 20_000;

const at = (host: string): Place => ({ host, port: Number(TIDB_PORT), user, password, database });

/** The primary key is the server's own, so that a record applied twice would show. */
const createLedger = (client: Client, ledger: string) =>
  query(client, 'CREATE TABLE IF NOT EXISTS ?? (pk BIGINT AUTO_INCREMENT PRIMARY KEY, id INT NOT NULL)', [
    ledger,
  ]);

const adapter: Adapter = {
  // Ledgers of earlier runs go.
  prepare: (host, ledger) =>
    withClient(at(host), async (client) => {
      for (const { name } of await query(
        client,
        'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
      ))
        await query(client, 'DROP TABLE ??', [name]);
      await createLedger(client, ledger);
    }),

  async connect(host, ledger, signal): Promise<Connection> {
    const client = await open(at(host), connectMs, signal);
    try {
      const [row] = await within(connectMs, query(client, 'SELECT @@hostname AS name'));
      return {
        member: String(row?.name),
        async write(id) {
          try {
            await query(client, 'INSERT INTO ?? (id) VALUES (?)', [ledger, id]);
          } catch (error) {
            // Servers that lost their volumes are written to as well: what was there before is what is missed.
            if ((error as { errno?: number }).errno === noSuchTable) await createLedger(client, ledger);
            throw error;
          }
        },
        close: () => client.destroy(),
      };
    } catch (error) {
      client.destroy();
      throw error;
    }
  },

  read: (host, _, ledger, onId) =>
    withClient(at(host), async (client) => {
      for (let last = '0'; ; ) {
        const rows = await query(client, 'SELECT pk, id FROM ?? WHERE pk > ? ORDER BY pk LIMIT ?', [
          ledger,
          last,
          batch,
        ]);
        for (const record of rows) onId(Number(record.id));
        if (rows.length < batch) return;
        last = String(rows.at(-1)?.pk);
      }
    }),

  view: (host) =>
    withClient(at(host), async (client) => {
      const [self] = await query(client, 'SELECT @@hostname AS name, @@version AS version');
      const servers = await query(client, 'SELECT ip FROM information_schema.tidb_servers_info');
      return {
        member: String(self?.name),
        version: String(self?.version),
        writable: true,
        state: 'ONLINE',
        role: 'TIDB',
        members: servers.length,
        online: servers.length,
      };
    }),
};

serve(adapter, Number(PORT ?? 8080));

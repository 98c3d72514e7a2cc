import type { Connection as Client } from 'mysql2';
import { type Adapter, type Connection, Refused, within } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';
import { connectMs, noSuchTable, open, type Place, query, withClient } from './client.ts';

/** Errors a server answers before it executes anything: read-only option, read-only mode, offline mode. */
const refusals = new Set([1290, 1836, 3032]);

const { MYSQL_USER: user, MYSQL_PASSWORD: password, MYSQL_DATABASE: database, PORT } = process.env;
const batch = 20_000;

const at = (host: string): Place => ({ host, user, password, database });

/** The primary key is the server's own, so that a record applied twice would show. */
function createLedger(client: Client, ledger: string): Promise<unknown> {
  return query(client, 'CREATE TABLE ?? (pk BIGINT AUTO_INCREMENT PRIMARY KEY, id INT NOT NULL)', [ledger]);
}

/** How many servers take a server's transactions, itself among them. */
async function followersOf(client: Client): Promise<number> {
  const [row] = await query(
    client,
    "SELECT COUNT(*) AS count FROM performance_schema.threads WHERE processlist_command LIKE 'Binlog Dump%'",
  );
  return 1 + Number(row?.count);
}

const adapter: Adapter = {
  // Ledgers of earlier runs go.
  prepare: (host, ledger) =>
    withClient(at(host), async (client) => {
      for (const { name } of await query(
        client,
        'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
      )) {
        await query(client, 'DROP TABLE ??', [name]);
      }
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
            const { errno = 0 } = error as { errno?: number };
            // A server that lost its volume is written to as well: what was there before is what is missed.
            if (errno === noSuchTable) await createLedger(client, ledger);
            throw refusals.has(errno) ? new Refused('read only', { cause: error }) : error;
          }
        },
        close: () => client.destroy(),
      };
    } catch (error) {
      client.destroy();
      throw error;
    }
  },

  async read(host, primary, ledger, onId) {
    const [position] = await withClient(at(primary), (client) =>
      query(client, 'SELECT @@GLOBAL.gtid_executed AS gtids'),
    );
    await withClient(at(host), async (client) => {
      const [row] = await query(client, 'SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 60) AS late', [
        position?.gtids,
      ]);
      if (row?.late) throw new Error(`${host} had not applied the primary's transactions after 60 s`);
      for (let last = 0; ; ) {
        const rows = await query(client, 'SELECT pk, id FROM ?? WHERE pk > ? ORDER BY pk LIMIT ?', [
          ledger,
          last,
          batch,
        ]);
        for (const record of rows) onId(Number(record.id));
        if (rows.length < batch) return;
        last = Number(rows.at(-1)?.pk);
      }
    });
  },

  view: (host) =>
    withClient(at(host), async (client) => {
      const [self] = await query(
        client,
        'SELECT @@hostname AS name, @@server_uuid AS id, @@super_read_only AS locked, @@version AS version',
      );
      const members = await query(
        client,
        "SELECT member_id AS id, member_state AS state, member_role AS role FROM performance_schema.replication_group_members WHERE member_id <> ''",
      );
      const own = members.find((member) => member.id === self?.id);
      const writable = self?.locked === 0;
      if (members.length === 0) {
        const [channel] = await query(
          client,
          "SELECT host, service_state AS state FROM performance_schema.replication_connection_configuration JOIN performance_schema.replication_connection_status USING (channel_name) WHERE channel_name = '' AND host <> ''",
        );
        // A replica knows its primary, which knows all.
        const online = channel
          ? await withClient(at(String(channel.host)), followersOf)
          : await followersOf(client);
        return {
          member: String(self?.name),
          version: String(self?.version),
          writable,
          state: !channel || channel.state === 'ON' ? 'ONLINE' : String(channel.state),
          role: writable ? 'PRIMARY' : 'SECONDARY',
          members: online,
          online,
        };
      }
      return {
        member: String(self?.name),
        version: String(self?.version),
        writable,
        state: String(own?.state ?? 'OFFLINE'),
        role: String(own?.role ?? 'NONE'),
        members: members.length,
        online: members.filter((member) => member.state === 'ONLINE').length,
      };
    }),
};

serve(adapter, Number(PORT ?? 8080));

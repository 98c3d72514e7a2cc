import { Redis } from 'ioredis';
import { type Adapter, type Connection, Refused, within } from './core.ts';
import { serve } from './server.ts';

/** What a server answers before it executes anything: it is a replica, it loads, it has too few replicas, it is asked to wait. */
const refusals = /^(READONLY|LOADING|NOREPLICAS|MASTERDOWN|UNBLOCKED|CLUSTERDOWN)/;

const { REDIS_USER: username, REDIS_PASSWORD: password, REDIS_TLS, PORT } = process.env;
/** A writer gives a silent server up soon, because a user's pool would; who only looks has time. */
const connectMs = 500;
const patientMs = 5000;
/** How many copies beside the primary's make a write acknowledged, and the ms that WAIT waits for them. */
const copies = 1;
const copiesMs = 900;
const batch = 20_000;

/** An authenticated client; rejects, and leaves no socket behind, when the signal aborts first. */
async function open(host: string, connectTimeout: number, signal?: AbortSignal): Promise<Redis> {
  const client = new Redis({
    host,
    port: 6379,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(REDIS_TLS === 'true' ? { tls: { rejectUnauthorized: false } } : {}),
    connectTimeout,
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined); // told by what was asked
  const abort = () => client.disconnect();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.disconnect();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function withClient<T>(host: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = await open(host, patientMs);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

/** INFO as a map. */
async function info(client: Redis): Promise<ReadonlyMap<string, string>> {
  const lines = (await client.info()).split('\r\n');
  return new Map(
    lines.flatMap((line) => {
      const at = line.indexOf(':');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
}

const adapter: Adapter = {
  // A list keeps what was pushed twice.
  prepare: (host, ledger) =>
    withClient(host, async (client) => {
      const old = await client.keys('ledger:*');
      if (old.length > 0) await client.unlink(...old);
      await client.set(`ledger:${ledger}:started`, 1);
    }),

  async connect(host, ledger, signal): Promise<Connection> {
    const client = await open(host, connectMs, signal);
    try {
      // The name that Sentinels and replicas know it by; a single instance has none.
      const [, name] = (await within(connectMs, client.config('GET', 'replica-announce-ip'))) as string[];
      return {
        member: name?.split('.')[0] || (await info(client)).get('run_id') || host,
        async write(id, plain) {
          try {
            await client.rpush(`ledger:${ledger}`, id);
          } catch (error) {
            throw refusals.test((error as Error).message) ? new Refused((error as Error).message) : error;
          }
          if (plain) return;
          const reached = await client.wait(copies, copiesMs);
          if (reached < copies)
            throw Object.assign(new Error(`only ${reached} replicas`), { code: 'too few copies' });
        },
        close: () => client.disconnect(),
      };
    } catch (error) {
      client.disconnect();
      throw error;
    }
  },

  async read(host, primary, ledger, onId) {
    const offset = await withClient(primary, async (client) =>
      Number((await info(client)).get('master_repl_offset')),
    );
    await withClient(host, async (client) => {
      const deadline = Date.now() + 60_000;
      for (;;) {
        const seen = await info(client);
        if (seen.get('role') === 'master' || Number(seen.get('slave_repl_offset')) >= offset) break;
        if (Date.now() > deadline) throw new Error(`${host} had not applied the primary's writes after 60 s`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      for (let from = 0; ; from += batch) {
        const ids = await client.lrange(`ledger:${ledger}`, from, from + batch - 1);
        for (const id of ids) onId(Number(id));
        if (ids.length < batch) return;
      }
    });
  },

  view: (host) =>
    withClient(host, async (client) => {
      const own = await info(client);
      const primary = own.get('role') === 'master';
      const up = primary || own.get('master_link_status') === 'up';
      // A replica knows of no other: its primary counts.
      const counted = primary
        ? own
        : up
          ? await withClient(own.get('master_host') ?? '', info).catch(() => undefined)
          : undefined;
      const members = 1 + Number(counted?.get('connected_slaves') ?? 0);
      return {
        member: host.split('.')[0] ?? host,
        version: own.get('redis_version') ?? '',
        writable: primary,
        state: up ? 'ONLINE' : 'DISCONNECTED',
        role: primary ? 'PRIMARY' : 'SECONDARY',
        members,
        online: members,
      };
    }),
};

serve(adapter, Number(PORT ?? 8080));

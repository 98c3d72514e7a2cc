import { Redis } from 'ioredis';
import { type Adapter, type Connection, Refused, within } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

/** What a server answers before it executes anything: it is a replica, it loads, it has too few replicas, the key is elsewhere. */
const refusals = /^(READONLY|LOADING|NOREPLICAS|MASTERDOWN|UNBLOCKED|CLUSTERDOWN|MOVED|ASK|TRYAGAIN)/;

const { REDIS_USER: username, REDIS_PASSWORD: password, REDIS_TLS, PORT } = process.env;
/** A writer gives a silent server up soon, because a user's pool would; who only looks has time. */
const connectMs = 500;
const patientMs = 5000;
/** How many copies beside the primary's make a write acknowledged, and the ms that WAIT waits for them. */
const copies = 1;
const copiesMs = 900;
const batch = 20_000;
/** In a cluster of three shards each of these is in another one. */
const tags = ['b', 'c', 'a'];

function keyOf(ledger: string, key: number): string {
  return `ledger:${ledger}:{${tags[key]}}`;
}

/** Where a node of a cluster says that a key is, or undefined. */
function elsewhere(error: unknown): string | undefined {
  return /^MOVED \d+ (.+):\d+$/.exec((error as Error).message)?.[1];
}

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
  prepare: (host, ledger) =>
    withClient(host, async (client) => {
      if ((await info(client)).get('cluster_enabled') === '1') return;
      // A list keeps what was pushed twice.
      const old = await client.keys('ledger:*');
      if (old.length > 0) await client.unlink(...old);
      await client.set(`ledger:${ledger}:started`, 1);
    }),

  async connect(host, ledger, signal, writer): Promise<Connection> {
    const key = keyOf(ledger, writer.key);
    let client = await open(host, connectMs, signal);
    let asked: Redis | undefined;
    /** Where the record went: while a slot moves, keys that have gone are to be asked for at its new owner. */
    const push = async (key: string, id: number): Promise<Redis> => {
      try {
        await client.rpush(key, id);
        return client;
      } catch (error) {
        const { message } = error as Error;
        const owner = writer.via === 'direct' ? undefined : /^ASK \d+ (.+):\d+$/.exec(message)?.[1];
        if (owner === undefined) throw refusals.test(message) ? new Refused(message) : error;
        if (asked?.options.host !== owner) {
          asked?.disconnect();
          asked = await open(owner, connectMs);
        }
        const results = await asked.pipeline().asking().rpush(key, id).exec();
        const failed = results?.[1]?.[0];
        if (failed) throw refusals.test(failed.message) ? new Refused(failed.message) : failed;
        return asked;
      }
    };
    try {
      if (writer.via !== 'direct') client = await atOwner(client, key, signal);
      const own = await within(connectMs, info(client));
      const name = await within(connectMs, client.config('GET', '*announce-*')).then((all) =>
        nameOf(all as string[]),
      );
      return {
        member: name ?? own.get('run_id') ?? host,
        async write(id, plain) {
          const holder = await push(key, id);
          // A single instance has nobody to wait for, and no name of its own.
          if (plain || name === undefined) return;
          const reached = await holder.wait(copies, copiesMs);
          if (reached < copies)
            throw Object.assign(new Error(`only ${reached} replicas`), { code: 'too few copies' });
        },
        close: () => {
          client.disconnect();
          asked?.disconnect();
        },
      };
    } catch (error) {
      client.disconnect();
      throw error;
    }
  },

  async read(hosts, _, ledger, onId) {
    for (const host of hosts.split(',')) {
      await withClient(host, async (client) => {
        await caughtUp(client);
        for (const key of tags.map((_, index) => keyOf(ledger, index))) {
          for (let from = 0; ; from += batch) {
            const ids = await client.lrange(key, from, from + batch - 1).catch((error: unknown) => {
              if (elsewhere(error) !== undefined) return [];
              throw error;
            });
            for (const id of ids) onId(Number(id));
            if (ids.length < batch) break;
          }
        }
      });
    }
  },

  view: (host) =>
    withClient(host, async (client) => {
      const own = await info(client);
      const primary = own.get('role') === 'master';
      const up = primary || own.get('master_link_status') === 'up';
      const online =
        own.get('cluster_enabled') === '1' ? await clusterSize(client) : await groupSize(own, up);
      return {
        member: host.split('.')[0] ?? host,
        version: own.get('redis_version') ?? '',
        writable: primary,
        state: up ? 'ONLINE' : 'DISCONNECTED',
        role: primary ? 'PRIMARY' : 'SECONDARY',
        members: online,
        online,
      };
    }),
};

/** The name that others know a member by, from CONFIG GET *announce-*. */
function nameOf(settings: readonly string[]): string | undefined {
  for (const setting of ['replica-announce-ip', 'cluster-announce-hostname']) {
    const value = settings[settings.indexOf(setting) + 1];
    if (settings.includes(setting) && value) return value.split('.')[0];
  }
  return undefined;
}

/** A client of the node that has the key: this one, or one in its place. */
async function atOwner(client: Redis, key: string, signal: AbortSignal): Promise<Redis> {
  try {
    await within(connectMs, client.llen(key));
    return client;
  } catch (error) {
    const owner = elsewhere(error);
    if (owner === undefined) throw error;
    const next = await open(owner, connectMs, signal);
    client.disconnect();
    return next;
  }
}

/** Waits until a replica has applied all that its primary had when asked; lets a cluster's replica answer reads. */
async function caughtUp(client: Redis): Promise<void> {
  const first = await info(client);
  if (first.get('role') === 'master') return;
  if (first.get('cluster_enabled') === '1') await client.readonly();
  const offset = await withClient(first.get('master_host') ?? '', async (primary) =>
    Number((await info(primary)).get('master_repl_offset')),
  );
  const deadline = Date.now() + 60_000;
  while (Number((await info(client)).get('slave_repl_offset')) < offset) {
    if (Date.now() > deadline) throw new Error('a replica had not applied its primary’s writes after 60 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A replica knows of no other: its primary counts. */
async function groupSize(own: ReadonlyMap<string, string>, up: boolean): Promise<number> {
  const counted =
    own.get('role') === 'master'
      ? own
      : up
        ? await withClient(own.get('master_host') ?? '', info).catch(() => undefined)
        : undefined;
  return 1 + Number(counted?.get('connected_slaves') ?? 0);
}

/** How many nodes this one takes for alive, or 0 when it is cut off from a majority. */
async function clusterSize(client: Redis): Promise<number> {
  const state = (await client.cluster('INFO')) as string;
  if (!state.includes('cluster_state:ok')) return 0;
  const nodes = ((await client.cluster('NODES')) as string).trim().split('\n');
  const alive = nodes
    .map((node) => node.split(' '))
    .filter(([, , flags = '', , , , , link]) => {
      return flags.includes('myself') || (!/(^|,)fail|handshake|noaddr/.test(flags) && link === 'connected');
    });
  return alive.length;
}

serve(adapter, Number(PORT ?? 8080));

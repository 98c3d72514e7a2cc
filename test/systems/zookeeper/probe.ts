import { connect as dial } from 'node:net';
import { type Client, CreateMode, createClient, type Exception, State } from 'node-zookeeper-client';
import { type Adapter, type Connection, within } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

const port = 2181;
/** A writer gives a silent server up soon, because a user's client would; who only looks has time. */
const connectMs = 500;
const patientMs = 5000;
/** A session outlives the client's interest in it by this much at most. */
const sessionMs = 5000;

/** A connected client; rejects, and leaves no socket behind, when that takes longer or the signal aborts first. */
async function open(host: string, ms: number, signal?: AbortSignal): Promise<Client> {
  const client = createClient(`${host}:${port}`, { sessionTimeout: sessionMs, spinDelay: 100, retries: 0 });
  const connected = new Promise<void>((resolve, reject) => {
    client.once('connected', resolve);
    signal?.addEventListener('abort', () => reject(timedOut(host)), { once: true });
  });
  contain(client);
  client.connect();
  try {
    await within(ms, connected);
    return client;
  } catch (error) {
    end(client);
    throw error;
  }
}

function timedOut(host: string): Error {
  return Object.assign(new Error(`${host} did not let us in`), { code: 'timeout' });
}

/** What we use of the library beneath its surface. */
interface ConnectionManager {
  socket?: { destroy(): void };
  close(): void;
  onSocketData(data: Buffer): void;
}

function managerOf(client: Client): ConnectionManager {
  return (client as unknown as { connectionManager: ConnectionManager }).connectionManager;
}

/**
 * The library keeps the rest of a broken answer when it connects again, takes it for the beginning of the next one, and throws where nobody can catch it:
 * such a connection is lost.
 */
function contain(client: Client): void {
  const manager = managerOf(client);
  const receive = manager.onSocketData.bind(manager);
  manager.onSocketData = (data) => {
    try {
      receive(data);
    } catch {
      end(client);
    }
  };
}

/** The library's close() waits for the server; the socket under it does not. */
function end(client: Client): void {
  const manager = managerOf(client);
  client.removeAllListeners();
  manager.close();
  manager.socket?.destroy();
}

async function withClient<T>(host: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = await open(host, patientMs);
  try {
    return await use(client);
  } finally {
    end(client);
  }
}

function create(client: Client, path: string, mode: number): Promise<string> {
  return new Promise((resolve, reject) => {
    client.create(path, mode, (error, made) => (error ? reject(coded(error)) : resolve(made)));
  });
}

function children(client: Client, path: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    client.getChildren(path, (error, names) => (error ? reject(coded(error)) : resolve(names)));
  });
}

/** With the protocol's name of the error as its code. */
function coded(error: Error | Exception): Error {
  const code = error instanceof Error ? error.name : error.getName();
  return Object.assign(new Error(code), { code });
}

/** The answer to a four-letter word. */
function say(host: string, word: string): Promise<string> {
  return within(
    patientMs,
    new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = dial({ host, port, timeout: patientMs }, () => socket.write(word));
      socket.on('data', (chunk) => {
        answer += chunk.toString();
      });
      socket.on('timeout', () => socket.destroy(timedOut(host)));
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    }),
  );
}

const field = (answer: string, name: string) => new RegExp(`^${name}:? *(.+?)\\s*$`, 'm').exec(answer)?.[1];

const root = '/ledger';

/** Makes a node with its parents, where it is not there. */
function ensure(client: Client, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.mkdirp(path, (error) => (error ? reject(coded(error)) : resolve()));
  });
}

const adapter: Adapter = {
  prepare: (host, ledger) => withClient(host, (client) => ensure(client, `${root}/${ledger}`)),

  async connect(host, ledger, signal): Promise<Connection> {
    const client = await open(host, connectMs, signal);
    // An ensemble that lost everything goes on without a past.
    await within(connectMs, ensure(client, `${root}/${ledger}`)).catch((error: unknown) => {
      end(client);
      throw error;
    });
    return {
      // Every server takes writes and hands them to the leader.
      member: 'ensemble',
      // The number that the ensemble appends makes a record that was written twice two.
      async write(id) {
        if (client.getState() !== State.SYNC_CONNECTED) throw timedOut(host);
        await create(client, `${root}/${ledger}/${id}-`, CreateMode.PERSISTENT_SEQUENTIAL);
      },
      close: () => end(client),
    };
  },

  async read(host, primary, ledger, onId) {
    const wanted = BigInt(field(await say(primary, 'srvr'), 'Zxid') ?? 0);
    for (const deadline = Date.now() + 60_000; ; ) {
      const zxid = BigInt(field(await say(host, 'srvr'), 'Zxid') ?? 0);
      if (zxid >= wanted) break;
      if (Date.now() > deadline)
        throw new Error(`${host} had not applied the leader's transactions after 60 s`);
    }
    await withClient(host, async (client) => {
      for (const name of await children(client, `${root}/${ledger}`)) onId(Number(name.split('-')[0]));
    });
  },

  async view(host) {
    const [status, configuration, monitor] = await Promise.all([
      say(host, 'srvr'),
      say(host, 'conf'),
      say(host, 'mntr'),
    ]);
    const mode = field(status, 'Mode') ?? 'not serving';
    const voters = [...configuration.matchAll(/^server\.\d+=.*:participant;/gm)].length;
    const leads = mode === 'leader' || mode === 'standalone';
    return {
      member: host,
      version: field(status, 'Zookeeper version')?.split('-')[0] ?? 'unknown',
      writable: leads,
      state: mode === 'not serving' ? mode : 'ONLINE',
      role: mode,
      members: Math.max(1, voters),
      // Only the leader knows who follows.
      online: mode === 'leader' ? Number(field(monitor, 'zk_synced_followers')) + 1 : Math.max(1, voters),
    };
  },
};

serve(adapter, Number(process.env.PORT ?? 8080));

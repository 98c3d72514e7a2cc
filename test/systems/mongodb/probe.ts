import { type Document, MongoClient } from 'mongodb';
import { type Adapter, type Connection, Refused, within } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

/** What a server answers before it executes anything: it is no primary, or no longer, or not yet. */
const refusals = new Set([10107, 13435, 11602, 189, 91, 11600, 13436]);

const {
  MONGODB_USER: username,
  MONGODB_PASSWORD: password,
  MONGODB_DATABASE = 'test',
  MONGODB_PORT = '27017',
  PORT,
} = process.env;
/** A writer gives a silent server up soon, because a user's pool would; who only looks has time. */
const connectMs = 500;
const patientMs = 5000;
/** Ms that a write waits for a majority: what took longer is unknown, not refused. */
const majorityMs = 900;

/** A client of one server, whatever it is; rejects, and leaves no socket behind, when the signal aborts first. */
async function open(host: string, ms: number, signal?: AbortSignal): Promise<MongoClient> {
  const client = new MongoClient(`mongodb://${host}:${MONGODB_PORT}/`, {
    directConnection: true,
    ...(username === undefined ? {} : { auth: { username, password: password ?? '' }, authSource: 'admin' }),
    serverSelectionTimeoutMS: ms,
    connectTimeoutMS: ms,
    // What is repeated must show as a record that is there twice, and so is never repeated by the driver.
    retryWrites: false,
    retryReads: false,
    maxPoolSize: 1,
  });
  const abort = () => void client.close(true);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await within(ms * 2, client.connect());
    return client;
  } catch (error) {
    void client.close(true);
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function withClient<T>(host: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = await open(host, patientMs);
  try {
    return await use(client);
  } finally {
    void client.close(true);
  }
}

const hello = (client: MongoClient): Promise<Document> => client.db('admin').command({ hello: 1 });

/** Seconds and order of what a server has done last, as one number. */
function positionOf(answer: Document): bigint {
  const { ts } = answer.lastWrite?.opTime ?? {};
  return ts === undefined ? 0n : BigInt(ts.toString());
}

/** A member's name, which is the beginning of its host name. */
const nameOf = (host: unknown): string => String(host ?? '').split('.')[0] ?? '';

const adapter: Adapter = {
  // Ledgers of earlier runs go.
  prepare: (host, ledger) =>
    withClient(host, async (client) => {
      const db = client.db(MONGODB_DATABASE);
      for (const { name } of await db.listCollections().toArray()) await db.dropCollection(name);
      await db.createCollection(ledger);
    }),

  async connect(host, ledger, signal): Promise<Connection> {
    const client = await open(host, connectMs, signal);
    try {
      const { me } = await within(connectMs, hello(client));
      const collection = client.db(MONGODB_DATABASE).collection(ledger);
      return {
        member: nameOf(me),
        async write(id, plain) {
          const concern = plain ? { w: 1 } : { w: 'majority' as const, wtimeout: majorityMs };
          try {
            // The key is the driver's own, so that a record applied twice would show.
            await collection.insertOne({ id }, { writeConcern: concern });
          } catch (error) {
            const { code } = error as { code?: number };
            throw refusals.has(code ?? 0) ? new Refused('not primary', { cause: error }) : error;
          }
        },
        close: () => void client.close(true),
      };
    } catch (error) {
      void client.close(true);
      throw error;
    }
  },

  async read(host, primary, ledger, onId) {
    const wanted = positionOf(await withClient(primary, hello));
    await withClient(host, async (client) => {
      for (const deadline = Date.now() + 60_000; positionOf(await hello(client)) < wanted; ) {
        if (Date.now() > deadline)
          throw new Error(`${host} had not applied the primary's operations after 60 s`);
      }
      const records = client
        .db(MONGODB_DATABASE)
        .collection(ledger)
        .find({}, { projection: { id: 1 } });
      for await (const { id } of records) onId(Number(id));
    });
  },

  view: (host) =>
    withClient(host, async (client) => {
      const [answer, build, status] = await Promise.all([
        hello(client),
        client.db('admin').command({ buildInfo: 1 }),
        client
          .db('admin')
          .command({ replSetGetStatus: 1 })
          .catch((): Document => ({ members: [] })),
      ]);
      const members: Document[] = status.members ?? [];
      const own = members.find(({ self }) => self);
      const serves = ({ stateStr }: Document) => stateStr === 'PRIMARY' || stateStr === 'SECONDARY';
      const role = String(own?.stateStr ?? 'NONE');
      return {
        member: nameOf(answer.me),
        version: String(build.version),
        writable: answer.isWritablePrimary === true,
        state: own !== undefined && serves(own) ? 'ONLINE' : role,
        role,
        members: members.length,
        online: members.filter(serves).length,
      };
    }),
};

serve(adapter, Number(PORT ?? 8080));

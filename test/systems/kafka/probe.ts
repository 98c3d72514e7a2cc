import { type Admin, Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { type Adapter, type Connection, within } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

const { KAFKA_USER: username, KAFKA_PASSWORD: password } = process.env;
/** A writer gives a silent server up soon, because a user's client would; who only looks has time. */
const connectMs = 500;
const patientMs = 10_000;
/** Within the time that a write may take: an idempotent producer asks for the new leader and tries again, as a user's does, and nothing is there twice. */
const writerTries = 5;
/** With pauses of up to a second between them: who coordinates a group that has just lost its coordinator is known in a while. */
const patientTries = 30;

/** The chart's values make it, with one partition: who leads that is the primary. Records of one ledger have its name as their key. */
const topic = 'ledger';

function clientOf(host: string, ms: number, retries = patientTries): Kafka {
  const sasl: SASLOptions | undefined =
    username && password ? { mechanism: 'scram-sha-512', username, password } : undefined;
  return new Kafka({
    clientId: 'ballast-ledger',
    brokers: [`${host}:9092`],
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: ms,
    authenticationTimeout: 2 * ms,
    requestTimeout: 2 * ms,
    enforceRequestTimeout: true,
    retry: { retries, initialRetryTime: 20, maxRetryTime: 1000 },
    logLevel: logLevel.NOTHING,
  });
}

/** With the protocol's name of the error as its code. */
function coded(error: unknown): Error {
  const { cause, type, name, message } = error as Error & { type?: string };
  const inner = cause as (Error & { type?: string }) | undefined;
  return Object.assign(new Error(message), { code: type ?? inner?.type ?? inner?.name ?? name });
}

async function withAdmin<T>(host: string, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = clientOf(host, patientMs, 1).admin();
  try {
    await admin.connect();
    return await use(admin);
  } finally {
    admin.disconnect().catch(() => undefined);
  }
}

const adapter: Adapter = {
  async prepare() {},

  async connect(host, ledger, signal, writer): Promise<Connection> {
    const plain = writer.via === 'plain';
    // Without idempotence a second try is a second record.
    const producer = clientOf(host, connectMs, plain ? 0 : writerTries).producer({
      idempotent: !plain,
      maxInFlightRequests: 1,
    });
    const close = () => void producer.disconnect().catch(() => undefined);
    const given = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(Object.assign(new Error(host), { code: 'timeout' })), {
        once: true,
      });
    });
    try {
      await Promise.race([producer.connect(), given]);
    } catch (error) {
      close();
      throw coded(error);
    }
    return {
      // Whoever leads acknowledges; an old leader's epoch is refused by its followers.
      member: 'cluster',
      async write(id) {
        const messages = [{ key: ledger, value: String(id) }];
        await producer.send({ topic, messages, acks: plain ? 1 : -1 }).catch((error: unknown) => {
          throw coded(error);
        });
      },
      close,
    };
  },

  /** As a consumer group does, from the first record to what was the end when it was asked. */
  async read(host, _, ledger, onId) {
    const end = await withAdmin(host, async (admin) => {
      const [partition] = await admin.fetchTopicOffsets(topic);
      return Number(partition?.high ?? 0);
    });
    if (end === 0) return;
    const consumer = clientOf(host, patientMs).consumer({
      groupId: `ledger-${ledger}`,
      sessionTimeout: 30_000,
    });
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      let next = 0;
      const done = new Promise<void>((resolve, reject) => {
        // One that is restarted by the library goes on where it was.
        consumer.on('consumer.crash', ({ payload }) => payload.restart || reject(payload.error));
        consumer
          .run({
            autoCommit: false,
            eachBatch: async ({ batch }) => {
              for (const { offset, key, value } of batch.messages) {
                // A group that is balanced anew hands the same offsets out again.
                if (Number(offset) < next) continue;
                next = Number(offset) + 1;
                if (key?.toString() === ledger) onId(Number(value?.toString()));
              }
              if (Number(batch.lastOffset()) + 1 >= end) resolve();
            },
          })
          .catch(reject);
      });
      await within(120_000, done);
    } finally {
      consumer.disconnect().catch(() => undefined);
    }
  },

  view: (host) =>
    withAdmin(host, async (admin) => {
      const { brokers } = await admin.describeCluster();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const partition = topics[0]?.partitions[0];
      const copies = partition?.replicas.length ?? 0;
      const inSync = partition?.isr.length ?? 0;
      const leads =
        partition !== undefined &&
        brokers.some(
          ({ nodeId, host: name }) =>
            nodeId === partition.leader && name.split('.')[0] === host.split('.')[0],
        );
      return {
        member: host,
        // No request tells it.
        version: '',
        writable: leads,
        state: copies > 0 && inSync === copies ? 'ONLINE' : `without ${copies - inSync} of ${copies} copies`,
        role: leads ? 'leader' : 'follower',
        members: brokers.length,
        online: brokers.length,
      };
    }),
};

serve(adapter, Number(process.env.PORT ?? 8080));

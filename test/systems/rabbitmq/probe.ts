import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelModel, connect } from 'amqplib';
import { type Adapter, type Connection, Refused } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

const {
  RABBITMQ_USER: username = '',
  RABBITMQ_PASSWORD: password = '',
  RABBITMQ_ADMIN_PASSWORD: adminPassword = '',
} = process.env;
/** Who only looks has time. */
const patientMs = 10_000;
/** A read is at its end when nothing has come for this long. */
const silenceMs = 2000;
/** What a node took before it was silent may come after its writers are gone: a queue is read when its length has stood still for this long. */
const stillMs = 3000;
/** How much one consumer may have that it did not acknowledge: what says nothing of it gets 2000 from a quorum queue. */
const window = 60_000;

/** Each ledger has a queue of its own; before the first, the one that the chart's values make is looked at. Who leads it is the primary. */
let current = 'ledger';
/** Whether a message was returned because no queue takes it: who connects next makes the queue again, as users' clients do. */
let gone = false;

function open(host: string, timeout: number): Promise<ChannelModel> {
  // The heartbeat frees the socket to one that has gone silent, when nobody waits for it any more.
  return connect({ hostname: host, username, password, heartbeat: 5 }, { timeout, noDelay: true }).then(
    (model) => {
      model.on('error', () => undefined);
      return model;
    },
  );
}

function close(model: ChannelModel): void {
  model.close().catch(() => undefined);
}

/** With the protocol's or the socket's code of the error, as text. */
function coded(error: unknown): Error {
  const { code, message, name } = error as Error & { code?: string | number };
  return Object.assign(new Error(message), {
    code: String(code ?? (message.split(/[:;(]/)[0]?.trim() || name)),
  });
}

async function api<T>(host: string, path: string): Promise<T> {
  const login = Buffer.from(`admin:${adminPassword}`).toString('base64');
  const response = await fetch(`http://${host}:15672/api/${path}`, {
    headers: { authorization: `Basic ${login}` },
    signal: AbortSignal.timeout(patientMs),
  });
  if (!response.ok) throw new Error(`${host} answers ${response.status} to ${path}`);
  return (await response.json()) as T;
}

async function stands(host: string, ledger: string): Promise<void> {
  let length = -1;
  let since = performance.now();
  while (performance.now() - since < stillMs) {
    const { messages } = await api<{ messages: number }>(
      host,
      `queues/%2F/${ledger}?disable_stats=true&enable_queue_totals=true`,
    );
    if (messages !== length) since = performance.now();
    length = messages;
    await sleep(250);
  }
}

const adapter: Adapter = {
  async prepare(host, ledger) {
    const model = await open(host, patientMs);
    try {
      const channel = await model.createChannel();
      channel.on('error', () => undefined);
      if (current !== 'ledger') await channel.deleteQueue(current);
      current = ledger;
      // Of the chart's default type.
      await channel.assertQueue(ledger, { durable: true });
    } finally {
      close(model);
    }
  },

  async connect(host, ledger, signal, writer): Promise<Connection> {
    const opening = open(host, 1000).then(async (model) => {
      const channel = await (writer.via === 'plain' ? model.createChannel() : model.createConfirmChannel());
      channel.on('error', () => undefined);
      if (gone) await channel.assertQueue(ledger, { durable: true });
      gone = false;
      return { model, channel };
    });
    const given = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(Object.assign(new Error(host), { code: 'timeout' })), {
        once: true,
      });
    });
    const { model, channel } = await Promise.race([opening, given]).catch((error: unknown) => {
      // One that opens after all is not wanted any more.
      opening.then(
        (late) => close(late.model),
        () => undefined,
      );
      throw coded(error);
    });
    let ended: Error | undefined;
    let returned = false;
    const end = (error?: Error) => {
      ended ??= error ?? Object.assign(new Error('closed'), { code: 'closed' });
    };
    channel.on('error', end);
    channel.on('close', () => end());
    model.on('close', end);
    channel.on('return', () => {
      returned = true;
      gone = true;
    });
    return {
      // Whoever leads confirms; an old leader has no majority.
      member: 'cluster',
      async write(id) {
        if (ended) throw new Refused(coded(ended).message, { cause: coded(ended) });
        const options = { persistent: true, mandatory: true };
        const content = Buffer.from(String(id));
        if (!('waitForConfirms' in channel)) {
          channel.publish('', ledger, content, options);
          return;
        }
        returned = false;
        await new Promise<void>((resolve, reject) => {
          channel.publish('', ledger, content, options, (error: unknown) => {
            if (error) reject(coded(error));
            // What no queue takes is returned before it is confirmed.
            else if (returned) reject(new Refused('returned'));
            else resolve();
          });
        });
      },
      close: () => close(model),
    };
  },

  /** As a consumer does who acknowledges nothing, so that everything goes back to the queue. */
  async read(host, _, ledger, onId) {
    await stands(host, ledger);
    const model = await open(host, patientMs);
    try {
      const channel = await model.createChannel();
      let failed: Error | undefined;
      const fail = (error: Error) => {
        failed = error;
      };
      channel.on('error', fail);
      let last = performance.now();
      let taken = 0;
      await channel.prefetch(window);
      const consume = () =>
        channel.consume(ledger, (message) => {
          last = performance.now();
          if (message === null) {
            failed = new Error(`${host} ended the reading`);
            return;
          }
          onId(Number(message.content.toString()));
          taken++;
          // This consumer gets no more.
          if (taken % window === 0) consume().catch(fail);
        });
      await consume();
      while (!failed && performance.now() - last < silenceMs) await sleep(50);
      if (failed) throw coded(failed);
      channel.nackAll(true);
      await channel.close();
    } finally {
      close(model);
    }
  },

  async view(host) {
    const [queue, nodes, { rabbitmq_version: version, node }] = await Promise.all([
      api<{ leader?: string; node: string; members?: string[]; online?: string[] | null; state: string }>(
        host,
        `queues/%2F/${current}?disable_stats=true&enable_queue_totals=true`,
      ),
      api<{ name: string; running: boolean }[]>(host, 'nodes?columns=name,running'),
      api<{ rabbitmq_version: string; node: string }>(host, 'overview?columns=rabbitmq_version,node'),
    ]);
    const leads = (queue.leader ?? queue.node) === node;
    const running = nodes.filter((one) => one.running).length;
    return {
      member: host,
      version,
      writable: leads,
      state: queue.state === 'running' ? 'ONLINE' : queue.state,
      role: leads ? 'leader' : 'follower',
      members: nodes.length,
      // A queue's members are to be as many as nodes.
      online: nodes.length === running ? (queue.online ?? nodes).length : running,
    };
  },
};

serve(adapter, Number(process.env.PORT ?? 8080));

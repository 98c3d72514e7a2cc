import { type Adapter, type Connection, Refused, within } from './core.ts';
import { type Answer, coded, type Fields, messagesOf, parseLoose, Remoting } from './remoting.ts';
import { serve } from './server.ts';

const { ROCKETMQ_USER: accessKey, ROCKETMQ_PASSWORD: secretKey } = process.env;
const credentials = accessKey && secretKey ? { accessKey, secretKey } : undefined;

const codes = {
  pull: 11,
  commitOffset: 15,
  maxOffset: 30,
  runtimeInfo: 28,
  route: 105,
  clusterInfo: 106,
  topicStatistics: 202,
  sendMessage: 310,
  haStatus: 907,
} as const;

const success = 0;
const noPermission = 16;
const noSuchTopic = 17;
const noSuchGroup = 26;
/** The broker said no before it did anything. */
const refusals: readonly number[] = [noPermission, noSuchTopic];
const found = 0;
/** What is under way while a client writes. */
const syncedBytes = 65_536;
const pulledNothing: readonly number[] = [19, 20, 21];

/** The chart's values make both. */
const topic = 'ledger';
const group = 'ledger';

/** A writer gives a silent server up soon, because a user's client would; who only looks has time. */
const connectMs = 500;
const patientMs = 5000;
/** A producer leaves a broker alone that failed, as RocketMQ's own do for half a minute. */
const avoidMs = 10_000;

interface Route {
  brokerDatas: { brokerName: string; brokerAddrs: Record<string, string> }[];
  queueDatas: { brokerName: string; perm: number; writeQueueNums: number; readQueueNums: number }[];
}

interface ClusterInfo {
  brokerAddrTable: Record<string, { brokerAddrs: Record<string, string> }>;
}

async function once<T>(address: string, ms: number, use: (remoting: Remoting) => Promise<T>): Promise<T> {
  const remoting = await Remoting.open(address, ms, credentials);
  try {
    return await within(ms, use(remoting));
  } finally {
    remoting.close();
  }
}

async function ask(remoting: Remoting, code: number, fields: Fields, body?: Buffer): Promise<Answer> {
  const answer = await remoting.ask(code, fields, body);
  if (answer.code !== success) throw coded(answer.remark, `code ${answer.code}`);
  return answer;
}

const nameServer = (host: string) => `${host}:9876`;

async function routeOf(host: string, ms: number): Promise<Route> {
  const { body } = await once(nameServer(host), ms, (remoting) => ask(remoting, codes.route, { topic }));
  return parseLoose<Route>(body);
}

/** How far the queues of a broker's group go, by its master's word. */
async function endsOf(service: string, place: string): Promise<number[]> {
  const route = await routeOf(service, patientMs);
  const broker = route.brokerDatas.find(({ brokerAddrs }) =>
    Object.values(brokerAddrs).some((address) => isAt(address, place)),
  );
  const queues = route.queueDatas.find(({ brokerName }) => brokerName === broker?.brokerName);
  const master = broker?.brokerAddrs['0'];
  if (!queues || !master) throw new Error(`no name server knows ${place} and its master`);
  return once(master, patientMs, async (remoting) => {
    const ends: number[] = [];
    for (let queueId = 0; queueId < queues.readQueueNums; queueId++) {
      const { fields } = await ask(remoting, codes.maxOffset, { topic, queueId });
      ends.push(Number(fields.offset));
    }
    return ends;
  });
}

/** Tries again for up to `ms`; then throws what was wrong last. */
async function patiently<T>(ms: number, act: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** What a producer remembers: the last route, for as long as no name server tells another, and which masters failed lately. */
let lastRoute: Route | undefined;
const avoided = new Map<string, number>();
let turn = 0;

interface Target {
  address: string;
  brokerName: string;
  queues: number;
}

function mastersOf({ brokerDatas, queueDatas }: Route): Target[] {
  return brokerDatas.flatMap(({ brokerName, brokerAddrs }) => {
    const queues = queueDatas.find((data) => data.brokerName === brokerName);
    const address = brokerAddrs['0'];
    // 2 is the permission to write.
    return address && queues && (queues.perm & 2) !== 0
      ? [{ address, brokerName, queues: queues.writeQueueNums }]
      : [];
  });
}

/** The masters in turn, without those that failed lately while there are others. */
function choose(targets: readonly Target[]): Target {
  const now = Date.now();
  const good = targets.filter(({ address }) => (avoided.get(address) ?? 0) <= now);
  const from = good.length > 0 ? good : targets;
  const target = from[turn++ % from.length];
  if (!target) throw coded('no master is known', 'no master');
  return target;
}

async function send(remoting: Remoting, { brokerName, queues }: Target, key: string): Promise<void> {
  const answer = await remoting.ask(
    codes.sendMessage,
    {
      a: 'ledger-producers',
      b: topic,
      c: 'TBW102',
      d: queues,
      e: Math.floor(Math.random() * queues),
      f: 0,
      g: Date.now(),
      h: 0,
      i: `KEYS\x01${key}`,
      j: 0,
      k: false,
      m: false,
      n: brokerName,
    },
    Buffer.from(key),
  );
  if (answer.code === success) return;
  if (refusals.includes(answer.code)) throw new Refused(answer.remark);
  throw coded(answer.remark, `code ${answer.code}`);
}

/** What the consumer group has had, by broker and queue: messages of brokers that are no more are nowhere else. */
interface Consumed {
  next: number;
  ids: number[];
}

class Consumer {
  readonly ledger: string;
  readonly #host: string;
  readonly #queues = new Map<string, Map<number, Consumed>>();
  #stopped = false;

  constructor(host: string, ledger: string) {
    this.#host = host;
    this.ledger = ledger;
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
  }

  of(broker: string): number[] {
    return [...(this.#queues.get(broker)?.values() ?? [])].flatMap(({ ids }) => ids);
  }

  get brokers(): string[] {
    return [...this.#queues.keys()];
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#round().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  async #round(): Promise<void> {
    const route = await routeOf(this.#host, patientMs);
    await Promise.all(
      route.brokerDatas.map(async ({ brokerName, brokerAddrs }) => {
        const queues = route.queueDatas.find((data) => data.brokerName === brokerName)?.readQueueNums ?? 0;
        const master = brokerAddrs['0'];
        if (master) await this.#consume(brokerName, master, queues).catch(() => undefined);
      }),
    );
  }

  async #consume(broker: string, address: string, count: number): Promise<void> {
    const queues = this.#queues.get(broker) ?? new Map<number, Consumed>();
    this.#queues.set(broker, queues);
    await once(address, patientMs, async (remoting) => {
      for (let queueId = 0; queueId < count; queueId++) {
        const queue = queues.get(queueId) ?? { next: 0, ids: [] };
        queues.set(queueId, queue);
        queue.next = await pullAll(remoting, queueId, queue.next, this.ledger, (id) => queue.ids.push(id));
        await ask(remoting, codes.commitOffset, {
          consumerGroup: group,
          topic,
          queueId,
          commitOffset: queue.next,
        });
      }
    });
  }
}

let consumer: Consumer | undefined;

/**
 * Every message of a queue from an offset on; returns the offset after the last. A slave that hears of a change forgets every topic
 * and consumer group for a moment before it notes them anew: then that is all for now.
 */
async function pullAll(
  remoting: Remoting,
  queueId: number,
  from: number,
  ledger: string,
  onId: (id: number) => void,
): Promise<number> {
  for (let offset = from; ; ) {
    const { code, remark, fields, body } = await remoting.ask(codes.pull, {
      consumerGroup: group,
      topic,
      queueId,
      queueOffset: offset,
      maxMsgNums: 1000,
      // What is subscribed to comes with the request.
      sysFlag: 4,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subscription: '*',
      subVersion: 0,
      expressionType: 'TAG',
    });
    if (code === found) {
      for (const { keys, queueOffset } of messagesOf(body)) {
        offset = queueOffset + 1;
        const at = keys.lastIndexOf('-');
        if (keys.slice(0, at) === ledger) onId(Number(keys.slice(at + 1)));
      }
    } else if (pulledNothing.includes(code)) {
      const next = Number(fields.nextBeginOffset ?? offset);
      if (next === offset || code === 19) return offset;
      offset = next;
    } else if (code === noSuchTopic || code === noSuchGroup) {
      return offset;
    } else {
      throw coded(remark, `code ${code}`);
    }
  }
}

const adapter: Adapter = {
  async prepare(host, ledger) {
    consumer?.stop();
    consumer = new Consumer(host, ledger);
    avoided.clear();
  },

  async connect(host, ledger): Promise<Connection> {
    const connections = new Map<string, Remoting>();
    try {
      lastRoute = await routeOf(host, connectMs);
    } catch (error) {
      // A client goes on with what it knows when no name server answers.
      if (lastRoute === undefined) throw error;
    }
    const targets = mastersOf(lastRoute);
    if (targets.length === 0) throw coded('no master is known', 'no master');
    return {
      // Each master has queues of its own: there is no single one.
      member: 'cluster',
      async write(id) {
        const target = choose(targets);
        try {
          let remoting = connections.get(target.address);
          if (!remoting) {
            remoting = await Remoting.open(target.address, connectMs, credentials);
            connections.set(target.address, remoting);
          }
          // The core gives up after a second; whoever was silent is avoided from then on.
          await within(950, send(remoting, target, `${ledger}-${id}`));
        } catch (error) {
          avoided.set(target.address, Date.now() + avoidMs);
          throw error;
        }
      },
      close() {
        for (const remoting of connections.values()) remoting.close();
      },
    };
  },

  /** `host` are brokers whose messages together are all, and `consumed`, what the consumer had of groups that are no more. */
  async read(host, primary, ledger, onId) {
    for (const place of host.split(',')) {
      if (place === 'consumed') {
        const route = await routeOf(primary, patientMs);
        const known = route.brokerDatas.map(({ brokerName }) => brokerName);
        const gone = consumer?.brokers.filter((broker) => !known.includes(broker)) ?? [];
        for (const broker of gone) for (const id of consumer?.of(broker) ?? []) onId(id);
        continue;
      }
      // On a busy machine a group may change its master at any time, and have none for seconds.
      const wanted = await patiently(60_000, () => endsOf(primary, place));
      const remoting = await Remoting.open(`${place}:10911`, patientMs, credentials);
      try {
        for (const [queueId, end] of wanted.entries()) {
          const deadline = Date.now() + 60_000;
          for (let next = 0; ; ) {
            next = await pullAll(remoting, queueId, next, ledger, onId);
            if (next >= end) break;
            if (Date.now() > deadline) throw new Error(`${place} lacks what its master has after 60 s`);
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        }
      } finally {
        remoting.close();
      }
    }
  },

  async view(host) {
    const named = service;
    const { body } = await once(nameServer(named), patientMs, (remoting) =>
      ask(remoting, codes.clusterInfo, {}),
    );
    const groups = Object.entries(parseLoose<ClusterInfo>(body).brokerAddrTable);
    const all = groups.flatMap(([, { brokerAddrs }]) => Object.values(brokerAddrs));
    const mine = groups.find(([, { brokerAddrs }]) =>
      Object.values(brokerAddrs).some((address) => isAt(address, host)),
    );
    // Asked through the name servers' Service, any broker can tell.
    const address = all.find((one) => isAt(one, host)) ?? (host === named ? all[0] : undefined);
    if (!address) throw new Error(`no name server knows ${host}`);
    const [runtime, copies, topics] = await once(address, patientMs, async (remoting) => [
      parseLoose<{ table: Record<string, string> }>((await ask(remoting, codes.runtimeInfo, {})).body).table,
      parseLoose<{ haConnectionInfo: { diff: number }[] }>((await ask(remoting, codes.haStatus, {})).body),
      // A slave asks its master for them once a minute.
      (await remoting.ask(codes.topicStatistics, { topic })).code === success,
    ]);
    const leads = mine?.[1].brokerAddrs['0'] === address;
    const slaves = Object.keys(mine?.[1].brokerAddrs ?? {}).length - 1;
    // RocketMQ itself calls a slave in sync that lacks up to 256 MB.
    const whole = copies.haConnectionInfo.filter(({ diff }) => diff < syncedBytes).length;
    const missing = leads ? slaves - whole : 0;
    const lacks = [
      ...(missing > 0 ? [`without ${missing} of its slaves in sync`] : []),
      ...(topics ? [] : ['without the topic']),
    ];
    return {
      member: host,
      version: (runtime.brokerVersionDesc ?? '').replace(/^V/, '').replaceAll('_', '.'),
      writable: leads,
      state: lacks.length > 0 ? lacks.join(', ') : 'ONLINE',
      role: leads ? 'master' : 'slave',
      members: all.length,
      online: all.length,
    };
  },
};

const service = process.env.ROCKETMQ_NAME_SERVERS ?? 'localhost';
const isAt = (address: string, host: string) => address.split(/[.:]/)[0] === host.split('.')[0];

serve(adapter, Number(process.env.PORT ?? 8080));

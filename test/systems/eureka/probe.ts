import { lookup } from 'node:dns/promises';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Adapter, Connection, MemberView } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

const port = 8761;
const app = 'LEDGER';
const beatMs = Number(process.env.BEAT_SECONDS) * 1000;
/** Between two lists that are got through the Service, and for each of them: a client that gets none in that time asks again. */
const listMs = 250;
const answerMs = 1000;
const patientMs = 10_000;
const login = `Basic ${Buffer.from(`eureka:${process.env.EUREKA_PASSWORD}`).toString('base64')}`;
/** Each request has a connection of its own, so that the Service leads it to any of the servers. */
const agent = new Agent({ keepAlive: false });

interface Options {
  body?: object;
  ms?: number;
}

interface Answer {
  status: number;
  body: string;
}

function ask(host: string, method: string, path: string, options: Options = {}): Promise<Answer> {
  const { body, ms = answerMs } = options;
  return new Promise((resolve, reject) => {
    const headers = {
      Accept: 'application/json',
      Authorization: login,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
    };
    const asking = request({ host, port, path, method, headers, agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    const late = setTimeout(
      () => asking.destroy(Object.assign(new Error('no answer'), { code: 'timeout' })),
      ms,
    );
    asking.on('close', () => clearTimeout(late));
    asking.on('error', reject);
    asking.end(body ? JSON.stringify(body) : undefined);
  });
}

async function demand(host: string, method: string, path: string, options?: Options): Promise<string> {
  const { status, body } = await ask(host, method, path, options);
  if (status < 200 || status > 299)
    throw Object.assign(new Error(`${method} ${path}: HTTP ${status}`), { code: `HTTP ${status}` });
  return body;
}

interface Listed {
  instanceId: string;
  status: string;
  metadata: Readonly<Record<string, string>>;
}

/** The instances of an application, as a server lists them. */
function instancesIn(list: string, name: string): readonly Listed[] {
  const { applications } = JSON.parse(list) as {
    applications: { application: { name: string; instance: Listed[] }[] };
  };
  return applications.application.find((each) => each.name === name)?.instance ?? [];
}

/** Those of the probe that are UP. */
function listed(list: string): ReadonlySet<string> {
  return new Set(
    instancesIn(list, app)
      .filter(({ status }) => status === 'UP')
      .map(({ instanceId }) => instanceId),
  );
}

/** An instance that registers and beats as Eureka's own client does: registered anew where a server does not know it. */
class Instance {
  readonly id: string;
  readonly #host: string;
  readonly #timer: NodeJS.Timeout;
  /** Records that were acknowledged: that it was in the list then. */
  readonly seen: number[] = [];

  constructor(host: string, id: string) {
    this.id = id;
    this.#host = host;
    this.#timer = setInterval(() => void this.#beat(), beatMs);
  }

  register(): Promise<string> {
    const body = {
      instance: {
        instanceId: this.id,
        hostName: this.id,
        app,
        ipAddr: '127.0.0.1',
        status: 'UP',
        vipAddress: app,
        port: { $: 80, '@enabled': 'true' },
        dataCenterInfo: {
          '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo',
          name: 'MyOwn',
        },
        leaseInfo: { renewalIntervalInSecs: beatMs / 1000, durationInSecs: (3 * beatMs) / 1000 },
        lastDirtyTimestamp: String(Date.now()),
      },
    };
    // With a client's patience: two hundred that ask a cold server again each second are a storm of the probe's own.
    return demand(this.#host, 'POST', `/eureka/apps/${app}`, { body, ms: patientMs });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Says good-bye, as a client that ends does: of those that only fall silent a server keeps too many for a while. */
  async leave(): Promise<void> {
    this.stop();
    await ask(this.#host, 'DELETE', `/eureka/apps/${app}/${this.id}`).catch(() => undefined);
  }

  async #beat(): Promise<void> {
    // A client tries the next address of its list when one does not answer.
    for (let tries = 0; tries < 3; tries++) {
      try {
        const { status } = await ask(this.#host, 'PUT', `/eureka/apps/${app}/${this.id}?status=UP`);
        if (status === 404) await this.register();
        return;
      } catch {
        // The next try says it to another server, or the next beat.
      }
    }
  }
}

/** The instances of one run, and what clients are told about them. */
class Fleet {
  readonly #host: string;
  readonly #ledger: string;
  readonly #instances = new Map<number, Instance>();
  readonly #poller: NodeJS.Timeout;
  #waiting: { resolve(list: ReadonlySet<string>): void; reject(error: unknown): void }[] = [];

  constructor(host: string, ledger: string) {
    this.#host = host;
    this.#ledger = ledger;
    this.#poller = setInterval(() => void this.#poll(), listMs);
  }

  get instances(): Iterable<Instance> {
    return this.#instances.values();
  }

  async instance(key: number): Promise<Instance> {
    const known = this.#instances.get(key);
    if (known) return known;
    const made = new Instance(this.#host, `${this.#ledger}-${key}`);
    this.#instances.set(key, made);
    try {
      await made.register();
      return made;
    } catch (error) {
      made.stop();
      this.#instances.delete(key);
      throw error;
    }
  }

  /** What clients are told next. */
  list(): Promise<ReadonlySet<string>> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async leave(): Promise<void> {
    clearInterval(this.#poller);
    await Promise.all([...this.instances].map((instance) => instance.leave()));
  }

  async #poll(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    try {
      const list = listed(await demand(this.#host, 'GET', '/eureka/apps'));
      for (const { resolve } of waiting) resolve(list);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

/** How many servers Kubernetes takes for ready: what they know of each other is what a control takes from them. */
async function serving(): Promise<number> {
  const service = process.env.READY_SERVICE ?? '';
  const addresses = await lookup(service, { all: true }).catch((error: NodeJS.ErrnoException) => {
    // A single server has no such Service, and a Service without a ready pod has no address.
    if (error.code === 'ENOTFOUND') return [];
    throw error;
  });
  return Math.max(1, addresses.length);
}

let fleet: Fleet | undefined;

const adapter: Adapter = {
  async prepare(host, ledger) {
    await fleet?.leave();
    await demand(host, 'GET', '/eureka/apps', { ms: patientMs });
    fleet = new Fleet(host, ledger);
  },

  async connect(_host, _ledger, _signal, { key }): Promise<Connection> {
    const ours = fleet;
    if (!ours) throw new Error('nothing was prepared');
    const instance = await ours.instance(key);
    return {
      // Each server takes what it is told, and tells the others.
      member: 'peers',
      async write(id) {
        const list = await ours.list();
        if (!list.has(instance.id))
          throw Object.assign(new Error(`${instance.id} is not listed`), { code: 'missing' });
        instance.seen.push(id);
      },
      // It beats until everything is read back.
      close: () => undefined,
    };
  },

  /** A server that started with an empty registry hears of an instance with its next beats: it gets as long as an instance's lease, and who is not listed then is missing. */
  async read(host, _primary, _ledger, onId) {
    const instances = [...(fleet?.instances ?? [])];
    const until = performance.now() + 3 * beatMs;
    for (;;) {
      const list = listed(await demand(host, 'GET', '/eureka/apps', { ms: patientMs }));
      const known = instances.filter(({ id }) => list.has(id));
      if (known.length < instances.length && performance.now() < until) {
        await sleep(listMs);
        continue;
      }
      for (const { seen } of known) seen.forEach(onId);
      return;
    }
  },

  async view(host): Promise<MemberView> {
    const [list, ready, online] = await Promise.all([
      demand(host, 'GET', '/eureka/apps', { ms: patientMs }),
      ask(host, 'GET', '/readyz', { ms: patientMs }),
      serving(),
    ]);
    const servers = instancesIn(list, 'EUREKA');
    return {
      member: host,
      version: servers[0]?.metadata.version ?? 'unknown',
      writable: ready.status === 200,
      state: ready.status === 200 ? 'ONLINE' : 'OUT_OF_SERVICE',
      role: 'peer',
      members: servers.length,
      online,
    };
  },
};

serve(adapter, Number(process.env.PORT ?? 8080));

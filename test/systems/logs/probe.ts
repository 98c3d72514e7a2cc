import { lookup } from 'node:dns/promises';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Adapter, Connection, MemberView } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

/** A container that prints numbered lines, as an app does: what it has printed is acknowledged, and nobody tells it whether somebody reads. */

const port = 9428;
const members = process.env.MEMBERS_SERVICE ?? '';
/** A line may wait for a collector that starts anew, and for its next look at a file. */
const arriveMs = 60_000;
const agent = new Agent({ keepAlive: true });
/** As much as makes kubelet rotate the log within half a minute. */
const padding = 'x'.repeat(100);

function ask(host: string, path: string, query: Record<string, string> = {}, ms = 30_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const body = new URLSearchParams(query).toString();
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const method = body === '' ? 'GET' : 'POST';
    const asking = request({ host, port, path, method, headers, agent, timeout: ms }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${path}: HTTP ${answer.statusCode} ${text.slice(0, 200)}`));
      });
    });
    asking.on('timeout', () => asking.destroy(new Error(`${path}: no answer in ${ms} ms`)));
    asking.on('error', reject);
    asking.end(body);
  });
}

/** Records of a query, as the store gives them: a line of JSON each. */
async function search<T>(host: string, query: string, ms?: number): Promise<T[]> {
  const text = await ask(host, '/select/logsql/query', { query }, ms);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

const of = (ledger: string): string => `_time:2h ledger:=${JSON.stringify(ledger)}`;

/** How many records of a ledger a store has, of one id that are several counted once. */
async function count(host: string, ledger: string): Promise<number> {
  const [row] = await search<{ n: string }>(host, `${of(ledger)} | stats count_uniq(id) n`);
  return Number(row?.n ?? 0);
}

/** Lines that are looked for at a time, and how often. */
const bucket = 500;
const lookMs = 500;
/** A store whose node is gone does not answer; the others must not be looked at later for that. */
const patienceMs = 1000;

/** When lines were printed, and when they were found: what is looked for is whole buckets of them, in any one store. */
class Watch {
  readonly #ledger: string;
  readonly #printed = new Map<number, { lines: number; last: number }>();
  /** By bucket, ms from its last line until it was found. */
  readonly #found = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor(ledger: string) {
    this.#ledger = ledger;
    this.#timer = setInterval(() => void this.#look(), lookMs);
  }

  get lines(): number {
    return [...this.#printed.values()].reduce((all, { lines }) => all + lines, 0);
  }

  printed(id: number): void {
    const key = Math.floor(id / bucket);
    this.#printed.set(key, { lines: (this.#printed.get(key)?.lines ?? 0) + 1, last: performance.now() });
  }

  /** Of 99 in a hundred whole buckets; what was not found is as late as it is by now. */
  lateness(): number {
    const late = this.#whole()
      .map(([key, { last }]) => this.#found.get(key) ?? performance.now() - last)
      .sort((a, b) => a - b);
    return late[Math.ceil(late.length * 0.99) - 1] ?? 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #whole() {
    return [...this.#printed].filter(([, { lines }]) => lines === bucket);
  }

  async #look(): Promise<void> {
    const missing = this.#whole().filter(([key]) => !this.#found.has(key));
    if (missing.length === 0 || this.#looking) return;
    this.#looking = true;
    const from = Math.min(...missing.map(([key]) => key)) * bucket;
    const query = `${of(this.#ledger)} id:>=${from} | stats by (id:${bucket}) count_uniq(id) n`;
    const stores = await lookup(members, { all: true }).catch(() => []);
    const answers = await Promise.allSettled(
      stores.map(({ address }) => search<{ id: string; n: string }>(address, query, patienceMs)),
    );
    const rows = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const there = new Set(rows.filter(({ n }) => Number(n) === bucket).map(({ id }) => Number(id) / bucket));
    for (const [key, { last }] of missing) if (there.has(key)) this.#found.set(key, performance.now() - last);
    this.#looking = false;
  }
}

let watch: Watch | undefined;

const adapter: Adapter = {
  async prepare(host, ledger) {
    await ask(host, '/health');
    watch?.stop();
    watch = new Watch(ledger);
  },

  async connect(_host, ledger): Promise<Connection> {
    return {
      member: 'stdout',
      write: (id) =>
        new Promise((resolve, reject) => {
          process.stdout.write(`${JSON.stringify({ ledger, id, padding })}\n`, (error) => {
            if (error) return reject(error);
            watch?.printed(id);
            resolve();
          });
        }),
      close: () => undefined,
    };
  },

  /** `host` may be several stores, which together have to have everything. Of each id, as often as the store has it that has it most often. */
  async read(hosts, _primary, ledger, onId) {
    const stores = hosts.split(',');
    const counts = async () => Promise.all(stores.map((store) => count(store, ledger)));
    const until = performance.now() + arriveMs;
    for (let last = '', same = 0; same < 3 && performance.now() < until; ) {
      const now = await counts();
      if (now.every((one) => one >= (watch?.lines ?? 0))) break;
      same = now.join() === last ? same + 1 : 0;
      last = now.join();
      // What is not there after three looks, each as long as a collector's longest pause between two tries, does not come any more.
      await sleep(5_000);
    }
    const most = new Map<number, number>();
    for (const store of stores) {
      const here = new Map<number, number>();
      for (const { id } of await search<{ id: string }>(store, `${of(ledger)} | fields id`))
        here.set(Number(id), (here.get(Number(id)) ?? 0) + 1);
      for (const [id, times] of here) most.set(id, Math.max(times, most.get(id) ?? 0));
    }
    for (const [id, times] of most) for (let i = 0; i < times; i++) onId(id);
  },

  lateness: () => watch?.lateness() ?? 0,

  async view(host): Promise<MemberView> {
    const page = await ask(host, '/', {}, 5_000);
    const addresses = await lookup(members, { all: true });
    const answers = await Promise.allSettled(
      addresses.map(({ address }) => ask(address, '/health', {}, 2_000)),
    );
    return {
      member: host,
      version: /Version victoria-logs-(\S+?)</.exec(page)?.[1] ?? 'unknown',
      writable: true,
      state: 'ONLINE',
      role: 'store',
      members: addresses.length,
      online: answers.filter(({ status }) => status === 'fulfilled').length,
    };
  },
};

serve(adapter, Number(process.env.PORT ?? 8080));

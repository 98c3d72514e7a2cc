import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { repoRoot } from '../harness/base/paths.ts';
import { report } from '../harness/base/report.ts';
import { type Kube, waitFor } from '../harness/cluster/kube.ts';
import type { Values } from '../harness/drill/types.ts';
import { ask } from '../systems/apps/operations.ts';

/** Messages that are posted at the gateway of examples/im, and looked for in MySQL and at the ends of all brokers. */

export const example = (name: string): Values =>
  parse(readFileSync(join(repoRoot, 'examples', 'im', name), 'utf8')) as Values;

const brokers = ['rocketmq', 'kafka', 'rabbitmq'];
/**
 * Posts numbered messages from /start to /stop, and notes which were answered with 2xx, and when. /missing tells the numbers of those that MySQL does
 * not have, or that did not come from a broker. Where something stands before the gateway, AS is the host that is wanted there.
 */
const source = `
const http = require('http');
const { GATEWAY_URL: gateway, AS: host } = process.env;
/** Numbers by the messages' ids. */
const acknowledged = new Map();
const failures = {};
/** Messages answered with 2xx in each second since the first /start. */
const seconds = [];
let writers = 0, running = 0, next = 0, first = 0, last = 0, longestMs = 0;
function ask(path, message) {
  return new Promise((done, failed) => {
    const options = {
      method: message ? 'POST' : 'GET',
      headers: { ...(host && { host }), ...(message && { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(30000),
    };
    const asking = http.request(gateway + path, options, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part));
      answer.on('error', failed);
      answer.on('end', () => {
        if (answer.statusCode < 200 || answer.statusCode > 299) return failed('answered ' + answer.statusCode);
        done(JSON.parse(text));
      });
    });
    asking.on('error', failed);
    asking.end(message && JSON.stringify(message));
  });
}
async function write(writer) {
  running++;
  for (; writer < writers; await new Promise((done) => setTimeout(done, 20))) {
    const number = String(next++);
    try {
      const { id } = await ask('/messages', { from: 'load', to: 'ledger', text: number });
      acknowledged.set(id, number);
      const now = Date.now();
      longestMs = Math.max(longestMs, now - last);
      last = now;
      const second = Math.floor((now - first) / 1000);
      while (seconds.length <= second) seconds.push(0);
      seconds[second]++;
    } catch (error) {
      const why = String(error.cause ?? error);
      failures[why] = (failures[why] ?? 0) + 1;
    }
  }
  running--;
}
async function missingOf(path, idOf, afterOf) {
  const left = new Map(acknowledged);
  for (let after = ''; ; ) {
    const page = await ask(path + after);
    if (page.length === 0) return [...left.values()];
    for (const one of page) left.delete(idOf(one));
    after = '&after=' + afterOf(page.at(-1));
  }
}
async function readBack() {
  const missing = { mysql: await missingOf('/messages?to=ledger', ({ id }) => id, ({ seq }) => seq) };
  for (const broker of ${JSON.stringify(brokers)})
    missing[broker] = await missingOf('/arrivals?broker=' + broker, (id) => id, (id) => id);
  return { missing };
}
const acts = {
  '/start': () => {
    last = Date.now();
    first ||= last;
    longestMs = 0;
    for (const why of Object.keys(failures)) delete failures[why];
    while (writers < 3) write(writers++);
  },
  '/stop': async () => {
    writers = 0;
    while (running > 0) await new Promise((done) => setTimeout(done, 50));
  },
  '/missing': readBack,
  '/seconds': () => ({ seconds }),
  '/page': async () => ({ page: (await ask('/messages?to=ledger')).length }),
};
http.createServer(async ({ url }, answer) => {
  try {
    const more = await acts[url]?.();
    answer.end(JSON.stringify({ ms: Date.now() - first, acknowledged: acknowledged.size, failures, longestMs, ...more }));
  } catch (error) {
    answer.writeHead(500).end(String(error.cause ?? error));
  }
}).listen(8080);
`;

/** The app that posts. Of `gateway` it needs the variable GATEWAY_URL. */
export const loadApp: Values = {
  image: { registry: 'docker.io', repository: 'library/node', tag: '20-slim' },
  jvm: false,
  resources: { requests: { cpu: '20m', memory: '128Mi' }, limits: { memory: '192Mi' } },
  command: ['node', '/app/load.js'],
  files: { '/app/load.js': source },
  // What the others' profile changes to starts this one anew, otherwise: it would forget what was answered.
  env: { SPRING_PROFILES_ACTIVE: '' },
  uses: ['gateway'],
};

/** Numbers of messages, by `mysql` and the brokers. */
export type Missing = Record<string, string[]>;

export interface Seen {
  /** Since the first /start. */
  ms: number;
  acknowledged: number;
  failures: Record<string, number>;
  /** Longest time between two answers with 2xx. */
  longestMs: number;
}

const nothing: Missing = { mysql: [], ...Object.fromEntries(brokers.map((name) => [name, []])) };

export class Messages {
  readonly #kube: Kube;
  readonly #namespace: string;

  constructor(kube: Kube, namespace: string) {
    this.#kube = kube;
    this.#namespace = namespace;
  }

  load<T = Seen>(path: string, seconds = 60): Promise<T> {
    return ask<T>(this.#kube, this.#namespace, 'load', path, seconds);
  }

  /** Reads back all that was answered, page by page. */
  async missing(): Promise<Missing> {
    const { missing } = await this.load<{ missing: Missing }>('/missing', 120);
    return missing;
  }

  /** Waits until the gateway leads to all that is asked here. */
  leads(): Promise<void> {
    return waitFor('the gateway to lead to the others', 120, () =>
      this.missing().then(
        () => true as const,
        (error: unknown) => String(error),
      ),
    );
  }

  /** All is in MySQL at once, and comes from the brokers sooner or later. */
  async allArrives(seconds = 180): Promise<void> {
    expect((await this.missing()).mysql).toEqual([]);
    const started = performance.now();
    await waitFor('all messages to come from all brokers', seconds, async () => {
      const now = await this.missing();
      const counts = brokers.map((name) => `${now[name]?.length} of ${name}`).join(', ');
      return isDeepStrictEqual(now, nothing) || `missing ${counts}`;
    });
    report(`all had come from all brokers ${Math.round(performance.now() - started)} ms later`);
  }

  /** Posts without a pause while `act` runs, until messages are answered with 2xx after it. */
  async whilePosting(act: () => Promise<unknown>): Promise<Seen> {
    await this.load('/start');
    await this.#more(30);
    await act();
    await this.#more(30);
    const seen = await this.load('/stop');
    report(
      `${seen.acknowledged} messages, none for ${seen.longestMs} ms at most, failed ${JSON.stringify(seen.failures)}`,
    );
    return seen;
  }

  async #more(than: number): Promise<void> {
    const { acknowledged } = await this.load('/');
    await waitFor('messages to be taken', 120, async () => {
      const { acknowledged: now, failures } = await this.load('/');
      return now > acknowledged + than || JSON.stringify(failures);
    });
  }
}

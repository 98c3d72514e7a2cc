import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { merge } from '../harness/base/merge.ts';
import { repoRoot } from '../harness/base/paths.ts';
import { report, reportTo } from '../harness/base/report.ts';
import { switchedOff } from '../harness/charts/charts.ts';
import { isReady, nameOf, waitFor } from '../harness/cluster/kube.ts';
import { Release } from '../harness/cluster/release.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { kill } from '../harness/drill/faults.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import type { Values } from '../harness/drill/types.ts';
import { im } from '../systems/apps/images.ts';
import { ask, podsOf } from '../systems/apps/operations.ts';

/** The platform of examples/im by its own values, as small as it runs: messages posted at the gateway, with what is beneath it hit or replaced. */

const namespace = 'drill-im';

const brokers = ['rocketmq', 'kafka', 'rabbitmq'];
/**
 * Posts numbered messages from /start to /stop, and notes which were answered with 2xx. /missing tells the numbers of those that MySQL does not
 * have, or that did not come from a broker.
 */
const source = `
const { GATEWAY_URL: gateway } = process.env;
/** Numbers by the messages' ids. */
const acknowledged = new Map();
const failures = {};
let writers = 0, running = 0, next = 0, last = 0, longestMs = 0;
async function write(writer) {
  running++;
  for (; writer < writers; await new Promise((done) => setTimeout(done, 20))) {
    const number = String(next++);
    try {
      const answer = await fetch(gateway + '/messages', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ from: 'load', to: 'ledger', text: number }),
        signal: AbortSignal.timeout(30000),
      });
      if (!answer.ok) throw new Error('answered ' + answer.status);
      acknowledged.set((await answer.json()).id, number);
      longestMs = Math.max(longestMs, Date.now() - last);
      last = Date.now();
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
    const answer = await fetch(gateway + path + after, { signal: AbortSignal.timeout(30000) });
    if (!answer.ok) throw new Error('reading is answered ' + answer.status);
    const page = await answer.json();
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
    longestMs = 0;
    for (const why of Object.keys(failures)) delete failures[why];
    while (writers < 3) write(writers++);
  },
  '/stop': async () => {
    writers = 0;
    while (running > 0) await new Promise((done) => setTimeout(done, 50));
  },
  '/missing': readBack,
  '/page': async () => ({ page: (await (await fetch(gateway + '/messages?to=ledger')).json()).length }),
};
require('http').createServer(async ({ url }, answer) => {
  try {
    const more = await acts[url]?.();
    answer.end(JSON.stringify({ acknowledged: acknowledged.size, failures, longestMs, ...more }));
  } catch (error) {
    answer.writeHead(500).end(String(error.cause ?? error));
  }
}).listen(8080);
`;

type Missing = Record<string, string[]>;

interface Seen {
  acknowledged: number;
  failures: Record<string, number>;
  /** Longest time between two answers with 2xx. */
  longestMs: number;
}

const off = { enabled: false };
const resources = (memory: string): Values => ({
  requests: { cpu: '20m', memory: '128Mi' },
  limits: { memory },
});
const example = (name: string) =>
  parse(readFileSync(join(repoRoot, 'examples', 'im', name), 'utf8')) as Values;
const platform = example('values.yaml');
const { java } = platform.apps as { java: { flags: string[] } };
const small: Values = {
  ...switchedOff(),
  mysql: { architecture: 'standalone', metrics: off },
  redis: { architecture: 'standalone', metrics: off, users: [] },
  eureka: { architecture: 'standalone', metrics: off },
  kafka: { architecture: 'standalone', metrics: off },
  rabbitmq: { architecture: 'standalone', metrics: off },
  rocketmq: { architecture: 'standalone', metrics: off },
  apps: {
    image: im,
    replicas: 1,
    resources: resources('448Mi'),
    java: { flags: [...java.flags, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] },
    apps: {
      message: { replicas: 2 },
      load: {
        image: { registry: 'docker.io', repository: 'library/node', tag: '20-slim' },
        jvm: false,
        resources: resources('192Mi'),
        command: ['node', '/app/load.js'],
        files: { '/app/load.js': source },
        // What the others' profile changes to starts this one anew, otherwise: it would forget what was answered.
        env: { SPRING_PROFILES_ACTIVE: '' },
        uses: ['gateway'],
      },
    },
  },
};

let cluster: TestCluster;
let release: Release;

beforeAll(async () => {
  reportTo((line) => void process.stderr.write(`  im         ${line}\n`));
  cluster = await joinTestCluster();
  await cluster.kube.deleteNamespace(namespace);
  await cluster.kube.gone(namespace);
  await cluster.kube.ensureNamespace(namespace);
  release = new Release('chat', namespace, cluster.kube.kubeconfig, merge(platform, small));
  await release.apply();
  await leads();
});
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    throw new Error(`the state then:\n${await cluster.kube.dump(namespace)}`);
});

const load = <T = Seen>(path: string): Promise<T> => ask<T>(cluster.kube, namespace, 'load', path);
const missing = async () => (await load<{ missing: Missing }>('/missing')).missing;
const nothing: Missing = { mysql: [], ...Object.fromEntries(brokers.map((name) => [name, []])) };

const leads = () =>
  waitFor('the gateway to lead to the others', 120, () =>
    missing().then(
      () => true as const,
      (error: unknown) => String(error),
    ),
  );

/** All is in MySQL at once, and comes from the brokers sooner or later. */
async function allArrives(): Promise<void> {
  expect((await missing()).mysql).toEqual([]);
  const started = performance.now();
  await waitFor('all messages to come from all brokers', 180, async () => {
    const now = await missing();
    const counts = brokers.map((name) => `${now[name]?.length} of ${name}`).join(', ');
    return isDeepStrictEqual(now, nothing) || `missing ${counts}`;
  });
  report(`all had come from all brokers ${Math.round(performance.now() - started)} ms later`);
}

/** Posts without a pause while `act` runs, until messages are answered with 2xx after it. */
async function whilePosting(act: () => Promise<unknown>): Promise<Seen> {
  const more = async (than: number) => {
    const { acknowledged } = await load('/');
    await waitFor('messages to be taken', 120, async () => {
      const { acknowledged: now, failures } = await load('/');
      return now > acknowledged + than || JSON.stringify(failures);
    });
  };
  await load('/start');
  await more(30);
  await act();
  await more(30);
  const seen = await load('/stop');
  report(
    `${seen.acknowledged} messages, none for ${seen.longestMs} ms at most, failed ${JSON.stringify(seen.failures)}`,
  );
  return seen;
}

/** Kills a container, and waits until it has started again. */
async function killed(name: string, component: string, container: string): Promise<void> {
  const { kube, nodes } = cluster;
  const labels = `app.kubernetes.io/name=${name},app.kubernetes.io/component=${component}`;
  const restarts = async () => {
    const [pod] = await kube.pods(namespace, labels);
    const status = pod?.status?.containerStatuses?.find((one) => one.name === container);
    return { pod, count: status?.restartCount ?? 0 };
  };
  const { pod, count } = await restarts();
  if (pod === undefined) throw new Error(`there is no pod with ${labels}`);
  await kill({ kube, nodes, container }, [pod]);
  await waitFor(`${container} to serve again`, 300, async () => {
    const now = await restarts();
    return (now.count > count && now.pod !== undefined && isReady(now.pod)) || `${now.count} restarts`;
  });
}

describe('a message that was answered with 2xx', () => {
  test.each([
    ['mysql', 'server', 'mysql'],
    ['redis', 'server', 'redis'],
    ['eureka', 'server', 'eureka'],
    ['rocketmq', 'server', 'broker'],
    ['kafka', 'server', 'kafka'],
    ['rabbitmq', 'server', 'rabbitmq'],
    ['apps', 'message', 'app'],
    ['apps', 'arrival', 'app'],
  ])('is there, and comes from all brokers, after a kill: %s, %s', async (...one) => {
    const { failures } = await whilePosting(() => killed(...one));
    await allArrives();
    // Beneath a post is MySQL alone: what the gateway knows of the registry outlives it, and another pod takes what one did not answer.
    if (one[0] !== 'mysql') expect(failures).toEqual({});
  });
});

describe('a rolling update of the service that takes messages', () => {
  test('fails no message', async () => {
    const before = (await podsOf(cluster.kube, namespace, 'message')).map(nameOf);
    const { failures } = await whilePosting(() =>
      release.apply({ apps: { apps: { message: { env: { VERSION: '2' } } } } }),
    );
    expect(failures).toEqual({});
    await allArrives();
    const after = (await podsOf(cluster.kube, namespace, 'message')).filter(isReady).map(nameOf);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
  });
});

describe('with Nacos in the place of Eureka', () => {
  beforeAll(async () => {
    await release.apply(
      merge(example('nacos.yaml'), { nacos: { architecture: 'standalone', metrics: off } }),
    );
    await leads();
  });

  test('a message that was answered with 2xx comes from all brokers after it was killed', async () => {
    const { failures } = await whilePosting(() => killed('nacos', 'server', 'nacos'));
    await allArrives();
    expect(failures).toEqual({});
  });

  test('services go by the configuration that it has', async () => {
    const { acknowledged, page } = await load<Seen & { page: number }>('/page');
    expect(acknowledged).toBeGreaterThan(50);
    expect(page).toBe(50);
  });
});

describe('what these tests go by', () => {
  test('negative control: one that is taken away, and one that did not come, are missed', async () => {
    const [pod] = await cluster.kube.pods(namespace, 'app.kubernetes.io/name=mysql');
    const sql =
      "DELETE FROM arrived WHERE broker = 'kafka' AND message = (SELECT id FROM message WHERE text = '8'); DELETE FROM message WHERE text = '7'";
    const client = ['mysql', '--no-defaults', '--user=root', '--socket=/run/ballast/mysqld.sock'];
    await cluster.kube.exec(namespace, nameOf(pod ?? {}), 'mysql', [...client, `--execute=${sql}`, 'im']);
    expect(await missing()).toEqual({ ...nothing, mysql: ['7'], kafka: ['8'] });
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { merge } from '../harness/base/merge.ts';
import { repoRoot } from '../harness/base/paths.ts';
import { report, reportTo } from '../harness/base/report.ts';
import { e2eProfile } from '../harness/charts/charts.ts';
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

/** Posts numbered messages from /start to /stop, and notes which were answered with 2xx. /missing reads all back. */
const source = `
const { GATEWAY_URL: gateway } = process.env;
const acknowledged = new Set();
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
      await answer.text();
      if (!answer.ok) throw new Error('answered ' + answer.status);
      acknowledged.add(number);
      longestMs = Math.max(longestMs, Date.now() - last);
      last = Date.now();
    } catch (error) {
      const why = String(error.cause ?? error);
      failures[why] = (failures[why] ?? 0) + 1;
    }
  }
  running--;
}
async function readBack() {
  const read = new Set();
  for (let after = 0; ; ) {
    const answer = await fetch(gateway + '/messages?to=ledger&after=' + after, { signal: AbortSignal.timeout(30000) });
    if (!answer.ok) throw new Error('reading is answered ' + answer.status);
    const page = await answer.json();
    if (page.length === 0) return { read: read.size, missing: [...acknowledged].filter((number) => !read.has(number)) };
    for (const { text } of page) read.add(text);
    after = page.at(-1).seq;
  }
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
const java = { flags: ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] };
const small: Values = {
  ...Object.fromEntries(Object.keys(e2eProfile().values).map((name) => [name, off])),
  mysql: { architecture: 'standalone', metrics: off },
  redis: { architecture: 'standalone', metrics: off, users: [] },
  eureka: { architecture: 'standalone', metrics: off },
  apps: {
    image: im,
    replicas: 1,
    resources: resources('448Mi'),
    java,
    apps: {
      message: { replicas: 2 },
      load: {
        image: { registry: 'docker.io', repository: 'library/node', tag: '20-slim' },
        jvm: false,
        java: { flags: [] },
        resources: resources('192Mi'),
        command: ['node', '/app/load.js'],
        files: { '/app/load.js': source },
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
  const values = parse(readFileSync(join(repoRoot, 'examples', 'im', 'values.yaml'), 'utf8')) as Values;
  release = new Release('chat', namespace, cluster.kube.kubeconfig, merge(values, small));
  await release.apply();
  await waitFor('the gateway to lead to the others', 120, async () =>
    ask<Seen>(cluster.kube, namespace, 'load', '/missing').then(
      () => true,
      (error: unknown) => String(error),
    ),
  );
});
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    throw new Error(`the state then:\n${await cluster.kube.dump(namespace)}`);
});

const load = <T = Seen>(path: string): Promise<T> => ask<T>(cluster.kube, namespace, 'load', path);
const missing = async (): Promise<string[]> => (await load<{ missing: string[] }>('/missing')).missing;

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

/** Kills the server of a system, and waits until it has started again. */
async function killed(system: string): Promise<void> {
  const { kube, nodes } = cluster;
  const selector = `app.kubernetes.io/name=${system},app.kubernetes.io/component=server`;
  const restarts = async () => {
    const [pod] = await kube.pods(namespace, selector);
    const status = pod?.status?.containerStatuses?.find(({ name }) => name === system);
    return { pod, count: status?.restartCount ?? 0 };
  };
  const { pod, count } = await restarts();
  if (pod === undefined) throw new Error(`${system} has no pod`);
  await kill({ kube, nodes, container: system }, [pod]);
  await waitFor(`${system} to serve again`, 180, async () => {
    const now = await restarts();
    return (now.count > count && now.pod !== undefined && isReady(now.pod)) || `${now.count} restarts`;
  });
}

describe('a message that was answered with 2xx', () => {
  test.each(['mysql', 'redis', 'eureka'])('is there after %s was killed', async (system) => {
    const { failures } = await whilePosting(() => killed(system));
    expect(await missing()).toEqual([]);
    // Beneath messages is MySQL alone, and what the gateway knows of the registry outlives it.
    if (system !== 'mysql') expect(failures).toEqual({});
  });
});

describe('a rolling update of the service that takes messages', () => {
  test('fails no message', async () => {
    const before = (await podsOf(cluster.kube, namespace, 'message')).map(nameOf);
    const { failures } = await whilePosting(() =>
      release.apply({ apps: { apps: { message: { env: { VERSION: '2' } } } } }),
    );
    expect(failures).toEqual({});
    const after = (await podsOf(cluster.kube, namespace, 'message')).filter(isReady).map(nameOf);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
  });
});

describe('what these tests go by', () => {
  test('negative control: one that is taken away is missed', async () => {
    const [pod] = await cluster.kube.pods(namespace, 'app.kubernetes.io/name=mysql');
    const { 'root-password': password = '' } = await cluster.kube.secret(namespace, 'chat-mysql-auth');
    await cluster.kube.exec(
      namespace,
      nameOf(pod ?? {}),
      'mysql',
      [
        'sh',
        '-c',
        'MYSQL_PWD=$(cat) exec mysql --no-defaults --user=root --execute="DELETE FROM im.message WHERE text = 7"',
      ],
      { input: password },
    );
    expect(await missing()).toEqual(['7']);
  });
});

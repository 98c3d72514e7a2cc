import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { messageOf } from '../harness/base/errors.ts';
import { merge } from '../harness/base/merge.ts';
import { randomBy } from '../harness/base/random.ts';
import { report, reportTo } from '../harness/base/report.ts';
import { duration } from '../harness/base/stats.ts';
import { switchedOff } from '../harness/charts/charts.ts';
import { ensureAddons } from '../harness/cluster/addons.ts';
import { Shell } from '../harness/cluster/commands.ts';
import { shellSetup } from '../harness/cluster/install.ts';
import { isReady, nameOf, waitFor } from '../harness/cluster/kube.ts';
import { Release } from '../harness/cluster/release.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { crashNode, injury, kill } from '../harness/drill/faults.ts';
import { machine } from '../harness/drill/measure.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import type { Values } from '../harness/drill/types.ts';
import { keepPlatform, type PlatformStep } from '../harness/report/platform.ts';
import { im } from '../systems/apps/images.ts';
import { example, loadApp, Messages } from './messages.ts';

/**
 * Clusters of all that examples/im uses in one release, with two pods of each of its services: messages are posted all the time while each node is drained in turn, each
 * node crashes in turn, and then one process after the other is killed. What was answered with 2xx must be in MySQL and have come from all brokers in the end. That a loss
 * would be seen is shown by the negative control of im.extended.test.ts, which reads back the same way.
 */

const namespace = 'drill-platform';
const selector = 'app.kubernetes.io/instance=chat';

const off = { enabled: false };
const resources = (cpu: string, memory: string, limit: string): Values => ({
  resources: { requests: { cpu, memory }, limits: { memory: limit } },
});
const platform = example('values.yaml');
const { java, apps } = platform.apps as {
  java: { flags: string[] };
  apps: { gateway: { ingress: { hosts: [string] } } };
};
const [host] = apps.gateway.ingress.hosts;
const clusters: Values = {
  ...switchedOff(),
  mysql: { ...resources('50m', '512Mi', '1Gi'), bufferPool: '64Mi', metrics: off },
  redis: { metrics: off, users: [] },
  eureka: { replicas: 2, metrics: off },
  kafka: { replicas: 3, metrics: off },
  rabbitmq: { replicas: 3, metrics: off },
  rocketmq: { groups: 2, metrics: off },
  apps: {
    image: im,
    replicas: 2,
    ...resources('20m', '256Mi', '448Mi'),
    java: { flags: [...java.flags, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] },
    apps: {
      // Where no fault strikes: what was answered is in its memory.
      load: merge(loadApp, {
        replicas: 1,
        uses: [],
        env: { GATEWAY_URL: 'http://traefik.traefik.svc.cluster.local', AS: host },
        scheduling: {
          nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
          tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }],
        },
      }),
    },
  },
};

let cluster: TestCluster;
let shell: Shell;
let messages: Messages;
let workers: readonly string[];

beforeAll(async () => {
  reportTo((line) => void process.stderr.write(`  platform   ${line}\n`));
  cluster = await joinTestCluster();
  shell = new Shell(await shellSetup(cluster.kube.kubeconfig));
  await ensureAddons(cluster.kube, 'traefik');
  workers = cluster.nodes.nodes.filter((node) => !node.endsWith('-control-plane')).toSorted();
  await cluster.kube.deleteNamespace(namespace);
  await cluster.kube.gone(namespace);
  await cluster.kube.ensureNamespace(namespace);
  const started = performance.now();
  const release = new Release('chat', namespace, cluster.kube.kubeconfig, merge(platform, clusters));
  await release.apply({}, 20);
  messages = new Messages(cluster.kube, namespace);
  await messages.leads();
  report(
    `${(await pods()).length} pods are ready after ${Math.round((performance.now() - started) / 1000)} s`,
  );
}, 1_500_000);
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    throw new Error(`the state then:\n${await cluster.kube.dump(namespace)}`);
});

/** Those that stay. */
async function pods(): Promise<V1Pod[]> {
  const all = await cluster.kube.pods(namespace, selector);
  return all.filter(({ metadata }) => metadata?.ownerReferences?.[0]?.kind !== 'Job');
}

const allReady = () =>
  waitFor('all pods to be ready', 420, async () => {
    const waiting = (await pods()).filter((pod) => !isReady(pod)).map(nameOf);
    return waiting.length === 0 || waiting.join(', ');
  });

const steps: PlatformStep[] = [];

/** Posts while `act` runs and until messages are taken after it, and tells what it cost. */
async function step(name: string, act: () => Promise<unknown>): Promise<void> {
  const { acknowledged: before, ms: fromMs } = await messages.load('/start');
  await act();
  const { acknowledged } = await messages.load('/');
  await waitFor('messages to be taken', 300, async () => {
    const { acknowledged: now, failures } = await messages.load('/');
    return now > acknowledged + 30 || JSON.stringify(failures);
  });
  const { acknowledged: after, failures, longestMs, ms: toMs } = await messages.load('/');
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const one = { name, fromMs, toMs, acknowledged: after - before, failed, longestMs };
  steps.push(one);
  // For who watches: what counts is read back in the end.
  const late = await messages.missing().then(
    (missing) => Object.entries(missing).map(([of, ids]) => `${ids.length} of ${of}`),
    (error: unknown) => [messageOf(error)],
  );
  report(
    `${name}, ${Math.round((toMs - fromMs) / 1000)} s: ${one.acknowledged} messages, none for ${duration(longestMs)} at most, ${failed} failed ${JSON.stringify(failures)}; not read back yet: ${late.join(', ')}`,
  );
}

const on = async (node: string) => (await pods()).filter(({ spec }) => spec?.nodeName === node);

async function drain(node: string): Promise<void> {
  const uncordon = async () => void (await shell.run(`kubectl uncordon ${node}`));
  await using drained = injury(`drain of ${node}`, await on(node), uncordon);
  await shell.run(
    `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data --timeout=300s --pod-selector=${selector}`,
  );
  await sleep(10_000);
  await drained.heal();
  await allReady();
}

async function crash(node: string): Promise<void> {
  await using crashed = await crashNode(
    { kube: cluster.kube, nodes: cluster.nodes, container: '' },
    await on(node),
  );
  await sleep(60_000);
  await crashed.heal();
  await allReady();
}

async function kills(times: number): Promise<void> {
  const random = randomBy(20);
  let killed = 0;
  for (let round = 0; round < times; round++) {
    const running = (await pods())
      .filter((pod) => isReady(pod) && !nameOf(pod).includes('-load-'))
      .toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)));
    const pod = running[Math.floor(random() * running.length)];
    const container =
      pod?.metadata?.annotations?.['kubectl.kubernetes.io/default-container'] ??
      pod?.spec?.containers[0]?.name;
    if (pod !== undefined && container !== undefined) {
      report(`SIGKILL of ${nameOf(pod)}`);
      // It may have ended by itself meanwhile.
      await kill({ kube: cluster.kube, nodes: cluster.nodes, container }, [pod]).then(
        () => killed++,
        (error: unknown) => report(`${nameOf(pod)}: ${String(error)}`),
      );
    }
    await sleep(10_000);
  }
  expect(killed).toBeGreaterThan(times / 2);
  await allReady();
}

test('what was answered with 2xx is there, and comes from all brokers, whatever ended meanwhile', async () => {
  await step('nothing', () => sleep(60_000));
  for (const [index, node] of workers.entries())
    await step(`node ${index + 1} is drained`, () => drain(node));
  for (const [index, node] of workers.entries()) await step(`node ${index + 1} crashes`, () => crash(node));
  await step('one process after the other is killed', () => kills(30));
  const { acknowledged } = await messages.load('/stop');
  expect(acknowledged).toBeGreaterThan(1000);
  await messages.allArrives(600);
  const { seconds } = await messages.load<{ seconds: number[] }>('/seconds');
  await keepPlatform({ at: new Date().toISOString(), machine: machine(), acknowledged, steps, seconds });
}, 3_600_000);

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import { reportTo } from '../harness/base/report.ts';
import { switchedOff } from '../harness/charts/charts.ts';
import { isReady, nameOf, waitFor } from '../harness/cluster/kube.ts';
import { Release } from '../harness/cluster/release.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { kill } from '../harness/drill/faults.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import type { Values } from '../harness/drill/types.ts';
import { im } from '../systems/apps/images.ts';
import { podsOf } from '../systems/apps/operations.ts';
import { example, loadApp, Messages, type Seen } from './messages.ts';

/** The platform of examples/im by its own values, as small as it runs: messages posted at the gateway, with what is beneath it hit or replaced. */

const namespace = 'drill-im';

const off = { enabled: false };
const resources = (memory: string): Values => ({
  requests: { cpu: '20m', memory: '128Mi' },
  limits: { memory },
});
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
      load: loadApp,
    },
  },
};

let cluster: TestCluster;
let release: Release;
let messages: Messages;

beforeAll(async () => {
  reportTo((line) => void process.stderr.write(`  im         ${line}\n`));
  cluster = await joinTestCluster();
  await cluster.kube.deleteNamespace(namespace);
  await cluster.kube.gone(namespace);
  await cluster.kube.ensureNamespace(namespace);
  release = new Release('chat', namespace, cluster.kube.kubeconfig, merge(platform, small));
  await release.apply();
  messages = new Messages(cluster.kube, namespace);
  await messages.leads();
});
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    throw new Error(`the state then:\n${await cluster.kube.dump(namespace)}`);
});

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
    const { failures } = await messages.whilePosting(() => killed(...one));
    await messages.allArrives();
    // Beneath a post is MySQL alone: what the gateway knows of the registry outlives it, and another pod takes what one did not answer.
    if (one[0] !== 'mysql') expect(failures).toEqual({});
  });
});

describe('a rolling update of the service that takes messages', () => {
  test('fails no message', async () => {
    const before = (await podsOf(cluster.kube, namespace, 'message')).map(nameOf);
    const { failures } = await messages.whilePosting(() =>
      release.apply({ apps: { apps: { message: { env: { VERSION: '2' } } } } }),
    );
    expect(failures).toEqual({});
    await messages.allArrives();
    const after = (await podsOf(cluster.kube, namespace, 'message')).filter(isReady).map(nameOf);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
  });
});

describe('with Nacos in the place of Eureka', () => {
  beforeAll(async () => {
    await release.apply(
      merge(example('nacos.yaml'), { nacos: { architecture: 'standalone', metrics: off } }),
    );
    await messages.leads();
  });

  test('a message that was answered with 2xx comes from all brokers after it was killed', async () => {
    const { failures } = await messages.whilePosting(() => killed('nacos', 'server', 'nacos'));
    await messages.allArrives();
    expect(failures).toEqual({});
  });

  test('services go by the configuration that it has', async () => {
    const { acknowledged, page } = await messages.load<Seen & { page: number }>('/page');
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
    expect(await messages.missing()).toEqual({ mysql: ['7'], rocketmq: [], kafka: ['8'], rabbitmq: [] });
  });
});

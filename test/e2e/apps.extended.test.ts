import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { report, reportTo } from '../harness/base/report.ts';
import { switchedOff } from '../harness/charts/charts.ts';
import { ensureAddons } from '../harness/cluster/addons.ts';
import { isReady, waitFor } from '../harness/cluster/kube.ts';
import { Release } from '../harness/cluster/release.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import type { Values } from '../harness/drill/types.ts';
import { ask, loadApp, podsOf, type Seen } from '../systems/apps/operations.ts';

/** Apps under an autoscaler: what needs more of a cluster than the other tests do. */

const namespace = 'drill-scaled';

/** Each request costs 2 ms of a processor. */
const source = `
require('http').createServer((_, answer) => {
  for (const end = performance.now() + 2; performance.now() < end; );
  answer.end(JSON.stringify({ version: '1' }));
}).listen(8080);
`;

const values: Values = {
  ...switchedOff(),
  apps: {
    enabled: true,
    image: { registry: 'docker.io', repository: 'library/node', tag: '20-slim' },
    resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    apps: {
      worker: {
        command: ['node', '/app/server.js'],
        files: { '/app/server.js': source },
        autoscaling: {
          enabled: true,
          minReplicas: 2,
          maxReplicas: 4,
          behavior: {
            scaleDown: {
              stabilizationWindowSeconds: 15,
              policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
            },
          },
        },
      },
      customers: {
        ...loadApp,
        uses: [],
        env: { IM_HOST: 'shop-apps-worker', IM_PORT: '80' },
        drainSeconds: 0,
        terminationGracePeriodSeconds: 5,
      },
    },
  },
};

let cluster: TestCluster;
let release: Release;

beforeAll(async () => {
  reportTo((line) => void process.stderr.write(`  apps       ${line}\n`));
  cluster = await joinTestCluster();
  await ensureAddons(cluster.kube, 'metrics-server');
  await cluster.kube.gone(namespace);
  await cluster.kube.ensureNamespace(namespace);
  release = new Release('shop', namespace, cluster.kube.kubeconfig, values);
  await release.apply();
});
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    throw new Error(`the state then:\n${await cluster.kube.dump(namespace)}`);
});

describe('an autoscaler', () => {
  /** Waits until so many pods serve. Gives the seconds that it took. */
  async function pods(wanted: number, seconds: number): Promise<number> {
    const started = performance.now();
    await waitFor(`${wanted} pods`, seconds, async () => {
      const ready = (await podsOf(cluster.kube, namespace, 'worker')).filter(isReady).length;
      if (ready === wanted) return true;
      const { status } = await scaler();
      return `${ready} are ready, ${JSON.stringify(status.currentMetrics?.[0]?.resource?.current ?? {})}`;
    });
    return Math.round((performance.now() - started) / 1000);
  }
  const scaler = () =>
    cluster.kube.request<{
      status: {
        desiredReplicas: number;
        conditions?: { type: string; status: string; message?: string }[];
        currentMetrics?: { resource?: { current: object } }[] | null;
      };
    }>('GET', `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/shop-apps-worker`);

  test('doubles the pods under load, and takes them back after it', async () => {
    await waitFor('the autoscaler to see what pods use', 180, async () => {
      const { conditions = [] } = (await scaler()).status;
      const active = conditions.find(({ type }) => type === 'ScalingActive');
      return active?.status === 'True' || (active?.message ?? 'it has not looked yet');
    });
    await pods(2, 180);

    await ask(cluster.kube, namespace, 'customers', '/start');
    const up = await pods(4, 180);
    const { ok, errors } = await ask<Seen>(cluster.kube, namespace, 'customers', '/');
    expect(errors).toEqual({});
    await release.apply({ apps: { apps: { customers: { replicas: 0 } } } });
    const down = await pods(2, 240);
    report(`${ok} requests: from 2 pods to 4 in ${up} s, back in ${down} s`);
  });
});

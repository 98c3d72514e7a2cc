import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isReady, waitFor } from '../harness/cluster/kube.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { defunct } from '../harness/drill/faults.ts';
import { probeImage } from '../harness/drill/probe.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';

/** That drills see what a probe leaves behind: the negative control of their check. */

const namespace = 'drill-defunct';
const pod: V1Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'idle', namespace, labels: { app: 'idle' } },
  spec: {
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'idle',
        image: probeImage,
        // As PID 1 it asks about nobody.
        command: ['sleep', '1000'],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
};

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await joinTestCluster();
  await cluster.kube.gone(namespace);
  await cluster.kube.ensureNamespace(namespace);
  await cluster.kube.apply([pod]);
});
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});

test('processes that nobody waits for are counted, and those that somebody waits for are not', async () => {
  let there: V1Pod | undefined;
  await waitFor('the pod to be ready', 60, async () => {
    [there] = await cluster.kube.pods(namespace, 'app=idle');
    return (there !== undefined && isReady(there)) || 'it is not';
  });
  if (!there) throw new Error('there is no pod');
  const running = there;
  const run = (script: string) =>
    cluster.kube.exec(namespace, 'idle', 'idle', [
      'bash',
      '-c',
      `for i in 1 2 3 4 5 6 7 8; do ${script}; done`,
    ]);
  await run('/bin/true');
  expect(await defunct(cluster.nodes, running, 'idle')).toBe(0);
  await run('(sleep 0.2 &)');
  await waitFor('them to have ended', 30, async () => {
    const count = await defunct(cluster.nodes, running, 'idle');
    return count === 8 || `${count}`;
  });
});

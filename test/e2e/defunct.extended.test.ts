import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../harness/cluster/kube.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { defunct } from '../harness/drill/faults.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import { idlePod } from './idle.ts';

/** That drills see what a probe leaves behind: the negative control of their check. */

const namespace = 'drill-defunct';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await joinTestCluster();
  await cluster.kube.gone(namespace);
  await cluster.kube.ensureNamespace(namespace);
});
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});

test('processes that nobody waits for are counted, and those that somebody waits for are not', async () => {
  const running = await idlePod(cluster.kube, namespace, 'idle');
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

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { $ } from '../harness/base/exec.ts';
import { loadCharts } from '../harness/charts/charts.ts';
import type { Manifest } from '../harness/charts/manifests.ts';
import { render } from '../harness/charts/render.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import { tool } from '../harness/images/tools.ts';

/**
 * A real API server takes what every topology of every chart makes, and Pod Security `restricted` its pods, but those that say why they need their node: also of those whose servers
 * can't run here. Nothing is made: all is a dry run.
 */

const namespace = 'drill-admitted';
let testCluster: TestCluster;

beforeAll(async () => {
  testCluster = await joinTestCluster();
  await testCluster.kube.ensureNamespace(namespace, 'restricted');
});
afterAll(() => testCluster.kube.deleteNamespace(namespace));

/** What a cluster without operators and without a Gateway knows. */
const known = (object: Manifest): boolean =>
  !/^(monitoring\.coreos\.com|gateway\.networking\.k8s\.io)\//.test(object.apiVersion);

function dryRun(objects: readonly object[]): Promise<{ stderr: string }> {
  const run = (kubectl: string) =>
    $({
      input: objects.map((object) => stringify(object)).join('---\n'),
      timeout: 120_000,
    })`${kubectl} apply --kubeconfig ${testCluster.kube.kubeconfig} --namespace ${namespace} --server-side --dry-run=server --filename -`;
  return tool('kubectl').then(run);
}

describe.each(loadCharts().filter(({ kind }) => kind === 'application'))('$name', (chart) => {
  test.each(chart.topologies)('$name', async ({ values }) => {
    const output = await render(chart, { release: 'shop', namespace, values });
    // An account that a dry run makes is not there for the pod that names it.
    const own = output.pods.filter(({ owner }) => !owner.metadata.annotations?.['ballast.dev/node-access']);
    const pods = own.map(({ owner, labels, spec }, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `pod-${index}`,
        namespace,
        labels,
        annotations: { 'ballast.dev/of': owner.metadata.name },
      },
      spec: { ...spec, serviceAccountName: 'default' },
    }));
    expect(pods.length).toBeGreaterThan(0);
    const { stderr } = await dryRun([...output.objects.filter(known), ...pods]);
    expect(stderr).not.toMatch(/warning/i);
  });
});

test('negative control: a pod that runs as root is refused', async () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'root', namespace },
    spec: { containers: [{ name: 'root', image: 'docker.io/library/busybox' }] },
  };
  await expect(dryRun([pod])).rejects.toThrow('violates PodSecurity "restricted');
});

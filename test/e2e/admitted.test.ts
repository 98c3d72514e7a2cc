import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { $ } from '../harness/base/exec.ts';
import { loadCharts } from '../harness/charts/charts.ts';
import type { Manifest, OwnedPod } from '../harness/charts/manifests.ts';
import { type Rendering, render } from '../harness/charts/render.ts';
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

async function dryRun(objects: readonly object[]): Promise<string> {
  if (objects.length === 0) return '';
  const kubectl = await tool('kubectl');
  const run = $({
    // As JSON, in which an OFF of a template is text for every reader.
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    timeout: 120_000,
  });
  const { stderr } =
    await run`${kubectl} apply --kubeconfig ${testCluster.kube.kubeconfig} --namespace ${namespace} --server-side --dry-run=server --filename -`;
  return stderr;
}

const needsItsNode = ({ metadata }: Manifest): boolean =>
  metadata.annotations?.['ballast.dev/node-access'] !== undefined;

/** A pod as its workload makes it, with an empty volume for each that is claimed; an account that a dry run makes is not there for it. */
function podOf(output: Rendering, { owner, labels, spec }: OwnedPod, index: number): object {
  const set = output.all('StatefulSet').find((one) => one === owner);
  const claims = set?.spec.volumeClaimTemplates ?? [];
  const volumes = [
    ...(spec.volumes ?? []),
    ...claims.map(({ metadata }) => ({ name: metadata.name, emptyDir: {} })),
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${index}`, namespace, labels },
    spec: { ...spec, volumes, serviceAccountName: 'default' },
  };
}

describe.each(loadCharts().filter(({ kind }) => kind === 'application'))('$name', (chart) => {
  test.each(chart.topologies)('$name', async ({ values }) => {
    const output = await render(chart, { release: 'shop', namespace, values });
    const pods = output.pods
      .filter(({ owner }) => !needsItsNode(owner))
      .map((pod, index) => podOf(output, pod, index));
    expect(pods.length).toBeGreaterThan(0);
    const objects = output.objects.filter(known);
    expect(await dryRun([...objects.filter((object) => !needsItsNode(object)), ...pods])).not.toMatch(
      /warning/i,
    );
    await dryRun(objects.filter(needsItsNode));
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

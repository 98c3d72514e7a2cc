import { afterAll, beforeAll, expect, test } from 'vitest';
import { messageOf } from '../harness/base/errors.ts';
import { ExecError, type ExecResult } from '../harness/base/exec.ts';
import { chartsDir, repoRoot } from '../harness/base/paths.ts';
import { reportTo } from '../harness/base/report.ts';
import { loadChart } from '../harness/charts/charts.ts';
import { assemble } from '../harness/charts/render.ts';
import { Shell } from '../harness/cluster/commands.ts';
import { shellSetup } from '../harness/cluster/install.ts';
import { isReady, nameOf, watched } from '../harness/cluster/kube.ts';
import { waitingInWords } from '../harness/cluster/progress.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';

/**
 * values/dev.yaml that becomes values/staging.yaml by `helm upgrade`: systems that can do so keep their data, and those that can't end nobody's server. Without Nacos,
 * which staging has not.
 */

const namespace = 'drill-staging';
const release = 'ballast';
/** A class that lets volumes grow, which those of staging do. */
const growing = 'drill-growing';
const refusing = ['kafka', 'minio', 'rocketmq-broker-0'];
const stay =
  '--set kafka.architecture=standalone,minio.architecture=standalone,rocketmq.architecture=standalone';
const members = { mysql: 3, redis: 3, zookeeper: 3, rabbitmq: 3, eureka: 2 };
reportTo((line) => void process.stderr.write(`  staging    ${line}\n`));

const http = `. /opt/ballast/lib.sh; SERVICE_HOST=localhost; http`;
/** By system: what keeps a value in its first server, and what tells it in another one. */
const kept: Record<string, { write: string; read: string; other: number }> = {
  mysql: {
    write: `mysql --user=root -e 'CREATE DATABASE kept; CREATE TABLE kept.kept (id INT PRIMARY KEY); INSERT INTO kept.kept VALUES (4711)'`,
    read: `mysql --user=root --batch --skip-column-names -e 'SELECT id FROM kept.kept'`,
    other: 1,
  },
  redis: {
    write: `. /opt/ballast/lib.sh; own SET kept 4711`,
    read: `. /opt/ballast/lib.sh; own GET kept`,
    other: 2,
  },
  zookeeper: {
    write: `zkCli.sh create /kept 4711 2>&1`,
    read: `zkCli.sh get /kept 2>&1`,
    other: 2,
  },
  rabbitmq: {
    write: `${http} PUT /api/queues/%2F/kept '{"durable":true}'; http POST /api/exchanges/%2F/amq.default/publish '{"routing_key":"kept","payload":"4711","payload_encoding":"string","properties":{"delivery_mode":2}}'`,
    read: `${http} POST /api/queues/%2F/kept/get '{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}'`,
    other: 1,
  },
};

let testCluster: TestCluster;
let shell: Shell;
let chart: string;

beforeAll(async () => {
  testCluster = await joinTestCluster();
  const { kube } = testCluster;
  shell = new Shell(await shellSetup(kube.kubeconfig), repoRoot);
  chart = await assemble(loadChart(`${chartsDir}/ballast`));
  await kube.deleteNamespace(namespace);
  await kube.gone(namespace);
  await kube.ensureNamespace(namespace, 'restricted');
  await kube.apply([
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: growing },
      provisioner: 'rancher.io/local-path',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
    } as never,
  ]);
  await upgraded('--values values/dev.yaml');
});
afterAll(async () => {
  await testCluster.kube.deleteNamespace(namespace);
  await testCluster.kube.storage.deleteStorageClass({ name: growing });
});

function upgraded(how: string): Promise<ExecResult> {
  const always = `--namespace ${namespace} --set nacos.enabled=false,global.storageClass=${growing} --wait --timeout 15m`;
  const look = async () => waitingInWords(await testCluster.kube.pods(namespace, ''));
  return watched('helm upgrade', look, () =>
    shell.run(`helm upgrade --install ${release} ${chart} ${how} ${always}`, 1_000_000),
  );
}

async function ids(): Promise<readonly (string | undefined)[]> {
  const pods = await testCluster.kube.pods(namespace, '');
  const lasting = pods.filter(({ metadata }) => metadata?.ownerReferences?.[0]?.kind !== 'Job');
  return lasting.map(({ metadata }) => metadata?.uid);
}

async function said(system: string, ordinal: number, script: string): Promise<string> {
  const command = ['bash', '-c', `set -eu; ${script}`];
  const { stdout } = await testCluster.kube.exec(
    namespace,
    `${release}-${system}-${ordinal}`,
    system,
    command,
  );
  return stdout;
}

test('those that can’t become a cluster refuse the upgrade, each by name, and nobody’s server ends', async () => {
  for (const [system, { write }] of Object.entries(kept)) await said(system, 0, write);
  const before = await ids();
  expect(before.length).toBeGreaterThan(8);
  const refused = await upgraded('--values values/staging.yaml').catch((error: unknown) => error);
  const text = refused instanceof ExecError ? refused.stderr : messageOf(refused);
  for (const name of refusing)
    expect(text).toContain(`error: ${release}-${name}: architecture can't go from standalone to `);
  expect(await ids()).toEqual(before);
  for (const [system, { read }] of Object.entries(kept))
    expect(await said(system, 0, read), system).toContain('4711');
});

test('the others become clusters with their data, and larger volumes', async () => {
  await upgraded(`--values values/staging.yaml ${stay}`);
  for (const [system, count] of Object.entries(members)) {
    const labels = `app.kubernetes.io/name=${system},app.kubernetes.io/component=server`;
    const pods = await testCluster.kube.pods(namespace, labels);
    expect(pods.filter(isReady).map(nameOf), system).toHaveLength(count);
  }
  for (const [system, { read, other }] of Object.entries(kept))
    expect(await said(system, other, read), system).toContain('4711');
  const { items } = await testCluster.kube.core.listNamespacedPersistentVolumeClaim({ namespace });
  const sizes = items
    .filter(({ metadata }) => metadata?.name?.startsWith(`data-${release}-mysql-`))
    .map(({ spec }) => spec?.resources?.requests?.storage);
  expect(sizes).toEqual(['8Gi', '8Gi', '8Gi']);
  await shell.run(`helm test ${release} --namespace ${namespace}`);
});

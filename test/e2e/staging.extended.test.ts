import { afterAll, beforeAll, expect, test } from 'vitest';
import { ExecError } from '../harness/base/exec.ts';
import { reportTo } from '../harness/base/report.ts';
import { releaseName } from '../harness/cluster/install.ts';
import { isReady, nameOf, watched } from '../harness/cluster/kube.ts';
import { waitingInWords } from '../harness/cluster/progress.ts';
import { Release } from '../harness/cluster/release.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { systems } from '../harness/drill/systems.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import type { Values } from '../harness/drill/types.ts';

/** A development namespace that becomes one of staging by `helm upgrade`: systems that can do so keep their data, and one that can't ends nobody's server. */

const namespace = 'drill-staging';
reportTo((line) => void process.stderr.write(`  staging    ${line}\n`));

const light: Values = { jvm: { flags: ['-XX:TieredStopAtLevel=1'] } };
const single: Values = { architecture: 'standalone' };
const off: Values = { enabled: false };
const dev: Values = {
  ...Object.fromEntries(systems.map(({ name }) => [name, off])),
  mysql: { ...single, enabled: true },
  redis: { ...single, enabled: true },
  zookeeper: { ...single, ...light, enabled: true },
  rabbitmq: { ...single, enabled: true },
  eureka: { ...single, enabled: true },
  kafka: { ...single, ...light, enabled: true },
};
const staging: Values = {
  mysql: { architecture: 'group', replicas: 3 },
  redis: { architecture: 'sentinel', replicas: 3 },
  zookeeper: { architecture: 'ensemble', replicas: 3 },
  rabbitmq: { architecture: 'cluster', replicas: 3 },
  eureka: { architecture: 'peers', replicas: 2 },
};
const members: Record<string, number> = {
  mysql: 3,
  redis: 3,
  zookeeper: 3,
  rabbitmq: 3,
  eureka: 2,
  kafka: 1,
};

const http = `. /opt/ballast/lib.sh; SERVICE_HOST=localhost http`;
/** By system: what keeps a value in its first server, and what tells it in another one. */
const kept: Record<string, { write: string; read: string; other: number }> = {
  mysql: {
    write: `mysql --user=root -e 'CREATE TABLE ledger.kept (id INT PRIMARY KEY); INSERT INTO ledger.kept VALUES (4711)'`,
    read: `mysql --user=root --batch --skip-column-names -e 'SELECT id FROM ledger.kept'`,
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
    write: `${http} POST /api/exchanges/%2F/amq.default/publish '{"routing_key":"ledger","payload":"4711","payload_encoding":"string","properties":{"delivery_mode":2}}'`,
    read: `${http} POST /api/queues/%2F/ledger/get '{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}'`,
    other: 1,
  },
};

let testCluster: TestCluster;
let release: Release;

beforeAll(async () => {
  testCluster = await joinTestCluster();
  const { kube } = testCluster;
  await kube.deleteNamespace(namespace);
  await kube.gone(namespace);
  await kube.ensureNamespace(namespace, 'restricted');
  release = new Release(releaseName, namespace, kube.kubeconfig, dev);
  await applied();
});
afterAll(() => testCluster.kube.deleteNamespace(namespace));

function applied(changes: Values = {}): Promise<void> {
  const look = async () => waitingInWords(await testCluster.kube.pods(namespace, ''));
  return watched('helm upgrade', look, () => release.apply(changes, 20));
}

const servers = (system: string) =>
  testCluster.kube.pods(namespace, `app.kubernetes.io/name=${system},app.kubernetes.io/component=server`);

async function said(system: string, ordinal: number, script: string): Promise<string> {
  const command = ['bash', '-c', `set -eu; ${script}`];
  const { stdout } = await testCluster.kube.exec(
    namespace,
    `${releaseName}-${system}-${ordinal}`,
    system,
    command,
  );
  return stdout;
}

test('one system that can’t become a cluster refuses the upgrade, and nobody’s server ends', async () => {
  for (const [system, { write }] of Object.entries(kept)) await said(system, 0, write);
  const ids = async () =>
    (await Promise.all(Object.keys(members).map(servers))).flat().map(({ metadata }) => metadata?.uid);
  const before = await ids();
  expect(before).toHaveLength(6);
  const refused = await applied({ ...staging, kafka: { architecture: 'kraft', replicas: 3 } }).catch(
    (error: unknown) => error,
  );
  expect(refused instanceof ExecError ? refused.stderr : refused).toContain(
    "error: ballast-kafka: architecture can't go from standalone to kraft in place: set it back",
  );
  expect(await ids()).toEqual(before);
  for (const [system, { read }] of Object.entries(kept))
    expect(await said(system, 0, read)).toContain('4711');
});

test('the others become clusters with their data', async () => {
  await applied(staging);
  for (const [system, count] of Object.entries(members)) {
    const pods = await servers(system);
    expect(pods.filter(isReady).map(nameOf), system).toHaveLength(count);
  }
  for (const [system, { read, other }] of Object.entries(kept))
    expect(await said(system, other, read), system).toContain('4711');
  expect(await release.test()).not.toContain('Failed');
});

import { expect } from 'vitest';
import { setSecret } from '../../e2e/setup.ts';
import type { Installation } from '../../harness/drill/drill.ts';

const service = 'ballast-kafka';
/** The drills' own. */
const ledger = { name: 'ledger', partitions: 1 };

/** A script in the first server's pod, with the chart's own functions; what it prints, errors included. */
async function inPod(installation: Installation, script: string): Promise<string> {
  const { stdout } = await installation.testCluster.kube.exec(
    installation.namespace,
    `${service}-0`,
    'kafka',
    ['bash', '-c', `. /opt/ballast/lib.sh; ${script}`],
  );
  return stdout;
}

/** The topics that the account `app` is told, or Kafka's words when it is not let in: a command that fails is an answer, too. */
function topicsForApp(installation: Installation, password: string): Promise<string> {
  const login = `org.apache.kafka.common.security.scram.ScramLoginModule required username="app" password="${password}";`;
  const script = `cat >/tmp/app.properties <<'END'
security.protocol=SASL_PLAINTEXT
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=${login}
END
PATIENCE=30 tool kafka-topics --list --command-config /tmp/app.properties --bootstrap-server ${service}:9092 2>&1 || true`;
  return inPod(installation, script);
}

/** Accounts log in with their Secret's password, also after that was changed; topics grow and change with the values, and never shrink. */
export async function changesAccountsAndTopics(installation: Installation): Promise<void> {
  const { namespace, testCluster } = installation;
  const orders = { name: 'orders', partitions: 2, config: { 'retention.ms': '3600000' } };
  const described = () => inPod(installation, 'log_in; admin kafka-topics --describe --topic orders');
  await installation.upgrade({ users: [{ name: 'app' }], topics: [ledger, orders] });
  const { password: first = '' } = await testCluster.kube.secret(namespace, `${service}-user-app`);
  expect(await described()).toMatch(/PartitionCount: 2\s+ReplicationFactor: 3.*retention.ms=3600000/);
  expect(await topicsForApp(installation, first)).toMatch(/^orders$/m);
  expect(await topicsForApp(installation, 'wrong')).toContain('Authentication failed');

  const ids = (await installation.members()).map((pod) => pod.metadata?.uid);
  await setSecret(installation, `${service}-user-app`, { password: 'changed' });
  const more = { ...orders, partitions: 4, config: { 'retention.ms': '7200000' } };
  await installation.upgrade({ topics: [ledger, more] });
  expect(await described()).toMatch(/PartitionCount: 4\s+ReplicationFactor: 3.*retention.ms=7200000/);
  expect(await topicsForApp(installation, 'changed')).toMatch(/^orders$/m);
  expect(await topicsForApp(installation, first)).toContain('Authentication failed');
  expect((await installation.members()).map((pod) => pod.metadata?.uid)).toEqual(ids);

  await expect(installation.upgrade({ topics: [ledger, orders] })).rejects.toThrow(
    'topic orders has 4 partitions, which can only become more, not 2',
  );
  expect(await described()).toContain('PartitionCount: 4');
}

/** Servers whose pods an upgrade has removed are no part of the cluster any more, and those that stayed are. */
export async function forgetsGone(installation: Installation): Promise<void> {
  const stdout = await inPod(
    installation,
    'log_in; admin kafka-cluster list-endpoints --include-fenced-brokers',
  );
  const states = [...stdout.matchAll(/^(\d+) .* (fenced|unfenced) +broker/gm)].map(
    ([, id, state]) => `${id} ${state}`,
  );
  expect(states).toEqual(Array.from({ length: installation.size.members }, (_, id) => `${id} unfenced`));
}

/** By the Service that Prometheus asks. */
export async function tellsPrometheus(installation: Installation): Promise<void> {
  const stdout = await inPod(
    installation,
    `exec 3<>/dev/tcp/${service}-members/9404; printf "GET /metrics HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3`,
  );
  expect(stdout).toMatch(/^kafka_controller_kafkacontroller_activecontrollercount 1\.0$/m);
  expect(stdout).toMatch(/^kafka_server_replicamanager_underminisrpartitioncount 0\.0$/m);
  expect(stdout).toMatch(/^kafka_server_brokertopicmetrics_messagesinpersec /m);
  expect(stdout).toMatch(/^kafka_server_raft_high_watermark /m);
}

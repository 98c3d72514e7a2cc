import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';
import { probeImage } from '../../harness/drill/probe.ts';

/** What users do with logs, each as a function over an installation. */

type Found = Readonly<Record<string, string>>;

/** What the first store finds. */
async function search(installation: Installation, query: string): Promise<Found[]> {
  const [store] = await installation.members();
  if (!store) throw new Error('there is no store');
  const { text } = await installation.testCluster.kube.podText(
    { namespace: installation.namespace, pod: nameOf(store), port: 9428 },
    `/select/logsql/query?${new URLSearchParams({ query })}`,
    'application/stream+json',
  );
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Found);
}

async function found(installation: Installation, query: string, many: number): Promise<Found[]> {
  let last: Found[] = [];
  await waitFor(`${many} records of ${query}`, 90, async () => {
    last = await search(installation, query);
    return last.length >= many || `${last.length} are there`;
  });
  return last;
}

/** A pod that prints a text and goes on, on a node for pods. */
function printer(installation: Installation, name: string, text: string): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: installation.namespace },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'printer',
          image: probeImage,
          command: ['node', '-e', 'process.stdout.write(process.env.TEXT); setInterval(() => {}, 1e6)'],
          env: [{ name: 'TEXT', value: text }],
        },
      ],
    },
  };
}

const trace = `java.lang.IllegalStateException: no money
\tat dev.shop.Till.pay(Till.java:7)
Caused by: java.io.IOException: no till
\t... 12 more
`;

/** Of what a container prints, a stack trace is one record, an object is taken apart, a long line is whole, and each says where it comes from. */
export async function recordsAre(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const long = `long ${'x'.repeat(40_000)} end`;
  const object = { message: 'paid', level: 'WARN', order: { id: 17 } };
  const text = `before\n${trace}${JSON.stringify(object)}\n${long}\nafter\n`;
  await kube.apply([printer(installation, 'shop-orders-0', text)]);
  const records = await found(installation, '_time:1h app:=shop-orders | sort by (_time)', 5);
  expect(records.map(({ _msg }) => _msg)).toEqual(['before', trace.trimEnd(), 'paid', long, 'after']);
  const [first] = records;
  expect(first).toMatchObject({
    'k8s.namespace.name': installation.namespace,
    'k8s.pod.name': 'shop-orders-0',
    'k8s.container.name': 'printer',
  });
  expect(records[2]).toMatchObject({ level: 'WARN', 'order.id': '17' });
  await kube.core.deleteNamespacedPod({ name: 'shop-orders-0', namespace: installation.namespace });
}

/** Files of a node are read where the values say so, what is dropped is not there, and what is excluded was never read. */
export async function readsAsTold(installation: Installation): Promise<void> {
  const { kube, nodes } = installation.testCluster;
  await installation.upgrade({
    collector: {
      files: [{ directory: '/var/log/ballast-shop', pattern: '**/*.log', app: 'shop-files' }],
      drop: [{ app: 'shop-loud', matching: 'healthz$' }],
      exclude: [{ pod: 'shop-secret-*' }],
    },
  });
  const node = nodes.nodes.find((name) => !name.endsWith('-control-plane')) ?? '';
  const directory = '/var/log/ballast-shop/today';
  const write = `mkdir -p ${directory} && printf 'from a file\\n\\tand on\\nnext\\n' > ${directory}/a.log`;
  await nodes.nodeExec(node, ['sh', '-c', write]);
  await kube.apply([
    printer(installation, 'shop-loud-0', 'GET /healthz\nGET /orders\n'),
    printer(installation, 'shop-secret-0', 'nobody reads this\n'),
  ]);
  const records = await found(installation, '_time:1h app:=shop-files | sort by (_time)', 2);
  expect(records.map(({ _msg }) => _msg)).toEqual(['from a file\n\tand on', 'next']);
  expect(records[0]).toMatchObject({ 'k8s.node.name': node, 'log.file.path': `${directory}/a.log` });
  const loud = await found(installation, '_time:1h app:=shop-loud', 1);
  expect(loud.map(({ _msg }) => _msg)).toEqual(['GET /orders']);
  // Printed before what was found.
  expect(await search(installation, '_time:1h app:=shop-secret')).toEqual([]);
  await nodes.nodeExec(node, ['rm', '-rf', '/var/log/ballast-shop']);
}

/** A line is in Kafka's topic, too. */
export async function copiesToKafka(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  await kube.apply([printer(installation, 'shop-copied-0', 'a line for Kafka\n')]);
  await found(installation, '_time:1h app:=shop-copied', 1);
  const consume = `. /opt/ballast/lib.sh; log_in
PATIENCE=60 tool kafka-console-consumer --bootstrap-server "$(hosts_of "$CONTROLLERS" 9094)" --consumer.config "$RUN/client.properties" --topic logs --from-beginning --timeout-ms 10000 2>/dev/null || true`;
  await waitFor('the line in the topic', 180, async () => {
    const { stdout } = await kube.exec(
      installation.namespace,
      'ballast-kafka-0',
      'kafka',
      ['bash', '-c', consume],
      { seconds: 120 },
    );
    return stdout.includes('a line for Kafka') || `${stdout.length} characters are there`;
  });
}

import { format } from 'node:util';
import rocketmqClient from 'rocketmq-client-nodejs';
import { expect } from 'vitest';
import type { Installation } from '../../harness/drill/drill.ts';
import type { Values } from '../../harness/drill/types.ts';

const { Producer, SimpleConsumer } = rocketmqClient;
const topic = 'proxied';

/** Besides the topic and the group that drills use. */
export const throughProxy: Values = {
  image: { tag: '5.4.0' },
  proxy: { enabled: true, replicas: 1 },
  topics: [
    { name: 'ledger', queues: 2 },
    { name: topic, queues: 2 },
  ],
  consumerGroups: ['ledger', topic],
};

/** By RocketMQ's own client. */
export async function receivesThroughProxy({
  testCluster: { kube },
  namespace,
}: Installation): Promise<void> {
  const [proxy] = await kube.pods(namespace, 'app.kubernetes.io/component=proxy');
  await using forwarded = await kube.forward(namespace, proxy?.metadata?.name ?? '', 8081);
  const said: string[] = [];
  const logger = { info() {}, warn: (...args: unknown[]) => said.push(format(...args)), error() {} };
  const options = (accessSecret: string) => ({
    endpoints: `127.0.0.1:${forwarded.port}`,
    namespace: '',
    sessionCredentials: { accessKey: 'admin', accessSecret },
    logger,
    requestTimeout: 30_000,
  });
  const { 'admin-password': password = '' } = await kube.secret(namespace, 'ballast-rocketmq-auth');

  const stranger = new Producer({ ...options('wrong'), topics: [topic] });
  await expect(stranger.startup()).rejects.toThrow('topic routes');
  await stranger.shutdown();
  expect(said.join('\n')).toMatch(/signature/i);

  const producer = new Producer({ ...options(password), topics: [topic] });
  const consumer = new SimpleConsumer({
    ...options(password),
    consumerGroup: topic,
    subscriptions: new Map([[topic, '*']]),
    awaitDuration: 5000,
  });
  try {
    await producer.startup();
    await consumer.startup();
    // At once, so that many of the broker's threads write.
    const sent = Array.from({ length: 400 }, (_, index) => `message ${index}`);
    await Promise.all(sent.map((text) => producer.send({ topic, body: Buffer.from(text) })));
    const received: string[] = [];
    for (let round = 0; round < 100 && received.length < sent.length; round++) {
      const messages = await consumer.receive(32);
      await Promise.all(messages.map((message) => consumer.ack(message)));
      received.push(...messages.map(({ body }) => body.toString()));
    }
    expect(received.toSorted()).toEqual(sent.toSorted());
  } finally {
    await producer.shutdown();
    await consumer.shutdown();
  }
}

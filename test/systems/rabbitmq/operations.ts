import { connect } from 'amqplib';
import { expect } from 'vitest';
import { ownCertificate } from '../../e2e/certificate.ts';
import { setSecret } from '../../e2e/setup.ts';
import { Shell } from '../../harness/cluster/commands.ts';
import { shellSetup } from '../../harness/cluster/install.ts';
import { waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';

/** Nodes whose pods an upgrade has removed are no part of the cluster any more, and those that stayed are. */
export async function knowsOnly(installation: Installation): Promise<void> {
  const command = ['rabbitmqctl', '--quiet', '--formatter', 'json', 'cluster_status'];
  const { stdout } = await installation.testCluster.kube.exec(
    installation.namespace,
    'ballast-rabbitmq-0',
    'rabbitmq',
    command,
  );
  const status = JSON.parse(stdout) as { disk_nodes: string[]; running_nodes: string[] };
  const expected = Array.from(
    { length: installation.size.members },
    (_, ordinal) => `ballast-rabbitmq-${ordinal}`,
  );
  const names = (nodes: string[]) => nodes.map((node) => node.replace(/^rabbit@|\..*$/g, '')).sort();
  expect(names(status.disk_nodes)).toEqual(expected);
  expect(names(status.running_nodes)).toEqual(expected);
}

/** A changed Secret counts from the next upgrade on, without a restart of anybody. To be run last: the probe knows the old password. */
export async function rotates(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const before = (await installation.members()).map(({ metadata }) => metadata?.uid);
  await setSecret(installation, 'ballast-rabbitmq-user-ledger', { password: 'quite"new&\\' });
  await installation.upgrade({});
  const login = ['rabbitmqctl', '--quiet', 'authenticate_user', 'ledger', 'quite"new&\\'];
  await kube.exec(installation.namespace, 'ballast-rabbitmq-0', 'rabbitmq', login);
  expect((await installation.members()).map(({ metadata }) => metadata?.uid)).toEqual(before);
}

/** With `tls.enabled` a client publishes over TLS, checking the server's name, and the port without TLS is closed. */
export async function servesTls(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const { namespace } = installation;
  const ca = await ownCertificate(installation, 'own-tls', 'ballast-rabbitmq');
  await installation.upgrade({ tls: { enabled: true, existingSecret: 'own-tls' } });
  const { password = '' } = await kube.secret(namespace, 'ballast-rabbitmq-user-ledger');
  const url = `amqps://ledger:${encodeURIComponent(password)}@localhost:25671`;
  const publish = async () => {
    const connection = await connect(url, { ca: [ca], servername: 'ballast-rabbitmq' });
    const channel = await connection.createConfirmChannel();
    const { queue } = await channel.assertQueue('over-tls', { durable: true });
    channel.sendToQueue(queue, Buffer.from('record'), { persistent: true });
    await channel.waitForConfirms();
    await connection.close();
    return true as const;
  };
  const shell = new Shell(await shellSetup(kube.kubeconfig));
  await shell.during(`kubectl port-forward -n ${namespace} svc/ballast-rabbitmq 25671:5671`, () =>
    waitFor('a client to publish over TLS', 60, publish),
  );
  const plain = kube.exec(namespace, 'ballast-rabbitmq-0', 'rabbitmq', [
    'bash',
    '-c',
    ': <>/dev/tcp/127.0.0.1/5672',
  ]);
  await expect(plain).rejects.toThrow();
  expect(await installation.release.test()).toContain('Succeeded');
}

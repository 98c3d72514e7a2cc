import { expect } from 'vitest';
import { setSecret } from '../../e2e/setup.ts';
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

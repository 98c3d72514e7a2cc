import { expect } from 'vitest';
import type { Stage } from '../harness/drill.ts';
import { setSecret } from './setup.ts';

/** Nodes whose pods an upgrade has removed are no part of the cluster any more, and those that stayed are. */
export async function knowsOnly(stage: Stage): Promise<void> {
  const command = ['rabbitmqctl', '--quiet', '--formatter', 'json', 'cluster_status'];
  const { stdout } = await stage.ground.kube.exec(stage.namespace, 'ballast-rabbitmq-0', 'rabbitmq', command);
  const status = JSON.parse(stdout) as { disk_nodes: string[]; running_nodes: string[] };
  const expected = Array.from({ length: stage.size.members }, (_, ordinal) => `ballast-rabbitmq-${ordinal}`);
  const names = (nodes: string[]) => nodes.map((node) => node.replace(/^rabbit@|\..*$/g, '')).sort();
  expect(names(status.disk_nodes)).toEqual(expected);
  expect(names(status.running_nodes)).toEqual(expected);
}

/** A changed Secret counts from the next upgrade on, without a restart of anybody. To be run last: the probe knows the old password. */
export async function rotates(stage: Stage): Promise<void> {
  const { kube } = stage.ground;
  const before = (await stage.members()).map(({ metadata }) => metadata?.uid);
  await setSecret(stage, 'ballast-rabbitmq-user-ledger', { password: 'quite"new&\\' });
  await stage.upgrade({});
  const login = ['rabbitmqctl', '--quiet', 'authenticate_user', 'ledger', 'quite"new&\\'];
  await kube.exec(stage.namespace, 'ballast-rabbitmq-0', 'rabbitmq', login);
  expect((await stage.members()).map(({ metadata }) => metadata?.uid)).toEqual(before);
}

import { expect } from 'vitest';
import type { Stage } from '../harness/drill.ts';

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

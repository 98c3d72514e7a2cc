import { expect } from 'vitest';
import type { Stage } from '../harness/drill.ts';

/** Servers whose pods an upgrade has removed are no part of the cluster any more, and those that stayed are. */
export async function forgetsGone(stage: Stage): Promise<void> {
  const list = '. /opt/ballast/lib.sh; log_in; admin kafka-cluster list-endpoints --include-fenced-brokers';
  const { stdout } = await stage.ground.kube.exec(stage.namespace, 'ballast-kafka-0', 'kafka', [
    'bash',
    '-c',
    list,
  ]);
  const states = [...stdout.matchAll(/^(\d+) .* (fenced|unfenced) +broker/gm)].map(
    ([, id, state]) => `${id} ${state}`,
  );
  expect(states).toEqual(Array.from({ length: stage.size.members }, (_, id) => `${id} unfenced`));
}

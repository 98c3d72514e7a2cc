import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import { e2eProfile } from '../harness/charts/charts.ts';
import { RenderFailure, render } from '../harness/charts/render.ts';
import type { DrillContext } from '../harness/drill/drill.ts';
import { systems } from '../harness/drill/systems.ts';
import type { Drill, Values } from '../harness/drill/types.ts';
import { chartNamed } from './suite.ts';

/** Whatever a drill sets, its chart takes: or minutes on a cluster would be spent to read a refusal. */

const pods = ['shop-a-0-0', 'shop-a-0-1', 'shop-a-0-2'].map(
  (name): V1Pod => ({ metadata: { name, labels: {} }, spec: { nodeName: 'node', containers: [] } }),
);

/** What a drill sets, one upgrade after the other; nothing is hit, and everything is as it was. */
async function upgradesOf(drill: Drill): Promise<Values[]> {
  const upgrades: Values[] = [];
  const known: Partial<Record<string | symbol, unknown>> = {
    id: 'a1',
    upgrade: async (values: Values) => void upgrades.push(values),
    members: async () => pods,
    primary: async () => pods[0],
  };
  const context = new Proxy(known, {
    get: (target, key) => target[key] ?? (async () => ({ [Symbol.asyncDispose]: async () => undefined })),
  });
  await drill.act(context as unknown as DrillContext);
  return upgrades;
}

/** What names a system beside another one, which is the umbrella's to find. */
const besides: Readonly<Record<string, Values>> = {
  zookeeper: { zookeeper: { connect: 'zookeeper:2181' } },
  mysql: { database: { host: 'mysql', existingSecret: 'mysql-user' } },
};

describe.each(systems)('$name', (system) => {
  const chart = chartNamed(system.name);
  const { enabled: _, ...profile } = (e2eProfile().values[system.name] ?? {}) as Values;

  test.each(system.drills.map((drill) => [drill.name, drill] as const))('%s', async (_name, drill) => {
    const topology = system.topologies.find(({ name }) => name === drill.topology);
    const beside = Object.keys(topology?.beside ?? {}).map((name) => besides[name] ?? {});
    const base = [profile, ...beside, topology?.values ?? {}, drill.values ?? {}].reduce(merge);
    const refused: string[] = [];
    for (const values of [{}, ...(await upgradesOf(drill))]) {
      await render(chart, { values: merge(base, values) }).catch((error: unknown) => {
        if (!(error instanceof RenderFailure)) throw error;
        refused.push(error.message);
      });
    }
    expect(refused).toEqual([]);
  });
});

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
    podsOf: async () => pods,
  };
  const context = new Proxy(known, {
    get: (target, key) => target[key] ?? (async () => ({ [Symbol.asyncDispose]: async () => undefined })),
  });
  await drill.act(context as unknown as DrillContext);
  return upgrades;
}

describe.each(systems)('$name', (system) => {
  const chart = chartNamed(system.name);
  const profileOf = (name: string) => (e2eProfile().values[name] ?? {}) as Values;
  const { enabled: _, ...profile } = profileOf(system.name);

  test.each(system.drills.map((drill) => [drill.name, drill] as const))('%s', async (_name, drill) => {
    const topology = system.topologies.find(({ name }) => name === drill.topology);
    const base = [profile, topology?.values ?? {}, drill.values ?? {}].reduce(merge);
    const beside = Object.entries(topology?.beside ?? {}).map(
      ([name, values]) => [name, [profileOf(name), { enabled: true }, values].reduce(merge)] as const,
    );
    const refused: string[] = [];
    for (const values of [{}, ...(await upgradesOf(drill))]) {
      const own = merge(base, values);
      // What needs a system beside it finds that in the umbrella.
      const rendering =
        beside.length === 0
          ? render(chart, { values: own })
          : render(chartNamed('ballast'), {
              values: { ...Object.fromEntries(beside), [system.name]: merge({ enabled: true }, own) },
            });
      await rendering.catch((error: unknown) => {
        if (!(error instanceof RenderFailure)) throw error;
        refused.push(error.message);
      });
    }
    expect(refused).toEqual([]);
  });
});

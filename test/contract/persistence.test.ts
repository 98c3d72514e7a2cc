import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import { RenderFailure, render } from '../harness/charts/render.ts';
import { loadSchemaCheck } from '../harness/charts/schema.ts';
import type { Values } from '../harness/drill/types.ts';
import { charts } from './suite.ts';

/** What holds the data: a claim for each member, or, of a single instance, the user's own claim or nothing that outlives its pod. */

const check = await loadSchemaCheck();
const keepers = charts.filter(({ kind, values }) => kind === 'application' && 'persistence' in values);

describe.each(keepers.map((chart) => [chart.name, chart] as const))('%s', (_, chart) => {
  const alone = chart.topologies.filter(
    ({ values }) => (values.architecture ?? 'standalone') === 'standalone',
  );
  const clusters = chart.topologies.filter((topology) => !alone.includes(topology));

  /** The servers' workload, and the volume that its pods mount as their data. */
  const holder = async (values: Values, persistence: Values) => {
    const output = await render(chart, { release: 'shop', values: merge(values, { persistence }) });
    expect(output.objects.flatMap(check)).toEqual([]);
    const [set] = output
      .all('StatefulSet')
      .filter(({ spec }) => spec.template.metadata?.labels?.['app.kubernetes.io/component'] === 'server');
    const { containers, volumes = [] } = set?.spec.template.spec ?? { containers: [] };
    const mounted = containers.some(({ volumeMounts = [] }) =>
      volumeMounts.some(({ name }) => name === 'data'),
    );
    expect(mounted).toBe(true);
    return {
      claims: set?.spec.volumeClaimTemplates?.length ?? 0,
      said: set?.metadata.annotations?.['ballast.dev/volume-size'],
      volume: volumes.find(({ name }) => name === 'data'),
    };
  };

  test.each(alone.map(({ name, values }) => [name, values] as const))(
    '%s keeps it in its pod',
    async (_name, values) => {
      expect(await holder(values, { enabled: false, size: '3Gi' })).toEqual({
        claims: 0,
        said: 'none',
        volume: { name: 'data', emptyDir: { sizeLimit: '3Gi' } },
      });
    },
  );

  test.each(alone.map(({ name, values }) => [name, values] as const))(
    "%s keeps it in the user's claim",
    async (_name, values) => {
      expect(await holder(values, { existingClaim: 'mine' })).toEqual({
        claims: 0,
        said: 'claim mine',
        volume: { name: 'data', persistentVolumeClaim: { claimName: 'mine' } },
      });
    },
  );

  test.each(chart.topologies.map(({ name, values }) => [name, values] as const))(
    '%s has a claim for each member',
    async (_name, values) => {
      expect(await holder(values, { size: '3Gi' })).toEqual({ claims: 1, said: '3Gi', volume: undefined });
    },
  );

  test.each(clusters.map(({ name, values }) => [name, values] as const))(
    '%s has no choice',
    async (_name, values) => {
      const refusal = (persistence: Values) =>
        render(chart, { values: merge(values, { persistence }) }).then(
          () => 'no refusal',
          (error: unknown) => (error instanceof RenderFailure ? error.message : String(error)),
        );
      const { architecture } = values;
      expect(await refusal({ enabled: false })).toBe(
        `${chart.name}: persistence.enabled is false, and with architecture ${architecture} a member that forgets everything with its pod loses what was acknowledged: write true, or architecture standalone`,
      );
      expect(await refusal({ existingClaim: 'mine' })).toBe(
        `${chart.name}: persistence.existingClaim is one volume, and with architecture ${architecture} each member has its own: leave it empty, or write architecture standalone`,
      );
    },
  );

  test('a claim without persistence is refused', async () => {
    await expect(
      render(chart, { values: { persistence: { enabled: false, existingClaim: 'mine' } } }),
    ).rejects.toThrow(
      new RenderFailure(
        `${chart.name}: persistence.existingClaim has no effect without persistence.enabled: write enabled true, or leave existingClaim empty`,
      ),
    );
  });
});

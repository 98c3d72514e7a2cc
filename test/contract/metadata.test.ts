import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import { nameOf, selects } from '../harness/charts/manifests.ts';
import { RenderFailure, render } from '../harness/charts/render.ts';
import { loadSchemaCheck } from '../harness/charts/schema.ts';
import type { Values } from '../harness/drill/types.ts';
import { chartNamed, charts } from './suite.ts';

/** Labels and annotations of the user's own: on all objects, on all pods, never in a selector. */

const check = await loadSchemaCheck();
const systems = charts.filter(({ kind }) => kind === 'application');
const cases = systems.flatMap((chart) =>
  chart.topologies.map(({ name, values }) => [chart.name, name, chart, values] as const),
);

const own: Values = {
  commonLabels: { team: 'shop', 'app.kubernetes.io/part-of': 'shop', release: 'one', empty: '' },
  podLabels: { 'sidecar.istio.io/inject': 'false', team: 'pods' },
  podAnnotations: { 'linkerd.io/inject': 'disabled' },
  metrics: { enabled: true, serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
};
const everywhere = { team: 'shop', 'app.kubernetes.io/part-of': 'shop', empty: '' };
const onPods = { 'sidecar.istio.io/inject': 'false', team: 'pods', empty: '' };

describe.each(cases)('%s, %s', (_name, _topology, chart, values) => {
  test('are everywhere', async () => {
    const output = await render(chart, { values: merge(values, own) });
    expect(output.objects.flatMap(check)).toEqual([]);
    const pods = output.objects.filter(({ kind }) => kind === 'Pod');
    const lacking = output.objects.filter((object) => {
      const labels = object.metadata.labels ?? {};
      return !selects(pods.includes(object) ? { ...everywhere, ...onPods } : everywhere, labels);
    });
    expect(lacking.map(nameOf)).toEqual([]);
    expect(
      output.pods
        .filter(
          ({ labels, annotations }) =>
            !selects(onPods, labels) || annotations['linkerd.io/inject'] !== 'disabled',
        )
        .map(({ owner }) => nameOf(owner)),
    ).toEqual([]);
    for (const monitor of output.all('ServiceMonitor'))
      expect(monitor.metadata.labels?.release).toBe('prometheus');
  });

  test('are in no selector, and in nothing that can’t be changed', async () => {
    const [before, after] = await Promise.all([
      render(chart, { values }),
      render(chart, { values: merge(values, { commonLabels: { team: 'shop' }, podLabels: { more: 'x' } }) }),
    ]);
    const fixed = (output: typeof before) =>
      JSON.stringify([
        output.lasting.map(({ spec }) => [
          spec.selector,
          'volumeClaimTemplates' in spec ? spec.volumeClaimTemplates : [],
        ]),
        output.all('Service').map(({ spec }) => spec.selector),
        output.all('NetworkPolicy').map(({ spec }) => spec.podSelector),
      ]);
    expect(fixed(after)).toBe(fixed(before));
  });
});

test.each(['app.kubernetes.io/name', 'app.kubernetes.io/instance', 'helm.sh/chart', 'ballast.dev/role'])(
  'a label of the chart itself is refused: %s',
  async (key) => {
    await expect(render(chartNamed('redis'), { values: { commonLabels: { [key]: 'x' } } })).rejects.toThrow(
      new RenderFailure(`redis: commonLabels.${key} is set by the chart itself: use another key`),
    );
  },
);

test('what the charts’ scripts make has them, too', async () => {
  const output = await render(chartNamed('mysql'), { values: { commonLabels: { team: 'shop' } } });
  const labels = output.pods
    .flatMap(({ containers }) => containers.flatMap(({ env = [] }) => env))
    .filter(({ name }) => name === 'LABELS');
  expect(labels.map(({ value = '{}' }) => (JSON.parse(value) as { team?: string }).team)).toEqual(['shop']);
});

import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import { dashboardsOf, type Panel } from '../harness/charts/manifests.ts';
import { render } from '../harness/charts/render.ts';
import { everythingOn } from '../harness/charts/values.ts';
import { charts } from './suite.ts';

/** Dashboards as Grafana takes them; whether their queries find something is asked of running servers, by test/e2e/alerts.ts. */

/** All but `apps`, whose services' metrics are their own. */
const measured = charts.filter(({ kind, name }) => kind === 'application' && name !== 'apps');
const cases = measured.flatMap((chart) =>
  chart.topologies.map(({ name, values }) => [chart.name, name, chart, values] as const),
);

const touch = ({ gridPos: a }: Panel, { gridPos: b }: Panel) =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

describe.each(cases)('%s, %s', (_name, _topology, chart, values) => {
  test('a dashboard of 6 to 10 panels beside each other, of this release alone', async () => {
    const output = await render(chart, {
      values: merge(values, everythingOn(chart, values)),
      namespace: 'team-a',
    });
    const dashboards = dashboardsOf(output);
    expect(dashboards.length).toBeGreaterThan(0);
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
    for (const { uid, title, panels } of dashboards) {
      expect(uid).toMatch(/^[0-9a-f]{40}$/);
      expect(title).toMatch(/^[A-Z].*: \S+ in team-a$/);
      expect(panels.length, title).toBeGreaterThanOrEqual(6);
      expect(panels.length, title).toBeLessThanOrEqual(10);
      expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
      for (const [index, panel] of panels.entries()) {
        expect(panel.title).toMatch(/^[A-Z]/);
        expect(panel.description, panel.title).toMatch(/^\S.*\.$/);
        expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
        expect(panels.slice(index + 1).filter((other) => touch(panel, other))).toEqual([]);
        expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length);
        // Several curves need a legend each.
        if (panel.targets.length > 1)
          expect(new Set(panel.targets.map(({ legendFormat }) => legendFormat)).size).toBe(
            panel.targets.length,
          );
        for (const { expr } of panel.targets) {
          const selectors = expr.match(/\{[^}]*\}/g) ?? [];
          expect(selectors.length, expr).toBeGreaterThan(0);
          expect(selectors.filter((selector) => !selector.includes('namespace="team-a"'))).toEqual([]);
        }
      }
    }
  });
});

test('the label that Grafana’s sidecar looks for is its own default, or the user’s', async () => {
  const [chart] = measured.filter(({ name }) => name === 'redis');
  if (chart === undefined) throw new Error('no chart redis');
  const labelsWith = async (labels: Record<string, string>) => {
    const output = await render(chart, { values: { metrics: { dashboard: { enabled: true, labels } } } });
    return output.all('ConfigMap').find(({ metadata }) => metadata.name.endsWith('-grafana'))?.metadata
      .labels;
  };
  expect(await labelsWith({})).toMatchObject({ grafana_dashboard: '1' });
  const own = await labelsWith({ dashboards: 'shop' });
  expect(own).toMatchObject({ dashboards: 'shop' });
  expect(own).not.toHaveProperty('grafana_dashboard');
});

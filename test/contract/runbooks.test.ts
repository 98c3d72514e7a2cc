import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import { repoRoot } from '../harness/base/paths.ts';
import { alertsOf, selects } from '../harness/charts/manifests.ts';
import { operationsPage } from '../harness/charts/operations.ts';
import { render } from '../harness/charts/render.ts';
import { everythingOn } from '../harness/charts/values.ts';
import { charts } from './suite.ts';

/** What an alert says to whoever it wakes: what it is about, what to look at, and what to do, with commands that can be typed. */

const cases = charts
  .filter(({ kind }) => kind === 'application')
  .flatMap((chart) => chart.topologies.map(({ name, values }) => [chart.name, name, chart, values] as const));

describe.each(cases)('%s, %s', (_name, _topology, chart, values) => {
  test('each alert says what to do', async () => {
    const output = await render(chart, {
      values: merge(values, everythingOn(chart, values)),
      release: 'shop',
      namespace: 'team-a',
    });
    const containers = output.pods.flatMap((pod) => pod.containers.map((container) => container.name));
    const alerts = alertsOf(output);
    expect(alerts.length).toBeGreaterThan(0);
    for (const { alert, annotations: { summary = '', description = '' } = {} } of alerts) {
      expect(summary, alert).toMatch(/^\S.*[^.]$/);
      expect(description, alert).toMatch(/^\S.{40,}\.$/);
      for (const [, command = ''] of description.matchAll(/`((?:kubectl|helm) [^`]*)`/g)) {
        expect(command, alert).toContain(' -n team-a');
        const [, container] = / -c (\S+)/.exec(command) ?? [];
        if (container !== undefined) expect(containers, `${alert}: ${command}`).toContain(container);
        const [, selector] = / -l (\S+)/.exec(command) ?? [];
        if (selector !== undefined) {
          const labels = Object.fromEntries(selector.split(',').map((pair) => pair.split('=')));
          expect(
            output.pods.some((pod) => selects(labels, pod.labels)),
            command,
          ).toBe(true);
        }
      }
    }
  });
});

test('docs/operations.md has what the alerts say', async () => {
  const page = await readFile(join(repoRoot, 'docs', 'operations.md'), 'utf8');
  expect(page, 'run npm run docs, and commit').toBe(await operationsPage(charts));
});

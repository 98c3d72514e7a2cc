import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Chart } from '../harness/charts.ts';
import type { Manifests, OwnedPod } from '../harness/manifests.ts';
import { merge } from '../harness/merge.ts';
import { RenderFailure, render } from '../harness/render.ts';
import { loadSchemaCheck } from '../harness/schema.ts';
import type { Values } from '../harness/systems.ts';
import { everythingOn } from '../harness/values.ts';
import { charts } from './suite.ts';

/** extraEnv, extraVolumes and extraVolumeMounts of the servers. */

const check = await loadSchemaCheck();
const systems = charts.filter(({ kind }) => kind === 'application');
const cases = systems.flatMap((chart) =>
  chart.topologies.map(({ name, values }) => [chart.name, name, chart, values] as const),
);

const extras: Values = {
  extraEnv: [
    { name: 'TZ', value: 'Europe/Amsterdam' },
    { name: 'LICENCE', valueFrom: { secretKeyRef: { name: 'licence', key: 'text' } } },
  ],
  extraVolumes: [
    { name: 'licence', secret: { secretName: 'licence' } },
    { name: 'plugins', emptyDir: {} },
  ],
  extraVolumeMounts: [
    { name: 'licence', mountPath: '/opt/licence', readOnly: true },
    { name: 'plugins', mountPath: '/opt/plugins', subPath: 'jars' },
  ],
};

const servers = ({ pods }: Manifests): OwnedPod[] =>
  pods.filter(
    ({ owner, labels }) =>
      owner.kind === 'StatefulSet' &&
      ['server', 'controller', 'broker'].includes(labels['app.kubernetes.io/component'] ?? ''),
  );

/** What a chart's template says that its servers' pods have of their own. */
function ownOf(chart: Chart): Record<'extraEnv' | 'extraVolumes' | 'extraVolumeMounts', readonly string[]> {
  const helpers = chart.files.get('templates/_helpers.tpl') ?? '';
  const [, text = ''] = /define "\w+\.own" -\}\}\n([\s\S]*?)\{\{- end/.exec(helpers) ?? [];
  return parse(text) as ReturnType<typeof ownOf>;
}

const messageOf = (chart: Chart, values: Values): Promise<string> =>
  render(chart, { values }).then(
    () => 'no refusal',
    (error: unknown) => (error instanceof RenderFailure ? error.message : String(error)),
  );

describe.each(cases)('%s, %s', (_name, _topology, chart, values) => {
  test('the servers have them', async () => {
    const output = await render(chart, { values: merge(values, extras) });
    expect(output.objects.flatMap(check)).toEqual([]);
    expect(servers(output)).not.toEqual([]);
    for (const { spec } of servers(output)) {
      const [server] = spec.containers;
      expect(server?.env).toEqual(expect.arrayContaining(extras.extraEnv as unknown[]));
      expect(server?.volumeMounts).toEqual(expect.arrayContaining(extras.extraVolumeMounts as unknown[]));
      expect(spec.volumes).toEqual(expect.arrayContaining(extras.extraVolumes as unknown[]));
    }
  });

  test('what the servers have of their own is said to be taken', async () => {
    const pods = servers(await render(chart, { values: merge(values, everythingOn(chart)) }));
    const containers = pods.flatMap(({ spec }) => spec.containers.slice(0, 1));
    const own = ownOf(chart);
    const env = containers.flatMap((one) => (one.env ?? []).map((each) => each.name));
    const volumes = pods.flatMap(({ spec }) => (spec.volumes ?? []).map((each) => each.name));
    const paths = containers.flatMap((one) => (one.volumeMounts ?? []).map(({ mountPath }) => mountPath));
    expect(env.filter((one) => !own.extraEnv.includes(one))).toEqual([]);
    expect(
      ['data', ...volumes].filter((one) => !own.extraVolumes.includes(one) && !one.startsWith('user-')),
    ).toEqual([]);
    expect(
      paths.filter((one) => !own.extraVolumeMounts.includes(one) && !one.startsWith('/etc/ballast/')),
    ).toEqual([]);
  });
});

test.each(systems.map((chart) => [chart.name, chart] as const))(
  '%s: mistakes in the lists themselves',
  async (name, chart) => {
    const mount = { name: 'mine', mountPath: '/mine' };
    const mine = { name: 'mine', emptyDir: {} };
    expect(await messageOf(chart, { extraVolumeMounts: [mount] })).toBe(
      `${name}: extraVolumeMounts has mine, which is none of extraVolumes: add it there`,
    );
    expect(
      await messageOf(chart, {
        extraVolumes: [mine],
        extraVolumeMounts: [mount, { ...mount, mountPath: '/mine/' }],
      }),
    ).toBe(`${name}: extraVolumeMounts has /mine, which is taken: use another mountPath`);
    expect(await messageOf(chart, { extraEnv: [{ name: 'A' }, { name: 'A' }] })).toBe(
      `${name}: extraEnv has A, which is taken: use another name`,
    );
    expect(await messageOf(chart, { extraEnv: [{ name: 'A', value: 1 }] })).toContain(
      "at '/extraEnv/0/value': got number, want string",
    );
  },
);

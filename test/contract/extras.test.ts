import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { merge } from '../harness/base/merge.ts';
import type { Chart } from '../harness/charts/charts.ts';
import { hookOf, type Manifests, type OwnedPod, selects } from '../harness/charts/manifests.ts';
import { RenderFailure, render } from '../harness/charts/render.ts';
import { loadSchemaCheck } from '../harness/charts/schema.ts';
import { everythingOn } from '../harness/charts/values.ts';
import type { Values } from '../harness/drill/types.ts';
import { charts, least } from './suite.ts';

/** What users add to the servers' pods: variables, volumes, containers, a spread and a service account of their own. */

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
  extraContainers: [{ name: 'shipper', image: 'registry.example/shipper:1', args: ['--follow'] }],
  extraInitContainers: [{ name: 'fetch', image: 'registry.example/fetch:1' }],
};

/** The servers' pods; of a chart that has none of that name, all that go on running. */
function servers({ pods }: Manifests): OwnedPod[] {
  const componentOf = ({ labels }: OwnedPod) => labels['app.kubernetes.io/component'];
  if (!pods.some((pod) => componentOf(pod) === 'server'))
    return pods.filter(({ replicas }) => replicas !== undefined);
  return pods.filter(
    (pod) =>
      componentOf(pod) === 'server' ||
      (pod.owner.kind === 'StatefulSet' && componentOf(pod) === 'controller'),
  );
}

/** What a chart's template says that its servers' pods have of their own. */
type Extra = 'extraEnv' | 'extraVolumes' | 'extraVolumeMounts' | 'extraContainers' | 'extraInitContainers';
function ownOf(chart: Chart): Record<Extra, readonly string[]> {
  const helpers = chart.files.get('templates/_helpers.tpl') ?? '';
  const [, text = ''] = /define "\w+\.own" -\}\}\n([\s\S]*?)\{\{- end/.exec(helpers) ?? [];
  return parse(text) as ReturnType<typeof ownOf>;
}

const messageOf = (chart: Chart, values: Values): Promise<string> =>
  render(chart, { values: merge(least(chart), values) }).then(
    () => 'no refusal',
    // Of one of several apps, its own path.
    (error: unknown) =>
      (error instanceof RenderFailure ? error.message : String(error)).replace(/(?<=: )apps\.\w+\./, ''),
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
      expect(spec.containers.slice(1)).toEqual(expect.arrayContaining(extras.extraContainers as unknown[]));
      expect(spec.initContainers?.at(-1)).toEqual((extras.extraInitContainers as unknown[])[0]);
    }
  });

  test('what the servers have of their own is said to be taken', async () => {
    const output = await render(chart, { values: merge(values, everythingOn(chart)) });
    const pods = servers(output);
    const claims = output
      .all('StatefulSet')
      .flatMap(({ spec }) => (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name));
    const containers = pods.flatMap(({ spec }) => spec.containers.slice(0, 1));
    const own = ownOf(chart);
    const env = containers.flatMap((one) => (one.env ?? []).map((each) => each.name));
    const volumes = [...claims, ...pods.flatMap(({ spec }) => (spec.volumes ?? []).map((each) => each.name))];
    const paths = containers.flatMap((one) => (one.volumeMounts ?? []).map(({ mountPath }) => mountPath));
    expect(env.filter((one) => !own.extraEnv.includes(one))).toEqual([]);
    const named = (of: 'containers' | 'initContainers') =>
      pods.flatMap(({ spec }) => (spec[of] ?? []).map(({ name }) => name));
    expect(named('containers').filter((one) => !own.extraContainers.includes(one))).toEqual([]);
    expect(named('initContainers').filter((one) => !own.extraInitContainers.includes(one))).toEqual([]);
    expect(volumes.filter((one) => !own.extraVolumes.includes(one) && !one.startsWith('user-'))).toEqual([]);
    // Two of the user's own paths are told apart by the chart.
    const said = JSON.stringify([chart.values, values]);
    expect(
      paths.filter(
        (one) =>
          !own.extraVolumeMounts.includes(one) &&
          !one.startsWith('/etc/ballast/') &&
          !said.includes(JSON.stringify(one)),
      ),
    ).toEqual([]);
  });
});

describe.each(cases)('%s, %s', (_name, _topology, chart, values) => {
  test('a spread of one’s own takes the place of the generated one', async () => {
    const constraint = { maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' };
    const chosen = { ...constraint, labelSelector: { matchLabels: { tier: 'data' } } };
    const output = await render(chart, {
      values: merge(values, { scheduling: { topologySpreadConstraints: [constraint, chosen] } }),
    });
    expect(output.objects.flatMap(check)).toEqual([]);
    for (const { spec, labels } of servers(output)) {
      const [own, other, ...more] = spec.topologySpreadConstraints ?? [];
      expect(own).toMatchObject(constraint);
      expect(selects(own?.labelSelector?.matchLabels ?? {}, labels)).toBe(true);
      expect([other, more]).toEqual([chosen, []]);
    }
  });

  test('a service account of one’s own is used, given the Role, and not made', async () => {
    const output = await render(chart, { values: merge(values, { serviceAccount: { name: 'mine' } }) });
    for (const { spec } of servers(output)) expect(spec.serviceAccountName).toBe('mine');
    expect(output.all('ServiceAccount').filter((one) => hookOf(one) === undefined)).toEqual([]);
    const bindings = output.all('RoleBinding').filter((one) => hookOf(one) === undefined);
    for (const { subjects } of bindings) expect(subjects?.map(({ name }) => name)).toEqual(['mine']);
    expect(bindings.length).toBe(output.all('Role').filter((one) => hookOf(one) === undefined).length);
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
    const container = { name: 'twice', image: 'x' };
    expect(await messageOf(chart, { extraContainers: [container, container] })).toBe(
      `${name}: extraContainers has twice, which is taken: use another name`,
    );
    const spread = { maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway' };
    expect(
      await messageOf(chart, { scheduling: { zoneSpread: 'hard', topologySpreadConstraints: [spread] } }),
    ).toBe(
      `${name}: scheduling.zoneSpread has no effect, because scheduling.topologySpreadConstraints replaces what it makes: leave scheduling.zoneSpread soft`,
    );
    expect(await messageOf(chart, { serviceAccount: { name: 'mine', annotations: { a: 'b' } } })).toBe(
      `${name}: serviceAccount.annotations has no effect, because serviceAccount.name is an account of your own: annotate that one, or leave serviceAccount.name empty`,
    );
    expect(await messageOf(chart, { extraEnv: [{ name: 'A', value: 1 }] })).toContain(
      "at '/extraEnv/0/value': got number, want string",
    );
  },
);

import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import type { Chart } from '../harness/charts/charts.ts';
import { nameOf, type Service } from '../harness/charts/manifests.ts';
import { RenderFailure, render } from '../harness/charts/render.ts';
import { loadSchemaCheck } from '../harness/charts/schema.ts';
import { mapsOf, setting } from '../harness/charts/values.ts';
import type { Values } from '../harness/drill/types.ts';
import { charts, least } from './suite.ts';

/** What the values say of Services that clients outside of Kubernetes may use. */

const check = await loadSchemaCheck();

const blocks = charts
  .filter(({ kind }) => kind === 'application')
  .flatMap((chart) =>
    mapsOf(chart.values)
      .filter(({ map }) => 'loadBalancerClass' in map)
      .map(({ path, map }) => [chart.name, path.join('.'), chart, path, map] as const),
  );
const withPorts = blocks.filter(([, , , , map]) => 'nodePorts' in map);

/** What has to be on for a Service to be there, by the first key of its path. */
const on: Readonly<Record<string, Values>> = {
  external: { external: { enabled: true, host: '{ordinal}.shop.example' } },
  proxy: { proxy: { enabled: true }, auth: { required: false } },
};

/** The ports that a block's schema names. */
function portsOf(chart: Chart, path: readonly string[]): string[] {
  const block = path.reduce((schema, key) => schema.properties?.[key] ?? schema, chart.schema);
  const { patternProperties = {} } = (block.properties?.nodePorts ?? {}) as { patternProperties?: object };
  return (Object.keys(patternProperties)[0] ?? '').replace(/[\^$()]/g, '').split('|');
}

const messageOf = (chart: Chart, values: Values): Promise<string> =>
  render(chart, { values }).then(
    () => 'no refusal',
    (error: unknown) => (error instanceof RenderFailure ? error.message : String(error)),
  );

type Spec = Omit<Service['spec'], 'ports'> & {
  ipFamilyPolicy?: string;
  loadBalancerClass?: string;
  loadBalancerSourceRanges?: readonly string[];
  ports?: readonly { nodePort?: number }[];
};

test('every chart has such a Service', () => {
  expect(new Set(blocks.map(([name]) => name)).size).toBe(
    charts.filter(({ kind }) => kind === 'application').length,
  );
});

describe.each(blocks)('%s: %s', (name, where, chart, path) => {
  test('a load balancer of a class, for some addresses, of both families', async () => {
    const wanted = {
      type: 'LoadBalancer',
      loadBalancerClass: 'metal.example/bgp',
      loadBalancerSourceRanges: ['10.0.0.0/8', 'fd00::/8'],
      ipFamilyPolicy: 'PreferDualStack',
    };
    const output = await render(chart, {
      values: [least(chart), on[path[0] ?? ''] ?? {}, setting(path, wanted)].reduce(merge),
    });
    expect(output.objects.flatMap(check)).toEqual([]);
    const balanced = output.all('Service').filter(({ spec }) => spec.type === 'LoadBalancer');
    expect(balanced).not.toEqual([]);
    for (const service of balanced) expect(service.spec as Spec, nameOf(service)).toMatchObject(wanted);
  });

  test('what has no effect is refused', async () => {
    const type = path[0] === 'external' ? 'NodePort' : 'ClusterIP';
    for (const [key, value] of [
      ['loadBalancerClass', 'a/b'],
      ['loadBalancerSourceRanges', ['10.0.0.0/8']],
    ] as const)
      expect(await messageOf(chart, setting([...path, key], value as Values[string]))).toBe(
        `${name}: ${where}.${key} has no effect on a Service of type ${type}: set ${where}.type to LoadBalancer, or leave ${where}.${key} empty`,
      );
  });
});

describe.each(withPorts)('%s: %s', (name, where, chart, path) => {
  const ports = portsOf(chart, path);

  test.each(['NodePort', 'LoadBalancer'])('ports of nodes, of type %s', async (type) => {
    const nodePorts = Object.fromEntries(ports.map((port, index) => [port, 30306 + index]));
    const output = await render(chart, {
      values: [least(chart), on[path[0] ?? ''] ?? {}, setting(path, { type, nodePorts })].reduce(merge),
    });
    expect(output.objects.flatMap(check)).toEqual([]);
    const chosen = output
      .all('Service')
      .flatMap(({ spec }) => ((spec as Spec).ports ?? []).flatMap(({ nodePort }) => nodePort ?? []));
    expect(chosen.sort()).toEqual(Object.values(nodePorts));
  });

  test('are refused where they have no effect, are there twice, or are no port of the Service', async () => {
    const [first = ''] = ports;
    expect(await messageOf(chart, setting([...path, 'nodePorts', first], 30306))).toBe(
      `${name}: ${where}.nodePorts has no effect on a Service of type ClusterIP: set ${where}.type to NodePort or LoadBalancer, or leave ${where}.nodePorts empty`,
    );
    const same = Object.fromEntries(ports.map((port) => [port, 30306]));
    expect(await messageOf(chart, setting(path, { type: 'NodePort', nodePorts: same }))).toBe(
      ports.length > 1
        ? `${name}: ${where}.nodePorts has 30306 twice: each port needs its own`
        : 'no refusal',
    );
    expect(await messageOf(chart, setting([...path, 'nodePorts', 'nosuch'], 1))).toContain(
      "'nosuch' not allowed",
    );
  });
});

import { expect, test } from 'vitest';
import { chartNamed } from '../../contract/suite.ts';
import { refusals } from '../../contract/tables.ts';
import { render } from '../../harness/charts/render.ts';
import type { Values } from '../../harness/drill/types.ts';

const chart = chartNamed('eureka');

refusals(chart, [
  [
    'peers of one',
    { architecture: 'peers', replicas: 1 },
    'eureka: replicas is 1, and peers are 2 at least: write 2, or architecture standalone',
  ],
  [
    'too little memory for a JVM',
    { resources: { requests: { memory: '128Mi' }, limits: { memory: '256Mi' } } },
    'eureka: resources.limits.memory is 256Mi, and a server needs at least 320Mi: write 384Mi',
  ],
  [
    'a heap that leaves nothing',
    { jvm: { heap: '400Mi' } },
    'eureka: jvm.heap (400Mi) leaves less than 160Mi of resources.limits.memory (448Mi) for the rest of the JVM: leave jvm.heap empty to derive it from the limit',
  ],
  [
    'a Secret that nobody reads',
    { auth: { required: false, existingSecret: 'mine' } },
    'eureka: auth.existingSecret has no effect while auth.required is false: remove one of them',
  ],
  [
    'a setting with a value of its own, as Spring would take it, too',
    { config: { 'eureka.server.evictionIntervalTimerInMs': 5000 } },
    'eureka: config.eureka.server.evictionIntervalTimerInMs has a value of its own: write evictionSeconds instead',
  ],
  [
    'a setting of the chart',
    { config: { 'eureka.client.service-url.defaultZone': 'http://other:8761/eureka/' } },
    'eureka: config.eureka.client.service-url.defaultZone is managed by the chart: remove it',
  ],
]);

/** The server's settings with some values. */
async function properties(values: Values): Promise<Record<string, string>> {
  const { data } = (await render(chart, { release: 'shop', values })).one('ConfigMap', 'shop-eureka');
  const lines = (data?.['eureka.properties'] ?? '').trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')]));
}

test.each([
  ['a single server expires what is silent', { architecture: 'standalone' }, 'false'],
  ['peers do not blame instances for the network', { architecture: 'peers' }, 'true'],
  ['false counts', { architecture: 'peers', selfPreservation: { enabled: false } }, 'false'],
  ['true counts', { architecture: 'standalone', selfPreservation: { enabled: true } }, 'true'],
])('self-preservation: %s', async (_, values, expected) => {
  expect((await properties(values))['eureka.server.enable-self-preservation']).toBe(expected);
});

test('peers are found by DNS, a single server looks for none', async () => {
  expect(await properties({ architecture: 'peers', replicas: 3 })).toMatchObject({
    'ballast.peers': '_client._tcp.shop-eureka-members.default.svc.cluster.local',
    'ballast.ready-peers': '_client._tcp.shop-eureka-ready.default.svc.cluster.local',
  });
  expect(await properties({})).not.toHaveProperty('ballast.peers');
});

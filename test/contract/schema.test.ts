import { describe, expect, test } from 'vitest';
import { loadSchemaCheck } from '../harness/charts/schema.ts';
import { loadSubjects } from './suite.ts';

const subjects = await loadSubjects();

const check = await loadSchemaCheck();

const cases = subjects.flatMap(({ chart, cases }) =>
  cases.map((one) => [chart.name, one.name, one] as const),
);

describe('what the API server would take', () => {
  test.each(cases)('%s, %s', (_, __, { base, full, grown }) => {
    expect([base, full, grown].flatMap(({ objects }) => objects.flatMap(check))).toEqual([]);
  });
});

describe('what it would refuse', () => {
  const pod = (spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });
  const container = (more: object) => pod({ containers: [{ name: 'c', ...more }] });

  test.each([
    ['an unknown field', container({ imag: 'x' }), 'Pod/p: /spec/containers/0/imag is not known'],
    ['a wrong type', container({ image: 7 }), 'Pod/p: /spec/containers/0/image must be string'],
    ['a missing field', pod({}), "Pod/p: /spec must have required property 'containers'"],
    [
      'a malformed quantity',
      container({ resources: { limits: { memory: '1Gib' } } }),
      expect.stringContaining('Pod/p: /spec/containers/0/resources/limits/memory must match pattern'),
    ],
    [
      'an unknown field of a custom resource',
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'ServiceMonitor',
        metadata: { name: 'm' },
        spec: { selector: {}, endpoints: [{ portt: 'metrics' }] },
      },
      'ServiceMonitor/m: /spec/endpoints/0/portt is not known',
    ],
    [
      'an API that is gone',
      { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata: { name: 'b' } },
      expect.stringMatching(
        /^PodDisruptionBudget\/b: Kubernetes v[\d.]+ has no policy\/v1beta1 PodDisruptionBudget$/,
      ),
    ],
  ])('%s', (_, object, breach) => {
    expect(check(object)).toEqual([breach]);
  });
});

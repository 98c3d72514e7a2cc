import type { V1NetworkPolicy, V1NetworkPolicyIngressRule, V1Pod } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { admits, type Party, selected } from './policies.ts';

const target: V1Pod = {
  metadata: { namespace: 'shop', labels: { app: 'db' } },
  spec: { containers: [{ name: 'db', ports: [{ name: 'client', containerPort: 3306 }] }] },
};
const policy = (...ingress: V1NetworkPolicyIngressRule[]): V1NetworkPolicy => ({
  metadata: { namespace: 'shop' },
  spec: { podSelector: { matchLabels: { app: 'db' } }, ingress },
});
const neighbour: Party = { namespace: 'shop', namespaceLabels: { team: 'a' }, labels: { app: 'web' } };
const stranger: Party = { ...neighbour, namespace: 'other', namespaceLabels: { team: 'b' } };
const client = { port: 'client' };

test.each<[string, readonly V1NetworkPolicy[], Party, number, boolean]>([
  ['a pod that no policy selects', [], stranger, 3306, true],
  [
    'a policy of another namespace',
    [{ ...policy(), metadata: { namespace: 'other' } }],
    stranger,
    3306,
    true,
  ],
  ['a policy without a rule', [policy()], neighbour, 3306, false],
  ['a rule for everybody', [policy({})], stranger, 1, true],
  ['the namespace', [policy({ _from: [{ podSelector: {} }], ports: [client] })], neighbour, 3306, true],
  ['another namespace', [policy({ _from: [{ podSelector: {} }], ports: [client] })], stranger, 3306, false],
  ['another port', [policy({ _from: [{ podSelector: {} }], ports: [client] })], neighbour, 33060, false],
  ['a range of ports', [policy({ ports: [{ port: 3000, endPort: 4000 }] })], neighbour, 3306, true],
  ['a name that no container has', [policy({ ports: [{ port: 'other' }] })], neighbour, 3306, false],
  ['UDP alone', [policy({ ports: [{ ...client, protocol: 'UDP' }] })], neighbour, 3306, false],
  [
    'a namespace by label',
    [policy({ _from: [{ namespaceSelector: { matchLabels: { team: 'b' } } }] })],
    stranger,
    1,
    true,
  ],
  [
    'pods of a namespace by label, and others of it',
    [
      policy({
        _from: [
          { namespaceSelector: { matchLabels: { team: 'b' } }, podSelector: { matchLabels: { app: 'ops' } } },
        ],
      }),
    ],
    stranger,
    1,
    false,
  ],
  ['a block of addresses', [policy({ _from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] })], stranger, 1, false],
  ['one of two policies', [policy(), policy({ ports: [client] })], stranger, 3306, true],
  ['egress alone', [{ ...policy(), spec: { ...policy().spec, policyTypes: ['Egress'] } }], stranger, 1, true],
])('%s', (_, policies, party, port, expected) => {
  expect(admits(policies, party, target, port)).toBe(expected);
});

test.each([
  ['In', ['a', 'b'], true],
  ['In', ['b'], false],
  ['NotIn', ['b'], true],
  ['Exists', [], true],
  ['DoesNotExist', [], false],
])('%s %o', (operator, values, expected) => {
  const selector = { matchExpressions: [{ key: 'team', operator, values }] };
  expect(selected(selector, { team: 'a' })).toBe(expected);
  expect(() => selected({ matchExpressions: [{ key: 'team', operator: 'Near' }] }, {})).toThrow('Near');
});

import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { merge } from '../base/merge.ts';
import { duration, maximum, median } from '../base/stats.ts';
import { assess, settlementOf } from './drill.ts';
import { partitionRules } from './faults.ts';
import { judge, Ledger, type Overlap, Tally } from './ledger.ts';
import type { MemberView } from './probecore.ts';
import { systems } from './systems.ts';
import type { Expectation } from './types.ts';

function pod(name: string, role: 'primary' | 'replica' | undefined, ready = true): V1Pod {
  return {
    metadata: { name, ...(role === undefined ? {} : { labels: { 'ballast.dev/role': role } }) },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

function view(member: string, change: Partial<MemberView> = {}): MemberView {
  const primary = member === 'm-0';
  return {
    member,
    version: '1',
    writable: primary,
    state: 'ONLINE',
    role: primary ? 'PRIMARY' : 'SECONDARY',
    members: 3,
    online: 3,
    ...change,
  };
}

describe('settlement', () => {
  const pods = [pod('m-0', 'primary'), pod('m-1', 'replica'), pod('m-2', 'replica')];
  const views = (changes: Record<string, Partial<MemberView> | string> = {}) =>
    new Map(
      ['m-0', 'm-1', 'm-2'].map((name): [string, MemberView | string] => {
        const change = changes[name];
        return [name, typeof change === 'string' ? change : view(name, change)];
      }),
    );

  test('a whole group with one primary has settled', () => {
    expect(settlementOf({ members: 3, primaries: 1 }, pods, views())).toBe(true);
  });

  test.each([
    { name: 'a pod is missing', pods: pods.slice(0, 2), views: views(), seen: '2 pods' },
    {
      name: 'a pod is not Ready',
      pods: [pods[0], pods[1], pod('m-2', 'replica', false)],
      views: views(),
      seen: 'm-2 is not Ready',
    },
    {
      name: 'a member does not answer',
      pods,
      views: views({ 'm-1': 'ECONNREFUSED' }),
      seen: 'm-1: ECONNREFUSED',
    },
    { name: 'a member was not asked', pods, views: new Map(), seen: 'm-0: not asked' },
    {
      name: 'a member is recovering',
      pods,
      views: views({ 'm-2': { state: 'RECOVERING' } }),
      seen: 'm-2 is RECOVERING',
    },
    {
      name: 'a member sees fewer',
      pods,
      views: views({ 'm-0': { online: 2 } }),
      seen: 'm-0 sees 2 members ONLINE',
    },
    {
      name: 'two members accept writes',
      pods,
      views: views({ 'm-1': { writable: true } }),
      seen: 'm-1 is writable but not labelled primary',
    },
    {
      name: 'two pods carry the label',
      pods: [pods[0], pod('m-1', 'primary'), pods[2]],
      views: views(),
      seen: 'm-1 is read-only but labelled primary',
    },
    {
      name: 'nobody is primary',
      pods: [pod('m-0', undefined), pods[1], pods[2]],
      views: views({ 'm-0': { writable: false } }),
      seen: '0 primaries',
    },
  ])('$name', ({ pods, views, seen }) => {
    expect(settlementOf({ members: 3, primaries: 1 }, pods as V1Pod[], views)).toContain(seen);
  });
});

describe('assess', () => {
  const keeps: Expectation = { keeps: 'everything', outageMs: 5000, goalMs: 1000 };

  /** 100 writes, one every 100 ms, with a fault at 2000 ms healed at 3000 ms. */
  function checksOf(options: {
    expect?: Expectation;
    until?: number;
    held?: (id: number) => number;
    stranger?: boolean;
    overlaps?: Overlap[];
    pause?: number;
    atLeastOnce?: boolean;
    lateMs?: number;
  }) {
    const ledger = new Ledger([{ name: 'svc', via: 'service', key: 0 }]);
    for (let id = 0; id < 100; id++) {
      const at = id * 100 + (id > 20 ? (options.pause ?? 0) : 0);
      const outcome = at <= (options.until ?? Number.POSITIVE_INFINITY) ? 'acknowledged' : 'failed';
      ledger.close(ledger.open(0, 'a', at - 1), outcome, at);
    }
    ledger.durationMs = 10_000 + (options.pause ?? 0);
    const whole = new Tally(100);
    const other = new Tally(100);
    for (let id = 0; id < 100; id++) {
      if (ledger.outcomeOf(id) !== 'acknowledged') continue;
      whole.add(id);
      for (let n = 0; n < (options.held?.(id) ?? 1); n++) other.add(id);
    }
    if (options.stranger) other.add(1000);
    const verdict = judge(ledger, { a: whole, b: other });
    const { expect = keeps, overlaps = [] } = options;
    const checks = assess(expect, verdict, ledger, overlaps, 2000, 3000, options);
    return checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.detail}`);
  }

  test('a good run passes every check', () => {
    expect(checksOf({})).toEqual([]);
  });

  test.each([
    {
      name: 'one member lacks one acknowledged write',
      options: { held: (id: number) => (id === 50 ? 0 : 1) },
      failed: [/nothing acknowledged was lost.*1 of 100.*b: 1, first 50/, /all members hold the same/],
    },
    {
      name: 'a record is there twice',
      options: { held: (id: number) => (id === 50 ? 2 : 1) },
      failed: [/nothing is there twice: 1/],
    },
    { name: 'a stranger', options: { stranger: true }, failed: [/nobody wrote: 1/] },
    {
      name: 'writes never came back',
      options: { until: 2500 },
      failed: [/before and after: 20 before, 0 after/, /paused for at most 5.00 s: 7.50 s/],
    },
    { name: 'too long an outage', options: { pause: 5500 }, failed: [/at most 5.00 s: 5.60 s/] },
    {
      name: 'two primaries',
      options: { overlaps: [{ members: ['a', 'b'] as [string, string], ms: 2500 }] },
      failed: [/same time: 1 times, first a and b at 2.50 s/],
    },
    {
      name: 'a negative control that lost nothing',
      options: { expect: { loses: 'something' } as const },
      failed: [/the ledger reports the loss: 0 of 100/],
    },
  ])('$name fails', ({ options, failed }) => {
    const seen = checksOf(options);
    expect(seen).toHaveLength(failed.length);
    failed.forEach((pattern, index) => {
      expect(seen[index]).toMatch(pattern);
    });
  });

  const soon: Expectation = { ...keeps, lateMs: 5000 };

  test('a record may come twice where that is promised, and be late for as long as that', () => {
    const held = (id: number) => (id === 50 ? 2 : 1);
    expect(checksOf({ expect: soon, atLeastOnce: true, held, lateMs: 5000 })).toEqual([]);
    expect(checksOf({ expect: soon, lateMs: 5001 })).toEqual([
      'all but one in a hundred could be read within 5.00 s: 5.00 s',
    ]);
  });

  test('a negative control passes when its loss is seen', () => {
    expect(checksOf({ expect: { loses: 'something' }, held: (id) => (id === 50 ? 0 : 1) })).toEqual([]);
  });
});

test('values are merged as helm does: maps by key, the rest replaced', () => {
  expect(merge({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, d: { e: 2 } })).toEqual({
    a: { b: 1, c: [3] },
    d: { e: 2 },
  });
});

test('a partition cuts both directions', () => {
  expect(partitionRules('10.1.2.3').map((rule) => rule.split(' ').slice(0, 3).join(' '))).toEqual([
    'FORWARD -s 10.1.2.3',
    'FORWARD -d 10.1.2.3',
  ]);
  expect(partitionRules('10.1.2.3', '10.4.5.6').map((rule) => rule.split(' -m ')[0])).toEqual([
    'FORWARD -s 10.1.2.3 -d 10.4.5.6',
    'FORWARD -d 10.1.2.3 -s 10.4.5.6',
  ]);
});

test('statistics', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(maximum([1, 3, 2])).toBe(3);
  expect(() => median([])).toThrow('no values');
  expect(() => maximum([])).toThrow('no values');
  expect([840.4, 7040, 66_800, 725_000].map(duration)).toEqual(['840 ms', '7.04 s', '66.8 s', '12 min 5 s']);
});

test.each(systems)('drills of $name have names of their own and topologies that exist', (system) => {
  const names = system.drills.map((drill) => drill.name);
  expect(new Set(names).size).toBe(names.length);
  const topologies = system.topologies.map((topology) => topology.name);
  for (const drill of system.drills) expect(topologies).toContain(drill.topology);
});

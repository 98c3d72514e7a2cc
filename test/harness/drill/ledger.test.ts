import { describe, expect, test } from 'vitest';
import {
  gapsOf,
  judge,
  Ledger,
  longestGap,
  type Outcome,
  overlapsOf,
  Tally,
  timelineOf,
  unpackReadBack,
} from './ledger.ts';

const service = { name: 'app', via: 'service', key: 0 } as const;
const direct = { name: 'direct to b', via: 'direct', key: 0 } as const;

/** A ledger of one service writer (0) and one direct writer (1). */
function ledgerOf(
  attempts: { outcome: Outcome; at?: number; sent?: number; member?: string; writer?: number }[],
  durationMs = 10_000,
): Ledger {
  const ledger = new Ledger([service, direct]);
  for (const { outcome, at = 0, sent = at, member, writer = 0 } of attempts) {
    ledger.close(ledger.open(writer, member, sent), outcome, at);
  }
  ledger.durationMs = durationMs;
  return ledger;
}

function holding(size: number, ids: number[]): Tally {
  const tally = new Tally(size);
  for (const id of ids) tally.add(id);
  return tally;
}

describe('judge', () => {
  const A: Outcome = 'acknowledged';
  const F: Outcome = 'failed';
  const U: Outcome = 'unknown';
  const none = { count: 0, first: [] };
  const cases: {
    name: string;
    outcomes: Outcome[];
    a: number[];
    b: number[];
    expected: Partial<ReturnType<typeof judge>>;
    loss: number;
  }[] = [
    {
      name: 'everything acknowledged is on every member',
      outcomes: [A, A, A],
      a: [0, 1, 2],
      b: [2, 1, 0],
      expected: { attempted: 3, acknowledged: 3, lost: { a: none, b: none }, diverged: none },
      loss: 0,
    },
    {
      name: 'an acknowledged write missing on one member is lost there, and the members diverge',
      outcomes: [A, A],
      a: [0, 1],
      b: [0],
      expected: { lost: { a: none, b: { count: 1, first: [1] } }, diverged: { count: 1, first: [1] } },
      loss: 1,
    },
    {
      name: 'an acknowledged write missing everywhere is lost everywhere without divergence',
      outcomes: [A, A],
      a: [1],
      b: [1],
      expected: { lost: { a: { count: 1, first: [0] }, b: { count: 1, first: [0] } }, diverged: none },
      loss: 1,
    },
    {
      name: 'an unknown write that is missing is no loss',
      outcomes: [A, U],
      a: [0],
      b: [0],
      expected: { unknown: 1, recovered: 0, diverged: none },
      loss: 0,
    },
    {
      name: 'an unknown write that turned up is recovered',
      outcomes: [A, U],
      a: [0, 1],
      b: [0, 1],
      expected: { unknown: 1, recovered: 1, diverged: none },
      loss: 0,
    },
    {
      name: 'an unknown write on one member only is a divergence',
      outcomes: [U],
      a: [0],
      b: [],
      expected: { recovered: 1, diverged: { count: 1, first: [0] } },
      loss: 0,
    },
    {
      name: 'a refused write that is there all the same is resurrected',
      outcomes: [F, F],
      a: [1],
      b: [1],
      expected: { failed: 2, resurrected: { count: 1, first: [1] } },
      loss: 0,
    },
    {
      name: 'a record held twice is a duplicate where it is',
      outcomes: [A],
      a: [0, 0],
      b: [0],
      expected: { duplicated: { a: { count: 1, first: [0] }, b: none } },
      loss: 0,
    },
    {
      name: 'a record nobody wrote is a stranger',
      outcomes: [A],
      a: [0, 7],
      b: [0],
      expected: { strangers: { a: 1, b: 0 } },
      loss: 0,
    },
    {
      name: 'only the first five ids of many are named',
      outcomes: [A, A, A, A, A, A, A],
      a: [],
      b: [0, 1, 2, 3, 4, 5, 6],
      expected: { lost: { a: { count: 7, first: [0, 1, 2, 3, 4] }, b: none } },
      loss: 7,
    },
  ];
  test.each(cases)('$name', ({ outcomes, a, b, expected, loss }) => {
    const ledger = ledgerOf(outcomes.map((outcome) => ({ outcome })));
    const verdict = judge(ledger, { a: holding(ledger.size, a), b: holding(ledger.size, b) });
    expect(verdict).toMatchObject(expected);
    expect(verdict.missing).toBe(loss);
  });

  test('what a writer lost that waits for no copies is counted apart', () => {
    const ledger = new Ledger([service, { name: 'app', via: 'plain', key: 0 }]);
    for (const writer of [0, 1, 1, 1]) ledger.close(ledger.open(writer, 'a', 1), A, 2);
    const verdict = judge(ledger, { a: holding(4, [0, 1]), b: holding(4, [0, 2]) });
    expect(verdict).toMatchObject({ acknowledged: 1, plain: { acknowledged: 3, lost: 3 } });
    expect(verdict.missing).toBe(0);
  });

  test('a read of another ledger is refused', () => {
    expect(() => judge(ledgerOf([{ outcome: A }]), { a: holding(2, [0]) })).toThrow(/a was read for 2 ids/);
  });
});

describe('gaps', () => {
  const acks = (...times: number[]) => times.map((at) => ({ outcome: 'acknowledged' as const, at }));

  test.each([
    { name: 'between acknowledgements', ledger: ledgerOf(acks(0, 100, 5100, 5200), 5300), longest: 5000 },
    { name: 'before the first', ledger: ledgerOf(acks(3000, 3100), 3200), longest: 3000 },
    { name: 'after the last: writes never resumed', ledger: ledgerOf(acks(100, 200), 9200), longest: 9000 },
    {
      name: 'no acknowledgement at all',
      ledger: ledgerOf([{ outcome: 'failed', at: 5 }], 4000),
      longest: 4000,
    },
    {
      name: 'answers out of order',
      ledger: ledgerOf(acks(1000, 500, 1500), 1500),
      longest: 500,
    },
  ])('$name', ({ ledger, longest }) => {
    expect(longestGap(ledger)).toBeCloseTo(longest);
  });

  test('direct writers, failures and unknowns do not end an outage', () => {
    const ledger = ledgerOf(
      [
        { outcome: 'acknowledged', at: 100 },
        { outcome: 'acknowledged', at: 1000, writer: 1 },
        { outcome: 'failed', at: 2000 },
        { outcome: 'unknown', at: 3000 },
        { outcome: 'acknowledged', at: 4100 },
      ],
      4200,
    );
    expect(longestGap(ledger)).toBeCloseTo(4000);
  });

  test('a window takes the gaps that overlap it', () => {
    const ledger = ledgerOf(acks(0, 3000, 3100, 5100, 5200, 6200), 6200);
    expect(longestGap(ledger)).toBeCloseTo(3000);
    expect(longestGap(ledger, 3050)).toBeCloseTo(2000);
    expect(longestGap(ledger, 5150, 5180)).toBeCloseTo(100);
    expect(gapsOf(ledger, 1000).map((gap) => [gap.fromMs, gap.ms])).toEqual(
      [
        [0, 3000],
        [3100, 2000],
        [5200, 1000],
      ].map((pair) => pair.map((n) => expect.closeTo(n, 1))),
    );
  });

  test('the timeline counts every acknowledgement once', () => {
    expect(timelineOf(ledgerOf(acks(0, 50, 150, 300), 300), 100)).toEqual([2, 1, 1]);
  });
});

describe('overlapsOf', () => {
  const ack = (member: string, at: number, sent = at - 1) => ({
    outcome: 'acknowledged' as const,
    member,
    at,
    sent,
  });
  test.each([
    { name: 'one member', acks: [ack('a', 10), ack('a', 20)], overlaps: 0 },
    { name: 'a hand-over', acks: [ack('a', 10), ack('b', 900), ack('b', 910)], overlaps: 0 },
    {
      name: 'a late answer of the old member',
      acks: [ack('a', 10), ack('b', 20), ack('a', 25, 15), ack('b', 30)],
      overlaps: 0,
    },
    {
      name: 'there and back, slowly',
      acks: [ack('a', 10), ack('b', 700), ack('a', 1400), ack('b', 2100)],
      overlaps: 0,
    },
    { name: 'taking turns', acks: [ack('a', 10), ack('b', 20), ack('a', 30)], overlaps: 1 },
    {
      name: 'one write to a stale member amid a tight loop on the new one',
      acks: [ack('b', 10), ack('b', 11), ack('b', 12), ack('a', 13, 10.5), ack('b', 14, 13.5)],
      overlaps: 1,
    },
  ])('$name', ({ acks, overlaps }) => {
    expect(overlapsOf(ledgerOf(acks))).toHaveLength(overlaps);
  });
});

test('a ledger survives packing, past its first allocation', () => {
  const ledger = new Ledger([service, direct]);
  for (let i = 0; i < 3000; i++) {
    const id = ledger.open(i % 2, i % 3 ? `m${i % 3}` : undefined, i);
    if (i % 5) ledger.close(id, i % 7 ? 'acknowledged' : 'failed', i + 0.5);
  }
  ledger.mark('fault', 12);
  ledger.durationMs = 4000;
  const copy = Ledger.unpack(JSON.parse(JSON.stringify(ledger.pack())));
  expect(copy.size).toBe(3000);
  expect(copy.marks).toEqual([{ name: 'fault', ms: 12 }]);
  for (let id = 0; id < 3000; id++) expect(copy.at(id)).toEqual(ledger.at(id));
});

test('a tally survives packing and saturates', () => {
  const tally = holding(3, [1, 9, ...new Array<number>(300).fill(2)]);
  expect(unpackReadBack(JSON.parse(JSON.stringify(tally.pack())))).toEqual({
    counts: new Uint8Array([0, 1, 255]),
    strangers: 1,
  });
});

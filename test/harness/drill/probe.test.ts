import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { waitFor } from '../cluster/kube.ts';
import { longestGap } from './ledger.ts';
import { type Adapter, Refused, Run } from './probecore.ts';

type Behaviour = 'ok' | 'refuse' | 'break' | 'hang' | 'down';

/** A system of one table whose members behave as told. */
function system(behaviour: Record<string, Behaviour>) {
  const held: number[] = [];
  const opened: string[] = [];
  const adapter: Adapter = {
    prepare: async () => undefined,
    connect: async (host) => {
      opened.push(host);
      if (behaviour[host] === 'down') throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      return {
        member: host,
        write: async (id, plain) => {
          await sleep(1);
          if (plain) return;
          if (behaviour[host] === 'refuse') throw new Refused('read only');
          if (behaviour[host] === 'break') throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
          if (behaviour[host] === 'hang') await sleep(60_000, undefined, { ref: false });
          held.push(id);
        },
        close: () => undefined,
      };
    },
    read: async () => undefined,
    view: async (member) => ({
      member,
      version: '1',
      writable: true,
      state: 'ONLINE',
      role: 'PRIMARY',
      members: 1,
      online: 1,
    }),
  };
  return { adapter, held, opened };
}

interface Running {
  run: Run;
  opened: string[];
}

/** Runs until what the test is about has happened, however slow the machine; `then` follows while the run goes on. */
async function runUntil(
  what: string,
  happened: (running: Running) => boolean,
  behaviour: Record<string, Behaviour>,
  then?: (running: Running) => Promise<void>,
  plain = false,
) {
  const { adapter, held, opened } = system(behaviour);
  const members = Object.keys(behaviour).filter((host) => host !== 'svc');
  const run = new Run(adapter, { ledger: 'l', service: 'svc', members, keys: 1, plain });
  run.start();
  await until(what, () => happened({ run, opened }));
  await then?.({ run, opened });
  await run.stop();
  const attempts = Array.from({ length: run.ledger.size }, (_, id) => run.ledger.at(id));
  return { run, attempts, held, opened };
}

function until(what: string, happened: () => boolean): Promise<void> {
  return waitFor(what, 30, async () => happened() || 'not yet', 5);
}

test('what the server acknowledged is acknowledged, id by id', async () => {
  const { run, attempts, held } = await runUntil('some writes', ({ run }) => run.status().acknowledged > 5, {
    svc: 'ok',
  });
  expect(attempts.filter((a) => a.outcome === 'acknowledged').map((a) => a.id)).toEqual(held);
  expect(run.status().acknowledged).toBe(held.length);
});

test('a second client of the Service waits for no copies', async () => {
  const { run, attempts, held } = await runUntil(
    'some writes',
    ({ run }) => run.status().attempted > 9,
    { svc: 'ok' },
    undefined,
    true,
  );
  const plain = attempts.filter(({ writer }) => run.ledger.writers[writer]?.via === 'plain');
  expect(plain.filter(({ outcome }) => outcome === 'acknowledged').length).toBeGreaterThan(0);
  expect(plain.filter(({ id }) => held.includes(id))).toEqual([]);
});

test('a refusal is a failure and makes a client look for the primary again', async () => {
  const { attempts } = await runUntil('a second connection', ({ opened }) => opened.length > 1, {
    svc: 'refuse',
  });
  expect(new Set(attempts.map((a) => a.outcome))).toEqual(new Set(['failed']));
});

test('a connection lost during a write leaves it unknown', async () => {
  const { attempts, run } = await runUntil('some writes', ({ run }) => run.status().attempted > 2, {
    svc: 'break',
  });
  expect(new Set(attempts.map((a) => a.outcome))).toEqual(new Set(['unknown']));
  expect(run.status().errors.ECONNRESET).toBe(attempts.length);
});

test('no answer within a second leaves a write unknown, and the client tries elsewhere', async () => {
  const { attempts, run, opened } = await runUntil(
    'a write without an answer',
    ({ opened }) => opened.length > 1,
    { svc: 'hang' },
  );
  expect(new Set(attempts.map((a) => a.outcome))).toEqual(new Set(['unknown']));
  expect(run.status().errors).toEqual({ timeout: attempts.length });
  expect(opened.length).toBeGreaterThan(1);
});

test('a failed connection is no attempt', async () => {
  const { attempts } = await runUntil(
    'refused connections',
    ({ run }) => (run.status().errors['connect ECONNREFUSED'] ?? 0) > 1,
    { svc: 'down' },
  );
  expect(attempts).toEqual([]);
});

test('direct writers keep asking a member that refuses, over one connection', async () => {
  const { attempts, opened } = await runUntil(
    'two direct writes',
    ({ run }) => {
      const all = Array.from({ length: run.ledger.size }, (_, id) => run.ledger.at(id));
      return all.filter((a) => a.member === 'b').length >= 2;
    },
    { svc: 'ok', b: 'refuse' },
  );
  const direct = attempts.filter((a) => a.member === 'b');
  expect(direct.every((a) => a.outcome === 'failed')).toBe(true);
  expect(opened.filter((host) => host === 'b')).toHaveLength(1);
});

test('an outage shows as a gap', async () => {
  const behaviour: Record<string, Behaviour> = { svc: 'ok' };
  const { run } = await runUntil(
    'some writes',
    ({ run }) => run.status().acknowledged > 5,
    behaviour,
    async ({ run }) => {
      behaviour.svc = 'break';
      await sleep(300);
      behaviour.svc = 'ok';
      const before = run.status().acknowledged;
      await until('writes again', () => run.status().acknowledged > before);
    },
  );
  expect(longestGap(run.ledger)).toBeGreaterThan(250);
});

test('waitFor names what it waited for and what it saw last', async () => {
  let calls = 0;
  await waitFor('three calls', 1, async () => ++calls === 3 || 'too few', 1);
  expect(calls).toBe(3);
  await expect(waitFor('spring', 0.01, async () => 'snow', 1)).rejects.toThrow(
    'timed out after 0.01 s waiting for spring (last seen: snow)',
  );
  await expect(waitFor('spring', 0.01, () => Promise.reject(new Error('no calendar')), 1)).rejects.toThrow(
    'last seen: no calendar',
  );
});

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { waitFor } from '../harness/kube.ts';
import { longestGap } from '../harness/ledger.ts';
import { type Adapter, Refused, Run } from '../probe/core.ts';

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
        write: async (id) => {
          await sleep(1);
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

async function runFor(ms: number, behaviour: Record<string, Behaviour>, then?: () => void) {
  const { adapter, held, opened } = system(behaviour);
  const members = Object.keys(behaviour).filter((host) => host !== 'svc');
  const run = new Run(adapter, { ledger: 'l', service: 'svc', members });
  run.start();
  await sleep(ms);
  if (then) {
    then();
    await sleep(ms);
  }
  await run.stop();
  const attempts = Array.from({ length: run.ledger.size }, (_, id) => run.ledger.at(id));
  return { run, attempts, held, opened };
}

test('what the server acknowledged is acknowledged, id by id', async () => {
  const { run, attempts, held } = await runFor(50, { svc: 'ok' });
  expect(attempts.length).toBeGreaterThan(5);
  expect(attempts.filter((a) => a.outcome === 'acknowledged').map((a) => a.id)).toEqual(held);
  expect(run.status().acknowledged).toBe(held.length);
});

test('a refusal is a failure and makes a client look for the primary again', async () => {
  const { attempts, opened } = await runFor(50, { svc: 'refuse' });
  expect(new Set(attempts.map((a) => a.outcome))).toEqual(new Set(['failed']));
  expect(opened.length).toBeGreaterThan(1);
});

test('a connection lost during a write leaves it unknown', async () => {
  const { attempts, run } = await runFor(50, { svc: 'break' });
  expect(new Set(attempts.map((a) => a.outcome))).toEqual(new Set(['unknown']));
  expect(run.status().errors.ECONNRESET).toBe(attempts.length);
});

test('no answer within a second leaves a write unknown, and the client tries elsewhere', async () => {
  const { attempts, run } = await runFor(1300, { svc: 'hang' });
  expect(attempts.map((a) => a.outcome)).toEqual(['unknown', 'unknown']);
  expect(run.status().errors).toEqual({ timeout: 2 });
});

test('a failed connection is no attempt', async () => {
  const { attempts, run } = await runFor(100, { svc: 'down' });
  expect(attempts).toEqual([]);
  expect(run.status().errors['connect ECONNREFUSED']).toBeGreaterThan(1);
});

test('direct writers keep asking a member that refuses, over one connection', async () => {
  const { attempts, opened } = await runFor(700, { svc: 'ok', b: 'refuse' });
  const direct = attempts.filter((a) => a.member === 'b');
  expect(direct.length).toBeGreaterThanOrEqual(2);
  expect(direct.every((a) => a.outcome === 'failed')).toBe(true);
  expect(opened.filter((host) => host === 'b')).toHaveLength(1);
});

test('an outage shows as a gap', async () => {
  const behaviour: Record<string, Behaviour> = { svc: 'ok' };
  const { run } = await runFor(200, behaviour, () => {
    behaviour.svc = 'break';
    setTimeout(() => {
      behaviour.svc = 'ok';
    }, 120);
  });
  expect(longestGap(run.ledger)).toBeGreaterThan(100);
  expect(longestGap(run.ledger)).toBeLessThan(200);
});

test('waitFor names what it waited for and what it saw last', async () => {
  let calls = 0;
  await waitFor(
    'three calls',
    1,
    () => undefined,
    async () => ++calls === 3 || 'too few',
    1,
  );
  expect(calls).toBe(3);
  await expect(
    waitFor(
      'spring',
      0.01,
      () => undefined,
      async () => 'snow',
      1,
    ),
  ).rejects.toThrow('timed out after 0.01 s waiting for spring (last seen: snow)');
  await expect(
    waitFor(
      'spring',
      0.01,
      () => undefined,
      () => Promise.reject(new Error('no calendar')),
      1,
    ),
  ).rejects.toThrow('last seen: no calendar');
});

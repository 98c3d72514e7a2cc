import { waitFor } from '../harness/cluster/kube.ts';
import { assess } from '../harness/drill/drill.ts';
import { judge, type Ledger, overlapsOf, type ReadBack, type Verdict } from '../harness/drill/ledger.ts';
import type { Probe } from '../harness/drill/probe.ts';
import type { RunOptions, RunStatus } from '../harness/drill/probecore.ts';

/** Records before the moment that a test is about, and after it. */
const enough = { before: 200, after: 50 };

interface Probed {
  ledger: Ledger;
  verdict: Verdict;
  status: RunStatus;
  faultMs: number;
  healedMs: number;
  /** Rules of a drill that keeps everything, as far as they were broken. */
  broken: string[];
}

interface Happening {
  /** While clients write. */
  during?(): Promise<void>;
  /** After they have ended, and before anything is read: what the probe knows nothing of. */
  behind?(ledger: Ledger): Promise<void>;
}

/** For tests of a probe itself: it writes and reads as in a drill, and what it says is judged by the drills' own code. */
export async function probed(
  probe: Probe,
  options: Omit<RunOptions, 'keys'>,
  places: readonly string[],
  { during, behind }: Happening = {},
): Promise<Probed> {
  const acknowledged = (count: number) =>
    waitFor(`${count} writes to be acknowledged`, 300, async () => {
      const { acknowledged, errors } = await probe.status();
      return acknowledged >= count || `${acknowledged} are, errors ${JSON.stringify(errors)}`;
    });
  await probe.start({ ...options, keys: 1 });
  await acknowledged(enough.before);
  const faultMs = await probe.mark('fault');
  await during?.();
  const healedMs = await probe.mark('healed');
  await acknowledged((await probe.status()).acknowledged + enough.after);
  const status = await probe.stop();
  const ledger = await probe.ledger();
  await behind?.(ledger);

  const readBacks: Record<string, ReadBack> = {};
  for (const place of places) readBacks[place] = await probe.read(place, options.service);
  const verdict = judge(ledger, readBacks);
  const rules = { keeps: 'everything', outageMs: 120_000, goalMs: 0 } as const;
  const checks = assess(rules, verdict, ledger, overlapsOf(ledger), faultMs, healedMs);
  const broken = checks.filter(({ ok }) => !ok).map(({ name }) => name);
  return { ledger, verdict, status, faultMs, healedMs, broken };
}

/** A record in the middle of what a user's client was told is there. */
export function someRecord(ledger: Ledger): number {
  const all = ledger.acknowledgements('service');
  const record = all[Math.floor(all.length / 2)];
  if (!record) throw new Error('nothing was acknowledged');
  return record.id;
}

/** How broken rules are named by assess(). */
export const rule = {
  lost: 'nothing acknowledged was lost on any member',
  twice: 'nothing is there twice',
  strangers: 'nothing is there that nobody wrote',
} as const;

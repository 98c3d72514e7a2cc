import type { Gap } from '../ledger.ts';
import type { Setting } from '../measure.ts';
import { maximum, median } from '../stats.ts';
import { type DrillRun, idOf } from './bench.ts';

/** One line of the report: all runs of one drill. */
export interface DrillFigures {
  system: string;
  drill: string;
  title: string;
  topology: string;
  control: boolean;
  runs: number;
  passed: number;
  /** Names of the checks that any run failed. */
  failures: string[];
  acknowledged: number;
  lost: number;
  unknown: number;
  /** Of the writers that waited for no copies, where there were any. */
  plain: { acknowledged: number; lost: number } | undefined;
  medianMs: number;
  maxMs: number;
  goalMs: number | undefined;
  undisturbedMs: number;
  stalledMs: number;
  settledMs: number;
  /** Longest pause of 1 s or more apart from each run's outage. */
  laterMs: number;
  /** When the first and the last run began, as ISO dates. */
  from: string;
  to: string;
  /** Of all runs, each once: "mysql 9.7.4". */
  versions: string[];
  machines: string[];
  /** The run with the longest outage. */
  worst: DrillRun;
}

export function figuresOf(runs: readonly DrillRun[]): DrillFigures[] {
  return grouped(runs, idOf).map(([, group]) => {
    const outages = group.map((run) => run.outageMs);
    const sum = (pick: (result: DrillRun) => number) =>
      group.reduce((total, result) => total + pick(result), 0);
    const times = group.map((run) => run.at).sort();
    const worst = group.find((run) => run.outageMs === maximum(outages));
    if (!worst) throw new Error('a drill without runs');
    return {
      system: worst.system,
      drill: worst.drill,
      title: worst.title,
      topology: worst.topology,
      control: worst.control,
      runs: group.length,
      passed: group.filter((result) => result.passed).length,
      failures: unique(group.flatMap(({ checks }) => checks.filter(({ ok }) => !ok).map(({ name }) => name))),
      acknowledged: sum((result) => result.verdict?.acknowledged ?? 0),
      lost: sum((result) => result.verdict?.missing ?? 0),
      unknown: sum((result) => result.verdict?.unknown ?? 0),
      plain: group.some((result) => result.verdict?.plain)
        ? {
            acknowledged: sum((result) => result.verdict?.plain?.acknowledged ?? 0),
            lost: sum((result) => result.verdict?.plain?.lost ?? 0),
          }
        : undefined,
      medianMs: median(outages),
      maxMs: maximum(outages),
      goalMs: worst.goalMs,
      undisturbedMs: maximum(group.map((result) => result.undisturbedMs)),
      stalledMs: maximum(group.map((result) => result.stalledMs)),
      settledMs: maximum(group.map((result) => result.settledMs)),
      laterMs: Math.max(0, ...group.flatMap((result) => laterGaps(result).map((gap) => gap.ms))),
      from: times[0] ?? '',
      to: times.at(-1) ?? '',
      versions: unique(group.flatMap((run) => versionsOf(run))),
      machines: unique(group.map(({ machine }) => machine)),
      worst,
    };
  });
}

/** Pauses after the deed other than the outage itself. */
function laterGaps(result: DrillRun): Gap[] {
  const faultMs = result.deeds[0]?.ms ?? 0;
  return result.gaps.filter((gap) => gap.fromMs + gap.ms > faultMs && gap.ms < result.outageMs);
}

/** What there was, as "mysql 9.7.4". */
export function versionsOf({ versions }: Setting): string[] {
  return Object.entries(versions).map(([name, version]) => `${name} ${version}`);
}

export function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

export function grouped<T>(items: readonly T[], key: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups];
}

import type { DrillResult } from '../drill/drill.ts';
import type { Setting } from '../drill/measure.ts';
import type { PlatformRun } from './platform.ts';

/** docs/bench.json: everything `npm run bench` measured. The report shows this and nothing else. */
export interface Bench {
  drills: DrillRun[];
  installs: InstallRun[];
  memory: MemoryReading[];
  render?: RenderTimes;
  platform?: PlatformRun;
}

/** One run of a drill. Only the run with the longest outage keeps its timeline. */
export type DrillRun = Omit<DrillResult, 'timeline'> & Partial<Pick<DrillResult, 'timeline'>>;

export interface InstallRun extends Setting {
  system: string;
  topology: string;
  ms: number;
}

export interface MemoryReading extends Setting {
  system: string;
  topology: string;
  pod: string;
  container: string;
  /** Anonymous resident memory and the cgroup's working set, which is what limits are checked against. */
  rssMiB: number;
  workingSetMiB: number;
}

export interface RenderTimes extends Setting {
  /** Ours and what others' tools take for comparable work on the same charts: wall-clock ms of each run. */
  steps: { what: string; ms: number[] }[];
}

export function emptyBench(): Bench {
  return { drills: [], installs: [], memory: [] };
}

/** Adds a run; what was measured before `since` for the same drill is replaced. */
export function withDrill(bench: Bench, run: DrillRun, since: string): Bench {
  const same = (other: DrillRun) => idOf(other) === idOf(run);
  const kept = bench.drills.filter((other) => !same(other) || other.at >= since);
  const worst = Math.max(...[...kept.filter(same), run].map((each) => each.outageMs));
  const slim = (each: DrillRun): DrillRun => {
    if (!same(each) || each.outageMs >= worst) return each;
    const { timeline: _, ...rest } = each;
    return rest;
  };
  return { ...bench, drills: [...kept, run].map(slim) };
}

export function withInstall(bench: Bench, run: InstallRun, since: string): Bench {
  const stale = (other: InstallRun) =>
    other.system === run.system && other.topology === run.topology && other.at < since;
  return { ...bench, installs: [...bench.installs.filter((other) => !stale(other)), run] };
}

export function withMemory(bench: Bench, readings: MemoryReading[]): Bench {
  const replaced = (old: MemoryReading) =>
    readings.some((one) => one.system === old.system && one.topology === old.topology);
  return { ...bench, memory: [...bench.memory.filter((old) => !replaced(old)), ...readings] };
}

/** What tells one drill from another; also the drill's anchor in resilience.html. */
export function idOf({ system, drill }: Pick<DrillRun, 'system' | 'drill'>): string {
  return `${system}-${drill}`;
}

import type { Setting } from '../measure.ts';
import { duration, maximum, median } from '../stats.ts';
import type { Bench } from './bench.ts';
import { grouped, unique, versionsOf } from './figures.ts';

export interface Table {
  /** One word. */
  id: string;
  title: string;
  heads: string[];
  rows: string[][];
}

export function otherTables(bench: Bench): Table[] {
  const tables: Table[] = [];
  const installs = grouped(bench.installs, (run) => `${run.system} ${run.topology}`);
  if (installs.length > 0) {
    tables.push({
      id: 'install',
      title: 'From `helm install` to ready',
      heads: ['system', 'runs', 'median', 'max'],
      rows: installs.map(([name, runs]) => {
        const times = runs.map((run) => run.ms);
        return [name, `${runs.length}`, duration(median(times)), duration(maximum(times))];
      }),
    });
  }
  const memory = grouped(bench.memory, (one) => `${one.system} ${one.topology}\n${one.container}`);
  if (memory.length > 0) {
    tables.push({
      id: 'memory',
      title: 'Memory at rest, per container',
      heads: ['system', 'container', 'containers', 'resident: median', 'max', 'working set: max'],
      rows: memory.map(([name, readings]) => [
        ...name.split('\n'),
        `${readings.length}`,
        mebi(median(readings.map((one) => one.rssMiB))),
        mebi(maximum(readings.map((one) => one.rssMiB))),
        mebi(maximum(readings.map((one) => one.workingSetMiB))),
      ]),
    });
  }
  if (bench.render) {
    tables.push({
      id: 'render',
      title: 'Render and contract tests',
      heads: ['step', 'runs', 'median', 'max'],
      rows: bench.render.steps.map(({ what, ms }) => [
        what,
        `${ms.length}`,
        duration(median(ms)),
        duration(maximum(ms)),
      ]),
    });
  }
  return tables;
}

export const settingHeads = ['measured', 'from', 'to', 'machine', 'versions'];

/** One row per combination of machine and versions, so that figures from different settings are never taken for one. */
export function settingRows(bench: Bench): string[][] {
  const settings: [string, Setting][] = [
    ...bench.drills.map((run): [string, Setting] => [run.drill, run]),
    ...bench.installs.map((run): [string, Setting] => [`install ${run.topology}`, run]),
    ...bench.memory.map((one): [string, Setting] => [`memory ${one.topology}`, one]),
    ...(bench.render ? [['render', bench.render] as [string, Setting]] : []),
  ];
  const rows = grouped(settings, ([, { machine, versions }]) => JSON.stringify([machine, versions]));
  return rows.map(([, group]) => {
    const times = group.map(([, setting]) => setting.at.slice(0, 16).replace('T', ' ')).sort();
    const [, first] = group[0] ?? [];
    return [
      unique(group.map(([what]) => what)).join(', '),
      times[0] ?? '',
      times.at(-1) ?? '',
      first?.machine ?? '',
      first ? versionsOf(first).join(', ') : '',
    ];
  });
}

const mebi = (value: number) => `${Math.round(value)} MiB`;

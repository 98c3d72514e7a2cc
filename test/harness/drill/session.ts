import { messageOf, UserError } from '../base/errors.ts';
import { report } from '../base/report.ts';
import { duration } from '../base/stats.ts';
import {
  type DrillResult,
  Installation,
  rerunCommand,
  runDrill,
  summaryOf,
  type TestCluster,
} from './drill.ts';
import { healAll, healLeftovers } from './faults.ts';
import { systems } from './systems.ts';
import type { Drill, System, Topology } from './types.ts';

/** Throws UserError naming the known ones. */
export function systemNamed(name: string | undefined): System {
  const found = systems.find((system) => system.name === name);
  if (found) return found;
  const known = systems.map((system) => system.name).join(', ');
  throw new UserError(name ? `no system is called ${name}` : 'no system was named', `name one of ${known}`);
}

/** The named drills in the order of the table, or all of them. Throws UserError naming the known ones. */
export function drillsNamed(system: System, names: readonly string[]): Drill[] {
  for (const name of names) {
    if (!system.drills.some((drill) => drill.name === name)) {
      const known = system.drills.map((drill) => drill.name).join(', ');
      throw new UserError(`${system.name} has no drill ${name}`, `name some of ${known}, or none for all`);
    }
  }
  return system.drills.filter((drill) => names.length === 0 || names.includes(drill.name));
}

export function topologyNamed(system: System, name: string): Topology {
  const found = system.topologies.find((topology) => topology.name === name);
  if (!found) throw new Error(`${system.name} has no topology ${name}`);
  return found;
}

/** Drills that may follow each other on one release. */
function installationKey(drill: Drill): string {
  return drill.values ? drill.name : drill.topology;
}

/**
 * Runs drills one after the other, those of the same topology and values on one release; a release on which one failed is given up.
 * Namespaces are deleted when they are no longer needed, unless `keep`.
 */
export async function* drillAll(
  testCluster: TestCluster,
  system: System,
  drills: readonly Drill[],
  keep = false,
): AsyncGenerator<DrillResult> {
  await healLeftovers(testCluster.nodes);
  const keys = [...new Set(drills.map(installationKey))];
  for (const key of keys) {
    let installation: Installation | undefined;
    try {
      for (const drill of drills.filter((each) => installationKey(each) === key)) {
        installation ??= await Installation.open(
          testCluster,
          system,
          topologyNamed(system, drill.topology),
          key,
          drill.values,
        );
        report(`${drill.name}: ${drill.title}`);
        const { namespace } = installation;
        const result = await runDrill(installation, drill).catch(async (error: unknown) => {
          report(await testCluster.kube.dump(namespace));
          throw error;
        });
        report(`${drill.name}: ${result.passed ? 'passed' : 'FAILED'}: ${summaryOf(result)}`);
        if (!result.passed) {
          report(await testCluster.kube.dump(namespace));
          report(`run just this case again: ${rerunCommand(result)}`);
          if (!keep) await installation.close();
          installation = undefined;
        }
        yield result;
      }
    } finally {
      if (!keep) await installation?.close();
    }
  }
}

/** Heals what is open and ends the process when it is interrupted. */
export function healOnInterrupt(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      report(`${signal}: healing`);
      healAll()
        .then((failures) => failures.forEach(report))
        .catch((error: unknown) => report(messageOf(error)))
        .finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
    });
  }
}

/** A closing table, one row per drill. */
export function tableOf(results: readonly DrillResult[]): string {
  const rows = [
    ['drill', 'topology', 'acknowledged', 'lost', 'unknown', 'outage', 'all back after', 'result'],
    ...results.map(({ drill, topology, verdict, outageMs, settledMs, passed }) => [
      drill,
      topology,
      `${verdict?.acknowledged ?? '?'}`,
      `${verdict?.missing ?? '?'}`,
      `${verdict?.unknown ?? '?'}`,
      duration(outageMs),
      duration(settledMs),
      passed ? 'passed' : 'FAILED',
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

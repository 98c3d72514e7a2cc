import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runMain, UserError } from '../test/harness/base/errors.ts';
import { repoRoot } from '../test/harness/base/paths.ts';
import { announce, report } from '../test/harness/base/report.ts';
import { Installation } from '../test/harness/drill/drill.ts';
import { memoryOf, settingOf } from '../test/harness/drill/measure.ts';
import { drillAll, healOnInterrupt, systemNamed } from '../test/harness/drill/session.ts';
import { systems } from '../test/harness/drill/systems.ts';
import { openTestCluster } from '../test/harness/drill/testcluster.ts';
import type { System } from '../test/harness/drill/types.ts';
import { missing } from '../test/harness/images/prepare.ts';
import { type Bench, emptyBench, withDrill, withInstall, withMemory } from '../test/harness/report/bench.ts';
import { htmlOf } from '../test/harness/report/html.ts';
import { markdownOf } from '../test/harness/report/markdown.ts';
import { lastPlatform } from '../test/harness/report/platform.ts';
import { timeRenders } from '../test/harness/report/rivals.ts';

const docs = join(repoRoot, 'docs');
const benchFile = join(docs, 'bench.json');
const usage = 'npm run bench -- [--runs N] [--add] [--system SYSTEM] [DRILL…|install|render|report]';

await runMain(async () => {
  const { runs, add, chosen, names } = parse(process.argv.slice(2));
  const since = add ? '' : new Date().toISOString();
  announce(console.log);

  healOnInterrupt();
  const wanted = (name: string) => names.length === 0 || names.includes(name);
  if (wanted('render') && chosen.length === systems.length) {
    const render = await timeRenders(runs);
    await keep((bench) => ({ ...bench, render }));
  }
  if (names.includes('report')) {
    const platform = await lastPlatform();
    await keep((bench) =>
      platform !== undefined && platform.at > (bench.platform?.at ?? '') ? { ...bench, platform } : bench,
    );
  }
  if (names.length > 0 && names.every((name) => ['render', 'report'].includes(name))) return;
  await using testCluster = await openTestCluster({
    elsewhere: chosen.flatMap(({ elsewhere = [] }) => elsewhere),
  });
  for (const system of chosen) {
    const reason = missing(system, testCluster.images);
    if (reason !== undefined) {
      report(`${system.name} is not measured: ${reason}`);
      continue;
    }
    for (const topology of wanted('install') ? system.topologies : []) {
      for (let run = 1; run <= runs; run++) {
        report(`install of ${system.name} ${topology.name}, run ${run} of ${runs}`);
        const installation = await Installation.open(
          testCluster,
          system,
          topology,
          `install-${topology.name}`,
        );
        try {
          const measured = {
            ...(await settingOf(installation)),
            system: system.name,
            topology: topology.name,
          };
          if (installation.installMs !== undefined) {
            const run = { ...measured, ms: installation.installMs };
            await keep((bench) => withInstall(bench, run, since));
          }
          const readings = await memoryOf(installation);
          await keep((bench) => withMemory(bench, readings));
        } finally {
          await installation.close();
        }
      }
    }
    // Round by round, so that the machine's moods spread over all drills.
    const round = system.drills.filter((drill) => wanted(drill.name));
    const drills = Array.from({ length: runs }, () => round).flat();
    for await (const result of drillAll(testCluster, system, drills)) {
      await keep((bench) => withDrill(bench, result, since));
    }
  }
  report(
    `wrote ${['bench.json', 'resilience.md', 'resilience.html'].map((file) => `docs/${file}`).join(', ')}`,
  );
});

/** `add` keeps earlier runs of the same drills: for going on where an interruption ended a measurement. */
function parse(args: string[]): { runs: number; add: boolean; chosen: readonly System[]; names: string[] } {
  const known = [
    ...systems.flatMap((system) => system.drills.map((drill) => drill.name)),
    'install',
    'render',
    'report',
  ];
  let parsed: { values: { runs: string; add: boolean; system?: string }; positionals: string[] };
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        runs: { type: 'string', default: '3' },
        add: { type: 'boolean', default: false },
        system: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UserError((error as Error).message, usage);
  }
  const runs = Number(parsed.values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new UserError(`--runs ${parsed.values.runs} is no number of runs`, usage);
  for (const name of parsed.positionals) {
    if (!known.includes(name))
      throw new UserError(`nothing to measure is called ${name}`, `name some of ${known.join(', ')}`);
  }
  const { add, system } = parsed.values;
  const chosen = system === undefined ? systems : [systemNamed(system)];
  return { runs, add, chosen, names: parsed.positionals };
}

/** Adds to what stands in docs now. Written whole after each run, so that an interruption loses nothing. */
async function keep(change: (bench: Bench) => Bench): Promise<void> {
  const text = await readFile(benchFile, 'utf8').catch(() => undefined);
  const bench = change(text === undefined ? emptyBench() : (JSON.parse(text) as Bench));
  const write = async (file: string, content: string) => {
    await writeFile(`${file}.new`, content);
    await rename(`${file}.new`, file);
  };
  await write(benchFile, `${JSON.stringify(bench, null, 1)}\n`);
  await write(join(docs, 'resilience.md'), markdownOf(bench));
  await write(join(docs, 'resilience.html'), htmlOf(bench));
}

import { readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runMain, UserError } from '../test/harness/base/errors.ts';
import { $ } from '../test/harness/base/exec.ts';
import { contentKey, directoryKey, withTempDir } from '../test/harness/base/host.ts';
import { chartsDir, repoRoot } from '../test/harness/base/paths.ts';
import { announce } from '../test/harness/base/report.ts';
import {
  bin,
  must,
  notePassed,
  passedBefore,
  runSteps,
  runVitest,
  type Step,
  shellScripts,
} from '../test/harness/base/steps.ts';
import { closingLines, sum } from '../test/harness/base/tally.ts';
import { closure, loadCharts } from '../test/harness/charts/charts.ts';
import { generatedFiles } from '../test/harness/charts/docs.ts';
import { prepareChecks } from '../test/harness/images/prepare.ts';
import { pathWith, tool } from '../test/harness/images/tools.ts';

const here = $({ cwd: repoRoot });

/** `ct lint --all` on a copy, because it packs dependencies into the charts that it looks at. */
function lintCharts(): Promise<undefined> {
  return withTempDir(async (dir) => {
    for (const name of ['ct.yaml', '.ct'])
      await cp(join(repoRoot, name), join(dir, name), { recursive: true });
    const charts = join(dir, 'charts');
    await mkdir(charts);
    await cp(chartsDir, charts, {
      recursive: true,
      filter: (source) => !/\/charts\/[^/]+\/charts$/.test(source),
    });
    const [ct, helm] = [await tool('ct'), await tool('helm')];
    const PATH = await pathWith(['helm', 'yamllint', 'yamale']);
    const key = contentKey(ct, PATH, await directoryKey(dir));
    if (passedBefore(key)) return undefined;
    const inOrder = new Set(
      loadCharts()
        .flatMap((chart) => closure(chart))
        .map((chart) => basename(chart.dir)),
    );
    for (const name of inOrder) await must($`${helm} dependency build --skip-refresh ${join(charts, name)}`);
    const run = $({ cwd: dir, env: { PATH } });
    await must(run`${ct} lint --all --skip-helm-dependencies --config ct.yaml`);
    await notePassed(key);
    return undefined;
  });
}

async function shellcheck(): Promise<undefined> {
  const program = await tool('shellcheck');
  const { own, sourced } = await shellScripts();
  await shellchecked([program, '--exclude=SC1091'], own);
  await shellchecked([program, '--exclude=SC1091', '--shell=sh'], sourced);
}

/** What a script sources lies elsewhere in a pod: each file is checked by itself, and once as it stands. */
async function shellchecked(command: readonly string[], scripts: readonly string[]): Promise<void> {
  const keyOf = (path: string) => contentKey(...command, readFileSync(join(repoRoot, path)));
  const changed = scripts.filter((path) => !passedBefore(keyOf(path)));
  if (changed.length === 0) return;
  await must(here`${command} ${changed}`);
  await Promise.all(changed.map((path) => notePassed(keyOf(path))));
}

async function shellFormat(): Promise<undefined> {
  const program = await tool('shfmt');
  const { own, sourced } = await shellScripts();
  const style = ['--indent', '2', '--case-indent'];
  const { stdout } = await here`${program} ${style} --list ${[...own, ...sourced]}`;
  const files = stdout.split('\n').filter((line) => line !== '');
  if (files.length > 0) {
    throw new UserError(
      `${files.join(', ')} ${files.length === 1 ? 'is' : 'are'} not formatted`,
      `run shfmt ${style.join(' ')} --write ${files.join(' ')}`,
    );
  }
}

async function docs(): Promise<undefined> {
  const stale = loadCharts().filter(
    (chart) =>
      chart.kind !== 'library' &&
      generatedFiles(chart).some(([path, text]) => chart.files.get(path) !== text),
  );
  if (stale.length > 0) {
    throw new UserError(
      `what npm run docs makes of ${stale.map(({ name }) => name).join(', ')} is out of date`,
      'run npm run docs and commit',
    );
  }
}

export const checks: readonly Step[] = [
  { name: 'render tests', run: () => runVitest({ project: 'render' }) },
  { name: 'types', run: () => must(here`${bin('tsc')} --noEmit`) },
  { name: 'unit tests', run: () => runVitest({ project: 'unit' }) },
  { name: 'lint', run: () => must(here`${bin('biome')} check --error-on-warnings .`) },
  { name: 'unused code', run: () => must(here`${bin('knip')} --treat-config-hints-as-errors`) },
  { name: 'shellcheck', run: shellcheck },
  { name: 'shell format', run: shellFormat },
  { name: 'ct lint', run: lintCharts },
  { name: 'docs', run: docs },
];

if (process.argv[1] === import.meta.filename) {
  await runMain(async () => {
    if (process.argv.length > 2) throw new UserError('check takes no arguments', 'run npm run check');
    announce();
    await prepareChecks();
    const tally = sum(await runSteps(checks, console.log));
    for (const line of closingLines(tally)) console.log(line);
    if (tally.failed.length > 0) process.exitCode = 1;
  });
}

import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { runMain, UserError } from '../test/harness/base/errors.ts';
import { repoRoot } from '../test/harness/base/paths.ts';
import { loadCharts } from '../test/harness/charts/charts.ts';
import { generatedFiles } from '../test/harness/charts/docs.ts';
import { operationsPage } from '../test/harness/charts/operations.ts';

/** `npm run docs`: writes what is made from the rest of a chart (values.schema.json, README.md, files/defaults.json), and docs/operations.md. `--check` only says which ones are out of date, and fails. */
await runMain(async () => {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== '--check');
  if (unknown !== undefined) throw new UserError(`docs has no option ${unknown}`, 'use --check or nothing');
  const stale: string[] = [];
  const bring = async (target: string, now: string | undefined, text: string) => {
    if (now === text) return;
    stale.push(relative(repoRoot, target));
    if (!args.includes('--check')) await writeFile(target, text);
  };
  for (const chart of loadCharts().filter(({ kind }) => kind !== 'library')) {
    for (const [path, text] of generatedFiles(chart))
      await bring(join(chart.dir, path), chart.files.get(path), text);
  }
  // Of the charts as they are now: helm reads what was written above.
  const operations = join(repoRoot, 'docs', 'operations.md');
  const now = await readFile(operations, 'utf8').catch(() => undefined);
  await bring(operations, now, await operationsPage(loadCharts()));
  if (stale.length === 0)
    console.log('the charts’ schemas, READMEs and defaults, and docs/operations.md are up to date');
  else if (args.includes('--check'))
    throw new UserError(`out of date: ${stale.join(', ')}`, 'run npm run docs and commit');
  else console.log(`wrote ${stale.join(', ')}`);
});

import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { loadCharts } from '../test/harness/charts.ts';
import { generatedFiles } from '../test/harness/docs.ts';
import { runMain, UserError } from '../test/harness/errors.ts';
import { repoRoot } from '../test/harness/paths.ts';

/** `npm run docs`: writes what is made from the rest of a chart (README.md, files/defaults.json). `--check` only says which ones are out of date, and fails. */
await runMain(async () => {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== '--check');
  if (unknown !== undefined) throw new UserError(`docs has no option ${unknown}`, 'use --check or nothing');
  const stale: string[] = [];
  for (const chart of loadCharts().filter(({ kind }) => kind !== 'library')) {
    for (const [path, text] of generatedFiles(chart)) {
      if (chart.files.get(path) === text) continue;
      const target = join(chart.dir, path);
      stale.push(relative(repoRoot, target));
      if (!args.includes('--check')) await writeFile(target, text);
    }
  }
  if (stale.length === 0) console.log('the charts’ READMEs and defaults are up to date');
  else if (args.includes('--check'))
    throw new UserError(`out of date: ${stale.join(', ')}`, 'run npm run docs and commit');
  else console.log(`wrote ${stale.join(', ')}`);
});

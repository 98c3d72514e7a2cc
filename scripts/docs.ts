import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { loadCharts } from '../test/harness/charts.ts';
import { readmeOf } from '../test/harness/docs.ts';
import { runMain, UserError } from '../test/harness/errors.ts';
import { repoRoot } from '../test/harness/paths.ts';

/** `npm run docs`: writes each chart's README.md. `--check` only says which ones are out of date, and fails. */
await runMain(async () => {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== '--check');
  if (unknown !== undefined) throw new UserError(`docs has no option ${unknown}`, 'use --check or nothing');
  const stale: string[] = [];
  for (const chart of loadCharts().filter(({ kind }) => kind !== 'library')) {
    const readme = readmeOf(chart);
    if (chart.files.get('README.md') === readme) continue;
    const path = join(chart.dir, 'README.md');
    stale.push(relative(repoRoot, path));
    if (!args.includes('--check')) await writeFile(path, readme);
  }
  if (stale.length === 0) console.log('the charts’ READMEs are up to date');
  else if (args.includes('--check'))
    throw new UserError(`out of date: ${stale.join(', ')}`, 'run npm run docs and commit');
  else console.log(`wrote ${stale.join(', ')}`);
});

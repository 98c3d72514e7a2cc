import { expect, test } from 'vitest';
import { $, ExecError } from '../harness/exec.ts';
import { repoRoot } from '../harness/paths.ts';
import { bearable } from '../systems/survivors.ts';

/** Another seed looks at other mutants; `npm run mutate` looks at all of them. */
const [size, seed] = [20, 1];

// In a process of its own: it reads the charts' own tests without vitest, see test/harness/minitest.ts.
test(`of ${size} changes to charts no more are missed than are known to be`, {
  timeout: 600_000,
}, async () => {
  const args = ['--import', 'tsx', 'scripts/mutate.ts', '--sample', String(size), '--seed', String(seed)];
  const { stdout, stderr } = await $({ cwd: repoRoot })`${process.execPath} ${args}`.catch(
    (error: unknown) => {
      if (error instanceof ExecError) return error;
      throw error;
    },
  );
  expect(stdout, stderr).toMatch(/^chart +mutants/m);
  const missed = stdout.split('\n').filter((line) => line.startsWith('survived '));
  expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(bearable * size);
});

import { expect, test } from 'vitest';
import { $, ExecError } from '../harness/exec.ts';
import { repoRoot } from '../harness/paths.ts';

/** Another seed looks at other mutants; `npm run mutate` looks at all of them. */
const [size, seed] = [40, 1];

// In a process of its own: it reads the charts' own tests without vitest, see test/harness/minitest.ts.
test(`of ${size} changes to charts none is missed that is not explained`, { timeout: 600_000 }, async () => {
  const args = ['--import', 'tsx', 'scripts/mutate.ts', '--sample', String(size), '--seed', String(seed)];
  const { stdout, stderr } = await $({ cwd: repoRoot })`${process.execPath} ${args}`.catch(
    (error: unknown) => {
      if (error instanceof ExecError) return error;
      throw error;
    },
  );
  expect(
    stdout.split('\n').filter((line) => line.startsWith('survived ')),
    stderr,
  ).toEqual([]);
  expect(stdout, stderr).toMatch(/^chart +mutants/m);
});

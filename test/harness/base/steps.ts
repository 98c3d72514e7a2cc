import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import { messageOf, UserError } from './errors.ts';
import { $, ExecError } from './exec.ts';
import { writeWhole } from './files.ts';
import { withTempDir } from './host.ts';
import { cacheRoot, repoRoot } from './paths.ts';
import { failure, nothing, type Tally } from './tally.ts';

/** One part of a check. `run` throws when it fails, and returns counts when it is itself many tests. */
export interface Step {
  name: string;
  run(): Promise<Tally | undefined>;
}

export const bin = (name: string): string => join(repoRoot, 'node_modules', '.bin', name);

/** A step's failure: what the program that failed printed, and where that is many tests, how they ended. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly tally: Tally | undefined;

  constructor(output: string, tally?: Tally) {
    super(output);
    this.tally = tally;
  }
}

/** Awaits a program that is silent unless something is wrong. Throws StepFailure with all that it printed. */
export async function must(program: Promise<unknown>): Promise<undefined> {
  try {
    await program;
    return undefined;
  } catch (error) {
    if (error instanceof ExecError && error.status !== undefined) {
      throw new StepFailure(`${error.stdout}${error.stderr}`.trim());
    }
    throw error;
  }
}

const markOf = (key: string): string => join(cacheRoot, 'passed', key);

/** Whether a check that `key` is made of all that it looks at has passed before. */
export const passedBefore = (key: string): boolean => existsSync(markOf(key));

export const notePassed = (key: string): Promise<void> => writeWhole(markOf(key), '');

/**
 * Runs steps side by side, as many as there is use for on a small machine, in the order given. Each says when it is done and how long it
 * took; what failed is shown in full when all are done.
 */
export async function runSteps(steps: readonly Step[], print: (line: string) => void): Promise<Tally[]> {
  const failures: string[] = [];
  const tallies = await pMap(
    steps,
    async (step) => {
      const started = performance.now();
      const tell = (verdict: string) =>
        print(
          `${verdict.padEnd(7)} ${step.name.padEnd(14)} ${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s`,
        );
      try {
        const tally = (await step.run()) ?? { ...nothing, passed: 1 };
        tell('ok');
        return tally;
      } catch (error) {
        const message = error instanceof UserError ? error.line : messageOf(error);
        tell('FAILED');
        failures.push(`--- ${step.name}\n${message}`);
        const tally = error instanceof StepFailure ? error.tally : undefined;
        return tally ?? { ...nothing, failed: [failure(step.name, { message })] };
      }
    },
    { concurrency: 2 },
  );
  for (const failure of failures) print(`\n${failure}`);
  return tallies;
}

interface VitestRun {
  /** With e2e come those tests of its extended tier that need no cluster. */
  project: 'unit' | 'render' | 'e2e';
  /** Parts of file names; all files unless told. */
  filters?: readonly string[];
  /** Shows what the tests print as they run. */
  live?: boolean;
}

/** Runs one project of the tests. Throws StepFailure when it fails. */
export function runVitest({ project, filters = [], live = false }: VitestRun): Promise<Tally> {
  return withTempDir(async (dir) => {
    const path = join(dir, 'tally.json');
    const projects = project === 'e2e' ? [project, 'local'] : [project];
    const args = ['run', ...projects.flatMap((name) => ['--project', name]), ...filters];
    let output = '';
    const vitest = $({
      cwd: repoRoot,
      env: { BALLAST_TALLY: path },
      timeout: 0,
      terminal: live,
      onOutput: (chunk) => (output += chunk),
    });
    // The terminal interrupts the tests as well: they heal what they broke, and this waits for them.
    const wait = () => undefined;
    process.on('SIGINT', wait);
    const ended = await vitest`${bin('vitest')} ${args}`.then(() => undefined, messageOf);
    process.off('SIGINT', wait);
    const tally = await readFile(path, 'utf8').then(
      (text) => JSON.parse(text) as Tally,
      () => nothing,
    );
    if (ended === undefined && tally.failed.length === 0) return tally;
    const message = ended ?? 'vitest says that all is well, and its tally does not';
    throw new StepFailure(output.trim() || message, {
      ...tally,
      failed: tally.failed.length > 0 ? tally.failed : [failure(`${project} tests`, { message })],
    });
  });
}

/** Every shell script of the repository, by name or by first line; `sourced` ones name no shell and run in whichever reads them. */
export async function shellScripts(): Promise<{ own: string[]; sourced: string[] }> {
  const { stdout } = await $({ cwd: repoRoot })`git ls-files --cached --others --exclude-standard`;
  const scripts = { own: [] as string[], sourced: [] as string[] };
  for (const path of stdout.split('\n')) {
    const named = /\.sh(\.tpl)?$/.test(path);
    if ((!named && !/(^|\/)[^./]+$/.test(path)) || !existsSync(join(repoRoot, path))) continue;
    const [first = ''] = readFileSync(join(repoRoot, path), 'utf8').split('\n', 1);
    if (/^#!.*\b(ba)?sh\b/.test(first)) scripts.own.push(path);
    else if (named) scripts.sourced.push(path);
  }
  return scripts;
}

/**
 * What the render tests use of vitest, for a process that runs them on one changed chart after the other: tests are collected by importing
 * their file, and run until the first that fails.
 */
import { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';

interface Collected {
  name: string;
  run: () => unknown;
}

const collected: Collected[] = [];
/** Rows that begin with one of these are not run. */
let skipped: ReadonlySet<unknown> = new Set();

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
export const expect = chai.expect;

type Row = readonly unknown[];
const wanted = (rows: readonly unknown[]): readonly unknown[] =>
  rows.filter((row) => !skipped.has(Array.isArray(row) ? row[0] : row));
const spread = (row: unknown): Row => (Array.isArray(row) ? row : [row]);

export function test(name: string, run: () => unknown): void {
  collected.push({ name, run });
}
test.each =
  (rows: readonly unknown[]) =>
  (name: string, run: (...row: never[]) => unknown): void => {
    for (const row of wanted(rows)) test(name, () => run(...(spread(row) as never[])));
  };

export function describe(_name: string, run: () => void): void {
  run();
}
describe.each =
  (rows: readonly unknown[]) =>
  (_name: string, run: (...row: never[]) => void): void => {
    for (const row of wanted(rows)) run(...(spread(row) as never[]));
  };

/** Collects what a file declares and runs it, without rows of tables that begin with one of `without`: the message of the first failure, or undefined. */
export async function firstFailure(
  load: () => Promise<unknown>,
  without: readonly string[],
): Promise<string | undefined> {
  collected.length = 0;
  skipped = new Set(without);
  try {
    await load();
    for (const { name, run } of collected) {
      try {
        await run();
      } catch (error) {
        return `${name}: ${String(error instanceof Error ? error.message : error)}`;
      }
    }
    return undefined;
  } catch (error) {
    return `its tests can't be read: ${String(error instanceof Error ? error.message : error)}`;
  } finally {
    collected.length = 0;
  }
}

import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule, TestSuite } from 'vitest/node';

interface Skipped {
  name: string;
  reason: string;
}

export interface Failed {
  name: string;
  /** Its first line. */
  message: string;
}

/** How checks and tests ended. */
export interface Tally {
  passed: number;
  failed: readonly Failed[];
  skipped: readonly Skipped[];
}

export const nothing: Tally = { passed: 0, failed: [], skipped: [] };

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (all, one) => ({
      passed: all.passed + one.passed,
      failed: [...all.failed, ...one.failed],
      skipped: [...all.skipped, ...one.skipped],
    }),
    nothing,
  );
}

/** What a run says at its end: what failed or was skipped and why, a line each, then the counts alone on the last line. */
export function closingLines({ passed, failed, skipped }: Tally): string[] {
  return [
    ...failed.map(({ name, message }) => `failed: ${name}: ${message}`),
    ...skipped.map(({ name, reason }) => `skipped: ${name}: ${reason}`),
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ];
}

/** Writes the tally of a vitest run to a file: vitest's own JSON report leaves out why a test was skipped. */
export class TallyReporter implements Reporter {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const outside = { ...nothing, failed: unhandled.map((error) => failure('outside of all tests', error)) };
    writeFileSync(this.#path, JSON.stringify(sum([...modules.map(tallyOf), outside])));
  }
}

export function failure(name: string, error: { message: string } | undefined): Failed {
  const [message = ''] = (error?.message ?? 'without an error').trim().split('\n', 1);
  return { name, message };
}

/** Errors outside of tests (a file that can't be loaded, a hook that fails) count as one failure each. */
function tallyOf(module: TestModule): Tally {
  const skipped: Skipped[] = [];
  const failed: Failed[] = [
    ...module.errors().map((error) => failure(module.relativeModuleId, error)),
    ...[...module.children.allSuites()].flatMap((suite) =>
      suite.errors().map((error) => failure(suite.fullName, error)),
    ),
  ];
  let passed = 0;
  for (const test of module.children.allTests()) {
    const result = test.result();
    if (result.state === 'passed') passed++;
    else if (result.state === 'failed') failed.push(failure(test.fullName, result.errors[0]));
    else {
      const note = result.state === 'skipped' ? result.note : undefined;
      const reason = note ?? (brokenAround(test.parent) ? 'what comes before it failed' : 'no reason given');
      skipped.push({ name: test.fullName, reason });
    }
  }
  return { passed, failed, skipped };
}

function brokenAround(parent: TestSuite | TestModule): boolean {
  return parent.errors().length > 0 || (parent.type === 'suite' && brokenAround(parent.parent));
}

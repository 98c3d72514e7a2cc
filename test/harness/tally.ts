import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule, TestSuite } from 'vitest/node';

export interface Skipped {
  name: string;
  reason: string;
}

/** How checks and tests ended. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: readonly Skipped[];
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: [] };

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (all, one) => ({
      passed: all.passed + one.passed,
      failed: all.failed + one.failed,
      skipped: [...all.skipped, ...one.skipped],
    }),
    nothing,
  );
}

/** What a run says at its end: what was skipped and why, then the counts alone on the last line. */
export function closingLines({ passed, failed, skipped }: Tally): string[] {
  return [
    ...skipped.map(({ name, reason }) => `skipped: ${name}: ${reason}`),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ];
}

/** Writes the tally of a vitest run to a file: vitest's own JSON report leaves out why a test was skipped. */
export class TallyReporter implements Reporter {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tallies = modules.map(tallyOf);
    writeFileSync(this.#path, JSON.stringify(sum([...tallies, { ...nothing, failed: unhandled.length }])));
  }
}

/** Errors outside of tests (a file that can't be loaded, a hook that fails) count as one failure each. */
function tallyOf(module: TestModule): Tally {
  const skipped: Skipped[] = [];
  let passed = 0;
  let failed = module.errors().length;
  for (const suite of module.children.allSuites()) failed += suite.errors().length;
  for (const test of module.children.allTests()) {
    const result = test.result();
    if (result.state === 'passed') passed++;
    else if (result.state === 'failed') failed++;
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

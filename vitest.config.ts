import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { TallyReporter } from './test/harness/base/tally.ts';

/** Where scripts/test.ts wants the counts. */
const tally = process.env.BALLAST_TALLY;

/** Tests of the extended tier are left out unless they were asked for. */
const unlessExtended = (files: string): string[] => (process.env.BALLAST_TIER === 'all' ? [] : [files]);

/** The e2e tests that take longest; they begin first, so that none is left alone at the end. */
const longest = ['readmes', 'redis', 'rabbitmq', 'mysql', 'rocketmq'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const first = longest.flatMap((system) =>
      files.filter(
        ({ moduleId }) =>
          moduleId.endsWith(`/${system}/e2e.test.ts`) || moduleId.endsWith(`/e2e/${system}.test.ts`),
      ),
    );
    return [...new Set([...first, ...(await super.sort(files))])];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: tally ? ['default', new TallyReporter(tally)] : ['default'],
    projects: [
      { test: { name: 'unit', include: ['test/harness/**/*.test.ts'], testTimeout: 120_000 } },
      {
        test: {
          name: 'render',
          include: ['test/contract/**/*.test.ts', 'test/systems/*/{render,model}.test.ts'],
          // Workers whose modules stay: charts are read, schemas loaded and renders made once for all of their files.
          pool: 'threads',
          isolate: false,
          maxWorkers: 2,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/systems/*/e2e.test.ts'],
          exclude: unlessExtended('test/e2e/**/*.extended.test.ts'),
          globalSetup: ['test/e2e/globalsetup.ts'],
          maxWorkers: 2,
          testTimeout: 900_000,
          hookTimeout: 1_800_000,
        },
      },
      {
        // Of the extended tier: servers that run on this machine itself, for which no cluster is opened.
        test: {
          name: 'local',
          include: ['test/systems/*/local.test.ts'],
          exclude: unlessExtended('test/systems/*/local.test.ts'),
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';
import { TallyReporter } from './test/harness/tally.ts';

/** Where scripts/test.ts wants the counts. */
const tally = process.env.BALLAST_TALLY;

export default defineConfig({
  test: {
    reporters: tally ? ['default', new TallyReporter(tally)] : ['default'],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        test: {
          name: 'render',
          include: ['test/render/**/*.test.ts'],
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
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/ground.ts'],
          maxWorkers: 2,
          testTimeout: 900_000,
          hookTimeout: 1_800_000,
        },
      },
    ],
  },
});

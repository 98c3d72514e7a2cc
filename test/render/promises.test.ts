import { describe, expect, test } from 'vitest';
import { brokenBy, casesOf } from '../harness/promises.ts';
import { promises } from '../systems/index.ts';
import { chartNamed } from './suite.ts';

describe.each(promises.map((table) => [table.chart, table] as const))(
  'what %s promises rests on what its pods are given',
  (name, table) => {
    const chart = chartNamed(name);
    test.each(casesOf(chart, table).map((one) => [one.name, one] as const))('%s', async (_, one) => {
      expect(await brokenBy(chart, table, one)).toEqual([]);
    });
  },
);

import { describe, expect, test } from 'vitest';
import { rules } from './contract.ts';
import { loadSubjects } from './suite.ts';

const subjects = await loadSubjects();

describe.each(subjects.map((subject) => [subject.chart.name, subject] as const))('chart %s', (_, subject) => {
  test.each(rules.map((rule) => [rule.id, rule.title, rule] as const))('%s: %s', (_id, _title, rule) => {
    expect(rule.check(subject)).toEqual([]);
  });
});

test.each(['application', 'umbrella'])('charts of kind %s were looked at, each in several cases', (kind) => {
  const counts = subjects.filter(({ chart }) => chart.kind === kind).map(({ cases }) => cases.length);
  expect(counts).not.toEqual([]);
  expect(Math.min(...counts)).toBeGreaterThan(1);
});

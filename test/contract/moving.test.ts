import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repoRoot } from '../harness/base/paths.ts';
import { charts } from './suite.ts';

/** docs/moving.md names our values beside others': each of ours has to be there, and each architecture one of the chart's. */

const text = await readFile(join(repoRoot, 'docs', 'moving.md'), 'utf8');
const names = text.slice(text.indexOf('## What the values'), text.indexOf('## MySQL'));
const sections = names.split(/^### /m).slice(1);
const systems = sections
  .map((section) => section.split('\n', 1)[0] ?? '')
  .filter((name) => name !== 'All systems');

function reaches(values: unknown, path: string): boolean {
  let at = values;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !(key in at)) return false;
    at = (at as Record<string, unknown>)[key];
  }
  return true;
}

describe.each(sections.map((section) => [section.split('\n', 1)[0] ?? '', section] as const))(
  '%s',
  (name, section) => {
    const rows = [...section.matchAll(/^\| (.+) \| (.+) \|$/gm)].slice(1);
    const ours = rows.flatMap(([, , here = '']) =>
      here.startsWith('none') || here.startsWith('always')
        ? []
        : [...here.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
    );
    // Services have the release's name in front.
    const values = ours.filter((code) => !code.startsWith('new-'));

    test.each(values)('%s', (code) => {
      const [path = '', value] = code.split(': ');
      for (const one of name === 'All systems' ? systems : [name]) {
        const chart = charts.find((each) => each.name === one);
        if (!chart) throw new Error(`there is no chart ${one}`);
        expect(reaches(chart.values, path), `${one}: ${path}`).toBe(true);
        if (path === 'architecture' && value !== undefined)
          expect(
            chart.topologies.some((topology) => topology.values.architecture === value),
            `${one}: ${code}`,
          ).toBe(true);
      }
    });
  },
);

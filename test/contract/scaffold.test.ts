import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '../harness/base/paths.ts';
import { type Chart, chartOf } from '../harness/charts/charts.ts';
import { generatedFiles } from '../harness/charts/docs.ts';
import { registrations, scaffold } from '../harness/charts/scaffold.ts';
import { checkContract, loadSubject } from './contract.ts';
import { chartNamed, images } from './suite.ts';

/** `npm run new` makes charts that keep the contract before anybody has written a line of them. */

const common = chartNamed('common');
const image = 'docker.io/library/redis:8';

function made(kind: 'stateful' | 'stateless'): { chart: Chart; paths: string[] } {
  const system = { name: 'newcomer', title: 'Newcomer', image, port: 4000, kind };
  const paths = scaffold(system);
  const root = 'charts/newcomer/';
  const own = new Map(
    [...paths]
      .filter(([path]) => path.startsWith(root))
      .map(([path, text]) => [path.slice(root.length), text]),
  );
  const dir = join(repoRoot, root);
  const parts = [['common', common]] as const;
  for (const [path, text] of generatedFiles(chartOf(dir, own, parts))) own.set(path, text);
  return { chart: chartOf(dir, own, parts), paths: [...paths.keys()] };
}

test.each(['stateful', 'stateless'] as const)('%s', async (kind) => {
  const { chart, paths } = made(kind);
  expect(await checkContract(await loadSubject(chart, chart.topologies, images))).toEqual([]);
  expect(paths).toContain('test/systems/newcomer/render.test.ts');
  // By which .github/renovate.json tells a system's appVersion from the umbrella's.
  expect(chart.files.get('Chart.yaml')).toMatch(/\nsources:\n/);
});

test.each([
  ['Newcomer', image, 1, 'Newcomer is no name of a chart'],
  ['newcomer', 'redis:8', 1, 'redis:8 is no reference of an image'],
  ['newcomer', 'docker.io/library/redis', 1, 'docker.io/library/redis is no reference of an image'],
  ['newcomer', image, 0, '0 is no port'],
  ['newcomer', image, Number.NaN, 'NaN is no port'],
])('%s, %s, %d is refused', (name, reference, port, message) => {
  expect(() => scaffold({ name, title: 'Newcomer', image: reference, port, kind: 'stateful' })).toThrow(
    message,
  );
});

test('a system is put where all are named', () => {
  const system = {
    name: 'newcomer',
    title: 'Newcomer',
    image: 'docker.io/library/newcomer:1',
    port: 1,
    kind: 'stateful',
  } as const;
  const texts = new Map(
    [...registrations(system)].map(([path, change]) => [
      path,
      change('  artifacthub.io/changes: |\nhelm dependency build charts/ballast\n'),
    ]),
  );
  expect(texts.get('charts/ballast/Chart.yaml')).toMatch(
    /newcomer:1\n {2}artifacthub[\s\S]*condition: newcomer\.enabled/,
  );
  expect(texts.get('charts/ballast/values.yaml')).toContain('\nnewcomer:\n  # -- Whether Newcomer is part');
  expect(texts.get('README.md')).toContain('charts/newcomer\nhelm dependency build charts/ballast');
  expect(texts.get('images/images.yaml')).toContain('\ndocker.io/library/newcomer:1: null\n');
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Chart } from '../harness/charts.ts';
import { commandsOfSection } from '../harness/commands.ts';
import { hookOf } from '../harness/manifests.ts';
import { repoRoot } from '../harness/paths.ts';
import { RenderFailure, render } from '../harness/render.ts';
import type { Values } from '../harness/systems.ts';
import { setting } from '../harness/values.ts';
import { charts, profiles } from './suite.ts';

const umbrellas = charts.filter(({ kind }) => kind === 'umbrella');
const systemsOf = (chart: Chart) => chart.dependencies.filter(([, { kind }]) => kind === 'application');
const systems = umbrellas.flatMap((chart) => systemsOf(chart).map(([key]) => ({ chart, key })));

async function refusal(chart: Chart, values: Values): Promise<string> {
  const failure = await render(chart, { values }).catch((error: unknown) => error);
  return failure instanceof RenderFailure ? failure.message : 'no refusal';
}

describe.each(systems.map(({ chart, key }) => [key, chart] as const))('%s in the umbrella', (key, chart) => {
  test('is not there unless it is enabled', async () => {
    const { objects } = await render(chart, { values: { [key]: { enabled: false } } });
    expect(objects).toEqual([]);
  });

  test.each([
    ['empty', null],
    ['empty where it says whether', { enabled: null }],
  ])('is not there where its key is %s', async (_, value) => {
    const { objects } = await render(chart, { values: { [key]: value } });
    expect(objects).toEqual([]);
  });

  test('is there when it is enabled, and nothing else is', async () => {
    const { objects } = await render(chart, { release: 'shop', values: { [key]: { enabled: true } } });
    expect(objects.length).toBeGreaterThan(0);
    expect(objects.filter(({ metadata }) => !metadata.name.startsWith(`shop-${key}`))).toEqual([]);
  });

  test('refuses a misspelt key, with its path', async () => {
    const values = { [key]: { enabled: true, image: { tagg: 'x' } } };
    expect(await refusal(chart, values)).toMatch(/at '\/image': additional properties 'tagg' not allowed$/);
  });
});

test('the front page installs the umbrella as its own README says', () => {
  const front = readFileSync(join(repoRoot, 'README.md'), 'utf8');
  for (const chart of umbrellas) {
    const own = commandsOfSection(chart.files.get('README.md') ?? '', '## Install');
    expect(own).not.toEqual([]);
    expect(commandsOfSection(front, '## On a cluster of your own')).toEqual(own);
  }
});

describe('profiles', () => {
  test.each(umbrellas.flatMap((chart) => profiles.map(({ name, values }) => [name, chart, values] as const)))(
    '%s enables something',
    async (_, chart, values) => {
      const { pods } = await render(chart, { values });
      expect(pods.filter(({ replicas }) => replicas !== undefined)).not.toEqual([]);
    },
  );

  test('in production, that a cluster exists is recorded right after it was provisioned, whatever fails elsewhere', async () => {
    const prod = profiles.find(({ name }) => name === 'prod');
    for (const chart of umbrellas) {
      const { objects } = await render(chart, { values: prod?.values ?? {} });
      // Helm's own order of an event's hooks: by weight, and then by name.
      const jobs = objects
        .filter((object) => object.kind === 'Job' && hookOf(object)?.events.includes('post-install'))
        .map((object) => ({ name: object.metadata.name, weight: hookOf(object)?.weight ?? 0 }))
        .sort((a, b) => a.weight - b.weight || (a.name < b.name ? -1 : 1))
        .map(({ name }) => name);
      const records = jobs.filter((name) => name.endsWith('-record'));
      expect(records).not.toEqual([]);
      for (const name of records)
        expect(jobs[jobs.indexOf(name) - 1]).toBe(name.replace(/-record$/, '-provision'));
    }
  });

  test('production and staging have no single instance', async () => {
    for (const { name, values } of profiles.filter((profile) => ['prod', 'staging'].includes(profile.name))) {
      for (const chart of umbrellas) {
        const { scalables } = await render(chart, { values });
        expect(
          scalables.map(({ spec }) => spec.replicas ?? 1).filter((replicas) => replicas < 2),
          name,
        ).toEqual([]);
      }
    }
  });
});

test.each(umbrellas.map((chart) => [chart.name, chart] as const))(
  '%s refuses an unknown system',
  async (_, chart) => {
    expect(await refusal(chart, { nosuchsystem: { enabled: true } })).toMatch(
      /additional properties 'nosuchsystem' not allowed$/,
    );
  },
);

describe('a misspelt key is refused by helm too, wherever it stands', () => {
  const samples = charts
    .filter(({ kind }) => kind === 'application')
    .flatMap((chart) => [
      { chart, path: ['replicass'] },
      { chart, path: ['image', 'tagg'] },
      { chart, path: ['resources', 'limits', 'memry'] },
    ]);
  test.each(samples.map(({ chart, path }) => [chart.name, path.join('.'), chart, path] as const))(
    '%s: %s',
    async (_, __, chart, path) => {
      const parent = path.slice(0, -1).map((key) => `/${key}`);
      expect(await refusal(chart, setting(path, '1'))).toBe(
        "values don't meet the specifications of the schema(s) in the following chart(s): " +
          `${chart.name}: at '${parent.join('')}': additional properties '${path.at(-1)}' not allowed`,
      );
    },
  );
});

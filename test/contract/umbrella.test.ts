import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { merge } from '../harness/base/merge.ts';
import { repoRoot } from '../harness/base/paths.ts';
import type { Chart } from '../harness/charts/charts.ts';
import { hookOf, type Labels, nameOf } from '../harness/charts/manifests.ts';
import { RenderFailure, render } from '../harness/charts/render.ts';
import { setting } from '../harness/charts/values.ts';
import { commandsOfSection } from '../harness/cluster/commands.ts';
import type { Values } from '../harness/drill/types.ts';
import { chartNamed, charts, least, profiles } from './suite.ts';

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
    const part = chart.dependencies.find(([one]) => one === key)?.[1];
    const needs = part === undefined ? {} : least(part);
    const { objects } = await render(chart, {
      release: 'shop',
      values: { [key]: { ...needs, enabled: true } },
    });
    expect(objects.length).toBeGreaterThan(0);
    const others = objects.filter(({ metadata }) => !metadata.name.startsWith(`shop-${key}`));
    // Its hooks run with those of the others.
    expect(others.filter(({ metadata }) => !metadata.name.startsWith(`shop-${chart.name}-`))).toEqual([]);
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

describe.each(umbrellas.map((chart) => [chart.name, chart] as const))('hooks of %s', (name, chart) => {
  const dev = profiles.find((profile) => profile.name === 'dev')?.values ?? {};
  const jobs = async (values: Values) =>
    (await render(chart, { release: 'shop', values: merge(dev, values) }))
      .all('Job')
      .filter((job) => hookOf(job) !== undefined);
  const containersOf = (job: Awaited<ReturnType<typeof jobs>>[number] | undefined) =>
    job?.spec.template.spec.containers ?? [];

  test('one Job prepares all parts, one replaces StatefulSets, and one provisions: helm waits for each object of a hook', async () => {
    const { objects } = await render(chart, { release: 'shop', values: dev });
    const hooks = objects.filter((object) => ![undefined, 'test'].includes(hookOf(object)?.events.join()));
    expect(hooks.map(nameOf).sort()).toEqual(
      ['ConfigMap', 'Job', 'Role', 'RoleBinding', 'ServiceAccount']
        .flatMap((kind) => [`${kind}/shop-${name}-prepare`, `${kind}/shop-${name}-replace`])
        .concat(`Job/shop-${name}-provision`)
        .sort(),
    );
    const enabled = systemsOf(chart)
      .map(([key]) => key)
      .filter((key) => (dev[key] as Values | undefined)?.enabled === true);
    const prepare = (await jobs({})).find(({ metadata }) => metadata.name === `shop-${name}-prepare`);
    expect(
      containersOf(prepare)
        .map((container) => container.name)
        .sort(),
    ).toEqual(enabled.sort());
  });

  test('who provisions is the user of the system’s own image, and has its Secrets alone', async () => {
    const provision = (await jobs({})).find(({ metadata }) => metadata.name === `shop-${name}-provision`);
    const containers = containersOf(provision);
    expect(containers.length).toBeGreaterThan(1);
    for (const { name: system, securityContext, volumeMounts = [] } of containers) {
      const alone = await render(
        chartNamed(chart.dependencies.find(([key]) => key === system)?.[1].name ?? ''),
        {
          release: 'shop',
          values: (dev[system] ?? {}) as Values,
        },
      );
      const own = alone.one('Job', `shop-${system}-provision`).spec.template.spec;
      expect(securityContext?.runAsUser, system).toBe(own.securityContext?.runAsUser);
      expect(volumeMounts.map((mount) => [mount.name, mount.mountPath])).toEqual(
        own.containers[0]?.volumeMounts?.map((mount) => [`${system}-${mount.name}`, mount.mountPath]),
      );
    }
  });

  test('a part whose pods have another place, or other labels, has Jobs of its own', async () => {
    const values: Values = {
      mysql: { scheduling: { nodeSelector: { disk: 'fast' } } },
      redis: { podLabels: { team: 'cache' } },
    };
    const found = (await jobs(values)).filter(({ metadata }) => metadata.name.includes('-provision'));
    expect(found.map((job) => containersOf(job).map((container) => container.name))).toContainEqual([
      'mysql',
    ]);
    expect(found.map((job) => containersOf(job).map((container) => container.name))).toContainEqual([
      'redis',
    ]);
    expect(found.length).toBe(3);
    const [redis] = found.filter((job) => containersOf(job)[0]?.name === 'redis');
    expect(redis?.spec.template.metadata?.labels).toMatchObject({ team: 'cache' });
  });

  test('members let the joint Job in where the hooks of their own chart may come in', async () => {
    const joint = {
      'app.kubernetes.io/component': 'hook',
      'app.kubernetes.io/instance': 'shop',
      'app.kubernetes.io/name': name,
    };
    const output = await render(chart, { release: 'shop', values: dev });
    const own = (peer: unknown) =>
      (peer as { podSelector?: { matchLabels?: Labels } }).podSelector?.matchLabels ?? {};
    const inside = output
      .all('NetworkPolicy')
      .flatMap(({ spec }) => spec.ingress ?? [])
      .map(({ from = [] }) => from.map(own))
      .filter((peers) => peers.some((labels) => labels['app.kubernetes.io/component'] === 'hook'));
    expect(inside).not.toEqual([]);
    for (const peers of inside) expect(peers).toContainEqual(joint);
  });

  test('they are guarded by a policy unless no part has any', async () => {
    const guards = async (enabled: boolean) =>
      (
        await render(chart, {
          release: 'shop',
          values: { mysql: { enabled: true, networkPolicy: { enabled } } },
        })
      )
        .all('NetworkPolicy')
        .map(({ metadata }) => metadata.name);
    expect(await guards(true)).toContain(`shop-${name}-hooks`);
    expect(await guards(false)).toEqual([]);
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

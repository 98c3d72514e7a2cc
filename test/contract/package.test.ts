import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { repoRoot } from '../harness/base/paths.ts';
import { type Chart, closure } from '../harness/charts/charts.ts';
import { mapsOf } from '../harness/charts/values.ts';
import { charts, hasImage } from './suite.ts';

/** What a chart's package says of itself to whoever looks for one: Chart.yaml's annotations for Artifact Hub, icon, CHANGELOG.md. */

interface Metadata {
  home: string;
  icon?: string;
  appVersion?: string;
  annotations?: Record<string, string>;
}

const metadataOf = (chart: Chart): Metadata => parse(chart.files.get('Chart.yaml') ?? '') as Metadata;
const annotation = (chart: Chart, name: string): unknown =>
  parse(metadataOf(chart).annotations?.[`artifacthub.io/${name}`] ?? '');

interface Change {
  kind: string;
  description: string;
}

/** The newest version of a CHANGELOG.md, and its entries in order. */
function newest(markdown: string): { version: string | undefined; changes: Change[] } {
  const [, section = ''] = markdown.split(/^## /m);
  const [version] = section.split('\n');
  const changes = section
    .split(/^### /m)
    .slice(1)
    .flatMap((part) => {
      const kind = part.split('\n', 1).join().trim().toLowerCase();
      return [...part.matchAll(/^- (.*)$/gm)].map(([, description = '']) => ({ kind, description }));
    });
  return { version, changes };
}

const kinds = ['added', 'changed', 'deprecated', 'removed', 'fixed', 'security'];
const categories = [
  ...['ai-machine-learning', 'database', 'integration-delivery', 'monitoring-logging', 'networking'],
  ...['security', 'storage', 'streaming-messaging', 'skip-prediction'],
];

/** Every image that a chart and those it is made of name by default. */
const imagesOf = (chart: Chart): string[] =>
  closure(chart).flatMap(({ values }) =>
    mapsOf(values)
      .map(({ map }) => map)
      .filter(({ repository }) => typeof repository === 'string' && repository !== '')
      .map(({ registry, repository, tag }) => `${registry}/${repository}:${tag}`),
  );

describe.each(charts.map((chart) => [chart.name, chart] as const))('%s', (_, chart) => {
  test('CHANGELOG.md begins with the chart’s version, and artifacthub.io/changes repeats it', () => {
    const { version, changes } = newest(chart.files.get('CHANGELOG.md') ?? '');
    expect(version).toBe(chart.metadata.version);
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.filter(({ kind }) => !kinds.includes(kind))).toEqual([]);
    expect(annotation(chart, 'changes')).toEqual(changes);
  });

  test('has a category, a license and links', () => {
    expect(categories).toContain(annotation(chart, 'category'));
    expect(annotation(chart, 'license')).toBe('Apache-2.0');
    const links = annotation(chart, 'links') as { name: string; url: string }[];
    const own = `${metadataOf(chart).home}/blob/main/`;
    const dead = links
      .map(({ url }) => url)
      .filter((url) => url.startsWith(own) && !existsSync(join(repoRoot, url.slice(own.length))));
    expect(links.filter(({ name, url }) => name === '' || !url.startsWith('https://'))).toEqual([]);
    expect(dead).toEqual([]);
  });

  test('lists the images that its values name', () => {
    const listed = (annotation(chart, 'images') ?? []) as { name: string; image: string }[];
    expect(listed.map(({ image }) => image).sort()).toEqual([...new Set(imagesOf(chart))].sort());
    expect(new Set(listed.map(({ name }) => name)).size).toBe(listed.length);
  });

  test('has an icon of ours', () => {
    const { home, icon } = metadataOf(chart);
    const path = `docs/icons/${chart.name}.svg`;
    expect(icon).toBe(`${home.replace('://github.com/', '://raw.githubusercontent.com/')}/main/${path}`);
    expect(existsSync(join(repoRoot, path))).toBe(true);
  });
});

test.each(
  charts
    .filter((chart) => chart.kind === 'application' && hasImage(chart))
    .map((chart) => [chart.name, chart] as const),
)('%s: appVersion is the version that the server’s image has by default', (_, chart) => {
  const { tag } = chart.values.image as { tag: string };
  expect(metadataOf(chart).appVersion).toBe(tag.replace(/-[a-z].*/, ''));
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { $ } from '../base/exec.ts';
import { repoRoot } from '../base/paths.ts';
import { loadCharts } from '../charts/charts.ts';
import { mapsOf } from '../charts/values.ts';
import { systems } from '../drill/systems.ts';
import { imageCatalog } from './images.ts';
import { pinned } from './tools.ts';

/** .github/renovate.json finds each pin that none of Renovate's own managers knows how to read. */

interface CustomManager {
  managerFilePatterns: readonly string[];
  matchStrings: readonly string[];
  matchStringsStrategy?: 'any' | 'recursive';
  depNameTemplate?: string;
  datasourceTemplate: string;
}

const read = (path: string): string => readFileSync(join(repoRoot, path), 'utf8');
const { customManagers: managers } = JSON.parse(read('.github/renovate.json')) as {
  customManagers: readonly CustomManager[];
};

type Groups = Readonly<Record<string, string>>;

/** As Renovate reads a file: each expression in the whole of it, or each in what the one before it matched. */
function matchesOf({ matchStrings, matchStringsStrategy }: CustomManager, text: string): Groups[] {
  const all = (source: string, within: string) => [...within.matchAll(new RegExp(source, 'g'))];
  if (matchStringsStrategy !== 'recursive')
    return matchStrings.flatMap((source) => all(source, text).map(({ groups = {} }) => groups));
  const descend = (within: string, groups: Groups, [source, ...deeper]: readonly string[]): Groups[] =>
    source === undefined
      ? [groups]
      : all(source, within).flatMap((match) => descend(match[0], { ...groups, ...match.groups }, deeper));
  return descend(text, {}, matchStrings);
}

function pinsOf(manager: CustomManager, file: string): string[] {
  return matchesOf(manager, read(file)).map(({ depName = '', currentValue = '' }) => {
    const name = manager.depNameTemplate?.replace('{{{depName}}}', depName) ?? depName;
    return `${file}: ${name} ${currentValue}`;
  });
}

function filesOf({ managerFilePatterns }: CustomManager, files: readonly string[]): string[] {
  const patterns = managerFilePatterns.map((pattern) => new RegExp(pattern.slice(1, -1)));
  return files.filter((file) => patterns.some((pattern) => pattern.test(file)));
}

/** Images of ours move with our releases: a rule of renovate.json takes them out, wherever they are found. */
const ours = /(ghcr|docker)\.io\/ballast-charts\//;

let files: string[];
let found: string[];
beforeAll(async () => {
  const { stdout } = await $({ cwd: repoRoot })`git ls-files --cached --others --exclude-standard`;
  files = stdout.split('\n').filter((file) => file !== '');
  found = managers
    .flatMap((manager) => filesOf(manager, files).flatMap((file) => pinsOf(manager, file)))
    .filter((pin) => !ours.test(pin));
});

const name = ({ matchStrings, managerFilePatterns }: CustomManager) =>
  `${managerFilePatterns[0]} ${matchStrings[0]}`;

describe.each(managers.map((manager) => [name(manager), manager] as const))('%s', (_, manager) => {
  test('matches something in each pattern’s files', () => {
    const empty = manager.managerFilePatterns.filter(
      (pattern) =>
        !filesOf({ ...manager, managerFilePatterns: [pattern] }, files).some(
          (file) => pinsOf(manager, file).length > 0,
        ),
    );
    expect(empty).toEqual([]);
  });

  test('each expression matches something', () => {
    if (manager.matchStringsStrategy === 'recursive') return;
    const idle = manager.matchStrings.filter(
      (source) =>
        !filesOf(manager, files).some((file) => pinsOf({ ...manager, matchStrings: [source] }, file).length),
    );
    expect(idle).toEqual([]);
  });

  test('is what RE2 takes: it looks neither ahead nor behind nor back', () => {
    expect(manager.matchStrings.filter((source) => /\(\?(?!<\w)|\\[1-9k]/.test(source))).toEqual([]);
    expect(manager.managerFilePatterns.filter((pattern) => !/^\/.*\/$/.test(pattern))).toEqual([]);
  });
});

const charts = loadCharts();
const imagesOf = (values: (typeof charts)[number]['values']) =>
  mapsOf(values).flatMap(({ map: { registry = 'docker.io', repository, tag } }) =>
    registry === 'docker.io' && typeof repository === 'string' && repository !== ''
      ? [`docker.io/${repository} ${tag}`]
      : [],
  );

test('leaves alone what is ours', () => {
  const { packageRules } = JSON.parse(read('.github/renovate.json')) as {
    packageRules: readonly { matchPackageNames?: readonly string[]; enabled?: boolean }[];
  };
  const off = packageRules
    .filter(({ enabled }) => enabled === false)
    .flatMap((rule) => rule.matchPackageNames ?? []);
  expect(off).toContain(`/${ours.source}/`);
});

test('finds every image of the catalog that a registry has', async () => {
  const refs = [...(await imageCatalog()).keys()].filter(
    (ref) => !ref.startsWith('ballast.dev/') && !ours.test(ref),
  );
  const pins = refs.map((ref) => `images/images.yaml: ${ref.replace(/:(?=[^:]*$)/, ' ')}`);
  expect(found.filter((pin) => /images\.yaml: (docker|registry\.k8s)\.io/.test(pin))).toEqual(pins);
});

test('finds every default image in the charts’ schemas, and no other', () => {
  const pins = charts.flatMap(({ name, values }) =>
    imagesOf(values).map((image) => `charts/${name}/values.schema.json: ${image}`),
  );
  expect(pins.length).toBeGreaterThan(10);
  expect(found.filter((pin) => pin.includes('schema.json: docker.io/')).sort()).toEqual(pins.sort());
});

test('finds every image and appVersion of Chart.yaml', () => {
  const pins = charts.flatMap(({ name, kind, values, files: own }) => {
    const { appVersion, annotations = {} } = parse(own.get('Chart.yaml') ?? '') as {
      appVersion: string;
      annotations?: Record<string, string>;
    };
    const listed = parse(annotations['artifacthub.io/images'] ?? '[]') as { image: string }[];
    const [first] = listed;
    // What runs the user's image has no version of one.
    const versioned = kind === 'application' && (values.image as { tag?: string } | undefined)?.tag !== '';
    const [server = ''] = versioned && !ours.test(first?.image ?? '') ? imagesOf(values) : [];
    const images = listed
      .filter(({ image }) => !ours.test(image))
      .map(({ image }) => image.replace(/:(?=[^:]*$)/, ' '));
    const version = server === '' ? [] : [server.replace(/ .*/, ` ${appVersion}`)];
    return [...images, ...version].map((pin) => `charts/${name}/Chart.yaml: ${pin}`);
  });
  expect(found.filter((pin) => pin.includes('/Chart.yaml: ')).sort()).toEqual(pins.sort());
});

test('finds every tag of the charts’ examples', () => {
  const pins = charts.flatMap(({ name, topologies }) =>
    topologies.flatMap(({ name: example, values }) =>
      mapsOf(values).flatMap(({ map }) =>
        // Ours are in no registry.
        'tag' in map && map.registry !== 'ballast.dev'
          ? [`charts/${name}/ci/${example}-values.yaml: ${map.tag}`]
          : [],
      ),
    ),
  );
  expect(pins.length).toBeGreaterThan(2);
  const tags = found.map((pin) => pin.replace(/: \S+ /, ': '));
  expect(pins.filter((pin) => !tags.includes(pin))).toEqual([]);
});

test('finds all that looks like a pinned image, module or package in the harness', () => {
  const sources = files.filter((file) => /^(test|scripts)\/.*\.ts$/.test(file) && !file.endsWith('.test.ts'));
  const pin =
    /['`](docker\.io\/[^:'`\s]+:[^'`\s$]+|[\w.-]+==[\d.]+|(?:github\.com|sigs\.k8s\.io)\/[^@'`\s]+@v[\d.]+|[\w.]+:[\w-]+:\d[\d.]+[^'`\s]*)['`]/g;
  const pins = sources.flatMap((file) =>
    [...read(file).matchAll(pin)].map(([, text = '']) => ({ file, text })),
  );
  expect(pins.length).toBeGreaterThan(6);
  const lost = pins.filter(
    ({ file, text }) =>
      !found.some((one) => {
        const [where, what = '', version = ''] = one.split(/:? /);
        return where === file && text.startsWith(what) && text.includes(version, what.length);
      }),
  );
  expect(lost).toEqual([]);
});

describe('the workflows', () => {
  const workflows = () => files.filter((file) => file.startsWith('.github/workflows/'));

  test('name each action by its commit, and its version beside it', () => {
    const uses = workflows().flatMap((file) =>
      [...read(file).matchAll(/uses: (.*)$/gm)].map(([, use = '']) => use),
    );
    expect(uses.length).toBeGreaterThan(5);
    expect(uses.filter((use) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use))).toEqual([]);
  });

  test('every test with a cluster runs at night, and every drill', () => {
    const nightly = parse(read('.github/workflows/nightly.yaml')) as {
      jobs: Record<'extended' | 'drills', { strategy: { matrix: { system: string[] } } }>;
    };
    const filters = nightly.jobs.extended.strategy.matrix.system;
    const tests = files.filter((file) =>
      /^test\/(e2e\/.*|systems\/.*\/e2e)\.extended\.test\.ts$|\/e2e\.test\.ts$/.test(file),
    );
    expect(tests.length).toBeGreaterThan(20);
    expect(tests.filter((file) => !filters.some((filter) => file.includes(filter)))).toEqual([]);
    expect(nightly.jobs.drills.strategy.matrix.system.toSorted()).toEqual(
      systems
        .filter(({ drills }) => drills.length > 0)
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  test.each([
    ['azure/setup-helm', 'helm'],
    ['helm/chart-testing-action', 'ct'],
  ] as const)('%s installs the version of tools/%s', async (action, module) => {
    const { version } = await pinned(module);
    const text = workflows().map(read).join('\n');
    const [, asked] = new RegExp(`uses: ${action}@.*\\n\\s+with:\\n\\s+version: (\\S+)`).exec(text) ?? [];
    expect(asked).toBe(version);
  });
});

test('biome’s schema is that of the program', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
  expect(found).toContain(`biome.json: @biomejs/biome ${devDependencies['@biomejs/biome']}`);
});

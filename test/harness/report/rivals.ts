import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { $ } from '../base/exec.ts';
import { withTempDir } from '../base/host.ts';
import { cacheRoot, repoRoot } from '../base/paths.ts';
import { report } from '../base/report.ts';
import { bin } from '../base/steps.ts';
import { type Chart, loadCharts, loadProfiles, type ValuesFile } from '../charts/charts.ts';
import type { Container, Manifest } from '../charts/manifests.ts';
import { assemble, kubernetesVersion } from '../charts/render.ts';
import { apiSchemas, type Bundle } from '../charts/schema.ts';
import { machine } from '../drill/measure.ts';
import { tool } from '../images/tools.ts';
import type { RenderTimes } from './bench.ts';

/** One chart with one set of values, as a file. */
interface Case {
  chart: Chart;
  /** Its dependencies are assembled in it. */
  dir: string;
  name: string;
  valuesFile: string;
}

/**
 * Times the render and contract tests, cold and warm, and what takes their place elsewhere on the same charts and values: `helm lint`,
 * `helm template | kubeconform -strict`, and helm-unittest. Each runs alone, `runs` times; two processes at a time, as our tests use.
 */
export function timeRenders(runs: number): Promise<RenderTimes> {
  return withTempDir(async (temp) => {
    const programs = {
      helm: await tool('helm'),
      kubeconform: await tool('kubeconform'),
      unittest: await tool('helm-unittest'),
    };
    const cases = await casesIn(temp);
    const schemas = join(temp, 'kubeconform');
    await writeSchemas(schemas);
    const assertions = await writeSuites(programs.helm, cases);

    const steps: RenderTimes['steps'] = [];
    const time = async (what: string, run: (index: number) => Promise<unknown>) => {
      const ms: number[] = [];
      for (let index = 0; index < runs; index++) {
        const started = performance.now();
        await run(index);
        ms.push(performance.now() - started);
      }
      report(`${what}: ${ms.map((each) => `${(each / 1000).toFixed(1)} s`).join(', ')}`);
      steps.push({ what, ms });
    };
    const matrix = `${cases.length} cases`;
    // The matrix alone is what the others' work compares with; all of it adds refusals, pod scripts and mutants.
    for (const [what, files] of [
      ['contract and API schema', ['contract', 'schema']],
      ['all render tests', []],
    ] as const) {
      const caches = (index: number) => join(temp, `${what}-${index}`);
      await time(`Ballast, ${what}, cold`, async (index) => {
        await emptyCache(caches(index));
        await ownTests(caches(index), files);
      });
      await ownTests(caches(0), files);
      await time(`Ballast, ${what}, warm`, () => ownTests(caches(0), files));
    }
    await time(`\`helm lint\`, ${matrix}`, () =>
      eachOf(cases, ({ dir, valuesFile }) => $`${programs.helm} lint --strict ${dir} -f ${valuesFile}`),
    );
    await time(`\`helm template\` and \`kubeconform -strict\`, ${matrix}`, () =>
      eachOf(cases, async ({ chart, dir, valuesFile }) => {
        const { stdout } = await $`${programs.helm} template ${chart.name} ${dir} -f ${valuesFile}`;
        await $({ input: stdout })`${programs.kubeconform} ${conformArgs(schemas)}`;
      }),
    );
    await time(`\`helm-unittest\`, ${matrix}, ${assertions} assertions`, () =>
      eachOf([...new Set(cases.map(({ dir }) => dir))], (dir) => $`${programs.unittest} ${dir}`),
    );
    return {
      at: new Date().toISOString(),
      machine: machine(),
      versions: { kubernetes: kubernetesVersion },
      steps,
    };
  });
}

/** Every chart with its defaults, topologies and, for an umbrella, profiles: what our render tests walk too. */
async function casesIn(temp: string): Promise<Case[]> {
  const cases: Case[] = [];
  for (const chart of loadCharts().filter(({ kind }) => kind !== 'library')) {
    const dir = join(temp, chart.name);
    await cp(await assemble(chart), dir, { recursive: true });
    const files: ValuesFile[] = [
      { name: 'defaults', values: {} },
      ...chart.topologies,
      ...(chart.kind === 'umbrella' ? loadProfiles() : []),
    ];
    for (const { name, values } of files) {
      const valuesFile = join(temp, `${chart.name}-${name}.yaml`);
      await writeFile(valuesFile, stringify(values));
      cases.push({ chart, dir, name, valuesFile });
    }
  }
  return cases;
}

/** A cache with the tools and API schemas, which others are given too, and nothing else. */
async function emptyCache(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const name of ['tools', 'schemas']) await symlink(join(cacheRoot, name), join(dir, name));
}

function ownTests(cache: string, arguments_: readonly string[]) {
  const run = $({ cwd: repoRoot, env: { BALLAST_CACHE: cache } });
  return run`${bin('vitest')} run --project render ${arguments_}`;
}

function conformArgs(schemas: string): string[] {
  return [
    '-strict',
    '-summary',
    '-schema-location',
    join(schemas, '{{.ResourceKind}}{{.KindSuffix}}.json'),
    '-',
  ];
}

/** One file per kind, with the definitions it needs, under the names kubeconform asks for. */
async function writeSchemas(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const bundle = await apiSchemas();
  for (const [id, name] of Object.entries(bundle.kinds)) {
    const [apiVersion = '', kind = ''] = id.split(' ');
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const suffix = [group?.split('.')[0], version].filter(Boolean).join('-');
    const schema = { $ref: `#/definitions/${name}`, definitions: needed(bundle, name) };
    await writeFile(join(dir, `${kind.toLowerCase()}-${suffix}.json`), JSON.stringify(schema));
  }
}

function needed({ definitions }: Bundle, name: string): Bundle['definitions'] {
  const found: Bundle['definitions'] = {};
  const visit = (each: string) => {
    const definition = definitions[each];
    if (each in found || definition === undefined) return;
    found[each] = definition;
    for (const [, reference] of JSON.stringify(definition).matchAll(/"#\/definitions\/([^"]+)"/g))
      visit(reference ?? '');
  };
  visit(name);
  return found;
}

/**
 * Gives each chart a helm-unittest suite per case that asserts of every object what the contract asks of it and helm-unittest can say: its
 * labels, and for each container of each pod the security settings, resources and probes it has. Returns the number of assertions.
 */
async function writeSuites(helm: string, cases: readonly Case[]): Promise<number> {
  let count = 0;
  await eachOf(cases, async ({ chart, dir, name, valuesFile }) => {
    const { stdout } = await $`${helm} template x ${dir} -f ${valuesFile}`;
    const tests = Object.entries(bySource(stdout)).map(([source, objects]) => {
      const named = new Set(objects.map(({ metadata }) => metadata.name)).size === objects.length;
      const asserts = objects.flatMap((object) => {
        const [path, value] = named ? ['metadata.name', object.metadata.name] : ['kind', object.kind];
        return assertionsOf(object).map((each) => ({ ...each, documentSelector: { path, value } }));
      });
      count += asserts.length;
      return { it: source, template: source, asserts };
    });
    if (tests.length === 0) return;
    const suite = {
      suite: `${chart.name} ${name}`,
      values: [valuesFile],
      release: { name: 'x' },
      tests,
    };
    await mkdir(join(dir, 'tests'), { recursive: true });
    await writeFile(
      join(dir, 'tests', `${name}_test.yaml`),
      stringify(suite, { aliasDuplicateObjects: false }),
    );
  });
  return count;
}

/** Objects by the template that made them, as `helm template` says in a comment; the path is within the chart. */
function bySource(rendered: string): Record<string, Manifest[]> {
  const sources: Record<string, Manifest[]> = {};
  for (const text of rendered.split(/^---$/m)) {
    const source = /^# Source: [^/]+\/(.*)$/m.exec(text)?.[1];
    const object = parse(text) as Manifest | null;
    if (source && object) sources[source] = [...(sources[source] ?? []), object];
  }
  return sources;
}

type Assertion = Record<string, unknown>;

function assertionsOf(object: Manifest): Assertion[] {
  const equal = (path: string, value: unknown): Assertion => ({ equal: { path, value } });
  const assertions = [
    equal('kind', object.kind),
    equal('metadata.name', object.metadata.name),
    ...Object.entries(object.metadata.labels ?? {}).map(([key, value]) =>
      equal(`metadata.labels["${key}"]`, value),
    ),
  ];
  const { spec, path } = podSpecOf(object as PodLike);
  if (!spec) return assertions;
  const lists = { containers: spec.containers ?? [], initContainers: spec.initContainers ?? [] };
  for (const [list, containers] of Object.entries(lists)) {
    containers.forEach((container, index) => {
      const at = `${path}.${list}[${index}]`;
      assertions.push(
        { matchRegex: { path: `${at}.image`, pattern: '^[^/]+/.+:.+' } },
        equal(`${at}.securityContext.allowPrivilegeEscalation`, false),
        equal(`${at}.securityContext.readOnlyRootFilesystem`, true),
        equal(`${at}.securityContext.capabilities.drop`, ['ALL']),
        { isNotNull: { path: `${at}.resources.limits.memory` } },
        { isNotNull: { path: `${at}.resources.requests.cpu` } },
        { isNull: { path: `${at}.securityContext.privileged` } },
      );
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
        if (container[probe]) assertions.push({ isNotNull: { path: `${at}.${probe}.periodSeconds` } });
      }
    });
  }
  return [...assertions, equal(`${path}.securityContext.runAsNonRoot`, true)];
}

interface Spec {
  containers?: readonly Container[];
  initContainers?: readonly Container[];
}
interface PodLike extends Manifest {
  spec?: Spec & { template?: { spec: Spec } };
}

function podSpecOf({ kind, spec }: PodLike): { spec: Spec | undefined; path: string } {
  if (kind === 'Pod') return { spec, path: 'spec' };
  return { spec: spec?.template?.spec, path: 'spec.template.spec' };
}

/** Two at a time. */
async function eachOf<T>(items: readonly T[], run: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item);
  };
  await Promise.all([worker(), worker()]);
}

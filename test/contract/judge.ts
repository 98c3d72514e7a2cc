import { existsSync, readdirSync } from 'node:fs';
import { register } from 'node:module';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../harness/base/errors.ts';
import { systemsDir } from '../harness/base/paths.ts';
import type { Chart } from '../harness/charts/charts.ts';
import { withoutKeeping } from '../harness/charts/render.ts';
import { loadSchemaCheck, type SchemaCheck } from '../harness/charts/schema.ts';
import {
  loadSubject,
  plainRules,
  type Rule,
  rebaseSubject,
  reloadSubject,
  rules,
  type Subject,
} from './contract.ts';
import { factsOf } from './facts.ts';
import { firstFailure } from './minitest.ts';
import { type Mutant, withFiles } from './mutants.ts';
import { broken, type Promises } from './promises.ts';
import { onlyChart } from './suite.ts';

/**
 * `caught` says by what. `same`: nothing that any of the cases renders has changed, so that nobody can tell it from the original. `survived` is what the tests don't see.
 */
export type Verdict = { is: 'caught'; by: string } | { is: 'same' } | { is: 'survived' };

// The tests' own files are read by this process as they are, but for what they take from vitest.
register(
  `data:text/javascript,${encodeURIComponent(
    `export const resolve = (name, context, next) => name === 'vitest' ? { url: ${JSON.stringify(new URL('./minitest.ts', import.meta.url).href)}, shortCircuit: true } : next(name, context);`,
  )}`,
);

const contractDir = new URL('./', import.meta.url);
const systemsUrl = pathToFileURL(`${systemsDir}/`);

/** Tests of what a Judge does itself, those that break charts themselves, and those that are about no chart's renders. */
const others =
  /^(common|contract|drills|fuzz|mutants|mutation|package|promises|scaffold|umbrella|parts|uses)\.test\.ts$/;

/** Files of render tests that say something of a chart, its own first. */
function testsOf(name: string): URL[] {
  const own = new URL(`${name}/render.test.ts`, systemsUrl);
  return [
    ...(existsSync(own) ? [own] : []),
    ...readdirSync(contractDir)
      .filter((file) => file.endsWith('.test.ts') && !others.test(file))
      .sort()
      .map((file) => new URL(file, contractDir)),
  ];
}

/** The checks of `npm run test:render` on one chart with a change in it. */
export class Judge {
  readonly #chart: Chart;
  readonly #table: Promises;
  readonly #images: ReadonlySet<string>;
  readonly #tests: readonly URL[];
  /** The other systems, whose rows of tables say nothing of this one. */
  readonly #others: readonly string[];
  /** Files of tests that the chart passes as it is; one that it fails would catch every change. */
  readonly #sound = new Map<URL, boolean>();
  #original: Promise<Subject> | undefined;
  #imports = 0;

  constructor(chart: Chart, table: Promises, images: ReadonlySet<string>, systems: readonly string[]) {
    this.#chart = chart;
    this.#table = table;
    this.#images = images;
    this.#tests = testsOf(chart.name);
    this.#others = systems.filter((system) => system !== chart.name);
  }

  /** How many there are to render. */
  get topologies(): number {
    return this.#chart.topologies.length;
  }

  /** Judges one change; renders of it are not kept. */
  async verdict(mutant: Mutant): Promise<Verdict> {
    this.#original ??= this.#loadOriginal();
    const original = await this.#original;
    return withoutKeeping(() => this.#judge(withFiles(this.#chart, [[mutant.path, mutant.text]]), original));
  }

  async #judge(chart: Chart, original: Subject): Promise<Verdict> {
    const check = await loadSchemaCheck();
    let same = false;
    try {
      // Cheap and telling first: of most changes nothing else is rendered.
      const plain = await rebaseSubject(chart, original);
      for (const one of plain.cases) {
        const [breach] = broken(chart, this.#table, one, factsOf(one.base.objects));
        if (breach !== undefined) return { is: 'caught', by: `promise: ${breach}` };
        const [refusal] = one.base.objects.flatMap(check);
        if (refusal !== undefined) return { is: 'caught', by: `schema: ${refusal}` };
      }
      const plainly = firstBreach(plainRules, plain);
      if (plainly !== undefined) return { is: 'caught', by: plainly };
      const subject = await reloadSubject(chart, original);
      same = digestOf(subject) === digestOf(original);
      const breach = same ? undefined : breachOf(subject, check);
      if (breach !== undefined) return { is: 'caught', by: breach };
    } catch (error) {
      return { is: 'caught', by: `render: ${messageOf(error)}` };
    }
    const byTest = await this.#failureOf(chart);
    if (byTest !== undefined) return { is: 'caught', by: `test: ${byTest}` };
    return { is: same ? 'same' : 'survived' };
  }

  /** The chart as it is. What broke a rule then would pass for a caught change each time. */
  async #loadOriginal(): Promise<Subject> {
    const subject = await loadSubject(this.#chart, this.#chart.topologies, this.#images);
    const breach = breachOf(subject, await loadSchemaCheck());
    if (breach !== undefined) throw new Error(`${this.#chart.name} breaks the contract as it is: ${breach}`);
    return subject;
  }

  /** What files of tests say to a chart: the first failure. */
  async #failureOf(chart: Chart): Promise<string | undefined> {
    for (const file of this.#tests) {
      const failure = await this.#run(file, chart);
      if (failure === undefined) continue;
      if (!this.#sound.has(file)) this.#sound.set(file, (await this.#run(file, this.#chart)) === undefined);
      if (this.#sound.get(file)) return `${basename(file.pathname)}: ${failure}`;
    }
    return undefined;
  }

  async #run(file: URL, chart: Chart): Promise<string | undefined> {
    onlyChart(chart);
    this.#imports += 1;
    const href = `${file.href}?${process.pid}-${this.#chart.name}-${this.#imports}`;
    try {
      return await firstFailure(() => import(href), this.#others);
    } finally {
      onlyChart();
    }
  }
}

/** Of all that the contract looks at. */
const digestOf = ({ cases }: Subject): string =>
  cases
    .flatMap(({ base, full, grown, other }) => [base, full, grown, other].map(({ digest }) => digest))
    .join('\n');

function firstBreach(all: readonly Rule[], subject: Subject): string | undefined {
  for (const rule of all) {
    const [breach] = rule.check(subject);
    if (breach !== undefined) return `${rule.id}: ${breach}`;
  }
  return undefined;
}

/** What breaks a rule of the contract, or is nothing that a cluster takes. */
function breachOf(subject: Subject, check: SchemaCheck): string | undefined {
  const breach = firstBreach(rules, subject);
  if (breach !== undefined) return breach;
  for (const { full, grown, other } of subject.cases)
    for (const { objects } of [full, grown, other]) {
      const [refusal] = objects.flatMap(check);
      if (refusal !== undefined) return `schema: ${refusal}`;
    }
  return undefined;
}

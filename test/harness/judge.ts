import { register } from 'node:module';
import { replaceChart } from '../render/suite.ts';
import type { Chart } from './charts.ts';
import { loadSubject, rules, type Subject } from './contract.ts';
import { messageOf } from './errors.ts';
import { factsOf } from './facts.ts';
import { merge } from './merge.ts';
import { firstFailure } from './minitest.ts';
import { type Mutant, withFiles } from './mutants.ts';
import { broken, casesOf, inputsOf, type PromiseCase, type Promises, release } from './promises.ts';
import { RenderFailure, render, withoutKeeping } from './render.ts';
import { loadSchemaCheck } from './schema.ts';
import { everythingOn } from './values.ts';

/**
 * `caught` says by what. `same`: nothing that any of the cases renders has changed, so that nobody can tell it from the original. `survived` is what the tests don't see.
 */
export type Verdict = { is: 'caught'; by: string } | { is: 'same' } | { is: 'survived' };

// The tests' own file is read by this process as it is, but for what it takes from vitest.
register(
  `data:text/javascript,${encodeURIComponent(
    `export const resolve = (name, context, next) => name === 'vitest' ? { url: ${JSON.stringify(new URL('./minitest.ts', import.meta.url).href)}, shortCircuit: true } : next(name, context);`,
  )}`,
);

/** The checks of `npm run test:render` on one chart with a change in it. */
export class Judge {
  readonly #chart: Chart;
  readonly #table: Promises;
  readonly #images: ReadonlySet<string>;
  readonly #cases: readonly PromiseCase[];
  #originals: Promise<ReadonlyMap<string, string>> | undefined;
  #files = 0;

  constructor(chart: Chart, table: Promises, images: ReadonlySet<string>) {
    this.#chart = chart;
    this.#table = table;
    this.#images = images;
    this.#cases = casesOf(chart, table);
  }

  /** Judges one change; renders of it are not kept. */
  verdict(mutant: Mutant): Promise<Verdict> {
    return withoutKeeping(() => this.#judge(withFiles(this.#chart, [[mutant.path, mutant.text]]), mutant));
  }

  async #judge(chart: Chart, mutant: Mutant): Promise<Verdict> {
    this.#originals ??= this.#digests(this.#chart);
    const originals = await this.#originals;
    let changed = false;
    for (const one of this.#cases) {
      try {
        const { objects, digest } = await render(chart, inputsOf(one));
        if (digest === originals.get(one.name)) continue;
        changed = true;
        const [breach] = broken(chart, this.#table, one, factsOf(objects, chart));
        if (breach !== undefined) return { is: 'caught', by: `promise: ${breach}` };
      } catch (error) {
        return { is: 'caught', by: `render: ${one.name}: ${messageOf(error)}` };
      }
    }
    const refuses = /validate\.yaml$/.test(mutant.path);
    if (!changed && !refuses && (await this.#sameElsewhere(chart))) return { is: 'same' };
    const byRule = await this.#rules(chart);
    if (byRule !== undefined) return { is: 'caught', by: byRule };
    const byTest = await this.ownTests(chart);
    if (byTest !== undefined) return { is: 'caught', by: `test: ${byTest}` };
    return { is: 'survived' };
  }

  async #digests(chart: Chart): Promise<ReadonlyMap<string, string>> {
    const entries = this.#cases.map(
      async (one): Promise<[string, string]> => [one.name, (await render(chart, inputsOf(one))).digest],
    );
    return new Map(await Promise.all(entries));
  }

  /** Whether also what the contract looks at besides is as it was. */
  async #sameElsewhere(chart: Chart): Promise<boolean> {
    const settings = [{}, ...chart.topologies.map(({ values }) => merge(values, everythingOn(chart)))];
    for (const values of settings) {
      const [one, other] = await Promise.all(
        [this.#chart, chart].map((each) =>
          render(each, { release, values }).then(
            ({ digest }) => digest,
            (error: unknown) => (error instanceof RenderFailure ? error.message : String(error)),
          ),
        ),
      );
      if (one !== other) return false;
    }
    return true;
  }

  async #rules(chart: Chart): Promise<string | undefined> {
    try {
      const subject: Subject = await loadSubject(
        chart,
        [{ name: 'defaults', values: {} }, ...chart.topologies],
        this.#images,
      );
      for (const rule of rules) {
        const [breach] = rule.check(subject);
        if (breach !== undefined) return `${rule.id}: ${breach}`;
      }
      const check = await loadSchemaCheck();
      const refused = subject.cases.flatMap(({ base, full, grown }) =>
        [base, full, grown].flatMap(({ objects }) => objects.flatMap(check)),
      );
      return refused[0] === undefined ? undefined : `schema: ${refused[0]}`;
    } catch (error) {
      return `render: ${messageOf(error)}`;
    }
  }

  /** What the chart's own file of tests says to a chart: its first failure. */
  async ownTests(chart: Chart): Promise<string | undefined> {
    replaceChart(chart);
    this.#files += 1;
    const file = new URL(
      `../render/${this.#chart.name}.test.ts?${process.pid}-${this.#files}`,
      import.meta.url,
    ).href;
    try {
      return await firstFailure(() => import(file));
    } finally {
      replaceChart();
    }
  }
}

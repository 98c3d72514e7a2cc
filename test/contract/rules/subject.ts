import { merge } from '../../harness/base/merge.ts';
import type { Chart, ValuesFile } from '../../harness/charts/charts.ts';
import {
  type Installation,
  RenderFailure,
  type Rendering,
  render,
  renderInstall,
} from '../../harness/charts/render.ts';
import { everythingOn, grown, type Path, setting, unlikeDefaults } from '../../harness/charts/values.ts';
import type { Value, Values } from '../../harness/drill/types.ts';

/** A chart rendered with one values file, and with what the rules compare that to. */
export interface Case {
  name: string;
  values: Values;
  base: Rendering;
  /** The same again, by another run of helm: what `helm install` would create and print. */
  install: Installation;
  /** Another version of the chart and of all it is made of. */
  bumped: Rendering;
  /** Every switch turned on: see everythingOn. */
  full: Rendering;
  /** Two members more. */
  grown: Rendering;
  /** Every value another than its default, where that is admitted. */
  other: Rendering;
  /** What those values are. */
  others: Others;
}

/** Values of which none is a default, by their paths. */
type Others = readonly { path: Path; value: Value }[];

/** What the rules look at: a chart's source and its renders. */
export interface Subject {
  chart: Chart;
  cases: readonly Case[];
  /** References of images.yaml. */
  images: ReadonlySet<string>;
}

/** One named promise of the chart contract. `check` is pure; each line it returns is a breach. */
export interface Rule {
  id: string;
  title: string;
  check(subject: Subject): string[];
}

/** A release name that is no chart's: what a chart writes into names must come from the release. */
export const release = 'shop';

/** A chart as its next release would be. The lock goes, because it pins what has just changed. */
export function bumped(chart: Chart): Chart {
  const files = new Map(chart.files);
  files.delete('Chart.lock');
  files.set(
    'Chart.yaml',
    (chart.files.get('Chart.yaml') ?? '')
      .replace(/^(\s*(?:- )?version:).*$/gm, '$1 99.0.0')
      .replace(/^(appVersion:).*$/m, '$1 "99"'),
  );
  return {
    ...chart,
    files,
    dependencies: chart.dependencies.map(([key, dependency]) => [key, bumped(dependency)] as const),
  };
}

/** Paths that are refused beside what a case sets: their values have no effect there, or depend on others. By chart and case, because they are found by trying. */
const refused = new Map<string, Set<string>>();

/** Renders a case with every value that it leaves to the defaults set to another. What is refused by its path is left as it is. */
async function renderOthers(
  chart: Chart,
  name: string,
  values: Values,
): Promise<{ rendering: Rendering; others: Others }> {
  const key = `${chart.name} ${name}`;
  const without = refused.get(key) ?? new Set<string>();
  refused.set(key, without);
  for (;;) {
    const others = unlikeDefaults(chart, values).filter(({ path }) => !without.has(path.join('.')));
    try {
      const all = others.map(({ path, value }) => setting(path, value)).reduce(merge, values);
      return { rendering: await render(chart, { release, values: all }), others };
    } catch (error) {
      if (!(error instanceof RenderFailure)) throw error;
      const named = others
        .map(({ path }) => path)
        .filter(
          (path) => error.message.includes(path.join('.')) || error.message.includes(`/${path.join('/')}`),
        )
        .map((path) => path.join('.'));
      if (named.length === 0) throw error;
      for (const path of named) without.add(path);
    }
  }
}

async function loadCase(chart: Chart, next: Chart, { name, values }: ValuesFile): Promise<Case> {
  const [same, install, newer] = await Promise.all([
    loadVariants(chart, { name, values }),
    renderInstall(chart, { release, values }),
    render(next, { release, values }),
  ]);
  return { ...same, install, bumped: newer };
}

/** What needs no other chart and no other command of helm's. */
async function loadVariants(
  chart: Chart,
  { name, values }: ValuesFile,
): Promise<Omit<Case, 'install' | 'bumped'>> {
  const [base, full, larger, { rendering: other, others }] = await Promise.all([
    render(chart, { release, values }),
    render(chart, { release, values: merge(values, everythingOn(chart, values)) }),
    render(chart, { release, values: grown(chart, values) }),
    renderOthers(chart, name, values),
  ]);
  return { name, values, base, full, grown: larger, other, others };
}

/** Renders a chart with each of the values files. A library chart renders nothing. */
export async function loadSubject(
  chart: Chart,
  valuesFiles: readonly ValuesFile[],
  images: ReadonlySet<string>,
): Promise<Subject> {
  if (chart.kind === 'library') return { chart, cases: [], images };
  const next = bumped(chart);
  return { chart, images, cases: await Promise.all(valuesFiles.map((file) => loadCase(chart, next, file))) };
}

/** The same chart changed, of which nothing but the plain render is made anew: for rules that compare it with nothing. */
export async function rebaseSubject(chart: Chart, { cases, images }: Subject): Promise<Subject> {
  const again = cases.map(async (one) => ({
    ...one,
    base: await render(chart, { release, values: one.values }),
  }));
  return { chart, images, cases: await Promise.all(again) };
}

/** The same chart changed: what is printed, and what another version would render, is taken from before, because it takes most of the time. */
export async function reloadSubject(chart: Chart, { cases, images }: Subject): Promise<Subject> {
  const again = cases.map(async (one): Promise<Case> => {
    const variants = await loadVariants(chart, one);
    const { base } = variants;
    return { ...variants, install: { notes: one.install.notes, digest: base.digest }, bumped: base };
  });
  return { chart, images, cases: await Promise.all(again) };
}

/** Applies a check to every case, and says in which one a breach was seen. */
export function inEachCase(
  subject: Subject,
  check: (one: Case, subject: Subject) => readonly string[],
): string[] {
  return subject.cases.flatMap((one) => check(one, subject).map((breach) => `${one.name}: ${breach}`));
}

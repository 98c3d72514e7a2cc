import { randomBy } from '../harness/base/random.ts';
import { type Chart, chartOf } from '../harness/charts/charts.ts';
import { at, composedValues } from '../harness/charts/values.ts';

/** One line or block of a chart, changed. */
export interface Mutant {
  chart: string;
  /** The file, which starts with the library's name where it is the library's. */
  path: string;
  line: number;
  operator: 'drop' | 'flip' | 'number' | 'port' | 'unplug';
  /** What stands there, and by what it is replaced: the name by which a survivor is known, whatever its line. */
  change: string;
  text: string;
}

export const nameOfMutant = ({ path, change, operator }: Mutant): string => `${path}: ${operator} ${change}`;

/** Words for people, what is generated from values.yaml, how a log looks, and scripts (which unit tests run) are not mutated. */
const isMutated = (path: string): boolean =>
  (/^templates\/.*\.(yaml|tpl)$/.test(path) && !/\.sh\.tpl$|_notes\.tpl$/.test(path)) ||
  (/^files\//.test(path) && !/\.(sh|awk|py)$|defaults\.json$|\/log(4j|back)/.test(path));

/** Lines that are a comment, of YAML, of a template over several lines, or of XML. */
function commented(lines: readonly string[]): boolean[] {
  let inside = false;
  return lines.map((line) => {
    const opens = /\{\{-?\s*\/\*|<!--/.test(line);
    const closes = /\*\/\s*-?\}\}|-->/.test(line);
    const is = inside || opens || /^\s*#/.test(line);
    inside = (inside || opens) && !closes;
    return is;
  });
}

/** What an alert says beside its name. */
const isWords = (line: string): boolean => /^\s*(summary|description):/.test(line);

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** The lines that belong to a key or an item: those below it that are indented more. */
function blockEnd(lines: readonly string[], start: number): number {
  const indent = indentOf(lines[start] ?? '');
  let end = start + 1;
  while (end < lines.length && ((lines[end] ?? '').trim() === '' || indentOf(lines[end] ?? '') > indent))
    end++;
  return end;
}

/** Whether a place of a line is in words for people: a message in quotes. */
const inProse = (line: string, at: number): boolean =>
  [...line.matchAll(/"(?:\\.|[^"\\])*"/g)].some(
    ({ 0: text, index }) => index < at && at < index + text.length && /[a-z]+,? [a-z]+,? [a-z]+/.test(text),
  );

const isAction = (line: string): boolean => /^\s*\{\{/.test(line);
/** What opens, closes or turns a block of a template: alone it only breaks it, which any render sees. */
const isStructure = (line: string): boolean =>
  /^\s*\{\{-?\s*(if|else|end|range|with|define)\b/.test(line) && !/\bend\s*-?\}\}.*\S.*\bend\b/.test(line);

/** Another number of the same kind: of a large one the next is as good. */
const otherNumber = (number: number): number => (number < 100 ? number + 1 : number * 2);

const short = (text: string): string => text.trim().replace(/\s+/g, ' ').slice(0, 140);

/** Literals for the values of a reference: `.Values.a.b` by what a.b is by default. */
function literal(chart: Chart, path: string): string | undefined {
  const value = at(composedValues(chart), path.split('.'));
  if (value === undefined) return undefined;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return `(fromJson ${JSON.stringify(JSON.stringify({ x: value }))}).x`;
}

type Edit = Pick<Mutant, 'operator' | 'change'> & { from: number; to: number; by: readonly string[] };

function editsOf(chart: Chart, lines: readonly string[], others: readonly string[]): Edit[] {
  const edits: Edit[] = [];
  const skip = commented(lines);
  const replace = (index: number, operator: Mutant['operator'], by: string): void => {
    const line = lines[index] ?? '';
    if (by !== line)
      edits.push({
        operator,
        change: `"${short(line)}" to "${short(by)}"`,
        from: index,
        to: index + 1,
        by: [by],
      });
  };
  lines.forEach((line, index) => {
    if (skip[index] || line.trim() === '' || line.trim() === '---' || isWords(line)) return;
    const end = blockEnd(lines, index);
    if (!isStructure(line)) {
      edits.push({ operator: 'drop', change: `"${short(line)}"`, from: index, to: index + 1, by: [] });
      if (
        end > index + 1 &&
        !isAction(line) &&
        lines.slice(index + 1, end).some((inner) => inner.trim() !== '')
      )
        edits.push({
          operator: 'drop',
          change: `block "${short(line)}" of ${end - index} lines`,
          from: index,
          to: end,
          by: [],
        });
    } else if (/\{\{-?\s*(if|else if|with)\b/.test(line)) {
      // A condition that always or never holds.
      const forced = (by: string) =>
        line.replace(/(\{\{-?\s*(?:else )?(?:if|with)\s+)(.*?)(\s*-?\}\})/, `$1${by}$3`);
      if (!/\bwith\b/.test(line)) replace(index, 'flip', forced('true'));
      replace(index, 'flip', forced('false'));
    }
    for (const [before, other] of [
      ['true', 'false'],
      ['false', 'true'],
      ['ON', 'OFF'],
      ['OFF', 'ON'],
      ['yes', 'no'],
      ['no', 'yes'],
    ] as const) {
      const word = new RegExp(`(?<![\\w.$-])${before}(?![\\w.-])`);
      const found = word.exec(line);
      if (found && !isStructure(line) && !inProse(line, found.index))
        replace(index, 'flip', line.replace(word, other));
    }
    // A number that stands by itself: no part of a name, a version or a function's.
    for (const match of line.matchAll(/(?<![\w.$/%-])(\d+)(?![\w.%-])/g)) {
      if (inProse(line, match.index)) continue;
      if (/\b(nindent|indent|trunc)\s*$/.test(line.slice(0, match.index))) continue;
      replace(
        index,
        'number',
        `${line.slice(0, match.index)}${otherNumber(Number(match[1]))}${line.slice(match.index + match[0].length)}`,
      );
    }
    const port = /^(\s*(?:-\s*)?(?:targetPort|port|- port):\s*)([a-z][\w-]*)\s*$/.exec(line);
    const other = others.find((name) => name !== port?.[2]);
    if (port && other) replace(index, 'port', `${port[1]}${other}`);
    for (const match of line.matchAll(
      /(?:\$root|\$call\.root|\$|\.root)?\.Values\.([a-zA-Z]+(?:\.[a-zA-Z]+)*)/g,
    )) {
      const by = literal(chart, match[1] ?? '');
      if (by !== undefined)
        replace(
          index,
          'unplug',
          `${line.slice(0, match.index)}${by}${line.slice(match.index + match[0].length)}`,
        );
    }
  });
  return edits;
}

/** Names of ports that a chart's templates give, to swap one by another. */
function portNames(chart: Chart): string[] {
  const found = [...chart.files]
    .filter(([path]) => path.startsWith('templates/'))
    .flatMap(([, text]) =>
      [...text.matchAll(/^\s*- name: ([a-z][\w-]*)\n\s*(?:containerPort|port):/gm)].map(
        ([, name = '']) => name,
      ),
    );
  return [...new Set(found)];
}

function mutantsIn(chart: Chart, valuesOf: Chart, prefix: string): Mutant[] {
  const ports = portNames(chart);
  return [...chart.files]
    .filter(([path]) => isMutated(path))
    .flatMap(([path, text]) => {
      const lines = text.split('\n');
      const seen = new Map<string, number>();
      return editsOf(valuesOf, lines, ports).map(({ from, to, by, operator, change }) => {
        const name = `${operator} ${change}`;
        const again = (seen.get(name) ?? 0) + 1;
        seen.set(name, again);
        return {
          chart: chart.name,
          path: `${prefix}${path}`,
          line: from + 1,
          operator,
          change: again === 1 ? change : `${change}, number ${again}`,
          text: [...lines.slice(0, from), ...by, ...lines.slice(to)].join('\n'),
        };
      });
    });
}

/** Every single change that the operators make to a chart's own templates and to configuration among its files. */
export const mutantsOf = (chart: Chart): Mutant[] => mutantsIn(chart, chart, '');

/** The same of a library, whose values are those of a chart that uses it. */
export const libraryMutants = (library: Chart, user: Chart): Mutant[] =>
  mutantsIn(library, user, `${library.name}/`);

/** A chart with texts of its files, or of its library's, replaced: [path, text]. */
export function withFiles(chart: Chart, files: readonly (readonly [path: string, text: string])[]): Chart {
  const own = new Map(chart.files);
  const theirs = new Map(chart.dependencies.map(([, { name, files: all }]) => [name, new Map(all)]));
  for (const [path, text] of files) {
    const [first = '', ...rest] = path.split('/');
    const library = theirs.get(first);
    if (library) library.set(rest.join('/'), text);
    else own.set(path, text);
  }
  const dependencies = chart.dependencies.map(
    ([key, each]) =>
      [
        key,
        files.some(([path]) => path.startsWith(`${each.name}/`))
          ? chartOf(each.dir, theirs.get(each.name) ?? each.files, each.dependencies)
          : each,
      ] as const,
  );
  return chartOf(chart.dir, own, dependencies);
}

/** The same seed gives the same sample. */
export function sampleOf<T>(all: readonly T[], size: number, seed: number): T[] {
  const next = randomBy(seed);
  const pool = [...all];
  return Array.from(
    { length: Math.min(size, pool.length) },
    () => pool.splice(Math.floor(next() * pool.length), 1)[0] as T,
  );
}

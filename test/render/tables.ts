import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Chart } from '../harness/charts.ts';
import type { ConfigMap } from '../harness/manifests.ts';
import { RenderFailure, render } from '../harness/render.ts';
import { runShellFunction, type ShellCall } from '../harness/shell.ts';
import type { Values } from '../harness/systems.ts';

/** The tests of what all charts refuse alike, and of what they refuse beside each other. */
const tests = ['config', 'parts']
  .map((name) => readFileSync(join(import.meta.dirname, `${name}.test.ts`), 'utf8'))
  .join('\n');

/** What is refused: [what, values, message]. Every `fail` of the chart's validate.yaml has to be among them. */
export function refusals(chart: Chart, rows: readonly (readonly [string, Values, string])[]): void {
  describe('refusals say what to write instead', () => {
    const outcomes = Promise.all(
      rows.map(([, values]) =>
        render(chart, { values }).then(
          () => 'no refusal',
          (error: unknown) => (error instanceof RenderFailure ? error.message : String(error)),
        ),
      ),
    );

    test.each(rows.map(([what, , message], index) => [what, message, index] as const))(
      '%s',
      async (_, message, index) => {
        expect((await outcomes)[index]).toBe(message);
      },
    );

    test('every message of templates/validate.yaml is in the table, or in a test of all charts', () => {
      const messages = [
        ...(chart.files.get('templates/validate.yaml') ?? '').matchAll(
          /fail (?:\(printf )?"((?:[^"\\]|\\.)+)"/g,
        ),
      ];
      const patterns = messages.map(([, text = '']) =>
        text
          .replaceAll('\\"', '"')
          .split(/%[a-z]/)
          .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.+'),
      );
      expect(patterns).not.toEqual([]);
      expect(
        patterns.filter(
          (pattern) =>
            !rows.some(([, , message]) => new RegExp(`^${pattern}$`).test(message)) &&
            !new RegExp(pattern).test(tests),
        ),
      ).toEqual([]);
    });
  });
}

/** A call of a pod's shell function: [what, arguments, standard input, output], and a status where it is not 0. */
export type Row = readonly [
  what: string,
  args: readonly (string | number)[],
  input: string,
  output: string,
  status?: number,
];

/** Runs a script's function with each of the rows; `env` is what it reads of a pod's environment. */
export async function decisions(
  configMap: ConfigMap,
  script: string,
  name: string,
  env: Readonly<Record<string, string>>,
  rows: readonly Row[],
): Promise<void> {
  const calls: ShellCall[] = rows.map(([, args, input]) => ({ args, input }));
  const results = await runShellFunction(configMap, script, name, calls, env);
  describe(`${script}: ${name}`, () => {
    test.each(
      rows.map(([what, , , output, status = 0], index) => [what, { output, status }, index] as const),
    )('%s', (_, expected, index) => {
      expect(results[index]).toEqual(expected);
    });
  });
}

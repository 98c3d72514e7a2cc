import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Chart, e2eProfile, loadChart } from './charts.ts';

import { $ } from './exec.ts';
import { merge } from './merge.ts';
import { chartsDir, valuesDir } from './paths.ts';
import { assemble, type Rendering, render } from './render.ts';
import type { Values } from './systems.ts';
import { tool } from './tools.ts';

let loaded: Chart | undefined;

/** The umbrella chart as it was when it was first asked for: an edit during a run changes nothing. */
function umbrella(): Chart {
  loaded ??= loadChart(join(chartsDir, 'ballast'));
  return loaded;
}

/** The umbrella chart installed once in a namespace. */
export class Release {
  readonly name: string;
  readonly namespace: string;
  readonly #kubeconfig: string;
  #values: Values;

  /** `values` go on top of values/e2e.yaml. */
  constructor(name: string, namespace: string, kubeconfig: string, values: Values) {
    this.name = name;
    this.namespace = namespace;
    this.#kubeconfig = kubeconfig;
    this.#values = values;
  }

  /**
   * `helm upgrade --install --wait` with what was set before and `changes` on top, kept for the next time.
   * Throws ExecError with helm's own message.
   */
  async apply(changes: Values = {}, minutes = 10): Promise<void> {
    const values = merge(this.#values, changes);
    await this.#helm(
      ['upgrade', '--install', this.name, await assemble(umbrella()), '--wait'].concat([
        '--timeout',
        `${minutes}m`,
        ...e2eProfile().files.flatMap((file) => ['-f', join(valuesDir, file)]),
        '-f',
        '-',
      ]),
      minutes,
      // As helm reads it, to which an unquoted no is a boolean.
      stringify(values, { version: '1.1' }),
    );
    this.#values = values;
  }

  /** What the release would hold with `changes` on top of what was set. */
  render(changes: Values): Promise<Rendering> {
    const values = merge(merge(e2eProfile().values, this.#values), changes);
    return render(umbrella(), { values, release: this.name, namespace: this.namespace });
  }

  /** `helm test`; returns its output, throws ExecError when a test fails. */
  async test(): Promise<string> {
    const { stdout } = await this.#helm(['test', this.name, '--logs', '--timeout', '5m'], 6);
    return stdout;
  }

  async #helm(args: string[], minutes: number, input = '') {
    const run = $({ timeout: (minutes + 1) * 60_000, input });
    return run`${await tool('helm')} ${args} --namespace ${this.namespace} --kubeconfig ${this.#kubeconfig}`;
  }
}

/** Every image that the umbrella names with values/e2e.yaml. */
export async function imagesOf(): Promise<string[]> {
  const rendering = await render(umbrella(), { values: e2eProfile().values });
  return [...new Set(rendering.pods.flatMap((pod) => pod.containers.map((container) => container.image)))];
}

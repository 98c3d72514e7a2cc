import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Chart, loadChart, loadProfiles } from './charts.ts';
import { $ } from './exec.ts';
import { chartsDir, valuesDir } from './paths.ts';
import { assemble, type Rendering, render } from './render.ts';
import type { Value, Values } from './systems.ts';
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
        '-f',
        join(valuesDir, 'e2e.yaml'),
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
    const values = merge(merge(e2eValues(), this.#values), changes);
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

function e2eValues(): Values {
  return loadProfiles().find(({ name }) => name === 'e2e')?.values ?? {};
}

/** Every image that the umbrella names with values/e2e.yaml. */
export async function imagesOf(): Promise<string[]> {
  const rendering = await render(umbrella(), { values: e2eValues() });
  return [...new Set(rendering.pods.flatMap((pod) => pod.containers.map((container) => container.image)))];
}

/** Helm's own rule: maps are merged key by key, everything else is replaced. */
export function merge(under: Values, over: Values): Values {
  const merged: Values = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    merged[key] = isMap(old) && isMap(value) ? merge(old, value) : value;
  }
  return merged;
}

function isMap(value: Value | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'zx';
import { $ } from './exec.ts';
import type { ConfigMap } from './manifests.ts';

export interface ShellCall {
  args?: readonly (string | number)[];
  /** Standard input; empty unless told. */
  input?: string;
}

export interface ShellResult {
  status: number;
  /** Standard output, without newlines at its end. */
  output: string;
}

/** Where every chart mounts its scripts. */
const mountPath = '/opt/ballast';

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * Calls one function of a pod's script with each of the arguments, in the shell of its first line, and returns what it printed. The scripts
 * are those of rendered ConfigMaps, side by side as a pod mounts them; BALLAST_TEST keeps a script from running its main function.
 */
export async function runShellFunction(
  configMap: ConfigMap,
  script: string,
  name: string,
  calls: readonly ShellCall[],
  env: Readonly<Record<string, string>> = {},
): Promise<ShellResult[]> {
  const dir = tmpdir();
  try {
    for (const [key, text] of Object.entries(configMap.data ?? {})) {
      writeFileSync(join(dir, key), text.replaceAll(mountPath, dir));
    }
    const shell = configMap.data?.[script]?.startsWith('#!/bin/bash') ? 'bash' : 'sh';
    // All calls in one shell, each in its own subshell: starting a shell is what takes time.
    const lines = calls.map(({ args = [], input = '' }) => {
      const words = [name, ...args.map((arg) => quote(String(arg)))].join(' ');
      return `( printf %s ${quote(input)} | ( ${words} ); printf '\\036%s\\035' "$?" )`;
    });
    const main = join(dir, 'calls');
    writeFileSync(main, ['set -u', `. ${join(dir, script)}`, 'set +e', ...lines].join('\n'));
    const run = $({ env: { BALLAST_TEST: '1', RUN: dir, ...env }, timeout: 60_000 });
    const { stdout } = await run`${shell} ${main}`;
    return stdout
      .split('\x1d')
      .slice(0, -1)
      .map((part) => {
        const [output = '', status] = part.split('\x1e');
        return { output: output.replace(/\n+$/, ''), status: Number(status) };
      });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

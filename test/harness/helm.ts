import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { tool } from './tools.ts';

/** What a helm command printed, and its exit status. */
export interface HelmResult {
  stdout: string;
  stderr: string;
  status: number;
}

interface Pending {
  resolve: (result: HelmResult) => void;
  reject: (error: Error) => void;
}

/** One process of tools/helm/helm-serve, which answers in the order that it is asked. */
class HelmProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pending: Pending[] = [];
  #stderr = '';

  constructor(path: string) {
    // Not by zx, which keeps all that a program prints. No cluster of anybody's is asked.
    this.#child = spawn(path, { env: { ...process.env, KUBECONFIG: '/dev/null' } });
    this.#child.stderr.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    this.#child.stdin.on('error', () => undefined); // its end is reported below
    createInterface(this.#child.stdout).on('line', (line) => {
      this.#pending.shift()?.resolve(JSON.parse(line) as HelmResult);
      this.#hold();
    });
    const end = (reason: string) => {
      server = undefined;
      const error = new Error(`helm-serve ended (${reason}) ${this.#stderr.trim()}`);
      for (const { reject } of this.#pending.splice(0)) reject(error);
    };
    this.#child.on('error', (error) => end(error.message));
    this.#child.on('exit', (status, signal) => end(signal ?? `exit status ${status}`));
    this.#hold();
  }

  /** Idle, it keeps nobody from ending; it ends itself when its standard input does. */
  #hold(): void {
    const { stdin, stdout, stderr } = this.#child;
    for (const handle of [this.#child, stdin, stdout, stderr] as { ref?(): void; unref?(): void }[]) {
      if (this.#pending.length > 0) handle.ref?.();
      else handle.unref?.();
    }
  }

  run(args: readonly string[], stdin: string): Promise<HelmResult> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#hold();
      this.#child.stdin.write(`${JSON.stringify({ args, stdin })}\n`);
    });
  }
}

let server: Promise<HelmProcess> | undefined;

/**
 * Runs a helm command that asks no cluster, in a process of helm's that stays for the next one. A refusal by helm is a result, not an error;
 * throws if that process can't be started or ends.
 */
export async function helm(args: readonly string[], stdin = ''): Promise<HelmResult> {
  server ??= tool('helm-serve').then((path) => new HelmProcess(path));
  server.catch(() => {
    server = undefined;
  });
  return (await server).run(args, stdin);
}

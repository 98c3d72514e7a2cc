import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Manifest } from './manifests.ts';
import { tool } from './tools.ts';

/** What a helm command printed, and its exit status. */
export interface HelmResult {
  stdout: string;
  stderr: string;
  status: number;
}

/** One object that a template printed. */
export interface RenderedDocument {
  text: string;
  /** The same as the API server reads it: YAML 1.1, and a key that is there twice was refused. */
  object: Manifest;
}

/** What `helm template` is asked. */
export interface RenderRequest {
  /** Directory of a chart with its dependencies, whose content never changes. */
  chart: string;
  release: string;
  namespace: string;
  kubeVersion: string;
  /** YAML or JSON. */
  values: string;
}

interface Answer extends HelmResult {
  id: number;
  documents?: readonly RenderedDocument[];
}

interface Pending {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** One process of tools/helm/helm-serve. */
class HelmProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pending = new Map<number, Pending>();
  #asked = 0;
  #stderr = '';

  constructor(path: string) {
    // Not by zx, which keeps all that a program prints. No cluster of anybody's is asked.
    this.#child = spawn(path, { env: { ...process.env, KUBECONFIG: '/dev/null' } });
    this.#child.stderr.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    this.#child.stdin.on('error', () => undefined); // its end is reported below
    createInterface(this.#child.stdout).on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      this.#pending.get(answer.id)?.resolve(answer);
      this.#pending.delete(answer.id);
      this.#hold();
    });
    const end = (reason: string) => {
      server = undefined;
      const error = new Error(`helm-serve ended (${reason}) ${this.#stderr.trim()}`);
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
    };
    this.#child.on('error', (error) => end(error.message));
    this.#child.on('exit', (status, signal) => end(signal ?? `exit status ${status}`));
    this.#hold();
  }

  /** Idle, it keeps nobody from ending; it ends itself when its standard input does. */
  #hold(): void {
    const { stdin, stdout, stderr } = this.#child;
    for (const handle of [this.#child, stdin, stdout, stderr] as { ref?(): void; unref?(): void }[]) {
      if (this.#pending.size > 0) handle.ref?.();
      else handle.unref?.();
    }
  }

  ask(request: { args: readonly string[]; stdin: string } | { render: RenderRequest }): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = ++this.#asked;
      this.#pending.set(id, { resolve, reject });
      this.#hold();
      this.#child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }
}

let server: Promise<HelmProcess> | undefined;

async function helmProcess(): Promise<HelmProcess> {
  server ??= tool('helm-serve').then((path) => new HelmProcess(path));
  server.catch(() => {
    server = undefined;
  });
  return server;
}

/**
 * Runs a helm command that asks no cluster, in a process of helm's that stays for the next one. A refusal by helm is a result, not an error;
 * throws if that process can't be started or ends.
 */
export async function helm(args: readonly string[], stdin = ''): Promise<HelmResult> {
  return (await helmProcess()).ask({ args, stdin });
}

/**
 * What `helm template` would print, or helm's refusal. It keeps each chart and schema for the next time, and many can be asked at once; throws if
 * helm's process can't be started or ends.
 */
export async function renderDocuments(
  request: RenderRequest,
): Promise<{ documents: readonly RenderedDocument[] } | { refusal: string }> {
  const { status, stderr, documents = [] } = await (await helmProcess()).ask({ render: request });
  return status === 0 ? { documents } : { refusal: stderr };
}

import https from 'node:https';
import { createServer, type Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import {
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  NetworkingV1Api,
  PatchStrategy,
  PortForward,
  StorageV1Api,
  type V1Pod,
  type V1Status,
} from '@kubernetes/client-node';
import { messageOf, TimeoutError } from '../base/errors.ts';
import { ExecError } from '../base/exec.ts';
import { waitFor as waitUntil } from '../base/host.ts';
import { report } from '../base/report.ts';

const progressMs = 10_000;
const fieldManager = 'ballast-harness';

/**
 * Waits until `check` returns true; what it returns or throws before that is what it saw instead. Every 10 s a line is reported.
 * @throws TimeoutError naming `what` after `seconds`.
 */
export function waitFor(
  what: string,
  seconds: number,
  check: () => Promise<true | string>,
  everyMs?: number,
): Promise<void> {
  return waitUntil(what, seconds, () => check().catch(messageOf), everyMs);
}

export interface ExecOutput {
  stdout: string;
  stderr: string;
}

/** Runs a step that says nothing itself; every 10 s a line tells that it still runs and what `look` sees. */
export async function watched<T>(
  what: string,
  look: () => Promise<string>,
  run: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000);
    look()
      .catch(messageOf)
      .then((seen) => report(`${what}, ${seconds} s: ${seen}`));
  }, progressMs);
  try {
    return await run();
  } finally {
    clearInterval(timer);
  }
}

/** One cluster's API, as far as drills need it. */
export class Kube {
  readonly kubeconfig: string;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly networking: NetworkingV1Api;
  readonly storage: StorageV1Api;
  readonly coordination: CoordinationV1Api;
  readonly #config = new KubeConfig();
  readonly #objects: KubernetesObjectApi;

  constructor(kubeconfig: string) {
    this.kubeconfig = kubeconfig;
    this.#config.loadFromFile(kubeconfig);
    this.core = this.#config.makeApiClient(CoreV1Api);
    this.apps = this.#config.makeApiClient(AppsV1Api);
    this.networking = this.#config.makeApiClient(NetworkingV1Api);
    this.storage = this.#config.makeApiClient(StorageV1Api);
    this.coordination = this.#config.makeApiClient(CoordinationV1Api);
    this.#objects = KubernetesObjectApi.makeApiClient(this.#config);
  }

  /** Server-side apply of each manifest in turn. */
  async apply(manifests: readonly KubernetesObject[]): Promise<void> {
    for (const manifest of manifests) {
      await this.#objects.patch(
        manifest,
        undefined,
        undefined,
        fieldManager,
        true,
        PatchStrategy.ServerSideApply,
      );
    }
  }

  /** A namespace that admits only pods of a level of the Pod Security Standards. */
  async ensureNamespace(name: string, level: 'restricted' | 'privileged' = 'restricted'): Promise<void> {
    const labels = { 'pod-security.kubernetes.io/enforce': level };
    await this.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }]);
  }

  /** Deletes a namespace with everything in it, volumes' contents included and no pod given time; `gone` waits for it. */
  async deleteNamespace(name: string): Promise<void> {
    await this.core.deleteNamespace({ name }).catch(ignoreNotFound);
    await this.core.deleteCollectionNamespacedPod({ namespace: name, gracePeriodSeconds: 0 });
  }

  /** Waits until a namespace that is being deleted is gone. Throws TimeoutError, with what the API server says holds it up. */
  async gone(name: string, seconds = 180): Promise<void> {
    await waitFor(`namespace ${name} to be gone`, seconds, async () => {
      const found = await this.core.readNamespace({ name }).catch(ignoreNotFound);
      if (!found?.metadata?.deletionTimestamp) return true;
      const held = (found.status?.conditions ?? []).filter(({ status }) => status === 'True');
      return held.map(({ message }) => message).join('; ') || `still ${found.status?.phase}`;
    });
  }

  /** Pods in the order of their names. */
  async pods(namespace: string, labelSelector: string): Promise<V1Pod[]> {
    const { items } = await this.core.listNamespacedPod({ namespace, labelSelector });
    return items.sort((a, b) =>
      (a.metadata?.name ?? '').localeCompare(b.metadata?.name ?? '', 'en', { numeric: true }),
    );
  }

  /** A Secret's entries in clear text. */
  async secret(namespace: string, name: string): Promise<Record<string, string>> {
    const { data = {} } = await this.core.readNamespacedSecret({ namespace, name });
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  }

  /** Runs a command in a container to its end. Throws ExecError unless it exits with 0. */
  async exec(
    namespace: string,
    pod: string,
    container: string,
    argv: string[],
    options: { input?: string; seconds?: number } = {},
  ): Promise<ExecOutput> {
    const { input, seconds = 60 } = options;
    const stdout = collect();
    const stderr = collect();
    const command = `${argv[0]} in ${pod}`;
    const stdin = input === undefined ? null : Readable.from([input]);
    let socket: { close(): void } | undefined;
    try {
      const status = await new Promise<V1Status>((resolve, reject) => {
        setTimeout(() => reject(new TimeoutError(`${command} to end`, seconds)), seconds * 1000).unref();
        new Exec(this.#config)
          .exec(namespace, pod, container, argv, stdout.stream, stderr.stream, stdin, false, resolve)
          .then((opened) => {
            socket = opened;
            opened.on('close', () =>
              reject(new Error(`${command}: the connection ended before the command`)),
            );
            opened.on('error', reject);
          }, reject);
      });
      if (status.status === 'Success') return { stdout: stdout.text(), stderr: stderr.text() };
      const code = Number(status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message);
      throw new ExecError(
        command,
        Number.isNaN(code) ? undefined : code,
        stdout.text(),
        stderr.text(),
        status.message ?? 'failed',
      );
    } finally {
      socket?.close();
    }
  }

  /** A port of this machine that leads to a pod's, until it is disposed of. */
  async forward(
    namespace: string,
    pod: string,
    port: number,
  ): Promise<AsyncDisposable & { readonly port: number }> {
    const forward = new PortForward(this.#config);
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', () => socket.destroy());
      forward
        .portForward(namespace, pod, [port], socket, null, socket)
        .catch((error: Error) => socket.destroy(error));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the port has no number');
    return {
      port: address.port,
      async [Symbol.asyncDispose]() {
        const closed = new Promise((resolve) => server.close(resolve));
        // Clients that were told to end may not have yet.
        const late = setTimeout(() => {
          for (const socket of open) socket.destroy();
        }, 5000);
        await closed;
        clearTimeout(late);
      },
    };
  }

  /** A JSON request to a pod's port through the API server. Throws with the body's `error` unless it answers 2xx. */
  podRequest<T>(
    target: { namespace: string; pod: string; port: number },
    method: 'GET' | 'POST',
    path: string,
    options: { body?: unknown; seconds?: number } = {},
  ): Promise<T> {
    const { namespace, pod, port } = target;
    return this.request(method, `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`, options);
  }

  /** What a pod's port answers to a GET, through the API server. Throws unless it answers 2xx. */
  podText(
    target: { namespace: string; pod: string; port: number },
    path: string,
    accept: string,
  ): Promise<{ type: string; text: string }> {
    const { namespace, pod, port } = target;
    const proxied = `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`;
    return this.#send('GET', proxied, { headers: { accept } });
  }

  /** A JSON request to the API server. Throws with the body's `error` or `message` unless it answers 2xx. */
  async request<T>(
    method: 'GET' | 'POST',
    path: string,
    options: { body?: unknown; seconds?: number } = {},
  ): Promise<T> {
    const { text } = await this.#send(method, path, options);
    return JSON.parse(text) as T;
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    options: { body?: unknown; seconds?: number; headers?: Record<string, string> } = {},
  ): Promise<{ type: string; text: string }> {
    const seconds = options.seconds ?? 15;
    const server = this.#config.getCurrentCluster()?.server;
    if (!server) throw new Error(`${this.kubeconfig} names no cluster`);
    const headers = { 'content-type': 'application/json', ...options.headers };
    const request: https.RequestOptions = { method, headers };
    await this.#config.applyToHTTPSOptions(request);
    const { status, type, text } = await new Promise<{ status: number; type: string; text: string }>(
      (resolve, reject) => {
        const sent = https.request(server + path, request, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              type: response.headers['content-type'] ?? '',
              text: Buffer.concat(chunks).toString(),
            }),
          );
          response.on('error', reject);
        });
        sent.setTimeout(seconds * 1000, () =>
          sent.destroy(new TimeoutError(`an answer to ${method} ${path}`, seconds)),
        );
        sent.on('error', reject);
        sent.end(options.body === undefined ? undefined : JSON.stringify(options.body));
      },
    );
    if (status < 200 || status > 299)
      throw new Error(`${path.replace(/^.*\/proxy|\?.*$/g, '')}: ${status} ${errorIn(text)}`);
    return { type, text };
  }

  /**
   * What a reader needs to understand a failure in a namespace: events, pods, last logs; values of its Secrets are blotted out. Pods that are
   * not Ready come last, because of a long output often only the end is kept.
   */
  async dump(namespace: string): Promise<string> {
    const lines: string[] = ['--- events'];
    const { items: events } = await this.core.listNamespacedEvent({ namespace });
    const last = events
      .map((event) => ({ at: event.lastTimestamp ?? event.metadata.creationTimestamp, event }))
      .sort((a, b) => Number(a.at ?? 0) - Number(b.at ?? 0))
      .slice(-60);
    for (const { at, event } of last) {
      const object = `${event.involvedObject.kind}/${event.involvedObject.name}`;
      lines.push(
        `  ${at?.toISOString() ?? ''} ${event.type} ${object} ${event.reason}: ${event.message} (x${event.count ?? 1})`,
      );
    }
    const pods = await this.pods(namespace, '');
    for (const pod of pods.sort((a, b) => Number(isReady(b)) - Number(isReady(a)))) {
      const { name = '', labels = {} } = pod.metadata ?? {};
      lines.push(`--- pod ${name} on ${pod.spec?.nodeName}: ${pod.status?.phase} ${JSON.stringify(labels)}`);
      for (const condition of pod.status?.conditions ?? []) {
        if (condition.status !== 'True')
          lines.push(`  ${condition.type}=${condition.status} ${condition.message ?? ''}`);
      }
      for (const status of [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
      ]) {
        const state = JSON.stringify({ now: status.state, before: status.lastState });
        lines.push(
          `  container ${status.name}: restarts ${status.restartCount}, ready ${status.ready}, ${state}`,
        );
        for (const previous of status.restartCount > 0 ? [true, false] : [false]) {
          const log = await this.core
            .readNamespacedPodLog({ namespace, name, container: status.name, tailLines: 40, previous })
            .catch(() => '');
          if (log) lines.push(indent(`${previous ? 'previous ' : ''}log of ${status.name}`, log));
        }
      }
    }
    return this.#redact(namespace, lines.join('\n'));
  }

  async #redact(namespace: string, text: string): Promise<string> {
    const { items } = await this.core.listNamespacedSecret({ namespace });
    const values = items
      .filter((secret) => secret.type === 'Opaque')
      .flatMap((secret) => Object.values(secret.data ?? {}))
      .map((value) => Buffer.from(value, 'base64').toString())
      .filter((value) => value.length >= 8);
    return values.reduce((clean, value) => clean.replaceAll(value, '***'), text);
  }
}

export function isReady(pod: V1Pod): boolean {
  return (
    pod.metadata?.deletionTimestamp === undefined &&
    pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ===
      true
  );
}

export function nameOf(object: { metadata?: { name?: string } }): string {
  return object.metadata?.name ?? '';
}

function ignoreNotFound(error: unknown): undefined {
  if ((error as { code?: unknown }).code === 404) return undefined;
  throw error;
}

function errorIn(text: string): string {
  try {
    const body = JSON.parse(text) as { error?: string; message?: string };
    return body.error ?? body.message ?? text;
  } catch {
    return text.slice(0, 300);
  }
}

function indent(title: string, text: string): string {
  return [
    `  ${title}:`,
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
  ].join('\n');
}

function collect(): { stream: PassThrough; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

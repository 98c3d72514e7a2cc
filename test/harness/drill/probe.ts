import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { V1ConfigMap, V1EnvVar, V1Pod } from '@kubernetes/client-node';
import { build } from 'esbuild';
import { systemsDir } from '../base/paths.ts';
import { isReady, type Kube, waitFor } from '../cluster/kube.ts';
import { Ledger, type PackedLedger, type PackedReadBack, type ReadBack, unpackReadBack } from './ledger.ts';
import type { MemberView, RunOptions, RunStatus } from './probecore.ts';

export const probeImage = 'docker.io/library/node:20-slim';

const name = 'ballast-probe';
const port = 8080;

/** A JSON request to a probe, wherever that runs. Throws with the `error` of an answer that is none. */
type Ask = <T>(
  method: 'GET' | 'POST',
  path: string,
  options: { body?: unknown; seconds?: number },
) => Promise<T>;

/** The client that keeps the ledger. In a cluster it is a pod on the control plane, where no fault reaches it. */
export class Probe {
  readonly #send: Ask;
  #ledgerName = '';

  constructor(send: Ask) {
    this.#send = send;
  }

  /** Starts the probe for a system (test/systems/SYSTEM/probe.ts) beside what it writes to, anew if its code or environment changed. */
  static async deploy(kube: Kube, namespace: string, system: string, env: V1EnvVar[]): Promise<Probe> {
    const bundle = gzipSync(await bundleOf(system), { level: 9 });
    const version = createHash('sha256')
      .update(bundle)
      .update(JSON.stringify(env))
      .digest('hex')
      .slice(0, 16);
    const found = await kube.pods(namespace, `app.kubernetes.io/name=${name}`);
    if (!found.some((pod) => pod.metadata?.annotations?.version === version && isReady(pod))) {
      if (found.length > 0) {
        await kube.core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
        await waitFor('the old probe to be gone', 60, async () =>
          (await kube.pods(namespace, `app.kubernetes.io/name=${name}`)).length === 0 ? true : 'still there',
        );
      }
      await kube.apply([configMap(namespace, bundle), podOf(namespace, version, env)]);
    }
    await waitFor('the probe to be ready', 120, async () => {
      const [pod] = await kube.pods(namespace, `app.kubernetes.io/name=${name}`);
      return pod && isReady(pod)
        ? true
        : JSON.stringify(pod?.status?.containerStatuses?.[0]?.state ?? pod?.status?.phase);
    });
    return new Probe((method, path, options) =>
      kube.podRequest({ namespace, pod: name, port }, method, path, options),
    );
  }

  /** Makes a new, empty ledger and starts its writers. */
  start(options: RunOptions): Promise<RunStatus> {
    this.#ledgerName = options.ledger;
    return this.#ask('POST', '/start', {}, { body: options, seconds: 60 });
  }

  /** Stamps this moment by the probe's clock; ms since the ledger was opened. */
  async mark(moment: string): Promise<number> {
    const { ms } = await this.#ask<{ ms: number }>('POST', '/mark', { name: moment });
    return ms;
  }

  status(): Promise<RunStatus> {
    return this.#ask('GET', '/status');
  }

  stop(): Promise<RunStatus> {
    return this.#ask('POST', '/stop');
  }

  async ledger(): Promise<Ledger> {
    return Ledger.unpack(await this.#ask<PackedLedger>('GET', '/ledger', {}, { seconds: 120 }));
  }

  /** Everything `host` holds of this ledger, once it has applied what `primary` has committed. */
  async read(host: string, primary: string): Promise<ReadBack> {
    const query = { host, primary, ledger: this.#ledgerName };
    return unpackReadBack(await this.#ask<PackedReadBack>('GET', '/read', query, { seconds: 180 }));
  }

  view(host: string): Promise<MemberView> {
    return this.#ask('GET', '/view', { host });
  }

  #ask<T>(
    method: 'GET' | 'POST',
    path: string,
    query: Record<string, string> = {},
    options: { body?: unknown; seconds?: number } = {},
  ): Promise<T> {
    const suffix = Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : '';
    return this.#send(method, path + suffix, options);
  }
}

/** A system's probe as one script. */
export async function bundleOf(system: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(systemsDir, system, 'probe.ts')],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    write: false,
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (!file) throw new Error(`esbuild made nothing of probe ${system}`);
  return file.contents;
}

function configMap(namespace: string, bundle: Buffer): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    binaryData: { 'probe.js.gz': bundle.toString('base64') },
  };
}

function podOf(namespace: string, version: string, env: V1EnvVar[]): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/name': name }, annotations: { version } },
    spec: {
      nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
      tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }],
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 2,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'probe',
          image: probeImage,
          command: [
            'node',
            '-e',
            'eval(require("node:zlib").gunzipSync(require("node:fs").readFileSync("/probe/probe.js.gz")).toString())',
          ],
          // Name look-ups of several writers block one thread each.
          env: [...env, { name: 'UV_THREADPOOL_SIZE', value: '16' }],
          ports: [{ containerPort: port }],
          readinessProbe: { httpGet: { path: '/health', port }, periodSeconds: 1 },
          resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '384Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'probe', mountPath: '/probe', readOnly: true }],
        },
      ],
      volumes: [{ name: 'probe', configMap: { name } }],
    },
  };
}

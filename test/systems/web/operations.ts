import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { build } from 'esbuild';
import { messageOf } from '../../harness/base/errors.ts';
import { systemsDir } from '../../harness/base/paths.ts';
import { report } from '../../harness/base/report.ts';
import { switchedOff } from '../../harness/charts/charts.ts';
import { releaseName } from '../../harness/cluster/install.ts';
import { isReady, type Kube, nameOf, waitFor } from '../../harness/cluster/kube.ts';
import { Release } from '../../harness/cluster/release.ts';
import type { TestCluster } from '../../harness/drill/drill.ts';
import { probeImage } from '../../harness/drill/probe.ts';
import type { Values } from '../../harness/drill/types.ts';

/** A release of the guest book, with a MySQL and a Redis of its own, and a client in a pod beside it. */

const client = 'client';
/** What the guest book uses, as small as it runs. */
const used: Values = {
  mysql: {
    architecture: 'standalone',
    databases: [{ name: 'guestbook' }],
    users: [{ name: 'web', grants: [{ privileges: 'ALL', target: 'guestbook.*' }] }],
  },
  redis: { architecture: 'standalone', users: [] },
};
const book: Values = {
  enabled: true,
  image: { registry: 'ballast.dev', repository: 'guestbook', tag: '1.0.0' },
  application: 'guestbook.wsgi:application',
  uses: ['mysql', 'redis'],
  env: { GUESTBOOK_TRIALS: 'on' },
  probes: { readiness: { path: '/readyz' }, liveness: { path: '/healthz' } },
};

export interface Load {
  /** Answers and failures by what was asked and what came. */
  answers: Record<string, number>;
  failures: Record<string, number>;
  longestMs: number;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export class GuestBook {
  readonly testCluster: TestCluster;
  readonly release: Release;
  readonly system = { name: 'web' };
  readonly url = `http://${releaseName}-web`;

  private constructor(testCluster: TestCluster, release: Release) {
    this.testCluster = testCluster;
    this.release = release;
  }

  static async open(testCluster: TestCluster, variant: string, values: Values): Promise<GuestBook> {
    const { kube } = testCluster;
    const namespace = `drill-web-${variant}`;
    await kube.deleteNamespace(namespace);
    await kube.gone(namespace);
    await kube.ensureNamespace(namespace);
    const release = new Release(releaseName, namespace, kube.kubeconfig, {
      ...switchedOff(),
      ...used,
      web: { ...book, ...values },
    });
    await kube.apply([clientPod(namespace)]);
    try {
      await release.apply();
    } catch (error) {
      report(await kube.dump(namespace));
      throw error;
    }
    await waitFor('the client to be there', 60, async () =>
      (await kube.pods(namespace, `app=${client}`)).some(isReady) ? true : 'not ready',
    );
    return new GuestBook(testCluster, release);
  }

  get namespace(): string {
    return this.release.namespace;
  }

  get #kube(): Kube {
    return this.testCluster.kube;
  }

  upgrade(web: Values): Promise<void> {
    return this.release.apply({ web });
  }

  async leave(): Promise<void> {
    await this.#kube.deleteNamespace(this.namespace);
  }

  pods(): Promise<V1Pod[]> {
    const selector = `app.kubernetes.io/name=web,app.kubernetes.io/instance=${releaseName},app.kubernetes.io/component=server`;
    return this.#kube.pods(this.namespace, selector);
  }

  async clientAddress(): Promise<string | undefined> {
    const [pod] = await this.#kube.pods(this.namespace, `app=${client}`);
    return pod?.status?.podIP;
  }

  /** What a container of the first of some pods said. */
  async logs(container: string, pods = this.pods()): Promise<string> {
    const [pod] = await pods;
    if (!pod) throw new Error('there is no pod');
    return this.#kube.core.readNamespacedPodLog({ namespace: this.namespace, name: nameOf(pod), container });
  }

  /** Runs a command in the first pod's container of the project. */
  async inProject(...argv: string[]): Promise<string> {
    const [pod] = (await this.pods()).filter(isReady);
    if (!pod) throw new Error('no pod is ready');
    const { stdout } = await this.#kube.exec(this.namespace, nameOf(pod), 'web', argv, { seconds: 300 });
    return stdout.trim();
  }

  /** Asks as the pod beside it: the Service by its name. */
  async ask(
    path: string,
    options: { headers?: Record<string, string>; form?: Record<string, string | { bytes: number }> } = {},
  ): Promise<Answer> {
    const script = `
      const { url, headers, form } = JSON.parse(process.argv[1]);
      const body = form && new FormData();
      for (const [name, value] of Object.entries(form ?? {}))
        body.append(name, typeof value === 'string' ? value : new Blob([Buffer.alloc(value.bytes, 'x')]), ...(typeof value === 'string' ? [] : ['picture.txt']));
      const answer = await fetch(url, { headers, ...(body ? { method: 'POST', body } : {}) });
      console.log(JSON.stringify({ status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }));`;
    const { stdout } = await this.#kube.exec(this.namespace, client, client, [
      'node',
      '--input-type=module',
      '--eval',
      script,
      JSON.stringify({ url: this.url + path, ...options }),
    ]);
    return JSON.parse(stdout) as Answer;
  }

  /** Lets clients ask without a pause while `act` runs, and for some seconds around it. Gives what they were told. */
  async underLoad(act: () => Promise<void>): Promise<Load> {
    const run = (argv: string[], options = {}) =>
      this.#kube.exec(this.namespace, client, client, argv, options);
    await run(['rm', '-f', '/tmp/stop']);
    const running = run(['node', '--eval', await loadScript(), '--', this.url, '8'], { seconds: 600 });
    running.catch(() => undefined);
    let failure: unknown;
    try {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      await act();
      await waitFor('old pods to be gone', 120, async () => {
        const ending = (await this.pods()).filter(({ metadata }) => metadata?.deletionTimestamp);
        return ending.length === 0 || `${ending.map(nameOf).join(', ')} are ending`;
      });
    } catch (error) {
      failure = error;
    }
    await run(['touch', '/tmp/stop']);
    const { stdout } = await running;
    if (failure !== undefined) throw failure;
    const load = JSON.parse(stdout) as Load;
    report(`under load: ${JSON.stringify(load)}`);
    return load;
  }
}

async function loadScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(systemsDir, 'web', 'load.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

function clientPod(namespace: string): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: client, namespace, labels: { app: client } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: client,
          image: probeImage,
          command: ['node', '--eval', 'setInterval(() => {}, 1e6)'],
          resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  };
}

/** What an upgrade that has to fail was refused with. */
export const refusalOf = (upgrade: Promise<void>): Promise<string> =>
  upgrade.then(() => 'no refusal', messageOf);

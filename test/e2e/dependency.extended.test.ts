import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { withTempDir } from '../harness/base/host.ts';
import { merge } from '../harness/base/merge.ts';
import { chartsDir } from '../harness/base/paths.ts';
import { report, reportTo } from '../harness/base/report.ts';
import { e2eProfile, loadChart, switchedOff } from '../harness/charts/charts.ts';
import type { Manifest } from '../harness/charts/manifests.ts';
import { assemble } from '../harness/charts/render.ts';
import { Shell } from '../harness/cluster/commands.ts';
import { shellSetup } from '../harness/cluster/install.ts';
import { nameOf, waitFor } from '../harness/cluster/kube.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import { findEngine } from '../harness/images/engine.ts';
import { ensureRegistry } from '../harness/images/registry.ts';

/**
 * Somebody's own umbrella chart, which depends on ours from a registry, and adds an app. It is brought into the cluster as Argo CD does it: `helm template` without a
 * cluster, hooks of an installation and of an upgrade alike in each sync, by their weights, and the rest by server-side apply; then nothing may differ from what was rendered.
 */

const namespace = 'drill-dependency';
const manager = 'argocd-controller';

/** Knows no more of ours than what READMEs tell. */
const app = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-counter
spec:
  selector:
    matchLabels: {app: counter}
  template:
    metadata:
      labels: {app: counter}
    spec:
      enableServiceLinks: false
      securityContext: {runAsNonRoot: true, runAsUser: 999, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: counter
          image: docker.io/library/mysql:9.7
          command: [sh, -ec, 'until mysql --host={{ .Release.Name }}-mysql-primary --user="$USER" --execute="CREATE TABLE IF NOT EXISTS shop.visits (id INT)"; do sleep 2; done; touch /tmp/ready; exec sleep 100000']
          env:
            - name: USER
              valueFrom: {secretKeyRef: {name: {{ .Release.Name }}-mysql-user-shop, key: username}}
            - name: MYSQL_PWD
              valueFrom: {secretKeyRef: {name: {{ .Release.Name }}-mysql-user-shop, key: password}}
          readinessProbe: {exec: {command: [test, -e, /tmp/ready]}}
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`;

const values = merge(merge(e2eProfile().values, switchedOff()), {
  mysql: {
    enabled: true,
    architecture: 'replication',
    replicas: 2,
    databases: [{ name: 'shop' }],
    users: [{ name: 'shop', grants: [{ privileges: 'ALL', target: 'shop.*' }] }],
  },
  redis: { enabled: true },
  kafka: { enabled: true, architecture: 'standalone' },
  rabbitmq: { enabled: true, architecture: 'standalone' },
  minio: { enabled: true, architecture: 'standalone' },
});

let cluster: TestCluster;

beforeAll(async () => {
  reportTo((line) => void process.stderr.write(`  dependency ${line}\n`));
  cluster = await joinTestCluster();
  await cluster.kube.deleteNamespace(namespace);
  await cluster.kube.gone(namespace);
  await cluster.kube.ensureNamespace(namespace);
});
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    throw new Error(`the state then:\n${await cluster.kube.dump(namespace)}`);
});

const annotation = ({ metadata }: Manifest, name: string): string =>
  metadata.annotations?.[`helm.sh/${name}`] ?? '';
const asText = (objects: readonly Manifest[]): string => objects.map((each) => stringify(each)).join('---\n');

/** One sync, and how what is there differs from what was rendered then. */
class Argo {
  readonly #shell: Shell;
  readonly #dir: string;

  constructor(shell: Shell, dir: string) {
    this.#shell = shell;
    this.#dir = dir;
  }

  async sync(): Promise<void> {
    const objects = await this.#rendered();
    const hooks = (...names: string[]) =>
      objects.filter((each) => names.some((name) => annotation(each, 'hook').split(',').includes(name)));
    await this.#run('PreSync', hooks('pre-install', 'pre-upgrade'));
    await this.#kubectl(
      `apply --server-side --field-manager=${manager}`,
      objects.filter((each) => !annotation(each, 'hook')),
    );
    await waitFor('all to be healthy', 420, async () => {
      const { stdout } = await this.#shell.run(
        `kubectl get statefulsets,deployments,jobs -n ${namespace} -o jsonpath='{range .items[*]}{.kind}/{.metadata.name} {.spec.replicas}{.spec.completions} {.status.readyReplicas}{.status.succeeded}{"\\n"}{end}'`,
      );
      const waiting = stdout
        .trim()
        .split('\n')
        .filter((line) => !/ (\d+) \1$/.test(line));
      return waiting.length === 0 || waiting.join(', ');
    });
    await this.#run('PostSync', hooks('post-install', 'post-upgrade'));
  }

  async drift(): Promise<string> {
    const objects = (await this.#rendered()).filter((each) => !annotation(each, 'hook'));
    return this.#kubectl(
      `diff --server-side --force-conflicts --field-manager=${manager}`,
      objects,
      ' || [ $? = 1 ]',
    );
  }

  async #rendered(): Promise<Manifest[]> {
    const { stdout } = await this.#shell.run(
      `helm template mine platform --namespace ${namespace} --kube-version 1.34.4`,
    );
    return parseAllDocuments(stdout)
      .map((document) => document.toJS() as Manifest | null)
      .filter((each) => each !== null);
  }

  async #run(phase: string, hooks: readonly Manifest[]): Promise<void> {
    const weight = (each: Manifest) => Number(annotation(each, 'hook-weight') || 0);
    for (const wave of [...new Set(hooks.map(weight))].toSorted((a, b) => a - b)) {
      const objects = hooks.filter((each) => weight(each) === wave);
      report(`${phase}, ${wave}: ${objects.map((each) => `${each.kind}/${each.metadata.name}`).join(', ')}`);
      await this.#kubectl('delete --ignore-not-found', objects);
      await this.#kubectl('apply', objects);
      for (const job of objects.filter(({ kind }) => kind === 'Job')) {
        await waitFor(`Job ${job.metadata.name} to succeed`, 300, async () => {
          const { stdout } = await this.#shell.run(
            `kubectl get job -n ${namespace} ${job.metadata.name} -o jsonpath='{.status.conditions[*].type} {.status.succeeded}'`,
          );
          return /(^| )Complete /.test(stdout) || stdout;
        });
      }
    }
    const gone = hooks.filter((each) => annotation(each, 'hook-delete-policy').includes('hook-succeeded'));
    await this.#kubectl('delete --ignore-not-found', gone);
  }

  async #kubectl(command: string, objects: readonly Manifest[], orElse = ''): Promise<string> {
    if (objects.length === 0) return '';
    const file = join(this.#dir, 'objects.yaml');
    await writeFile(file, asText(objects));
    return (await this.#shell.run(`kubectl -n ${namespace} ${command} -f ${file}${orElse}`)).stdout;
  }
}

test(
  'an umbrella of one’s own, synced as Argo CD does it, drifts from nothing, and a second sync changes nothing',
  () =>
    withTempDir(async (dir) => {
      const shell = new Shell(await shellSetup(cluster.kube.kubeconfig), dir);
      const { address } = await ensureRegistry(await findEngine());
      const place = `oci://${address}/dependency/${Date.now()}`;
      const ours = loadChart(join(chartsDir, 'ballast'));
      await shell.run(
        `helm package ${await assemble(ours)} && helm push ballast-*.tgz ${place} --plain-http && rm ballast-*.tgz`,
      );
      const chart = join(dir, 'platform');
      await mkdir(join(chart, 'templates'), { recursive: true });
      const dependency = { name: 'ballast', version: ours.metadata.version, repository: place };
      await writeFile(
        join(chart, 'Chart.yaml'),
        stringify({ apiVersion: 'v2', name: 'platform', version: '0.1.0', dependencies: [dependency] }),
      );
      await writeFile(join(chart, 'values.yaml'), stringify({ ballast: values }));
      await writeFile(join(chart, 'templates', 'counter.yaml'), app);
      await shell.run('helm dependency update platform --plain-http');

      const argo = new Argo(shell, dir);
      await argo.sync();
      expect(await argo.drift()).toBe('');
      const uids = async () =>
        (await cluster.kube.pods(namespace, ''))
          .filter(({ status }) => status?.phase === 'Running')
          .map((pod) => `${nameOf(pod)} ${pod.metadata?.uid}`)
          .toSorted();
      const before = await uids();
      await argo.sync();
      expect(await argo.drift()).toBe('');
      expect(await uids()).toEqual(before);
      // A difference would be seen.
      const label = 'app.kubernetes.io/managed-by';
      await shell.run(`kubectl label -n ${namespace} service mine-kafka ${label}=somebody --overwrite`);
      expect(await argo.drift()).toMatch(new RegExp(`^-\\s+${label}: somebody$`, 'm'));
    }),
  1_500_000,
);

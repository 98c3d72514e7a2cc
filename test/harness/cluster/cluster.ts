import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { messageOf, UserError } from '../base/errors.ts';
import { $, ExecError, type ExecOptions, type ExecResult } from '../base/exec.ts';
import { writeWhole } from '../base/files.ts';
import {
  contentKey,
  type Host,
  readHost,
  reporting,
  requireSpace,
  waitFor,
  withLock,
  withTempDir,
} from '../base/host.ts';
import { cacheRoot } from '../base/paths.ts';
import { report } from '../base/report.ts';
import { type Engine, findEngine } from '../images/engine.ts';
import { ensureNodeImage, type NodeImage } from '../images/nodeimage.ts';
import { mirrorHosts, removeRegistry } from '../images/registry.ts';
import { tool } from '../images/tools.ts';

/** A running kind cluster of ours. */
export interface Cluster {
  name: string;
  /** A file of this cluster alone; the user's own kubeconfig is never touched. */
  kubeconfig: string;
  engine: Engine;
  /** Names of its nodes, which are also those of its containers: the control plane first, then workers in order. */
  nodes: readonly string[];
  kubectl(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Runs a program on a node, outside any pod. */
  nodeExec(node: string, argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** A crash: everything on the node dies at once. */
  killNode(node: string): Promise<void>;
  /** Boots a node that was killed; it may come back with another address. Returns when its container runs. */
  startNode(node: string): Promise<void>;
  nodeIp(node: string): Promise<string>;
}

export interface ClusterOptions {
  name: string;
  workers: number;
  /** Holds nothing of the user's: made anew when it is broken or of an older recipe. Others are only repaired. */
  disposable?: boolean;
}

/** One node's container as found. */
export interface NodeState {
  name: string;
  /** It runs programs; the engine's word alone won't do, since after a hard stop podman still lists dead containers as up. */
  answers: boolean;
}

export type ClusterPlan = 'create' | 'recreate' | 'refuse' | 'use';

/**
 * What to do about a cluster once its stopped nodes were started. `marker` is what we leave in a finished cluster, `intent` whether a
 * creation of ours was begun and not finished.
 */
export function planCluster(
  found: readonly NodeState[],
  wanted: readonly string[],
  marker: string | undefined,
  intent: boolean,
): ClusterPlan {
  if (found.length === 0) return 'create';
  if (marker === undefined) return intent ? 'recreate' : 'refuse';
  const complete = wanted.every((name) => found.some((node) => node.name === name && node.answers));
  return complete ? 'use' : 'recreate';
}

/** kind's names for the nodes of a cluster. */
export function nodeNames(name: string, workers: number): string[] {
  const worker = (_: unknown, index: number): string => `${name}-worker${index === 0 ? '' : index + 1}`;
  return [`${name}-control-plane`, ...Array.from({ length: workers }, worker)];
}

/** kind's configuration of a cluster. */
export function kindConfig(name: string, workers: number, host: Host): string {
  const worker = (_: unknown, index: number): object => ({
    role: 'worker',
    labels: { 'topology.kubernetes.io/zone': `zone-${String.fromCharCode(97 + (index % 3))}` },
  });
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name,
    // Lets kubelet go on where it may not set what needs CAP_SYS_RESOURCE.
    ...(host.linux && !host.sysResource ? { featureGates: { KubeletInUserNamespace: true } } : {}),
    nodes: [{ role: 'control-plane' }, ...Array.from({ length: workers }, worker)],
    containerdConfigPatches: [
      '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n',
    ],
    kubeadmConfigPatches: [
      // One control plane needs no leader election, and a test cluster no fsync: both only cost processor and disk here.
      stringify({
        kind: 'ClusterConfiguration',
        etcd: {
          local: {
            extraArgs: {
              'heartbeat-interval': '1000',
              'election-timeout': '10000',
              'unsafe-no-fsync': 'true',
            },
          },
        },
        controllerManager: { extraArgs: { 'leader-elect': 'false' } },
        scheduler: { extraArgs: { 'leader-elect': 'false' } },
      }),
    ],
  });
}

const markerPath = '/kind/ballast';

/** Makes a cluster run: creates it, starts what was stopped, or finishes what was interrupted. Throws UserError or TimeoutError. */
export async function ensureCluster(options: ClusterOptions): Promise<Cluster> {
  const { name, workers, disposable = false } = options;
  const engine = await findEngine();
  const kind = await tool('kind');
  const image = await ensureNodeImage(engine);
  // Where that had to be built, kubectl was, too.
  const kubectl = await tool('kubectl');
  return withLock(`cluster-${name}`, async () => {
    const host = readHost();
    const config = kindConfig(name, workers, host);
    const key = contentKey(config, image.ref);
    const cluster = handle(name, engine, kubectl, nodeNames(name, workers));
    const intentPath = join(dirname(cluster.kubeconfig), 'creating');

    const found = await nodeStates(engine, name);
    for (const node of found.filter(({ answers }) => !answers)) {
      node.answers = await reporting(`starting node ${node.name}`, () => revive(engine, node.name));
    }
    const marker = found.length === 0 ? undefined : await readMarker(cluster);
    let plan = planCluster(found, cluster.nodes, marker, existsSync(intentPath));
    if (plan === 'refuse') {
      throw new UserError(
        `a kind cluster named ${name} exists that Ballast did not make`,
        `remove it: ${engine.name === 'docker' ? '' : `KIND_EXPERIMENTAL_PROVIDER=${engine.name} `}kind delete cluster --name ${name}`,
      );
    }
    if (plan === 'recreate' && marker !== undefined && !disposable) throw broken(name, 'nodes do not start');
    if (plan === 'use') {
      await kindExport(kind, engine, cluster);
      try {
        await waitForNodes(cluster, 180);
        if (disposable && marker !== key) {
          report(`cluster ${name} was made by another version of its recipe: making it anew`);
          plan = 'recreate';
        }
      } catch (error) {
        if (!disposable) throw broken(name, messageOf(error));
        report(`cluster ${name} does not come back (${messageOf(error)}): making it anew`);
        plan = 'recreate';
      }
    }
    if (plan === 'recreate') await remove(kind, engine, name);
    if (plan !== 'use') {
      await raiseInotifyLimit(host);
      await requireSpace(6, `cluster ${name}`);
      await mkdir(dirname(cluster.kubeconfig), { recursive: true });
      await writeFile(intentPath, '');
      await create(kind, cluster, config, image);
      await cluster.nodeExec(cluster.nodes[0] ?? '', ['sh', '-c', `printf %s ${key} > ${markerPath}`]);
      await rm(intentPath, { force: true });
    }
    return cluster;
  });
}

/** A cluster that another process has made run, and keeps: nothing is looked at or changed. */
export async function joinCluster(name: string, workers: number): Promise<Cluster> {
  const engine = await findEngine();
  return handle(name, engine, await tool('kubectl'), nodeNames(name, workers));
}

function broken(name: string, reason: string): UserError {
  return new UserError(
    `cluster ${name} does not come back (${reason})`,
    'npm run down removes it and its data, npm run up makes it anew',
  );
}

/** Removes a cluster, and the registry with the last one. Gives false when there was none. */
export async function deleteCluster(name: string): Promise<boolean> {
  const engine = await findEngine();
  const kind = await tool('kind');
  return withLock(`cluster-${name}`, async () => {
    const found = await nodeStates(engine, name);
    if (found.length > 0) await remove(kind, engine, name);
    await rm(clusterDir(name), { recursive: true, force: true });
    const { stdout } = await $({ env: engine.env })`${kind} get clusters`;
    const others = stdout.split('\n').filter((other) => other === 'ballast' || other.startsWith('ballast-'));
    if (others.length === 0) await removeRegistry(engine);
    return found.length > 0;
  });
}

function clusterDir(name: string): string {
  return join(cacheRoot, 'clusters', name);
}

function handle(name: string, engine: Engine, kubectl: string, nodes: readonly string[]): Cluster {
  const kubeconfig = join(clusterDir(name), 'kubeconfig');
  return {
    name,
    kubeconfig,
    engine,
    nodes,
    kubectl: (args, options = {}) => $(options)`${kubectl} --kubeconfig ${kubeconfig} ${args}`,
    nodeExec: (node, argv, options) =>
      engine.run(['exec', ...(options?.input === undefined ? [] : ['-i']), node, ...argv], options),
    killNode: async (node) => void (await engine.run(['kill', node])),
    startNode: async (node) => void (await engine.run(['start', node])),
    nodeIp: async (node) => {
      const { stdout } = await engine.run([
        'inspect',
        '--format',
        '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}',
        node,
      ]);
      return stdout.trim().split(' ')[0] ?? '';
    },
  };
}

async function nodeStates(engine: Engine, name: string): Promise<NodeState[]> {
  const { stdout } = await engine.run([
    ...['ps', '--all', '--filter', `label=io.x-k8s.kind.cluster=${name}`, '--format', '{{.Names}}'],
  ]);
  const names = stdout.split('\n').filter((line) => line !== '');
  return Promise.all(names.map(async (node) => ({ name: node, answers: await answers(engine, node) })));
}

async function answers(engine: Engine, node: string): Promise<boolean> {
  return engine.run(['exec', node, 'true'], { timeout: 15_000 }).then(
    () => true,
    () => false,
  );
}

/** Where podman's monitor processes leave exit codes. */
const podmanExits = '/run/libpod/exits';

async function revive(engine: Engine, node: string): Promise<boolean> {
  await engine.run(['start', node]).catch(() => undefined);
  if (await answers(engine, node)) return true;
  // Killed along with its monitor, a container stays "up" for podman, which then refuses to start or stop it: it waits for the
  // exit code that the monitor would have written. docker and nerdctl notice by themselves.
  const { stdout } = await engine.run(['inspect', '--format', '{{.Id}} {{.State.Pid}}', node]);
  const [id = '', pid] = stdout.trim().split(' ');
  if (engine.name !== 'podman' || !existsSync(podmanExits) || existsSync(`/proc/${pid}`)) return false;
  await writeFile(join(podmanExits, id), '137');
  await engine.run(['start', node]).catch(() => undefined);
  return answers(engine, node);
}

/** Read from the container's file system, so that a node that does not run can be told from one that is not ours. */
async function readMarker(cluster: Cluster): Promise<string | undefined> {
  return withTempDir(async (temp) => {
    const copy = join(temp, 'marker');
    await cluster.engine.run(['cp', `${cluster.nodes[0]}:${markerPath}`, copy]).catch(() => undefined);
    return existsSync(copy) ? readFile(copy, 'utf8') : undefined;
  });
}

/** Each node's systemd, containerd and kubelet watch files; the kernel's default, shared by all, is too few for two clusters. */
async function raiseInotifyLimit(host: Host): Promise<void> {
  const path = '/proc/sys/fs/inotify/max_user_instances';
  if (!host.linux || !host.root || Number(await readFile(path, 'utf8')) >= 1024) return;
  await writeFile(path, '1024').catch(() => undefined);
}

async function kindExport(kind: string, engine: Engine, cluster: Cluster): Promise<void> {
  await withTempDir(async (dir) => {
    const half = join(dir, 'kubeconfig');
    await $({ env: engine.env })`${kind} export kubeconfig --name ${cluster.name} --kubeconfig ${half}`;
    // kind writes in place, and another worker's helm may be reading.
    await writeWhole(cluster.kubeconfig, await readFile(half, 'utf8'), 0o600);
  });
}

async function remove(kind: string, engine: Engine, name: string): Promise<void> {
  const kubeconfig = join(clusterDir(name), 'kubeconfig');
  await reporting(
    `removing cluster ${name}`,
    () => $({ env: engine.env })`${kind} delete cluster --name ${name} --kubeconfig ${kubeconfig}`,
  );
}

async function create(kind: string, cluster: Cluster, config: string, image: NodeImage): Promise<void> {
  const { name, engine, kubeconfig, nodes } = cluster;
  await reporting(`creating cluster ${name} (${nodes.length} nodes)`, async () => {
    const create = $({ env: engine.env, input: config, timeout: 900_000 });
    await create`${kind} create cluster --name ${name} --config - --image ${image.ref} --kubeconfig ${kubeconfig}`;
  });
  const certs = '/etc/containerd/certs.d/_default';
  await Promise.all(
    nodes.map((node) =>
      cluster.nodeExec(node, ['sh', '-c', `mkdir -p ${certs} && cat > ${certs}/hosts.toml`], {
        input: mirrorHosts,
      }),
    ),
  );
  await tuneDns(cluster);
  await waitForNodes(cluster, 180);
}

/**
 * Drills crash workers, and what they measure is the charts, not cluster DNS: one CoreDNS on the control plane, whose answers about
 * Services and pods may be 5 s old (kubeadm's default is 30 s).
 */
async function tuneDns(cluster: Cluster): Promise<void> {
  const { stdout } = await cluster.kubectl([
    '-n',
    'kube-system',
    'get',
    'configmap',
    'coredns',
    '-o',
    'json',
  ]);
  const { data } = JSON.parse(stdout) as { data: { Corefile: string } };
  const corefile = data.Corefile.replace(/^(\s*)ttl \d+/m, '$1ttl 5');
  const patch = async (what: string, body: object): Promise<void> => {
    await cluster.kubectl([
      '-n',
      'kube-system',
      'patch',
      what,
      '--type',
      'merge',
      '--patch',
      JSON.stringify(body),
    ]);
  };
  await patch('configmap/coredns', { data: { Corefile: corefile } });
  await patch('deployment/coredns', {
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate', rollingUpdate: null },
      template: { spec: { nodeSelector: { 'node-role.kubernetes.io/control-plane': '' } } },
    },
  });
}

/** Waits until every node is Ready, and DNS and storage with them. */
async function waitForNodes(cluster: Cluster, seconds: number): Promise<void> {
  interface Item {
    metadata: { name: string };
    status: { conditions?: { type: string; status: string }[]; readyReplicas?: number };
  }
  const list = async (what: readonly string[]): Promise<Item[]> => {
    const { stdout } = await cluster.kubectl(['get', ...what, '-o', 'json', '--request-timeout=10s']);
    return (JSON.parse(stdout) as { items: Item[] }).items;
  };
  const ready = (item: Item): boolean =>
    item.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  await waitFor(`nodes of cluster ${cluster.name} to be ready`, seconds, async () => {
    try {
      const nodes = await list(['nodes']);
      const missing = cluster.nodes.filter(
        (name) => !nodes.some((node) => node.metadata.name === name && ready(node)),
      );
      if (missing.length > 0) return `not ready: ${missing.join(', ')}`;
      const deployments = await list(['deployments', '--all-namespaces']);
      const serving = deployments.filter(({ status }) => (status.readyReplicas ?? 0) > 0);
      const waiting = ['coredns', 'local-path-provisioner'].filter(
        (name) => !serving.some(({ metadata }) => metadata.name === name),
      );
      return waiting.length === 0 || `not ready: ${waiting.join(', ')}`;
    } catch (error) {
      // Its whole complaint would be noise: refused connections, then forbidden requests until its own roles are there.
      return error instanceof ExecError ? 'the API server does not answer yet' : messageOf(error);
    }
  });
}

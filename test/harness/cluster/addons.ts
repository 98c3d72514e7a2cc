import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject, V1Condition } from '@kubernetes/client-node';
import { parse, parseAllDocuments } from 'yaml';
import { withLock } from '../base/host.ts';
import { merge } from '../base/merge.ts';
import { renderDocuments } from '../charts/helm.ts';
import { type Manifest, Manifests } from '../charts/manifests.ts';
import { kubernetesVersion } from '../charts/render.ts';
import type { Values } from '../drill/types.ts';
import { moduleDir, pinned } from '../images/tools.ts';
import { type Kube, waitFor } from './kube.ts';

interface AddonRecipe {
  objects(): Promise<Manifest[]>;
  /** Whether it does what it is for, where that can be told besides by its pods; else what is amiss. */
  works?(kube: Kube): Promise<true | string>;
}

/** What a cluster of tests may have besides Kubernetes itself, each in a namespace of its name, and a Deployment or DaemonSet of that. */
const addons = {
  /** Enforces NetworkPolicies, of which the cluster's own network knows nothing. Flaws are reported for it: for clusters that are thrown away. */
  'kube-router': {
    objects: kubeRouter,
  },
  /** Lets HorizontalPodAutoscalers see what pods use. */
  'metrics-server': {
    objects: metricsServer,
    works: async (kube) => {
      const { items } = await kube.request<{ items: unknown[] }>('GET', '/apis/metrics.k8s.io/v1beta1/nodes');
      return items.length > 0 || 'it knows of no node yet';
    },
  },
  /** Leads to apps by Ingresses of the class `traefik`, and by HTTPRoutes of the Gateway of that name. */
  traefik: {
    objects: traefik,
    works: async (kube) => {
      const api = 'gateway.networking.k8s.io/v1';
      const accepted = await met(kube, `${api}/gatewayclasses/traefik`, 'Accepted');
      return accepted === true
        ? met(kube, `${api}/namespaces/traefik/gateways/traefik`, 'Programmed')
        : accepted;
    },
  },
} as const satisfies Record<string, AddonRecipe>;

type Addon = keyof typeof addons;

const file = (name: string): Promise<string> => readFile(join(import.meta.dirname, 'addons', name), 'utf8');

/** By the chart that its module has, which is older than the program. */
async function metricsServer(): Promise<Manifest[]> {
  const [{ version }, dir, own] = await Promise.all([
    pinned('metrics-server'),
    moduleDir('metrics-server'),
    file('metrics-server.yaml'),
  ]);
  const values = merge(parse(own) as Values, { image: { tag: version } });
  const result = await renderDocuments({
    chart: join(dir, 'charts', 'metrics-server'),
    release: 'metrics-server',
    namespace: 'metrics-server',
    kubeVersion: kubernetesVersion,
    values: JSON.stringify(values),
  });
  if ('refusal' in result) throw new Error(`metrics-server's chart: ${result.refusal}`);
  return result.documents.map(({ object }) => object);
}

async function kubeRouter(): Promise<Manifest[]> {
  const [{ version }, own] = await Promise.all([pinned('kube-router'), file('kube-router.yaml')]);
  return parseAllDocuments(own.replaceAll('$VERSION', version)).map(
    (document) => document.toJS() as Manifest,
  );
}

/** With the Gateway API's own definitions, of the version that it was made with. */
async function traefik(): Promise<Manifest[]> {
  const [{ version }, api, own] = await Promise.all([
    pinned('traefik'),
    moduleDir('traefik', 'sigs.k8s.io/gateway-api/apis/v1'),
    file('traefik.yaml'),
  ]);
  const dir = join(api, 'config', 'crd', 'standard');
  const definitions = (await readdir(dir)).sort().map((name) => readFile(join(dir, name), 'utf8'));
  return [...(await Promise.all(definitions)), own.replaceAll('$VERSION', version)]
    .flatMap((text) => parseAllDocuments(text))
    .map((document) => document.toJS() as Manifest);
}

/** The images of all of them. */
export async function addonImages(): Promise<string[]> {
  const objects = await Promise.all(Object.values(addons).map((addon) => addon.objects()));
  return new Manifests(objects.flat()).pods.flatMap(({ containers }) => containers.map(({ image }) => image));
}

/** Adds them where they are not there yet, and waits until they work. They stay: idle, they cost next to nothing. Throws TimeoutError. */
export async function ensureAddons(kube: Kube, ...names: readonly Addon[]): Promise<void> {
  for (const name of names) await withLock(`addon-${name}`, () => ensureAddon(kube, name));
}

/** Removes one, in its own time, as far as it is in its namespace. */
export async function removeAddon(kube: Kube, name: Addon): Promise<void> {
  await kube.core.deleteNamespace({ name });
  await kube.gone(name);
}

async function ensureAddon(kube: Kube, name: Addon): Promise<void> {
  const { objects, works }: AddonRecipe = addons[name];
  const all: KubernetesObject[] = await objects();
  const everywhere = all.some(({ kind }) => kind === 'DaemonSet');
  await kube.ensureNamespace(name, everywhere ? 'privileged' : 'restricted');
  // The API server keeps its connections: it shall ask no address before kube-proxy leads it to the pod.
  const isLate = ({ kind }: KubernetesObject) => kind === 'APIService';
  // Until a CRD is established there are no objects of its kind.
  await waitFor(`the objects of ${name} to be taken`, 60, () =>
    kube.apply(all.filter((object) => !isLate(object))).then(() => true),
  );
  await waitFor(`${name} to run`, 180, () =>
    everywhere
      ? onEachNode(kube, name)
      : met(kube, `apps/v1/namespaces/${name}/deployments/${name}`, 'Available'),
  );
  await kube.apply(all.filter(isLate));
  if (works) await waitFor(`${name} to work`, 120, () => works(kube));
}

/** Whether an object has a condition, of what it is now; else what it has instead. */
async function met(kube: Kube, path: string, type: string): Promise<true | string> {
  const { metadata, status } = await kube.request<{
    metadata: { generation?: number };
    status?: { observedGeneration?: number; conditions?: V1Condition[] };
  }>('GET', `/apis/${path}`);
  const found = status?.conditions?.find((one) => one.type === type);
  const seen = found?.observedGeneration ?? status?.observedGeneration;
  return (found?.status === 'True' && seen === metadata.generation) || `not ${type}: ${found?.message ?? ''}`;
}

async function onEachNode(kube: Kube, name: string): Promise<true | string> {
  const { metadata, status } = await kube.apps.readNamespacedDaemonSet({ name, namespace: name });
  const { numberReady = 0, desiredNumberScheduled: wanted = 0, observedGeneration } = status ?? {};
  return (
    (observedGeneration === metadata?.generation && wanted > 0 && numberReady === wanted) ||
    `${numberReady} of ${wanted} pods are ready`
  );
}

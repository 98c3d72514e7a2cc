/**
 * Kubernetes objects as charts render them, as far as the tests look into them. The shape itself is proven elsewhere (schema.ts), so these
 * are the fields of the API, all optional where the API has them so.
 */

export type Labels = Readonly<Record<string, string>>;

interface ObjectMeta {
  name: string;
  namespace?: string;
  labels?: Labels;
  annotations?: Labels;
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

interface LabelSelector {
  matchLabels?: Labels;
  matchExpressions?: readonly unknown[];
}

interface KeyRef {
  name: string;
  key: string;
  optional?: boolean;
}

interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { fieldPath: string };
    secretKeyRef?: KeyRef;
    configMapKeyRef?: KeyRef;
  };
}

export interface Handler {
  exec?: { command: readonly string[] };
  httpGet?: { path?: string; port: string | number; scheme?: string };
  tcpSocket?: { port: string | number };
  grpc?: { port: number };
  sleep?: { seconds: number };
}

export interface Probe extends Handler {
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}

interface ContainerSecurityContext {
  allowPrivilegeEscalation?: boolean;
  privileged?: boolean;
  readOnlyRootFilesystem?: boolean;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  procMount?: string;
  capabilities?: { add?: readonly string[]; drop?: readonly string[] };
  seccompProfile?: { type: string };
}

interface PodSecurityContext {
  runAsNonRoot?: boolean;
  runAsUser?: number;
  runAsGroup?: number;
  fsGroup?: number;
  fsGroupChangePolicy?: string;
  seccompProfile?: { type: string };
  sysctls?: readonly { name: string }[];
}

interface VolumeMount {
  name: string;
  mountPath: string;
  subPath?: string;
  readOnly?: boolean;
}

export interface Container {
  name: string;
  image: string;
  imagePullPolicy?: string;
  command?: readonly string[];
  args?: readonly string[];
  env?: readonly EnvVar[];
  envFrom?: readonly { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  ports?: readonly { name?: string; containerPort: number; hostPort?: number }[];
  lifecycle?: { preStop?: Handler; postStart?: Handler };
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  resources?: {
    requests?: Readonly<Record<string, string | number>>;
    limits?: Readonly<Record<string, string | number>>;
  };
  restartPolicy?: string;
  securityContext?: ContainerSecurityContext;
  volumeMounts?: readonly VolumeMount[];
}

interface ProjectedSource {
  configMap?: { name: string; optional?: boolean };
  secret?: { name: string; optional?: boolean };
  serviceAccountToken?: { path: string };
  downwardAPI?: { items?: readonly { fieldRef?: { fieldPath: string } }[] };
}

export interface Volume {
  name: string;
  configMap?: { name: string; optional?: boolean; items?: readonly { key: string; path: string }[] };
  secret?: { secretName: string; optional?: boolean; defaultMode?: number };
  projected?: { sources: readonly ProjectedSource[] };
  downwardAPI?: { items?: readonly { fieldRef?: { fieldPath: string } }[] };
  emptyDir?: { medium?: string; sizeLimit?: string };
  persistentVolumeClaim?: { claimName: string };
  ephemeral?: unknown;
  csi?: unknown;
  hostPath?: { path: string; type?: string };
}

export interface AffinityTerm {
  topologyKey: string;
  labelSelector?: LabelSelector;
}

interface PodSpec {
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  imagePullSecrets?: readonly { name: string }[];
  restartPolicy?: string;
  terminationGracePeriodSeconds?: number;
  activeDeadlineSeconds?: number;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  securityContext?: PodSecurityContext;
  initContainers?: readonly Container[];
  containers: readonly Container[];
  volumes?: readonly Volume[];
  affinity?: {
    nodeAffinity?: object;
    podAntiAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: readonly AffinityTerm[];
      preferredDuringSchedulingIgnoredDuringExecution?: readonly { podAffinityTerm: AffinityTerm }[];
    };
  };
  nodeSelector?: Labels;
  tolerations?: readonly object[];
  priorityClassName?: string;
  topologySpreadConstraints?: readonly {
    topologyKey: string;
    whenUnsatisfiable: string;
    labelSelector?: LabelSelector;
  }[];
}

interface PodTemplate {
  metadata?: { labels?: Labels; annotations?: Labels };
  spec: PodSpec;
}

interface Workload extends Manifest {
  spec: { replicas?: number; selector: LabelSelector; template: PodTemplate };
}

interface Claim extends Manifest {
  spec: {
    accessModes?: readonly string[];
    storageClassName?: string;
    resources: { requests: { storage: string } };
  };
}
interface StatefulSet extends Manifest {
  kind: 'StatefulSet';
  spec: Workload['spec'] & {
    serviceName?: string;
    podManagementPolicy?: string;
    updateStrategy?: { type?: string };
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
    volumeClaimTemplates?: readonly Claim[];
  };
}
interface Deployment extends Workload {
  kind: 'Deployment';
  spec: Workload['spec'] & {
    strategy?: {
      type: string;
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
  };
}
interface DaemonSet extends Workload {
  kind: 'DaemonSet';
}
interface Pod extends Manifest {
  kind: 'Pod';
  spec: PodSpec;
}
interface Job extends Manifest {
  kind: 'Job';
  spec: {
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
    podFailurePolicy?: {
      rules?: readonly {
        action?: string;
        onExitCodes?: { operator?: string; values?: readonly number[] };
      }[];
    };
    template: PodTemplate;
  };
}
interface CronJob extends Manifest {
  kind: 'CronJob';
  spec: { schedule: string; jobTemplate: { spec: Job['spec'] } };
}
export interface Service extends Manifest {
  kind: 'Service';
  spec: {
    type?: string;
    clusterIP?: string;
    selector?: Labels;
    publishNotReadyAddresses?: boolean;
    ports?: readonly { name?: string; port: number; targetPort?: string | number }[];
  };
}
interface HorizontalPodAutoscaler extends Manifest {
  kind: 'HorizontalPodAutoscaler';
  spec: { scaleTargetRef: { kind: string; name: string }; minReplicas?: number; maxReplicas: number };
}
interface PodDisruptionBudget extends Manifest {
  kind: 'PodDisruptionBudget';
  spec: {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    selector?: LabelSelector;
    unhealthyPodEvictionPolicy?: string;
  };
}
interface NetworkPolicyRule {
  ports?: readonly { port?: string | number }[];
  from?: readonly unknown[];
}
interface NetworkPolicy extends Manifest {
  kind: 'NetworkPolicy';
  spec: {
    podSelector: LabelSelector;
    policyTypes?: readonly string[];
    ingress?: readonly NetworkPolicyRule[];
  };
}
interface PolicyRule {
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  verbs: readonly string[];
}
interface Role extends Manifest {
  kind: 'Role';
  rules?: readonly PolicyRule[];
}
interface RoleBinding extends Manifest {
  kind: 'RoleBinding';
  roleRef: { kind: string; name: string };
  subjects?: readonly { kind: string; name: string }[];
}
interface ServiceAccount extends Manifest {
  kind: 'ServiceAccount';
  automountServiceAccountToken?: boolean;
}
export interface ConfigMap extends Manifest {
  kind: 'ConfigMap';
  data?: Readonly<Record<string, string>>;
}
interface Secret extends Manifest {
  kind: 'Secret';
  data?: Readonly<Record<string, string>>;
  stringData?: Readonly<Record<string, string>>;
}
interface PersistentVolumeClaim extends Manifest {
  kind: 'PersistentVolumeClaim';
}
export interface ServiceMonitor extends Manifest {
  kind: 'ServiceMonitor';
  spec: { selector: LabelSelector; endpoints: readonly { port?: string; path?: string }[] };
}
interface PodMonitor extends Manifest {
  kind: 'PodMonitor';
  spec: { selector: LabelSelector; podMetricsEndpoints: readonly { port?: string }[] };
}
interface AlertRule {
  alert?: string;
  expr: string | number;
  for?: string;
  labels?: Labels;
  annotations?: Labels;
}
interface PrometheusRule extends Manifest {
  kind: 'PrometheusRule';
  spec: { groups: readonly { name: string; rules: readonly AlertRule[] }[] };
}

/** Of Grafana's model of a dashboard, what is looked at. */
export interface Dashboard {
  uid: string;
  title: string;
  panels: readonly Panel[];
}
export interface Panel {
  id: number;
  title: string;
  description: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets: readonly { refId: string; expr: string; legendFormat: string }[];
}

/** The kinds that tests ask for by name. */
export interface Kinds {
  ConfigMap: ConfigMap;
  CronJob: CronJob;
  DaemonSet: DaemonSet;
  Deployment: Deployment;
  HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  Job: Job;
  NetworkPolicy: NetworkPolicy;
  PersistentVolumeClaim: PersistentVolumeClaim;
  Pod: Pod;
  PodDisruptionBudget: PodDisruptionBudget;
  PodMonitor: PodMonitor;
  PrometheusRule: PrometheusRule;
  Role: Role;
  RoleBinding: RoleBinding;
  Secret: Secret;
  Service: Service;
  ServiceAccount: ServiceAccount;
  ServiceMonitor: ServiceMonitor;
  StatefulSet: StatefulSet;
}

export type Scalable = StatefulSet | Deployment;
/** What makes pods that stay. */
export type Lasting = Scalable | DaemonSet;

export function alertsOf(manifests: Manifests): AlertRule[] {
  return manifests
    .all('PrometheusRule')
    .flatMap(({ spec }) => spec.groups)
    .flatMap(({ rules }) => rules.filter(({ alert }) => alert !== undefined));
}

export function dashboardsOf(manifests: Manifests): Dashboard[] {
  return manifests
    .all('ConfigMap')
    .filter(({ metadata }) => metadata.name.endsWith('-grafana'))
    .flatMap(({ data }) => Object.values(data ?? {}).map((json) => JSON.parse(json) as Dashboard));
}

/** A helm hook's settings, from an object's annotations. */
export interface Hook {
  events: readonly string[];
  weight: number;
  deletePolicy: readonly string[];
  /** When helm shows the logs of its pods. */
  outputs: readonly string[];
}

export function hookOf(object: Manifest): Hook | undefined {
  const annotations = object.metadata.annotations ?? {};
  const events = annotations['helm.sh/hook'];
  if (events === undefined) return undefined;
  const list = (text: string | undefined) => (text ?? '').split(',').map((item) => item.trim());
  return {
    events: list(events),
    weight: Number(annotations['helm.sh/hook-weight'] ?? 0),
    deletePolicy: list(annotations['helm.sh/hook-delete-policy']),
    outputs: list(annotations['helm.sh/hook-output-log-policy']),
  };
}

/** One pod (template) with the object that makes it. */
export interface OwnedPod {
  owner: Manifest;
  hook: Hook | undefined;
  labels: Labels;
  annotations: Labels;
  spec: PodSpec;
  /** Every container, init containers first. */
  containers: readonly Container[];
  /** How many of it run at once, the fewest where an autoscaler says; undefined for pods that run to their end. */
  replicas: number | undefined;
}

/** "StatefulSet/name" */
export function nameOf(object: Manifest): string {
  return `${object.kind}/${object.metadata.name}`;
}

function podOf(object: Manifest): { template: PodTemplate; replicas: number | undefined } | undefined {
  const known = object as Kinds[keyof Kinds];
  switch (known.kind) {
    case 'Pod':
      return { template: { metadata: known.metadata, spec: known.spec }, replicas: undefined };
    case 'Job':
      return { template: known.spec.template, replicas: undefined };
    case 'CronJob':
      return { template: known.spec.jobTemplate.spec.template, replicas: undefined };
    case 'DaemonSet':
      return { template: known.spec.template, replicas: 1 };
    case 'Deployment':
    case 'StatefulSet':
      return { template: known.spec.template, replicas: known.spec.replicas ?? 1 };
    default:
      return undefined;
  }
}

/** What one `helm template` gave, with selectors by kind and name. */
export class Manifests {
  readonly objects: readonly Manifest[];
  readonly pods: readonly OwnedPod[];

  constructor(objects: readonly Manifest[]) {
    this.objects = objects;
    const fewest = new Map(
      this.all('HorizontalPodAutoscaler').map(({ spec: { scaleTargetRef: target, minReplicas } }) => [
        `${target.kind}/${target.name}`,
        minReplicas ?? 1,
      ]),
    );
    this.pods = objects.flatMap((owner) => {
      const pod = podOf(owner);
      if (pod === undefined) return [];
      const { spec, metadata } = pod.template;
      return {
        owner,
        hook: hookOf(owner),
        labels: metadata?.labels ?? {},
        annotations: metadata?.annotations ?? {},
        spec,
        containers: [...(spec.initContainers ?? []), ...spec.containers],
        replicas: fewest.get(nameOf(owner)) ?? pod.replicas,
      };
    });
  }

  all<K extends keyof Kinds>(kind: K): readonly Kinds[K][] {
    return this.objects.filter((object): object is Kinds[K] => object.kind === kind);
  }

  /** The one object of that kind and name. Throws when there is none or more than one, naming what there is. */
  one<K extends keyof Kinds>(kind: K, name: string): Kinds[K] {
    const all = this.all(kind);
    const found = all.filter((object) => object.metadata.name === name);
    const [object] = found;
    if (object === undefined || found.length > 1) {
      const names = all.map((candidate) => candidate.metadata.name).join(', ') || 'none';
      throw new Error(`${found.length} objects ${kind}/${name} were rendered; there are: ${names}`);
    }
    return object;
  }

  /** Objects whose number of pods can be changed. */
  get scalables(): readonly Scalable[] {
    return [...this.all('StatefulSet'), ...this.all('Deployment')];
  }

  /** Objects that make pods that stay. */
  get lasting(): readonly Lasting[] {
    return [...this.scalables, ...this.all('DaemonSet')];
  }
}

/** Whether a selector's labels all stand on the pod. An empty selector selects everything. */
export function selects(selector: Labels | undefined, labels: Labels): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
}

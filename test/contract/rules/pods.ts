import { isDeepStrictEqual } from 'node:util';
import { merge } from '../../harness/base/merge.ts';
import { quantity } from '../../harness/base/quantity.ts';
import type { Container, OwnedPod, Probe } from '../../harness/charts/manifests.ts';
import { nameOf, selects } from '../../harness/charts/manifests.ts';
import { type at, composedValues, isImage, mapsOf, marker } from '../../harness/charts/values.ts';
import { type Case, inEachCase, type Rule, release } from './subject.ts';

const where = (pod: OwnedPod, container: Container) => `${nameOf(pod.owner)}, container ${container.name}`;

/** Applies a check to every container of every pod, those of hooks and tests included. */
function eachContainer(
  pods: readonly OwnedPod[],
  check: (container: Container, pod: OwnedPod) => readonly string[],
): string[] {
  return pods.flatMap((pod) =>
    pod.containers.flatMap((container) =>
      check(container, pod).map((breach) => `${where(pod, container)}: ${breach}`),
    ),
  );
}

const unless = (ok: unknown, breach: string): string[] => (ok ? [] : [breach]);

export const officialImages: Rule = {
  id: 'official-images',
  title:
    'every image is a pinned one, from the registry, by the digest and with the pull secrets that the values say',
  check(subject) {
    const digests = mapsOf(composedValues(subject.chart))
      .filter(({ map }) => isImage(map))
      .map(({ path }) => marker.digest(path));
    return inEachCase(subject, ({ base, full }) => [
      ...eachContainer(base.pods, ({ image }) =>
        unless(subject.images.has(image), `${image} is not in images.yaml`),
      ),
      ...eachContainer(full.pods, ({ image, imagePullPolicy }) => [
        ...unless(image.startsWith(`${marker.registry}/`), `${image} ignores global.imageRegistry`),
        ...unless(
          digests.some((digest) => image.endsWith(`@${digest}`)) && !/:[^/]*@/.test(image),
          `${image} ignores image.digest`,
        ),
        ...unless(imagePullPolicy === marker.pullPolicy, 'ignores image.pullPolicy'),
      ]),
      ...full.pods
        .filter(({ spec }) => spec.imagePullSecrets?.[0]?.name !== marker.pullSecret)
        .map(({ owner }) => `${nameOf(owner)} ignores global.imagePullSecrets`),
    ]);
  },
};

export const placement: Rule = {
  id: 'placement',
  title: 'every pod runs where scheduling says, those of hooks, tests and exporters too',
  check: (subject) =>
    inEachCase(subject, ({ full }) =>
      full.pods.flatMap(({ owner, spec }) => [
        ...unless(
          isDeepStrictEqual(spec.nodeSelector, marker.node),
          `${nameOf(owner)} ignores scheduling.nodeSelector`,
        ),
        ...unless(
          spec.tolerations?.some((one) => isDeepStrictEqual(one, marker.toleration)),
          `${nameOf(owner)} ignores scheduling.tolerations`,
        ),
        ...unless(
          spec.priorityClassName === marker.priorityClass,
          `${nameOf(owner)} ignores scheduling.priorityClassName`,
        ),
      ]),
    ),
};

const allowedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const safeSeccomp = new Set(['RuntimeDefault', 'Localhost']);

/** A workload says so, in words, that has to read its node's files: it may have directories of the node. */
const nodeAccess = ({ owner }: OwnedPod): boolean =>
  owner.kind === 'DaemonSet' && owner.metadata.annotations?.['ballast.dev/node-access'] !== undefined;

/** What is the node's is read only, but for one directory of the release's own. */
function nodeDirectories(pod: OwnedPod): string[] {
  const paths = new Map(
    (pod.spec.volumes ?? []).flatMap(({ name, hostPath }) => (hostPath ? [[name, hostPath.path]] : [])),
  );
  const own = [...paths].filter(([, path]) => path.includes(`/${release}-`)).map(([name]) => name);
  return [
    ...unless(own.length <= 1, `has ${own.length} directories of the node for its own`),
    ...pod.containers.flatMap(({ name: container, volumeMounts = [] }) =>
      volumeMounts
        .filter(({ name, readOnly }) => paths.has(name) && !own.includes(name) && !readOnly)
        .map(({ name }) => `writes to ${paths.get(name)} of the node, in container ${container}`),
    ),
  ];
}

/** Pod Security Standard `restricted`, and a read-only root file system. */
function podSecurity(pod: OwnedPod): string[] {
  const { spec } = pod;
  const breaches: string[] = nodeAccess(pod) ? nodeDirectories(pod) : [];
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
    if (spec[field]) breaches.push(`${field} is on`);
  }
  for (const volume of spec.volumes ?? []) {
    const type = Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir';
    if (!allowedVolumes.has(type) && !(type === 'hostPath' && nodeAccess(pod)))
      breaches.push(`volume ${volume.name} is a ${type}`);
  }
  if (spec.securityContext?.sysctls?.length) breaches.push('sets sysctls');
  return breaches.map((breach) => `${nameOf(pod.owner)}: ${breach}`);
}

function containerSecurity(container: Container, pod: OwnedPod): string[] {
  const { securityContext = {}, ports = [] } = container;
  const context = { ...pod.spec.securityContext, ...securityContext };
  const { capabilities = {} } = securityContext;
  // Before the others start, a directory that the node has made may be opened to them by its owner.
  const opens =
    nodeAccess(pod) && container.command?.[0] === 'chmod' && !pod.spec.containers.includes(container);
  return [
    ...unless(!securityContext.privileged, 'is privileged'),
    ...unless(securityContext.allowPrivilegeEscalation === false, 'may escalate its privileges'),
    ...unless(securityContext.readOnlyRootFilesystem, 'has a writable root file system'),
    ...unless(capabilities.drop?.includes('ALL'), 'does not drop all capabilities'),
    ...unless(
      (capabilities.add ?? []).every((name) => name === 'NET_BIND_SERVICE'),
      `adds the capabilities ${capabilities.add?.join(', ')}`,
    ),
    ...unless(context.runAsNonRoot || opens, 'may run as root: runAsNonRoot is not true'),
    ...unless(context.runAsUser !== 0 || opens, 'runs as root'),
    ...unless(safeSeccomp.has(context.seccompProfile?.type ?? ''), 'has no seccomp profile'),
    ...unless(!ports.some(({ hostPort }) => hostPort), 'takes a port of its node'),
    ...unless((securityContext.procMount ?? 'Default') === 'Default', 'unmasks /proc'),
  ];
}

/** A service-account token only where a Role says what for. */
function tokens({ base }: Case): string[] {
  const bound = new Set(
    base.all('RoleBinding').flatMap(({ subjects = [] }) => subjects.map(({ name }) => name)),
  );
  return base.pods.flatMap(({ owner, spec }) => {
    const account = spec.serviceAccountName ?? 'default';
    const projected = spec.volumes?.some(({ projected }) =>
      projected?.sources.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
    );
    if (bound.has(account) || (spec.automountServiceAccountToken === false && !projected)) return [];
    return [`${nameOf(owner)} gets a token of service account ${account}, which no RoleBinding names`];
  });
}

const readsSecrets = ['get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'];

function roles({ base }: Case): string[] {
  const clusterWide = base.objects
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'ClusterRoleBinding')
    .map((object) => `${nameOf(object)} reaches beyond the namespace`);
  const rules = base.all('Role').flatMap((role) =>
    (role.rules ?? []).flatMap(({ verbs, resources = [], apiGroups = [], resourceNames = [] }) => {
      const wildcard = [...verbs, ...resources, ...apiGroups].includes('*');
      const powers = verbs.filter((verb) => ['bind', 'escalate', 'impersonate'].includes(verb));
      const reading = verbs.filter((verb) => readsSecrets.includes(verb));
      return [
        ...unless(!wildcard, 'has a wildcard'),
        ...unless(powers.length === 0, `may ${powers.join(', ')}`),
        ...unless(
          !resources.includes('secrets') || reading.length === 0 || resourceNames.length > 0,
          `may ${reading.join(', ')} every Secret: write resourceNames`,
        ),
      ].map((breach) => `${nameOf(role)} ${breach}`);
    }),
  );
  return [...clusterWide, ...rules];
}

/** Nobody reaches a pod unless a policy says on which port and from where. */
function networkPolicies({ base, values }: Case, defaults: Parameters<typeof at>[0]): string[] {
  const policies = base.all('NetworkPolicy').filter(({ spec }) => spec.policyTypes?.includes('Ingress'));
  const off = mapsOf(merge(defaults, values)).some(
    ({ path, map }) => path.at(-1) === 'networkPolicy' && map.enabled === false,
  );
  if (off) return [];
  const open = policies.flatMap((policy) =>
    (policy.spec.ingress ?? []).flatMap(({ ports, from }) => [
      ...unless(ports?.length, `${nameOf(policy)} opens every port`),
      ...unless(from?.length, `${nameOf(policy)} lets everybody in`),
    ]),
  );
  const uncovered = base.pods
    .filter(({ labels }) => !policies.some(({ spec }) => selects(spec.podSelector.matchLabels, labels)))
    .map(({ owner }) => `no NetworkPolicy selects the pods of ${nameOf(owner)}`);
  return [...open, ...uncovered];
}

export const restricted: Rule = {
  id: 'restricted',
  title: 'pods keep to Pod Security `restricted`, Roles to the verbs used, NetworkPolicies cover every pod',
  check(subject) {
    const defaults = composedValues(subject.chart);
    return inEachCase(subject, (one) => [
      ...one.base.pods.flatMap(podSecurity),
      ...eachContainer(one.base.pods, containerSecurity),
      ...tokens(one),
      ...roles(one),
      ...networkPolicies(one, defaults),
    ]);
  },
};

/** How servers are told how much memory to take. The suffixes are powers of 1024. */
const memorySettings = [
  /-Xmx(\d+)([kmg]?)/gi,
  /-XX:MaxDirectMemorySize=(\d+)([kmg]?)/gi,
  /^\s*innodb[_-]buffer[_-]pool[_-]size\s*=\s*(\d+)([kmg]?)/gim,
];

/** What a text asks for, in bytes: [setting, bytes]. */
export function memoryAsked(text: string): [string, number][] {
  return memorySettings.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([all, digits, suffix = '']): [string, number] => [
      all.trim(),
      Number(digits) * 1024 ** ' kmg'.indexOf(suffix.toLowerCase() || ' '),
    ]),
  );
}

/** No heap or pool above the limit of the container that has it: the kernel would kill it under load. */
function memoryWithinLimit({ base }: Case, pod: OwnedPod): string[] {
  const limit = ({ resources }: Container) => quantity(resources?.limits?.memory);
  const own = pod.containers.map((container): [string, number] => [
    [
      ...(container.command ?? []),
      ...(container.args ?? []),
      ...(container.env ?? []).map((v) => v.value),
    ].join('\n'),
    limit(container),
  ]);
  const mounted = (pod.spec.volumes ?? []).flatMap((volume): [string, number][] => {
    const config = base.all('ConfigMap').find(({ metadata }) => metadata.name === volume.configMap?.name);
    const readers = pod.containers.filter(({ volumeMounts = [] }) =>
      volumeMounts.some(({ name }) => name === volume.name),
    );
    if (config === undefined || readers.length === 0) return [];
    const settings = Object.entries(config.data ?? {}).filter(([key]) => !key.endsWith('.sh'));
    return settings.map(([, text]) => [text, Math.max(...readers.map(limit))]);
  });
  return [...own, ...mounted].flatMap(([text, bytes]) =>
    memoryAsked(text)
      .filter(([, asked]) => asked > bytes)
      .map(([setting]) => `${nameOf(pod.owner)}: ${setting} is above the memory limit`),
  );
}

export const resources: Rule = {
  id: 'resources',
  title: 'every container has requests and a memory limit, and no heap or pool is above it',
  check: (subject) =>
    inEachCase(subject, (one) => [
      ...eachContainer(one.base.pods, ({ resources = {} }) => {
        const { requests = {}, limits = {} } = resources;
        const above = Object.keys(limits).filter((name) => quantity(requests[name]) > quantity(limits[name]));
        return [
          ...unless(requests.cpu !== undefined, 'has no CPU request'),
          ...unless(requests.memory !== undefined, 'has no memory request'),
          ...unless(limits.memory !== undefined, 'has no memory limit'),
          ...unless(above.length === 0, `requests more ${above.join(', ')} than its limit`),
        ];
      }),
      ...one.base.pods.flatMap((pod) => memoryWithinLimit(one, pod)),
      ...one.base.pods.flatMap(({ owner, spec }) =>
        (spec.volumes ?? [])
          .filter(({ emptyDir }) => emptyDir?.medium === 'Memory' && emptyDir.sizeLimit === undefined)
          .map(({ name }) => `${nameOf(owner)}: volume ${name} takes memory without a sizeLimit`),
      ),
    ]),
};

/** Seconds of failing that a probe allows, by Kubernetes' defaults where it says nothing. */
function patience({ periodSeconds = 10, failureThreshold = 3 }: Probe): number {
  return periodSeconds * failureThreshold;
}

function handlerOf(probe: Probe | undefined): string {
  return JSON.stringify([probe?.exec, probe?.httpGet, probe?.grpc]);
}

export const probes: Rule = {
  id: 'probes',
  title:
    'servers have a startup probe for recovery, a readiness probe of their role, and a patient liveness probe',
  check: (subject) =>
    inEachCase(subject, ({ base }) =>
      base.pods
        .filter(({ replicas }) => replicas !== undefined)
        .flatMap((pod) =>
          eachContainer([{ ...pod, containers: pod.spec.containers }], (container) => {
            const { startupProbe, readinessProbe, livenessProbe } = container;
            const missing = Object.entries({ startupProbe, readinessProbe, livenessProbe })
              .filter(([, probe]) => probe === undefined)
              .map(([name]) => `has no ${name}`);
            const silent = Object.entries({
              startupProbe,
              readinessProbe,
              livenessProbe,
              ...container.lifecycle,
            })
              .filter(
                ([, one]) => one && !(one.exec || one.httpGet || one.tcpSocket || one.grpc || one.sleep),
              )
              .map(([name]) => `has a ${name} that does nothing`);
            const same = handlerOf(livenessProbe) === handlerOf(readinessProbe);
            return [
              ...missing,
              ...silent,
              ...unless(!startupProbe || patience(startupProbe) >= 60, 'is given less than 60 s to start'),
              ...unless(
                !livenessProbe || patience(livenessProbe) >= 30,
                'is killed after less than 30 s of silence',
              ),
              ...unless(
                !livenessProbe || livenessProbe.tcpSocket || !same,
                'is killed for not being ready: liveness asks what readiness asks',
              ),
            ];
          }),
        ),
    ),
};

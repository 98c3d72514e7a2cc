import { isDeepStrictEqual } from 'node:util';
import {
  alertsOf,
  type Handler,
  hookOf,
  type Labels,
  type Lasting,
  type Manifest,
  type Manifests,
  nameOf,
  type OwnedPod,
  selects,
} from '../../harness/charts/manifests.ts';
import { type Case, inEachCase, type Rule } from './subject.ts';

/** What of a workload may never change once it is there. */
function identity(object: Lasting): Record<string, unknown> {
  const { selector, template } = object.spec;
  const labels = template.metadata?.labels ?? {};
  const selected = Object.keys(selector.matchLabels ?? {}).map((key) => labels[key]);
  if (object.kind !== 'StatefulSet') return { selector, selected };
  const { serviceName, volumeClaimTemplates, podManagementPolicy } = object.spec;
  return { selector, selected, serviceName, volumeClaimTemplates, podManagementPolicy };
}

function changed(before: Lasting, after: Lasting | undefined): string[] {
  if (after === undefined) return [`${nameOf(before)} would be made anew under another name`];
  const [old, other] = [identity(before), identity(after)];
  return Object.keys(old)
    .filter((field) => !isDeepStrictEqual(old[field], other[field]))
    .map((field) => `${nameOf(before)}: ${field} would change`);
}

/** Everything by which one object finds pods. */
function selectorsOf(render: Manifests): [Manifest, Labels][] {
  return [
    ...render.lasting.map((one): [Manifest, Labels] => [one, one.spec.selector.matchLabels ?? {}]),
    ...render.all('Service').map((one): [Manifest, Labels] => [one, one.spec.selector ?? {}]),
    ...render
      .all('PodDisruptionBudget')
      .map((one): [Manifest, Labels] => [one, one.spec.selector?.matchLabels ?? {}]),
    ...render
      .all('NetworkPolicy')
      .map((one): [Manifest, Labels] => [one, one.spec.podSelector.matchLabels ?? {}]),
  ];
}

const versionLabels = ['helm.sh/chart', 'app.kubernetes.io/version', 'app.kubernetes.io/managed-by'];

export const stableIdentity: Rule = {
  id: 'stable-identity',
  title: 'an upgrade to another chart version changes no immutable field and no selector',
  check: (subject) =>
    inEachCase(subject, ({ base, bumped }) => {
      const workloads = base.lasting.flatMap((before) =>
        changed(
          before,
          bumped.lasting.find((one) => nameOf(one) === nameOf(before)),
        ),
      );
      const next = new Map(selectorsOf(bumped).map(([object, selector]) => [nameOf(object), selector]));
      const selectors = selectorsOf(base).flatMap(([object, selector]) => [
        ...(isDeepStrictEqual(selector, next.get(nameOf(object)))
          ? []
          : [`${nameOf(object)}: its selector would change`]),
        ...versionLabels
          .filter((label) => label in selector)
          .map((label) => `${nameOf(object)} selects on ${label}`),
      ]);
      const claims = base
        .all('StatefulSet')
        .flatMap((set) =>
          (set.spec.volumeClaimTemplates ?? []).flatMap(({ metadata }) =>
            versionLabels
              .filter((label) => label in (metadata.labels ?? {}))
              .map((label) => `${nameOf(set)}: volumeClaimTemplate ${metadata.name} carries ${label}`),
          ),
        );
      return [...new Set([...workloads, ...selectors, ...claims])];
    }),
};

/** The objects that a pod cannot start without: "Kind/name". */
export function needsOf({ spec, containers }: OwnedPod): Set<string> {
  const needs = new Set<string>();
  const need = (kind: string, ref: { name: string; optional?: boolean } | undefined): void => {
    if (ref !== undefined && !ref.optional) needs.add(`${kind}/${ref.name}`);
  };
  if (spec.serviceAccountName !== undefined) need('ServiceAccount', { name: spec.serviceAccountName });
  for (const { configMap, secret, projected, persistentVolumeClaim } of spec.volumes ?? []) {
    need('ConfigMap', configMap);
    need('Secret', secret && { ...secret, name: secret.secretName });
    need('PersistentVolumeClaim', persistentVolumeClaim && { name: persistentVolumeClaim.claimName });
    for (const source of projected?.sources ?? []) {
      need('ConfigMap', source.configMap);
      need('Secret', source.secret);
    }
  }
  for (const { env = [], envFrom = [] } of containers) {
    for (const { valueFrom } of env) {
      need('ConfigMap', valueFrom?.configMapKeyRef);
      need('Secret', valueFrom?.secretKeyRef);
    }
    for (const { configMapRef, secretRef } of envFrom) {
      need('ConfigMap', configMapRef);
      need('Secret', secretRef);
    }
  }
  needs.delete('ConfigMap/kube-root-ca.crt');
  return needs;
}

/**
 * The other half of a hook's events: what runs at installation runs at upgrade, or the second upgrade finds half of it. Only before an upgrade may
 * there be something to do that an installation has no use for.
 */
const twin: Readonly<Record<string, string>> = {
  'pre-install': 'pre-upgrade',
  'post-install': 'post-upgrade',
  'post-upgrade': 'post-install',
};

function hookBounds(object: Manifest): string[] {
  const hook = hookOf(object);
  if (hook === undefined) return [];
  const breaches: string[] = [];
  for (const policy of ['before-hook-creation', 'hook-succeeded']) {
    if (!hook.deletePolicy.includes(policy)) breaches.push(`is not deleted by ${policy}`);
  }
  for (const event of hook.events) {
    const other = twin[event];
    if (other !== undefined && !hook.events.includes(other))
      breaches.push(`runs at ${event} and not at ${other}`);
  }
  const { spec } = object as {
    spec?: {
      activeDeadlineSeconds?: number;
      backoffLimit?: number;
      podFailurePolicy?: { rules?: { onExitCodes?: { containerName?: string } }[] };
      template?: { spec: { containers?: { name: string }[] } };
    };
  };
  if (['Job', 'Pod'].includes(object.kind) && spec?.activeDeadlineSeconds === undefined) {
    breaches.push('has no activeDeadlineSeconds');
  }
  if (object.kind === 'Job') {
    if (spec?.backoffLimit === undefined) breaches.push('has no backoffLimit');
    if (!hook.outputs.includes('hook-failed')) breaches.push('does not let helm show its log when it fails');
    // helm knows no logs of init containers.
    const shown = spec?.template?.spec.containers?.map(({ name }) => name);
    for (const { onExitCodes } of spec?.podFailurePolicy?.rules ?? []) {
      const refusing = onExitCodes?.containerName ?? shown?.join(', ');
      if (shown?.join(', ') !== refusing)
        breaches.push(`refuses in ${refusing}, and helm shows the log of ${shown?.join(', ')}`);
    }
  }
  return breaches.map((breach) => `hook ${nameOf(object)} ${breach}`);
}

/** Whether what a pod needs is there in time: before a hook's own event, and for as long as a server may be restarted. */
function needsInTime({ base, values }: Case, pod: OwnedPod): string[] {
  const who = nameOf(pod.owner);
  const early = base.objects.filter((object) => hookOf(object)?.events.includes('pre-install'));
  const said = JSON.stringify([early, values]);
  return [...needsOf(pod)].flatMap((need) => {
    const [kind = '', name = ''] = need.split('/');
    const object = base.objects.find((one) => nameOf(one) === need);
    const hook = object && hookOf(object);
    if (pod.hook === undefined) {
      if (hook !== undefined) {
        return [
          `${who} needs ${need}, which the hook ${hook.events.join(', ')} makes and removes: it would wait for it`,
        ];
      }
      if (object !== undefined || ['ServiceAccount', 'PersistentVolumeClaim'].includes(kind)) return [];
      // Made by a hook Job, or the user's own: then its name stands in a hook that runs before, or in the values.
      return said.includes(name) ? [] : [`${who} needs ${need}, which nothing makes before it starts`];
    }
    if (object === undefined) return [];
    if (hook === undefined) {
      const tooEarly = pod.hook.events.some((event) => event.startsWith('pre-'));
      return tooEarly ? [`hook ${who} needs ${need}, which is only made after it`] : [];
    }
    const missing = pod.hook.events.filter((event) => !hook.events.includes(event));
    if (missing.length > 0) return [`hook ${who} needs ${need}, which is not there at ${missing.join(', ')}`];
    return hook.weight < pod.hook.weight ? [] : [`hook ${who} needs ${need}, whose weight is not lower`];
  });
}

export const safeHooks: Rule = {
  id: 'safe-hooks',
  title:
    'no pod waits for a hook that waits for it; hooks are bounded in time, removed, and tell why they fail',
  check: (subject) =>
    inEachCase(subject, (one) => [
      ...one.base.objects.flatMap(hookBounds),
      ...one.base.pods.flatMap((pod) => needsInTime(one, pod)),
    ]),
};

const address =
  /(?<![\d.])(?!127\.|0\.0\.0\.0|255\.)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])/;
/** A node's address is none: clients outside of Kubernetes may be told it. */
const ownAddress = /\bhostname\s+-[iI]\b|\bPOD_?IPS?\b|\bstatus\.podIPs?\b/i;

export const namesNotAddresses: Rule = {
  id: 'names-not-ips',
  title: 'members know each other by name: no pod IP in any setting',
  check: (subject) =>
    inEachCase(subject, ({ base }) => {
      const texts: [string, string][] = [
        ...base.pods.map(({ owner, spec }): [string, string] => [nameOf(owner), JSON.stringify(spec)]),
        ...base
          .all('ConfigMap')
          .flatMap((map) =>
            Object.entries(map.data ?? {}).map(([key, text]): [string, string] => [
              `${key} of ${nameOf(map)}`,
              text,
            ]),
          ),
      ];
      return texts.flatMap(([where, text]) => {
        const found = ownAddress.exec(text)?.[0] ?? address.exec(text)?.[0];
        return found === undefined ? [] : [`${where} has ${found}: write a name`];
      });
    }),
};

/** Pods that a budget lets go at once. */
function disruptions(allowed: number | string | undefined, replicas: number): number {
  const share = /^(\d+)%$/.exec(String(allowed))?.[1];
  return share === undefined ? Number(allowed) : Math.ceil((Number(share) / 100) * replicas);
}

function budget({ base }: Case, pod: OwnedPod, replicas: number): string[] {
  const who = nameOf(pod.owner);
  const budgets = base
    .all('PodDisruptionBudget')
    .filter(({ spec }) => selects(spec.selector?.matchLabels, pod.labels));
  if (replicas < 2) {
    return budgets.map(
      (one) => `${nameOf(one)} stands over the single replica of ${who}: no node could be drained`,
    );
  }
  const [one] = budgets;
  if (one === undefined || budgets.length > 1) return [`${who} has ${budgets.length} PodDisruptionBudgets`];
  const { minAvailable, maxUnavailable } = one.spec;
  const away =
    maxUnavailable === undefined
      ? replicas - disruptions(minAvailable, replicas)
      : disruptions(maxUnavailable, replicas);
  const spare = replicas - (Math.floor(replicas / 2) + 1);
  if (away < 1) return [`${nameOf(one)} lets no pod go: no node could be drained`];
  return away > Math.max(spare, 1)
    ? [`${nameOf(one)} lets ${away} of ${replicas} go: no quorum would be left`]
    : [];
}

function apart({ full }: Case, pod: OwnedPod, replicas: number): string[] {
  if (replicas < 2) return [];
  const who = nameOf(pod.owner);
  const { affinity, topologySpreadConstraints = [] } = pod.spec;
  const anti = affinity?.podAntiAffinity;
  const terms = [
    ...(anti?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(anti?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm,
    ),
  ];
  const own = (selector: { matchLabels?: Labels } | undefined) =>
    selector?.matchLabels !== undefined && selects(selector.matchLabels, pod.labels);
  const strict = full.pods.find(({ owner }) => nameOf(owner) === who)?.spec.affinity?.podAntiAffinity;
  const breaches: string[] = [];
  if (!terms.some((term) => term.topologyKey === 'kubernetes.io/hostname' && own(term.labelSelector))) {
    breaches.push('has no anti-affinity to its own pods');
  }
  if (!strict?.requiredDuringSchedulingIgnoredDuringExecution?.length) {
    breaches.push('is not kept apart strictly by antiAffinity: hard');
  }
  if (!topologySpreadConstraints.some(({ labelSelector }) => own(labelSelector))) {
    breaches.push('is not spread over zones');
  }
  return breaches.map((breach) => `${who} ${breach}`);
}

export const disruption: Rule = {
  id: 'disruption',
  title:
    'a budget that keeps the quorum where there is one, members apart, order and grace chosen on purpose',
  check: (subject) =>
    inEachCase(subject, (one) =>
      one.base.pods.flatMap((pod) => {
        if (pod.replicas === undefined) return [];
        const who = nameOf(pod.owner);
        const breaches = [...budget(one, pod, pod.replicas), ...apart(one, pod, pod.replicas)];
        if (pod.spec.terminationGracePeriodSeconds === undefined) {
          breaches.push(`${who} has no terminationGracePeriodSeconds`);
        }
        const set = one.base.all('StatefulSet').find((owner) => owner === pod.owner);
        if (set && set.spec.podManagementPolicy === undefined)
          breaches.push(`${who} has no podManagementPolicy`);
        return breaches;
      }),
    ),
};

/** Whether a Service port leads to a port of the pod. */
function leadsTo(pod: OwnedPod, target: string | number | undefined): boolean {
  return pod.spec.containers.some(({ ports = [] }) =>
    ports.some(({ name, containerPort }) => name === target || containerPort === target),
  );
}

function monitored({ full }: Case): string[] {
  const servers = full.pods.filter(({ replicas }) => replicas !== undefined);
  const monitors = [...full.all('ServiceMonitor'), ...full.all('PodMonitor')];
  const breaches = servers.flatMap((pod) => {
    const scraped = monitors.some((monitor) => {
      if (monitor.kind === 'PodMonitor') {
        const ports = monitor.spec.podMetricsEndpoints.map(({ port }) => port);
        return (
          selects(monitor.spec.selector.matchLabels, pod.labels) && ports.some((port) => leadsTo(pod, port))
        );
      }
      return full.all('Service').some((service) => {
        const wanted = monitor.spec.endpoints.map(({ port }) => port);
        const ports = (service.spec.ports ?? []).filter(({ name }) => wanted.includes(name));
        return (
          selects(monitor.spec.selector.matchLabels, service.metadata.labels ?? {}) &&
          selects(withoutRole(service.spec.selector), pod.labels) &&
          ports.some(({ targetPort, port }) => leadsTo(pod, targetPort ?? port))
        );
      });
    });
    // What can't serve metrics itself has an exporter that does, one for all members of its system.
    const exported = servers.some(
      ({ labels, owner }) =>
        owner !== pod.owner &&
        labels['app.kubernetes.io/component'] === 'exporter' &&
        labels['app.kubernetes.io/name'] === pod.labels['app.kubernetes.io/name'],
    );
    // What has no metrics at all says so, in words.
    const unmeasured = pod.owner.metadata.annotations?.['ballast.dev/unmeasured'];
    return scraped || exported || unmeasured
      ? []
      : [`no ServiceMonitor or PodMonitor leads to a port of ${nameOf(pod.owner)}`];
  });
  if (servers.length > 0 && alertsOf(full).length === 0) breaches.push('no PrometheusRule has an alert');
  return breaches;
}

export const observable: Rule = {
  id: 'observable',
  title: 'metrics, monitors and alerts can be had; helm test and NOTES say whether and how it works',
  check: (subject) =>
    inEachCase(subject, (one) => {
      if (one.base.pods.length === 0) return [];
      const tests = one.base.pods.filter(({ hook }) => hook?.events.includes('test'));
      const unnamed = one.base
        .all('Service')
        // A headless Service, and one for a single pod, are names that members have for each other.
        .filter(({ spec }) => spec.clusterIP !== 'None' && spec.selector?.[podNameLabel] === undefined)
        .filter(({ metadata }) => !one.install.notes.includes(metadata.name))
        .map((service) => `NOTES do not name ${nameOf(service)}`);
      return [...(tests.length > 0 ? [] : ['there is no helm test']), ...unnamed, ...monitored(one)];
    }),
};

export const scaling: Rule = {
  id: 'scaling',
  title: 'replicas change by helm upgrade without restarting a member, and a hook looks before it shrinks',
  check: (subject) =>
    inEachCase(subject, ({ base, grown }) =>
      base.scalables.flatMap((before) => {
        const after = grown.scalables.find((one) => nameOf(one) === nameOf(before));
        const breaches = changed(before, after);
        if (after === undefined || after.spec.replicas === before.spec.replicas) return breaches;
        // Of those that never grow: the hook before the upgrade refuses another number.
        const fixed = before.metadata.annotations?.['ballast.dev/fixed-replicas'] !== undefined;
        if (!fixed && !isDeepStrictEqual(before.spec.template, after.spec.template)) {
          breaches.push(`${nameOf(before)}: every member would restart when it grows`);
        }
        if (
          before.kind === 'StatefulSet' &&
          // What the chart can't move says so, in words.
          before.metadata.annotations?.['ballast.dev/unmoved'] === undefined &&
          !base.pods.some(({ hook }) => hook?.events.includes('pre-upgrade'))
        ) {
          breaches.push(`${nameOf(before)}: no pre-upgrade hook could refuse a shrink`);
        }
        return breaches;
      }),
    ),
};

export const retention: Rule = {
  id: 'retention',
  title: 'volumes and credentials outlive the release together, and NOTES say how to delete both',
  check: (subject) =>
    inEachCase(subject, ({ base, install }) => {
      const sets = base.all('StatefulSet').filter(({ spec }) => spec.volumeClaimTemplates?.length);
      const breaches = sets
        .filter(({ spec }) => {
          const policy = spec.persistentVolumeClaimRetentionPolicy;
          return policy?.whenDeleted !== 'Retain' || policy.whenScaled !== 'Retain';
        })
        .map((set) => `${nameOf(set)} does not say that its claims are retained`);
      for (const object of [...base.all('PersistentVolumeClaim'), ...base.all('Secret')]) {
        if (object.metadata.annotations?.['helm.sh/resource-policy'] !== 'keep') {
          breaches.push(`${nameOf(object)} would go with the release`);
        }
      }
      if (subject.chart.kind === 'application' && sets.length > 0) {
        const makesSecrets = base.pods.some(({ containers }) =>
          containers.some(({ env = [] }) => env.some(({ name, value }) => name === 'CREDENTIALS' && value)),
        );
        for (const kind of makesSecrets ? ['pvc', 'secret'] : ['pvc']) {
          if (!new RegExp(`kubectl delete [\\w,]*\\b${kind}\\b`).test(install.notes)) {
            breaches.push(`NOTES do not say how to delete the ${kind}s`);
          }
        }
      }
      return breaches;
    }),
};

/** What the role sidecar and the StatefulSet's controller give at run time. */
const podNameLabel = 'statefulset.kubernetes.io/pod-name';
const roleLabels = ['ballast.dev/role', 'ballast.dev/readable', podNameLabel];

function withoutRole(selector: Labels | undefined): Labels {
  return Object.fromEntries(Object.entries(selector ?? {}).filter(([key]) => !roleLabels.includes(key)));
}

function services(base: Manifests): string[] {
  return base.all('Service').flatMap((service) => {
    const selector = withoutRole(service.spec.selector);
    const pods = base.pods.filter(({ labels }) => selects(selector, labels));
    if (pods.length === 0) return [`${nameOf(service)} selects no pod`];
    return pods.flatMap((pod) => {
      if (pod.replicas === undefined) return [`${nameOf(service)} selects the pod of ${nameOf(pod.owner)}`];
      // Nothing translates the ports of a headless Service: its clients connect to the pods themselves.
      const headless = service.spec.clusterIP === 'None';
      return (service.spec.ports ?? [])
        .filter(
          ({ targetPort, port }) => !leadsTo(pod, targetPort ?? port) || (headless && !leadsTo(pod, port)),
        )
        .map(
          ({ name, port }) =>
            `${nameOf(service)}: port ${name ?? port} leads to no port of ${nameOf(pod.owner)}`,
        );
    });
  });
}

function workloads(base: Manifests): string[] {
  return base.lasting.flatMap((workload) => {
    const others = base.pods.filter(
      ({ owner, labels }) => owner !== workload && selects(workload.spec.selector.matchLabels, labels),
    );
    const breaches = others.map(
      ({ owner }) => `${nameOf(workload)} also selects the pods of ${nameOf(owner)}`,
    );
    const labels = workload.spec.template.metadata?.labels ?? {};
    if (!selects(workload.spec.selector.matchLabels, labels)) {
      breaches.push(`${nameOf(workload)} does not select its own pods`);
    }
    if (workload.kind === 'StatefulSet') {
      const { serviceName } = workload.spec;
      const service = base.all('Service').find(({ metadata }) => metadata.name === serviceName);
      if (service?.spec.clusterIP !== 'None' || !selects(withoutRole(service.spec.selector), labels)) {
        breaches.push(`${nameOf(workload)}: serviceName ${serviceName} is no headless Service of its pods`);
      }
    }
    return breaches;
  });
}

/** Volumes that are mounted are there, and so are the files that commands and probes run. */
function files(base: Manifests, pod: OwnedPod): string[] {
  const claims = base
    .all('StatefulSet')
    .filter((set) => set === pod.owner)
    .flatMap(({ spec }) => (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name));
  const volumes = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  return pod.containers.flatMap((container) => {
    const mounts = container.volumeMounts ?? [];
    const breaches = mounts
      .filter(({ name }) => !volumes.has(name) && !claims.includes(name))
      .map(({ name }) => `mounts the volume ${name}, which is not there`);
    const handlers: (Handler | undefined)[] = [
      container.startupProbe,
      container.readinessProbe,
      container.livenessProbe,
      container.lifecycle?.preStop,
      container.lifecycle?.postStart,
    ];
    const words = [
      ...(container.command ?? []),
      ...(container.args ?? []),
      ...handlers.flatMap((handler) => handler?.exec?.command ?? []),
    ];
    for (const { name, mountPath, subPath } of mounts) {
      const source = volumes.get(name)?.configMap;
      const config = base.all('ConfigMap').find(({ metadata }) => metadata.name === source?.name);
      if (config === undefined) continue;
      const keys = Object.keys(config.data ?? {});
      const there = new Set(
        source?.items?.filter(({ key }) => keys.includes(key)).map(({ path }) => path) ?? keys,
      );
      const wanted = subPath
        ? [subPath]
        : words
            .filter((word) => word.startsWith(`${mountPath}/`))
            .map((word) => word.slice(mountPath.length + 1));
      for (const file of wanted.filter((one) => !there.has(one))) {
        breaches.push(`uses ${file} of ${nameOf(config)}, which has no such key`);
      }
    }
    return breaches.map((breach) => `${nameOf(pod.owner)}, container ${container.name}: ${breach}`);
  });
}

function references(base: Manifests, accounts: readonly string[]): string[] {
  const names = new Set([...base.objects.map(nameOf), ...accounts.map((name) => `ServiceAccount/${name}`)]);
  const selecting = [...base.all('PodDisruptionBudget'), ...base.all('NetworkPolicy')];
  const selectors = new Map(selectorsOf(base));
  return [
    ...selecting
      .filter((object) => !base.pods.some(({ labels }) => selects(selectors.get(object), labels)))
      .map((object) => `${nameOf(object)} selects no pod`),
    ...base.all('RoleBinding').flatMap((binding) => {
      const wanted = [
        `${binding.roleRef.kind}/${binding.roleRef.name}`,
        ...(binding.subjects ?? []).map(({ kind, name }) => `${kind}/${name}`),
      ];
      return wanted
        .filter((name) => !names.has(name))
        .map((name) => `${nameOf(binding)} names ${name}, which is not there`);
    }),
    ...base.pods.flatMap(({ owner, spec }) => {
      const account = spec.serviceAccountName;
      return account === undefined || account === 'default' || names.has(`ServiceAccount/${account}`)
        ? []
        : [`${nameOf(owner)} runs as ServiceAccount/${account}, which is not there`];
    }),
  ];
}

function duplicates(base: Manifests): string[] {
  const all = base.objects.map(nameOf);
  return [...new Set(all.filter((name, index) => all.indexOf(name) !== index))].map(
    (name) => `${name} is there twice`,
  );
}

export const wiring: Rule = {
  id: 'wiring',
  title: 'what one object names in another is there: pods, ports, files, accounts',
  check: (subject) => inEachCase(subject, ({ base }) => unwired(base)),
};

/** What objects of one release name in each other and is not there, or is not what they mean. `accounts`: service accounts of the user's own. */
export function unwired(base: Manifests, accounts: readonly string[] = []): string[] {
  return [
    ...duplicates(base),
    ...services(base),
    ...workloads(base),
    ...references(base, accounts),
    ...base.pods.flatMap((pod) => files(base, pod)),
    ...unlabelled(base),
  ];
}

function unlabelled(base: Manifests): string[] {
  return base.objects
    .filter(
      ({ metadata }) =>
        !metadata.labels?.['app.kubernetes.io/name'] || !metadata.labels['app.kubernetes.io/instance'],
    )
    .map((object) => `${nameOf(object)} lacks the labels app.kubernetes.io/name and instance`);
}

import { isDeepStrictEqual } from 'node:util';
import { type Manifests, nameOf, type OwnedPod, selects } from '../../harness/charts/manifests.ts';
import { inEachCase, type Rule } from './subject.ts';

/** What the StatefulSet's controller writes on a pod: a Service that selects on it is a member's own name. */
const podNameLabel = 'statefulset.kubernetes.io/pod-name';
/** What a pod gets only while it runs. */
const givenAtRunTime = /^(ballast\.dev\/(role|readable)|statefulset\.kubernetes\.io\/pod-name)$/;

/** Ports to which Services for clients lead. */
function ledPorts(base: Manifests, pod: OwnedPod): string[] {
  return base
    .all('Service')
    .filter(({ spec }) => spec.clusterIP !== 'None' && spec.selector?.[podNameLabel] === undefined)
    .filter(({ spec }) =>
      selects(
        Object.fromEntries(Object.entries(spec.selector ?? {}).filter(([key]) => !givenAtRunTime.test(key))),
        pod.labels,
      ),
    )
    .flatMap(({ spec }) => (spec.ports ?? []).map(({ targetPort, port }) => String(targetPort ?? port)));
}

const scrapedPorts = (full: Manifests): Set<string> =>
  new Set(
    [
      ...full.all('ServiceMonitor').flatMap(({ spec }) => spec.endpoints),
      ...full.all('PodMonitor').flatMap(({ spec }) => spec.podMetricsEndpoints),
    ].map(({ port }) => String(port)),
  );

/** Ports by which clients outside of the cluster reach one member: who they are can't be known. */
function outsidePorts(base: Manifests): Set<string> {
  return new Set(
    base
      .all('Service')
      .filter(({ spec }) => spec.type !== undefined && spec.type !== 'ClusterIP')
      .flatMap(({ spec }) => (spec.ports ?? []).map(({ targetPort, port }) => String(targetPort ?? port))),
  );
}

const isMember = (peer: unknown): boolean => {
  const labels = (peer as { podSelector?: { matchLabels?: object } }).podSelector?.matchLabels ?? {};
  return ['name', 'instance', 'component'].every((key) => `app.kubernetes.io/${key}` in labels);
};

const isAnyPod = (peer: unknown): boolean => isDeepStrictEqual(peer, { podSelector: {} });

/** A port that is closed to the namespace although it is scraped: a workload says why in its annotation. */
const guardedPort = ({ owner }: OwnedPod): string | undefined =>
  owner.metadata.annotations?.['ballast.dev/guarded-port']?.split(':')[0];

/** Who may reach which port of a pod: each port by one rule, clients' ports by the namespace, all others by members alone. */
function guarded(base: Manifests, full: Manifests, pod: OwnedPod): string[] {
  const policies = base
    .all('NetworkPolicy')
    .filter(({ spec }) => selects(spec.podSelector.matchLabels, pod.labels));
  if (policies.length === 0 || pod.replicas === undefined) return [];
  const who = nameOf(pod.owner);
  const names = pod.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => String(name)));
  const rules = policies.flatMap((policy) =>
    (policy.spec.ingress ?? []).map(({ ports = [], from = [] }) => ({
      policy: nameOf(policy),
      ports: ports.map(({ port }) => String(port)),
      from,
    })),
  );
  const unknown = rules.flatMap(({ policy, ports }) =>
    ports
      .filter((port) => !names.includes(port))
      .map((port) => `${policy} opens ${port}, which is no port of ${who}`),
  );
  const scraped = scrapedPorts(full);
  const open = new Set([...ledPorts(base, pod), ...scraped]);
  const outside = outsidePorts(base);
  const wrong = names.flatMap((name) => {
    const ofPort = rules.filter(({ ports }) => ports.includes(name));
    const [rule] = ofPort;
    if (rule === undefined) return [`no NetworkPolicy opens port ${name} of ${who}`];
    if (ofPort.length > 1) return [`port ${name} of ${who} is opened ${ofPort.length} times`];
    if (outside.has(name) && !open.has(name)) return [];
    if (guardedPort(pod) === name)
      return rule.from.some(isAnyPod) ? [`port ${name} of ${who} is guarded, and open to the namespace`] : [];
    if (open.has(name))
      return rule.from.some(isAnyPod)
        ? []
        : [`port ${name} of ${who} is for clients, and closed to the namespace`];
    // Clients of a system without a Service of its own are told its members' names.
    return open.size === scraped.size || rule.from.every(isMember)
      ? []
      : [`port ${name} of ${who} is for members, and ${rule.policy} opens it to others`];
  });
  return [...unknown, ...wrong];
}

export const ports: Rule = {
  id: 'ports',
  title:
    'every port of a server is opened once: to the namespace where a Service leads, to members otherwise',
  check: (subject) =>
    inEachCase(subject, ({ base, full }) => [
      ...new Set([base, full].flatMap((render) => render.pods.flatMap((pod) => guarded(render, full, pod)))),
    ]),
};

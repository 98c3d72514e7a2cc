import type {
  V1LabelSelector,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
  V1Pod,
} from '@kubernetes/client-node';

type Labels = Readonly<Record<string, string>>;

/** A pod, or what a pod would have, as NetworkPolicies see it. */
export interface Party {
  namespace: string;
  /** The namespace's own. */
  namespaceLabels: Labels;
  labels: Labels;
}

/** Whether a label selector of the API selects these labels. An empty one selects all. Throws for an operator that it does not know. */
export function selected(selector: V1LabelSelector | undefined, labels: Labels): boolean {
  const all = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    all &&
    (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          throw new Error(`unknown operator ${operator}`);
      }
    })
  );
}

/**
 * Whether the policies of the target's namespace let a client reach one of its TCP ports, by the API's reference of networking.k8s.io/v1: a pod that no policy
 * selects is open, any other one to what one of its policies allows. Blocks of addresses are not looked at.
 */
export function admits(
  policies: readonly V1NetworkPolicy[],
  client: Party,
  target: V1Pod,
  port: number,
): boolean {
  const namespace = target.metadata?.namespace ?? '';
  const own = policies.filter(
    ({ metadata, spec }) =>
      metadata?.namespace === namespace &&
      (spec?.policyTypes ?? ['Ingress']).includes('Ingress') &&
      selected(spec?.podSelector, target.metadata?.labels ?? {}),
  );
  if (own.length === 0) return true;
  const numbers = new Map(
    (target.spec?.containers ?? []).flatMap(({ ports = [] }) =>
      ports.map(({ name, containerPort }) => [name, containerPort] as const),
    ),
  );
  const opens = ({ port: wanted, endPort, protocol = 'TCP' }: V1NetworkPolicyPort): boolean => {
    if (protocol !== 'TCP') return false;
    if (wanted === undefined) return true;
    const first = typeof wanted === 'string' ? numbers.get(wanted) : wanted;
    return first !== undefined && port >= first && port <= (endPort ?? first);
  };
  const letsIn = ({ podSelector, namespaceSelector, ipBlock }: V1NetworkPolicyPeer): boolean =>
    ipBlock === undefined &&
    (namespaceSelector === undefined
      ? client.namespace === namespace
      : selected(namespaceSelector, client.namespaceLabels)) &&
    selected(podSelector, client.labels);
  return own.some(({ spec }) =>
    (spec?.ingress ?? []).some(
      ({ _from: from, ports }) =>
        (ports === undefined || ports.length === 0 || ports.some(opens)) &&
        (from === undefined || from.length === 0 || from.some(letsIn)),
    ),
  );
}

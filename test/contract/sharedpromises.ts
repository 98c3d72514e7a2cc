/** What a pod says of its role sidecar: that it stays, whose members it labels, and what remembers that a group exists. */
export const roleSidecar = (statefulSet: string, state: string, peers: string): Record<string, string> => ({
  'role: restartPolicy': 'Always',
  'role: command': 'sh /opt/ballast/role.sh',
  'role: env POD': 'metadata.name',
  'role: env NAMESPACE': 'metadata.namespace',
  'role: env STATEFULSET': statefulSet,
  'role: env STATE_CONFIGMAP': state,
  'role: env PEER_SUFFIX': `${peers}.default.svc.cluster.local`,
  'role: mount /run/ballast': 'run',
  'role: mount /var/run/secrets/kubernetes.io/serviceaccount': 'api-access, read only',
});

/** What the sidecar may do. */
export const roleVerbs = (statefulSets: string, state: string): Record<string, string> => ({
  'get list watch patch pods': 'all',
  'get statefulsets/scale': statefulSets,
  'get update configmaps': state,
});

/** What the hook that records that a cluster exists says and may do. */
export const recorded = (said: string): Record<string, Record<string, string>> => ({
  'Job/{full}-record': {
    hook: 'post-install,post-upgrade',
    'record: env STATE_CONFIGMAP': '{full}-state',
    'record: env RECORDED': said,
  },
  'Role/{full}-record': { 'patch configmaps': '{full}-state' },
});

import type { Promises } from '../../contract/promises.ts';
import { roleSidecar, roleVerbs } from '../../contract/sharedpromises.ts';

const domain = 'default.svc.cluster.local';
const names = {
  'env BASE': '{full}',
  'env PD_SUFFIX': `{full}-pd-peers.${domain}`,
  'env TIKV_SUFFIX': `{full}-tikv-peers.${domain}`,
};
const named = (container: string) =>
  Object.fromEntries(Object.entries(names).map(([key, value]) => [`${container}: ${key}`, value]));

/** What each promise of charts/tidb/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'tidb',
  promises: [
    {
      promise: 'A write that was acknowledged is on the volumes of two TiKVs of three',
      of: ['cluster'],
      rests: {
        'ConfigMap/{full}-pd': {
          'pd.toml: max-replicas': '3',
          'pd.toml: location-labels': '["zone","host"]',
        },
        'StatefulSet/{full}-tikv': { 'tikv: mount /data': 'data', 'tikv: env NODE': 'spec.nodeName' },
        'StatefulSet/{full}-pd': { 'pd: mount /data': 'data' },
      },
    },
    {
      promise: 'A cluster is founded once, by PD 0 alone',
      of: ['cluster'],
      rests: {
        'StatefulSet/{full}-pd': {
          podManagementPolicy: 'Parallel',
          ...roleSidecar('{full}-pd', '{full}-state', '{full}-members'),
          'pd: env ARCHITECTURE': 'cluster',
          'pd: mount /run/ballast': 'run',
        },
        'Role/{full}': roleVerbs('{full}-pd {full}-tikv', '{full}-state'),
      },
    },
    {
      promise: 'Servers know each other by the stable names of their pods, never by addresses.',
      rests: {
        'StatefulSet/{full}': { ...named('tidb'), 'tidb: env SUFFIX': `{full}-members.${domain}` },
        'StatefulSet/{full}-pd': named('pd'),
        'StatefulSet/{full}-tikv': named('tikv'),
        'Service/{full}-pd-peers': { publishNotReadyAddresses: 'true', 'port pd': '2379 to pd' },
        'Service/{full}-tikv-peers': { publishNotReadyAddresses: 'true', 'port tikv': '20160 to tikv' },
      },
    },
    {
      promise: 'A TiKV that is to go is emptied before its pod goes',
      of: ['cluster'],
      rests: {
        'Job/{full}-drain': {
          hook: 'pre-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh drain',
          'provision: env PD_REPLICAS': '{pd.replicas}',
          'provision: env COPIES': '3',
        },
      },
    },
    {
      promise: 'preStop has a PD hand over, and a TiKV give its leaders to others',
      of: ['cluster'],
      rests: {
        'StatefulSet/{full}-pd': {
          'pd: preStop': 'bash /opt/ballast/pd-stop.sh',
          'pod.terminationGracePeriodSeconds': '{pd.terminationGracePeriodSeconds}',
        },
        'StatefulSet/{full}-tikv': {
          'tikv: preStop': 'bash /opt/ballast/tikv-stop.sh',
          'pod.terminationGracePeriodSeconds': '{tikv.terminationGracePeriodSeconds}',
          'tikv: env EVICT_SECONDS': '{tikv.evictSeconds}',
        },
      },
    },
    {
      promise: 'Services lead no new client to a TiDB 5 s after its pod was told to end',
      rests: {
        'StatefulSet/{full}': {
          'tidb: preStop': 'sleep 5',
          'tidb: ready': 'bash /opt/ballast/serves.sh 10080',
          'pod.terminationGracePeriodSeconds': '{terminationGracePeriodSeconds}',
        },
        'ConfigMap/{full}': { 'tidb.toml: graceful-wait-before-shutdown': '{drainSeconds}' },
      },
    },
    {
      promise: 'Nobody gets in with an empty password',
      rests: {
        'StatefulSet/{full}': {
          'tidb: command': 'bash /opt/ballast/tidb.sh',
          'tidb: mount /etc/ballast/auth': 'auth, read only',
        },
      },
    },
    {
      promise:
        "PD's and TiKV's ports, where nobody has to log in, are open to the release's own servers alone",
      rests: {
        'NetworkPolicy/{full}-pd': {
          'port pd': 'pd, tikv, server, hook',
          'port peer': 'pd',
        },
        'NetworkPolicy/{full}-tikv': { 'port tikv': 'tikv, server, pd' },
      },
    },
  ],
};

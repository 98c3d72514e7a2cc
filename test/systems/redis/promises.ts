import { absent, type Promises } from '../../contract/promises.ts';
import { roleSidecar, roleVerbs } from '../../contract/sharedpromises.ts';

/** Names are asked for as they are, and again after a second. */
const dns = {
  'pod.dnsConfig.options.0.name': 'ndots',
  'pod.dnsConfig.options.0.value': '1',
  'pod.dnsConfig.options.1.name': 'timeout',
  'pod.dnsConfig.options.1.value': '1',
  'pod.dnsConfig.options.2.name': 'attempts',
  'pod.dnsConfig.options.2.value': '3',
};

const handsOver = {
  'redis: preStop': 'bash /opt/ballast/stop.sh',
  'pod.terminationGracePeriodSeconds': '60',
};

/** What each promise of charts/redis/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'redis',
  promises: [
    {
      promise: '**On disk before it is acknowledged** (`appendfsync always`, unless `use` is `cache`).',
      of: ['sentinel', 'cluster'],
      rests: {
        'ConfigMap/{full}': {
          'redis.conf: appendonly': 'yes',
          'redis.conf: appendfsync': 'always',
          'redis.conf: dir': '/data',
          'redis.conf: maxmemory-policy': 'noeviction',
        },
      },
    },
    {
      promise: '`cache` may evict anything',
      of: ['standalone'],
      rests: {
        'ConfigMap/{full}': {
          'redis.conf: appendonly': 'yes',
          'redis.conf: appendfsync': 'everysec',
          'redis.conf: maxmemory-policy': 'allkeys-lru',
          'redis.conf: dir': '/data',
        },
        'StatefulSet/{full}': { 'redis: mount /data': 'data', 'label ballast.dev/role': 'primary' },
        'Service/{full}-replicas': { selects: 'server ballast.dev/role=primary' },
      },
    },
    {
      promise: 'Sentinels have their own StatefulSet',
      of: ['sentinel'],
      rests: {
        'StatefulSet/{full}': { 'redis: mount /data': 'data' },
        'StatefulSet/{full}-sentinel': {
          replicas: '{sentinel.replicas}',
          serviceName: '{full}-sentinels',
          podManagementPolicy: 'Parallel',
          'sentinel: command': 'bash /opt/ballast/sentinel.sh',
        },
        'PodDisruptionBudget/{full}-sentinel': { of: 'sentinel', maxUnavailable: '1' },
        'ConfigMap/{full}': { sentinels: '3 2' },
      },
    },
    {
      promise: 'Clients that speak Sentinel ask `-sentinel` for the master `ballast`.',
      of: ['sentinel'],
      rests: {
        'Service/{full}-sentinel': { selects: 'sentinel', 'port sentinel': '26379 to sentinel' },
        'ConfigMap/{full}-sentinel': {
          'sentinel.conf: sentinel': 'resolve-hostnames yes & announce-hostnames yes',
        },
        'NetworkPolicy/{full}-sentinel': { of: 'sentinel', 'port sentinel': 'all' },
      },
    },
    {
      promise: 'Every member and every Sentinel has a Service of its own, named like its pod.',
      of: ['sentinel'],
      rests: {
        'Service/{full}-0': {
          selects: 'server statefulset.kubernetes.io/pod-name={full}-0',
          publishNotReadyAddresses: 'true',
          clusterIP: absent,
          'port client': '6379 to client',
        },
        'Service/{full}-8': { selects: 'server statefulset.kubernetes.io/pod-name={full}-8' },
        'Service/{full}-sentinel-0': {
          selects: 'sentinel statefulset.kubernetes.io/pod-name={full}-sentinel-0',
          publishNotReadyAddresses: 'true',
          clusterIP: absent,
          'port sentinel': '26379 to sentinel',
        },
        'Service/{full}-sentinel-2': {
          selects: 'sentinel statefulset.kubernetes.io/pod-name={full}-sentinel-2',
        },
      },
    },
    {
      promise: 'Hence `dnsConfig`: no search list, and 1 s until a lost packet is sent again.',
      of: ['sentinel'],
      rests: { 'StatefulSet/{full}': dns, 'StatefulSet/{full}-sentinel': dns },
    },
    {
      promise: 'Hence `dnsConfig`: no search list, and 1 s until a lost packet is sent again.',
      of: ['cluster'],
      rests: { 'StatefulSet/{full}-shard-0': dns },
    },
    {
      promise:
        "In a cluster the address of a member's own Service is what it announces to the others (`cluster-announce-ip`)",
      of: ['cluster'],
      rests: {
        'Service/{full}-shard-0-0': {
          selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-0-0',
          publishNotReadyAddresses: 'true',
          clusterIP: absent,
          'port client': '6379 to client',
          'port bus': '16379 to bus',
        },
        'ConfigMap/{full}': { 'redis.conf: cluster-preferred-endpoint-type': 'hostname' },
      },
    },
    {
      promise: 'Nobody starts as a primary.',
      of: ['sentinel'],
      rests: {
        'StatefulSet/{full}': {
          ...roleSidecar('{full}', '{full}-state', '{full}-members'),
          'role: env PEER_PORT': '6379',
          'redis: env ARCHITECTURE': 'sentinel',
          'redis: ready': 'bash /opt/ballast/ready.sh',
          'label ballast.dev/peer': 'true',
          'label ballast.dev/role': absent,
        },
        'Role/{full}': roleVerbs('{full}', '{full}-state'),
        'Service/{full}-primary': {
          selects: 'server ballast.dev/role=primary',
          'port client': '6379 to client',
        },
        'Service/{full}-replicas': {
          selects: 'server ballast.dev/readable=true',
          'port client': '6379 to client',
        },
        'Service/{full}-members': {
          selects: 'server ballast.dev/peer=true',
          publishNotReadyAddresses: 'true',
        },
      },
    },
    {
      promise: '`downAfterMilliseconds` is for those that are silent.',
      of: ['sentinel'],
      rests: { 'StatefulSet/{full}': { 'redis: env DOWN_AFTER': '{sentinel.downAfterMilliseconds}' } },
    },
    {
      promise: 'which may be split and is repeated only after twice that timeout',
      of: ['sentinel'],
      rests: { 'StatefulSet/{full}': { 'redis: env FAILOVER_TIMEOUT': '3000' } },
    },
    {
      promise: 'A primary without a majority of Sentinels takes no writes',
      of: ['sentinel'],
      rests: {
        'ConfigMap/{full}': {
          'redis.conf: min-replicas-max-lag': '3',
          'redis.conf: repl-ping-replica-period': '1',
          'redis.conf: repl-timeout': '10',
        },
      },
    },
    {
      promise: '**preStop** waits until a Sentinel knows a replica that it would promote',
      of: ['sentinel'],
      rests: { 'StatefulSet/{full}': handsOver },
    },
    {
      promise: '**preStop** waits until a Sentinel knows a replica that it would promote',
      of: ['cluster'],
      rests: { 'StatefulSet/{full}-shard-0': handsOver },
    },
    {
      promise: '**A server that is stuck is ended**, and started again.',
      of: ['sentinel'],
      rests: { 'StatefulSet/{full}': { 'redis: live': 'bash /opt/ballast/live.sh' } },
    },
    {
      promise: '**A StatefulSet for each shard**, so that a primary and its replicas avoid a node together',
      of: ['cluster'],
      rests: {
        'StatefulSet/{full}-shard-0': {
          ...roleSidecar('{full}-shard-0', '{full}-state', '{full}-members'),
          'role: env PEER_PORT': '6379',
          'redis: env ARCHITECTURE': 'cluster',
          'redis: env SHARD': '0',
          'redis: env NODE': 'spec.nodeName',
          'redis: mount /data': 'data',
          'label ballast.dev/shard': '0',
          podManagementPolicy: 'Parallel',
          'redis: live': 'bash /opt/ballast/live.sh',
          'redis: ready': 'bash /opt/ballast/ready.sh',
        },
        'StatefulSet/{full}-shard-2': {
          'redis: env SHARD': '2',
          'label ballast.dev/shard': '2',
          'role: env STATEFULSET': '{full}-shard-2',
        },
        'Service/{full}-primary': { selects: 'server ballast.dev/role=primary' },
        'Service/{full}-replicas': { selects: 'server ballast.dev/readable=true' },
      },
    },
    {
      promise: '`cluster-allow-replica-migration` is off: nobody leaves its shard.',
      of: ['cluster'],
      rests: {
        'ConfigMap/{full}': {
          'redis.conf: cluster-enabled': 'yes',
          'redis.conf: cluster-allow-replica-migration': 'no',
          'redis.conf: cluster-require-full-coverage': 'no',
          'redis.conf: cluster-replica-validity-factor': '0',
          'redis.conf: cluster-node-timeout': '{nodeTimeoutMilliseconds}',
          'redis.conf: cluster-config-file': 'nodes.conf',
        },
        'NetworkPolicy/{full}': { 'port bus': 'server' },
      },
    },
    {
      promise: '**Slots move by hook Jobs**, in batches of 128',
      of: ['cluster'],
      rests: {
        'Job/{full}-drain': {
          hook: 'pre-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh drain',
        },
        'Job/{full}-provision': { hook: 'post-install,post-upgrade' },
      },
    },
  ],
};

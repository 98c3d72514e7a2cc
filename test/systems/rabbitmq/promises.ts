import type { Promises } from '../../contract/promises.ts';
import { recorded } from '../../contract/sharedpromises.ts';

/** What each promise of charts/rabbitmq/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'rabbitmq',
  promises: [
    {
      promise: "A message whose confirm came, in a quorum queue, is on a majority's disks.",
      rests: {
        'ConfigMap/{full}': { 'rabbitmq.conf: default_queue_type': 'quorum' },
        'StatefulSet/{full}': { 'rabbitmq: mount /var/lib/rabbitmq': 'data' },
      },
    },
    {
      promise:
        '`cluster_partition_handling = pause_minority` is set because it counts while metadata are in Mnesia',
      of: ['cluster'],
      rests: { 'ConfigMap/{full}': { 'rabbitmq.conf: cluster_partition_handling': 'pause_minority' } },
    },
    {
      promise: 'So the decision is made before the server starts, in `files/run.sh`',
      of: ['cluster'],
      rests: {
        'ConfigMap/{full}': { replicas: '{replicas}', 'rabbitmq.conf: cluster_name': '{full}.default' },
        'StatefulSet/{full}': {
          podManagementPolicy: 'Parallel',
          'rabbitmq: command': 'bash /opt/ballast/run.sh',
          'rabbitmq: env FORMED': 'ConfigMap {full}-state, formed',
          'rabbitmq: env BASE': '{full}',
          'rabbitmq: env SUFFIX': '{full}-members.default.svc.cluster.local',
          'rabbitmq: env MOST': '7',
          'rabbitmq: env RABBITMQ_USE_LONGNAME': 'true',
          'rabbitmq: env RABBITMQ_NODENAME': 'rabbit@$(POD).$(SUFFIX)',
        },
        'Service/{full}-members': {
          publishNotReadyAddresses: 'true',
          'port epmd': '4369 to epmd',
          'port nodes': '25672 to nodes',
        },
        'NetworkPolicy/{full}': { 'port epmd': 'server, hook', 'port nodes': 'server, hook' },
      },
    },
    {
      promise: 'The hook after the installation records that there is one.',
      of: ['cluster'],
      rests: recorded('{"formed":"true"}'),
    },
    {
      promise: 'so each waits with its own stop until every queue can do without it',
      of: ['cluster'],
      rests: {
        'StatefulSet/{full}': {
          'rabbitmq: preStop': 'bash /opt/ballast/stop.sh',
          'rabbitmq: env GRACE': '{terminationGracePeriodSeconds}',
          'pod.terminationGracePeriodSeconds': '{terminationGracePeriodSeconds}',
        },
        'PodDisruptionBudget/{full}': { maxUnavailable: '1', of: 'server' },
      },
    },
    {
      promise: '**Scaling moves queues.**',
      of: ['cluster'],
      rests: {
        'Job/{full}-drain': {
          hook: 'pre-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh drain',
          'provision: env REPLICAS': '{replicas}',
          'provision: env MOST': '7',
        },
      },
    },
    {
      promise: 'are imported at each upgrade: what changed is applied',
      rests: {
        'Job/{full}-provision': {
          hook: 'post-install,post-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh provision',
          'provision: mount /etc/ballast/auth': 'auth, read only',
        },
      },
    },
    {
      promise: "Nodes know each other by Erlang's cookie, a file that only the server's user may read",
      rests: {
        'StatefulSet/{full}': {
          'rabbitmq: mount /etc/ballast/auth': 'auth, read only',
          'rabbitmq: env HOME': '/run/ballast',
          'volume run': 'Memory 8Mi',
        },
      },
    },
    {
      promise:
        "One that is frozen or cut off is given up when it has missed a few of the failure detector's looks, `failureDetectorMilliseconds` (500;",
      rests: {
        'ConfigMap/{full}': {
          'rabbitmq.conf: raft.adaptive_failure_detector.poll_interval': '500',
          'rabbitmq.conf: net_ticktime': '8',
        },
      },
    },
    {
      promise: 'Liveness looks at the port for nodes alone',
      rests: {
        'StatefulSet/{full}': {
          'rabbitmq: live': 'port nodes',
          'rabbitmq: ready': 'bash /opt/ballast/ready.sh',
          'rabbitmq: startup': 'bash /opt/ballast/ready.sh',
        },
      },
    },
    {
      promise: 'Clients connect to the Service; each node takes them',
      rests: {
        'Service/{full}': {
          'port client': '5672 to client',
          'port management': '15672 to management',
          selects: 'server',
        },
        'ConfigMap/{full}': {
          'rabbitmq.conf: listeners.tcp.default': '5672',
          'rabbitmq.conf: management.tcp.port': '15672',
          'rabbitmq.conf: prometheus.tcp.port': '15692',
        },
      },
    },
  ],
};

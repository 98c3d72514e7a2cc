import type { Promises } from '../../contract/promises.ts';
import { roleSidecar, roleVerbs } from '../../contract/sharedpromises.ts';

/** What each promise of charts/mongodb/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'mongodb',
  promises: [
    {
      promise: 'is in the journal of more than half of the voting members.',
      rests: {
        'ConfigMap/{full}': {
          'mongod.conf: replication.replSetName': 'ballast',
          'mongod.conf: storage.dbPath': '/data/db',
        },
        'StatefulSet/{full}': { 'mongodb: mount /data': 'data' },
      },
    },
    {
      promise:
        'A set is initiated once, by member 0, and only when every member answers and none is in a set',
      of: ['replicaSet'],
      rests: {
        'StatefulSet/{full}': {
          podManagementPolicy: 'Parallel',
          ...roleSidecar('{full}', '{full}-state', '{full}-members'),
          'role: env PEER_PORT': '27017',
          'mongodb: env ARCHITECTURE': 'replicaSet',
          'mongodb: mount /run/ballast': 'run',
        },
        'Role/{full}': roleVerbs('{full}', '{full}-state'),
      },
    },
    {
      promise: 'Members know each other by the stable names of their pods, never by addresses.',
      rests: {
        'StatefulSet/{full}': {
          'mongodb: env BASE': '{full}',
          'mongodb: env SUFFIX': '{full}-members.default.svc.cluster.local',
        },
        'Service/{full}-members': { publishNotReadyAddresses: 'true', 'port client': '27017 to client' },
      },
    },
    {
      promise: 'A member that is to go is removed before its pod is',
      of: ['replicaSet'],
      rests: {
        'Job/{full}-drain': {
          hook: 'pre-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh drain',
          'provision: env REPLICAS': '{replicas}',
          'provision: env PRIMARY_HOST': '{full}-primary.default.svc.cluster.local',
        },
      },
    },
    {
      promise: "`-primary` follows the set's election.",
      of: ['replicaSet'],
      rests: {
        'Service/{full}-primary': {
          'port client': '27017 to client',
          selects: 'server ballast.dev/role=primary',
        },
        'Service/{full}-replicas': {
          'port client': '27017 to client',
          selects: 'server ballast.dev/readable=true',
        },
        'StatefulSet/{full}': { 'mongodb: ready': 'bash /opt/ballast/ready.sh' },
      },
    },
    {
      promise: 'A hidden member is ready, and in neither `-primary` nor `-replicas`',
      of: ['replicaSet'],
      rests: {
        'Service/{full}-primary': { selects: 'server ballast.dev/role=primary' },
        'Service/{full}-replicas': { selects: 'server ballast.dev/readable=true' },
        'StatefulSet/{full}': { 'mongodb: ready': 'bash /opt/ballast/ready.sh' },
      },
    },
    {
      promise: 'preStop has a primary step down',
      of: ['replicaSet'],
      rests: {
        'StatefulSet/{full}': {
          'mongodb: preStop': 'bash /opt/ballast/stop.sh',
          'mongodb: live': 'bash /opt/ballast/live.sh',
          'pod.terminationGracePeriodSeconds': '90',
        },
      },
    },
    {
      promise: 'Members know each other by a key, clients log in',
      rests: {
        'ConfigMap/{full}': {
          'mongod.conf: security.authorization': 'enabled',
          'mongod.conf: security.keyFile': '/run/ballast/keyfile',
        },
        'StatefulSet/{full}': { 'mongodb: mount /etc/ballast/auth': 'auth, read only' },
        'Job/{full}-provision': {
          hook: 'post-install,post-upgrade',
          'provision: mount /etc/ballast/auth': 'auth, read only',
        },
      },
    },
    {
      promise: "A silent primary is given up after `electionTimeoutMilliseconds` (10 s, MongoDB's default)",
      rests: { 'ConfigMap/{full}': { 'election-timeout': '{electionTimeoutMilliseconds}' } },
    },
    {
      promise: 'in `standalone` the one server',
      of: ['standalone'],
      rests: {
        'StatefulSet/{full}': { 'label ballast.dev/role': 'primary' },
        'Service/{full}-primary': { selects: 'server ballast.dev/role=primary' },
        'Service/{full}-replicas': { selects: 'server ballast.dev/role=primary' },
      },
    },
  ],
};

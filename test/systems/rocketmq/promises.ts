import { absent, type Promises } from '../../contract/promises.ts';
import { recorded } from '../../contract/sharedpromises.ts';

const local = (what: string) =>
  `org.apache.rocketmq.auth.${what.toLowerCase()}.provider.Local${what}MetadataProvider`;
const own = (what: string) =>
  `org.apache.rocketmq.auth.${what.toLowerCase()}.provider.Default${what}Provider`;

/** What each promise of charts/rocketmq/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'rocketmq',
  promises: [
    {
      promise:
        'With `replication: sync` a master acknowledges what a slave has, too; both have it on disk (`flush: sync`).',
      of: ['masterSlave'],
      rests: {
        'ConfigMap/{full}': {
          'broker.conf: flushDiskType': 'SYNC_FLUSH',
          'broker.conf: inSyncReplicas': '2',
          'broker.conf: totalReplicas': '2',
          'broker.conf: slaveTimeout': '2000',
        },
        'StatefulSet/{full}-broker-0': {
          'broker: env REPLICATION': 'sync',
          'broker: env ARCHITECTURE': 'masterSlave',
        },
      },
    },
    {
      promise: '**A slave never becomes a master** in `masterSlave`.',
      of: ['masterSlave'],
      rests: {
        'ConfigMap/{full}': {
          'broker.conf: enableSlaveActingMaster': 'false',
          'broker.conf: slaveReadEnable': 'true',
          'broker.conf: allAckInSyncStateSet': absent,
        },
      },
    },
    {
      promise: '**A volume that was lost is filled again, before it counts.**',
      rests: {
        'StatefulSet/{full}-broker-0': {
          'broker: mount /home/rocketmq/store': 'data',
          'broker: command': 'bash /opt/ballast/run.sh',
          'broker: env POD': 'metadata.name',
          'broker: env GROUP': '0',
          'broker: env GROUPS_FORMED': 'ConfigMap {full}-state, groups',
          'broker: env SUFFIX': '{full}-members.default.svc.cluster.local',
          podManagementPolicy: 'Parallel',
        },
        'Service/{full}-members': {
          publishNotReadyAddresses: 'true',
          'port client': '10911 to client',
          'port vip': '10909 to vip',
          'port ha': '10912 to ha',
        },
        'NetworkPolicy/{full}': { 'port client': 'all', 'port vip': 'all', 'port ha': 'server' },
      },
    },
    {
      of: ['masterSlave', 'controller'],
      promise:
        'That a group existed is recorded in the ConfigMap `-state` by the hook after an installation or upgrade.',
      rests: recorded('{"formed":"true","groups":"{groups}"}'),
    },
    {
      promise:
        'a message is acknowledged when every broker in the set of those in sync has it (`allAckInSyncStateSet`), `minInSyncReplicas` at least',
      of: ['controller'],
      rests: {
        'ConfigMap/{full}': {
          'broker.conf: flushDiskType': 'SYNC_FLUSH',
          'broker.conf: allAckInSyncStateSet': 'true',
          'broker.conf: minInSyncReplicas': '2',
          'broker.conf: inSyncReplicas': '3',
          'broker.conf: totalReplicas': '3',
          'broker.conf: haMaxTimeSlaveNotCatchup': '3000',
        },
        'StatefulSet/{full}-broker-0': {
          'broker: env ARCHITECTURE': 'controller',
          'broker: env NAME_SERVERS': '3',
        },
      },
    },
    {
      promise: 'a broker that is not in that set never leads (`enableElectUncleanMaster=false`)',
      of: ['controller'],
      rests: {
        'ConfigMap/{full}-namesrv': {
          'namesrv.conf: enableElectUncleanMaster': 'false',
          'namesrv.conf: scanInactiveMasterInterval': '1000',
          'namesrv.conf: scanNotActiveBrokerInterval': '1000',
        },
        'StatefulSet/{full}-namesrv': {
          replicas: '3',
          podManagementPolicy: 'Parallel',
          'namesrv: mount /home/rocketmq/store': 'data',
          'namesrv: port controller': '9878',
        },
        'Service/{full}-namesrv-peers': {
          publishNotReadyAddresses: 'true',
          'port controller': '9878 to controller',
        },
        'NetworkPolicy/{full}-namesrv': { 'port controller': 'namesrv, server' },
        'PodDisruptionBudget/{full}-namesrv': { maxUnavailable: '1', of: 'namesrv' },
      },
    },
    {
      promise: 'groups whose master is replaced by a copy that has everything',
      of: ['controller'],
      rests: {
        'ConfigMap/{full}': {
          'broker.conf: brokerHeartbeatInterval': '500',
          'broker.conf: sendHeartbeatTimeoutMillis': '500',
          'broker.conf: controllerHeartBeatTimeoutMills': '3000',
          'broker.conf: syncBrokerMetadataPeriod': '1000',
          'broker.conf: checkSyncStateSetPeriod': '1000',
          'broker.conf: syncControllerMetadataPeriod': '2000',
          'broker.conf: haHousekeepingInterval': '5000',
          'broker.conf: haSendHeartbeatInterval': '1000',
        },
      },
    },
    {
      promise: '**A rolling upgrade takes brokers out of one group at a time**',
      of: ['masterSlave', 'controller'],
      rests: {
        'StatefulSet/{full}-broker-0': {
          'broker: preStop': 'bash /opt/ballast/stop.sh',
          'broker: env GRACE': '{terminationGracePeriodSeconds}',
          'pod.terminationGracePeriodSeconds': '{terminationGracePeriodSeconds}',
          'broker: ready': 'bash /opt/ballast/ready.sh 10911',
          'label ballast.dev/group': '0',
        },
        'PodDisruptionBudget/{full}-broker-0': { maxUnavailable: '1', of: 'server ballast.dev/group=0' },
      },
    },
    {
      promise: 'the brokers of a group must not share a node, and those of different groups may',
      of: ['masterSlave', 'controller'],
      rests: {
        'StatefulSet/{full}-broker-0': {
          apart: 'rather not on one kubernetes.io/hostname with server ballast.dev/group=0',
        },
      },
    },
    {
      promise:
        '`groups` may grow: the hook gives a new group all topics and consumer groups that the first one has.',
      of: ['masterSlave', 'controller'],
      rests: {
        'Job/{full}-provision': {
          hook: 'post-install,post-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh provision',
          'provision: env GROUPS_WANTED': '{groups}',
          'provision: env GROUPS_FORMED': 'ConfigMap {full}-state, groups',
        },
        'Job/{full}-drain': {
          hook: 'pre-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh drain',
          'provision: env GROUPS_WANTED': '{groups}',
          'provision: env DROP_UNCONSUMED': '{dropUnconsumed}',
          'provision: env DRAIN_SECONDS': '510',
        },
      },
    },
    {
      promise: 'ACL 2.0: clients sign their requests to brokers',
      rests: {
        'ConfigMap/{full}': {
          'broker.conf: authenticationEnabled': 'true',
          'broker.conf: authenticationProvider': own('Authentication'),
          'broker.conf: authenticationMetadataProvider': local('Authentication'),
          'broker.conf: authorizationEnabled': 'true',
          'broker.conf: authorizationProvider': own('Authorization'),
          'broker.conf: authorizationMetadataProvider': local('Authorization'),
          'broker.conf: autoCreateTopicEnable': 'false',
          'broker.conf: autoCreateSubscriptionGroup': 'false',
        },
        'StatefulSet/{full}-broker-0': {
          'broker: env AUTH_REQUIRED': 'true',
          'broker: mount /etc/ballast/auth': 'auth, read only',
          'volume run': 'Memory 8Mi',
        },
      },
    },
    {
      promise: "Clients begin at the Service of the name servers, and are told the brokers' names there.",
      rests: {
        'Service/{full}-namesrv': { 'port namesrv': '9876 to namesrv', selects: 'namesrv' },
        'NetworkPolicy/{full}-namesrv': { of: 'namesrv', 'port namesrv': 'all' },
        'StatefulSet/{full}-broker-0': {
          'broker: env NAME_SUFFIX': '{full}-namesrv-peers.default.svc.cluster.local',
        },
        'ConfigMap/{full}': {
          'broker.conf: listenPort': '10911',
          'broker.conf: registerNameServerPeriod': '10000',
        },
      },
    },
  ],
};

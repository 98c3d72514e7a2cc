import { absent, type Promises } from '../../contract/promises.ts';
import { recorded } from '../../contract/sharedpromises.ts';

const clustered = ['kraft', 'zookeeper'];

/** What each promise of charts/kafka/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'kafka',
  promises: [
    {
      promise: 'A record that was acknowledged to a producer with `acks=all` has two copies.',
      of: clustered,
      rests: {
        'ConfigMap/{full}': {
          'server.properties: default.replication.factor': '3',
          'server.properties: min.insync.replicas': '2',
          'server.properties: offsets.topic.replication.factor': '3',
          'server.properties: transaction.state.log.replication.factor': '3',
          'server.properties: transaction.state.log.min.isr': '2',
          'server.properties: unclean.leader.election.enable': 'false',
        },
        'StatefulSet/{full}': {
          'kafka: mount /var/lib/kafka/data': 'data',
          'kafka: env CLUSTERED': 'true',
          podManagementPolicy: 'Parallel',
        },
      },
    },
    {
      promise: 'one server, which is its own controller',
      of: ['standalone'],
      rests: {
        'ConfigMap/{full}': {
          'server.properties: default.replication.factor': '1',
          'server.properties: min.insync.replicas': '1',
          'server.properties: offsets.topic.replication.factor': '1',
          'server.properties: transaction.state.log.replication.factor': '1',
          'server.properties: transaction.state.log.min.isr': '1',
        },
        'StatefulSet/{full}': {
          'kafka: mount /var/lib/kafka/data': 'data',
          'kafka: env CLUSTERED': 'false',
          'kafka: env LEADERS': 'servers',
        },
      },
    },
    {
      promise: 'Only the first controllers format their volumes with a vote, at the very first start.',
      of: ['kraft'],
      rests: {
        'StatefulSet/{full}': {
          'kafka: env PART': 'server',
          'kafka: env POD': 'metadata.name',
          'kafka: env CLUSTER': 'ConfigMap {full}-state, group',
          'kafka: env FORMED': 'ConfigMap {full}-state, formed',
          'kafka: env SUFFIX': '{full}-members.default.svc.cluster.local',
          'kafka: env CONTROLLER_SUFFIX': '{full}-controller.default.svc.cluster.local',
        },
        'Service/{full}-members': { publishNotReadyAddresses: 'true' },
      },
    },
    {
      promise: 'The hook after the installation records that there is one.',
      of: clustered,
      rests: recorded('{"formed":"true"}'),
    },
    {
      promise: 'so each server waits with its own stop until no partition would be left with too few',
      of: clustered,
      rests: {
        'StatefulSet/{full}': {
          'kafka: preStop': 'bash /opt/ballast/stop.sh',
          'kafka: env GRACE': '{terminationGracePeriodSeconds}',
          'pod.terminationGracePeriodSeconds': '{terminationGracePeriodSeconds}',
          'kafka: ready': 'bash /opt/ballast/ready.sh',
        },
        'PodDisruptionBudget/{full}': { maxUnavailable: '1', of: 'server' },
      },
    },
    {
      promise: '**Scaling moves the data.**',
      of: clustered,
      rests: {
        'Job/{full}-drain': {
          hook: 'pre-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh drain',
          'provision: env REPLICAS': '{replicas}',
          'provision: env MOST': '15',
          'provision: env THROTTLE': '50000000',
        },
        'Job/{full}-provision': {
          hook: 'post-install,post-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh provision',
          'provision: env REPLICAS': '{replicas}',
          'provision: env THROTTLE': '50000000',
        },
      },
    },
    {
      promise:
        'Servers log in to each other as `ballast` (SASL PLAIN, port 9094, controllers on 9093), clients with SCRAM-SHA-512 on 9092',
      rests: {
        'ConfigMap/{full}': {
          'server.properties: inter.broker.listener.name': 'INTERNAL',
          'server.properties: listener.name.client.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
          'server.properties: listener.name.internal.sasl.enabled.mechanisms': 'PLAIN',
          'server.properties: sasl.mechanism.inter.broker.protocol': 'PLAIN',
        },
        'Service/{full}': { 'port client': '9092 to client', selects: 'server' },
        'Service/{full}-members': { 'port internal': '9094 to internal' },
        'StatefulSet/{full}': {
          'kafka: env AUTH_REQUIRED': 'true',
          'kafka: mount /etc/ballast/auth': 'auth, read only',
        },
      },
    },
    {
      promise:
        'Servers log in to each other as `ballast` (SASL PLAIN, port 9094, controllers on 9093), clients with SCRAM-SHA-512 on 9092',
      of: ['kraft', 'standalone'],
      rests: {
        'ConfigMap/{full}': {
          'server.properties: controller.listener.names': 'CONTROLLER',
          'server.properties: listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
          'server.properties: sasl.mechanism.controller.protocol': 'PLAIN',
          'server.properties: authorizer.class.name':
            'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        },
      },
    },
    {
      promise: '`admin` and `ballast` are super users; ACLs are on',
      rests: {
        'ConfigMap/{full}': {
          'server.properties: super.users': 'User:ballast;User:admin',
          'server.properties: allow.everyone.if.no.acl.found': 'true',
        },
      },
    },
    {
      promise:
        'A server that says nothing for 2.5 s is given up and its partitions get other leaders; controllers give a silent one up after 1.5 s.',
      of: ['kraft'],
      rests: {
        'ConfigMap/{full}': {
          'server.properties: broker.session.timeout.ms': '2500',
          'server.properties: broker.heartbeat.interval.ms': '500',
          'server.properties: controller.quorum.fetch.timeout.ms': '1500',
          'server.properties: controller.quorum.request.timeout.ms': '1000',
          'server.properties: controller.socket.timeout.ms': '3000',
        },
      },
    },
    {
      promise: 'gets no answer at all, and asks another one after 1 to 3 s',
      of: clustered,
      rests: {
        'ConfigMap/{full}': {
          'server.properties: socket.connection.setup.timeout.ms': '1000',
          'server.properties: socket.connection.setup.timeout.max.ms': '3000',
        },
      },
    },
    {
      promise: "With ZooKeeper that id is ZooKeeper's, and a server refuses another one's data by itself.",
      of: ['zookeeper'],
      rests: {
        'ConfigMap/{full}': {
          'server.properties: zookeeper.connect': 'zk-0.example.com:2181,zk-1.example.com:2181/kafka',
          'server.properties: zookeeper.set.acl': 'true',
          'server.properties: zookeeper.session.timeout.ms': '4000',
          'server.properties: authorizer.class.name': 'kafka.security.authorizer.AclAuthorizer',
          'server.properties: controller.listener.names': absent,
        },
        'StatefulSet/{full}': {
          'kafka: env LEADERS': 'zookeeper',
          'kafka: mount /etc/ballast/zookeeper': 'zookeeper, read only',
        },
        'NetworkPolicy/{full}': { 'port internal': 'server, hook' },
      },
    },
    {
      promise:
        "a NodePort of its own at its node, which leads to that server alone and keeps the client's address",
      of: ['zookeeper'],
      rests: {
        'Service/{full}-external-0': {
          type: 'NodePort',
          externalTrafficPolicy: 'Local',
          'port external': '9096 to external',
          selects: 'server statefulset.kubernetes.io/pod-name={full}-0',
        },
        'StatefulSet/{full}': {
          'kafka: env EXTERNAL_TYPE': 'NodePort',
          'kafka: env EXTERNAL_PORT': '31090',
          'kafka: env NODE_ADDRESS': 'status.hostIP',
          'kafka: mount /etc/ballast/pod': 'pod, read only',
        },
        'ConfigMap/{full}': {
          'server.properties: listener.name.external.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        },
      },
    },
  ],
};

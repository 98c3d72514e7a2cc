import { absent, type Promises } from '../../contract/promises.ts';
import { roleSidecar, roleVerbs } from '../../contract/sharedpromises.ts';

/** What each promise of charts/zookeeper/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'zookeeper',
  promises: [
    {
      promise: "An acknowledged write is on a majority's disks.",
      rests: {
        'ConfigMap/{full}': { 'zoo.cfg: dataDir': '/data', 'zoo.cfg: forceSync': absent },
        'StatefulSet/{full}': { 'zookeeper: mount /data': 'data' },
      },
    },
    {
      promise: 'A server without its data has no vote',
      of: ['ensemble'],
      rests: {
        'ConfigMap/{full}': { 'zoo.cfg: db.autocreate': 'false', 'zoo.cfg: standaloneEnabled': 'false' },
        'StatefulSet/{full}': {
          'zookeeper: env ARCHITECTURE': 'ensemble',
          'zookeeper: env BASE': '{full}',
          'zookeeper: env SUFFIX': '{full}-members.default.svc.cluster.local',
        },
      },
    },
    {
      promise: "The leader's sidecar records there that one exists.",
      of: ['ensemble'],
      rests: {
        'StatefulSet/{full}': {
          ...roleSidecar('{full}', '{full}-state', '{full}-members'),
          'role: env PEER_PORT': '2888',
        },
        'Role/{full}': roleVerbs('{full}', '{full}-state'),
      },
    },
    {
      promise: 'Scaling reconfigures the running ensemble.',
      of: ['ensemble'],
      rests: {
        'ConfigMap/{full}': { 'zoo.cfg: reconfigEnabled': 'true', replicas: '{replicas}' },
        'Service/{full}-members': {
          publishNotReadyAddresses: 'true',
          'port quorum': '2888 to quorum',
          'port election': '3888 to election',
        },
        'Job/{full}-drain': {
          hook: 'pre-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh drain',
          'provision: env REPLICAS': '{replicas}',
        },
        'Job/{full}-provision': {
          hook: 'post-install,post-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh provision',
          'provision: env REPLICAS': '{replicas}',
        },
      },
    },
    {
      promise: 'Members log in to each other',
      of: ['ensemble'],
      rests: {
        'ConfigMap/{full}': {
          'zoo.cfg: quorum.auth.enableSasl': 'true',
          'zoo.cfg: quorum.auth.learnerRequireSasl': 'true',
          'zoo.cfg: quorum.auth.serverRequireSasl': 'true',
          'zoo.cfg: fips-mode': 'false',
        },
        'NetworkPolicy/{full}': { 'port quorum': 'server', 'port election': 'server' },
      },
    },
    {
      promise: 'where logins are required only users get in',
      of: ['ensemble'],
      rests: {
        'ConfigMap/{full}': {
          'zoo.cfg: authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
          'zoo.cfg: sessionRequireClientSASLAuth': '{auth.required}',
          'zoo.cfg: admin.enableServer': '{adminServer.enabled}',
          'zoo.cfg: admin.serverAddress': '127.0.0.1',
        },
        'StatefulSet/{full}': { 'zookeeper: mount /etc/ballast/users/kafka': 'user-kafka, read only' },
      },
    },
    {
      promise:
        '`tickTimeMilliseconds: 1000` and `syncLimit: 5` give a silent (frozen, cut off) leader up after about 5 s',
      rests: {
        'ConfigMap/{full}': {
          'zoo.cfg: tickTime': '1000',
          'zoo.cfg: syncLimit': '5',
          'zoo.cfg: initLimit': '{initLimit}',
        },
      },
    },
    {
      promise: 'preStop waits only until no client is led to the pod any more.',
      of: ['ensemble'],
      rests: {
        'StatefulSet/{full}': {
          'zookeeper: preStop': 'sleep 2.5',
          'zookeeper: ready': 'bash /opt/ballast/ready.sh',
          'zookeeper: live': 'bash /opt/ballast/live.sh',
        },
      },
    },
    {
      promise: 'Clients connect to the Service, or name all servers.',
      rests: {
        'Service/{full}': { 'port client': '2181 to client', selects: 'server' },
        'Service/{full}-members': { 'port client': '2181 to client' },
        'Pod/{full}-test': { 'test: env SERVICE_HOST': '{full}.default.svc.cluster.local' },
      },
    },
  ],
};

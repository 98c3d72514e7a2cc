import { absent, type Promises } from '../../contract/promises.ts';

/** What each promise of charts/nacos/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'nacos',
  promises: [
    {
      promise: 'An acknowledged configuration is in MySQL.',
      of: ['cluster'],
      rests: {
        'ConfigMap/{full}': {
          'application.properties: spring.datasource.platform': 'mysql',
          'application.properties: spring.sql.init.platform': 'mysql',
          'application.properties: db.num': '1',
        },
        'StatefulSet/{full}': {
          'nacos: env ARCHITECTURE': 'cluster',
          'nacos: mount /etc/ballast/database': 'database, read only',
        },
      },
    },
    {
      promise: "An acknowledged persistent instance is on a majority's volumes.",
      rests: {
        'StatefulSet/{full}': { 'nacos: mount /data': 'data', 'nacos: env BASE': '{full}' },
      },
    },
    {
      promise: '`configs` are published once.',
      of: ['cluster'],
      rests: {
        'Job/{full}-provision': {
          hook: 'post-install,post-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh provision',
          'provision: env PUBLISHED': 'ConfigMap {full}-state, published',
        },
      },
    },
    {
      promise: 'Scaling restarts nobody.',
      of: ['cluster'],
      rests: {
        'ConfigMap/{full}': { replicas: '{replicas}' },
        'Job/{full}-drain': {
          hook: 'pre-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh drain',
          'provision: env REPLICAS': '{replicas}',
        },
        'Service/{full}-members': { publishNotReadyAddresses: 'true', 'port raft': '7848 to raft' },
      },
    },
    {
      promise: 'No password is in a ConfigMap.',
      rests: {
        'ConfigMap/{full}': {
          'application.properties: db.password.0': absent,
          'application.properties: nacos.core.auth.server.identity.value': absent,
          'application.properties: nacos.core.auth.plugin.nacos.token.secret.key': absent,
        },
        'StatefulSet/{full}': { 'nacos: mount /etc/ballast/auth': 'auth, read only' },
      },
    },
  ],
};

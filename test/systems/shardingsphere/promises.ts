import { absent, type Promises } from '../../contract/promises.ts';

/** What each promise of charts/shardingsphere/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'shardingsphere',
  promises: [
    {
      promise: 'The loss of a proxy loses nothing that was acknowledged',
      of: ['cluster'],
      rests: {
        'Deployment/{full}': {
          'shardingsphere: env ZOOKEEPER': '{zookeeper.connect}',
          'shardingsphere: preStop': 'bash /opt/ballast/stop.sh',
          'shardingsphere: ready': 'bash /opt/ballast/ready.sh',
        },
      },
    },
    {
      promise: 'Rules are applied once, in order, and none whose table has rows is removed or moved.',
      rests: {
        'Job/{full}-provision': {
          hook: 'post-install,post-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh provision',
          'provision: env RECORDED': 'ConfigMap {full}-state, rules',
          'provision: env MEMBERS_HOST': '{full}-members.default.svc.cluster.local',
        },
        'Job/{full}-drain': {
          hook: 'pre-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh drain',
          'provision: env RECORDED': 'ConfigMap {full}-state, rules',
        },
      },
    },
    {
      promise: 'No password is in a ConfigMap.',
      rests: {
        'ConfigMap/{full}': { 'proxy.yaml: password': absent },
        'Deployment/{full}': { 'shardingsphere: mount /etc/ballast/auth': 'auth, read only' },
      },
    },
  ],
};

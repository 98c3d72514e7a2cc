import type { Promises } from '../../contract/promises.ts';
import { recorded } from '../../contract/sharedpromises.ts';

/** What each promise of charts/minio/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'minio',
  promises: [
    {
      promise: 'An object whose write was acknowledged is on as many volumes as a write needs',
      of: ['distributed'],
      rests: {
        'StatefulSet/{full}': {
          'minio: mount /data': 'data',
          'minio: env POOLS': '{replicas}',
          'minio: env POOL': '1',
          'minio: env SUFFIX': '{full}-members.default.svc.cluster.local',
        },
        'Service/{full}-members': { publishNotReadyAddresses: 'true', 'port client': '9000 to client' },
      },
    },
    {
      promise: 'So a server that waits counts as ready, when others serve and it has waited for 20 s',
      of: ['distributed'],
      rests: {
        'StatefulSet/{full}': {
          podManagementPolicy: 'Parallel',
          'minio: ready': 'bash /opt/ballast/ready.sh',
          'minio: startup': 'bash /opt/ballast/ready.sh',
          'minio: live': 'port client/minio/health/live',
          'minio: preStop': 'sleep 2.5',
        },
        'PodDisruptionBudget/{full}': { maxUnavailable: '1', of: 'server' },
      },
    },
    {
      promise: 'A server that may not find everything is asked nothing.',
      of: ['distributed'],
      rests: {
        'StatefulSet/{full}': {
          'minio: ready': 'bash /opt/ballast/ready.sh',
          'minio: env POOLS': '{replicas}',
        },
      },
    },
    {
      promise: 'An empty store never takes the place of one that had data.',
      of: ['distributed'],
      rests: {
        'StatefulSet/{full}': { 'minio: env POOLS_FORMED': 'ConfigMap {full}-state, pools' },
        ...recorded('{"formed":"true","pools":"{replicas}"}'),
      },
    },
    {
      promise: 'A pool never changes its size, and none goes',
      of: ['distributed'],
      rests: {
        'Job/{full}-prepare': { hook: 'pre-install,pre-upgrade' },
      },
    },
    {
      promise: 'A changed password of root counts at once.',
      rests: { 'StatefulSet/{full}': { 'minio: mount /etc/ballast/auth': 'auth, read only' } },
    },
    {
      promise:
        'Buckets, policies and accounts of the values are made and changed by the hook after each upgrade',
      rests: {
        'Job/{full}-provision': {
          hook: 'post-install,post-upgrade',
          'provision: command': 'bash /opt/ballast/provision.sh provision',
          'provision: mount /etc/ballast/auth': 'auth, read only',
        },
      },
    },
    {
      promise: 'clients connect to the Service, and each server takes every request',
      rests: {
        'Service/{full}': {
          'port client': '9000 to client',
          'port console': '9001 to console',
          selects: 'server',
        },
      },
    },
  ],
};

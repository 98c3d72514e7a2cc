import { absent, type Promises } from '../../contract/promises.ts';

/** What each promise of charts/eureka/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'eureka',
  promises: [
    {
      promise: 'An instance that beats is in what clients get through the Service',
      of: ['peers'],
      rests: {
        'ConfigMap/{full}': {
          'eureka.properties: ballast.peers': '_client._tcp.{full}-members.default.svc.cluster.local',
          'eureka.properties: eureka.server.enable-self-preservation': 'true',
        },
        'StatefulSet/{full}': {
          'eureka: env POD': 'metadata.name',
          'eureka: preStop': 'sleep 5',
          'eureka: ready': 'port client/readyz',
        },
      },
    },
    {
      promise: 'A server that starts serves no registry that lacks what a ready peer has.',
      of: ['peers'],
      rests: {
        'ConfigMap/{full}': {
          'eureka.properties: ballast.ready-peers': '_client._tcp.{full}-ready.default.svc.cluster.local',
        },
        'Service/{full}-members': { publishNotReadyAddresses: 'true' },
        'Service/{full}-ready': { publishNotReadyAddresses: absent, clusterIP: 'None' },
      },
    },
    {
      promise: 'The password is in no manifest, command line, URL or log.',
      rests: {
        'ConfigMap/{full}': {
          'eureka.properties: ballast.password-file': '/etc/ballast/auth/password',
        },
        'StatefulSet/{full}': { 'eureka: mount /etc/ballast/auth': 'auth, read only' },
      },
    },
  ],
};

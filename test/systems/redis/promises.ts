import type { Promises } from '../../harness/promises.ts';
import { apiToken, everyChart, hook, locked, runsAs } from '../shared.ts';

/** What each promise of charts/redis/DESIGN.md rests on. */
export const redis: Promises = {
  chart: 'redis',
  varied: [
    {
      name: 'other sentinel',
      on: 'sentinel',
      values: {
        replicas: 7,
        config: { timeout: 345 },
        maxmemory: '1500Mi',
        maxmemoryPolicy: 'allkeys-random',
        minReplicasToWrite: 2,
        tls: { enabled: true },
        sentinel: { downAfterMilliseconds: 3456 },
        users: [{ name: 'app_user', rules: '~a:* +get', existingSecret: 'own-secret' }],
        initCommands: [{ id: 'first', command: ['SET', 'a', 86400000] }],
      },
    },
    {
      name: 'other cluster',
      on: 'cluster-tls',
      values: {
        nodeTimeoutMilliseconds: 3456,
        replicasPerShard: 1,
        users: [{ name: 'app', rules: '~a:* +get' }],
      },
    },
    {
      name: 'other single',
      on: 'standalone',
      values: {
        metrics: { enabled: false },
        networkPolicy: { enabled: false },
        fullnameOverride: '',
        nameOverride: 'quux',
        use: 'store',
        auth: { existingSecret: '' },
        tls: { existingSecret: '' },
      },
    },
  ],
  promises: [
    ...everyChart,
    {
      promise: 'A write that WAIT confirmed is on the disks of two servers, and is not lost with one',
      rests: {
        'ConfigMap/{full}': {
          'files: redis.conf': {
            dir: '/data',
            appendonly: 'yes',
            save: '3600 1 300 100 60 10000',
            'repl-diskless-sync': 'yes',
            'repl-diskless-sync-delay': '0',
          },
        },
      },
    },
    {
      promise: 'A write that WAIT confirmed is on the disks of two servers, and is not lost with one',
      cases: ['other cluster', 'cluster'],
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: min-replicas-to-write': '0' } },
    },
    {
      promise: 'A write that WAIT confirmed is on the disks of two servers, and is not lost with one',
      topologies: ['cluster-tls', 'cluster'],
      rests: { 'StatefulSet/{full}-shard-{#}': { 'pod: containers: redis: mounts: /data': 'data' } },
    },
    {
      promise: 'A write that WAIT confirmed is on the disks of two servers, and is not lost with one',
      cases: ['cluster-tls', 'sentinel', 'valkey'],
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: min-replicas-to-write': '1' } },
    },
    {
      promise: 'A write that WAIT confirmed is on the disks of two servers, and is not lost with one',
      when: (given) => given.text('use') === 'store',
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: appendfsync': 'always' } },
    },
    {
      promise: 'A write that WAIT confirmed is on the disks of two servers, and is not lost with one',
      when: (given) => given.text('use') === 'cache',
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: appendfsync': 'everysec' } },
    },
    {
      promise: 'A write that WAIT confirmed is on the disks of two servers, and is not lost with one',
      when: (given) => given.has('minReplicasToWrite'),
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: min-replicas-to-write': '2' } },
    },
    {
      promise: 'A write that WAIT confirmed is on the disks of two servers, and is not lost with one',
      topologies: ['sentinel', 'standalone', 'sentinel-tls', 'valkey'],
      rests: { 'StatefulSet/{full}': { 'pod: containers: redis: mounts: /data': 'data' } },
    },
    {
      promise: 'A write that WAIT confirmed is on the disks of two servers, and is not lost with one',
      topologies: ['sentinel', 'cluster-tls', 'cluster', 'sentinel-tls', 'valkey'],
      rests: {
        'ConfigMap/{full}': {
          'files: redis.conf': {
            'repl-ping-replica-period': '1',
            'repl-timeout': '10',
            'min-replicas-max-lag': '3',
          },
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      cases: ['sentinel'],
      rests: {
        'StatefulSet/{full}-sentinel': {
          pod: {
            'containers: sentinel: mounts: /etc/ballast/users/app': 'user-app, read only',
            'volumes: user-app': 'Secret {full}-user-app 440',
          },
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel'],
      rests: {
        'ServiceMonitor/{full}-sentinel': {
          'labels: app.kubernetes.io/component': 'sentinel',
          'endpoints.0.port': 'metrics',
          'endpoints.0.interval': '{metrics.serviceMonitor.interval}',
          selects: 'sentinel',
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      cases: ['other sentinel'],
      rests: {
        'StatefulSet/{full}-sentinel': {
          pod: {
            'containers: sentinel: mounts: /etc/ballast/users/app_user': 'user-app-user, read only',
            'volumes: user-app-user': 'Secret own-secret 440',
          },
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel', 'sentinel-tls', 'valkey'],
      rests: {
        'NetworkPolicy/{full}-sentinel': {
          'labels: app.kubernetes.io/component': 'sentinel',
          of: 'sentinel',
          policyTypes: '["Ingress"]',
        },
        'PodDisruptionBudget/{full}-sentinel': {
          'labels: app.kubernetes.io/component': 'sentinel',
          maxUnavailable: '1',
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          of: 'sentinel',
        },
        'ConfigMap/{full}-sentinel': {
          'labels: app.kubernetes.io/component': 'sentinel',
          files: {
            'sentinel.conf': {
              bind: '* -::*',
              'protected-mode': 'no',
              dir: '/tmp',
              pidfile: '""',
              sentinel: 'resolve-hostnames yes & announce-hostnames yes',
            },
            'common.sh': 'common/_agent.sh.tpl',
            'lib.sh': 'files/lib.sh',
            'sentinel.sh': 'files/sentinel.sh',
            'sentinel-live.sh': 'files/sentinel-live.sh',
            'sentinel-ready.sh': 'files/sentinel-ready.sh',
          },
        },
        'Service/{full}-sentinel': {
          'labels: app.kubernetes.io/component': 'sentinel',
          'ports: sentinel': '26379 to sentinel',
          selects: 'sentinel',
        },
        'StatefulSet/{full}-sentinel': {
          'labels: app.kubernetes.io/component': 'sentinel',
          replicas: '3',
          serviceName: '{full}-sentinels',
          podManagementPolicy: 'Parallel',
          'updateStrategy.type': 'RollingUpdate',
          selects: 'sentinel',
          pod: {
            'labels: app.kubernetes.io/component': 'sentinel',
            'annotations: ballast.dev/config': 'a checksum',
            serviceAccountName: '{full}',
            automountServiceAccountToken: 'false',
            enableServiceLinks: 'false',
            'dnsConfig.options.0.name': 'ndots',
            'dnsConfig.options.0.value': '1',
            'dnsConfig.options.1.name': 'timeout',
            'dnsConfig.options.1.value': '1',
            'dnsConfig.options.2.name': 'attempts',
            'dnsConfig.options.2.value': '3',
            terminationGracePeriodSeconds: '10',
            security: runsAs(999),
            containers: {
              sentinel: {
                image: '{image:image}',
                command: 'bash /opt/ballast/sentinel.sh',
                env: {
                  POD: 'its metadata.name',
                  ARCHITECTURE: 'sentinel',
                  FULL: '{full}',
                  BASE: '{full}',
                  SUFFIX: 'default.svc.{clusterDomain}',
                  TLS: '{tls.enabled}',
                },
                'ports: sentinel': '26379',
                startup: 'bash /opt/ballast/sentinel-ready.sh; period 2, timeout 5, failure 600',
                ready: 'port sentinel; period 5',
                live: 'bash /opt/ballast/sentinel-live.sh; period 30, timeout 10, failure 4',
                resources: '{sentinel.resources}',
                security: locked,
                mounts: {
                  '/run/ballast': 'run',
                  '/tmp': 'tmp',
                  '/opt/ballast': 'scripts, read only',
                  '/etc/ballast/auth': 'auth, read only',
                },
              },
              metrics: {
                image: '{image:metrics.image}',
                env: {
                  REDIS_EXPORTER_SKIP_TLS_VERIFICATION: 'true',
                  REDIS_USER: 'ballast',
                  REDIS_PASSWORD: 'Secret {auth.existingSecret else {full}-auth}, system-password',
                },
                'ports: metrics': '9121',
                startup: 'port metrics; period 2, failure 30',
                ready: 'port metrics; period 10',
                live: 'port metrics; period 20, failure 6',
                resources: '{metrics.resources}',
                security: locked,
              },
            },
            volumes: {
              run: 'Memory 8Mi',
              tmp: 'disk',
              scripts: 'ConfigMap {full}-sentinel',
              auth: 'Secret {auth.existingSecret else {full}-auth} 440',
            },
          },
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel'],
      when: (given) => given.has('podLabels'),
      rests: { 'StatefulSet/{full}-sentinel': { 'pod: labels: example.com/team': 'orders' } },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel', 'valkey'],
      when: (given) => !given.has('tls.enabled'),
      rests: {
        'ConfigMap/{full}-sentinel': { 'files: sentinel.conf: port': '26379' },
        'StatefulSet/{full}-sentinel': {
          'pod: containers: metrics: env: REDIS_ADDR': 'redis://127.0.0.1:26379',
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel'],
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'StatefulSet/{full}-sentinel': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel'],
      when: (given) => given.has('networkPolicy.allowFrom'),
      rests: {
        'NetworkPolicy/{full}-sentinel': {
          'lets: sentinel metrics': ['all', 'of any name or release app=friend'],
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel'],
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'StatefulSet/{full}-sentinel': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel'],
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'StatefulSet/{full}-sentinel': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel', 'sentinel-tls'],
      when: (given) => given.has('tls.enabled'),
      rests: {
        'ConfigMap/{full}-sentinel': {
          'files: sentinel.conf': {
            port: '0',
            'tls-port': '26379',
            'tls-ca-cert-file': '/etc/ballast/tls/ca.crt',
            'tls-cert-file': '/etc/ballast/tls/tls.crt',
            'tls-key-file': '/etc/ballast/tls/tls.key',
            'tls-auth-clients': 'optional',
            'tls-replication': 'yes',
          },
        },
        'StatefulSet/{full}-sentinel': {
          pod: {
            containers: {
              'sentinel: mounts: /etc/ballast/tls': 'tls, read only',
              'metrics: env: REDIS_ADDR': 'rediss://127.0.0.1:26379',
            },
            'volumes: tls': 'Secret {tls.existingSecret else {full}-tls} 440',
          },
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel'],
      when: (given) => given.has('scheduling.priorityClassName'),
      rests: {
        'StatefulSet/{full}-sentinel': { 'pod: priorityClassName': '{scheduling.priorityClassName}' },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel'],
      when: (given) => given.has('metrics.serviceMonitor.labels'),
      rests: {
        'ServiceMonitor/{full}-sentinel': {
          'labels: example.com/group': 'labelled-by-metrics-serviceMonitor-labels',
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel', 'valkey'],
      when: (given) => given.text('scheduling.antiAffinity') === 'soft',
      rests: {
        'StatefulSet/{full}-sentinel': {
          pod: {
            apart: 'rather not on one kubernetes.io/hostname sentinel {"weight":100}',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"ScheduleAnyway"} sentinel',
          },
        },
      },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel-tls', 'sentinel', 'valkey'],
      when: (given) => !given.has('networkPolicy.allowFrom'),
      rests: { 'NetworkPolicy/{full}-sentinel': { 'lets: sentinel metrics': ['all'] } },
    },
    {
      promise:
        'A majority of Sentinels decides who is primary, and a replica is promoted only with its own consent',
      topologies: ['sentinel', 'sentinel-tls'],
      when: (given) => given.text('scheduling.antiAffinity') === 'hard',
      rests: {
        'StatefulSet/{full}-sentinel': {
          pod: {
            apart: 'never on one kubernetes.io/hostname sentinel',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule"} sentinel',
          },
        },
      },
    },
    {
      promise:
        'Servers meet by name, by TLS where it is asked for, and a node of a cluster that is not sure takes no writes',
      topologies: ['cluster-tls'],
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: tls-cluster': 'yes' } },
    },
    {
      promise:
        'Servers meet by name, by TLS where it is asked for, and a node of a cluster that is not sure takes no writes',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'ConfigMap/{full}': {
          'files: redis.conf': {
            'cluster-enabled': 'yes',
            'cluster-config-file': 'nodes.conf',
            'cluster-node-timeout': '{nodeTimeoutMilliseconds}',
            'cluster-preferred-endpoint-type': 'hostname',
            'cluster-allow-replica-migration': 'no',
            'cluster-require-full-coverage': 'no',
            'cluster-replica-validity-factor': '0',
          },
        },
      },
    },
    {
      promise:
        'Servers meet by name, by TLS where it is asked for, and a node of a cluster that is not sure takes no writes',
      when: (given) => given.has('tls.enabled'),
      rests: {
        'ConfigMap/{full}': {
          'files: redis.conf': {
            port: '0',
            'tls-port': '6379',
            'tls-ca-cert-file': '/etc/ballast/tls/ca.crt',
            'tls-cert-file': '/etc/ballast/tls/tls.crt',
            'tls-key-file': '/etc/ballast/tls/tls.key',
            'tls-auth-clients': 'optional',
            'tls-replication': 'yes',
          },
        },
      },
    },
    {
      promise:
        'Servers meet by name, by TLS where it is asked for, and a node of a cluster that is not sure takes no writes',
      when: (given) => !given.has('tls.enabled'),
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: port': '6379' } },
    },
    {
      promise: 'The -primary Service leads to the server that the quorum chose',
      rests: {
        'Service/{full}-primary': { selects: 'server ballast.dev/role=primary' },
        'Service/{full}-members': { selects: 'server ballast.dev/peer=true' },
      },
    },
    {
      promise: 'The -primary Service leads to the server that the quorum chose',
      cases: ['cluster-tls'],
      rests: {
        'Service/{full}-shard-0-2': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-0-2' },
        'Service/{full}-shard-1-2': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-1-2' },
        'Service/{full}-shard-2-2': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-2-2' },
        'Service/{full}-shard-3-2': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-3-2' },
        'Service/{full}-shard-4-2': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-4-2' },
      },
    },
    {
      promise: 'The -primary Service leads to the server that the quorum chose',
      topologies: ['standalone'],
      rests: {
        'Service/{full}-replicas': { selects: 'server ballast.dev/role=primary' },
        'StatefulSet/{full}': { 'pod: labels: ballast.dev/role': 'primary' },
      },
    },
    {
      promise: 'The -primary Service leads to the server that the quorum chose',
      topologies: ['cluster-tls'],
      rests: {
        'Service/{full}-shard-3-0': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-3-0' },
        'Service/{full}-shard-3-1': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-3-1' },
        'Service/{full}-shard-4-0': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-4-0' },
        'Service/{full}-shard-4-1': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-4-1' },
      },
    },
    {
      promise: 'The -primary Service leads to the server that the quorum chose',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'Service/{full}-shard-0-0': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-0-0' },
        'Service/{full}-shard-0-1': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-0-1' },
        'Service/{full}-shard-1-0': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-1-0' },
        'Service/{full}-shard-1-1': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-1-1' },
        'Service/{full}-shard-2-0': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-2-0' },
        'Service/{full}-shard-2-1': { selects: 'server statefulset.kubernetes.io/pod-name={full}-shard-2-1' },
        'StatefulSet/{full}-shard-{#}': {
          pod: {
            'labels: ballast.dev/peer': 'true',
            'before: role': {
              image: '{image:roleSidecar.image}',
              restartPolicy: 'Always',
              command: 'sh /opt/ballast/role.sh',
              env: {
                POD: 'its metadata.name',
                NAMESPACE: 'its metadata.namespace',
                STATEFULSET: '{full}-shard-{#}',
                STATE_CONFIGMAP: '{full}-state',
                SELECTOR:
                  'app.kubernetes.io/name={name},app.kubernetes.io/instance=shop,app.kubernetes.io/component=server,ballast.dev/shard={#}',
                LABELS:
                  '{"app.kubernetes.io/component":"server","app.kubernetes.io/instance":"shop","app.kubernetes.io/name":"{name}"}',
                PEER_SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                PEER_PORT: '6379',
              },
              resources: '{roleSidecar.resources}',
              security: locked,
              mounts: {
                '/opt/ballast': 'scripts, read only',
                '/run/ballast': 'run',
                '/var/run/secrets/kubernetes.io/serviceaccount': 'api-access, read only',
              },
            },
          },
        },
      },
    },
    {
      promise: 'The -primary Service leads to the server that the quorum chose',
      topologies: ['sentinel', 'sentinel-tls', 'valkey'],
      rests: {
        'Service/{full}-sentinels': { selects: 'sentinel' },
        'Service/{full}-0': { selects: 'server statefulset.kubernetes.io/pod-name={full}-0' },
        'Service/{full}-1': { selects: 'server statefulset.kubernetes.io/pod-name={full}-1' },
        'Service/{full}-2': { selects: 'server statefulset.kubernetes.io/pod-name={full}-2' },
        'Service/{full}-3': { selects: 'server statefulset.kubernetes.io/pod-name={full}-3' },
        'Service/{full}-4': { selects: 'server statefulset.kubernetes.io/pod-name={full}-4' },
        'Service/{full}-5': { selects: 'server statefulset.kubernetes.io/pod-name={full}-5' },
        'Service/{full}-6': { selects: 'server statefulset.kubernetes.io/pod-name={full}-6' },
        'Service/{full}-7': { selects: 'server statefulset.kubernetes.io/pod-name={full}-7' },
        'Service/{full}-8': { selects: 'server statefulset.kubernetes.io/pod-name={full}-8' },
        'Service/{full}-sentinel-0': {
          selects: 'sentinel statefulset.kubernetes.io/pod-name={full}-sentinel-0',
        },
        'Service/{full}-sentinel-1': {
          selects: 'sentinel statefulset.kubernetes.io/pod-name={full}-sentinel-1',
        },
        'Service/{full}-sentinel-2': {
          selects: 'sentinel statefulset.kubernetes.io/pod-name={full}-sentinel-2',
        },
        'StatefulSet/{full}': {
          'pod: before: role': {
            image: '{image:roleSidecar.image}',
            restartPolicy: 'Always',
            command: 'sh /opt/ballast/role.sh',
            env: {
              POD: 'its metadata.name',
              NAMESPACE: 'its metadata.namespace',
              STATEFULSET: '{full}',
              STATE_CONFIGMAP: '{full}-state',
              SELECTOR:
                'app.kubernetes.io/name={name},app.kubernetes.io/instance=shop,app.kubernetes.io/component=server',
              LABELS:
                '{"app.kubernetes.io/component":"server","app.kubernetes.io/instance":"shop","app.kubernetes.io/name":"{name}"}',
              PEER_SUFFIX: '{full}-members.default.svc.{clusterDomain}',
              PEER_PORT: '6379',
            },
            resources: '{roleSidecar.resources}',
            security: locked,
            mounts: {
              '/opt/ballast': 'scripts, read only',
              '/run/ballast': 'run',
              '/var/run/secrets/kubernetes.io/serviceaccount': 'api-access, read only',
            },
          },
        },
      },
    },
    {
      promise: 'The -primary Service leads to the server that the quorum chose',
      topologies: ['sentinel', 'standalone', 'sentinel-tls', 'valkey'],
      rests: { 'StatefulSet/{full}': { 'pod: labels: ballast.dev/peer': 'true' } },
    },
    {
      promise: 'The -primary Service leads to the server that the quorum chose',
      topologies: ['sentinel', 'cluster-tls', 'cluster', 'sentinel-tls', 'valkey'],
      rests: { 'Service/{full}-replicas': { selects: 'server ballast.dev/readable=true' } },
    },
    {
      promise: 'helm test does one real write and read',
      rests: {
        'ConfigMap/{full}-test': { 'labels: app.kubernetes.io/component': 'hook' },
        'Pod/{full}-test': {
          'labels: app.kubernetes.io/component': 'hook',
          pod: {
            activeDeadlineSeconds: '180',
            security: runsAs(999),
            'containers: test': {
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                FULL: '{full}',
                BASE: '{full}',
                SUFFIX: 'default.svc.{clusterDomain}',
                TLS: '{tls.enabled}',
                PRIMARY_HOST: '{full}-primary.default.svc.{clusterDomain}',
                REPLICAS_HOST: '{full}-replicas.default.svc.{clusterDomain}',
              },
              mounts: { '/tmp': 'tmp', '/etc/ballast/auth': 'auth, read only' },
            },
            volumes: { tmp: 'disk', auth: 'Secret {auth.existingSecret else {full}-auth} 440' },
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['cluster'],
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS':
            '{full}-shard-0-0.default.svc.{clusterDomain} {full}-shard-0-1.default.svc.{clusterDomain} {full}-shard-1-0.default.svc.{clusterDomain} {full}-shard-1-1.default.svc.{clusterDomain} {full}-shard-2-0.default.svc.{clusterDomain} {full}-shard-2-1.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      cases: ['other sentinel'],
      rests: {
        'Pod/{full}-test': {
          pod: {
            'containers: test: mounts: /etc/ballast/users/app_user': 'user-app-user, read only',
            'volumes: user-app-user': 'Secret own-secret 440',
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['sentinel-tls'],
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS':
            '{full}-0.default.svc.{clusterDomain} {full}-1.default.svc.{clusterDomain} {full}-2.default.svc.{clusterDomain} {full}-3.default.svc.{clusterDomain} {full}-4.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => given.has('tls.enabled'),
      rests: {
        'Pod/{full}-test': {
          pod: {
            'containers: test: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-tls} 440',
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      cases: ['sentinel-tls', 'sentinel', 'valkey'],
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: SENTINEL_HOSTS':
            '{full}-sentinel-0.default.svc.cluster.local {full}-sentinel-1.default.svc.cluster.local {full}-sentinel-2.default.svc.cluster.local',
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => !given.has('metrics.enabled'),
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS': '{full}-primary.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => given.text('replicas') === '7',
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env': {
            MEMBER_HOSTS:
              '{full}-0.default.svc.{clusterDomain} {full}-1.default.svc.{clusterDomain} {full}-2.default.svc.{clusterDomain} {full}-3.default.svc.{clusterDomain} {full}-4.default.svc.{clusterDomain} {full}-5.default.svc.{clusterDomain} {full}-6.default.svc.{clusterDomain}',
            SENTINEL_HOSTS:
              '{full}-sentinel-0.default.svc.{clusterDomain} {full}-sentinel-1.default.svc.{clusterDomain} {full}-sentinel-2.default.svc.{clusterDomain}',
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['cluster-tls', 'standalone', 'cluster'],
      rests: { 'Pod/{full}-test': { 'pod: containers: test: env: SENTINEL_HOSTS': '' } },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Pod/{full}-test': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => given.text('replicasPerShard') === '2',
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS':
            '{full}-shard-0-0.default.svc.{clusterDomain} {full}-shard-0-1.default.svc.{clusterDomain} {full}-shard-0-2.default.svc.{clusterDomain} {full}-shard-1-0.default.svc.{clusterDomain} {full}-shard-1-1.default.svc.{clusterDomain} {full}-shard-1-2.default.svc.{clusterDomain} {full}-shard-2-0.default.svc.{clusterDomain} {full}-shard-2-1.default.svc.{clusterDomain} {full}-shard-2-2.default.svc.{clusterDomain} {full}-shard-3-0.default.svc.{clusterDomain} {full}-shard-3-1.default.svc.{clusterDomain} {full}-shard-3-2.default.svc.{clusterDomain} {full}-shard-4-0.default.svc.{clusterDomain} {full}-shard-4-1.default.svc.{clusterDomain} {full}-shard-4-2.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['standalone'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS': '{full}-primary.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      cases: ['other cluster', 'other single', 'cluster', 'sentinel', 'standalone'],
      rests: {
        'Pod/{full}-test': {
          pod: {
            'containers: test: mounts: /etc/ballast/users/app': 'user-app, read only',
            'volumes: user-app': 'Secret {full}-user-app 440',
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['sentinel', 'valkey'],
      when: (given) => given.text('replicas') === '3',
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS':
            '{full}-0.default.svc.cluster.local {full}-1.default.svc.cluster.local {full}-2.default.svc.cluster.local',
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['cluster-tls'],
      when: (given) => given.text('replicasPerShard') === '1',
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS':
            '{full}-shard-0-0.default.svc.{clusterDomain} {full}-shard-0-1.default.svc.{clusterDomain} {full}-shard-1-0.default.svc.{clusterDomain} {full}-shard-1-1.default.svc.{clusterDomain} {full}-shard-2-0.default.svc.{clusterDomain} {full}-shard-2-1.default.svc.{clusterDomain} {full}-shard-3-0.default.svc.{clusterDomain} {full}-shard-3-1.default.svc.{clusterDomain} {full}-shard-4-0.default.svc.{clusterDomain} {full}-shard-4-1.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      rests: {
        'ServiceAccount/{full}-prepare': { 'labels: app.kubernetes.io/component': 'hook' },
        'ConfigMap/{full}-prepare': { 'labels: app.kubernetes.io/component': 'hook' },
        'Role/{full}-prepare': { 'labels: app.kubernetes.io/component': 'hook' },
        'RoleBinding/{full}-prepare': { 'labels: app.kubernetes.io/component': 'hook' },
        'Job/{full}-prepare': {
          'labels: app.kubernetes.io/component': 'hook',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            'containers: prepare': {
              image: '{image:roleSidecar.image}',
              env: { ARCHITECTURE: '{architecture}', CONVERTS: '' },
            },
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['valkey'],
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-shard-0',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-shard-0-0 data-{full}-shard-0-1 data-{full}-shard-0-2 data-{full}-shard-0-3 data-{full}-shard-0-4 data-{full}-shard-0-5 data-{full}-shard-0-6 data-{full}-shard-0-7 data-{full}-shard-0-8',
          ],
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['cluster'],
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth {full}-user-app',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-shard-0 {full}-shard-1 {full}-shard-2 {full}-shard-3 {full}-shard-4 {full}-shard-5 {full}-shard-6 {full}-shard-7 {full}-shard-8 {full}-shard-9 {full}-shard-10 {full}-shard-11 {full}-shard-12 {full}-shard-13 {full}-shard-14 {full}-shard-15 {full}-shard-16 {full}-shard-17 {full}-shard-18 {full}-shard-19',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-shard-0-0 data-{full}-shard-0-1 data-{full}-shard-0-2 data-{full}-shard-0-3 data-{full}-shard-0-4 data-{full}-shard-0-5 data-{full}-shard-0-6 data-{full}-shard-0-7 data-{full}-shard-0-8 data-{full}-shard-1-0 data-{full}-shard-1-1 data-{full}-shard-1-2 data-{full}-shard-1-3 data-{full}-shard-1-4 data-{full}-shard-1-5 data-{full}-shard-1-6 data-{full}-shard-1-7 data-{full}-shard-1-8 data-{full}-shard-2-0 data-{full}-shard-2-1 data-{full}-shard-2-2 data-{full}-shard-2-3 data-{full}-shard-2-4 data-{full}-shard-2-5 data-{full}-shard-2-6 data-{full}-shard-2-7 data-{full}-shard-2-8 data-{full}-shard-3-0 data-{full}-shard-3-1 data-{full}-shard-3-2 data-{full}-shard-3-3 data-{full}-shard-3-4 data-{full}-shard-3-5 data-{full}-shard-3-6 data-{full}-shard-3-7 data-{full}-shard-3-8 data-{full}-shard-4-0 data-{full}-shard-4-1 data-{full}-shard-4-2 data-{full}-shard-4-3 data-{full}-shard-4-4 data-{full}-shard-4-5 data-{full}-shard-4-6 data-{full}-shard-4-7 data-{full}-shard-4-8 data-{full}-shard-5-0 data-{full}-shard-5-1 data-{full}-shard-5-2 data-{full}-shard-5-3 data-{full}-shard-5-4 data-{full}-shard-5-5 data-{full}-shard-5-6 data-{full}-shard-5-7 data-{full}-shard-5-8 data-{full}-shard-6-0 data-{full}-shard-6-1 data-{full}-shard-6-2 data-{full}-shard-6-3 data-{full}-shard-6-4 data-{full}-shard-6-5 data-{full}-shard-6-6 data-{full}-shard-6-7 data-{full}-shard-6-8 data-{full}-shard-7-0 data-{full}-shard-7-1 data-{full}-shard-7-2 data-{full}-shard-7-3 data-{full}-shard-7-4 data-{full}-shard-7-5 data-{full}-shard-7-6 data-{full}-shard-7-7 data-{full}-shard-7-8 data-{full}-shard-8-0 data-{full}-shard-8-1 data-{full}-shard-8-2 data-{full}-shard-8-3 data-{full}-shard-8-4 data-{full}-shard-8-5 data-{full}-shard-8-6 data-{full}-shard-8-7 data-{full}-shard-8-8 data-{full}-shard-9-0 data-{full}-shard-9-1 data-{full}-shard-9-2 data-{full}-shard-9-3 data-{full}-shard-9-4 data-{full}-shard-9-5 data-{full}-shard-9-6 data-{full}-shard-9-7 data-{full}-shard-9-8 data-{full}-shard-10-0 data-{full}-shard-10-1 data-{full}-shard-10-2 data-{full}-shard-10-3 data-{full}-shard-10-4 data-{full}-shard-10-5 data-{full}-shard-10-6 data-{full}-shard-10-7 data-{full}-shard-10-8 data-{full}-shard-11-0 data-{full}-shard-11-1 data-{full}-shard-11-2 data-{full}-shard-11-3 data-{full}-shard-11-4 data-{full}-shard-11-5 data-{full}-shard-11-6 data-{full}-shard-11-7 data-{full}-shard-11-8 data-{full}-shard-12-0 data-{full}-shard-12-1 data-{full}-shard-12-2 data-{full}-shard-12-3 data-{full}-shard-12-4 data-{full}-shard-12-5 data-{full}-shard-12-6 data-{full}-shard-12-7 data-{full}-shard-12-8 data-{full}-shard-13-0 data-{full}-shard-13-1 data-{full}-shard-13-2 data-{full}-shard-13-3 data-{full}-shard-13-4 data-{full}-shard-13-5 data-{full}-shard-13-6 data-{full}-shard-13-7 data-{full}-shard-13-8 data-{full}-shard-14-0 data-{full}-shard-14-1 data-{full}-shard-14-2 data-{full}-shard-14-3 data-{full}-shard-14-4 data-{full}-shard-14-5 data-{full}-shard-14-6 data-{full}-shard-14-7 data-{full}-shard-14-8 data-{full}-shard-15-0 data-{full}-shard-15-1 data-{full}-shard-15-2 data-{full}-shard-15-3 data-{full}-shard-15-4 data-{full}-shard-15-5 data-{full}-shard-15-6 data-{full}-shard-15-7 data-{full}-shard-15-8 data-{full}-shard-16-0 data-{full}-shard-16-1 data-{full}-shard-16-2 data-{full}-shard-16-3 data-{full}-shard-16-4 data-{full}-shard-16-5 data-{full}-shard-16-6 data-{full}-shard-16-7 data-{full}-shard-16-8 data-{full}-shard-17-0 data-{full}-shard-17-1 data-{full}-shard-17-2 data-{full}-shard-17-3 data-{full}-shard-17-4 data-{full}-shard-17-5 data-{full}-shard-17-6 data-{full}-shard-17-7 data-{full}-shard-17-8 data-{full}-shard-18-0 data-{full}-shard-18-1 data-{full}-shard-18-2 data-{full}-shard-18-3 data-{full}-shard-18-4 data-{full}-shard-18-5 data-{full}-shard-18-6 data-{full}-shard-18-7 data-{full}-shard-18-8 data-{full}-shard-19-0 data-{full}-shard-19-1 data-{full}-shard-19-2 data-{full}-shard-19-3 data-{full}-shard-19-4 data-{full}-shard-19-5 data-{full}-shard-19-6 data-{full}-shard-19-7 data-{full}-shard-19-8',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: STATEFULSETS':
            '{full} 0\n{full}-shard-0 2\n{full}-shard-1 2\n{full}-shard-2 2\n{full}-shard-3 0\n{full}-shard-4 0\n{full}-shard-5 0\n{full}-shard-6 0\n{full}-shard-7 0\n{full}-shard-8 0\n{full}-shard-9 0\n{full}-shard-10 0\n{full}-shard-11 0\n{full}-shard-12 0\n{full}-shard-13 0\n{full}-shard-14 0\n{full}-shard-15 0\n{full}-shard-16 0\n{full}-shard-17 0\n{full}-shard-18 0\n{full}-shard-19 0',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['standalone'],
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets',
            'get secrets called {full}-auth {full}-user-app',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-shard-0',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-shard-0-0 data-{full}-shard-0-1 data-{full}-shard-0-2 data-{full}-shard-0-3 data-{full}-shard-0-4 data-{full}-shard-0-5 data-{full}-shard-0-6 data-{full}-shard-0-7 data-{full}-shard-0-8',
          ],
        },
        'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 1\n{full}-shard-0 0' },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['sentinel-tls'],
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth {full}-tls',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-shard-0',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-shard-0-0 data-{full}-shard-0-1 data-{full}-shard-0-2 data-{full}-shard-0-3 data-{full}-shard-0-4 data-{full}-shard-0-5 data-{full}-shard-0-6 data-{full}-shard-0-7 data-{full}-shard-0-8',
          ],
        },
        'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 5\n{full}-shard-0 0' },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => !given.has('users'),
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: CREDENTIALS':
            '{full}-auth password system-password monitor-password sentinel-password',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.text('replicas') === '7',
      rests: {
        'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 7\n{full}-shard-0 0' },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => !given.has('auth.existingSecret'),
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: EXPECTED': '' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'Job/{full}-prepare': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'Job/{full}-prepare': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Job/{full}-prepare': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.text('replicasPerShard') === '2',
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: STATEFULSETS':
            '{full} 0\n{full}-shard-0 3\n{full}-shard-1 3\n{full}-shard-2 3\n{full}-shard-3 3\n{full}-shard-4 3\n{full}-shard-5 0\n{full}-shard-6 0\n{full}-shard-7 0\n{full}-shard-8 0\n{full}-shard-9 0\n{full}-shard-10 0\n{full}-shard-11 0\n{full}-shard-12 0\n{full}-shard-13 0\n{full}-shard-14 0\n{full}-shard-15 0\n{full}-shard-16 0\n{full}-shard-17 0\n{full}-shard-18 0\n{full}-shard-19 0',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['sentinel'],
      when: (given) => given.has('auth.existingSecret'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called auth-existingsecret-marker own-secret tls-existingsecret-marker',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-shard-0',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-shard-0-0 data-{full}-shard-0-1 data-{full}-shard-0-2 data-{full}-shard-0-3 data-{full}-shard-0-4 data-{full}-shard-0-5 data-{full}-shard-0-6 data-{full}-shard-0-7 data-{full}-shard-0-8',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            CREDENTIALS: '',
            EXPECTED:
              '{auth.existingSecret else {full}-auth} password:text system-password:text monitor-password:text sentinel-password:text\nown-secret username:name password:text\ntls-existingsecret-marker ca.crt tls.crt tls.key',
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['sentinel'],
      when: (given) => !given.has('auth.existingSecret'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth {full}-user-app',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-shard-0',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-shard-0-0 data-{full}-shard-0-1 data-{full}-shard-0-2 data-{full}-shard-0-3 data-{full}-shard-0-4 data-{full}-shard-0-5 data-{full}-shard-0-6 data-{full}-shard-0-7 data-{full}-shard-0-8',
          ],
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['sentinel', 'cluster-tls', 'cluster', 'sentinel-tls', 'valkey'],
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: STATE_CONFIGMAP': '{full}-state' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['cluster-tls'],
      when: (given) => !given.has('auth.existingSecret'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth {full}-tls',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-shard-0 {full}-shard-1 {full}-shard-2 {full}-shard-3 {full}-shard-4 {full}-shard-5 {full}-shard-6 {full}-shard-7 {full}-shard-8 {full}-shard-9 {full}-shard-10 {full}-shard-11 {full}-shard-12 {full}-shard-13 {full}-shard-14 {full}-shard-15 {full}-shard-16 {full}-shard-17 {full}-shard-18 {full}-shard-19',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-shard-0-0 data-{full}-shard-0-1 data-{full}-shard-0-2 data-{full}-shard-0-3 data-{full}-shard-0-4 data-{full}-shard-0-5 data-{full}-shard-0-6 data-{full}-shard-0-7 data-{full}-shard-0-8 data-{full}-shard-1-0 data-{full}-shard-1-1 data-{full}-shard-1-2 data-{full}-shard-1-3 data-{full}-shard-1-4 data-{full}-shard-1-5 data-{full}-shard-1-6 data-{full}-shard-1-7 data-{full}-shard-1-8 data-{full}-shard-2-0 data-{full}-shard-2-1 data-{full}-shard-2-2 data-{full}-shard-2-3 data-{full}-shard-2-4 data-{full}-shard-2-5 data-{full}-shard-2-6 data-{full}-shard-2-7 data-{full}-shard-2-8 data-{full}-shard-3-0 data-{full}-shard-3-1 data-{full}-shard-3-2 data-{full}-shard-3-3 data-{full}-shard-3-4 data-{full}-shard-3-5 data-{full}-shard-3-6 data-{full}-shard-3-7 data-{full}-shard-3-8 data-{full}-shard-4-0 data-{full}-shard-4-1 data-{full}-shard-4-2 data-{full}-shard-4-3 data-{full}-shard-4-4 data-{full}-shard-4-5 data-{full}-shard-4-6 data-{full}-shard-4-7 data-{full}-shard-4-8 data-{full}-shard-5-0 data-{full}-shard-5-1 data-{full}-shard-5-2 data-{full}-shard-5-3 data-{full}-shard-5-4 data-{full}-shard-5-5 data-{full}-shard-5-6 data-{full}-shard-5-7 data-{full}-shard-5-8 data-{full}-shard-6-0 data-{full}-shard-6-1 data-{full}-shard-6-2 data-{full}-shard-6-3 data-{full}-shard-6-4 data-{full}-shard-6-5 data-{full}-shard-6-6 data-{full}-shard-6-7 data-{full}-shard-6-8 data-{full}-shard-7-0 data-{full}-shard-7-1 data-{full}-shard-7-2 data-{full}-shard-7-3 data-{full}-shard-7-4 data-{full}-shard-7-5 data-{full}-shard-7-6 data-{full}-shard-7-7 data-{full}-shard-7-8 data-{full}-shard-8-0 data-{full}-shard-8-1 data-{full}-shard-8-2 data-{full}-shard-8-3 data-{full}-shard-8-4 data-{full}-shard-8-5 data-{full}-shard-8-6 data-{full}-shard-8-7 data-{full}-shard-8-8 data-{full}-shard-9-0 data-{full}-shard-9-1 data-{full}-shard-9-2 data-{full}-shard-9-3 data-{full}-shard-9-4 data-{full}-shard-9-5 data-{full}-shard-9-6 data-{full}-shard-9-7 data-{full}-shard-9-8 data-{full}-shard-10-0 data-{full}-shard-10-1 data-{full}-shard-10-2 data-{full}-shard-10-3 data-{full}-shard-10-4 data-{full}-shard-10-5 data-{full}-shard-10-6 data-{full}-shard-10-7 data-{full}-shard-10-8 data-{full}-shard-11-0 data-{full}-shard-11-1 data-{full}-shard-11-2 data-{full}-shard-11-3 data-{full}-shard-11-4 data-{full}-shard-11-5 data-{full}-shard-11-6 data-{full}-shard-11-7 data-{full}-shard-11-8 data-{full}-shard-12-0 data-{full}-shard-12-1 data-{full}-shard-12-2 data-{full}-shard-12-3 data-{full}-shard-12-4 data-{full}-shard-12-5 data-{full}-shard-12-6 data-{full}-shard-12-7 data-{full}-shard-12-8 data-{full}-shard-13-0 data-{full}-shard-13-1 data-{full}-shard-13-2 data-{full}-shard-13-3 data-{full}-shard-13-4 data-{full}-shard-13-5 data-{full}-shard-13-6 data-{full}-shard-13-7 data-{full}-shard-13-8 data-{full}-shard-14-0 data-{full}-shard-14-1 data-{full}-shard-14-2 data-{full}-shard-14-3 data-{full}-shard-14-4 data-{full}-shard-14-5 data-{full}-shard-14-6 data-{full}-shard-14-7 data-{full}-shard-14-8 data-{full}-shard-15-0 data-{full}-shard-15-1 data-{full}-shard-15-2 data-{full}-shard-15-3 data-{full}-shard-15-4 data-{full}-shard-15-5 data-{full}-shard-15-6 data-{full}-shard-15-7 data-{full}-shard-15-8 data-{full}-shard-16-0 data-{full}-shard-16-1 data-{full}-shard-16-2 data-{full}-shard-16-3 data-{full}-shard-16-4 data-{full}-shard-16-5 data-{full}-shard-16-6 data-{full}-shard-16-7 data-{full}-shard-16-8 data-{full}-shard-17-0 data-{full}-shard-17-1 data-{full}-shard-17-2 data-{full}-shard-17-3 data-{full}-shard-17-4 data-{full}-shard-17-5 data-{full}-shard-17-6 data-{full}-shard-17-7 data-{full}-shard-17-8 data-{full}-shard-18-0 data-{full}-shard-18-1 data-{full}-shard-18-2 data-{full}-shard-18-3 data-{full}-shard-18-4 data-{full}-shard-18-5 data-{full}-shard-18-6 data-{full}-shard-18-7 data-{full}-shard-18-8 data-{full}-shard-19-0 data-{full}-shard-19-1 data-{full}-shard-19-2 data-{full}-shard-19-3 data-{full}-shard-19-4 data-{full}-shard-19-5 data-{full}-shard-19-6 data-{full}-shard-19-7 data-{full}-shard-19-8',
          ],
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['sentinel', 'valkey'],
      when: (given) => given.text('replicas') === '3',
      rests: {
        'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 3\n{full}-shard-0 0' },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['cluster-tls'],
      when: (given) => given.text('replicasPerShard') === '1',
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: STATEFULSETS':
            '{full} 0\n{full}-shard-0 2\n{full}-shard-1 2\n{full}-shard-2 2\n{full}-shard-3 2\n{full}-shard-4 2\n{full}-shard-5 0\n{full}-shard-6 0\n{full}-shard-7 0\n{full}-shard-8 0\n{full}-shard-9 0\n{full}-shard-10 0\n{full}-shard-11 0\n{full}-shard-12 0\n{full}-shard-13 0\n{full}-shard-14 0\n{full}-shard-15 0\n{full}-shard-16 0\n{full}-shard-17 0\n{full}-shard-18 0\n{full}-shard-19 0',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.text('users') === '[{"name":"app","rules":"~a:* +get"}]',
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-user-app auth-existingsecret-marker tls-existingsecret-marker',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-shard-0 {full}-shard-1 {full}-shard-2 {full}-shard-3 {full}-shard-4 {full}-shard-5 {full}-shard-6 {full}-shard-7 {full}-shard-8 {full}-shard-9 {full}-shard-10 {full}-shard-11 {full}-shard-12 {full}-shard-13 {full}-shard-14 {full}-shard-15 {full}-shard-16 {full}-shard-17 {full}-shard-18 {full}-shard-19',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-shard-0-0 data-{full}-shard-0-1 data-{full}-shard-0-2 data-{full}-shard-0-3 data-{full}-shard-0-4 data-{full}-shard-0-5 data-{full}-shard-0-6 data-{full}-shard-0-7 data-{full}-shard-0-8 data-{full}-shard-1-0 data-{full}-shard-1-1 data-{full}-shard-1-2 data-{full}-shard-1-3 data-{full}-shard-1-4 data-{full}-shard-1-5 data-{full}-shard-1-6 data-{full}-shard-1-7 data-{full}-shard-1-8 data-{full}-shard-2-0 data-{full}-shard-2-1 data-{full}-shard-2-2 data-{full}-shard-2-3 data-{full}-shard-2-4 data-{full}-shard-2-5 data-{full}-shard-2-6 data-{full}-shard-2-7 data-{full}-shard-2-8 data-{full}-shard-3-0 data-{full}-shard-3-1 data-{full}-shard-3-2 data-{full}-shard-3-3 data-{full}-shard-3-4 data-{full}-shard-3-5 data-{full}-shard-3-6 data-{full}-shard-3-7 data-{full}-shard-3-8 data-{full}-shard-4-0 data-{full}-shard-4-1 data-{full}-shard-4-2 data-{full}-shard-4-3 data-{full}-shard-4-4 data-{full}-shard-4-5 data-{full}-shard-4-6 data-{full}-shard-4-7 data-{full}-shard-4-8 data-{full}-shard-5-0 data-{full}-shard-5-1 data-{full}-shard-5-2 data-{full}-shard-5-3 data-{full}-shard-5-4 data-{full}-shard-5-5 data-{full}-shard-5-6 data-{full}-shard-5-7 data-{full}-shard-5-8 data-{full}-shard-6-0 data-{full}-shard-6-1 data-{full}-shard-6-2 data-{full}-shard-6-3 data-{full}-shard-6-4 data-{full}-shard-6-5 data-{full}-shard-6-6 data-{full}-shard-6-7 data-{full}-shard-6-8 data-{full}-shard-7-0 data-{full}-shard-7-1 data-{full}-shard-7-2 data-{full}-shard-7-3 data-{full}-shard-7-4 data-{full}-shard-7-5 data-{full}-shard-7-6 data-{full}-shard-7-7 data-{full}-shard-7-8 data-{full}-shard-8-0 data-{full}-shard-8-1 data-{full}-shard-8-2 data-{full}-shard-8-3 data-{full}-shard-8-4 data-{full}-shard-8-5 data-{full}-shard-8-6 data-{full}-shard-8-7 data-{full}-shard-8-8 data-{full}-shard-9-0 data-{full}-shard-9-1 data-{full}-shard-9-2 data-{full}-shard-9-3 data-{full}-shard-9-4 data-{full}-shard-9-5 data-{full}-shard-9-6 data-{full}-shard-9-7 data-{full}-shard-9-8 data-{full}-shard-10-0 data-{full}-shard-10-1 data-{full}-shard-10-2 data-{full}-shard-10-3 data-{full}-shard-10-4 data-{full}-shard-10-5 data-{full}-shard-10-6 data-{full}-shard-10-7 data-{full}-shard-10-8 data-{full}-shard-11-0 data-{full}-shard-11-1 data-{full}-shard-11-2 data-{full}-shard-11-3 data-{full}-shard-11-4 data-{full}-shard-11-5 data-{full}-shard-11-6 data-{full}-shard-11-7 data-{full}-shard-11-8 data-{full}-shard-12-0 data-{full}-shard-12-1 data-{full}-shard-12-2 data-{full}-shard-12-3 data-{full}-shard-12-4 data-{full}-shard-12-5 data-{full}-shard-12-6 data-{full}-shard-12-7 data-{full}-shard-12-8 data-{full}-shard-13-0 data-{full}-shard-13-1 data-{full}-shard-13-2 data-{full}-shard-13-3 data-{full}-shard-13-4 data-{full}-shard-13-5 data-{full}-shard-13-6 data-{full}-shard-13-7 data-{full}-shard-13-8 data-{full}-shard-14-0 data-{full}-shard-14-1 data-{full}-shard-14-2 data-{full}-shard-14-3 data-{full}-shard-14-4 data-{full}-shard-14-5 data-{full}-shard-14-6 data-{full}-shard-14-7 data-{full}-shard-14-8 data-{full}-shard-15-0 data-{full}-shard-15-1 data-{full}-shard-15-2 data-{full}-shard-15-3 data-{full}-shard-15-4 data-{full}-shard-15-5 data-{full}-shard-15-6 data-{full}-shard-15-7 data-{full}-shard-15-8 data-{full}-shard-16-0 data-{full}-shard-16-1 data-{full}-shard-16-2 data-{full}-shard-16-3 data-{full}-shard-16-4 data-{full}-shard-16-5 data-{full}-shard-16-6 data-{full}-shard-16-7 data-{full}-shard-16-8 data-{full}-shard-17-0 data-{full}-shard-17-1 data-{full}-shard-17-2 data-{full}-shard-17-3 data-{full}-shard-17-4 data-{full}-shard-17-5 data-{full}-shard-17-6 data-{full}-shard-17-7 data-{full}-shard-17-8 data-{full}-shard-18-0 data-{full}-shard-18-1 data-{full}-shard-18-2 data-{full}-shard-18-3 data-{full}-shard-18-4 data-{full}-shard-18-5 data-{full}-shard-18-6 data-{full}-shard-18-7 data-{full}-shard-18-8 data-{full}-shard-19-0 data-{full}-shard-19-1 data-{full}-shard-19-2 data-{full}-shard-19-3 data-{full}-shard-19-4 data-{full}-shard-19-5 data-{full}-shard-19-6 data-{full}-shard-19-7 data-{full}-shard-19-8',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            CREDENTIALS: '{full}-user-app username=app password',
            EXPECTED:
              '{auth.existingSecret else {full}-auth} password:text system-password:text monitor-password:text sentinel-password:text\ntls-existingsecret-marker ca.crt tls.crt tls.key',
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['cluster-tls', 'sentinel-tls'],
      when: (given) => !given.has('tls.existingSecret'),
      rests: {
        'Job/{full}-prepare': {
          pod: {
            'containers: prepare: env: TLS_SECRET': '{full}-tls',
            'before: certificates': {
              image: 'docker.io/library/redis:8, pulled IfNotPresent',
              command: 'bash /opt/ballast/certificates.sh /work',
              env: {
                COMMON_NAME: '{full}',
                ALT_NAMES:
                  'DNS:localhost,DNS:{full}-primary.default.svc.cluster.local,DNS:{full}-replicas.default.svc.cluster.local,DNS:*.default.svc.cluster.local,DNS:{full}-primary,DNS:{full}-replicas,DNS:{full}-sentinel',
              },
              resources: '{"limits":{"memory":"128Mi"},"requests":{"cpu":"10m","memory":"32Mi"}}',
              security: locked,
              mounts: { '/opt/ballast': 'scripts, read only', '/work': 'work' },
            },
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['standalone', 'cluster', 'sentinel'],
      when: (given) => !given.has('auth.existingSecret'),
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: CREDENTIALS':
            '{full}-auth password system-password monitor-password sentinel-password\n{full}-user-app username=app password',
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['cluster'],
      rests: { 'ConfigMap/{full}-drain': { 'files: shape': ['3 2'] } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['cluster-tls'],
      rests: {
        'Job/{full}-drain': {
          pod: {
            'containers: reshard: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-tls} 440',
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'ConfigMap/{full}-drain': {
          'labels: app.kubernetes.io/component': 'hook',
          files: { 'cluster.sh': 'files/cluster.sh', 'reshard.sh': 'files/reshard.sh' },
        },
        'Job/{full}-drain': {
          'labels: app.kubernetes.io/component': 'hook',
          activeDeadlineSeconds: '{hooks.reshardDeadlineSeconds}',
          'podFailurePolicy.rules.0.onExitCodes.containerName': 'reshard',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            security: runsAs(999),
            'containers: reshard': {
              image: '{image:image}',
              command: 'bash /opt/ballast/reshard.sh drain',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: 'cluster',
                FULL: '{full}',
                BASE: '{full}',
                SUFFIX: 'default.svc.{clusterDomain}',
                TLS: '{tls.enabled}',
              },
              resources: '{hooks.resources}',
              security: locked,
              mounts: {
                '/run/ballast': 'run',
                '/tmp': 'tmp',
                '/opt/ballast': 'scripts, read only',
                '/etc/ballast/auth': 'auth, read only',
              },
            },
            'volumes: auth': 'Secret {auth.existingSecret else {full}-auth} 440',
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      when: (given) => given.text('replicasPerShard') === '2',
      rests: { 'ConfigMap/{full}-drain': { 'files: shape': ['5 3'] } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['cluster-tls', 'cluster'],
      when: (given) => given.has('users'),
      rests: {
        'Job/{full}-drain': {
          pod: {
            'containers: reshard: mounts: /etc/ballast/users/app': 'user-app, read only',
            'volumes: user-app': 'Secret {full}-user-app 440',
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['cluster-tls'],
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'Job/{full}-drain': { pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' } },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['cluster-tls'],
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'Job/{full}-drain': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['cluster-tls'],
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Job/{full}-drain': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['cluster-tls'],
      when: (given) => given.text('replicasPerShard') === '1',
      rests: { 'ConfigMap/{full}-drain': { 'files: shape': ['5 2'] } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      rests: {
        'ConfigMap/{full}-provision': {
          'labels: app.kubernetes.io/component': 'hook',
          hook: hook('post-install,post-upgrade', -10),
          'files: provision.sh': 'files/provision.sh',
        },
        'Job/{full}-provision': {
          'labels: app.kubernetes.io/component': 'hook',
          backoffLimit: '4',
          'podFailurePolicy.rules.0.onExitCodes.containerName': 'provision',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            'dnsConfig.options.0.name': 'ndots',
            'dnsConfig.options.0.value': '1',
            'dnsConfig.options.1.name': 'timeout',
            'dnsConfig.options.1.value': '1',
            'dnsConfig.options.2.name': 'attempts',
            'dnsConfig.options.2.value': '3',
            security: runsAs(999),
            'containers: provision': {
              image: '{image:image}',
              command: 'bash /opt/ballast/provision.sh',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                FULL: '{full}',
                BASE: '{full}',
                SUFFIX: 'default.svc.{clusterDomain}',
                TLS: '{tls.enabled}',
                PRIMARY_HOST: '{full}-primary.default.svc.{clusterDomain}',
              },
              resources: '{hooks.resources}',
              security: locked,
              mounts: {
                '/run/ballast': 'run',
                '/tmp': 'tmp',
                '/opt/ballast': 'scripts, read only',
                '/etc/ballast/auth': 'auth, read only',
                '/opt/init': 'init, read only',
              },
            },
            volumes: {
              tmp: 'disk',
              scripts: 'ConfigMap {full}-provision',
              auth: 'Secret {auth.existingSecret else {full}-auth} 440',
            },
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['cluster'],
      rests: {
        'Job/{full}-provision': {
          'pod: containers: provision: env: MEMBER_HOSTS':
            '{full}-shard-0-0.default.svc.{clusterDomain} {full}-shard-0-1.default.svc.{clusterDomain} {full}-shard-1-0.default.svc.{clusterDomain} {full}-shard-1-1.default.svc.{clusterDomain} {full}-shard-2-0.default.svc.{clusterDomain} {full}-shard-2-1.default.svc.{clusterDomain}',
        },
        'ConfigMap/{full}-provision': { 'files: shape': ['3 2'] },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      cases: ['other sentinel'],
      rests: {
        'Job/{full}-provision': {
          pod: {
            'containers: provision: mounts: /etc/ballast/users/app_user': 'user-app-user, read only',
            'volumes: user-app-user': 'Secret own-secret 440',
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['sentinel-tls'],
      rests: {
        'Job/{full}-provision': {
          'pod: containers: provision: env: MEMBER_HOSTS':
            '{full}-0.default.svc.{clusterDomain} {full}-1.default.svc.{clusterDomain} {full}-2.default.svc.{clusterDomain} {full}-3.default.svc.{clusterDomain} {full}-4.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['standalone', 'cluster'],
      rests: {
        'Job/{full}-provision': {
          'pod: volumes: init': 'ConfigMap {full}-provision: init-0000-greeting as 0000-greeting',
        },
        'ConfigMap/{full}-provision': { 'files: init-0000-greeting': ['"SET" "app:greeting" "hello"'] },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'ConfigMap/{full}-provision': {
          files: { 'cluster.sh': 'files/cluster.sh', 'reshard.sh': 'files/reshard.sh' },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.has('tls.enabled'),
      rests: {
        'Job/{full}-provision': {
          pod: {
            'containers: provision: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-tls} 440',
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => !given.has('initCommands'),
      rests: { 'Job/{full}-provision': { 'pod: volumes: init': 'disk' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => !given.has('metrics.enabled'),
      rests: {
        'Job/{full}-provision': {
          'pod: containers: provision: env: MEMBER_HOSTS': '{full}-primary.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.text('replicas') === '7',
      rests: {
        'Job/{full}-provision': {
          'pod: containers: provision: env: MEMBER_HOSTS':
            '{full}-0.default.svc.{clusterDomain} {full}-1.default.svc.{clusterDomain} {full}-2.default.svc.{clusterDomain} {full}-3.default.svc.{clusterDomain} {full}-4.default.svc.{clusterDomain} {full}-5.default.svc.{clusterDomain} {full}-6.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'Job/{full}-provision': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'Job/{full}-provision': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Job/{full}-provision': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.text('replicasPerShard') === '2',
      rests: {
        'Job/{full}-provision': {
          'pod: containers: provision: env: MEMBER_HOSTS':
            '{full}-shard-0-0.default.svc.{clusterDomain} {full}-shard-0-1.default.svc.{clusterDomain} {full}-shard-0-2.default.svc.{clusterDomain} {full}-shard-1-0.default.svc.{clusterDomain} {full}-shard-1-1.default.svc.{clusterDomain} {full}-shard-1-2.default.svc.{clusterDomain} {full}-shard-2-0.default.svc.{clusterDomain} {full}-shard-2-1.default.svc.{clusterDomain} {full}-shard-2-2.default.svc.{clusterDomain} {full}-shard-3-0.default.svc.{clusterDomain} {full}-shard-3-1.default.svc.{clusterDomain} {full}-shard-3-2.default.svc.{clusterDomain} {full}-shard-4-0.default.svc.{clusterDomain} {full}-shard-4-1.default.svc.{clusterDomain} {full}-shard-4-2.default.svc.{clusterDomain}',
        },
        'ConfigMap/{full}-provision': { 'files: shape': ['5 3'] },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['sentinel'],
      when: (given) => given.has('initCommands'),
      rests: {
        'ConfigMap/{full}-provision': { 'files: init-0000-first': ['"SET" "a" "8.64e+07"'] },
        'Job/{full}-provision': {
          'pod: volumes: init': 'ConfigMap {full}-provision: init-0000-first as 0000-first',
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['standalone'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'Job/{full}-provision': {
          'pod: containers: provision: env: MEMBER_HOSTS': '{full}-primary.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      cases: ['other cluster', 'other single', 'cluster', 'sentinel', 'standalone'],
      rests: {
        'Job/{full}-provision': {
          pod: {
            'containers: provision: mounts: /etc/ballast/users/app': 'user-app, read only',
            'volumes: user-app': 'Secret {full}-user-app 440',
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['sentinel', 'valkey'],
      when: (given) => given.text('replicas') === '3',
      rests: {
        'Job/{full}-provision': {
          'pod: containers: provision: env: MEMBER_HOSTS':
            '{full}-0.default.svc.cluster.local {full}-1.default.svc.cluster.local {full}-2.default.svc.cluster.local',
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['cluster-tls'],
      when: (given) => given.text('replicasPerShard') === '1',
      rests: {
        'Job/{full}-provision': {
          'pod: containers: provision: env: MEMBER_HOSTS':
            '{full}-shard-0-0.default.svc.{clusterDomain} {full}-shard-0-1.default.svc.{clusterDomain} {full}-shard-1-0.default.svc.{clusterDomain} {full}-shard-1-1.default.svc.{clusterDomain} {full}-shard-2-0.default.svc.{clusterDomain} {full}-shard-2-1.default.svc.{clusterDomain} {full}-shard-3-0.default.svc.{clusterDomain} {full}-shard-3-1.default.svc.{clusterDomain} {full}-shard-4-0.default.svc.{clusterDomain} {full}-shard-4-1.default.svc.{clusterDomain}',
        },
        'ConfigMap/{full}-provision': { 'files: shape': ['5 2'] },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['cluster-tls'],
      when: (given) => given.text('hooks.provisionDeadlineSeconds') === '1721',
      rests: { 'Job/{full}-provision': { activeDeadlineSeconds: '{hooks.reshardDeadlineSeconds}' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['cluster-tls', 'cluster'],
      when: (given) => given.text('hooks.provisionDeadlineSeconds') === '600',
      rests: { 'Job/{full}-provision': { activeDeadlineSeconds: '3600' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['sentinel', 'standalone'],
      when: (given) => given.text('hooks.provisionDeadlineSeconds') === '1721',
      rests: { 'Job/{full}-provision': { activeDeadlineSeconds: '1721' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['sentinel-tls', 'sentinel', 'standalone', 'valkey'],
      when: (given) => given.text('hooks.provisionDeadlineSeconds') === '600',
      rests: { 'Job/{full}-provision': { activeDeadlineSeconds: '600' } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['cluster-tls', 'cluster'],
      rests: { 'NetworkPolicy/{full}': { 'lets: bus': ['server'] } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'NetworkPolicy/{full}': { 'labels: app.kubernetes.io/component': 'server' },
        'NetworkPolicy/{full}-hooks': { 'labels: app.kubernetes.io/component': 'hook' },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => !given.has('networkPolicy.allowFrom'),
      rests: { 'NetworkPolicy/{full}': { 'lets: redis metrics': ['all'] } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['sentinel', 'cluster-tls'],
      when: (given) => given.has('networkPolicy.allowFrom'),
      rests: {
        'NetworkPolicy/{full}': { 'lets: redis metrics': ['all', 'of any name or release app=friend'] },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          'pod: containers: metrics: env: REDIS_ADDR': 'redis://127.0.0.1:6379',
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['sentinel'],
      rests: {
        'PrometheusRule/{full}': {
          alerts: {
            RedisWithoutPrimary: {
              expr: '(count(redis_instance_info{namespace="default", service="{full}-members", role="master"}) or vector(0)) != 1',
              for: '1m',
              'labels.severity': 'critical',
              'annotations.summary': 'There is not exactly one primary',
            },
            RedisReplicaMissing: {
              for: '5m',
              'labels.severity': 'warning',
              'annotations.summary': 'A replica has been away for five minutes',
            },
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['cluster-tls'],
      rests: {
        'PrometheusRule/{full}': {
          'alerts: RedisClusterSlotsDown': {
            expr: 'max(redis_cluster_slots_fail{namespace="default", service="{full}-members"}) > 0 or min(redis_cluster_slots_assigned{namespace="default", service="{full}-members"}) < 16384',
            for: '1m',
            'labels.severity': 'critical',
            'annotations.summary': 'Some slots have no primary',
          },
        },
        'StatefulSet/{full}-shard-{#}': {
          'pod: containers: metrics: env: REDIS_ADDR': 'rediss://127.0.0.1:6379',
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          'pod: containers: metrics': {
            image: '{image:metrics.image}',
            env: {
              REDIS_EXPORTER_SKIP_TLS_VERIFICATION: 'true',
              REDIS_USER: 'ballast-monitor',
              REDIS_PASSWORD: 'Secret {auth.existingSecret else {full}-auth}, monitor-password',
            },
            'ports: metrics': '9121',
            startup: 'port metrics; period 2, failure 30',
            ready: 'port metrics; period 10',
            live: 'port metrics; period 20, failure 6',
            resources: '{metrics.resources}',
            security: locked,
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['sentinel', 'cluster-tls'],
      rests: {
        'PrometheusRule/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          alerts: {
            RedisDown: {
              expr: '(max(redis_up{namespace="default", service="{full}-members"}) or vector(0)) == 0',
              for: '1m',
              'labels.severity': 'critical',
              'annotations.summary': 'No Redis server answers',
            },
            RedisMemoryFull: {
              expr: 'redis_memory_used_bytes{namespace="default", service="{full}-members"} / redis_memory_max_bytes{namespace="default", service="{full}-members"} > 0.9',
              for: '5m',
              'labels.severity': 'warning',
              'annotations.summary': 'Redis on {{ $labels.pod }} uses more than 90 % of maxmemory',
            },
            RedisMemberMissing: { for: '5m', 'labels.severity': 'warning' },
          },
        },
        'ServiceMonitor/{full}': { 'labels: app.kubernetes.io/component': 'server' },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      when: (given) => given.text('replicas') === '7',
      rests: {
        'PrometheusRule/{full}': {
          alerts: {
            RedisMemberMissing: {
              expr: '(sum(redis_up{namespace="default", service="{full}-members"}) or vector(0)) < 7',
              'annotations.summary': 'Fewer than 7 servers answer',
            },
            'RedisReplicaMissing: expr':
              'max(redis_connected_slaves{namespace="default", service="{full}-members"}) < 6',
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      when: (given) => given.text('replicasPerShard') === '2',
      rests: {
        'PrometheusRule/{full}': {
          'alerts: RedisMemberMissing': {
            expr: '(sum(redis_up{namespace="default", service="{full}-members"}) or vector(0)) < 15',
            'annotations.summary': 'Fewer than 15 servers answer',
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['sentinel'],
      when: (given) => given.text('replicas') === '3',
      rests: {
        'PrometheusRule/{full}': {
          alerts: {
            RedisMemberMissing: {
              expr: '(sum(redis_up{namespace="default", service="{full}-members"}) or vector(0)) < 3',
              'annotations.summary': 'Fewer than 3 servers answer',
            },
            'RedisReplicaMissing: expr':
              'max(redis_connected_slaves{namespace="default", service="{full}-members"}) < 2',
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['sentinel', 'sentinel-tls'],
      when: (given) => given.has('tls.enabled'),
      rests: {
        'StatefulSet/{full}': { 'pod: containers: metrics: env: REDIS_ADDR': 'rediss://127.0.0.1:6379' },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['cluster-tls'],
      when: (given) => given.text('replicasPerShard') === '1',
      rests: {
        'PrometheusRule/{full}': {
          'alerts: RedisMemberMissing': {
            expr: '(sum(redis_up{namespace="default", service="{full}-members"}) or vector(0)) < 10',
            'annotations.summary': 'Fewer than 10 servers answer',
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['sentinel', 'cluster-tls'],
      when: (given) => given.has('metrics.serviceMonitor.labels'),
      rests: {
        'PrometheusRule/{full}': { 'labels: example.com/group': 'labelled-by-metrics-prometheusRule-labels' },
        'ServiceMonitor/{full}': { 'labels: example.com/group': 'labelled-by-metrics-serviceMonitor-labels' },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['sentinel', 'sentinel-tls', 'standalone', 'valkey'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: metrics': {
            image: '{image:metrics.image}',
            env: {
              REDIS_EXPORTER_SKIP_TLS_VERIFICATION: 'true',
              REDIS_USER: 'ballast-monitor',
              REDIS_PASSWORD: 'Secret {auth.existingSecret else {full}-auth}, monitor-password',
            },
            'ports: metrics': '9121',
            startup: 'port metrics; period 2, failure 30',
            ready: 'port metrics; period 10',
            live: 'port metrics; period 20, failure 6',
            resources: '{metrics.resources}',
            security: locked,
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['sentinel', 'standalone', 'valkey'],
      when: (given) => !given.has('tls.enabled') && given.has('metrics.enabled'),
      rests: {
        'StatefulSet/{full}': { 'pod: containers: metrics: env: REDIS_ADDR': 'redis://127.0.0.1:6379' },
      },
    },
    {
      promise: 'Roles hold the verbs that are used, and nothing more',
      rests: { 'ServiceAccount/{full}': { 'labels: app.kubernetes.io/component': 'server' } },
    },
    {
      promise: 'Roles hold the verbs that are used, and nothing more',
      topologies: ['cluster'],
      rests: {
        'Role/{full}': {
          may: [
            'get,list,watch,patch pods',
            'get apps/statefulsets/scale called {full}-shard-0 {full}-shard-1 {full}-shard-2',
            'get,update configmaps called {full}-state',
          ],
        },
      },
    },
    {
      promise: 'Roles hold the verbs that are used, and nothing more',
      topologies: ['cluster-tls'],
      rests: {
        'Role/{full}': {
          may: [
            'get,list,watch,patch pods',
            'get apps/statefulsets/scale called {full}-shard-0 {full}-shard-1 {full}-shard-2 {full}-shard-3 {full}-shard-4',
            'get,update configmaps called {full}-state',
          ],
        },
      },
    },
    {
      promise: 'Roles hold the verbs that are used, and nothing more',
      when: (given) => given.has('service.annotations'),
      rests: {
        'ServiceAccount/{full}': {
          'annotations: example.com/note': 'annotated by serviceAccount annotations',
        },
      },
    },
    {
      promise: 'Roles hold the verbs that are used, and nothing more',
      topologies: ['sentinel', 'sentinel-tls', 'valkey'],
      rests: {
        'Role/{full}': {
          may: [
            'get,list,watch,patch pods',
            'get apps/statefulsets/scale called {full}',
            'get,update configmaps called {full}-state',
          ],
        },
      },
    },
    {
      promise: 'Roles hold the verbs that are used, and nothing more',
      topologies: ['sentinel', 'cluster-tls', 'cluster', 'sentinel-tls', 'valkey'],
      rests: {
        'Role/{full}': { 'labels: app.kubernetes.io/component': 'server' },
        'RoleBinding/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          binds: 'Role/{full} to ServiceAccount {full} default',
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          pod: {
            apart: 'rather not on one kubernetes.io/hostname server ballast.dev/shard={#} {"weight":100}',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"ScheduleAnyway"} server ballast.dev/shard={#}',
          },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['cluster-tls'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          pod: {
            apart: 'never on one kubernetes.io/hostname server ballast.dev/shard={#}',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule"} server ballast.dev/shard={#}',
          },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['sentinel', 'cluster-tls', 'cluster', 'sentinel-tls', 'valkey'],
      rests: { 'PodDisruptionBudget/{full}': { 'labels: app.kubernetes.io/component': 'server' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['cluster-tls'],
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['cluster-tls'],
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'StatefulSet/{full}-shard-{#}': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['cluster-tls'],
      when: (given) => given.has('scheduling.priorityClassName'),
      rests: {
        'StatefulSet/{full}-shard-{#}': { 'pod: priorityClassName': '{scheduling.priorityClassName}' },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['sentinel', 'standalone'],
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'StatefulSet/{full}': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['sentinel', 'standalone'],
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'StatefulSet/{full}': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['sentinel', 'standalone'],
      when: (given) => given.has('scheduling.priorityClassName'),
      rests: { 'StatefulSet/{full}': { 'pod: priorityClassName': 'important' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['sentinel', 'valkey'],
      when: (given) => given.text('scheduling.antiAffinity') === 'soft',
      rests: {
        'StatefulSet/{full}': {
          pod: {
            apart: 'rather not on one kubernetes.io/hostname server {"weight":100}',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"ScheduleAnyway"} server',
          },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['sentinel', 'sentinel-tls'],
      when: (given) => given.text('scheduling.antiAffinity') === 'hard',
      rests: {
        'StatefulSet/{full}': {
          pod: {
            apart: 'never on one kubernetes.io/hostname server',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule"} server',
          },
        },
      },
    },
    {
      promise: 'Pods keep to Pod Security restricted, and hold no token that they do not use',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          pod: {
            automountServiceAccountToken: 'false',
            enableServiceLinks: 'false',
            security: runsAs(999),
            'containers: redis: security': locked,
          },
        },
      },
    },
    {
      promise: 'Pods keep to Pod Security restricted, and hold no token that they do not use',
      topologies: ['sentinel', 'standalone', 'sentinel-tls', 'valkey'],
      rests: {
        'StatefulSet/{full}': { pod: { security: runsAs(999), 'containers: redis: security': locked } },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          'pod: containers: redis': { image: '{image:image}', resources: '{resources}' },
        },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      topologies: ['sentinel', 'standalone', 'sentinel-tls', 'valkey'],
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: redis': { image: '{image:image}', resources: '{resources}' },
        },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      topologies: ['cluster-tls'],
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'StatefulSet/{full}-shard-{#}': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'Images and resources are those of the values',
      topologies: ['sentinel', 'standalone'],
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'StatefulSet/{full}': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          'annotations: ballast.dev/volume-size': '{persistence.size}',
          'persistentVolumeClaimRetentionPolicy.whenDeleted': 'Retain',
          'persistentVolumeClaimRetentionPolicy.whenScaled': 'Retain',
          'claims: data': {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            'spec.accessModes': '{persistence.accessModes}',
            'spec.resources.requests.storage': '{persistence.size}',
            labels: 'server',
          },
        },
      },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      topologies: ['cluster-tls'],
      when: (given) => given.has('persistence.storageClass'),
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          'claims: data: spec.storageClassName': '{persistence.storageClass}',
        },
      },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      topologies: ['sentinel', 'standalone'],
      when: (given) => given.has('persistence.storageClass'),
      rests: {
        'StatefulSet/{full}': { 'claims: data: spec.storageClassName': 'fast-persistence-storageclass' },
      },
    },
    {
      promise: 'Members find each other before any of them is ready, and all start at once',
      cases: ['cluster-tls'],
      rests: {
        'Service/{full}-shard-0-2': { publishNotReadyAddresses: '{enabled}' },
        'Service/{full}-shard-1-2': { publishNotReadyAddresses: '{enabled}' },
        'Service/{full}-shard-2-2': { publishNotReadyAddresses: '{enabled}' },
        'Service/{full}-shard-3-2': { publishNotReadyAddresses: '{enabled}' },
        'Service/{full}-shard-4-2': { publishNotReadyAddresses: '{enabled}' },
      },
    },
    {
      promise: 'Members find each other before any of them is ready, and all start at once',
      topologies: ['cluster-tls'],
      rests: {
        'Service/{full}-shard-3-0': { publishNotReadyAddresses: 'true' },
        'Service/{full}-shard-3-1': { publishNotReadyAddresses: 'true' },
        'Service/{full}-shard-4-0': { publishNotReadyAddresses: 'true' },
        'Service/{full}-shard-4-1': { publishNotReadyAddresses: 'true' },
      },
    },
    {
      promise: 'Members find each other before any of them is ready, and all start at once',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'Service/{full}-shard-0-0': { publishNotReadyAddresses: 'true' },
        'Service/{full}-shard-0-1': { publishNotReadyAddresses: 'true' },
        'Service/{full}-shard-1-0': { publishNotReadyAddresses: 'true' },
        'Service/{full}-shard-1-1': { publishNotReadyAddresses: 'true' },
        'Service/{full}-shard-2-0': { publishNotReadyAddresses: 'true' },
        'Service/{full}-shard-2-1': { publishNotReadyAddresses: 'true' },
        'StatefulSet/{full}-shard-{#}': {
          serviceName: '{full}-members',
          podManagementPolicy: 'Parallel',
          'updateStrategy.type': 'RollingUpdate',
        },
      },
    },
    {
      promise: 'Members find each other before any of them is ready, and all start at once',
      topologies: ['sentinel', 'sentinel-tls', 'valkey'],
      rests: {
        'Service/{full}-sentinels': { clusterIP: 'None', publishNotReadyAddresses: 'true' },
        'Service/{full}-0': { publishNotReadyAddresses: 'true' },
        'Service/{full}-1': { publishNotReadyAddresses: 'true' },
        'Service/{full}-2': { publishNotReadyAddresses: 'true' },
        'Service/{full}-3': { publishNotReadyAddresses: 'true' },
        'Service/{full}-4': { publishNotReadyAddresses: 'true' },
        'Service/{full}-5': { publishNotReadyAddresses: 'true' },
        'Service/{full}-6': { publishNotReadyAddresses: 'true' },
        'Service/{full}-7': { publishNotReadyAddresses: 'true' },
        'Service/{full}-8': { publishNotReadyAddresses: 'true' },
        'Service/{full}-sentinel-0': { publishNotReadyAddresses: 'true' },
        'Service/{full}-sentinel-1': { publishNotReadyAddresses: 'true' },
        'Service/{full}-sentinel-2': { publishNotReadyAddresses: 'true' },
      },
    },
    {
      promise: 'A stop hands over first, and has the time for it',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          pod: {
            terminationGracePeriodSeconds: '{terminationGracePeriodSeconds}',
            'containers: redis: preStop': 'bash /opt/ballast/stop.sh',
          },
        },
      },
    },
    {
      promise: 'A stop hands over first, and has the time for it',
      topologies: ['sentinel', 'sentinel-tls', 'valkey'],
      rests: { 'StatefulSet/{full}': { 'pod: containers: redis: preStop': 'bash /opt/ballast/stop.sh' } },
    },
    {
      promise: 'Probes tell the truth: recovery is waited for, and nobody is killed for being cut off',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          'pod: containers: redis': {
            startup: 'bash /opt/ballast/ready.sh; period 3, timeout 5, failure 1200',
            ready: 'bash /opt/ballast/ready.sh; period 10, timeout 5, failure 2',
            live: 'bash /opt/ballast/live.sh; period 30, timeout 10, failure 4',
          },
        },
      },
    },
    {
      promise: 'Probes tell the truth: recovery is waited for, and nobody is killed for being cut off',
      topologies: ['sentinel', 'standalone', 'sentinel-tls', 'valkey'],
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: redis': {
            startup: 'bash /opt/ballast/ready.sh; period 3, timeout 5, failure 1200',
            ready: 'bash /opt/ballast/ready.sh; period 10, timeout 5, failure 2',
            live: 'bash /opt/ballast/live.sh; period 30, timeout 10, failure 4',
          },
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      rests: {
        'Service/{full}-primary': {
          'labels: app.kubernetes.io/component': 'server',
          annotations: {
            'ballast.dev/password':
              "kubectl get secret -n default {auth.existingSecret else {full}-auth} -o jsonpath='{.data.password}' | base64 -d",
            'ballast.dev/system': 'Redis (primary)',
          },
          type: '{service.type}',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-replicas': {
          'labels: app.kubernetes.io/component': 'server',
          annotations: {
            'ballast.dev/password':
              "kubectl get secret -n default {auth.existingSecret else {full}-auth} -o jsonpath='{.data.password}' | base64 -d",
            'ballast.dev/system': 'Redis (replicas)',
          },
          type: '{service.type}',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-members': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: redis': '6379 to redis',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      cases: ['cluster-tls'],
      rests: {
        'Service/{full}-shard-0-2': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-1-2': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-2-2': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-3-2': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-4-2': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['cluster'],
      rests: {
        'Service/{full}-primary': {
          'annotations: ballast.dev/connect':
            'kubectl exec -it -n default {full}-shard-0-0 -c redis -- redis-cli -h {full}-primary -c --askpass',
        },
        'Service/{full}-replicas': {
          'annotations: ballast.dev/connect':
            'kubectl exec -it -n default {full}-shard-0-0 -c redis -- redis-cli -h {full}-replicas -c --askpass',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['cluster-tls'],
      rests: {
        'Service/{full}-primary': {
          'annotations: ballast.dev/connect':
            'kubectl exec -it -n default {full}-shard-0-0 -c redis -- redis-cli -h {full}-primary -c --tls --cacert /etc/ballast/tls/ca.crt --askpass',
        },
        'Service/{full}-replicas': {
          'annotations: ballast.dev/connect':
            'kubectl exec -it -n default {full}-shard-0-0 -c redis -- redis-cli -h {full}-replicas -c --tls --cacert /etc/ballast/tls/ca.crt --askpass',
        },
        'Service/{full}-shard-3-0': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-3-1': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-4-0': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-4-1': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'Service/{full}-shard-0-0': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-0-1': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-1-0': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-1-1': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-2-0': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
        'Service/{full}-shard-2-1': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { redis: '6379 to redis', bus: '16379 to bus' },
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('metrics.enabled'),
      rests: { 'Service/{full}-members': { 'ports: metrics': '9121 to metrics' } },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('service.annotations'),
      rests: {
        'Service/{full}-primary': { 'annotations: example.com/note': 'annotated by service annotations' },
        'Service/{full}-replicas': { 'annotations: example.com/note': 'annotated by service annotations' },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['sentinel', 'sentinel-tls', 'valkey'],
      rests: {
        'Service/{full}-sentinels': {
          'labels: app.kubernetes.io/component': 'sentinel',
          ports: { sentinel: '26379 to sentinel', metrics: '9121 to metrics' },
        },
        'Service/{full}-0': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-1': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-2': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-3': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-4': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-5': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-6': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-7': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-8': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: redis': '6379 to redis',
        },
        'Service/{full}-sentinel-0': {
          'labels: app.kubernetes.io/component': 'sentinel',
          'ports: sentinel': '26379 to sentinel',
        },
        'Service/{full}-sentinel-1': {
          'labels: app.kubernetes.io/component': 'sentinel',
          'ports: sentinel': '26379 to sentinel',
        },
        'Service/{full}-sentinel-2': {
          'labels: app.kubernetes.io/component': 'sentinel',
          'ports: sentinel': '26379 to sentinel',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['sentinel', 'sentinel-tls'],
      when: (given) => given.has('tls.enabled'),
      rests: {
        'Service/{full}-primary': {
          'annotations: ballast.dev/connect':
            'kubectl exec -it -n default {full}-0 -c redis -- redis-cli -h {full}-primary --tls --cacert /etc/ballast/tls/ca.crt --askpass',
        },
        'Service/{full}-replicas': {
          'annotations: ballast.dev/connect':
            'kubectl exec -it -n default {full}-0 -c redis -- redis-cli -h {full}-replicas --tls --cacert /etc/ballast/tls/ca.crt --askpass',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['standalone', 'sentinel', 'valkey'],
      when: (given) => !given.has('tls.enabled'),
      rests: {
        'Service/{full}-primary': {
          'annotations: ballast.dev/connect':
            'kubectl exec -it -n default {full}-0 -c redis -- redis-cli -h {full}-primary --askpass',
        },
        'Service/{full}-replicas': {
          'annotations: ballast.dev/connect':
            'kubectl exec -it -n default {full}-0 -c redis -- redis-cli -h {full}-replicas --askpass',
        },
      },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          'annotations: ballast.dev/architecture': 'cluster',
          'pod: annotations': {
            'kubectl.kubernetes.io/default-container': 'redis',
            'ballast.dev/config': 'a checksum',
          },
        },
      },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      topologies: ['sentinel', 'standalone', 'sentinel-tls', 'valkey'],
      rests: {
        'StatefulSet/{full}': {
          'annotations: ballast.dev/architecture': '{architecture}',
          'pod: annotations: kubectl.kubernetes.io/default-container': 'redis',
        },
      },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      topologies: ['cluster-tls'],
      when: (given) => given.has('podAnnotations'),
      rests: { 'StatefulSet/{full}-shard-{#}': { 'pod: annotations: example.com/pod-note': 'annotated' } },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      topologies: ['sentinel', 'standalone'],
      when: (given) => given.has('podAnnotations'),
      rests: { 'StatefulSet/{full}': { 'pod: annotations: example.com/pod-note': 'annotated' } },
    },
    {
      promise: 'Pods run the scripts of the chart',
      rests: {
        'ConfigMap/{full}': {
          files: {
            'ready.sh': 'common/_ready.sh.tpl',
            'live.sh': 'common/_live.sh.tpl',
            'agent.sh': 'files/agent.sh',
            'stop.sh': 'files/stop.sh',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'ConfigMap/{full}': {
          files: { 'cluster.sh': 'files/cluster.sh', 'agent-cluster.sh': 'files/agent-cluster.sh' },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart',
      topologies: ['sentinel', 'cluster-tls', 'cluster', 'sentinel-tls', 'valkey'],
      rests: { 'ConfigMap/{full}': { 'files: role.sh': 'common/_api.sh.tpl + common/_role.sh.tpl' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['cluster'],
      rests: { 'StatefulSet/{full}-shard-{#}': { 'pod: containers: redis: env: TLS': '{tls.enabled}' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      cases: ['other sentinel'],
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: redis: mounts: /etc/ballast/users/app_user': 'user-app-user, read only',
            'volumes: user-app-user': 'Secret own-secret 440',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['cluster-tls'],
      rests: {
        'StatefulSet/{full}-shard-0': { 'pod: containers: redis: env: TLS': '{tls.enabled}' },
        'StatefulSet/{full}-shard-1': { 'pod: containers: redis: env: TLS': '{tls.enabled}' },
        'StatefulSet/{full}-shard-2': { 'pod: containers: redis: env: TLS': '{tls.enabled}' },
        'StatefulSet/{full}-shard-3': { 'pod: containers: redis: env: TLS': 'true' },
        'StatefulSet/{full}-shard-4': { 'pod: containers: redis: env: TLS': 'true' },
        'StatefulSet/{full}-shard-{#}': {
          pod: {
            'containers: redis: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-tls} 440',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          pod: {
            'containers: redis': {
              command: 'bash /opt/ballast/run.sh',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: 'cluster',
                FULL: '{full}',
                BASE: '{full}-shard-{#}',
                SUFFIX: 'default.svc.{clusterDomain}',
                SHARD: '{#}',
                NODE: 'its spec.nodeName',
              },
              ports: { redis: '6379', bus: '16379' },
              mounts: {
                '/run/ballast': 'run',
                '/tmp': 'tmp',
                '/opt/ballast': 'scripts, read only',
                '/etc/ballast/auth': 'auth, read only',
              },
            },
            volumes: {
              run: 'Memory 8Mi',
              tmp: 'disk',
              scripts: 'ConfigMap {full}',
              auth: 'Secret {auth.existingSecret else {full}-auth} 440',
              'api-access': apiToken,
            },
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.has('minReplicasToWrite'),
      rests: { 'StatefulSet/{full}': { 'pod: containers: redis: env: MIN_REPLICAS': '2' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      cases: ['other single', 'sentinel', 'standalone'],
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: redis: mounts: /etc/ballast/users/app': 'user-app, read only',
            'volumes: user-app': 'Secret {full}-user-app 440',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['sentinel', 'sentinel-tls', 'valkey'],
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: redis: env': {
              DOWN_AFTER: '{sentinel.downAfterMilliseconds}',
              FAILOVER_TIMEOUT: '3000',
            },
            'volumes: api-access': apiToken,
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['sentinel', 'standalone', 'sentinel-tls', 'valkey'],
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: redis': {
              command: 'bash /opt/ballast/run.sh',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                FULL: '{full}',
                BASE: '{full}',
                SUFFIX: 'default.svc.{clusterDomain}',
                TLS: '{tls.enabled}',
              },
              'ports: redis': '6379',
              mounts: {
                '/run/ballast': 'run',
                '/tmp': 'tmp',
                '/opt/ballast': 'scripts, read only',
                '/etc/ballast/auth': 'auth, read only',
              },
            },
            'volumes: auth': 'Secret {auth.existingSecret else {full}-auth} 440',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['cluster-tls', 'cluster'],
      when: (given) => given.has('users'),
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          pod: {
            'containers: redis: mounts: /etc/ballast/users/app': 'user-app, read only',
            'volumes: user-app': 'Secret {full}-user-app 440',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['sentinel', 'sentinel-tls'],
      when: (given) => given.has('tls.enabled'),
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: redis: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-tls} 440',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['sentinel', 'valkey'],
      when: (given) => !given.has('minReplicasToWrite'),
      rests: { 'StatefulSet/{full}': { 'pod: containers: redis: env: MIN_REPLICAS': '1' } },
    },
    {
      promise: 'Settings of the servers',
      rests: {
        'ConfigMap/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          'files: redis.conf': {
            bind: '* -::*',
            'protected-mode': 'no',
            unixsocket: '/run/ballast/redis.sock',
            unixsocketperm: '700',
            pidfile: '""',
          },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['cluster'],
      rests: { 'ConfigMap/{full}': { 'files: shape': ['3 2'] } },
    },
    {
      promise: 'Settings of the servers',
      cases: ['other sentinel'],
      rests: {
        'ConfigMap/{full}': { files: { 'redis.conf: timeout': '345', 'rules-app_user': ['~a:* +get'] } },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['standalone'],
      rests: { 'StatefulSet/{full}': { replicas: '1' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['cluster-tls'],
      rests: {
        'StatefulSet/{full}-shard-3': { selects: 'server ballast.dev/shard=3' },
        'StatefulSet/{full}-shard-4': { selects: 'server ballast.dev/shard=4' },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['sentinel-tls'],
      rests: { 'StatefulSet/{full}': { replicas: '{replicas}' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['cluster-tls', 'cluster'],
      rests: {
        'StatefulSet/{full}-shard-{#}': {
          'labels: app.kubernetes.io/component': 'server',
          selects: 'server ballast.dev/shard={#}',
          pod: {
            labels: { 'app.kubernetes.io/component': 'server', 'ballast.dev/shard': '{#}' },
            serviceAccountName: '{full}',
            'dnsConfig.options.0.name': 'ndots',
            'dnsConfig.options.0.value': '1',
            'dnsConfig.options.1.name': 'timeout',
            'dnsConfig.options.1.value': '1',
            'dnsConfig.options.2.name': 'attempts',
            'dnsConfig.options.2.value': '3',
          },
        },
        'StatefulSet/{full}-shard-0': { selects: 'server ballast.dev/shard=0' },
        'StatefulSet/{full}-shard-1': { selects: 'server ballast.dev/shard=1' },
        'StatefulSet/{full}-shard-2': { selects: 'server ballast.dev/shard=2' },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('maxmemory'),
      rests: {
        'ConfigMap/{full}': {
          'files: redis.conf': { maxmemory: '1572864000', 'maxmemory-policy': '{maxmemoryPolicy}' },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('use') === 'cache',
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: maxmemory-policy': 'allkeys-lru' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('replicas') === '7',
      rests: { 'StatefulSet/{full}': { replicas: '{replicas}' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['sentinel', 'sentinel-tls', 'valkey'],
      rests: { 'ConfigMap/{full}': { 'files: sentinels': ['3 2'] } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('replicasPerShard') === '2',
      rests: {
        'ConfigMap/{full}': { 'files: shape': ['5 3'] },
        'StatefulSet/{full}-shard-{#}': { replicas: '{replicas}' },
      },
    },
    {
      promise: 'Settings of the servers',
      cases: ['other single', 'cluster', 'sentinel', 'standalone'],
      rests: { 'ConfigMap/{full}': { 'files: rules-app': ['~app:* &* +@all -@dangerous'] } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['sentinel', 'standalone', 'sentinel-tls', 'valkey'],
      rests: {
        'StatefulSet/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          pod: {
            'labels: app.kubernetes.io/component': 'server',
            'dnsConfig.options.0.name': 'ndots',
            'dnsConfig.options.0.value': '1',
            'dnsConfig.options.1.name': 'timeout',
            'dnsConfig.options.1.value': '1',
            'dnsConfig.options.2.name': 'attempts',
            'dnsConfig.options.2.value': '3',
          },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('resources.limits.memory') === '512Mi',
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: maxmemory': '312056217' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['cluster-tls'],
      when: (given) => given.has('podLabels'),
      rests: { 'StatefulSet/{full}-shard-{#}': { 'pod: labels: example.com/team': 'orders' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['standalone'],
      when: (given) => given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: maxmemory': '188743680' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => !given.has('maxmemory') && given.text('use') === 'store',
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: maxmemory-policy': 'noeviction' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['sentinel', 'standalone'],
      when: (given) => given.has('podLabels'),
      rests: { 'StatefulSet/{full}': { 'pod: labels: example.com/team': 'orders' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['sentinel', 'valkey'],
      when: (given) => given.text('replicas') === '3',
      rests: { 'StatefulSet/{full}': { replicas: '3' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['cluster-tls'],
      when: (given) => given.text('replicasPerShard') === '1',
      rests: { 'ConfigMap/{full}': { 'files: shape': ['5 2'] } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('users') === '[{"name":"app","rules":"~a:* +get"}]',
      rests: { 'ConfigMap/{full}': { 'files: rules-app': ['~a:* +get'] } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['cluster-tls', 'cluster'],
      when: (given) => given.text('replicasPerShard') === '1',
      rests: { 'StatefulSet/{full}-shard-{#}': { replicas: '2' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['cluster-tls', 'standalone'],
      when: (given) => given.text('resources.limits.memory') === '4244Mi',
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: maxmemory': '2660027596' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['cluster-tls', 'cluster', 'sentinel-tls', 'valkey'],
      when: (given) => given.text('resources.limits.memory') === '256Mi',
      rests: { 'ConfigMap/{full}': { 'files: redis.conf: maxmemory': '150994944' } },
    },
  ],
};

import type { Promises } from '../../harness/promises.ts';
import { apiToken, everyChart, hook, jvm, locked, runsAs } from '../shared.ts';

/** What each promise of charts/rocketmq/DESIGN.md rests on. */
export const rocketmq: Promises = {
  chart: 'rocketmq',
  varied: [
    {
      name: 'other controller',
      on: 'controller',
      values: {
        metrics: { enabled: true, serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } },
        dropUnconsumed: true,
        autoCreate: true,
        flush: 'async',
        replication: 'async',
        minInSyncReplicas: 1,
        commitLogFileSize: '123Mi',
        jvm: { heap: '1234Mi', flags: ['-Dx=y'] },
        nameServers: { count: 3 },
      },
    },
    {
      name: 'other groups',
      on: 'master-slave',
      values: {
        proxy: { replicas: 3 },
        dashboard: { ingress: { from: [{ podSelector: { matchLabels: { app: 'ingress' } } }] } },
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
        auth: { existingSecret: '', required: false },
      },
    },
  ],
  promises: [
    ...everyChart,
    {
      promise: 'SEND_OK means two copies on disks, and a broker that was not in sync never leads',
      rests: {
        'ConfigMap/{full}': {
          'files: broker.conf': { 'enableSlaveActingMaster=false': '', 'slaveReadEnable=true': '' },
        },
      },
    },
    {
      promise: 'SEND_OK means two copies on disks, and a broker that was not in sync never leads',
      topologies: ['controller'],
      rests: {
        'ConfigMap/{full}': {
          'files: broker.conf': {
            'allAckInSyncStateSet=true': '',
            'inSyncReplicas=3': '',
            'totalReplicas=3': '',
            'haMaxTimeSlaveNotCatchup=3000': '',
          },
        },
        'ConfigMap/{full}-namesrv': { 'files: namesrv.conf: enableElectUncleanMaster=false': '' },
        'StatefulSet/{full}-namesrv': { replicas: '3' },
        'StatefulSet/{full}-broker-{#}': { replicas: '3' },
      },
    },
    {
      promise: 'SEND_OK means two copies on disks, and a broker that was not in sync never leads',
      topologies: ['standalone'],
      rests: {
        'StatefulSet/{full}-namesrv': { replicas: '1' },
        'StatefulSet/{full}-broker-{#}': { replicas: '1' },
      },
    },
    {
      promise: 'SEND_OK means two copies on disks, and a broker that was not in sync never leads',
      topologies: ['master-slave'],
      rests: {
        'StatefulSet/{full}-namesrv': { replicas: '2' },
        'ConfigMap/{full}': { 'files: broker.conf': { 'inSyncReplicas=2': '', 'totalReplicas=2': '' } },
        'Deployment/{full}-dashboard': { replicas: '1' },
        'Deployment/{full}-proxy': { replicas: '{proxy.replicas}' },
        'StatefulSet/{full}-broker-{#}': { replicas: '2' },
      },
    },
    {
      promise: 'SEND_OK means two copies on disks, and a broker that was not in sync never leads',
      topologies: ['controller', 'master-slave'],
      rests: { 'ConfigMap/{full}': { 'files: broker.conf: slaveTimeout=2000': '' } },
    },
    {
      promise: 'SEND_OK means two copies on disks, and a broker that was not in sync never leads',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'ConfigMap/{full}': {
          'files: broker.conf': { 'flushDiskType=ASYNC_FLUSH': '', 'minInSyncReplicas=1': '' },
        },
      },
    },
    {
      promise: 'SEND_OK means two copies on disks, and a broker that was not in sync never leads',
      when: (given) => !given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}': { 'files: broker.conf: flushDiskType=SYNC_FLUSH': '' } },
    },
    {
      promise: 'SEND_OK means two copies on disks, and a broker that was not in sync never leads',
      topologies: ['controller'],
      when: (given) => !given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}': { 'files: broker.conf: minInSyncReplicas=2': '' } },
    },
    {
      promise: 'helm test does one real write and read',
      rests: {
        'ConfigMap/{full}-test': {
          'labels: app.kubernetes.io/component': 'hook',
          files: {
            'rpc.sh': 'files/rpc.sh',
            'logback-tools.xml': [
              '<!-- Commands speak for themselves. -->',
              '<configuration>',
              '<statusListener class="ch.qos.logback.core.status.NopStatusListener"/>',
              '<root level="OFF"/>',
              '</configuration>',
            ],
          },
        },
        'Pod/{full}-test': {
          'labels: app.kubernetes.io/component': 'hook',
          pod: {
            activeDeadlineSeconds: '270',
            security: runsAs(3000),
            'containers: test': {
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                NAME_SUFFIX: '{full}-namesrv-peers.default.svc.{clusterDomain}',
                AUTH_REQUIRED: '{auth.required}',
                JDK_JAVA_OPTIONS:
                  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED -Dio.netty.tryReflectionSetAccessible=true',
                NAME_SERVER: '{full}-namesrv.default.svc.{clusterDomain}:9876',
              },
              'mounts: /tmp': 'tmp',
            },
            'volumes: tmp': 'disk',
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['controller'],
      rests: { 'Pod/{full}-test': { 'pod: containers: test: env: NAME_SERVERS': '3' } },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['standalone'],
      rests: { 'Pod/{full}-test': { 'pod: containers: test: env: NAME_SERVERS': '1' } },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['master-slave'],
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env': {
            NAME_SERVERS: '2',
            PROXY: '{full}-proxy.default.svc.{clusterDomain}:8080',
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => given.has('auth.required'),
      rests: {
        'Pod/{full}-test': {
          pod: {
            'containers: test: mounts: /etc/ballast/auth': 'auth, read only',
            'volumes: auth':
              'Secret {auth.existingSecret else {full}-auth} 440: internal-password, admin-password',
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Pod/{full}-test': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      rests: {
        'ServiceAccount/{full}-prepare': { 'labels: app.kubernetes.io/component': 'hook' },
        'ConfigMap/{full}-prepare': { 'labels: app.kubernetes.io/component': 'hook' },
        'Role/{full}-prepare': {
          'labels: app.kubernetes.io/component': 'hook',
          may: [
            'create secrets,configmaps',
            'get secrets called {auth.existingSecret else {full}-auth}',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full}-broker-0 {full}-broker-1 {full}-broker-2 {full}-broker-3 {full}-broker-4 {full}-broker-5 {full}-broker-6 {full}-broker-7 {full}-broker-8 {full}-broker-9 {full}-broker-10 {full}-broker-11 {full}-broker-12 {full}-broker-13 {full}-broker-14 {full}-broker-15',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-broker-0-0 data-{full}-broker-0-1 data-{full}-broker-0-2 data-{full}-broker-0-3 data-{full}-broker-0-4 data-{full}-broker-1-0 data-{full}-broker-1-1 data-{full}-broker-1-2 data-{full}-broker-1-3 data-{full}-broker-1-4 data-{full}-broker-2-0 data-{full}-broker-2-1 data-{full}-broker-2-2 data-{full}-broker-2-3 data-{full}-broker-2-4 data-{full}-broker-3-0 data-{full}-broker-3-1 data-{full}-broker-3-2 data-{full}-broker-3-3 data-{full}-broker-3-4 data-{full}-broker-4-0 data-{full}-broker-4-1 data-{full}-broker-4-2 data-{full}-broker-4-3 data-{full}-broker-4-4 data-{full}-broker-5-0 data-{full}-broker-5-1 data-{full}-broker-5-2 data-{full}-broker-5-3 data-{full}-broker-5-4 data-{full}-broker-6-0 data-{full}-broker-6-1 data-{full}-broker-6-2 data-{full}-broker-6-3 data-{full}-broker-6-4 data-{full}-broker-7-0 data-{full}-broker-7-1 data-{full}-broker-7-2 data-{full}-broker-7-3 data-{full}-broker-7-4 data-{full}-broker-8-0 data-{full}-broker-8-1 data-{full}-broker-8-2 data-{full}-broker-8-3 data-{full}-broker-8-4 data-{full}-broker-9-0 data-{full}-broker-9-1 data-{full}-broker-9-2 data-{full}-broker-9-3 data-{full}-broker-9-4 data-{full}-broker-10-0 data-{full}-broker-10-1 data-{full}-broker-10-2 data-{full}-broker-10-3 data-{full}-broker-10-4 data-{full}-broker-11-0 data-{full}-broker-11-1 data-{full}-broker-11-2 data-{full}-broker-11-3 data-{full}-broker-11-4 data-{full}-broker-12-0 data-{full}-broker-12-1 data-{full}-broker-12-2 data-{full}-broker-12-3 data-{full}-broker-12-4 data-{full}-broker-13-0 data-{full}-broker-13-1 data-{full}-broker-13-2 data-{full}-broker-13-3 data-{full}-broker-13-4 data-{full}-broker-14-0 data-{full}-broker-14-1 data-{full}-broker-14-2 data-{full}-broker-14-3 data-{full}-broker-14-4 data-{full}-broker-15-0 data-{full}-broker-15-1 data-{full}-broker-15-2 data-{full}-broker-15-3 data-{full}-broker-15-4',
          ],
        },
        'RoleBinding/{full}-prepare': { 'labels: app.kubernetes.io/component': 'hook' },
        'Job/{full}-prepare': {
          'labels: app.kubernetes.io/component': 'hook',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            'containers: prepare': {
              image: '{image:hooks.image}',
              env: { ARCHITECTURE: '{architecture}', CONVERTS: '', STATE_CONFIGMAP: '{full}-state' },
            },
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['controller'],
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: STATEFULSETS':
            '{full}-broker-0 3\n{full}-broker-1 0\n{full}-broker-2 0\n{full}-broker-3 0\n{full}-broker-4 0\n{full}-broker-5 0\n{full}-broker-6 0\n{full}-broker-7 0\n{full}-broker-8 0\n{full}-broker-9 0\n{full}-broker-10 0\n{full}-broker-11 0\n{full}-broker-12 0\n{full}-broker-13 0\n{full}-broker-14 0\n{full}-broker-15 0',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['standalone'],
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: STATEFULSETS':
            '{full}-broker-0 1\n{full}-broker-1 0\n{full}-broker-2 0\n{full}-broker-3 0\n{full}-broker-4 0\n{full}-broker-5 0\n{full}-broker-6 0\n{full}-broker-7 0\n{full}-broker-8 0\n{full}-broker-9 0\n{full}-broker-10 0\n{full}-broker-11 0\n{full}-broker-12 0\n{full}-broker-13 0\n{full}-broker-14 0\n{full}-broker-15 0',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['master-slave'],
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: STATEFULSETS':
            '{full}-broker-0 2\n{full}-broker-1 2\n{full}-broker-2 0\n{full}-broker-3 0\n{full}-broker-4 0\n{full}-broker-5 0\n{full}-broker-6 0\n{full}-broker-7 0\n{full}-broker-8 0\n{full}-broker-9 0\n{full}-broker-10 0\n{full}-broker-11 0\n{full}-broker-12 0\n{full}-broker-13 0\n{full}-broker-14 0\n{full}-broker-15 0',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: EXPECTED':
            '{auth.existingSecret else {full}-auth} admin-password:ascii,no-${ internal-password:ascii',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.has('auth.existingSecret'),
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: CREDENTIALS': '' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => !given.has('auth.existingSecret'),
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            CREDENTIALS: '{full}-auth admin-password internal-password dashboard-password',
            EXPECTED: '',
          },
        },
      },
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
      topologies: ['master-slave'],
      when: (given) => given.has('auth.existingSecret'),
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: EXPECTED':
            '{auth.existingSecret else {full}-auth} admin-password:ascii,no-${ internal-password:ascii dashboard-password:ascii,no-blank,no-comma',
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['controller'],
      rests: { 'ConfigMap/{full}-drain': { files: { topics: ['orders 8'], 'consumer-groups': '' } } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['master-slave'],
      rests: {
        'ConfigMap/{full}-drain': {
          files: {
            topics: ['orders 4', 'audit 8'],
            'consumer-groups': ['billing', 'CID_DefaultHeartBeatSyncerTopic'],
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['controller', 'master-slave'],
      rests: {
        'ConfigMap/{full}-drain': {
          'labels: app.kubernetes.io/component': 'hook',
          files: { 'rpc.sh': 'files/rpc.sh', 'provision.sh': 'files/provision.sh' },
        },
        'Job/{full}-drain': {
          'labels: app.kubernetes.io/component': 'hook',
          activeDeadlineSeconds: '{hooks.provisionDeadlineSeconds}',
          'podFailurePolicy.rules.0.onExitCodes.containerName': 'provision',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            security: runsAs(3000),
            'containers: provision': {
              image: '{image:image}',
              command: 'bash /opt/ballast/provision.sh drain',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                NAME_SUFFIX: '{full}-namesrv-peers.default.svc.{clusterDomain}',
                NAME_SERVERS: '{replicasPerGroup}',
                AUTH_REQUIRED: 'true',
                JDK_JAVA_OPTIONS:
                  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED -Dio.netty.tryReflectionSetAccessible=true',
                GROUPS_WANTED: '{groups}',
                DROP_UNCONSUMED: '{dropUnconsumed}',
                GROUPS_FORMED: 'ConfigMap {full}-state, groups',
                REPLICAS: '{replicasPerGroup}',
                MOST: '16',
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
            'volumes: auth': 'Secret {auth.existingSecret else {full}-auth} 440: internal-password',
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'Job/{full}-drain': { pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' } },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'Job/{full}-drain': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Job/{full}-drain': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.text('hooks.provisionDeadlineSeconds') === '600',
      rests: { 'Job/{full}-drain': { 'pod: containers: provision: env: DRAIN_SECONDS': '510' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.text('hooks.provisionDeadlineSeconds') === '1721',
      rests: { 'Job/{full}-drain': { 'pod: containers: provision: env: DRAIN_SECONDS': '1631' } },
    },
    {
      promise: 'It is remembered that a cluster exists, so that empty volumes never found a second one',
      topologies: ['controller'],
      rests: {
        'Job/{full}-record': { 'pod: containers: record: env: RECORDED': '{"formed":"true","groups":"1"}' },
      },
    },
    {
      promise: 'It is remembered that a cluster exists, so that empty volumes never found a second one',
      topologies: ['master-slave'],
      rests: {
        'Job/{full}-record': { 'pod: containers: record: env: RECORDED': '{"formed":"true","groups":"2"}' },
      },
    },
    {
      promise: 'It is remembered that a cluster exists, so that empty volumes never found a second one',
      topologies: ['controller', 'master-slave'],
      rests: {
        'ServiceAccount/{full}-record': {
          'labels: app.kubernetes.io/component': 'hook',
          hook: hook('post-install,post-upgrade', -1),
          automountServiceAccountToken: 'false',
        },
        'ConfigMap/{full}-record': {
          'labels: app.kubernetes.io/component': 'hook',
          hook: hook('post-install,post-upgrade', -1),
          files: { 'api.sh': 'common/_api.sh.tpl', 'record.sh': 'common/_record.sh.tpl' },
        },
        'Role/{full}-record': {
          'labels: app.kubernetes.io/component': 'hook',
          hook: hook('post-install,post-upgrade', -1),
          may: ['patch configmaps called {full}-state'],
        },
        'RoleBinding/{full}-record': {
          'labels: app.kubernetes.io/component': 'hook',
          hook: hook('post-install,post-upgrade', -1),
          binds: 'Role/{full}-record to ServiceAccount {full}-record default',
        },
        'Job/{full}-record': {
          'labels: app.kubernetes.io/component': 'hook',
          hook: hook('post-install,post-upgrade', 0, true),
          backoffLimit: '4',
          activeDeadlineSeconds: '180',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            serviceAccountName: '{full}-record',
            automountServiceAccountToken: 'false',
            enableServiceLinks: 'false',
            restartPolicy: 'Never',
            security: runsAs(999),
            'containers: record': {
              image: '{image:hooks.image}',
              command: 'sh /opt/ballast/record.sh',
              env: { NAMESPACE: 'its metadata.namespace', STATE_CONFIGMAP: '{full}-state' },
              resources: '{hooks.resources}',
              security: locked,
              mounts: {
                '/opt/ballast': 'scripts, read only',
                '/var/run/secrets/kubernetes.io/serviceaccount': 'api-access, read only',
              },
            },
            volumes: { scripts: 'ConfigMap {full}-record', 'api-access': apiToken },
          },
        },
      },
    },
    {
      promise: 'It is remembered that a cluster exists, so that empty volumes never found a second one',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'Job/{full}-record': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
      },
    },
    {
      promise: 'It is remembered that a cluster exists, so that empty volumes never found a second one',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'Job/{full}-record': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise: 'It is remembered that a cluster exists, so that empty volumes never found a second one',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Job/{full}-record': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      rests: {
        'ConfigMap/{full}-provision': {
          'labels: app.kubernetes.io/component': 'hook',
          hook: hook('post-install,post-upgrade', -1),
          files: { 'rpc.sh': 'files/rpc.sh', 'provision.sh': 'files/provision.sh' },
        },
        'Job/{full}-provision': {
          'labels: app.kubernetes.io/component': 'hook',
          backoffLimit: '4',
          activeDeadlineSeconds: '{hooks.provisionDeadlineSeconds}',
          'podFailurePolicy.rules.0.onExitCodes.containerName': 'provision',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            'dnsConfig.options.0.name': 'ndots',
            'dnsConfig.options.0.value': '1',
            'dnsConfig.options.1.name': 'timeout',
            'dnsConfig.options.1.value': '1',
            'dnsConfig.options.2.name': 'attempts',
            'dnsConfig.options.2.value': '3',
            security: runsAs(3000),
            'containers: provision': {
              image: '{image:image}',
              command: 'bash /opt/ballast/provision.sh provision',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                NAME_SUFFIX: '{full}-namesrv-peers.default.svc.{clusterDomain}',
                AUTH_REQUIRED: '{auth.required}',
                JDK_JAVA_OPTIONS:
                  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED -Dio.netty.tryReflectionSetAccessible=true',
                DROP_UNCONSUMED: '{dropUnconsumed}',
                GROUPS_FORMED: 'ConfigMap {full}-state, groups',
                MOST: '16',
              },
              resources: '{hooks.resources}',
              security: locked,
              mounts: { '/run/ballast': 'run', '/tmp': 'tmp', '/opt/ballast': 'scripts, read only' },
            },
            volumes: { tmp: 'disk', scripts: 'ConfigMap {full}-provision' },
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['controller'],
      rests: {
        'ConfigMap/{full}-provision': { 'files: topics': ['orders 8'] },
        'Job/{full}-provision': { 'pod: containers: provision: env': { NAME_SERVERS: '3', REPLICAS: '3' } },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['standalone'],
      rests: {
        'ConfigMap/{full}-provision': { 'files: topics': '' },
        'Job/{full}-provision': { 'pod: containers: provision: env': { NAME_SERVERS: '1', REPLICAS: '1' } },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['master-slave'],
      rests: {
        'ConfigMap/{full}-provision': {
          files: {
            topics: ['orders 4', 'audit 8'],
            'consumer-groups': ['billing', 'CID_DefaultHeartBeatSyncerTopic'],
          },
        },
        'Job/{full}-provision': {
          'pod: containers: provision: env': { NAME_SERVERS: '2', GROUPS_WANTED: '2', REPLICAS: '2' },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['controller', 'standalone'],
      rests: {
        'ConfigMap/{full}-provision': { 'files: consumer-groups': '' },
        'Job/{full}-provision': { 'pod: containers: provision: env: GROUPS_WANTED': '1' },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.has('auth.required'),
      rests: {
        'Job/{full}-provision': {
          pod: {
            'containers: provision: mounts: /etc/ballast/auth': 'auth, read only',
            'volumes: auth': 'Secret {auth.existingSecret else {full}-auth} 440: internal-password',
          },
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
      when: (given) => given.text('hooks.provisionDeadlineSeconds') === '600',
      rests: { 'Job/{full}-provision': { 'pod: containers: provision: env: DRAIN_SECONDS': '510' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.text('hooks.provisionDeadlineSeconds') === '1721',
      rests: { 'Job/{full}-provision': { 'pod: containers: provision: env: DRAIN_SECONDS': '1631' } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['controller'],
      rests: { 'NetworkPolicy/{full}-namesrv': { 'lets: controller': ['namesrv', 'server'] } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['master-slave'],
      rests: {
        'NetworkPolicy/{full}-dashboard': {
          'labels: app.kubernetes.io/component': 'dashboard',
          of: 'dashboard',
          policyTypes: '["Ingress"]',
        },
        'NetworkPolicy/{full}-proxy': {
          'labels: app.kubernetes.io/component': 'proxy',
          of: 'proxy',
          policyTypes: '["Ingress"]',
        },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'NetworkPolicy/{full}': { 'lets: client vip metrics': ['all', 'of any name or release app=friend'] },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => given.has('networkPolicy.enabled'),
      rests: {
        'NetworkPolicy/{full}': { 'labels: app.kubernetes.io/component': 'server', 'lets: ha': ['server'] },
        'NetworkPolicy/{full}-hooks': { 'labels: app.kubernetes.io/component': 'hook' },
        'NetworkPolicy/{full}-namesrv': {
          'labels: app.kubernetes.io/component': 'namesrv',
          of: 'namesrv',
          policyTypes: '["Ingress"]',
        },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => given.has('dashboard.ingress.from'),
      rests: {
        'NetworkPolicy/{full}': { 'lets: client vip': ['all', 'of any name or release app=friend'] },
        'NetworkPolicy/{full}-dashboard': {
          'lets: http': ['all', 'of any name or release app=friend', 'of any name or release app=ingress'],
        },
        'NetworkPolicy/{full}-proxy': { 'lets: grpc remoting': ['all', 'of any name or release app=friend'] },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => !given.has('networkPolicy.allowFrom'),
      rests: {
        'NetworkPolicy/{full}-namesrv': { 'lets: namesrv': ['all'] },
        'NetworkPolicy/{full}': { 'lets: client vip': ['all'] },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['master-slave'],
      when: (given) => !given.has('networkPolicy.allowFrom'),
      rests: {
        'NetworkPolicy/{full}-dashboard': { 'lets: http': ['all'] },
        'NetworkPolicy/{full}-proxy': { 'lets: grpc remoting': ['all'] },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.has('networkPolicy.allowFrom'),
      rests: {
        'NetworkPolicy/{full}-namesrv': { 'lets: namesrv': ['all', 'of any name or release app=friend'] },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'PrometheusRule/{full}': {
          labels: {
            'app.kubernetes.io/component': 'server',
            'example.com/group': 'labelled-by-metrics-prometheusRule-labels',
          },
          alerts: {
            RocketMQBrokerMissing: {
              expr: '(count(rocketmq_broker_permission{namespace="default", service="{full}-members"}) or vector(0)) < 3',
              for: '2m',
              'labels.severity': 'critical',
              'annotations.summary': 'Fewer than 3 brokers serve',
            },
            RocketMQFlushBehind: {
              expr: 'max(rocketmq_storage_flush_behind_bytes{namespace="default", service="{full}-members"}) > 67108864',
              for: '5m',
              'labels.severity': 'warning',
              'annotations.summary': 'A broker has more than 64 MiB that are not on its disk',
            },
          },
        },
        'ServiceMonitor/{full}': {
          labels: {
            'app.kubernetes.io/component': 'server',
            'example.com/group': 'labelled-by-metrics-serviceMonitor-labels',
          },
        },
      },
    },
    {
      promise: 'Roles hold the verbs that are used, and nothing more',
      rests: { 'ServiceAccount/{full}': { 'labels: app.kubernetes.io/component': 'server' } },
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
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['master-slave'],
      rests: {
        'PodDisruptionBudget/{full}-proxy': {
          'labels: app.kubernetes.io/component': 'proxy',
          maxUnavailable: '1',
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          of: 'proxy',
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['controller', 'master-slave'],
      rests: {
        'PodDisruptionBudget/{full}': { 'labels: app.kubernetes.io/component': 'server' },
        'PodDisruptionBudget/{full}-namesrv': {
          'labels: app.kubernetes.io/component': 'namesrv',
          maxUnavailable: '1',
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          of: 'namesrv',
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'StatefulSet/{full}-namesrv': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
        'StatefulSet/{full}-broker-{#}': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: {
        'StatefulSet/{full}-namesrv': { 'pod: nodeSelector.disk': 'nvme' },
        'StatefulSet/{full}-broker-{#}': { 'pod: nodeSelector.disk': 'nvme' },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      when: (given) => given.has('scheduling.priorityClassName'),
      rests: { 'StatefulSet/{full}-namesrv': { 'pod: priorityClassName': 'important' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['master-slave'],
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'Deployment/{full}-dashboard': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
        'Deployment/{full}-proxy': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['master-slave'],
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: {
        'Deployment/{full}-dashboard': { 'pod: nodeSelector.disk': 'nvme' },
        'Deployment/{full}-proxy': { 'pod: nodeSelector.disk': 'nvme' },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['master-slave'],
      when: (given) => given.has('scheduling.priorityClassName'),
      rests: {
        'Deployment/{full}-proxy': { 'pod: priorityClassName': '{scheduling.priorityClassName}' },
        'StatefulSet/{full}-broker-0': { 'pod: priorityClassName': 'important' },
        'StatefulSet/{full}-broker-1': { 'pod: priorityClassName': '{scheduling.priorityClassName}' },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['master-slave'],
      when: (given) => given.text('scheduling.antiAffinity') === 'hard',
      rests: {
        'Deployment/{full}-proxy': {
          pod: {
            apart: 'never on one kubernetes.io/hostname proxy',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule"} proxy',
          },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['master-slave'],
      when: (given) => given.text('scheduling.antiAffinity') === 'soft',
      rests: {
        'Deployment/{full}-proxy': {
          pod: {
            apart: 'rather not on one kubernetes.io/hostname proxy {"weight":100}',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"ScheduleAnyway"} proxy',
          },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['controller', 'standalone'],
      when: (given) => given.has('scheduling.priorityClassName'),
      rests: { 'StatefulSet/{full}-broker-{#}': { 'pod: priorityClassName': 'important' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.text('scheduling.antiAffinity') === 'hard',
      rests: {
        'StatefulSet/{full}-namesrv': {
          pod: {
            apart: 'never on one kubernetes.io/hostname namesrv',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule"} namesrv',
          },
        },
        'StatefulSet/{full}-broker-{#}': {
          pod: {
            apart: 'never on one kubernetes.io/hostname server ballast.dev/group={#}',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule"} server ballast.dev/group={#}',
          },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['controller', 'master-slave'],
      when: (given) => given.text('scheduling.antiAffinity') === 'soft',
      rests: {
        'StatefulSet/{full}-namesrv': {
          pod: {
            apart: 'rather not on one kubernetes.io/hostname namesrv {"weight":100}',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"ScheduleAnyway"} namesrv',
          },
        },
        'StatefulSet/{full}-broker-{#}': {
          pod: {
            apart: 'rather not on one kubernetes.io/hostname server ballast.dev/group={#} {"weight":100}',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"ScheduleAnyway"} server ballast.dev/group={#}',
          },
        },
      },
    },
    {
      promise: 'Pods keep to Pod Security restricted, and hold no token that they do not use',
      rests: {
        'StatefulSet/{full}-namesrv': {
          pod: {
            automountServiceAccountToken: 'false',
            enableServiceLinks: 'false',
            security: runsAs(3000),
            'containers: namesrv: security': locked,
          },
        },
        'StatefulSet/{full}-broker-{#}': {
          pod: {
            automountServiceAccountToken: 'false',
            enableServiceLinks: 'false',
            security: runsAs(3000),
            'containers: broker: security': locked,
          },
        },
      },
    },
    {
      promise: 'Pods keep to Pod Security restricted, and hold no token that they do not use',
      topologies: ['master-slave'],
      rests: {
        'Deployment/{full}-dashboard': {
          pod: {
            automountServiceAccountToken: 'false',
            enableServiceLinks: 'false',
            security: runsAs(3000),
            'containers: dashboard: security': locked,
          },
        },
        'Deployment/{full}-proxy': {
          pod: {
            automountServiceAccountToken: 'false',
            enableServiceLinks: 'false',
            security: runsAs(3000),
            'containers: proxy: security': locked,
          },
        },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      rests: {
        'StatefulSet/{full}-namesrv': {
          'pod: containers: namesrv': { image: '{image:image}', resources: '{nameServers.resources}' },
        },
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker': { image: '{image:image}', resources: '{resources}' },
        },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      topologies: ['master-slave'],
      rests: {
        'Deployment/{full}-dashboard': {
          'pod: containers: dashboard': {
            image: '{image:dashboard.image}',
            resources: '{dashboard.resources}',
          },
        },
        'Deployment/{full}-proxy': {
          'pod: containers: proxy': { image: '{image:image}', resources: '{proxy.resources}' },
        },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      when: (given) => given.has('global.imagePullSecrets'),
      rests: {
        'StatefulSet/{full}-namesrv': { 'pod: pullSecrets': '[{"name":"registry-key"}]' },
        'StatefulSet/{full}-broker-{#}': { 'pod: pullSecrets': '[{"name":"registry-key"}]' },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      topologies: ['master-slave'],
      when: (given) => given.has('global.imagePullSecrets'),
      rests: {
        'Deployment/{full}-dashboard': { 'pod: pullSecrets': '[{"name":"registry-key"}]' },
        'Deployment/{full}-proxy': { 'pod: pullSecrets': '[{"name":"registry-key"}]' },
      },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      rests: {
        'StatefulSet/{full}-namesrv': {
          'persistentVolumeClaimRetentionPolicy.whenDeleted': 'Retain',
          'persistentVolumeClaimRetentionPolicy.whenScaled': 'Retain',
        },
        'StatefulSet/{full}-broker-{#}': {
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
      topologies: ['controller'],
      rests: {
        'StatefulSet/{full}-namesrv': {
          'claims: data': {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            'spec.accessModes': '{persistence.accessModes}',
            'spec.resources.requests.storage': '{nameServers.volumeSize}',
            labels: 'namesrv',
          },
        },
      },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'StatefulSet/{full}-namesrv': { 'claims: data: spec.storageClassName': '{persistence.storageClass}' },
      },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      topologies: ['master-slave'],
      when: (given) => given.has('persistence.storageClass'),
      rests: {
        'StatefulSet/{full}-broker-0': {
          'claims: data: spec.storageClassName': 'fast-persistence-storageclass',
        },
        'StatefulSet/{full}-broker-1': {
          'claims: data: spec.storageClassName': '{persistence.storageClass}',
        },
      },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      topologies: ['controller', 'standalone'],
      when: (given) => given.has('persistence.storageClass'),
      rests: {
        'StatefulSet/{full}-broker-{#}': {
          'claims: data: spec.storageClassName': 'fast-persistence-storageclass',
        },
      },
    },
    {
      promise: 'What was acknowledged is on the volume',
      rests: {
        'StatefulSet/{full}-broker-{#}': { 'pod: containers: broker: mounts: /home/rocketmq/store': 'data' },
      },
    },
    {
      promise: 'What was acknowledged is on the volume',
      topologies: ['controller'],
      rests: {
        'StatefulSet/{full}-namesrv': { 'pod: containers: namesrv: mounts: /home/rocketmq/store': 'data' },
      },
    },
    {
      promise: 'Members find each other before any of them is ready, and all start at once',
      rests: {
        'Service/{full}-namesrv-peers': { clusterIP: 'None', publishNotReadyAddresses: 'true' },
        'StatefulSet/{full}-namesrv': {
          serviceName: '{full}-namesrv-peers',
          podManagementPolicy: 'Parallel',
          'updateStrategy.type': 'RollingUpdate',
        },
        'StatefulSet/{full}-broker-{#}': {
          serviceName: '{full}-members',
          podManagementPolicy: 'Parallel',
          'updateStrategy.type': 'RollingUpdate',
        },
      },
    },
    {
      promise: 'A stop hands over first, and has the time for it',
      rests: {
        'StatefulSet/{full}-namesrv': { 'pod: terminationGracePeriodSeconds': '30' },
        'StatefulSet/{full}-broker-{#}': {
          'pod: terminationGracePeriodSeconds': '{terminationGracePeriodSeconds}',
        },
      },
    },
    {
      promise: 'A stop hands over first, and has the time for it',
      topologies: ['master-slave'],
      rests: {
        'Deployment/{full}-dashboard': { 'pod: terminationGracePeriodSeconds': '10' },
        'Deployment/{full}-proxy': {
          pod: { terminationGracePeriodSeconds: '45', 'containers: proxy: preStop': 'sleep 5' },
        },
      },
    },
    {
      promise: 'A stop hands over first, and has the time for it',
      topologies: ['controller', 'master-slave'],
      rests: {
        'StatefulSet/{full}-broker-{#}': { 'pod: containers: broker: preStop': 'bash /opt/ballast/stop.sh' },
      },
    },
    {
      promise: 'Probes tell the truth: recovery is waited for, and nobody is killed for being cut off',
      rests: {
        'StatefulSet/{full}-namesrv': {
          'pod: containers: namesrv': {
            startup: 'port 9876; period 1, failure 3600',
            ready: 'bash /opt/ballast/ready.sh 9876; period 10, timeout 6, failure 2',
            live: 'port 9876; period 30, timeout 10, failure 4',
          },
        },
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker': {
            startup: 'port 10911; period 1, failure 3600',
            ready: 'bash /opt/ballast/ready.sh 10911; period 5, timeout 6, failure 2',
            live: 'port 10911; period 30, timeout 10, failure 4',
          },
        },
      },
    },
    {
      promise: 'Probes tell the truth: recovery is waited for, and nobody is killed for being cut off',
      topologies: ['master-slave'],
      rests: {
        'Deployment/{full}-dashboard': {
          'pod: containers: dashboard': {
            startup: 'port http; period 3, failure 100',
            ready: '{"httpGet":{"path":"/","port":"http"}}; period 10, timeout 5',
            live: 'port http; period 30, timeout 10, failure 4',
          },
        },
        'Deployment/{full}-proxy': {
          'pod: containers: proxy': {
            startup: 'port 8080; period 1, failure 3600',
            ready: 'bash /opt/ballast/ready.sh 8080; period 5, timeout 6, failure 2',
            live: 'port 8080; period 30, timeout 10, failure 4',
          },
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      rests: {
        'Service/{full}-members': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { client: '10911 to client', vip: '10909 to vip', ha: '10912 to ha' },
          selects: 'server',
        },
        'Service/{full}-namesrv': {
          'labels: app.kubernetes.io/component': 'namesrv',
          annotations: {
            'ballast.dev/system': 'RocketMQ',
            'ballast.dev/connect':
              "kubectl exec -n default {full}-broker-0-0 -c broker -- bash -c '. /opt/ballast/lib.sh; ask_name_server 106'",
          },
          type: '{service.type}',
          'ports: namesrv': '9876 to namesrv',
          selects: 'namesrv',
        },
        'Service/{full}-namesrv-peers': {
          'labels: app.kubernetes.io/component': 'namesrv',
          'ports: namesrv': '9876 to namesrv',
          selects: 'namesrv',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['controller'],
      rests: { 'Service/{full}-namesrv-peers': { 'ports: controller': '9878 to controller' } },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['master-slave'],
      rests: {
        'Service/{full}-dashboard': {
          'labels: app.kubernetes.io/component': 'dashboard',
          type: 'ClusterIP',
          'ports: http': '8080 to http',
          selects: 'dashboard',
        },
        'Service/{full}-proxy': {
          'labels: app.kubernetes.io/component': 'proxy',
          type: '{service.type}',
          ports: { grpc: '8081 to grpc', remoting: '8080 to remoting' },
          selects: 'proxy',
        },
        'Ingress/{full}-dashboard': {
          'labels: app.kubernetes.io/component': 'dashboard',
          ingressClassName: 'nginx',
          'rules.0.host': 'rocketmq.example.org',
          'rules.0.http.paths.0.path': '/',
          'rules.0.http.paths.0.pathType': 'Prefix',
          'rules.0.http.paths.0.backend.service.name': '{full}-dashboard',
          'rules.0.http.paths.0.backend.service.port.name': 'http',
          'tls.0.hosts': '["rocketmq.example.org"]',
          'tls.0.secretName': 'rocketmq-example-org',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('auth.required'),
      rests: {
        'Service/{full}-namesrv': {
          'annotations: ballast.dev/password':
            "kubectl get secret -n default {auth.existingSecret else {full}-auth} -o jsonpath='{.data.admin-password}' | base64 -d",
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('metrics.enabled'),
      rests: { 'Service/{full}-members': { 'ports: metrics': '5557 to metrics' } },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('service.annotations'),
      rests: {
        'Service/{full}-namesrv': { 'annotations: example.com/note': 'annotated by service annotations' },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['master-slave'],
      when: (given) => given.has('service.annotations'),
      rests: {
        'Service/{full}-proxy': { 'annotations: example.com/note': 'annotated by proxy service annotations' },
        'Ingress/{full}-dashboard': {
          'annotations: example.com/note': 'annotated by dashboard ingress annotations',
        },
      },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      rests: {
        'StatefulSet/{full}-namesrv': {
          'annotations: ballast.dev/unmeasured': "RocketMQ's name servers have no metrics",
          'pod: annotations: ballast.dev/config': 'a checksum',
        },
        'StatefulSet/{full}-broker-{#}': {
          'pod: annotations': {
            'kubectl.kubernetes.io/default-container': 'broker',
            'ballast.dev/config': 'a checksum',
          },
        },
      },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      topologies: ['master-slave'],
      rests: {
        'Deployment/{full}-dashboard': {
          'annotations: ballast.dev/unmeasured': "RocketMQ's dashboard has no metrics",
        },
        'Deployment/{full}-proxy': {
          'annotations: ballast.dev/unmeasured': 'brokers count what goes through a proxy',
          'pod: annotations: ballast.dev/config': 'a checksum',
        },
        'StatefulSet/{full}-broker-0': { 'annotations: ballast.dev/architecture': '{architecture}' },
        'StatefulSet/{full}-broker-1': { 'annotations: ballast.dev/architecture': 'masterSlave' },
      },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      topologies: ['controller', 'standalone'],
      rests: {
        'StatefulSet/{full}-broker-{#}': { 'annotations: ballast.dev/architecture': '{architecture}' },
      },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      when: (given) => given.has('podAnnotations'),
      rests: { 'StatefulSet/{full}-broker-{#}': { 'pod: annotations: example.com/pod-note': 'annotated' } },
    },
    {
      promise: 'Pods run the scripts of the chart',
      rests: {
        'ConfigMap/{full}': {
          files: {
            'rpc.sh': 'files/rpc.sh',
            'restore.sh': 'files/restore.sh',
            'watch.sh': 'files/watch.sh',
            'stop.sh': 'files/stop.sh',
            'ready.sh': 'files/ready.sh',
            'logback.xml': [
              "<!-- Everything that matters to the pod's log; what is said every second or every few seconds, and nothing went wrong, is not. -->",
              '<configuration>',
              '<statusListener class="ch.qos.logback.core.status.NopStatusListener"/>',
              '<appender name="console" class="ch.qos.logback.core.ConsoleAppender">',
              '<encoder>',
              "<pattern>%d{yyyy-MM-dd'T'HH:mm:ss'Z',UTC} %-5p %c{0} %m%n</pattern>",
              '</encoder>',
              '</appender>',
              '<logger name="RocketmqWaterMark" level="WARN"/>',
              '<logger name="RocketmqNamesrv" level="WARN"/>',
              '<logger name="RocketmqNamesrvWaterMark" level="WARN"/>',
              '<logger name="RocketmqPop" level="WARN"/>',
              '<logger name="RocketmqPopLite" level="WARN"/>',
              '<logger name="RocketmqColdCtr" level="WARN"/>',
              '<!-- Warns that there is nothing to check, every 30 s. -->',
              '<logger name="RocketmqTransaction" level="ERROR"/>',
              '<logger name="RocketmqStats" level="WARN"/>',
              '<logger name="RocketmqProxyWatermark" level="WARN"/>',
              '<logger name="RocketmqConsole" level="OFF"/>',
              '<logger name="RocketmqAuthAudit" level="OFF"/>',
              '<logger name="RocketmqRemoting" level="WARN"/>',
              '<logger name="RocketmqFilter" level="WARN"/>',
              '<logger name="RocketmqTraffic" level="WARN"/>',
              '<root level="INFO">',
              '<appender-ref ref="console"/>',
              '</root>',
              '</configuration>',
            ],
          },
        },
        'ConfigMap/{full}-namesrv': {
          files: {
            'common.sh': 'common/_agent.sh.tpl',
            'lib.sh': 'files/lib.sh',
            'rpc.sh': 'files/rpc.sh',
            'namesrv.sh': 'files/namesrv.sh',
            'ready.sh': 'files/ready.sh',
            'logback.xml': [
              "<!-- Everything that matters to the pod's log; what is said every second or every few seconds, and nothing went wrong, is not. -->",
              '<configuration>',
              '<statusListener class="ch.qos.logback.core.status.NopStatusListener"/>',
              '<appender name="console" class="ch.qos.logback.core.ConsoleAppender">',
              '<encoder>',
              "<pattern>%d{yyyy-MM-dd'T'HH:mm:ss'Z',UTC} %-5p %c{0} %m%n</pattern>",
              '</encoder>',
              '</appender>',
              '<logger name="RocketmqWaterMark" level="WARN"/>',
              '<logger name="RocketmqNamesrv" level="WARN"/>',
              '<logger name="RocketmqNamesrvWaterMark" level="WARN"/>',
              '<logger name="RocketmqPop" level="WARN"/>',
              '<logger name="RocketmqPopLite" level="WARN"/>',
              '<logger name="RocketmqColdCtr" level="WARN"/>',
              '<!-- Warns that there is nothing to check, every 30 s. -->',
              '<logger name="RocketmqTransaction" level="ERROR"/>',
              '<logger name="RocketmqStats" level="WARN"/>',
              '<logger name="RocketmqProxyWatermark" level="WARN"/>',
              '<logger name="RocketmqConsole" level="OFF"/>',
              '<logger name="RocketmqAuthAudit" level="OFF"/>',
              '<logger name="RocketmqRemoting" level="WARN"/>',
              '<logger name="RocketmqFilter" level="WARN"/>',
              '<logger name="RocketmqTraffic" level="WARN"/>',
              '<root level="INFO">',
              '<appender-ref ref="console"/>',
              '</root>',
              '</configuration>',
            ],
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart',
      topologies: ['master-slave'],
      rests: {
        'ConfigMap/{full}-dashboard': { 'files: dashboard.sh': 'files/dashboard.sh' },
        'ConfigMap/{full}-proxy': {
          files: {
            'common.sh': 'common/_agent.sh.tpl',
            'lib.sh': 'files/lib.sh',
            'rpc.sh': 'files/rpc.sh',
            'proxy.sh': 'files/proxy.sh',
            'ready.sh': 'files/ready.sh',
            'logback.xml': [
              "<!-- Everything that matters to the pod's log; what is said every second or every few seconds, and nothing went wrong, is not. -->",
              '<configuration>',
              '<statusListener class="ch.qos.logback.core.status.NopStatusListener"/>',
              '<appender name="console" class="ch.qos.logback.core.ConsoleAppender">',
              '<encoder>',
              "<pattern>%d{yyyy-MM-dd'T'HH:mm:ss'Z',UTC} %-5p %c{0} %m%n</pattern>",
              '</encoder>',
              '</appender>',
              '<logger name="RocketmqWaterMark" level="WARN"/>',
              '<logger name="RocketmqNamesrv" level="WARN"/>',
              '<logger name="RocketmqNamesrvWaterMark" level="WARN"/>',
              '<logger name="RocketmqPop" level="WARN"/>',
              '<logger name="RocketmqPopLite" level="WARN"/>',
              '<logger name="RocketmqColdCtr" level="WARN"/>',
              '<!-- Warns that there is nothing to check, every 30 s. -->',
              '<logger name="RocketmqTransaction" level="ERROR"/>',
              '<logger name="RocketmqStats" level="WARN"/>',
              '<logger name="RocketmqProxyWatermark" level="WARN"/>',
              '<logger name="RocketmqConsole" level="OFF"/>',
              '<logger name="RocketmqAuthAudit" level="OFF"/>',
              '<logger name="RocketmqRemoting" level="WARN"/>',
              '<logger name="RocketmqFilter" level="WARN"/>',
              '<logger name="RocketmqTraffic" level="WARN"/>',
              '<root level="INFO">',
              '<appender-ref ref="console"/>',
              '</root>',
              '</configuration>',
            ],
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      rests: {
        'StatefulSet/{full}-namesrv': {
          pod: {
            'containers: namesrv': {
              command: 'bash /opt/ballast/namesrv.sh',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                NAME_SUFFIX: '{full}-namesrv-peers.default.svc.{clusterDomain}',
                AUTH_REQUIRED: '{auth.required}',
                JDK_JAVA_OPTIONS:
                  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED -Dio.netty.tryReflectionSetAccessible=true',
              },
              'ports: namesrv': '9876',
              mounts: { '/run/ballast': 'run', '/tmp': 'tmp', '/opt/ballast': 'scripts, read only' },
            },
            volumes: { run: 'Memory 8Mi', tmp: 'disk', scripts: 'ConfigMap {full}-namesrv' },
          },
        },
        'StatefulSet/{full}-broker-{#}': {
          pod: {
            'containers: broker': {
              command: 'bash /opt/ballast/run.sh',
              env: {
                POD: 'its metadata.name',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                NAME_SUFFIX: '{full}-namesrv-peers.default.svc.{clusterDomain}',
                JDK_JAVA_OPTIONS:
                  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED -Dio.netty.tryReflectionSetAccessible=true',
                GROUP: '{#}',
                GROUPS_FORMED: 'ConfigMap {full}-state, groups',
                STATE_CONFIGMAP: '{full}-state',
                GRACE: '{terminationGracePeriodSeconds}',
              },
              ports: { client: '10911', vip: '10909', ha: '10912' },
              mounts: { '/run/ballast': 'run', '/tmp': 'tmp', '/opt/ballast': 'scripts, read only' },
            },
            volumes: { run: 'Memory 8Mi', tmp: 'disk', scripts: 'ConfigMap {full}' },
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['controller'],
      rests: {
        'StatefulSet/{full}-namesrv': {
          'pod: containers: namesrv': { 'env: NAME_SERVERS': '3', 'ports: controller': '9878' },
        },
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker: env': { NAME_SERVERS: '3', REPLICAS: '3' },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['standalone'],
      rests: {
        'StatefulSet/{full}-namesrv': { 'pod: containers: namesrv: env: NAME_SERVERS': '1' },
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker: env': { NAME_SERVERS: '1', REPLICAS: '1' },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['master-slave'],
      rests: {
        'StatefulSet/{full}-namesrv': { 'pod: containers: namesrv: env: NAME_SERVERS': '2' },
        'Deployment/{full}-dashboard': {
          pod: {
            'containers: dashboard': {
              command: 'sh /opt/ballast/dashboard.sh',
              env: { NAME_SERVICE: '{full}-namesrv.default.svc.{clusterDomain}:9876', AUTH_REQUIRED: 'true' },
              'ports: http': '8080',
              mounts: {
                '/opt/ballast': 'scripts, read only',
                '/etc/ballast/auth': 'auth, read only',
                '/run/ballast': 'run',
                '/tmp': 'tmp',
              },
            },
            volumes: {
              scripts: 'ConfigMap {full}-dashboard',
              auth: 'Secret {auth.existingSecret else {full}-auth} 440: admin-password, dashboard-password',
              run: 'Memory 16Mi',
              tmp: 'disk',
            },
          },
        },
        'Deployment/{full}-proxy': {
          pod: {
            'containers: proxy': {
              command: 'bash /opt/ballast/proxy.sh',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: 'masterSlave',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                NAME_SUFFIX: '{full}-namesrv-peers.default.svc.{clusterDomain}',
                NAME_SERVERS: '2',
                AUTH_REQUIRED: 'true',
                JDK_JAVA_OPTIONS:
                  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED -Dio.netty.tryReflectionSetAccessible=true',
              },
              ports: { grpc: '8081', remoting: '8080' },
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
              scripts: 'ConfigMap {full}-proxy',
              auth: 'Secret {auth.existingSecret else {full}-auth} 440: internal-password',
            },
          },
        },
        'StatefulSet/{full}-broker-0': {
          'pod: containers: broker: env': {
            ARCHITECTURE: '{architecture}',
            AUTH_REQUIRED: '{auth.required}',
            REPLICATION: '{flush}',
          },
        },
        'StatefulSet/{full}-broker-1': {
          'pod: containers: broker: env': {
            ARCHITECTURE: 'masterSlave',
            AUTH_REQUIRED: 'true',
            REPLICATION: 'sync',
          },
        },
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker: env': { NAME_SERVERS: '2', REPLICAS: '2' },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.has('jvm.heap'),
      rests: {
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker: env: JVM_FLAGS': jvm(
            1293942784,
            '-XX:MaxDirectMemorySize=890031308 -Dtls.server.mode=disabled -Dx=y',
          ),
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['controller', 'standalone'],
      rests: {
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker: env': {
            ARCHITECTURE: '{architecture}',
            AUTH_REQUIRED: '{auth.required}',
            REPLICATION: '{flush}',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.has('auth.required'),
      rests: {
        'StatefulSet/{full}-broker-{#}': {
          pod: {
            'containers: broker: mounts: /etc/ballast/auth': 'auth, read only',
            'volumes: auth':
              'Secret {auth.existingSecret else {full}-auth} 440: internal-password, admin-password',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker': { 'env: FILE_SIZE': '128974848', 'ports: metrics': '5557' },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => !given.has('metrics.enabled'),
      rests: { 'StatefulSet/{full}-broker-{#}': { 'pod: containers: broker: env: FILE_SIZE': '67108864' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => !given.has('networkPolicy.enabled'),
      rests: {
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker: env: JVM_FLAGS': jvm(
            1780062617,
            '-XX:MaxDirectMemorySize=890031308 -Dtls.server.mode=disabled',
          ),
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.text('resources.limits.memory') === '768Mi',
      rests: {
        'StatefulSet/{full}-namesrv': {
          'pod: containers: namesrv: env: JVM_FLAGS': jvm(
            110729625,
            '-XX:MaxDirectMemorySize=64m -Dtls.server.mode=disabled',
          ),
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.text('resources.limits.memory') === '4244Mi',
      rests: {
        'StatefulSet/{full}-namesrv': {
          'pod: containers: namesrv: env: JVM_FLAGS': jvm(
            1682398248,
            '-XX:MaxDirectMemorySize=64m -Dtls.server.mode=disabled',
          ),
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['master-slave'],
      when: (given) => given.text('resources.limits.memory') === '768Mi',
      rests: {
        'Deployment/{full}-dashboard': { 'pod: containers: dashboard: env: JVM_FLAGS': jvm(268435456) },
        'Deployment/{full}-proxy': {
          'pod: containers: proxy: env: JVM_FLAGS': jvm(
            214748364,
            '-XX:MaxDirectMemorySize=96m -Dtls.server.mode=disabled',
          ),
        },
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker: env: JVM_FLAGS': jvm(
            322122547,
            '-XX:MaxDirectMemorySize=161061273 -Dtls.server.mode=disabled -XX:MaxGCPauseMillis=20',
          ),
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['master-slave'],
      when: (given) => given.text('resources.limits.memory') === '4244Mi',
      rests: {
        'Deployment/{full}-dashboard': { 'pod: containers: dashboard: env: JVM_FLAGS': jvm(2466775040) },
        'Deployment/{full}-proxy': {
          'pod: containers: proxy: env: JVM_FLAGS': jvm(
            1915119206,
            '-XX:MaxDirectMemorySize=96m -Dtls.server.mode=disabled',
          ),
        },
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker: env: JVM_FLAGS': jvm(
            1780062617,
            '-XX:MaxDirectMemorySize=890031308 -Dtls.server.mode=disabled -XX:MaxGCPauseMillis=20',
          ),
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['controller', 'standalone'],
      when: (given) => given.text('resources.limits.memory') === '768Mi',
      rests: {
        'StatefulSet/{full}-broker-{#}': {
          'pod: containers: broker: env: JVM_FLAGS': jvm(
            322122547,
            '-XX:MaxDirectMemorySize=161061273 -Dtls.server.mode=disabled',
          ),
        },
      },
    },
    {
      promise: 'Settings of the servers',
      rests: {
        'ConfigMap/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          'files: broker.conf': {
            'listenPort=10911': '',
            'registerNameServerPeriod=10000': '',
            'mappedFileSizeConsumeQueue=600000': '',
          },
        },
        'ConfigMap/{full}-namesrv': { 'labels: app.kubernetes.io/component': 'namesrv' },
        'StatefulSet/{full}-namesrv': {
          'labels: app.kubernetes.io/component': 'namesrv',
          selects: 'namesrv',
          pod: {
            'labels: app.kubernetes.io/component': 'namesrv',
            serviceAccountName: '{full}',
            'dnsConfig.options.0.name': 'ndots',
            'dnsConfig.options.0.value': '1',
            'dnsConfig.options.1.name': 'timeout',
            'dnsConfig.options.1.value': '1',
            'dnsConfig.options.2.name': 'attempts',
            'dnsConfig.options.2.value': '3',
          },
        },
        'StatefulSet/{full}-broker-{#}': {
          'labels: app.kubernetes.io/component': 'server',
          selects: 'server ballast.dev/group={#}',
          pod: {
            labels: { 'app.kubernetes.io/component': 'server', 'ballast.dev/group': '{#}' },
            serviceAccountName: '{full}',
            'dnsConfig.options.0.name': 'ndots',
            'dnsConfig.options.0.value': '1',
            'dnsConfig.options.1.name': 'timeout',
            'dnsConfig.options.1.value': '1',
            'dnsConfig.options.2.name': 'attempts',
            'dnsConfig.options.2.value': '3',
          },
        },
        'StatefulSet/{full}-broker-0': { selects: 'server ballast.dev/group=0' },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['controller'],
      rests: {
        'ConfigMap/{full}': {
          'files: broker.conf': {
            'brokerHeartbeatInterval=500': '',
            'sendHeartbeatTimeoutMillis=500': '',
            'controllerHeartBeatTimeoutMills=3000': '',
            'syncBrokerMetadataPeriod=1000': '',
            'checkSyncStateSetPeriod=1000': '',
            'syncControllerMetadataPeriod=2000': '',
          },
        },
        'ConfigMap/{full}-namesrv': {
          'files: namesrv.conf': {
            'scanNotActiveBrokerInterval=1000': '',
            'scanInactiveMasterInterval=1000': '',
            'mappedFileSize=16777216': '',
          },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['master-slave'],
      rests: {
        'ConfigMap/{full}': { 'files: broker.conf: fileReservedTime=48': '' },
        'ConfigMap/{full}-dashboard': { 'labels: app.kubernetes.io/component': 'dashboard' },
        'ConfigMap/{full}-proxy': { 'labels: app.kubernetes.io/component': 'proxy' },
        'Deployment/{full}-dashboard': {
          'labels: app.kubernetes.io/component': 'dashboard',
          selects: 'dashboard',
          'pod: labels: app.kubernetes.io/component': 'dashboard',
        },
        'Deployment/{full}-proxy': {
          'labels: app.kubernetes.io/component': 'proxy',
          selects: 'proxy',
          pod: {
            'labels: app.kubernetes.io/component': 'proxy',
            serviceAccountName: '{full}',
            'dnsConfig.options.0.name': 'ndots',
            'dnsConfig.options.0.value': '1',
            'dnsConfig.options.1.name': 'timeout',
            'dnsConfig.options.1.value': '1',
            'dnsConfig.options.2.name': 'attempts',
            'dnsConfig.options.2.value': '3',
          },
        },
        'StatefulSet/{full}-broker-1': { selects: 'server ballast.dev/group=1' },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('podLabels'),
      rests: { 'StatefulSet/{full}-broker-{#}': { 'pod: labels: example.com/team': 'orders' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['controller', 'master-slave'],
      rests: {
        'ConfigMap/{full}': {
          'files: broker.conf': { 'haHousekeepingInterval=5000': '', 'haSendHeartbeatInterval=1000': '' },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['master-slave', 'standalone'],
      rests: { 'ConfigMap/{full}-namesrv': { 'files: namesrv.conf: scanNotActiveBrokerInterval=5000': '' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('auth.required'),
      rests: {
        'ConfigMap/{full}': {
          'files: broker.conf': {
            'authenticationEnabled=true': '',
            'authenticationProvider=org.apache.rocketmq.auth.authentication.provider.DefaultAuthenticationProvider':
              '',
            'authenticationMetadataProvider=org.apache.rocketmq.auth.authentication.provider.LocalAuthenticationMetadataProvider':
              '',
            'authorizationEnabled=true': '',
            'authorizationProvider=org.apache.rocketmq.auth.authorization.provider.DefaultAuthorizationProvider':
              '',
            'authorizationMetadataProvider=org.apache.rocketmq.auth.authorization.provider.LocalAuthorizationMetadataProvider':
              '',
          },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'ConfigMap/{full}': {
          'files: broker.conf': {
            'autoCreateTopicEnable=true': '',
            'autoCreateSubscriptionGroup=true': '',
            'mappedFileSizeCommitLog=128974848': '',
            'metricsExporterType=PROM': '',
            'metricsPromExporterPort=5557': '',
          },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => !given.has('metrics.enabled'),
      rests: {
        'ConfigMap/{full}': {
          'files: broker.conf': {
            'autoCreateTopicEnable=false': '',
            'autoCreateSubscriptionGroup=false': '',
            'mappedFileSizeCommitLog=67108864': '',
          },
        },
      },
    },
  ],
};

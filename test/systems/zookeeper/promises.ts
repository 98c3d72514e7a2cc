import type { Promises } from '../../harness/promises.ts';
import { apiToken, everyChart, hook, jvm, locked, runsAs } from '../shared.ts';

/** What each promise of charts/zookeeper/DESIGN.md rests on. */
export const zookeeper: Promises = {
  chart: 'zookeeper',
  varied: [
    {
      name: 'other ensemble',
      on: 'ensemble',
      values: {
        replicas: 5,
        tickTimeMilliseconds: 1234,
        syncLimit: 7,
        initLimit: 77,
        autopurge: { snapshots: 9, hours: 11 },
        config: { maxClientCnxns: 345 },
        jvm: { heap: '123Mi', flags: ['-Dx=y'] },
        users: [{ name: 'app_user', existingSecret: 'own-secret' }],
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
        auth: { existingSecret: '' },
      },
    },
  ],
  promises: [
    ...everyChart,
    {
      promise: 'An acknowledged write is on the disks of a majority',
      rests: {
        'ConfigMap/{full}': {
          'files: zoo.cfg': {
            dataDir: '/data',
            tickTime: '{tickTimeMilliseconds}',
            initLimit: '{initLimit}',
            syncLimit: '{syncLimit}',
            'autopurge.snapRetainCount': '{autopurge.snapshots}',
            'autopurge.purgeInterval': '{autopurge.hours}',
          },
        },
        'StatefulSet/{full}': { 'pod: containers: zookeeper: mounts: /data': 'data' },
      },
    },
    {
      promise: 'An acknowledged write is on the disks of a majority',
      topologies: ['ensemble'],
      rests: {
        'StatefulSet/{full}': {
          'pod: before: role: mounts: /var/run/secrets/kubernetes.io/serviceaccount': 'api-access, read only',
        },
      },
    },
    {
      promise:
        'A server without its data has no vote, members log in to each other, and scaling reconfigures the running ensemble',
      rests: {
        'ConfigMap/{full}': {
          'files: zoo.cfg': {
            '4lw.commands.whitelist': 'srvr,conf,mntr,ruok,isro',
            'admin.enableServer': '{auth.required}',
            'fips-mode': 'false',
            'authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
          },
        },
      },
    },
    {
      promise:
        'A server without its data has no vote, members log in to each other, and scaling reconfigures the running ensemble',
      cases: ['ensemble'],
      rests: { 'ConfigMap/{full}': { 'files: zoo.cfg: maxClientCnxns': '200' } },
    },
    {
      promise:
        'A server without its data has no vote, members log in to each other, and scaling reconfigures the running ensemble',
      topologies: ['ensemble'],
      rests: {
        'ConfigMap/{full}': {
          'files: zoo.cfg': {
            'admin.serverAddress': '127.0.0.1',
            sessionRequireClientSASLAuth: 'true',
            standaloneEnabled: 'false',
            reconfigEnabled: 'true',
            quorumListenOnAllIPs: 'true',
            'db.autocreate': 'false',
            'quorum.auth.enableSasl': 'true',
            'quorum.auth.learnerRequireSasl': 'true',
            'quorum.auth.serverRequireSasl': 'true',
          },
        },
      },
    },
    {
      promise:
        'A server without its data has no vote, members log in to each other, and scaling reconfigures the running ensemble',
      cases: ['other ensemble'],
      rests: { 'ConfigMap/{full}': { 'files: zoo.cfg: maxClientCnxns': '345' } },
    },
    {
      promise:
        'A server without its data has no vote, members log in to each other, and scaling reconfigures the running ensemble',
      topologies: ['standalone'],
      rests: { 'ConfigMap/{full}': { 'files: zoo.cfg: clientPort': '2181' } },
    },
    {
      promise:
        'A server without its data has no vote, members log in to each other, and scaling reconfigures the running ensemble',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'ConfigMap/{full}': {
          'files: zoo.cfg': {
            'metricsProvider.className': 'org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider',
            'metricsProvider.httpPort': '7000',
          },
        },
      },
    },
    {
      promise: 'The sidecar of the leader records that an ensemble exists',
      topologies: ['ensemble'],
      rests: {
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
              PEER_PORT: '2888',
            },
            resources: '{roleSidecar.resources}',
            security: locked,
            mounts: { '/opt/ballast': 'scripts, read only', '/run/ballast': 'run' },
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      rests: {
        'ConfigMap/{full}-test': { 'labels: app.kubernetes.io/component': 'hook' },
        'Pod/{full}-test': {
          'labels: app.kubernetes.io/component': 'hook',
          pod: {
            activeDeadlineSeconds: '180',
            security: runsAs(1000),
            'containers: test': {
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                SERVICE_HOST: '{full}.default.svc.{clusterDomain}',
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
      cases: ['other ensemble'],
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
      when: (given) => !given.has('metrics.enabled'),
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS': '{full}-0.{full}-members.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => given.text('replicas') === '5',
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS':
            '{full}-0.{full}-members.default.svc.{clusterDomain} {full}-1.{full}-members.default.svc.{clusterDomain} {full}-2.{full}-members.default.svc.{clusterDomain} {full}-3.{full}-members.default.svc.{clusterDomain} {full}-4.{full}-members.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Pod/{full}-test': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => given.text('users') === '[{"name":"kafka"}]',
      rests: {
        'Pod/{full}-test': {
          pod: {
            'containers: test: mounts: /etc/ballast/users/kafka': 'user-kafka, read only',
            'volumes: user-kafka': 'Secret {full}-user-kafka 440',
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['ensemble'],
      when: (given) => given.text('replicas') === '3',
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS':
            '{full}-0.{full}-members.default.svc.{clusterDomain} {full}-1.{full}-members.default.svc.{clusterDomain} {full}-2.{full}-members.default.svc.{clusterDomain}',
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['standalone'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS': '{full}-0.{full}-members.default.svc.{clusterDomain}',
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
      topologies: ['ensemble'],
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: STATE_CONFIGMAP': '{full}-state' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['standalone'],
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets',
            'get secrets called {full}-auth',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full}',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            STATEFULSETS: '{full} 1',
            CREDENTIALS: '{full}-auth super-password quorum-password',
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.text('replicas') === '5',
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 5' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.has('auth.existingSecret'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called auth-existingsecret-marker own-secret',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full}',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            CREDENTIALS: '',
            EXPECTED:
              '{auth.existingSecret else {full}-auth} super-password:ascii,no-${ quorum-password:ascii,no-${\nown-secret username:name password:ascii,no-${',
          },
        },
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
      when: (given) => given.text('users') === '[{"name":"kafka"}]',
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth {full}-user-kafka',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full}',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: CREDENTIALS':
            '{full}-auth super-password quorum-password\n{full}-user-kafka username=kafka password',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['ensemble'],
      when: (given) => given.text('replicas') === '3',
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 3' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['ensemble'],
      rests: {
        'ConfigMap/{full}-drain': {
          'labels: app.kubernetes.io/component': 'hook',
          'files: reconfigure.sh': 'files/reconfigure.sh',
        },
        'Job/{full}-drain': {
          'labels: app.kubernetes.io/component': 'hook',
          activeDeadlineSeconds: '{hooks.reconfigureDeadlineSeconds}',
          'podFailurePolicy.rules.0.onExitCodes.containerName': 'reconfigure',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            security: runsAs(1000),
            'containers: reconfigure': {
              image: '{image:image}',
              command: 'bash /opt/ballast/reconfigure.sh drain',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: 'ensemble',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                REPLICAS: '{replicas}',
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
      cases: ['other ensemble'],
      rests: {
        'Job/{full}-drain': {
          pod: {
            'containers: reconfigure: mounts: /etc/ballast/users/app_user': 'user-app-user, read only',
            'volumes: user-app-user': 'Secret own-secret 440',
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      when: (given) => given.text('users') === '[{"name":"kafka"}]',
      rests: {
        'Job/{full}-drain': {
          pod: {
            'containers: reconfigure: mounts: /etc/ballast/users/kafka': 'user-kafka, read only',
            'volumes: user-kafka': 'Secret {full}-user-kafka 440',
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['ensemble'],
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'Job/{full}-drain': { pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' } },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['ensemble'],
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'Job/{full}-drain': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['ensemble'],
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Job/{full}-drain': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['ensemble'],
      rests: {
        'ConfigMap/{full}-provision': {
          'labels: app.kubernetes.io/component': 'hook',
          hook: hook('post-install,post-upgrade', -1),
          'files: reconfigure.sh': 'files/reconfigure.sh',
        },
        'Job/{full}-provision': {
          'labels: app.kubernetes.io/component': 'hook',
          backoffLimit: '4',
          activeDeadlineSeconds: '{hooks.reconfigureDeadlineSeconds}',
          'podFailurePolicy.rules.0.onExitCodes.containerName': 'reconfigure',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            'dnsConfig.options.0.name': 'ndots',
            'dnsConfig.options.0.value': '1',
            'dnsConfig.options.1.name': 'timeout',
            'dnsConfig.options.1.value': '1',
            'dnsConfig.options.2.name': 'attempts',
            'dnsConfig.options.2.value': '3',
            security: runsAs(1000),
            'containers: reconfigure': {
              image: '{image:image}',
              command: 'bash /opt/ballast/reconfigure.sh grow',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: 'ensemble',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                REPLICAS: '{replicas}',
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
      cases: ['other ensemble'],
      rests: {
        'Job/{full}-provision': {
          pod: {
            'containers: reconfigure: mounts: /etc/ballast/users/app_user': 'user-app-user, read only',
            'volumes: user-app-user': 'Secret own-secret 440',
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.text('users') === '[{"name":"kafka"}]',
      rests: {
        'Job/{full}-provision': {
          pod: {
            'containers: reconfigure: mounts: /etc/ballast/users/kafka': 'user-kafka, read only',
            'volumes: user-kafka': 'Secret {full}-user-kafka 440',
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['ensemble'],
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
      topologies: ['ensemble'],
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'Job/{full}-provision': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['ensemble'],
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Job/{full}-provision': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['ensemble'],
      rests: { 'NetworkPolicy/{full}': { 'lets: quorum election': ['server'] } },
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
      rests: { 'NetworkPolicy/{full}': { 'lets: client metrics': ['all'] } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['ensemble'],
      when: (given) => given.has('networkPolicy.allowFrom'),
      rests: {
        'NetworkPolicy/{full}': { 'lets: client metrics': ['all', 'of any name or release app=friend'] },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['ensemble'],
      rests: {
        'PrometheusRule/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          alerts: {
            ZooKeeperDown: {
              expr: '(max(up{namespace="default", service="{full}-members"}) or vector(0)) == 0',
              for: '1m',
              'labels.severity': 'critical',
              'annotations.summary': 'No ZooKeeper server answers',
            },
            ZooKeeperSlow: {
              expr: 'max by (pod) (avg_latency{namespace="default", service="{full}-members"}) > 100',
              for: '5m',
              'labels.severity': 'warning',
              'annotations.summary': 'Requests on {{ $labels.pod }} take more than 100 ms on average',
            },
            ZooKeeperWithoutLeader: {
              expr: '(count(synced_followers{namespace="default", service="{full}-members"}) or vector(0)) != 1',
              for: '1m',
              'labels.severity': 'critical',
              'annotations.summary': 'There is not exactly one leader',
            },
            ZooKeeperServerMissing: { for: '5m', 'labels.severity': 'warning' },
            ZooKeeperFollowerMissing: {
              for: '5m',
              'labels.severity': 'warning',
              'annotations.summary': 'A follower has been away for five minutes',
            },
          },
        },
        'ServiceMonitor/{full}': { 'labels: app.kubernetes.io/component': 'server' },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      when: (given) => given.text('replicas') === '5',
      rests: {
        'PrometheusRule/{full}': {
          alerts: {
            ZooKeeperServerMissing: {
              expr: '(sum(up{namespace="default", service="{full}-members"}) or vector(0)) < 5',
              'annotations.summary': 'Fewer than 5 servers answer',
            },
            'ZooKeeperFollowerMissing: expr':
              'max(synced_followers{namespace="default", service="{full}-members"}) < 4',
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['ensemble'],
      when: (given) => given.text('replicas') === '3',
      rests: {
        'PrometheusRule/{full}': {
          alerts: {
            ZooKeeperServerMissing: {
              expr: '(sum(up{namespace="default", service="{full}-members"}) or vector(0)) < 3',
              'annotations.summary': 'Fewer than 3 servers answer',
            },
            'ZooKeeperFollowerMissing: expr':
              'max(synced_followers{namespace="default", service="{full}-members"}) < 2',
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['ensemble'],
      when: (given) => given.has('metrics.serviceMonitor.labels'),
      rests: {
        'PrometheusRule/{full}': { 'labels: example.com/group': 'labelled-by-metrics-prometheusRule-labels' },
        'ServiceMonitor/{full}': { 'labels: example.com/group': 'labelled-by-metrics-serviceMonitor-labels' },
      },
    },
    {
      promise: 'Roles hold the verbs that are used, and nothing more',
      rests: { 'ServiceAccount/{full}': { 'labels: app.kubernetes.io/component': 'server' } },
    },
    {
      promise: 'Roles hold the verbs that are used, and nothing more',
      topologies: ['ensemble'],
      rests: {
        'Role/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          may: [
            'get,list,watch,patch pods',
            'get apps/statefulsets/scale called {full}',
            'get,update configmaps called {full}-state',
          ],
        },
        'RoleBinding/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          binds: 'Role/{full} to ServiceAccount {full} default',
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
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['ensemble'],
      rests: { 'PodDisruptionBudget/{full}': { 'labels: app.kubernetes.io/component': 'server' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'StatefulSet/{full}': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'StatefulSet/{full}': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      when: (given) => given.has('scheduling.priorityClassName'),
      rests: { 'StatefulSet/{full}': { 'pod: priorityClassName': 'important' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['ensemble'],
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
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['ensemble'],
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
      promise: 'Pods keep to Pod Security restricted, and hold no token that they do not use',
      rests: {
        'StatefulSet/{full}': { pod: { security: runsAs(1000), 'containers: zookeeper: security': locked } },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: zookeeper': { image: '{image:image}', resources: '{resources}' },
        },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'StatefulSet/{full}': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      when: (given) => given.has('persistence.storageClass'),
      rests: {
        'StatefulSet/{full}': { 'claims: data: spec.storageClassName': 'fast-persistence-storageclass' },
      },
    },
    {
      promise: 'A stop hands over first, and has the time for it',
      topologies: ['ensemble'],
      rests: { 'StatefulSet/{full}': { 'pod: containers: zookeeper: preStop': 'sleep 2.5' } },
    },
    {
      promise: 'Probes tell the truth: recovery is waited for, and nobody is killed for being cut off',
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: zookeeper': {
            startup: 'bash /opt/ballast/ready.sh; period 2, timeout 5, failure 1800',
            ready: 'bash /opt/ballast/ready.sh; period 5, timeout 5, failure 2',
            live: 'bash /opt/ballast/live.sh; period 30, timeout 10, failure 4',
          },
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      rests: {
        'Service/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          annotations: {
            'ballast.dev/system': 'ZooKeeper',
            'ballast.dev/password':
              "kubectl get secret -n default {auth.existingSecret else {full}-auth} -o jsonpath='{.data.super-password}' | base64 -d",
            'ballast.dev/connect':
              'kubectl exec -it -n default {full}-0 -c zookeeper -- zkCli.sh -server {full}',
          },
          type: '{service.type}',
          'ports: client': '2181 to client',
          selects: 'server',
        },
        'Service/{full}-members': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: client': '2181 to client',
          selects: 'server',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['ensemble'],
      rests: {
        'Service/{full}-members': { ports: { quorum: '2888 to quorum', election: '3888 to election' } },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('metrics.enabled'),
      rests: { 'Service/{full}-members': { 'ports: metrics': '7000 to metrics' } },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('service.annotations'),
      rests: { 'Service/{full}': { 'annotations: example.com/note': 'annotated by service annotations' } },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      rests: {
        'StatefulSet/{full}': {
          'annotations: ballast.dev/architecture': '{architecture}',
          'pod: annotations: kubectl.kubernetes.io/default-container': 'zookeeper',
        },
      },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      when: (given) => given.has('podAnnotations'),
      rests: { 'StatefulSet/{full}': { 'pod: annotations: example.com/pod-note': 'annotated' } },
    },
    {
      promise: 'Pods run the scripts of the chart',
      rests: {
        'ConfigMap/{full}': {
          files: {
            'logback.xml': [
              '<configuration>',
              '<appender name="stdout" class="ch.qos.logback.core.ConsoleAppender">',
              '<encoder>',
              "<pattern>%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z',UTC} %-5level %logger{0}: %message%n</pattern>",
              '</encoder>',
              '</appender>',
              '<!-- A line for every look at the server says nothing. -->',
              '<logger name="org.apache.zookeeper.server.NIOServerCnxn" level="WARN"/>',
              '<logger name="org.apache.zookeeper.server.NettyServerCnxn" level="WARN"/>',
              '<logger name="org.apache.zookeeper.server.command" level="WARN"/>',
              '<root level="INFO">',
              '<appender-ref ref="stdout"/>',
              '</root>',
              '</configuration>',
            ],
            'logback-client.xml': [
              '<configuration>',
              '<appender name="stderr" class="ch.qos.logback.core.ConsoleAppender">',
              '<target>System.err</target>',
              '<encoder>',
              '<pattern>%level: %message%n</pattern>',
              '</encoder>',
              '</appender>',
              '<root level="WARN">',
              '<appender-ref ref="stderr"/>',
              '</root>',
              '</configuration>',
            ],
            'ready.sh': 'common/_ready.sh.tpl',
            'live.sh': 'common/_live.sh.tpl',
            'agent.sh': 'files/agent.sh',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart',
      topologies: ['ensemble'],
      rests: { 'ConfigMap/{full}': { 'files: role.sh': 'common/_api.sh.tpl + common/_role.sh.tpl' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: zookeeper': {
              command: 'bash /opt/ballast/run.sh',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                CLIENT_JVMFLAGS:
                  '-Xmx48m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlogback.configurationFile=/opt/ballast/logback-client.xml',
              },
              'ports: client': '2181',
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
      topologies: ['ensemble'],
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: zookeeper: ports': { quorum: '2888', election: '3888' },
            'volumes: api-access': apiToken,
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      cases: ['other ensemble'],
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: zookeeper: mounts: /etc/ballast/users/app_user': 'user-app-user, read only',
            'volumes: user-app-user': 'Secret own-secret 440',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.has('jvm.heap'),
      rests: {
        'StatefulSet/{full}': { 'pod: containers: zookeeper: env: JVM_FLAGS': jvm(128974848, '-Dx=y') },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.has('metrics.enabled'),
      rests: { 'StatefulSet/{full}': { 'pod: containers: zookeeper: ports: metrics': '7000' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => !given.has('metrics.enabled'),
      rests: { 'StatefulSet/{full}': { 'pod: containers: zookeeper: env: JVM_FLAGS': jvm(2225078272) } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['ensemble'],
      when: (given) => !given.has('jvm.heap'),
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: zookeeper: env: JVM_FLAGS': jvm(
            134217728,
            '-Dzookeeper.globalOutstandingLimit=2000',
          ),
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.text('users') === '[{"name":"kafka"}]',
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: zookeeper: mounts: /etc/ballast/users/kafka': 'user-kafka, read only',
            'volumes: user-kafka': 'Secret {full}-user-kafka 440',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['standalone'],
      when: (given) => given.has('metrics.enabled'),
      rests: { 'StatefulSet/{full}': { 'pod: containers: zookeeper: env: JVM_FLAGS': jvm(134217728) } },
    },
    {
      promise: 'Settings of the servers',
      rests: {
        'ConfigMap/{full}': { 'labels: app.kubernetes.io/component': 'server' },
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
      topologies: ['ensemble'],
      rests: { 'ConfigMap/{full}': { 'files: replicas': ['{replicas}'] } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['standalone'],
      rests: { 'StatefulSet/{full}': { replicas: '1', 'pod: labels: ballast.dev/role': 'primary' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('podLabels'),
      rests: { 'StatefulSet/{full}': { 'pod: labels: example.com/team': 'orders' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('replicas') === '5',
      rests: { 'StatefulSet/{full}': { replicas: '{replicas}' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['ensemble'],
      when: (given) => given.text('replicas') === '3',
      rests: { 'StatefulSet/{full}': { replicas: '{replicas}' } },
    },
  ],
};

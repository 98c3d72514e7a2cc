import type { Promises } from '../../harness/promises.ts';
import { apiToken, everyChart, hook, locked, runsAs } from '../shared.ts';

/** What each promise of charts/rabbitmq/DESIGN.md rests on. */
export const rabbitmq: Promises = {
  chart: 'rabbitmq',
  varied: [
    {
      name: 'other cluster',
      on: 'cluster',
      values: {
        replicas: 5,
        metrics: { enabled: true, serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } },
        defaultQueueType: 'classic',
        failureDetectorMilliseconds: 1234,
        netTickSeconds: 45,
        erlang: { flags: ['+x'] },
        plugins: ['rabbitmq_mqtt'],
        users: [{ name: 'app_user', tags: ['monitoring'], existingSecret: 'own-secret' }],
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
      promise: 'A message whose confirm came, in a quorum queue, is on the disks of a majority',
      rests: {
        'ConfigMap/{full}': {
          'files: rabbitmq.conf': {
            default_queue_type: '{defaultQueueType}',
            cluster_partition_handling: 'pause_minority',
            'raft.adaptive_failure_detector.poll_interval': '{failureDetectorMilliseconds}',
          },
        },
        'StatefulSet/{full}': { 'pod: containers: rabbitmq: mounts: /var/lib/rabbitmq': 'data' },
      },
    },
    {
      promise: 'A message whose confirm came, in a quorum queue, is on the disks of a majority',
      when: (given) => given.text('resources.limits.memory') === '512Mi',
      rests: {
        'ConfigMap/{full}': {
          'files: rabbitmq.conf': {
            'vm_memory_high_watermark.absolute': '322122547',
            'disk_free_limit.absolute': '858993459',
            'raft.wal_max_size_bytes': '33554432',
          },
        },
      },
    },
    {
      promise: 'A message whose confirm came, in a quorum queue, is on the disks of a majority',
      when: (given) => given.text('resources.limits.memory') === '4244Mi',
      rests: {
        'ConfigMap/{full}': {
          'files: rabbitmq.conf': {
            'vm_memory_high_watermark.absolute': '2670093926',
            'disk_free_limit.absolute': '1073741824',
            'raft.wal_max_size_bytes': '278134784',
          },
        },
      },
    },
    {
      promise:
        'Nodes form one cluster by their names, and notice within the time that the values say when one is gone',
      rests: {
        'ConfigMap/{full}': {
          'files: rabbitmq.conf': { cluster_name: '{full}.default', net_ticktime: '{netTickSeconds}' },
        },
        'StatefulSet/{full}': {
          'pod: containers: rabbitmq: env': {
            RABBITMQ_USE_LONGNAME: 'true',
            RABBITMQ_NODENAME: 'rabbit@$(POD).$(SUFFIX)',
          },
        },
      },
    },
    {
      promise:
        'Nodes form one cluster by their names, and notice within the time that the values say when one is gone',
      when: (given) => given.has('erlang.flags'),
      rests: { 'StatefulSet/{full}': { 'pod: containers: rabbitmq: env: ERLANG_FLAGS': '+x' } },
    },
    {
      promise:
        'Nodes form one cluster by their names, and notice within the time that the values say when one is gone',
      when: (given) => !given.has('erlang.flags'),
      rests: { 'StatefulSet/{full}': { 'pod: containers: rabbitmq: env: ERLANG_FLAGS': '' } },
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
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                HOME: '/run/ballast',
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
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Pod/{full}-test': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
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
              image: '{image:hooks.image}',
              env: { ARCHITECTURE: '{architecture}', CONVERTS: '', STATE_CONFIGMAP: '{full}-state' },
            },
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['standalone'],
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full}',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            STATEFULSETS: '{full} 1',
            CREDENTIALS: '{full}-auth admin-password erlang-cookie',
          },
        },
      },
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
              '{auth.existingSecret else {full}-auth} admin-password:text erlang-cookie:ascii,no-blank,most=255\nown-secret username:name password:text',
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
      when: (given) => given.has('metrics.serviceMonitor.enabled'),
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 5' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['cluster'],
      when: (given) => !given.has('auth.existingSecret'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth {full}-user-orders',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full}',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: CREDENTIALS':
            '{full}-auth admin-password erlang-cookie\n{full}-user-orders username=orders password',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['cluster'],
      when: (given) => !given.has('metrics.serviceMonitor.enabled'),
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 3' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['cluster'],
      rests: {
        'ConfigMap/{full}-drain': {
          'labels: app.kubernetes.io/component': 'hook',
          files: { 'queues.sh': 'files/queues.sh', 'provision.sh': 'files/provision.sh' },
        },
        'Job/{full}-drain': {
          'labels: app.kubernetes.io/component': 'hook',
          activeDeadlineSeconds: '{hooks.provisionDeadlineSeconds}',
          'podFailurePolicy.rules.0.onExitCodes.containerName': 'provision',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            security: runsAs(999),
            'containers: provision': {
              image: '{image:image}',
              command: 'bash /opt/ballast/provision.sh drain',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: 'cluster',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                HOME: '/run/ballast',
                REPLICAS: '{replicas}',
                MOST: '7',
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
      when: (given) => given.has('metrics.serviceMonitor.enabled'),
      rests: {
        'ConfigMap/{full}-drain': {
          'files: definitions.json': [
            '{"exchanges":[{"arguments":{},"auto_delete":false,"durable":true,"internal":false,"name":"orders","type":"topic","vhost":"shop"}],"permissions":[{"configure":".*","read":".*","user":"admin","vhost":"/","write":".*"},{"configure":".*","read":".*","user":"admin","vhost":"shop","write":".*"},{"configure":".*","read":".*","user":"@USERNAME:app_user@","vhost":"/","write":".*"}],"policies":[{"apply-to":"queues","definition":{"max-length":100000,"overflow":"reject-publish"},"name":"limit","pattern":"^orders","priority":0,"vhost":"shop"}],"queues":[{"arguments":{},"auto_delete":false,"durable":true,"name":"orders","vhost":"shop"},{"arguments":{"x-delivery-limit":5,"x-queue-type":"quorum"},"auto_delete":false,"durable":true,"name":"audit","vhost":"/"}],"users":[{"name":"admin","password":"@PASSWORD:admin@","tags":["administrator"]},{"name":"@USERNAME:app_user@","password":"@PASSWORD:app_user@","tags":["monitoring"]}],"vhosts":[{"name":"/"},{"default_queue_type":"quorum","name":"shop"}]}',
          ],
        },
        'Job/{full}-drain': {
          pod: {
            'nodeSelector.disk': 'nvme',
            'tolerations.0.key': 'dedicated',
            'tolerations.0.operator': 'Exists',
            pullSecrets: '[{"name":"registry-key"}]',
            'containers: provision: mounts: /etc/ballast/users/app_user': 'user-app-user, read only',
            'volumes: user-app-user': 'Secret own-secret 440',
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['cluster'],
      when: (given) => !given.has('metrics.serviceMonitor.enabled'),
      rests: {
        'ConfigMap/{full}-drain': {
          'files: definitions.json': [
            '{"exchanges":[{"arguments":{},"auto_delete":false,"durable":true,"internal":false,"name":"orders","type":"topic","vhost":"shop"}],"permissions":[{"configure":".*","read":".*","user":"admin","vhost":"/","write":".*"},{"configure":".*","read":".*","user":"admin","vhost":"shop","write":".*"},{"configure":"^orders","read":"^orders","user":"@USERNAME:orders@","vhost":"shop","write":".*"}],"policies":[{"apply-to":"queues","definition":{"max-length":100000,"overflow":"reject-publish"},"name":"limit","pattern":"^orders","priority":0,"vhost":"shop"}],"queues":[{"arguments":{},"auto_delete":false,"durable":true,"name":"orders","vhost":"shop"},{"arguments":{"x-delivery-limit":5,"x-queue-type":"quorum"},"auto_delete":false,"durable":true,"name":"audit","vhost":"/"}],"users":[{"name":"admin","password":"@PASSWORD:admin@","tags":["administrator"]},{"name":"@USERNAME:orders@","password":"@PASSWORD:orders@","tags":[]}],"vhosts":[{"name":"/"},{"default_queue_type":"quorum","name":"shop"}]}',
          ],
        },
        'Job/{full}-drain': {
          pod: {
            'containers: provision: mounts: /etc/ballast/users/orders': 'user-orders, read only',
            'volumes: user-orders': 'Secret {full}-user-orders 440',
          },
        },
      },
    },
    {
      promise: 'It is remembered that a cluster exists, so that empty volumes never found a second one',
      topologies: ['cluster'],
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
              env: {
                NAMESPACE: 'its metadata.namespace',
                STATE_CONFIGMAP: '{full}-state',
                RECORDED: '{"formed":"true"}',
              },
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
      when: (given) => given.has('metrics.serviceMonitor.enabled'),
      rests: {
        'Job/{full}-record': {
          pod: {
            'nodeSelector.disk': 'nvme',
            'tolerations.0.key': 'dedicated',
            'tolerations.0.operator': 'Exists',
            pullSecrets: '[{"name":"registry-key"}]',
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      rests: {
        'ConfigMap/{full}-provision': {
          'labels: app.kubernetes.io/component': 'hook',
          hook: hook('post-install,post-upgrade', -1),
          files: { 'queues.sh': 'files/queues.sh', 'provision.sh': 'files/provision.sh' },
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
            security: runsAs(999),
            'containers: provision': {
              image: '{image:image}',
              command: 'bash /opt/ballast/provision.sh provision',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                HOME: '/run/ballast',
                MOST: '7',
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
      topologies: ['standalone'],
      rests: {
        'ConfigMap/{full}-provision': {
          'files: definitions.json': [
            '{"permissions":[{"configure":".*","read":".*","user":"admin","vhost":"/","write":".*"}],"policies":[],"queues":[],"users":[{"name":"admin","password":"@PASSWORD:admin@","tags":["administrator"]}],"vhosts":[{"name":"/"}]}',
          ],
        },
        'Job/{full}-provision': { 'pod: containers: provision: env: REPLICAS': '1' },
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
      when: (given) => given.has('metrics.serviceMonitor.enabled'),
      rests: {
        'ConfigMap/{full}-provision': {
          'files: definitions.json': [
            '{"exchanges":[{"arguments":{},"auto_delete":false,"durable":true,"internal":false,"name":"orders","type":"topic","vhost":"shop"}],"permissions":[{"configure":".*","read":".*","user":"admin","vhost":"/","write":".*"},{"configure":".*","read":".*","user":"admin","vhost":"shop","write":".*"},{"configure":".*","read":".*","user":"@USERNAME:app_user@","vhost":"/","write":".*"}],"policies":[{"apply-to":"queues","definition":{"max-length":100000,"overflow":"reject-publish"},"name":"limit","pattern":"^orders","priority":0,"vhost":"shop"}],"queues":[{"arguments":{},"auto_delete":false,"durable":true,"name":"orders","vhost":"shop"},{"arguments":{"x-delivery-limit":5,"x-queue-type":"quorum"},"auto_delete":false,"durable":true,"name":"audit","vhost":"/"}],"users":[{"name":"admin","password":"@PASSWORD:admin@","tags":["administrator"]},{"name":"@USERNAME:app_user@","password":"@PASSWORD:app_user@","tags":["monitoring"]}],"vhosts":[{"name":"/"},{"default_queue_type":"quorum","name":"shop"}]}',
          ],
        },
        'Job/{full}-provision': {
          pod: {
            'containers: provision': {
              'env: REPLICAS': '{replicas}',
              'mounts: /etc/ballast/users/app_user': 'user-app-user, read only',
            },
            'volumes: user-app-user': 'Secret own-secret 440',
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['cluster'],
      when: (given) => !given.has('metrics.serviceMonitor.enabled'),
      rests: {
        'ConfigMap/{full}-provision': {
          'files: definitions.json': [
            '{"exchanges":[{"arguments":{},"auto_delete":false,"durable":true,"internal":false,"name":"orders","type":"topic","vhost":"shop"}],"permissions":[{"configure":".*","read":".*","user":"admin","vhost":"/","write":".*"},{"configure":".*","read":".*","user":"admin","vhost":"shop","write":".*"},{"configure":"^orders","read":"^orders","user":"@USERNAME:orders@","vhost":"shop","write":".*"}],"policies":[{"apply-to":"queues","definition":{"max-length":100000,"overflow":"reject-publish"},"name":"limit","pattern":"^orders","priority":0,"vhost":"shop"}],"queues":[{"arguments":{},"auto_delete":false,"durable":true,"name":"orders","vhost":"shop"},{"arguments":{"x-delivery-limit":5,"x-queue-type":"quorum"},"auto_delete":false,"durable":true,"name":"audit","vhost":"/"}],"users":[{"name":"admin","password":"@PASSWORD:admin@","tags":["administrator"]},{"name":"@USERNAME:orders@","password":"@PASSWORD:orders@","tags":[]}],"vhosts":[{"name":"/"},{"default_queue_type":"quorum","name":"shop"}]}',
          ],
        },
        'Job/{full}-provision': {
          pod: {
            'containers: provision': {
              'env: REPLICAS': '{replicas}',
              'mounts: /etc/ballast/users/orders': 'user-orders, read only',
            },
            'volumes: user-orders': 'Secret {full}-user-orders 440',
          },
        },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'NetworkPolicy/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          'lets: epmd nodes': ['server', 'hook'],
        },
        'NetworkPolicy/{full}-hooks': { 'labels: app.kubernetes.io/component': 'hook' },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => !given.has('networkPolicy.allowFrom'),
      rests: { 'NetworkPolicy/{full}': { 'lets: client management metrics': ['all'] } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => given.has('metrics.serviceMonitor.enabled'),
      rests: {
        'NetworkPolicy/{full}': {
          'lets: client management metrics': ['all', 'of any name or release app=friend'],
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      when: (given) => given.has('metrics.serviceMonitor.enabled'),
      rests: {
        'PrometheusRule/{full}': {
          labels: {
            'app.kubernetes.io/component': 'server',
            'example.com/group': 'labelled-by-metrics-prometheusRule-labels',
          },
          alerts: {
            RabbitMQNodeMissing: {
              expr: '(count(rabbitmq_identity_info{namespace="default", service="{full}-members"}) or vector(0)) < 5',
              for: '2m',
              'labels.severity': 'critical',
              'annotations.summary': 'Fewer than 5 nodes answer',
            },
            RabbitMQPublishersPaused: {
              expr: 'max by (pod) (rabbitmq_alarms_memory_used_watermark{namespace="default", service="{full}-members"} + rabbitmq_alarms_free_disk_space_watermark{namespace="default", service="{full}-members"}) > 0',
              for: '1m',
              'labels.severity': 'critical',
              'annotations.summary':
                'RabbitMQ on {{ $labels.pod }} has too little memory or disk left and takes no messages',
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
      topologies: ['cluster'],
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
      when: (given) => given.has('metrics.serviceMonitor.enabled'),
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
      topologies: ['cluster'],
      when: (given) => !given.has('metrics.serviceMonitor.enabled'),
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
        'StatefulSet/{full}': { pod: { security: runsAs(999), 'containers: rabbitmq: security': locked } },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: rabbitmq': { image: '{image:image}', resources: '{resources}' },
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
      topologies: ['cluster'],
      rests: { 'StatefulSet/{full}': { 'pod: containers: rabbitmq: preStop': 'bash /opt/ballast/stop.sh' } },
    },
    {
      promise: 'Probes tell the truth: recovery is waited for, and nobody is killed for being cut off',
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: rabbitmq': {
            startup: 'bash /opt/ballast/ready.sh; period 2, timeout 5, failure 1800',
            ready: 'bash /opt/ballast/ready.sh; period 5, timeout 5, failure 2',
            live: 'port nodes; period 30, timeout 10, failure 4',
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
            'ballast.dev/system': 'RabbitMQ',
            'ballast.dev/password':
              "kubectl get secret -n default {auth.existingSecret else {full}-auth} -o jsonpath='{.data.admin-password}' | base64 -d",
            'ballast.dev/connect':
              'kubectl exec -n default {full}-0 -c rabbitmq -- rabbitmqctl list_queues name type messages',
          },
          type: '{service.type}',
          ports: { client: '5672 to client', management: '15672 to management' },
          selects: 'server',
        },
        'Service/{full}-members': {
          'labels: app.kubernetes.io/component': 'server',
          ports: {
            client: '5672 to client',
            management: '15672 to management',
            epmd: '4369 to epmd',
            nodes: '25672 to nodes',
          },
          selects: 'server',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('metrics.enabled'),
      rests: { 'Service/{full}-members': { 'ports: metrics': '15692 to metrics' } },
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
          'pod: annotations: kubectl.kubernetes.io/default-container': 'rabbitmq',
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
      rests: { 'ConfigMap/{full}': { files: { 'stop.sh': 'files/stop.sh', 'ready.sh': 'files/ready.sh' } } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: rabbitmq': {
              command: 'bash /opt/ballast/run.sh',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                HOME: '/run/ballast',
                MOST: '7',
                FORMED: 'ConfigMap {full}-state, formed',
                GRACE: '{terminationGracePeriodSeconds}',
              },
              ports: { client: '5672', management: '15672', epmd: '4369', nodes: '25672' },
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
      when: (given) => given.has('metrics.enabled'),
      rests: { 'StatefulSet/{full}': { 'pod: containers: rabbitmq: ports: metrics': '15692' } },
    },
    {
      promise: 'Settings of the servers',
      rests: {
        'ConfigMap/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          'files: rabbitmq.conf': {
            'listeners.tcp.default': '5672',
            'management.tcp.port': '15672',
            'log.console': 'true',
            'log.console.level': 'info',
          },
        },
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
      topologies: ['cluster'],
      rests: { 'ConfigMap/{full}': { 'files: rabbitmq.conf: channel_max': '2047' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['standalone'],
      rests: { 'ConfigMap/{full}': { 'files: replicas': ['1'] }, 'StatefulSet/{full}': { replicas: '1' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('podLabels'),
      rests: { 'StatefulSet/{full}': { 'pod: labels: example.com/team': 'orders' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}': { 'files: rabbitmq.conf: prometheus.tcp.port': '15692' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => !given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}': { 'files: enabled_plugins': ['[rabbitmq_management].'] } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('metrics.serviceMonitor.enabled'),
      rests: {
        'ConfigMap/{full}': {
          files: {
            replicas: ['5'],
            enabled_plugins: ['[rabbitmq_management,rabbitmq_prometheus,rabbitmq_mqtt].'],
          },
        },
        'StatefulSet/{full}': { replicas: '{replicas}' },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('plugins') === '["rabbitmq_shovel"]',
      rests: {
        'ConfigMap/{full}': {
          'files: enabled_plugins': ['[rabbitmq_management,rabbitmq_prometheus,rabbitmq_shovel].'],
        },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['standalone'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'ConfigMap/{full}': { 'files: enabled_plugins': ['[rabbitmq_management,rabbitmq_prometheus].'] },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['cluster'],
      when: (given) => !given.has('metrics.serviceMonitor.enabled'),
      rests: {
        'ConfigMap/{full}': { 'files: replicas': ['3'] },
        'StatefulSet/{full}': { replicas: '{replicas}' },
      },
    },
  ],
};

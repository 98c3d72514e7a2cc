import type { Promises } from '../../harness/promises.ts';
import { apiToken, everyChart, hook, jvm, locked, runsAs } from '../shared.ts';

/** What each promise of charts/kafka/DESIGN.md rests on. */
export const kafka: Promises = {
  chart: 'kafka',
  varied: [
    {
      name: 'other kraft',
      on: 'kraft',
      values: {
        replicas: 5,
        tls: { enabled: true },
        metrics: { enabled: true, serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } },
        config: { 'log.retention.hours': 345 },
        defaultReplicationFactor: 2,
        minInsyncReplicas: 1,
        rebalanceThrottle: 12345678,
        jvm: { heap: '1234Mi', flags: ['-Dx=y'] },
        users: [{ name: 'app_user', existingSecret: 'own-secret' }],
        external: { enabled: true, type: 'NodePort', host: 'kafka-{ordinal}.example.net', port: 31234 },
      },
    },
    {
      name: 'other controllers',
      on: 'kraft-controllers',
      values: {
        metrics: {
          enabled: true,
          serviceMonitor: { enabled: true },
          prometheusRule: { enabled: true },
          jmx: { image: { registry: 'r.example', pullPolicy: 'Always' } },
        },
      },
    },
    {
      name: 'other zookeeper',
      on: 'zookeeper',
      values: {
        zookeeper: { chroot: '/elsewhere' },
        external: { type: 'NodePort' },
        metrics: { enabled: true, serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } },
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
        tls: { existingSecret: '' },
      },
    },
  ],
  promises: [
    ...everyChart,
    {
      promise:
        'A record that was acknowledged with acks=all has two copies on volumes, and a copy that was not in sync never leads',
      rests: { 'ConfigMap/{full}': { 'files: server.properties: unclean.leader.election.enable': 'false' } },
    },
    {
      promise:
        'A record that was acknowledged with acks=all has two copies on volumes, and a copy that was not in sync never leads',
      topologies: ['standalone'],
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties': {
            'default.replication.factor': '1',
            'offsets.topic.replication.factor': '1',
            'transaction.state.log.replication.factor': '1',
          },
        },
      },
    },
    {
      promise:
        'A record that was acknowledged with acks=all has two copies on volumes, and a copy that was not in sync never leads',
      cases: ['other kraft', 'other single', 'standalone'],
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties': { 'min.insync.replicas': '1', 'transaction.state.log.min.isr': '1' },
        },
      },
    },
    {
      promise:
        'A record that was acknowledged with acks=all has two copies on volumes, and a copy that was not in sync never leads',
      when: (given) => given.text('minInsyncReplicas') === '1',
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties': {
            'default.replication.factor': '{defaultReplicationFactor}',
            'offsets.topic.replication.factor': '{defaultReplicationFactor}',
            'transaction.state.log.replication.factor': '{defaultReplicationFactor}',
          },
        },
      },
    },
    {
      promise:
        'A record that was acknowledged with acks=all has two copies on volumes, and a copy that was not in sync never leads',
      cases: ['other controllers', 'other zookeeper', 'kraft-controllers', 'kraft', 'zookeeper'],
      rests: { 'ConfigMap/{full}': { 'files: server.properties: transaction.state.log.min.isr': '2' } },
    },
    {
      promise:
        'A record that was acknowledged with acks=all has two copies on volumes, and a copy that was not in sync never leads',
      topologies: ['kraft-controllers', 'zookeeper', 'kraft'],
      when: (given) => given.text('minInsyncReplicas') === '-1',
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties': {
            'default.replication.factor': '3',
            'min.insync.replicas': '2',
            'offsets.topic.replication.factor': '3',
            'transaction.state.log.replication.factor': '3',
          },
        },
      },
    },
    {
      promise: 'An emptied controller has no vote',
      topologies: ['kraft', 'kraft-controllers', 'standalone'],
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties': {
            'controller.listener.names': 'CONTROLLER',
            'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
            'sasl.mechanism.controller.protocol': 'PLAIN',
            'controller.quorum.fetch.timeout.ms': '1500',
            'controller.quorum.request.timeout.ms': '1000',
            'controller.socket.timeout.ms': '3000',
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      rests: {
        'ConfigMap/{full}-test': {
          'labels: app.kubernetes.io/component': 'hook',
          files: {
            'log4j-tools.properties': {
              'log4j.rootLogger': 'ERROR, stderr',
              'log4j.appender.stderr': 'org.apache.log4j.ConsoleAppender',
              'log4j.appender.stderr.target': 'System.err',
              'log4j.appender.stderr.layout': 'org.apache.log4j.PatternLayout',
              'log4j.appender.stderr.layout.ConversionPattern': '%-5p %c{1}: %m%n',
            },
            'log4j2-tools.xml': [
              '<?xml version="1.0" encoding="UTF-8"?>',
              '<Configuration status="WARN">',
              '<Appenders>',
              '<Console name="stderr" target="SYSTEM_ERR">',
              '<PatternLayout pattern="%-5p %c{1}: %m%n"/>',
              '</Console>',
              '</Appenders>',
              '<Loggers>',
              '<Root level="ERROR">',
              '<AppenderRef ref="stderr"/>',
              '</Root>',
              '</Loggers>',
              '</Configuration>',
            ],
          },
        },
        'Pod/{full}-test': {
          'labels: app.kubernetes.io/component': 'hook',
          pod: {
            activeDeadlineSeconds: '180',
            security: runsAs(1000),
            'containers: test': {
              env: {
                POD: 'its metadata.name',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                CONTROLLER_SUFFIX: '{full}-controller.default.svc.{clusterDomain}',
                AUTH_REQUIRED: '{auth.required}',
                TLS: '{tls.enabled}',
                SERVICE_HOST: '{full}.default.svc.{clusterDomain}',
              },
              mounts: { '/tmp': 'tmp', '/etc/ballast/auth': 'auth, read only' },
            },
            volumes: {
              tmp: 'disk',
              auth: 'Secret {auth.existingSecret else {full}-auth} 440: internal-password, admin-password',
            },
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['zookeeper'],
      rests: { 'Pod/{full}-test': { 'pod: containers: test: env: LEADERS': 'zookeeper' } },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['standalone'],
      rests: { 'Pod/{full}-test': { 'pod: containers: test: env: CLUSTERED': 'false' } },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['kraft-controllers'],
      rests: { 'Pod/{full}-test': { 'pod: containers: test: env: LEADERS': 'controllers' } },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['kraft', 'standalone'],
      rests: { 'Pod/{full}-test': { 'pod: containers: test: env: LEADERS': 'servers' } },
    },
    {
      promise: 'helm test does one real write and read',
      when: (given) => given.has('tls.enabled'),
      rests: {
        'Pod/{full}-test': {
          pod: {
            'containers: test: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-auth} 440',
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
      promise: 'helm test does one real write and read',
      topologies: ['kraft', 'kraft-controllers', 'zookeeper'],
      rests: { 'Pod/{full}-test': { 'pod: containers: test: env: CLUSTERED': 'true' } },
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
              env: { CONVERTS: '', STATE_CONFIGMAP: '{full}-state' },
            },
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['kraft'],
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: ARCHITECTURE': 'kraft' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['zookeeper'],
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: ARCHITECTURE': 'zookeeper' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['standalone'],
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            STATEFULSETS: '{full} 1\n{full}-controller 0',
            ARCHITECTURE: 'standalone',
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['kraft-controllers'],
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            STATEFULSETS: '{full} 3\n{full}-controller 3',
            ARCHITECTURE: 'kraft-with-separate-controllers',
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.has('tls.enabled'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called auth-existingsecret-marker tls-existingsecret-marker own-secret',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-controller',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-9 data-{full}-10 data-{full}-11 data-{full}-12 data-{full}-13 data-{full}-14 data-{full}-controller-0 data-{full}-controller-1 data-{full}-controller-2 data-{full}-controller-3 data-{full}-controller-4 data-{full}-controller-5 data-{full}-controller-6 data-{full}-controller-7 data-{full}-controller-8 data-{full}-controller-9 data-{full}-controller-10 data-{full}-controller-11 data-{full}-controller-12 data-{full}-controller-13 data-{full}-controller-14',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: EXPECTED':
            '{auth.existingSecret else {full}-auth} admin-password:ascii internal-password:ascii\ntls-existingsecret-marker ca.crt tls.crt tls.key\nown-secret username:name password:ascii',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.text('replicas') === '5',
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: STATEFULSETS': '{full} 5\n{full}-controller 0',
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
      when: (given) => given.text('users') === '[{"name":"orders"}]',
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth {full}-user-orders',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-controller',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-9 data-{full}-10 data-{full}-11 data-{full}-12 data-{full}-13 data-{full}-14 data-{full}-controller-0 data-{full}-controller-1 data-{full}-controller-2 data-{full}-controller-3 data-{full}-controller-4 data-{full}-controller-5 data-{full}-controller-6 data-{full}-controller-7 data-{full}-controller-8 data-{full}-controller-9 data-{full}-controller-10 data-{full}-controller-11 data-{full}-controller-12 data-{full}-controller-13 data-{full}-controller-14',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: CREDENTIALS':
            '{full}-auth admin-password internal-password\n{full}-user-orders username=orders password',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['zookeeper'],
      when: (given) => given.has('auth.existingSecret'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called auth-existingsecret-marker zookeeper-existingsecret-marker',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-controller',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-9 data-{full}-10 data-{full}-11 data-{full}-12 data-{full}-13 data-{full}-14 data-{full}-controller-0 data-{full}-controller-1 data-{full}-controller-2 data-{full}-controller-3 data-{full}-controller-4 data-{full}-controller-5 data-{full}-controller-6 data-{full}-controller-7 data-{full}-controller-8 data-{full}-controller-9 data-{full}-controller-10 data-{full}-controller-11 data-{full}-controller-12 data-{full}-controller-13 data-{full}-controller-14',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: EXPECTED':
            'auth-existingsecret-marker admin-password:ascii internal-password:ascii\n{zookeeper.existingSecret else {full}-auth} username:name password:ascii,no-${',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['zookeeper'],
      when: (given) => !given.has('auth.existingSecret'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth kafka-at-zookeeper',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-controller',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-9 data-{full}-10 data-{full}-11 data-{full}-12 data-{full}-13 data-{full}-14 data-{full}-controller-0 data-{full}-controller-1 data-{full}-controller-2 data-{full}-controller-3 data-{full}-controller-4 data-{full}-controller-5 data-{full}-controller-6 data-{full}-controller-7 data-{full}-controller-8 data-{full}-controller-9 data-{full}-controller-10 data-{full}-controller-11 data-{full}-controller-12 data-{full}-controller-13 data-{full}-controller-14',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: EXPECTED':
            '{zookeeper.existingSecret else {full}-auth} username:name password:ascii,no-${',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['zookeeper', 'kraft'],
      when: (given) => given.text('replicas') === '3',
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: STATEFULSETS': '{full} 3\n{full}-controller 0',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('auth.existingSecret'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called auth-existingsecret-marker',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-controller',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-9 data-{full}-10 data-{full}-11 data-{full}-12 data-{full}-13 data-{full}-14 data-{full}-controller-0 data-{full}-controller-1 data-{full}-controller-2 data-{full}-controller-3 data-{full}-controller-4 data-{full}-controller-5 data-{full}-controller-6 data-{full}-controller-7 data-{full}-controller-8 data-{full}-controller-9 data-{full}-controller-10 data-{full}-controller-11 data-{full}-controller-12 data-{full}-controller-13 data-{full}-controller-14',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: EXPECTED':
            '{auth.existingSecret else {full}-auth} admin-password:ascii internal-password:ascii',
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['standalone', 'kraft-controllers'],
      when: (given) => !given.has('auth.existingSecret'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth',
            'get configmaps called {full}-state',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full} {full}-controller',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8 data-{full}-9 data-{full}-10 data-{full}-11 data-{full}-12 data-{full}-13 data-{full}-14 data-{full}-controller-0 data-{full}-controller-1 data-{full}-controller-2 data-{full}-controller-3 data-{full}-controller-4 data-{full}-controller-5 data-{full}-controller-6 data-{full}-controller-7 data-{full}-controller-8 data-{full}-controller-9 data-{full}-controller-10 data-{full}-controller-11 data-{full}-controller-12 data-{full}-controller-13 data-{full}-controller-14',
          ],
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['standalone', 'kraft-controllers', 'kraft'],
      when: (given) => !given.has('auth.existingSecret'),
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: EXPECTED': '' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['standalone', 'kraft-controllers', 'zookeeper'],
      when: (given) => !given.has('auth.existingSecret'),
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env: CREDENTIALS': '{full}-auth admin-password internal-password',
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['kraft'],
      rests: {
        'ConfigMap/{full}-drain': {
          'files: topics': [
            'topic orders 6 -1',
            'config orders cleanup.policy compact,delete',
            'config orders retention.ms 86400000',
            'topic audit -1 3',
          ],
        },
        'Job/{full}-drain': { 'pod: containers: provision: env: LEADERS': 'servers' },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['zookeeper'],
      rests: { 'Job/{full}-drain': { 'pod: containers: provision: env: LEADERS': 'zookeeper' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['kraft-controllers'],
      rests: { 'Job/{full}-drain': { 'pod: containers: provision: env: LEADERS': 'controllers' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      when: (given) => given.has('tls.enabled'),
      rests: {
        'Job/{full}-drain': {
          pod: {
            'containers: provision: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-auth} 440',
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'Job/{full}-drain': {
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
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['kraft-controllers', 'zookeeper'],
      rests: { 'ConfigMap/{full}-drain': { 'files: topics': '' } },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['kraft', 'kraft-controllers', 'zookeeper'],
      rests: {
        'ConfigMap/{full}-drain': {
          'labels: app.kubernetes.io/component': 'hook',
          files: {
            'partitions.sh': 'files/partitions.sh',
            'provision.sh': 'files/provision.sh',
            'log4j-tools.properties': {
              'log4j.rootLogger': 'ERROR, stderr',
              'log4j.appender.stderr': 'org.apache.log4j.ConsoleAppender',
              'log4j.appender.stderr.target': 'System.err',
              'log4j.appender.stderr.layout': 'org.apache.log4j.PatternLayout',
              'log4j.appender.stderr.layout.ConversionPattern': '%-5p %c{1}: %m%n',
            },
            'log4j2-tools.xml': [
              '<?xml version="1.0" encoding="UTF-8"?>',
              '<Configuration status="WARN">',
              '<Appenders>',
              '<Console name="stderr" target="SYSTEM_ERR">',
              '<PatternLayout pattern="%-5p %c{1}: %m%n"/>',
              '</Console>',
              '</Appenders>',
              '<Loggers>',
              '<Root level="ERROR">',
              '<AppenderRef ref="stderr"/>',
              '</Root>',
              '</Loggers>',
              '</Configuration>',
            ],
          },
        },
        'Job/{full}-drain': {
          'labels: app.kubernetes.io/component': 'hook',
          activeDeadlineSeconds: '{hooks.provisionDeadlineSeconds}',
          'podFailurePolicy.rules.0.onExitCodes.containerName': 'provision',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            security: runsAs(1000),
            'containers: provision': {
              image: '{image:image}',
              command: 'bash /opt/ballast/provision.sh drain',
              env: {
                POD: 'its metadata.name',
                CLUSTERED: 'true',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                CONTROLLER_SUFFIX: '{full}-controller.default.svc.{clusterDomain}',
                AUTH_REQUIRED: 'true',
                TLS: '{tls.enabled}',
                THROTTLE: '{rebalanceThrottle}',
                REPLICAS: '{replicas}',
                MOST: '15',
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
            'volumes: auth':
              'Secret {auth.existingSecret else {full}-auth} 440: internal-password, admin-password',
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      when: (given) => given.text('users') === '[{"name":"orders"}]',
      rests: {
        'Job/{full}-drain': {
          pod: {
            'containers: provision: mounts: /etc/ballast/users/orders': 'user-orders, read only',
            'volumes: user-orders': 'Secret {full}-user-orders 440',
          },
        },
      },
    },
    {
      promise: 'Before members go, a hook moves away what they hold, or refuses',
      topologies: ['kraft'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'Job/{full}-drain': {
          pod: {
            'containers: provision: mounts: /etc/ballast/users/app_user': 'user-app-user, read only',
            'volumes: user-app-user': 'Secret own-secret 440',
          },
        },
      },
    },
    {
      promise: 'It is remembered that a cluster exists, so that empty volumes never found a second one',
      when: (given) => given.has('metrics.enabled'),
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
      promise: 'It is remembered that a cluster exists, so that empty volumes never found a second one',
      topologies: ['kraft', 'kraft-controllers', 'zookeeper'],
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
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      rests: {
        'ConfigMap/{full}-provision': {
          'labels: app.kubernetes.io/component': 'hook',
          hook: hook('post-install,post-upgrade', -1),
          files: {
            'partitions.sh': 'files/partitions.sh',
            'provision.sh': 'files/provision.sh',
            'log4j-tools.properties': {
              'log4j.rootLogger': 'ERROR, stderr',
              'log4j.appender.stderr': 'org.apache.log4j.ConsoleAppender',
              'log4j.appender.stderr.target': 'System.err',
              'log4j.appender.stderr.layout': 'org.apache.log4j.PatternLayout',
              'log4j.appender.stderr.layout.ConversionPattern': '%-5p %c{1}: %m%n',
            },
            'log4j2-tools.xml': [
              '<?xml version="1.0" encoding="UTF-8"?>',
              '<Configuration status="WARN">',
              '<Appenders>',
              '<Console name="stderr" target="SYSTEM_ERR">',
              '<PatternLayout pattern="%-5p %c{1}: %m%n"/>',
              '</Console>',
              '</Appenders>',
              '<Loggers>',
              '<Root level="ERROR">',
              '<AppenderRef ref="stderr"/>',
              '</Root>',
              '</Loggers>',
              '</Configuration>',
            ],
          },
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
            security: runsAs(1000),
            'containers: provision': {
              image: '{image:image}',
              command: 'bash /opt/ballast/provision.sh provision',
              env: {
                POD: 'its metadata.name',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                CONTROLLER_SUFFIX: '{full}-controller.default.svc.{clusterDomain}',
                AUTH_REQUIRED: '{auth.required}',
                TLS: '{tls.enabled}',
                THROTTLE: '{rebalanceThrottle}',
                MOST: '15',
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
              auth: 'Secret {auth.existingSecret else {full}-auth} 440: internal-password, admin-password',
            },
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['kraft'],
      rests: {
        'ConfigMap/{full}-provision': {
          'files: topics': [
            'topic orders 6 -1',
            'config orders cleanup.policy compact,delete',
            'config orders retention.ms 86400000',
            'topic audit -1 3',
          ],
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['zookeeper'],
      rests: { 'Job/{full}-provision': { 'pod: containers: provision: env: LEADERS': 'zookeeper' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['standalone'],
      rests: {
        'Job/{full}-provision': { 'pod: containers: provision: env': { CLUSTERED: 'false', REPLICAS: '1' } },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['kraft-controllers'],
      rests: { 'Job/{full}-provision': { 'pod: containers: provision: env: LEADERS': 'controllers' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['kraft', 'standalone'],
      rests: { 'Job/{full}-provision': { 'pod: containers: provision: env: LEADERS': 'servers' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.has('tls.enabled'),
      rests: {
        'Job/{full}-provision': {
          pod: {
            'containers: provision: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-auth} 440',
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.text('replicas') === '5',
      rests: { 'Job/{full}-provision': { 'pod: containers: provision: env: REPLICAS': '{replicas}' } },
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
      topologies: ['kraft', 'kraft-controllers', 'zookeeper'],
      rests: { 'Job/{full}-provision': { 'pod: containers: provision: env: CLUSTERED': 'true' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['kraft-controllers', 'zookeeper', 'standalone'],
      rests: { 'ConfigMap/{full}-provision': { 'files: topics': '' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      when: (given) => given.text('users') === '[{"name":"orders"}]',
      rests: {
        'Job/{full}-provision': {
          pod: {
            'containers: provision: mounts: /etc/ballast/users/orders': 'user-orders, read only',
            'volumes: user-orders': 'Secret {full}-user-orders 440',
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['kraft'],
      when: (given) => given.has('metrics.enabled'),
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
      topologies: ['kraft-controllers', 'zookeeper', 'kraft'],
      when: (given) => given.text('replicas') === '3',
      rests: { 'Job/{full}-provision': { 'pod: containers: provision: env: REPLICAS': '3' } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['zookeeper'],
      rests: { 'NetworkPolicy/{full}': { 'lets: internal': ['server', 'hook'] } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['kraft-controllers'],
      rests: {
        'NetworkPolicy/{full}': {
          lets: {
            external: ['{"ipBlock":{"cidr":"192.0.2.0/24"}}'],
            internal: ['server', 'controller', 'hook'],
          },
        },
        'NetworkPolicy/{full}-controller': {
          'labels: app.kubernetes.io/component': 'controller',
          of: 'controller',
          policyTypes: '["Ingress"]',
          'lets: controller': ['controller', 'server'],
        },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'NetworkPolicy/{full}-exporter': {
          'labels: app.kubernetes.io/component': 'exporter',
          of: 'exporter',
          policyTypes: '["Ingress"]',
          'lets: metrics': ['all', 'of any name or release app=friend'],
        },
        'NetworkPolicy/{full}': { 'lets: client': ['all', 'of any name or release app=friend'] },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => given.has('networkPolicy.enabled'),
      rests: {
        'NetworkPolicy/{full}': { 'labels: app.kubernetes.io/component': 'server' },
        'NetworkPolicy/{full}-hooks': { 'labels: app.kubernetes.io/component': 'hook' },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      when: (given) => !given.has('networkPolicy.allowFrom'),
      rests: { 'NetworkPolicy/{full}': { 'lets: client': ['all'] } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['kraft', 'zookeeper'],
      when: (given) => given.has('external.enabled'),
      rests: {
        'NetworkPolicy/{full}': {
          'lets: external': ['{"ipBlock":{"cidr":"0.0.0.0/0"}}', '{"ipBlock":{"cidr":"::/0"}}'],
        },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['kraft', 'standalone'],
      when: (given) => given.has('networkPolicy.enabled'),
      rests: { 'NetworkPolicy/{full}': { 'lets: internal controller': ['server', 'hook'] } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('networkPolicy.allowFrom'),
      rests: {
        'NetworkPolicy/{full}-controller': { 'lets: metrics': ['all', 'of any name or release app=friend'] },
        'NetworkPolicy/{full}': { 'lets: metrics': ['all', 'of any name or release app=friend'] },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['kraft-controllers'],
      when: (given) => !given.has('networkPolicy.allowFrom'),
      rests: {
        'NetworkPolicy/{full}-controller': { 'lets: metrics': ['all'] },
        'NetworkPolicy/{full}': { 'lets: metrics': ['all'] },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      when: (given) => given.has('tls.enabled'),
      rests: {
        'Deployment/{full}-exporter': {
          pod: {
            'containers: exporter: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-auth} 440: ca.crt',
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'Service/{full}-exporter': {
          'labels: app.kubernetes.io/component': 'exporter',
          clusterIP: 'None',
          'ports: metrics': '9308 to metrics',
          selects: 'exporter',
        },
        'Deployment/{full}-exporter': {
          'labels: app.kubernetes.io/component': 'exporter',
          replicas: '1',
          selects: 'exporter',
          pod: {
            'labels: app.kubernetes.io/component': 'exporter',
            automountServiceAccountToken: 'false',
            enableServiceLinks: 'false',
            terminationGracePeriodSeconds: '10',
            'nodeSelector.disk': 'nvme',
            'tolerations.0.key': 'dedicated',
            'tolerations.0.operator': 'Exists',
            security: runsAs(65534),
            pullSecrets: '[{"name":"registry-key"}]',
            'containers: exporter': {
              image: 'r37.example/mirror/i84:v1.9.0, pulled Always',
              command: 'sh /opt/ballast/exporter.sh',
              env: { SERVICE_HOST: '{full}.default.svc.k8s.example', AUTH_REQUIRED: 'true' },
              'ports: metrics': '9308',
              ready: '{"httpGet":{"path":"/healthz","port":"metrics"}}; period 10, timeout 5',
              resources: '{"limits":{"memory":"4459Mi"},"requests":{"cpu":"1894m","memory":"3875Mi"}}',
              security: locked,
              mounts: {
                '/opt/ballast': 'scripts, read only',
                '/etc/ballast/auth': 'auth, read only',
                '/run/ballast': 'run',
              },
            },
            volumes: {
              scripts: 'ConfigMap {full}-exporter',
              auth: 'Secret auth-existingsecret-marker 440: admin-password',
              run: 'Memory 1Mi',
            },
          },
        },
        'PrometheusRule/{full}-exporter': {
          labels: {
            'app.kubernetes.io/component': 'exporter',
            'example.com/group': 'labelled-by-metrics-prometheusRule-labels',
          },
          alerts: {
            KafkaServerMissing: { for: '2m', 'labels.severity': 'critical' },
            KafkaUnderReplicated: {
              expr: 'sum(kafka_topic_partition_under_replicated_partition{namespace="default", service="{full}-exporter"}) > 0',
              for: '5m',
              'labels.severity': 'warning',
              'annotations.summary': 'Partitions lack copies',
            },
          },
        },
        'ServiceMonitor/{full}-exporter': {
          labels: {
            'app.kubernetes.io/component': 'exporter',
            'example.com/group': 'labelled-by-metrics-serviceMonitor-labels',
          },
          'endpoints.0.port': 'metrics',
          'endpoints.0.interval': '77s',
          selects: 'exporter',
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      when: (given) => given.text('replicas') === '5',
      rests: {
        'PrometheusRule/{full}-exporter': {
          'alerts: KafkaServerMissing': {
            expr: '(max(kafka_brokers{namespace="default", service="{full}-exporter"}) or vector(0)) < 5',
            'annotations.summary': 'Fewer than 5 servers belong to the cluster',
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      when: (given) => given.has('tls.existingSecret'),
      rests: { 'Deployment/{full}-exporter': { 'pod: containers: exporter: env: TLS': '{tls.enabled}' } },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'PrometheusRule/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          alerts: {
            KafkaServerDown: {
              expr: '(count(kafka_server_replicamanager_partitioncount{namespace="default", service=~"{full}-members|{full}-controller"}) or vector(0)) < 3',
              for: '2m',
              'labels.severity': 'warning',
              'annotations.summary': 'Fewer than 3 servers answer',
            },
            KafkaTooFewCopies: {
              expr: 'sum(kafka_server_replicamanager_underminisrpartitioncount{namespace="default", service=~"{full}-members|{full}-controller"}) > 0',
              for: '1m',
              'labels.severity': 'critical',
              'annotations.summary': 'Partitions have too few copies in sync to be written to with acks=all',
            },
            KafkaPartitionsOffline: {
              expr: 'max(kafka_controller_kafkacontroller_offlinepartitionscount{namespace="default", service=~"{full}-members|{full}-controller"}) > 0',
              for: '1m',
              'labels.severity': 'critical',
              'annotations.summary': 'Partitions have no leader',
            },
            KafkaControllerMissing: {
              expr: '(sum(kafka_controller_kafkacontroller_activecontrollercount{namespace="default", service=~"{full}-members|{full}-controller"}) or vector(0)) != 1',
              for: '1m',
              'labels.severity': 'critical',
              'annotations.summary': 'There is not exactly one active controller',
            },
          },
        },
        'ServiceMonitor/{full}': { 'labels: app.kubernetes.io/component': 'server' },
        'ServiceMonitor/{full}-controller': {
          'labels: app.kubernetes.io/component': 'controller',
          'endpoints.0.port': 'metrics',
          'endpoints.0.interval': '{metrics.serviceMonitor.interval}',
          selects: 'controller',
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['kraft-controllers', 'zookeeper'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'PrometheusRule/{full}-exporter': {
          'alerts: KafkaServerMissing': {
            expr: '(max(kafka_brokers{namespace="default", service="{full}-exporter"}) or vector(0)) < 3',
            'annotations.summary': 'Fewer than 3 servers belong to the cluster',
          },
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('metrics.serviceMonitor.labels'),
      rests: {
        'PrometheusRule/{full}': { 'labels: example.com/group': 'labelled-by-metrics-prometheusRule-labels' },
        'ServiceMonitor/{full}': { 'labels: example.com/group': 'labelled-by-metrics-serviceMonitor-labels' },
        'ServiceMonitor/{full}-controller': {
          'labels: example.com/group': 'labelled-by-metrics-serviceMonitor-labels',
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
      topologies: ['kraft-controllers'],
      rests: {
        'PodDisruptionBudget/{full}-controller': {
          'labels: app.kubernetes.io/component': 'controller',
          maxUnavailable: '1',
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          of: 'controller',
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      when: (given) => given.has('metrics.enabled'),
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
      topologies: ['kraft', 'kraft-controllers', 'zookeeper'],
      rests: { 'PodDisruptionBudget/{full}': { 'labels: app.kubernetes.io/component': 'server' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      when: (given) => given.has('scheduling.priorityClassName'),
      rests: { 'StatefulSet/{full}': { 'pod: priorityClassName': 'important' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'StatefulSet/{full}-controller': {
          pod: {
            apart: 'never on one kubernetes.io/hostname controller',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule"} controller',
          },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['kraft-controllers'],
      when: (given) => !given.has('metrics.enabled'),
      rests: {
        'StatefulSet/{full}-controller': {
          pod: {
            apart: 'rather not on one kubernetes.io/hostname controller {"weight":100}',
            spread:
              '{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"ScheduleAnyway"} controller',
          },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('scheduling.tolerations'),
      rests: {
        'StatefulSet/{full}-controller': {
          pod: { 'tolerations.0.key': 'dedicated', 'tolerations.0.operator': 'Exists' },
        },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('scheduling.nodeSelector'),
      rests: { 'StatefulSet/{full}-controller': { 'pod: nodeSelector.disk': 'nvme' } },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('scheduling.priorityClassName'),
      rests: {
        'StatefulSet/{full}-controller': { 'pod: priorityClassName': '{scheduling.priorityClassName}' },
      },
    },
    {
      promise: 'A drain takes one member at a time, and members are apart',
      topologies: ['kraft-controllers', 'kraft', 'zookeeper'],
      when: (given) => !given.has('metrics.enabled'),
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
        'StatefulSet/{full}': { pod: { security: runsAs(1000), 'containers: kafka: security': locked } },
      },
    },
    {
      promise: 'Pods keep to Pod Security restricted, and hold no token that they do not use',
      topologies: ['kraft-controllers'],
      rests: {
        'StatefulSet/{full}-controller': {
          pod: {
            automountServiceAccountToken: 'false',
            enableServiceLinks: 'false',
            security: runsAs(1000),
            'containers: kafka: security': locked,
            'before: jmx-agent: security': locked,
          },
        },
        'StatefulSet/{full}': { 'pod: before: jmx-agent: security': locked },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: kafka': { image: '{image:image}', resources: '{resources}' },
        },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      topologies: ['kraft-controllers'],
      rests: {
        'StatefulSet/{full}-controller': {
          pod: {
            'containers: kafka': { image: '{image:image}', resources: '{controllers.resources}' },
            'before: jmx-agent': {
              image: '{image:metrics.jmx.image}',
              resources: '{"limits":{"memory":"64Mi"},"requests":{"cpu":"10m","memory":"16Mi"}}',
            },
          },
        },
        'StatefulSet/{full}': {
          'pod: before: jmx-agent': {
            image: '{image:metrics.jmx.image}',
            resources: '{"limits":{"memory":"64Mi"},"requests":{"cpu":"10m","memory":"16Mi"}}',
          },
        },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'StatefulSet/{full}': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'Images and resources are those of the values',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'StatefulSet/{full}-controller': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      topologies: ['kraft-controllers'],
      rests: {
        'StatefulSet/{full}-controller': {
          'persistentVolumeClaimRetentionPolicy.whenDeleted': 'Retain',
          'persistentVolumeClaimRetentionPolicy.whenScaled': 'Retain',
          'claims: data': {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            'spec.accessModes': '{persistence.accessModes}',
            'spec.resources.requests.storage': '{controllers.volumeSize}',
            labels: 'controller',
          },
        },
      },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      when: (given) => given.has('persistence.storageClass'),
      rests: {
        'StatefulSet/{full}': { 'claims: data: spec.storageClassName': 'fast-persistence-storageclass' },
      },
    },
    {
      promise: 'Volumes are those of the values, and outlive the release',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('persistence.storageClass'),
      rests: {
        'StatefulSet/{full}-controller': {
          'claims: data: spec.storageClassName': '{persistence.storageClass}',
        },
      },
    },
    {
      promise: 'What was acknowledged is on the volume',
      rests: { 'StatefulSet/{full}': { 'pod: containers: kafka: mounts: /var/lib/kafka/data': 'data' } },
    },
    {
      promise: 'What was acknowledged is on the volume',
      topologies: ['kraft-controllers'],
      rests: {
        'StatefulSet/{full}-controller': { 'pod: containers: kafka: mounts: /var/lib/kafka/data': 'data' },
      },
    },
    {
      promise: 'Members find each other before any of them is ready, and all start at once',
      topologies: ['kraft-controllers'],
      rests: {
        'Service/{full}-controller': { clusterIP: 'None', publishNotReadyAddresses: 'true' },
        'StatefulSet/{full}-controller': {
          serviceName: '{full}-controller',
          podManagementPolicy: 'Parallel',
          'updateStrategy.type': 'RollingUpdate',
        },
      },
    },
    {
      promise: 'Members find each other before any of them is ready, and all start at once',
      when: (given) => given.has('external.enabled'),
      rests: {
        'Service/{full}-external-0': { publishNotReadyAddresses: 'true' },
        'Service/{full}-external-1': { publishNotReadyAddresses: 'true' },
        'Service/{full}-external-2': { publishNotReadyAddresses: 'true' },
      },
    },
    {
      promise: 'Members find each other before any of them is ready, and all start at once',
      topologies: ['kraft'],
      when: (given) => given.has('external.enabled'),
      rests: {
        'Service/{full}-external-3': { publishNotReadyAddresses: '{enabled}' },
        'Service/{full}-external-4': { publishNotReadyAddresses: '{enabled}' },
      },
    },
    {
      promise: 'A stop hands over first, and has the time for it',
      topologies: ['kraft-controllers'],
      rests: { 'StatefulSet/{full}-controller': { 'pod: terminationGracePeriodSeconds': '60' } },
    },
    {
      promise: 'A stop hands over first, and has the time for it',
      topologies: ['kraft', 'kraft-controllers', 'zookeeper'],
      rests: { 'StatefulSet/{full}': { 'pod: containers: kafka: preStop': 'bash /opt/ballast/stop.sh' } },
    },
    {
      promise: 'Probes tell the truth: recovery is waited for, and nobody is killed for being cut off',
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: kafka': {
            startup: 'bash /opt/ballast/ready.sh; period 2, timeout 5, failure 1800',
            ready: 'bash /opt/ballast/ready.sh; period 5, timeout 5, failure 2',
            live: 'port client; period 30, timeout 10, failure 4',
          },
        },
      },
    },
    {
      promise: 'Probes tell the truth: recovery is waited for, and nobody is killed for being cut off',
      topologies: ['kraft-controllers'],
      rests: {
        'StatefulSet/{full}-controller': {
          'pod: containers: kafka': {
            startup: 'port controller; period 2, timeout 5, failure 1800',
            ready: 'port controller; period 5, timeout 5, failure 2',
            live: 'port controller; period 30, timeout 10, failure 4',
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
            'ballast.dev/system': 'Kafka',
            'ballast.dev/password':
              "kubectl get secret -n default {auth.existingSecret else {full}-auth} -o jsonpath='{.data.admin-password}' | base64 -d",
            'ballast.dev/connect':
              "kubectl exec -n default {full}-0 -c kafka -- bash -c '. /opt/ballast/lib.sh; log_in; admin kafka-topics --describe'",
          },
          type: '{service.type}',
          'ports: client': '9092 to client',
          selects: 'server',
        },
        'Service/{full}-members': {
          'labels: app.kubernetes.io/component': 'server',
          ports: { client: '9092 to client', internal: '9094 to internal' },
          selects: 'server',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['zookeeper'],
      rests: {
        'Service/{full}-external-0': {
          externalTrafficPolicy: 'Local',
          'ports: external': '9096 to external {"nodePort":31090}',
        },
        'Service/{full}-external-1': {
          externalTrafficPolicy: 'Local',
          'ports: external': '9096 to external {"nodePort":31091}',
        },
        'Service/{full}-external-2': {
          externalTrafficPolicy: 'Local',
          'ports: external': '9096 to external {"nodePort":31092}',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['kraft-controllers'],
      rests: {
        'Service/{full}-external-0': {
          'ports: external': '9094 to external',
          'annotations: external-dns.alpha.kubernetes.io/hostname': 'kafka-0.example.com',
        },
        'Service/{full}-external-1': {
          'ports: external': '9094 to external',
          'annotations: external-dns.alpha.kubernetes.io/hostname': 'kafka-1.example.com',
        },
        'Service/{full}-external-2': {
          'ports: external': '9094 to external',
          'annotations: external-dns.alpha.kubernetes.io/hostname': 'kafka-2.example.com',
        },
        'Service/{full}-controller': {
          'labels: app.kubernetes.io/component': 'controller',
          ports: { controller: '9093 to controller', metrics: '9404 to metrics' },
          selects: 'controller',
        },
        'Service/{full}-members': { 'ports: metrics': '9404 to metrics' },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['kraft', 'standalone'],
      rests: { 'Service/{full}-members': { 'ports: controller': '9093 to controller' } },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'Service/{full}-external-0': { 'annotations: example.com/note': 'annotated by external annotations' },
        'Service/{full}-external-1': { 'annotations: example.com/note': 'annotated by external annotations' },
        'Service/{full}-external-2': { 'annotations: example.com/note': 'annotated by external annotations' },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('external.enabled'),
      rests: {
        'Service/{full}-external-0': {
          'labels: app.kubernetes.io/component': 'server',
          type: '{external.type}',
          selects: 'server statefulset.kubernetes.io/pod-name={full}-0',
        },
        'Service/{full}-external-1': {
          'labels: app.kubernetes.io/component': 'server',
          type: '{external.type}',
          selects: 'server statefulset.kubernetes.io/pod-name={full}-1',
        },
        'Service/{full}-external-2': {
          'labels: app.kubernetes.io/component': 'server',
          type: '{external.type}',
          selects: 'server statefulset.kubernetes.io/pod-name={full}-2',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('service.annotations'),
      rests: { 'Service/{full}': { 'annotations: example.com/note': 'annotated by service annotations' } },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['kraft'],
      when: (given) => given.has('external.enabled'),
      rests: {
        'Service/{full}-external-0': { 'ports: external': '9096 to external {"nodePort":{external.port}}' },
        'Service/{full}-external-1': { 'ports: external': '9096 to external {"nodePort":31235}' },
        'Service/{full}-external-2': { 'ports: external': '9096 to external {"nodePort":31236}' },
        'Service/{full}-external-3': {
          'labels: app.kubernetes.io/component': 'server',
          type: '{external.type}',
          externalTrafficPolicy: 'Cluster',
          'ports: external': '9096 to external {"nodePort":31237}',
          selects: 'server statefulset.kubernetes.io/pod-name={full}-3',
        },
        'Service/{full}-external-4': {
          'labels: app.kubernetes.io/component': 'server',
          type: '{external.type}',
          externalTrafficPolicy: 'Cluster',
          'ports: external': '9096 to external {"nodePort":31238}',
          selects: 'server statefulset.kubernetes.io/pod-name={full}-4',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['kraft'],
      when: (given) => given.has('service.annotations'),
      rests: {
        'Service/{full}-external-3': { 'annotations: example.com/note': 'annotated by external annotations' },
        'Service/{full}-external-4': { 'annotations: example.com/note': 'annotated by external annotations' },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['kraft', 'kraft-controllers'],
      when: (given) => given.has('external.enabled'),
      rests: {
        'Service/{full}-external-0': { externalTrafficPolicy: 'Cluster' },
        'Service/{full}-external-1': { externalTrafficPolicy: 'Cluster' },
        'Service/{full}-external-2': { externalTrafficPolicy: 'Cluster' },
      },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      rests: {
        'StatefulSet/{full}': { 'pod: annotations: kubectl.kubernetes.io/default-container': 'kafka' },
      },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      topologies: ['kraft'],
      rests: { 'StatefulSet/{full}': { 'annotations: ballast.dev/architecture': 'kraft' } },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      topologies: ['zookeeper'],
      rests: { 'StatefulSet/{full}': { 'annotations: ballast.dev/architecture': 'zookeeper' } },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      topologies: ['standalone'],
      rests: { 'StatefulSet/{full}': { 'annotations: ballast.dev/architecture': 'standalone' } },
    },
    {
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      topologies: ['kraft-controllers'],
      rests: {
        'StatefulSet/{full}': { 'annotations: ballast.dev/architecture': 'kraft-with-separate-controllers' },
        'StatefulSet/{full}-controller': {
          'annotations: ballast.dev/architecture': 'kraft-with-separate-controllers',
          'pod: annotations': {
            'kubectl.kubernetes.io/default-container': 'kafka',
            'ballast.dev/config': 'a checksum',
          },
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
            'stop.sh': 'files/stop.sh',
            'ready.sh': 'files/ready.sh',
            'log4j2.xml': [
              '<?xml version="1.0" encoding="UTF-8"?>',
              '<Configuration status="WARN">',
              '<Appenders>',
              '<Console name="stdout">',
              "<PatternLayout pattern=\"%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %-5p %c{1}: %m%n\"/>",
              '</Console>',
              '</Appenders>',
              '<Loggers>',
              '<Root level="INFO">',
              '<AppenderRef ref="stdout"/>',
              '</Root>',
              '<!-- All settings, several hundred lines at each start. -->',
              '<Logger name="kafka.server.KafkaConfig" level="WARN"/>',
              '<Logger name="org.apache.kafka.common.config.AbstractConfig" level="WARN"/>',
              '</Loggers>',
              '</Configuration>',
            ],
            'log4j2-tools.xml': [
              '<?xml version="1.0" encoding="UTF-8"?>',
              '<Configuration status="WARN">',
              '<Appenders>',
              '<Console name="stderr" target="SYSTEM_ERR">',
              '<PatternLayout pattern="%-5p %c{1}: %m%n"/>',
              '</Console>',
              '</Appenders>',
              '<Loggers>',
              '<Root level="ERROR">',
              '<AppenderRef ref="stderr"/>',
              '</Root>',
              '</Loggers>',
              '</Configuration>',
            ],
            'jmx.yml': [
              'lowercaseOutputName: true',
              'lowercaseOutputLabelNames: true',
              'includeObjectNames:',
              '- kafka.controller:type=KafkaController,*',
              '- kafka.network:type=SocketServer,name=NetworkProcessorAvgIdlePercent',
              '- kafka.server:type=BrokerTopicMetrics,*',
              '- kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent',
              '- kafka.server:type=KafkaServer,name=BrokerState',
              '- kafka.server:type=ReplicaManager,*',
              '- kafka.server:type=raft-metrics',
              'rules:',
              '- pattern: kafka\\.server<type=KafkaRequestHandlerPool, name=RequestHandlerAvgIdlePercent><>OneMinuteRate',
              'name: kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent',
              '- pattern: kafka\\.(\\w+)<type=([^,>]+), name=((?!RequestHandler)[^,>]+)><>(Value|Count)',
              'name: kafka_$1_$2_$3',
              '- pattern: kafka\\.(\\w+)<type=([^,>]+), name=([^,>]+), (\\w+)=([^,>]+)><>Count',
              'name: kafka_$1_$2_$3',
              'labels:',
              '$4: $5',
              "- pattern: 'kafka\\.server<type=raft-metrics><>([\\w-]+): -?\\d.*'",
              'name: kafka_server_raft_$1',
            ],
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart',
      when: (given) => given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}-exporter': { 'files: exporter.sh': 'files/exporter.sh' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: kafka': {
              command: 'bash /opt/ballast/run.sh',
              env: {
                POD: 'its metadata.name',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                CONTROLLER_SUFFIX: '{full}-controller.default.svc.{clusterDomain}',
                AUTH_REQUIRED: '{auth.required}',
                TLS: '{tls.enabled}',
                PART: 'server',
                CLUSTER: 'ConfigMap {full}-state, group',
                FORMED: 'ConfigMap {full}-state, formed',
                NODE: 'its spec.nodeName',
                GRACE: '{terminationGracePeriodSeconds}',
              },
              ports: { client: '9092', internal: '9094' },
              mounts: {
                '/etc/ballast/pod': 'pod, read only',
                '/run/ballast': 'run',
                '/tmp': 'tmp',
                '/opt/ballast': 'scripts, read only',
                '/etc/ballast/auth': 'auth, read only',
              },
            },
            volumes: {
              auth: 'Secret {auth.existingSecret else {full}-auth} 440: internal-password',
              pod: '{"downwardAPI":{"items":[{"fieldRef":{"fieldPath":"metadata.labels"},"path":"labels"}]}}',
            },
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['zookeeper'],
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: kafka': {
              env: { LEADERS: 'zookeeper', ZOOKEEPER: 'zk-0.example.com:2181,zk-1.example.com:2181' },
              'mounts: /etc/ballast/zookeeper': 'zookeeper, read only',
            },
            'volumes: zookeeper': 'Secret {zookeeper.existingSecret else {full}-auth} 440',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['standalone'],
      rests: { 'StatefulSet/{full}': { 'pod: containers: kafka: env: CLUSTERED': 'false' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['kraft-controllers'],
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: kafka': {
              env: { LEADERS: 'controllers', JMX_AGENT: '/opt/agent/jmx.jar=9404:/opt/ballast/jmx.yml' },
              'ports: metrics': '9404',
              'mounts: /opt/agent': 'agent, read only',
            },
            'before: jmx-agent': {
              command: 'cp /opt/jmx/jmx_prometheus_javaagent-1.0.1.jar /agent/jmx.jar',
              'mounts: /agent': 'agent',
            },
            'volumes: agent': 'disk 32Mi',
          },
        },
        'StatefulSet/{full}-controller': {
          pod: {
            'containers: kafka': {
              command: 'bash /opt/ballast/run.sh',
              env: {
                POD: 'its metadata.name',
                LEADERS: 'controllers',
                CLUSTERED: 'true',
                BASE: '{full}',
                SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                CONTROLLER_SUFFIX: '{full}-controller.default.svc.{clusterDomain}',
                AUTH_REQUIRED: 'true',
                TLS: 'false',
                PART: 'controller',
                CLUSTER: 'ConfigMap {full}-state, group',
                FORMED: 'ConfigMap {full}-state, formed',
                NODE: 'its spec.nodeName',
                JMX_AGENT: '/opt/agent/jmx.jar=9404:/opt/ballast/jmx.yml',
              },
              ports: { controller: '9093', metrics: '9404' },
              mounts: {
                '/run/ballast': 'run',
                '/tmp': 'tmp',
                '/opt/ballast': 'scripts, read only',
                '/etc/ballast/auth': 'auth, read only',
                '/opt/agent': 'agent, read only',
              },
            },
            'before: jmx-agent': {
              command: 'cp /opt/jmx/jmx_prometheus_javaagent-1.0.1.jar /agent/jmx.jar',
              'mounts: /agent': 'agent',
            },
            volumes: {
              run: 'Memory 8Mi',
              tmp: 'disk',
              scripts: 'ConfigMap {full}',
              auth: 'Secret {auth.existingSecret else {full}-auth} 440: internal-password',
              agent: 'disk 32Mi',
            },
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['kraft', 'standalone'],
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: kafka': { 'env: LEADERS': 'servers', 'ports: controller': '9093' },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.has('jvm.heap'),
      rests: { 'StatefulSet/{full}': { 'pod: containers: kafka: env: JVM_FLAGS': jvm(1293942784, '-Dx=y') } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.has('tls.enabled'),
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: kafka: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-auth} 440',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.has('external.enabled'),
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: kafka': {
            env: {
              EXTERNAL_TYPE: '{external.type}',
              EXTERNAL_PORT: '{external.port}',
              EXTERNAL_HOST: '{external.host}',
            },
            'ports: external': '9096',
          },
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['kraft', 'kraft-controllers', 'zookeeper'],
      rests: { 'StatefulSet/{full}': { 'pod: containers: kafka: env: CLUSTERED': 'true' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      when: (given) => given.text('jvm.flags') === '["-XX:MaxGCPauseMillis=20"]',
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: kafka: env: JVM_FLAGS': jvm(335544320, '-XX:MaxGCPauseMillis=20'),
        },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['kraft-controllers'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'StatefulSet/{full}-controller': { 'pod: containers: kafka: env: JVM_FLAGS': jvm(2527592448) },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['kraft-controllers'],
      when: (given) => !given.has('metrics.enabled'),
      rests: {
        'StatefulSet/{full}-controller': { 'pod: containers: kafka: env: JVM_FLAGS': jvm(201326592) },
      },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      cases: ['other kraft', 'other controllers', 'other zookeeper', 'kraft-controllers', 'zookeeper'],
      rests: { 'StatefulSet/{full}': { 'pod: containers: kafka: env: NODE_ADDRESS': 'its status.hostIP' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['kraft-controllers', 'standalone', 'zookeeper'],
      when: (given) => given.text('resources.limits.memory') === '640Mi',
      rests: { 'StatefulSet/{full}': { 'pod: containers: kafka: env: JVM_FLAGS': jvm(335544320) } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      topologies: ['kraft-controllers', 'zookeeper', 'standalone'],
      when: (given) => given.text('resources.limits.memory') === '4244Mi',
      rests: { 'StatefulSet/{full}': { 'pod: containers: kafka: env: JVM_FLAGS': jvm(2225078272) } },
    },
    {
      promise: 'Settings of the servers',
      rests: {
        'ConfigMap/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          files: {
            'server.properties': {
              'inter.broker.listener.name': 'INTERNAL',
              'listener.name.client.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
              'listener.name.internal.sasl.enabled.mechanisms': 'PLAIN',
              'sasl.mechanism.inter.broker.protocol': 'PLAIN',
              'socket.connection.setup.timeout.ms': '1000',
              'socket.connection.setup.timeout.max.ms': '3000',
              'super.users': 'User:ballast;User:admin',
              'allow.everyone.if.no.acl.found': 'true',
            },
            'log4j.properties': {
              'log4j.rootLogger': 'INFO, stdout',
              'log4j.appender.stdout': 'org.apache.log4j.ConsoleAppender',
              'log4j.appender.stdout.layout': 'org.apache.log4j.PatternLayout',
              'log4j.appender.stdout.layout.ConversionPattern':
                "%d{yyyy-MM-dd'T'HH:mm:ss.SSS} %-5p %c{1}: %m%n",
              'log4j.logger.kafka.server.KafkaConfig': 'WARN',
              'log4j.logger.org.apache.kafka.common.config.AbstractConfig': 'WARN',
            },
            'log4j-tools.properties': {
              'log4j.rootLogger': 'ERROR, stderr',
              'log4j.appender.stderr': 'org.apache.log4j.ConsoleAppender',
              'log4j.appender.stderr.target': 'System.err',
              'log4j.appender.stderr.layout': 'org.apache.log4j.PatternLayout',
              'log4j.appender.stderr.layout.ConversionPattern': '%-5p %c{1}: %m%n',
            },
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
      topologies: ['zookeeper'],
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties': {
            'listener.security.protocol.map':
              'CLIENT:SASL_PLAINTEXT,INTERNAL:SASL_PLAINTEXT,EXTERNAL:SASL_PLAINTEXT',
            'authorizer.class.name': 'kafka.security.authorizer.AclAuthorizer',
            'zookeeper.connect': '{zookeeper.connect}{zookeeper.chroot}',
            'zookeeper.set.acl': 'true',
            'zookeeper.session.timeout.ms': '4000',
          },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['standalone'],
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties: share.coordinator.state.topic.replication.factor': '1',
        },
        'StatefulSet/{full}': { replicas: '1' },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['kraft-controllers'],
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties: listener.security.protocol.map':
            'CLIENT:SASL_PLAINTEXT,INTERNAL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,EXTERNAL:SASL_PLAINTEXT',
        },
        'StatefulSet/{full}-controller': {
          'labels: app.kubernetes.io/component': 'controller',
          replicas: '3',
          selects: 'controller',
          pod: {
            'labels: app.kubernetes.io/component': 'controller',
            serviceAccountName: '{full}',
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
      when: (given) => given.has('podLabels'),
      rests: { 'StatefulSet/{full}': { 'pod: labels: example.com/team': 'orders' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('tls.enabled'),
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties': {
            'listener.security.protocol.map':
              'CLIENT:SASL_SSL,INTERNAL:SASL_SSL,CONTROLLER:SASL_SSL,EXTERNAL:SASL_SSL,LOCAL:SASL_PLAINTEXT',
            'ssl.keystore.type': 'PEM',
            'ssl.keystore.location': '/run/ballast/keystore.pem',
            'ssl.truststore.type': 'PEM',
            'ssl.truststore.location': '/etc/ballast/tls/ca.crt',
            'listener.name.local.sasl.enabled.mechanisms': 'PLAIN',
          },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}-exporter': { 'labels: app.kubernetes.io/component': 'exporter' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.has('external.enabled'),
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties: listener.name.external.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('replicas') === '5',
      rests: { 'StatefulSet/{full}': { replicas: '{replicas}' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => !given.has('networkPolicy.enabled'),
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties: listener.security.protocol.map':
            'CLIENT:PLAINTEXT,INTERNAL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
        },
      },
    },
    {
      promise: 'Settings of the servers',
      cases: ['other kraft', 'other single', 'standalone'],
      rests: {
        'ConfigMap/{full}': { 'files: server.properties: share.coordinator.state.topic.min.isr': '1' },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['kraft', 'kraft-controllers', 'standalone'],
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties': {
            'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
            'broker.heartbeat.interval.ms': '500',
            'broker.session.timeout.ms': '2500',
          },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('minInsyncReplicas') === '1',
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties: share.coordinator.state.topic.replication.factor':
            '{defaultReplicationFactor}',
        },
      },
    },
    {
      promise: 'Settings of the servers',
      cases: ['other controllers', 'kraft-controllers', 'kraft'],
      rests: {
        'ConfigMap/{full}': { 'files: server.properties: share.coordinator.state.topic.min.isr': '2' },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['kraft'],
      when: (given) => given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}': { 'files: server.properties: log.retention.hours': '345' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['kraft'],
      when: (given) => !given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}': { 'files: server.properties: log.retention.hours': '72' } },
    },
    {
      promise: 'Settings of the servers',
      cases: ['other kraft', 'other controllers', 'other zookeeper', 'other single'],
      rests: {
        'ConfigMap/{full}': { 'files: server.properties: log.cleaner.dedupe.buffer.size': '134217728' },
      },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => !given.has('metrics.enabled') && given.has('networkPolicy.enabled'),
      rests: {
        'ConfigMap/{full}': { 'files: server.properties: log.cleaner.dedupe.buffer.size': '41943040' },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['kraft-controllers', 'kraft'],
      when: (given) => given.text('minInsyncReplicas') === '-1',
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties: share.coordinator.state.topic.replication.factor': '3',
        },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['kraft-controllers', 'zookeeper', 'kraft'],
      when: (given) => given.text('replicas') === '3',
      rests: { 'StatefulSet/{full}': { replicas: '3' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['kraft', 'standalone'],
      when: (given) => !given.has('tls.enabled') && given.has('networkPolicy.enabled'),
      rests: {
        'ConfigMap/{full}': {
          'files: server.properties: listener.security.protocol.map':
            'CLIENT:SASL_PLAINTEXT,INTERNAL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
        },
      },
    },
  ],
};

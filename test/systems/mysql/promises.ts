import type { Promises } from '../../harness/promises.ts';
import { apiToken, everyChart, hook, locked, runsAs } from '../shared.ts';

/** What each promise of charts/mysql/DESIGN.md rests on. */
export const mysql: Promises = {
  chart: 'mysql',
  varied: [
    {
      name: 'other group',
      on: 'group',
      values: {
        replicas: 5,
        group: { cloneAboveTransactions: 12345 },
        bufferPool: '1500Mi',
        tls: { required: true },
        config: { max_connections: 345, tmp_table_size: 86400000 },
        databases: [{ name: 'orders', characterSet: 'latin1', collation: 'latin1_bin' }],
        users: [
          { name: 'app_user', host: '10.%', grants: [{ privileges: 'SELECT', target: 'orders.*' }] },
          { name: 'own', existingSecret: 'own-secret' },
        ],
        migrations: { scripts: [{ id: 'first', database: 'orders', sql: 'DO 1;' }] },
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
        tls: { existingSecret: '' },
      },
    },
  ],
  promises: [
    ...everyChart,
    {
      promise:
        'A write that the client was told is committed survives the loss of any single member, and the kill of all processes at once',
      rests: {
        'ConfigMap/{full}': {
          'files: my.cnf': {
            datadir: '/var/lib/mysql/data',
            innodb_flush_log_at_trx_commit: '1',
            sync_binlog: '1',
            gtid_mode: 'ON',
            enforce_gtid_consistency: 'ON',
            log_bin: 'binlog',
            relay_log: 'relay',
            binlog_expire_logs_seconds: '604800',
          },
        },
        'StatefulSet/{full}': { 'pod: containers: mysql: mounts: /var/lib/mysql': 'data' },
      },
    },
    {
      promise: 'At most one member accepts writes, and a new primary has everything before it does',
      topologies: ['standalone'],
      rests: { 'ConfigMap/{full}': { 'files: my.cnf: plugin_load_add': 'auth_socket.so' } },
    },
    {
      promise: 'At most one member accepts writes, and a new primary has everything before it does',
      topologies: ['group', 'group-strict'],
      rests: {
        'ConfigMap/{full}': {
          'files: my.cnf': {
            plugin_load_add: 'auth_socket.so & group_replication.so & mysql_clone.so',
            super_read_only: 'ON',
            max_relay_log_size: '1048576',
            loose_group_replication_start_on_boot: 'OFF',
            loose_group_replication_single_primary_mode: 'ON',
            loose_group_replication_consistency: 'BEFORE_ON_PRIMARY_FAILOVER',
            loose_group_replication_member_expel_timeout: '0',
            loose_group_replication_unreachable_majority_timeout: '5',
            loose_group_replication_autorejoin_tries: '0',
            loose_group_replication_exit_state_action: 'OFFLINE_MODE',
          },
        },
      },
    },
    {
      promise: 'Peers show a certificate of the group, and clients may be made to use TLS',
      rests: {
        'ConfigMap/{full}': {
          'files: my.cnf': {
            secure_file_priv: 'NULL',
            skip_name_resolve: 'ON',
            mysqlx: 'OFF',
            ssl_ca: '/etc/ballast/tls/ca.crt',
            ssl_cert: '/etc/ballast/tls/tls.crt',
            ssl_key: '/etc/ballast/tls/tls.key',
          },
        },
        'StatefulSet/{full}': {
          pod: {
            'containers: mysql: mounts: /etc/ballast/tls': 'tls, read only',
            'volumes: tls': 'Secret {tls.existingSecret else {full}-tls} 440',
          },
        },
      },
    },
    {
      promise: 'Peers show a certificate of the group, and clients may be made to use TLS',
      topologies: ['group', 'group-strict'],
      rests: {
        'ConfigMap/{full}': {
          'files: my.cnf': {
            clone_ssl_ca: '/etc/ballast/tls/ca.crt',
            clone_ssl_cert: '/etc/ballast/tls/tls.crt',
            clone_ssl_key: '/etc/ballast/tls/tls.key',
            loose_group_replication_ssl_mode: 'VERIFY_CA',
            loose_group_replication_recovery_use_ssl: 'ON',
            loose_group_replication_recovery_ssl_ca: '/etc/ballast/tls/ca.crt',
          },
        },
      },
    },
    {
      promise: 'Peers show a certificate of the group, and clients may be made to use TLS',
      when: (given) => given.has('tls.required'),
      rests: { 'ConfigMap/{full}': { 'files: my.cnf: require_secure_transport': 'ON' } },
    },
    {
      promise: 'Peers show a certificate of the group, and clients may be made to use TLS',
      when: (given) => !given.has('tls.required'),
      rests: { 'ConfigMap/{full}': { 'files: my.cnf: require_secure_transport': 'OFF' } },
    },
    {
      promise: 'The -primary Service follows the decision of the group, and all members start at once',
      rests: {
        'Service/{full}-primary': { selects: 'server ballast.dev/role=primary' },
        'Service/{full}-members': { selects: 'server ballast.dev/peer=true' },
        'StatefulSet/{full}': { 'pod: labels: ballast.dev/peer': 'true' },
      },
    },
    {
      promise: 'The -primary Service follows the decision of the group, and all members start at once',
      topologies: ['standalone'],
      rests: {
        'Service/{full}-replicas': { selects: 'server ballast.dev/role=primary' },
        'StatefulSet/{full}': { 'pod: labels: ballast.dev/role': 'primary' },
      },
    },
    {
      promise: 'The -primary Service follows the decision of the group, and all members start at once',
      topologies: ['group', 'group-strict'],
      rests: {
        'Service/{full}-replicas': { selects: 'server ballast.dev/readable=true' },
        'StatefulSet/{full}': {
          'pod: before: role': {
            image: '{image:roleSidecar.image}',
            restartPolicy: 'Always',
            command: 'sh /opt/ballast/role.sh',
            env: {
              POD: 'its metadata.name',
              NAMESPACE: 'its metadata.namespace',
              STATEFULSET: '{full}',
              STATE_CONFIGMAP: '{full}-group',
              SELECTOR:
                'app.kubernetes.io/name={name},app.kubernetes.io/instance=shop,app.kubernetes.io/component=server',
              LABELS:
                '{"app.kubernetes.io/component":"server","app.kubernetes.io/instance":"shop","app.kubernetes.io/name":"{name}"}',
              PEER_SUFFIX: '{full}-members.default.svc.{clusterDomain}',
              PEER_PORT: '33061',
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
                PRIMARY_HOST: '{full}-primary.default.svc.{clusterDomain}',
                REPLICAS_HOST: '{full}-replicas.default.svc.{clusterDomain}',
              },
              'mounts: /etc/ballast/auth': 'auth, read only',
            },
            'volumes: auth': 'Secret {auth.existingSecret else {full}-auth} 440',
          },
        },
      },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['group-strict'],
      rests: {
        'Pod/{full}-test': {
          'pod: containers: test: env: MEMBER_HOSTS':
            '{full}-0.{full}-members.default.svc.{clusterDomain} {full}-1.{full}-members.default.svc.{clusterDomain} {full}-2.{full}-members.default.svc.{clusterDomain} {full}-3.{full}-members.default.svc.{clusterDomain} {full}-4.{full}-members.default.svc.{clusterDomain}',
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
      when: (given) => given.has('global.imagePullSecrets'),
      rests: { 'Pod/{full}-test': { 'pod: pullSecrets': '[{"name":"registry-key"}]' } },
    },
    {
      promise: 'helm test does one real write and read',
      topologies: ['group'],
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
      topologies: ['group'],
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
              env: { ARCHITECTURE: '{architecture}', CONVERTS: 'standalone:group' },
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
            'create secrets',
            'get secrets called {full}-auth {full}-user-app {full}-tls',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full}',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8',
          ],
        },
        'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 1' },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['group-strict'],
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called mysql-credentials mysql-certificates',
            'get configmaps called {full}-group',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full}',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            CREDENTIALS: '',
            EXPECTED:
              '{auth.existingSecret else {full}-auth} root-password:text,most=256 replication-password:ascii,most=32 monitor-password:text,most=256,no-%(\nmysql-certificates ca.crt tls.crt tls.key',
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['group', 'group-strict'],
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: STATE_CONFIGMAP': '{full}-group' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.text('replicas') === '5',
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 5' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => !given.has('tls.existingSecret'),
      rests: {
        'Job/{full}-prepare': {
          pod: {
            'containers: prepare: env: TLS_SECRET': '{full}-tls',
            'before: certificates': {
              image: '{image:image}',
              command: 'bash /opt/ballast/certificates.sh /work',
              env: {
                COMMON_NAME: '{full}',
                ALT_NAMES:
                  'DNS:localhost,DNS:{full}-primary.default.svc.{clusterDomain},DNS:{full}-replicas.default.svc.{clusterDomain},DNS:*.{full}-members.default.svc.{clusterDomain},DNS:{full}-primary,DNS:{full}-replicas',
              },
              resources: '{hooks.resources}',
              security: locked,
              mounts: { '/opt/ballast': 'scripts, read only', '/work': 'work' },
            },
          },
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => !given.has('auth.existingSecret'),
      rests: {
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            CREDENTIALS:
              '{full}-auth root-password replication-password monitor-password\n{full}-user-app username=app password',
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
      topologies: ['group'],
      when: (given) => given.text('replicas') === '3',
      rests: { 'Job/{full}-prepare': { 'pod: containers: prepare: env: STATEFULSETS': '{full} 3' } },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      topologies: ['group'],
      when: (given) => !given.has('auth.existingSecret'),
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-auth {full}-user-app {full}-tls',
            'get configmaps called {full}-group',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full}',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8',
          ],
        },
      },
    },
    {
      promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
      when: (given) => given.text('auth.existingSecret') === 'auth-existingsecret-marker',
      rests: {
        'Role/{full}-prepare': {
          may: [
            'create secrets,configmaps',
            'get secrets called {full}-user-app-user auth-existingsecret-marker own-secret tls-existingsecret-marker',
            'get configmaps called {full}-group',
            'get,delete apps/statefulsets,apps/statefulsets/scale called {full}',
            'get,patch pods',
            'patch persistentvolumeclaims called data-{full}-0 data-{full}-1 data-{full}-2 data-{full}-3 data-{full}-4 data-{full}-5 data-{full}-6 data-{full}-7 data-{full}-8',
          ],
        },
        'Job/{full}-prepare': {
          'pod: containers: prepare: env': {
            CREDENTIALS: '{full}-user-app-user username=app_user password',
            EXPECTED:
              '{auth.existingSecret else {full}-auth} root-password:text,most=256 replication-password:ascii,most=32 monitor-password:text,most=256,no-%(\nown-secret username:=own password:text,most=256\ntls-existingsecret-marker ca.crt tls.crt tls.key',
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
          hook: hook('post-install,post-upgrade', -10),
          'files: provision.sh': 'files/provision.sh',
        },
        'Job/{full}-provision': {
          'labels: app.kubernetes.io/component': 'hook',
          backoffLimit: '2',
          activeDeadlineSeconds: '{hooks.provisionDeadlineSeconds}',
          'podFailurePolicy.rules.0.onExitCodes.containerName': 'provision',
          pod: {
            'labels: app.kubernetes.io/component': 'hook',
            security: runsAs(999),
            'containers: provision': {
              image: '{image:image}',
              command: 'bash /opt/ballast/provision.sh',
              'env: PRIMARY_HOST': '{full}-primary.default.svc.{clusterDomain}',
              resources: '{hooks.resources}',
              security: locked,
              mounts: {
                '/opt/ballast': 'scripts, read only',
                '/run/ballast': 'run',
                '/etc/ballast/auth': 'auth, read only',
                '/opt/migrations': 'migrations, read only',
              },
            },
            volumes: {
              scripts: 'ConfigMap {full}-provision: common.sh, hook.sh, lib.sh, provision.sh, provision.sql',
              auth: 'Secret {auth.existingSecret else {full}-auth} 440',
            },
          },
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      cases: ['other group'],
      rests: {
        'ConfigMap/{full}-provision': {
          'files: provision.sql': [
            'CREATE DATABASE IF NOT EXISTS `orders` CHARACTER SET latin1 COLLATE latin1_bin;',
            "CREATE USER IF NOT EXISTS 'app_user'@'10.%' IDENTIFIED BY RANDOM PASSWORD;",
            "GRANT SELECT ON orders.* TO 'app_user'@'10.%';",
            "CREATE USER IF NOT EXISTS 'own'@'%' IDENTIFIED BY RANDOM PASSWORD;",
          ],
        },
        'Job/{full}-provision': {
          pod: {
            'containers: provision: mounts': {
              '/etc/ballast/users/app_user': 'user-app-user, read only',
              '/etc/ballast/users/own': 'user-own, read only',
            },
            volumes: {
              'user-app-user': 'Secret {full}-user-app-user 440',
              'user-own': 'Secret own-secret 440',
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
          files: {
            'provision.sql': [
              'CREATE DATABASE IF NOT EXISTS `app` CHARACTER SET utf8mb4;',
              "CREATE USER IF NOT EXISTS 'app'@'%' IDENTIFIED BY RANDOM PASSWORD;",
              "GRANT ALL ON app.* TO 'app'@'%';",
            ],
            'migration-0000-orders.sql': [
              '-- database: app',
              'CREATE TABLE orders (id BIGINT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(100) NOT NULL);',
            ],
          },
        },
        'Job/{full}-provision': {
          'pod: volumes: migrations':
            'ConfigMap {full}-provision: migration-0000-orders.sql as 0000-orders.sql',
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['group-strict'],
      rests: {
        'ConfigMap/{full}-provision': { 'files: provision.sql': '' },
        'Job/{full}-provision': { 'pod: volumes: migrations': 'ConfigMap {migrations.configMap}' },
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
      when: (given) => given.text('databases') === '[{"name":"app"}]',
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
      topologies: ['group'],
      when: (given) => given.has('migrations.scripts'),
      rests: {
        'ConfigMap/{full}-provision': { 'files: migration-0000-first.sql': ['-- database: orders', 'DO 1;'] },
        'Job/{full}-provision': {
          'pod: volumes: migrations':
            'ConfigMap {full}-provision: migration-0000-first.sql as 0000-first.sql',
        },
      },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['group'],
      when: (given) => !given.has('migrations.scripts'),
      rests: { 'Job/{full}-provision': { 'pod: volumes: migrations': 'disk' } },
    },
    {
      promise:
        'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
      topologies: ['group'],
      when: (given) => given.text('databases') === '[{"name":"app"}]',
      rests: {
        'ConfigMap/{full}-provision': {
          'files: provision.sql': [
            'CREATE DATABASE IF NOT EXISTS `app` CHARACTER SET utf8mb4;',
            "CREATE USER IF NOT EXISTS 'app'@'%' IDENTIFIED BY RANDOM PASSWORD;",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON app.* TO 'app'@'%';",
          ],
        },
      },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['group', 'group-strict'],
      rests: { 'NetworkPolicy/{full}': { 'lets: group': ['server'] } },
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
      rests: { 'NetworkPolicy/{full}': { 'lets: mysql metrics': ['all'] } },
    },
    {
      promise: 'Only the ports that are served are open, each to those who are meant',
      topologies: ['group'],
      when: (given) => given.has('networkPolicy.allowFrom'),
      rests: {
        'NetworkPolicy/{full}': { 'lets: mysql metrics': ['all', 'of any name or release app=friend'] },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['group'],
      rests: {
        'PrometheusRule/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          alerts: {
            MySQLDown: {
              expr: '(max(mysql_up{namespace="default", service="{full}-members"}) or vector(0)) == 0',
              for: '1m',
              'labels.severity': 'critical',
              'annotations.summary': 'No MySQL server answers',
            },
            MySQLGroupMemberMissing: {
              for: '5m',
              'labels.severity': 'warning',
              'annotations.summary': 'A member of the group has been away for five minutes',
            },
            MySQLGroupWithoutPrimary: {
              expr: '(sum(mysql_perf_schema_replication_group_member_info{namespace="default", service="{full}-members", member_state="ONLINE", member_role="PRIMARY"}) or vector(0)) == 0',
              for: '1m',
              'labels.severity': 'critical',
              'annotations.summary': 'The group has no primary, so nobody can write',
            },
          },
        },
        'ServiceMonitor/{full}': { 'labels: app.kubernetes.io/component': 'server' },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['group', 'group-strict'],
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: metrics: args': [
            '--mysqld.address=127.0.0.1:3306',
            '--mysqld.username=ballast_monitor',
            '--tls.insecure-skip-verify',
            '--collect.perf_schema.replication_group_members',
            '--collect.perf_schema.replication_group_member_stats',
          ],
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: metrics': {
            image: '{image:metrics.image}',
            'env: MYSQLD_EXPORTER_PASSWORD':
              'Secret {auth.existingSecret else {full}-auth}, monitor-password',
            'ports: metrics': '9104',
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
      topologies: ['group'],
      when: (given) => given.text('replicas') === '5',
      rests: {
        'PrometheusRule/{full}': {
          'alerts: MySQLGroupMemberMissing: expr':
            '(max(sum by (pod) (mysql_perf_schema_replication_group_member_info{namespace="default", service="{full}-members", member_state="ONLINE"})) or vector(0)) < 5 or (sum(mysql_up{namespace="default", service="{full}-members"}) or vector(0)) < 5',
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['group'],
      when: (given) => given.text('replicas') === '3',
      rests: {
        'PrometheusRule/{full}': {
          'alerts: MySQLGroupMemberMissing: expr':
            '(max(sum by (pod) (mysql_perf_schema_replication_group_member_info{namespace="default", service="{full}-members", member_state="ONLINE"})) or vector(0)) < 3 or (sum(mysql_up{namespace="default", service="{full}-members"}) or vector(0)) < 3',
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['standalone'],
      when: (given) => given.has('metrics.enabled'),
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: metrics: args': [
            '--mysqld.address=127.0.0.1:3306',
            '--mysqld.username=ballast_monitor',
            '--tls.insecure-skip-verify',
          ],
        },
      },
    },
    {
      promise: 'Metrics and alerts can be had',
      topologies: ['group'],
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
      topologies: ['group', 'group-strict'],
      rests: {
        'Role/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          may: [
            'get,list,watch,patch pods',
            'get apps/statefulsets/scale called {full}',
            'get,update configmaps called {full}-group',
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
      topologies: ['group', 'group-strict'],
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
      topologies: ['group'],
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
      topologies: ['group', 'group-strict'],
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
      rests: {
        'StatefulSet/{full}': { pod: { security: runsAs(999), 'containers: mysql: security': locked } },
      },
    },
    {
      promise: 'Images and resources are those of the values',
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: mysql': { image: '{image:image}', resources: '{resources}' },
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
      topologies: ['group', 'group-strict'],
      rests: { 'StatefulSet/{full}': { 'pod: containers: mysql: preStop': 'bash /opt/ballast/stop.sh' } },
    },
    {
      promise: 'Probes tell the truth: recovery is waited for, and nobody is killed for being cut off',
      rests: {
        'StatefulSet/{full}': {
          'pod: containers: mysql': {
            startup: 'bash /opt/ballast/live.sh; period 2, timeout 5, failure 60',
            ready: 'bash /opt/ballast/ready.sh; period 3, timeout 3, failure 2',
            live: 'bash /opt/ballast/live.sh; period 20, timeout 10, failure 6',
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
            'ballast.dev/connect':
              'kubectl exec -it -n default {full}-0 -c mysql -- mysql --host={full}-primary --user=root --password',
            'ballast.dev/password':
              "kubectl get secret -n default {auth.existingSecret else {full}-auth} -o jsonpath='{.data.root-password}' | base64 -d",
            'ballast.dev/system': 'MySQL (primary)',
          },
          type: '{service.type}',
          'ports: mysql': '3306 to mysql',
        },
        'Service/{full}-replicas': {
          'labels: app.kubernetes.io/component': 'server',
          annotations: {
            'ballast.dev/connect':
              'kubectl exec -it -n default {full}-0 -c mysql -- mysql --host={full}-replicas --user=root --password',
            'ballast.dev/password':
              "kubectl get secret -n default {auth.existingSecret else {full}-auth} -o jsonpath='{.data.root-password}' | base64 -d",
            'ballast.dev/system': 'MySQL (replicas)',
          },
          type: '{service.type}',
          'ports: mysql': '3306 to mysql',
        },
        'Service/{full}-members': {
          'labels: app.kubernetes.io/component': 'server',
          'ports: mysql': '3306 to mysql',
        },
      },
    },
    {
      promise: 'Clients find the system by names that do not change',
      topologies: ['group', 'group-strict'],
      rests: { 'Service/{full}-members': { 'ports: group': '33061 to group' } },
    },
    {
      promise: 'Clients find the system by names that do not change',
      when: (given) => given.has('metrics.enabled'),
      rests: { 'Service/{full}-members': { 'ports: metrics': '9104 to metrics' } },
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
      promise:
        'A changed configuration restarts members one after the other, and a hook can compare releases',
      rests: {
        'StatefulSet/{full}': {
          'annotations: ballast.dev/architecture': '{architecture}',
          'pod: annotations: kubectl.kubernetes.io/default-container': 'mysql',
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
      topologies: ['group', 'group-strict'],
      rests: { 'ConfigMap/{full}': { 'files: role.sh': 'common/_api.sh.tpl + common/_role.sh.tpl' } },
    },
    {
      promise: 'Pods run the scripts of the chart, with what those read',
      rests: {
        'StatefulSet/{full}': {
          pod: {
            'containers: mysql': {
              command: 'bash /opt/ballast/run.sh',
              env: {
                POD: 'its metadata.name',
                ARCHITECTURE: '{architecture}',
                MEMBERS_SUFFIX: '{full}-members.default.svc.{clusterDomain}',
                CLONE_ABOVE: '{group.cloneAboveTransactions}',
              },
              'ports: mysql': '3306',
              mounts: {
                '/run/ballast': 'run',
                '/tmp': 'tmp',
                '/opt/ballast': 'scripts, read only',
                '/etc/my.cnf': 'scripts/my.cnf, read only',
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
      topologies: ['group', 'group-strict'],
      rests: {
        'StatefulSet/{full}': {
          pod: { 'containers: mysql: ports: group': '33061', 'volumes: api-access': apiToken },
        },
      },
    },
    {
      promise: 'Settings of the servers',
      rests: {
        'ConfigMap/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          'files: my.cnf': {
            '[client]': '',
            socket: '/run/ballast/mysqld.sock & /run/ballast/mysqld.sock',
            '[mysqld]': '',
            'pid-file': '/run/ballast/mysqld.pid',
            tmpdir: '/tmp',
          },
        },
        'StatefulSet/{full}': {
          'labels: app.kubernetes.io/component': 'server',
          'pod: labels: app.kubernetes.io/component': 'server',
        },
      },
    },
    {
      promise: 'Settings of the servers',
      cases: ['other group'],
      rests: {
        'ConfigMap/{full}': { 'files: my.cnf': { max_connections: '345', tmp_table_size: '86400000' } },
      },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['standalone'],
      rests: { 'StatefulSet/{full}': { replicas: '1' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['group-strict'],
      rests: { 'ConfigMap/{full}': { 'files: my.cnf: innodb_buffer_pool_size': '2670723072' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['group', 'group-strict'],
      rests: {
        'ConfigMap/{full}': {
          'files: my.cnf': {
            loose_group_replication_message_cache_size: '134217728',
            loose_group_replication_recovery_reconnect_interval: '2',
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
      when: (given) => given.has('bufferPool'),
      rests: { 'ConfigMap/{full}': { 'files: my.cnf: innodb_buffer_pool_size': '1572864000' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => !given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}': { 'files: my.cnf: innodb_buffer_pool_size': '3101687808' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('replicas') === '5',
      rests: { 'StatefulSet/{full}': { replicas: '5' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('resources.limits.memory') === '1Gi',
      rests: { 'ConfigMap/{full}': { 'files: my.cnf: innodb_buffer_pool_size': '254803968' } },
    },
    {
      promise: 'Settings of the servers',
      when: (given) => given.text('resources.limits.memory') === '512Mi',
      rests: { 'ConfigMap/{full}': { 'files: my.cnf: innodb_buffer_pool_size': '166723584' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['group'],
      when: (given) => given.text('replicas') === '3',
      rests: { 'StatefulSet/{full}': { replicas: '{replicas}' } },
    },
    {
      promise: 'Settings of the servers',
      topologies: ['standalone'],
      when: (given) => given.has('metrics.enabled'),
      rests: { 'ConfigMap/{full}': { 'files: my.cnf: performance_schema': 'OFF' } },
    },
  ],
};

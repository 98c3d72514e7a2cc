import type { Promises } from '../../contract/promises.ts';
import { roleSidecar, roleVerbs } from '../../contract/sharedpromises.ts';

const certificates = (prefix: string): Record<string, string> => ({
  [`my.cnf: ${prefix}_ca`]: '/etc/ballast/tls/ca.crt',
  [`my.cnf: ${prefix}_cert`]: '/etc/ballast/tls/tls.crt',
  [`my.cnf: ${prefix}_key`]: '/etc/ballast/tls/tls.key',
});

/** What each promise of charts/mysql/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'mysql',
  promises: [
    {
      promise:
        'A write that the client was told is committed is on every member in the end, whatever single member or node was lost, and also when all processes were killed at once.',
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: innodb_flush_log_at_trx_commit': '1',
          'my.cnf: sync_binlog': '1',
          'my.cnf: datadir': '/var/lib/mysql/data',
        },
        'StatefulSet/{full}': {
          'mysql: mount /var/lib/mysql': 'data',
          'mysql: mount /etc/my.cnf': 'scripts/my.cnf, read only',
        },
      },
    },
    {
      promise: 'binary log and GTIDs on, so that it can grow into a group',
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: gtid_mode': 'ON',
          'my.cnf: enforce_gtid_consistency': 'ON',
          'my.cnf: log_bin': 'binlog',
          'my.cnf: relay_log': 'relay',
        },
      },
    },
    {
      promise: 'At most one member accepts writes.',
      of: ['group'],
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: loose_group_replication_single_primary_mode': 'ON',
          'my.cnf: loose_group_replication_consistency': 'BEFORE_ON_PRIMARY_FAILOVER',
          'my.cnf: super_read_only': 'ON',
        },
        'Service/{full}-primary': { selects: 'server ballast.dev/role=primary' },
      },
    },
    {
      promise: 'a member that lost it goes to `OFFLINE_MODE` after 5 s',
      of: ['group'],
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: loose_group_replication_unreachable_majority_timeout': '5',
          'my.cnf: loose_group_replication_exit_state_action': 'OFFLINE_MODE',
          'my.cnf: loose_group_replication_member_expel_timeout': '0',
        },
      },
    },
    {
      promise: "`-primary` follows within a second of the group's decision.",
      of: ['group'],
      rests: {
        'StatefulSet/{full}': {
          ...roleSidecar('{full}', '{full}-state', '{full}-members'),
          'role: env PEER_PORT': '33061',
          'mysql: ready': 'bash /opt/ballast/ready.sh',
          'mysql: mount /run/ballast': 'run',
        },
        'Role/{full}': roleVerbs('{full}', '{full}-state'),
        'Service/{full}-primary': { 'port client': '3306 to client' },
        'Service/{full}-replicas': {
          'port client': '3306 to client',
          selects: 'server ballast.dev/readable=true',
        },
      },
    },
    {
      promise: 'A group is founded only when that is proven to be safe (below).',
      of: ['group'],
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: loose_group_replication_start_on_boot': 'OFF',
          'my.cnf: loose_group_replication_autorejoin_tries': '0',
        },
        'StatefulSet/{full}': {
          podManagementPolicy: 'Parallel',
          'mysql: env ARCHITECTURE': 'group',
          'mysql: env SUFFIX': '{full}-members.default.svc.cluster.local',
        },
        'Service/{full}-members': { publishNotReadyAddresses: 'true', 'port group': '33061 to group' },
      },
    },
    {
      promise: 'copy first (clone) when the transactions needed are no longer in the binary logs or too many',
      of: ['group'],
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: plugin_load_add': 'auth_socket.so & group_replication.so & mysql_clone.so',
          ...certificates('clone_ssl'),
        },
        'StatefulSet/{full}': { 'mysql: env CLONE_ABOVE': '10000' },
      },
    },
    {
      promise: "preStop lets the changes that a pod's end makes by itself pass (2.5 s) before it hands over",
      of: ['group'],
      rests: {
        'StatefulSet/{full}': {
          'mysql: preStop': 'bash /opt/ballast/stop.sh',
          'pod.terminationGracePeriodSeconds': '90',
        },
      },
    },
    {
      promise:
        "So the primary's sidecar takes silent non-members out of the headless Service until they return.",
      of: ['group'],
      rests: {
        'Service/{full}-members': { selects: 'server ballast.dev/peer=true' },
        'StatefulSet/{full}': { 'label ballast.dev/peer': 'true' },
      },
    },
    {
      promise:
        "must show a certificate of the group's own authority (`VERIFY_CA`) when they are dialled, and a NetworkPolicy limits port 33061 to members",
      of: ['group'],
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: loose_group_replication_ssl_mode': 'VERIFY_CA',
          'my.cnf: loose_group_replication_recovery_use_ssl': 'ON',
          'my.cnf: loose_group_replication_recovery_ssl_ca': '/etc/ballast/tls/ca.crt',
          ...certificates('ssl'),
        },
        'NetworkPolicy/{full}': { 'port group': 'server' },
        'StatefulSet/{full}': { 'mysql: mount /etc/ballast/tls': 'tls, read only' },
      },
    },
    {
      promise:
        'A write is acknowledged when the primary has it on disk and one replica has received it (semi-synchronous, AFTER_SYNC, without a time-out).',
      of: ['replication'],
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: loose_rpl_semi_sync_source_timeout': '4294967295',
          'my.cnf: loose_rpl_semi_sync_source_wait_for_replica_count': '1',
          'my.cnf: loose_rpl_semi_sync_source_wait_no_replica': 'ON',
          'my.cnf: loose_rpl_semi_sync_source_wait_point': 'AFTER_SYNC',
          'my.cnf: super_read_only': 'ON',
          'my.cnf: skip_replica_start': 'ON',
        },
      },
    },
    {
      promise: 'A Lease of the API server has one holder at a time, the primary',
      of: ['replication'],
      rests: {
        'StatefulSet/{full}': {
          ...roleSidecar('{full}', '{full}-state', '{full}-members'),
          'role: env LEASE': '{full}',
          'role: env LEASE_SECONDS': '3',
          'role: env PEER_PORT': '3306',
          'mysql: env LEASE_SECONDS': '3',
          'mysql: env ARCHITECTURE': 'replication',
          'mysql: env SUFFIX': '{full}-members.default.svc.cluster.local',
          'mysql: mount /run/ballast': 'run',
          'mysql: ready': 'bash /opt/ballast/ready.sh',
          'mysql: preStop': 'bash /opt/ballast/stop.sh',
          podManagementPolicy: 'Parallel',
        },
        'Role/{full}': {
          ...roleVerbs('{full}', '{full}-state'),
          'get watch patch leases': '{full}',
        },
        'Service/{full}-members': { publishNotReadyAddresses: 'true' },
        'Service/{full}-primary': { selects: 'server ballast.dev/role=primary' },
        'Service/{full}-replicas': { selects: 'server ballast.dev/readable=true' },
      },
    },
    {
      promise:
        'A replica that started anew is another run, because what it had received and not applied is gone (`relay_log_recovery`).',
      of: ['replication'],
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: relay_log_recovery': 'ON',
          'my.cnf: show_replica_auth_info': 'ON',
        },
      },
    },
    {
      promise: 'dropped with its data, which a copy replaces',
      of: ['replication'],
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: plugin_load_add':
            'auth_socket.so & semisync_source.so & semisync_replica.so & mysql_clone.so',
          ...certificates('clone_ssl'),
        },
        'StatefulSet/{full}': { 'mysql: env CLONE_ABOVE': '10000' },
      },
    },
    {
      promise: 'the primary writes `in-sync: -`, and goes on alone (`replication.writesAlone`)',
      of: ['replication'],
      rests: { 'StatefulSet/{full}': { 'mysql: env WRITES_ALONE': 'true' } },
    },
    {
      promise: 'Passwords are in files of mounted Secrets, in no environment',
      rests: {
        'ConfigMap/{full}': { 'my.cnf: secure_file_priv': 'NULL', 'my.cnf: skip_name_resolve': 'ON' },
        'StatefulSet/{full}': { 'mysql: mount /etc/ballast/auth': 'auth, read only' },
      },
    },
    {
      promise: "XCom's message cache is set to 128 MiB",
      of: ['group'],
      rests: {
        'ConfigMap/{full}': {
          'my.cnf: loose_group_replication_message_cache_size': '134217728',
          'my.cnf: max_relay_log_size': '1048576',
        },
      },
    },
    {
      promise: 'in `standalone` the one instance',
      of: ['standalone'],
      rests: {
        'StatefulSet/{full}': { 'label ballast.dev/role': 'primary' },
        'Service/{full}-primary': { selects: 'server ballast.dev/role=primary' },
        'Service/{full}-replicas': { selects: 'server ballast.dev/role=primary' },
      },
    },
    {
      promise: 'the provision hook waits until the new one is accepted',
      rests: {
        'Job/{full}-provision': {
          hook: 'post-install,post-upgrade',
          'provision: env PRIMARY_HOST': '{full}-primary.default.svc.cluster.local',
          'provision: mount /etc/ballast/auth': 'auth, read only',
        },
      },
    },
  ],
};

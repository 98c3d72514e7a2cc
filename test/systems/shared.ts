import type { Promised } from '../harness/promises.ts';

/** A container that can change nothing of its own image and gain no rights. */
export const locked =
  '{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true}';

/** A pod that runs as a user of its image without rights, whose volumes belong to that user. */
export const runsAs = (uid: number): string =>
  `{"fsGroup":${uid},"fsGroupChangePolicy":"OnRootMismatch","runAsGroup":${uid},"runAsNonRoot":true,"runAsUser":${uid},"seccompProfile":{"type":"RuntimeDefault"}}`;

/** A token for the API in one volume, for the one container that mounts it. */
export const apiToken =
  '{"sources":[{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},{"configMap":{"items":[{"key":"ca.crt","path":"ca.crt"}],"name":"kube-root-ca.crt"}}]}';

/** A hook: it goes when it is made anew or has succeeded. One whose log helm shows when it fails is a Job that may refuse. */
export const hook = (events: string, weight: number, shown = false): string =>
  `${events} at ${weight}; goes before-hook-creation,hook-succeeded; log ${shown ? 'hook-failed' : 'never'}`;

/** The flags of every server in Java: a heap of one size, an end when memory runs out, names looked up anew soon. `heap` is in bytes. */
export const jvm = (heap: number, more = ''): string =>
  [
    `-Xms${heap} -Xmx${heap} -XX:+ExitOnOutOfMemoryError -XX:ReservedCodeCacheSize=64m -XX:-UsePerfData`,
    '-Dsun.net.inetaddr.ttl=2 -Dsun.net.inetaddr.negative.ttl=0 -Djava.awt.headless=true',
    more,
  ]
    .filter(Boolean)
    .join(' ');

/** What all charts promise alike, of the objects that a chart has. */
export const everyChart: readonly Promised[] = [
  {
    promise: 'helm test does one real write and read',
    wherever: true,
    rests: {
      'ConfigMap/{full}-test': {
        hook: hook('test', -10),
        files: { 'common.sh': 'common/_agent.sh.tpl', 'lib.sh': 'files/lib.sh', 'test.sh': 'files/test.sh' },
      },
      'Pod/{full}-test': {
        hook: hook('test', 0),
        pod: {
          automountServiceAccountToken: 'false',
          enableServiceLinks: 'false',
          restartPolicy: 'Never',
          'containers: test': {
            image: '{image:image}',
            command: 'bash /opt/ballast/test.sh',
            resources: '{hooks.resources}',
            security: locked,
            mounts: { '/opt/ballast': 'scripts, read only', '/run/ballast': 'run' },
          },
          volumes: { scripts: 'ConfigMap {full}-test', run: 'Memory 8Mi' },
        },
      },
    },
  },
  {
    promise: 'A hook before install and upgrade makes credentials once, and refuses what would lose data',
    wherever: true,
    rests: {
      'ServiceAccount/{full}-prepare': {
        hook: hook('pre-install,pre-upgrade', -10),
        automountServiceAccountToken: 'false',
      },
      'ConfigMap/{full}-prepare': {
        hook: hook('pre-install,pre-upgrade', -10),
        files: {
          'prepare.sh': 'common/_api.sh.tpl + common/_prepare.sh.tpl',
          'certificates.sh': 'common/_certificates.sh.tpl',
        },
      },
      'Role/{full}-prepare': { hook: hook('pre-install,pre-upgrade', -10) },
      'RoleBinding/{full}-prepare': {
        hook: hook('pre-install,pre-upgrade', -10),
        binds: 'Role/{full}-prepare to ServiceAccount {full}-prepare default',
      },
      'Job/{full}-prepare': {
        hook: hook('pre-install,pre-upgrade', -5, true),
        backoffLimit: '1',
        activeDeadlineSeconds: '180',
        'podFailurePolicy.rules.0.action': 'FailJob',
        'podFailurePolicy.rules.0.onExitCodes.containerName': 'prepare',
        'podFailurePolicy.rules.0.onExitCodes.operator': 'In',
        'podFailurePolicy.rules.0.onExitCodes.values': '[64]',
        pod: {
          serviceAccountName: '{full}-prepare',
          automountServiceAccountToken: 'false',
          enableServiceLinks: 'false',
          restartPolicy: 'Never',
          security: runsAs(999),
          'containers: prepare': {
            command: 'sh /opt/ballast/prepare.sh',
            env: {
              NAMESPACE: 'its metadata.namespace',
              VOLUME_SIZE: '{persistence.size}',
              LABELS:
                '{"app.kubernetes.io/component":"server","app.kubernetes.io/instance":"shop","app.kubernetes.io/name":"{name}"}',
            },
            resources: '{hooks.resources}',
            security: locked,
            mounts: {
              '/opt/ballast': 'scripts, read only',
              '/work': 'work',
              '/var/run/secrets/kubernetes.io/serviceaccount': 'api-access, read only',
            },
          },
          volumes: { scripts: 'ConfigMap {full}-prepare', work: 'Memory 8Mi', 'api-access': apiToken },
        },
      },
    },
  },
  {
    promise: 'Before members go, a hook moves away what they hold, or refuses',
    wherever: true,
    rests: {
      'ConfigMap/{full}-drain': {
        hook: hook('pre-upgrade', -4),
        files: {
          'common.sh': 'common/_agent.sh.tpl',
          'hook.sh': 'common/_hook.sh.tpl',
          'lib.sh': 'files/lib.sh',
        },
      },
      'Job/{full}-drain': {
        hook: hook('pre-upgrade', -3, true),
        backoffLimit: '4',
        'podFailurePolicy.rules.0.action': 'FailJob',
        'podFailurePolicy.rules.0.onExitCodes.operator': 'In',
        'podFailurePolicy.rules.0.onExitCodes.values': '[64]',
        pod: {
          automountServiceAccountToken: 'false',
          enableServiceLinks: 'false',
          'dnsConfig.options.0.name': 'ndots',
          'dnsConfig.options.0.value': '1',
          'dnsConfig.options.1.name': 'timeout',
          'dnsConfig.options.1.value': '1',
          'dnsConfig.options.2.name': 'attempts',
          'dnsConfig.options.2.value': '3',
          restartPolicy: 'Never',
          volumes: { run: 'Memory 8Mi', tmp: 'disk', scripts: 'ConfigMap {full}-drain' },
        },
      },
    },
  },
  {
    promise:
      'After install and upgrade a hook makes what the values ask for, is bounded in time, and tells why it fails',
    wherever: true,
    rests: {
      'ConfigMap/{full}-provision': {
        files: {
          'common.sh': 'common/_agent.sh.tpl',
          'hook.sh': 'common/_hook.sh.tpl',
          'lib.sh': 'files/lib.sh',
        },
      },
      'Job/{full}-provision': {
        hook: hook('post-install,post-upgrade', 0, true),
        'podFailurePolicy.rules.0.action': 'FailJob',
        'podFailurePolicy.rules.0.onExitCodes.operator': 'In',
        'podFailurePolicy.rules.0.onExitCodes.values': '[64]',
        pod: {
          automountServiceAccountToken: 'false',
          enableServiceLinks: 'false',
          restartPolicy: 'Never',
          'volumes: run': 'Memory 8Mi',
        },
      },
    },
  },
  {
    promise: 'Only the ports that are served are open, each to those who are meant',
    wherever: true,
    rests: {
      'NetworkPolicy/{full}': { of: 'server', policyTypes: '["Ingress"]' },
      'NetworkPolicy/{full}-hooks': { of: 'hook', policyTypes: '["Ingress"]' },
    },
  },
  {
    promise: 'Metrics and alerts can be had',
    wherever: true,
    rests: {
      'ServiceMonitor/{full}': {
        'endpoints.0.port': 'metrics',
        'endpoints.0.interval': '{metrics.serviceMonitor.interval}',
        selects: 'server',
      },
    },
  },
  {
    promise: 'Roles hold the verbs that are used, and nothing more',
    wherever: true,
    rests: { 'ServiceAccount/{full}': { automountServiceAccountToken: 'false' } },
  },
  {
    promise: 'A drain takes one member at a time, and members are apart',
    wherever: true,
    rests: {
      'PodDisruptionBudget/{full}': {
        maxUnavailable: '1',
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        of: 'server',
      },
    },
  },
  {
    promise: 'Pods keep to Pod Security restricted, and hold no token that they do not use',
    wherever: true,
    rests: {
      'StatefulSet/{full}': { pod: { automountServiceAccountToken: 'false', enableServiceLinks: 'false' } },
    },
  },
  {
    promise: 'Volumes are those of the values, and outlive the release',
    wherever: true,
    rests: {
      'StatefulSet/{full}': {
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
    promise: 'Members find each other before any of them is ready, and all start at once',
    wherever: true,
    rests: {
      'Service/{full}-members': { clusterIP: 'None', publishNotReadyAddresses: 'true' },
      'StatefulSet/{full}': {
        serviceName: '{full}-members',
        podManagementPolicy: 'Parallel',
        'updateStrategy.type': 'RollingUpdate',
      },
    },
  },
  {
    promise: 'A stop hands over first, and has the time for it',
    wherever: true,
    rests: {
      'StatefulSet/{full}': { 'pod: terminationGracePeriodSeconds': '{terminationGracePeriodSeconds}' },
    },
  },
  {
    promise: 'A changed configuration restarts members one after the other, and a hook can compare releases',
    wherever: true,
    rests: { 'StatefulSet/{full}': { 'pod: annotations: ballast.dev/config': 'a checksum' } },
  },
  {
    promise: 'Pods run the scripts of the chart',
    wherever: true,
    rests: {
      'ConfigMap/{full}': {
        files: { 'common.sh': 'common/_agent.sh.tpl', 'lib.sh': 'files/lib.sh', 'run.sh': 'files/run.sh' },
      },
    },
  },
  {
    promise: 'Pods run the scripts of the chart, with what those read',
    wherever: true,
    rests: {
      'StatefulSet/{full}': {
        'pod: volumes': { run: 'Memory 8Mi', tmp: 'disk', scripts: 'ConfigMap {full}' },
      },
    },
  },
  {
    promise: 'Settings of the servers',
    wherever: true,
    rests: { 'StatefulSet/{full}': { selects: 'server', 'pod: serviceAccountName': '{full}' } },
  },
];

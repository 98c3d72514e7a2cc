import { absent, type Promises } from '../../contract/promises.ts';

const config = 'ConfigMap/{full}-collector';
const collectors = 'DaemonSet/{full}-collector';
const queue = (exporter: string) => ({
  [`config.yaml: exporters.${exporter}.sending_queue.storage`]: 'file_storage',
  [`config.yaml: exporters.${exporter}.sending_queue.block_on_overflow`]: 'true',
  [`config.yaml: exporters.${exporter}.retry_on_failure.max_elapsed_time`]: '0s',
});

/** What each promise of charts/logs/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'logs',
  promises: [
    {
      promise: 'A line that a container has printed is in a store',
      rests: {
        [config]: {
          'config.yaml: receivers.file_log/containers.storage': 'file_storage',
          'config.yaml: receivers.file_log/containers.start_at': 'beginning',
          'config.yaml: receivers.file_log/containers.retry_on_failure.enabled': 'true',
          'config.yaml: receivers.file_log/containers.retry_on_failure.max_elapsed_time': '0s',
          'config.yaml: extensions.file_storage.directory': '/var/lib/ballast',
          ...queue('otlp_http/0'),
        },
        [collectors]: {
          'collector: flag feature-gates': 'stanza.synchronousLogEmitter',
          'collector: mount /var/lib/ballast': 'state',
          'collector: mount /var/log/pods': 'pods, read only',
          'volume state':
            '{"hostPath":{"path":"/var/lib/ballast/logs/default/{full}","type":"DirectoryOrCreate"}}',
          'state: command': 'chmod 0770 /var/lib/ballast',
          'pod.securityContext.supplementalGroups': '0',
        },
      },
    },
    {
      promise: 'whatever becomes of collectors and of one store at a time',
      of: ['replicated'],
      rests: {
        [config]: {
          ...queue('otlp_http/1'),
          'config.yaml: service.pipelines.logs.exporters': 'otlp_http/0 otlp_http/1',
        },
        'StatefulSet/{full}': { 'victoria-logs: flag inmemoryDataFlushInterval': '1s' },
        'Service/{full}': { sessionAffinity: 'ClientIP' },
        'Service/{full}-members': { publishNotReadyAddresses: 'true' },
      },
    },
    {
      promise: 'A single store that ends in an orderly way loses nothing',
      of: ['standalone'],
      rests: {
        'StatefulSet/{full}': {
          'victoria-logs: flag storageDataPath': '/data',
          'victoria-logs: mount /data': 'data',
          'pod.terminationGracePeriodSeconds': '{terminationGracePeriodSeconds}',
        },
      },
    },
    {
      promise: 'A queue, and what a store keeps, have a bound.',
      rests: {
        [config]: { 'config.yaml: exporters.otlp_http/0.sending_queue.sizer': 'bytes' },
        'StatefulSet/{full}': { 'victoria-logs: flag retentionPeriod': '{retention.days}d' },
      },
    },
    {
      promise: 'It has no service-account token.',
      rests: {
        [collectors]: {
          'pod.serviceAccountName': absent,
          'pod.automountServiceAccountToken': 'false',
        },
      },
    },
  ],
};

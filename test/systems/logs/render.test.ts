import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadSubject, rules } from '../../contract/contract.ts';
import { withFiles } from '../../contract/mutants.ts';
import { chartNamed, images, topologyNamed } from '../../contract/suite.ts';
import { refusals } from '../../contract/tables.ts';
import { render } from '../../harness/charts/render.ts';
import type { Values } from '../../harness/drill/types.ts';

const chart = chartNamed('logs');

refusals(chart, [
  [
    'a replicated store alone',
    { architecture: 'replicated', replicas: 1 },
    'logs: replicas is 1, and replicated stores are 2 at least: write 2, or architecture standalone',
  ],
  [
    'more room for records than there is',
    { retention: { size: '20Gi' } },
    'logs: retention.size (20Gi) is more than persistence.size (10Gi): write less, or leave it empty for four fifths',
  ],
  [
    'a flag with a value of its own',
    { config: { retentionPeriod: '1y' } },
    'logs: config.retentionPeriod has a value of its own: write retention.days instead',
  ],
  [
    'a flag of the chart',
    { config: { 'httpAuth.username': 'me' } },
    'logs: config.httpAuth.username is managed by the chart: remove it',
  ],
  [
    'all namespaces and some',
    { collector: { namespaces: ['*', 'shop'] } },
    'logs: collector.namespaces has * beside others, and it means all: write ["*"] alone',
  ],
  [
    'a topic of no Kafka',
    { outputs: { kafka: { topic: 'mine' } } },
    'logs: outputs.kafka.topic has no effect, because outputs.kafka.enabled is false: set it to true, or remove it',
  ],
  [
    'a Kafka that is not there',
    { outputs: { kafka: { enabled: true } } },
    'logs: outputs.kafka.connect is empty, and there is no Kafka in the release: write its addresses, or kafka.enabled true beside logs',
  ],
  [
    "a user of another Kafka than the release's",
    { outputs: { kafka: { enabled: true, connect: 'other:9092', user: 'me' } } },
    "logs: outputs.kafka.user has no effect, because outputs.kafka.connect is another Kafka than the release's: write outputs.kafka.existingSecret",
  ],
  [
    "a Secret for the release's Kafka",
    { outputs: { kafka: { enabled: true, existingSecret: 'mine' } } },
    'logs: outputs.kafka.existingSecret has no effect, because outputs.kafka.connect is empty, and the Kafka of the release has users: write outputs.kafka.user',
  ],
  [
    'an exporter of the chart',
    { outputs: { others: { 'otlp_http/0': { endpoint: 'http://other' } } } },
    "logs: outputs.others has otlp_http/0, which is the chart's own: write another name (otlp_http/mine)",
  ],
  [
    'a queue of its own',
    { outputs: { others: { elasticsearch: { sending_queue: { enabled: false } } } } },
    'logs: outputs.others.elasticsearch.sending_queue has a value of its own: write collector.queue instead',
  ],
  [
    'a variable of the chart',
    { collector: { env: [{ name: 'NODE', value: 'x' }] } },
    'logs: collector.env has NODE, which is taken: use another name',
  ],
  [
    'files that are read anyway',
    { collector: { files: [{ directory: '/var/log', app: 'all' }] } },
    'logs: collector.files[0].directory is /var/log, and a collector has /var/log/pods of its own: write another directory',
  ],
  [
    'no regular expression where a record begins',
    { collector: { multiline: { start: '[a-z' } } },
    'logs: collector.multiline.start is "[a-z", which is no regular expression: write for example [A-Z0-9]',
  ],
  [
    'no regular expression of what is dropped',
    { collector: { drop: [{ matching: 'a(?!b)' }] } },
    'logs: collector.drop[0].matching is "a(?!b)", which is no regular expression: RE2 has no look-ahead',
  ],
]);

interface Operator {
  type: string;
  [field: string]: unknown;
}

interface Receiver {
  include: string[];
  exclude: string[];
  multiline?: { line_start_pattern: string };
  operators: Operator[];
}

interface Config {
  receivers: Record<string, Receiver>;
  exporters: Record<string, Record<string, unknown>>;
  service: { pipelines: { logs: { receivers: string[]; exporters: string[] } } };
}

async function config(values: Values): Promise<Config> {
  const { data } = (await render(chart, { release: 'shop', values })).one('ConfigMap', 'shop-logs-collector');
  return parse(data?.['config.yaml'] ?? '') as Config;
}

const containers = async (values: Values): Promise<Receiver> => {
  const receiver = (await config(values)).receivers['file_log/containers'];
  if (receiver === undefined) throw new Error('no containers are read');
  return receiver;
};

/** A regular expression of the collector's, without what Go writes and JavaScript does not. */
const regex = (text: string): RegExp => new RegExp(text.replaceAll('$$', '$').replaceAll('(?P<', '(?<'), 'm');

describe('which containers are read', () => {
  test.each([
    ['the release’s own namespace', {}, ['default']],
    ['further ones', { namespaces: ['shop', 'pay'] }, ['default', 'shop', 'pay']],
    ['all', { namespaces: ['*'] }, ['*']],
  ])('%s', async (_, collector, namespaces) => {
    const { include } = await containers({ collector });
    expect(include).toEqual(
      namespaces.flatMap((name) => [
        `/var/log/pods/${name}_*_*/*/*.log`,
        `/var/log/pods/${name}_*_*/*/*.log.*`,
      ]),
    );
  });

  test('never the collectors, and not what is excluded', async () => {
    const { exclude } = await containers({ collector: { exclude: [{ namespace: 'shop', pod: 'load-*' }] } });
    expect(exclude).toContain('/var/log/pods/default_shop-logs-collector-*_*/*/*.log');
    expect(exclude).toContain('/var/log/pods/shop_load-*_*/*/*.log');
    expect(exclude).toContain('/var/log/pods/*/*/*.gz');
  });
});

describe('which line begins a record', () => {
  const prefix = '2026-11-28T10:00:00.000000001Z stderr F ';

  test.each([
    ['java.lang.IllegalStateException: boom', true],
    ['\tat dev.Shop.pay(Shop.java:7)', false],
    ['Caused by: java.io.IOException: disk full', false],
    ['\t... 12 more', false],
    ['Cats', true],
    ['Causes are many', true],
    ['Caused-by', true],
    ['C', true],
    ['', false],
    ['{"message":"x"}', true],
  ])('%j: %s', async (line, begins) => {
    const pattern = (await containers({})).multiline?.line_start_pattern ?? '';
    // The expression sees the line's end.
    expect(regex(pattern).test(`${prefix}${line}\n`)).toBe(begins);
  });

  test('each, where nothing says so', async () => {
    const { multiline, operators } = await containers({ collector: { multiline: { start: '' } } });
    expect(multiline).toBeUndefined();
    expect(operators[0]).toEqual({ type: 'container' });
  });
});

test.each([
  ['orders-7d9c8b6f5d-x2x4z', 'orders'],
  ['kafka-0', 'kafka'],
  ['shop-logs-collector-bq7zk', 'shop-logs-collector'],
  ['report-29123456-x2x4z', 'report'],
  ['alone', 'alone'],
  ['two-words', 'two-words'],
])('the app of pod %s is %s', async (pod, app) => {
  const { operators } = await containers({});
  const parser = operators.find(({ type }) => type === 'regex_parser');
  expect(regex(String(parser?.regex)).exec(pod)?.groups?.app).toBe(app);
});

test('a record is dropped for all that a rule says, and a dollar stays one', async () => {
  const drop = [{ namespace: 'shop', container: 'nginx', matching: 'GET "/healthz$' }];
  const { operators } = await containers({ collector: { drop } });
  expect(operators.at(-1)).toEqual({
    type: 'filter',
    expr: 'resource["k8s.namespace.name"] == "shop" and resource["k8s.container.name"] == "nginx" and body matches "GET \\"/healthz$$"',
  });
});

test('every store gets every record, by a queue of its own on disk that is sent until it is taken', async () => {
  const { exporters, service } = await config({
    architecture: 'replicated',
    outputs: { kafka: { enabled: true, connect: 'kafka:9092' } },
  });
  expect(service.pipelines.logs.exporters).toEqual(['otlp_http/0', 'otlp_http/1', 'kafka']);
  for (const name of service.pipelines.logs.exporters)
    expect(exporters[name]).toMatchObject({
      sending_queue: {
        storage: 'file_storage',
        sizer: 'bytes',
        queue_size: 2 ** 30,
        block_on_overflow: true,
      },
      retry_on_failure: { max_elapsed_time: '0s' },
    });
});

describe('the Kafka of the release', () => {
  const umbrella = chartNamed('ballast');
  const rendered = (kafka: Values) =>
    render(umbrella, {
      release: 'shop',
      values: {
        kafka: { enabled: true, ...kafka },
        logs: { enabled: true, outputs: { kafka: { enabled: true } } },
      },
    });

  test('is found, with its account and its authority', async () => {
    const output = await rendered({
      users: [{ name: 'logs' }],
      tls: { enabled: true, existingSecret: 'certificate' },
    });
    const { data } = output.one('ConfigMap', 'shop-logs-collector');
    const { exporters } = parse(data?.['config.yaml'] ?? '') as Config;
    expect(exporters.kafka).toMatchObject({
      brokers: ['shop-kafka.default.svc.cluster.local:9092'],
      auth: { sasl: { mechanism: 'SCRAM-SHA-512' } },
      tls: { ca_file: '/etc/ballast/kafka/ca.crt' },
    });
    const [collector] = output.one('DaemonSet', 'shop-logs-collector').spec.template.spec.containers;
    expect(collector?.env).toContainEqual({
      name: 'KAFKA_PASSWORD',
      valueFrom: { secretKeyRef: { name: 'shop-kafka-user-logs', key: 'password' } },
    });
  });

  test('has to know who logs in', async () => {
    await expect(rendered({})).rejects.toThrow(
      'logs: outputs.kafka: kafka lets nobody in without an account, and kafka.users is empty: add {name: logs} there',
    );
  });
});

test('a further exporter has what the user wrote, and a queue', async () => {
  const elasticsearch = { endpoint: 'https://es:9200', user: 'logs', retry: { max_retries: 9 } };
  const { exporters, service } = await config({ outputs: { others: { elasticsearch } } });
  expect(service.pipelines.logs.exporters).toContain('elasticsearch');
  expect(exporters.elasticsearch).toMatchObject({
    ...elasticsearch,
    sending_queue: { storage: 'file_storage', block_on_overflow: true },
  });
});

describe('what a collector may do on its node', () => {
  const restricted = rules.find(({ id }) => id === 'restricted');
  const daemonset = 'templates/collector/daemonset.yaml';

  async function breaches(from: string | RegExp, to: string): Promise<string[]> {
    const text = chart.files.get(daemonset) ?? '';
    const changed = withFiles(chart, [[daemonset, text.replace(from, to)]]);
    const subject = await loadSubject(changed, [topologyNamed(chart, 'standalone')], images);
    return restricted?.check(subject) ?? [];
  }

  test('is what it says', async () => {
    expect(await breaches('', '')).toEqual([]);
  });

  test.each([
    ['it does not say why', /ballast\.dev\/node-access: .*/, 'team: shop', /volume pods is a hostPath/],
    [
      'it could write into logs',
      'mountPath: /var/log/pods\n              readOnly: true',
      'mountPath: /var/log/pods',
      /writes to \/var\/log\/pods of the node, in container collector/,
    ],
    [
      'it opens its directory to everybody by a script',
      'command: [chmod, "0770", /var/lib/ballast]',
      'command: [sh, /open.sh]',
      /container state: runs as root/,
    ],
  ])('is refused where %s', async (_, from, to, said) => {
    expect((await breaches(from, to)).join('\n')).toMatch(said);
  });
});

test('files of apps are read where the node has them, and nothing is written there', async () => {
  const files = [{ directory: '/var/log/shop', pattern: '**/*.txt', app: 'shop' }];
  const output = await render(chart, { release: 'shop', values: { collector: { files } } });
  const { spec } = output.one('DaemonSet', 'shop-logs-collector').spec.template;
  expect(spec.containers[0]?.volumeMounts).toContainEqual({
    name: 'files-0',
    mountPath: '/node/var/log/shop',
    readOnly: true,
  });
  const { receivers } = await config({ collector: { files } });
  expect(receivers['file_log/files-0']?.include).toEqual(['/node/var/log/shop/**/*.txt']);
});

import { describe, expect, test } from 'vitest';
import { withFiles } from '../harness/mutants.ts';
import { brokenBy, casesOf } from '../harness/promises.ts';
import { promises } from '../systems/index.ts';
import { chartNamed } from './suite.ts';

describe.each(promises.map((table) => [table.chart, table] as const))(
  'what %s promises rests on what its pods are given',
  (name, table) => {
    const chart = chartNamed(name);
    test.each(casesOf(chart, table).map((one) => [one.name, one] as const))('%s', async (_, one) => {
      expect(await brokenBy(chart, table, one)).toEqual([]);
    });
  },
);

/** Single changes that take a promise away, and that most drills can't see: [chart, topology, what, file, text there, text instead]. */
type Change = readonly [
  chart: string,
  topology: string,
  what: string,
  path: string,
  from: string | RegExp,
  to: string,
];

const dataClaim = 'common/templates/_objects.tpl';
const accessModes = '{{- toYaml .root.Values.persistence.accessModes | nindent 4 }}';
const server = (chart: string, folder = chart) => `templates/${folder}/statefulset.yaml`;

const everySystem: readonly (readonly [
  chart: string,
  topology: string,
  varied: string,
  folder: string,
  members: string,
])[] = [
  ['mysql', 'group', 'other group', 'mysql', 'services.yaml'],
  ['redis', 'sentinel', 'other sentinel', 'redis', 'services.yaml'],
  ['zookeeper', 'ensemble', 'other ensemble', 'zookeeper', 'services.yaml'],
  ['kafka', 'kraft', 'other kraft', 'kafka', 'services.yaml'],
  ['rabbitmq', 'cluster', 'other cluster', 'rabbitmq', 'services.yaml'],
  ['rocketmq', 'controller', 'other controller', 'broker', 'services.yaml'],
];

const changes: readonly Change[] = [
  [
    'mysql',
    'group',
    'the binary log is not flushed',
    'templates/_helpers.tpl',
    'sync_binlog=1',
    'sync_binlog=0',
  ],
  [
    'mysql',
    'group',
    'a new primary does not apply its backlog first',
    'templates/_helpers.tpl',
    /loose_group_replication_consistency=.*\n/,
    '',
  ],
  [
    'mysql',
    'group',
    'a minority waits for ever',
    'templates/_helpers.tpl',
    /loose_group_replication_unreachable_majority_timeout=.*\n/,
    '',
  ],
  [
    'mysql',
    'group',
    'a minority waits for ever, in figures',
    'templates/_helpers.tpl',
    'unreachable_majority_timeout=5',
    'unreachable_majority_timeout=0',
  ],
  [
    'mysql',
    'group',
    "clients' port where the group's was meant",
    'templates/mysql/networkpolicy.yaml',
    'port: group',
    'port: mysql',
  ],
  ['redis', 'sentinel', 'no append-only file', 'templates/_helpers.tpl', 'appendonly yes', 'appendonly no'],
  ['redis', 'sentinel', 'no hand-over', server('redis'), /( +)preStop:\n(\1 +.*\n)+/, ''],
  [
    'redis',
    'cluster',
    "clients' port where the bus was meant",
    'templates/redis/networkpolicy.yaml',
    'port: bus',
    'port: redis',
  ],
  [
    'zookeeper',
    'ensemble',
    "clients' port where the election's was meant",
    'templates/zookeeper/networkpolicy.yaml',
    'port: election',
    'port: client',
  ],
  [
    'kafka',
    'kraft',
    'a second for a stop',
    server('kafka'),
    'terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}',
    'terminationGracePeriodSeconds: 1',
  ],
  [
    'rabbitmq',
    'cluster',
    'data beside the volume',
    server('rabbitmq'),
    'mountPath: /var/lib/rabbitmq',
    'mountPath: /var/lib/rabbit',
  ],
  [
    'rabbitmq',
    'cluster',
    "clients' port where Erlang's was meant",
    'templates/rabbitmq/networkpolicy.yaml',
    'port: nodes',
    'port: client',
  ],
  [
    'rocketmq',
    'controller',
    'data beside the volume',
    server('rocketmq', 'broker'),
    /- name: data\n(\s+)mountPath: (\S+)/,
    '- name: data\n$1mountPath: $2-elsewhere',
  ],
  ...everySystem.flatMap(([chart, topology, varied, folder, members]): Change[] => [
    [
      chart,
      topology,
      'members that are not ready have no name',
      `templates/${folder}/${members}`,
      'publishNotReadyAddresses: true',
      'publishNotReadyAddresses: false',
    ],
    [
      chart,
      topology,
      'members start one after the other',
      server(chart, folder),
      'podManagementPolicy: Parallel',
      'podManagementPolicy: OrderedReady',
    ],
    [chart, varied, 'persistence.accessModes is ignored', dataClaim, accessModes, '[ReadWriteOnce]'],
  ]),
];

describe('a single change that takes a promise away is told', () => {
  test.each(changes)('%s, %s: %s', async (name, topology, _, path, from, to) => {
    const chart = chartNamed(name);
    const table = promises.find((one) => one.chart === name);
    const one = table && casesOf(chart, table).find((each) => each.name === topology);
    const [library = '', ...inside] = path.split('/');
    const files = chart.dependencies.find(([, each]) => each.name === library)?.[1].files ?? chart.files;
    const text = files.get(files === chart.files ? path : inside.join('/')) ?? '';
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    if (table === undefined || one === undefined) throw new Error(`${name} promises nothing of ${topology}`);
    expect(await brokenBy(withFiles(chart, [[path, changed]]), table, one)).not.toEqual([]);
  });
});

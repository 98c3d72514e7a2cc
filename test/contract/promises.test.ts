import { describe, expect, test } from 'vitest';
import type { Chart, ValuesFile } from '../harness/charts/charts.ts';
import { loadSubject, rules } from './contract.ts';
import { withFiles } from './mutants.ts';
import { brokenBy, unwritten } from './promises.ts';
import { promises } from './promisetables.ts';
import { chartNamed, images, topologyNamed } from './suite.ts';

describe.each(promises.map((table) => [table.chart, table] as const))(
  'what %s promises rests on what its pods are given',
  (name, table) => {
    const chart = chartNamed(name);
    test.each(chart.topologies.map((one) => [one.name, one] as const))('%s', async (_, one) => {
      expect(await brokenBy(chart, table, one)).toEqual([]);
    });

    test('each is in the words of its design', () => {
      expect(unwritten(chart, table)).toEqual([]);
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

const objects = 'common/templates/_objects.tpl';
const accessModes = '{{- toYaml .root.Values.persistence.accessModes | nindent 4 }}';
const server = 'templates/server/statefulset.yaml';

const everySystem = [
  ['mysql', 'group'],
  ['redis', 'sentinel'],
  ['mongodb', 'replicaset'],
  ['tidb', 'cluster'],
  ['zookeeper', 'ensemble'],
  ['kafka', 'kraft'],
  ['rabbitmq', 'cluster'],
  ['rocketmq', 'controller'],
] as const;

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
    "the group's port is open to clients",
    'templates/_system.tpl',
    'group: {port: 33061, from: [server]}',
    'group: {port: 33061, from: [clients]}',
  ],
  ['redis', 'sentinel', 'no append-only file', 'templates/_helpers.tpl', 'appendonly yes', 'appendonly no'],
  ['redis', 'sentinel', 'no hand-over', server, /( +)preStop:\n(\1 +.*\n)+/, ''],
  [
    'redis',
    'cluster',
    'the bus port is open to clients',
    'templates/_system.tpl',
    'bus: {port: 16379, from: [server]',
    'bus: {port: 16379, from: [clients]',
  ],
  [
    'mongodb',
    'replicaset',
    'nobody has to log in',
    'templates/_helpers.tpl',
    /.*"security.authorization".*\n/,
    '',
  ],
  ['mongodb', 'replicaset', 'no hand-over', server, /( +)preStop:\n(\1 +.*\n)+/, ''],
  [
    'tidb',
    'cluster',
    'two copies',
    'templates/_helpers.tpl',
    '{{ ternary 3 1 (eq .Values.architecture "cluster") }}{{- end -}}\n\n',
    '{{ ternary 2 1 (eq .Values.architecture "cluster") }}{{- end -}}\n\n',
  ],
  [
    'tidb',
    'cluster',
    "PD's API is open to clients",
    'templates/_system.tpl',
    'concat (list "pd" "tikv" "server" "hook") $watchers',
    'concat (list "clients") $watchers',
  ],
  [
    'zookeeper',
    'ensemble',
    "the election's port is open to clients",
    'templates/_system.tpl',
    'election: {port: 3888, from: [server]}',
    'election: {port: 3888, from: [clients]}',
  ],
  [
    'kafka',
    'kraft',
    'a second for a stop',
    server,
    /terminationGracePeriodSeconds: .*/,
    'terminationGracePeriodSeconds: 1',
  ],
  [
    'rabbitmq',
    'cluster',
    'data beside the volume',
    server,
    'mountPath: /var/lib/rabbitmq',
    'mountPath: /var/lib/rabbit',
  ],
  [
    'rabbitmq',
    'cluster',
    "Erlang's port is open to clients",
    'templates/_system.tpl',
    'nodes: {port: 25672, from: [server, hook]}',
    'nodes: {port: 25672, from: [clients]}',
  ],
  [
    'rocketmq',
    'controller',
    'data beside the volume',
    server,
    /- name: data\n(\s+)mountPath: (\S+)/,
    '- name: data\n$1mountPath: $2-elsewhere',
  ],
  ...everySystem.flatMap(([chart, topology]): Change[] => [
    [
      chart,
      topology,
      'members that are not ready have no name',
      objects,
      'publishNotReadyAddresses: true',
      'publishNotReadyAddresses: false',
    ],
    [
      chart,
      topology,
      'members start one after the other',
      server,
      'podManagementPolicy: Parallel',
      'podManagementPolicy: OrderedReady',
    ],
    [chart, topology, 'persistence.accessModes is ignored', objects, accessModes, '[ReadWriteOnce]'],
  ]),
];

/** The first that says that a chart with a change in it keeps less than it promises: its promises, or the contract. */
async function caught(chart: Chart, topology: ValuesFile): Promise<string | undefined> {
  const table = promises.find((one) => one.chart === chart.name);
  const [broken] = table ? await brokenBy(chart, table, topology) : [];
  if (broken !== undefined) return broken;
  const subject = await loadSubject(chart, [{ name: 'defaults', values: {} }, ...chart.topologies], images);
  return rules.flatMap((rule) => rule.check(subject))[0];
}

describe('a single change that takes a promise away is told', () => {
  test.each(changes)('%s, %s: %s', async (name, topology, _, path, from, to) => {
    const chart = chartNamed(name);
    const [library = '', ...inside] = path.split('/');
    const files = chart.dependencies.find(([, each]) => each.name === library)?.[1].files ?? chart.files;
    const text = files.get(files === chart.files ? path : inside.join('/')) ?? '';
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    const outcome = await caught(withFiles(chart, [[path, changed]]), topologyNamed(chart, topology));
    expect(outcome).not.toBeUndefined();
  });

  test.each(everySystem)('%s, %s: as it is, nothing is told', async (name, topology) => {
    const chart = chartNamed(name);
    expect(await caught(chart, topologyNamed(chart, topology))).toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import type { Chart, ValuesFile } from '../harness/charts.ts';
import { loadSubject, rules } from '../harness/contract.ts';
import { withFiles } from '../harness/mutants.ts';
import { brokenBy, unwritten } from '../harness/promises.ts';
import { promises } from '../systems/index.ts';
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

const dataClaim = 'common/templates/_objects.tpl';
const accessModes = '{{- toYaml .root.Values.persistence.accessModes | nindent 4 }}';
const server = (chart: string, folder = chart) => `templates/${folder}/statefulset.yaml`;

const everySystem: readonly (readonly [chart: string, topology: string, folder: string, members: string])[] =
  [
    ['mysql', 'group', 'mysql', 'services.yaml'],
    ['redis', 'sentinel', 'redis', 'services.yaml'],
    ['zookeeper', 'ensemble', 'zookeeper', 'services.yaml'],
    ['kafka', 'kraft', 'kafka', 'services.yaml'],
    ['rabbitmq', 'cluster', 'rabbitmq', 'services.yaml'],
    ['rocketmq', 'controller', 'broker', 'services.yaml'],
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
    /terminationGracePeriodSeconds: .*/,
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
  ...everySystem.flatMap(([chart, topology, folder, members]): Change[] => [
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
    [chart, topology, 'persistence.accessModes is ignored', dataClaim, accessModes, '[ReadWriteOnce]'],
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

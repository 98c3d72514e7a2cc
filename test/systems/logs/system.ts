import type { DrillContext } from '../../harness/drill/drill.ts';
import { crashNode, kill, remove, removeAtOnce } from '../../harness/drill/faults.ts';
import type { Drill, System } from '../../harness/drill/types.ts';

const standalone = 'standalone';
const replicated = 'replicated';
/** Lines a second are some 400 of each writer, one after the other. */
const writers = 5;
const collector = { container: 'collector' };

/** Nobody waits for logs: an app that prints is never held up, whoever is lost. Lines are there again soon after who is lost; the goal of 5 s is for docs, this is a ceiling. */
const keeps = { keeps: 'everything', outageMs: 5000, goalMs: 1000, lateMs: 60_000 } as const;

/** The collector on the node of who writes. */
async function reader(context: DrillContext) {
  const collectors = await context.podsOf('collector');
  const found = collectors.filter(({ spec }) => spec?.nodeName?.endsWith('-control-plane') ?? false);
  return found.length > 0 ? found : collectors;
}

const drills: Drill[] = [
  {
    name: 'collector-kill',
    title: 'SIGKILL of the collector that reads the writer',
    topology: standalone,
    expect: keeps,
    act: async (context) => {
      await context.inflict(kill, await reader(context), collector);
    },
  },
  {
    name: 'collector-delete',
    title: 'forced delete of the collector’s pod, and a rolling upgrade of all collectors',
    topology: standalone,
    expect: keeps,
    act: async (context) => {
      await context.inflict(removeAtOnce, await reader(context), collector);
      await context.hold(20);
      await context.upgrade({ collector: { resources: { requests: { cpu: '60m' } } } });
    },
  },
  {
    name: 'store-delete',
    title: 'graceful delete of the store’s pod',
    topology: standalone,
    expect: keeps,
    act: async (context) => {
      await context.inflict(remove, await context.members());
    },
  },
  {
    name: 'node-crash',
    title: 'crash of the store’s node, back after 60 s',
    topology: replicated,
    expect: keeps,
    act: async (context) => {
      await using _crashed = await context.inflict(crashNode, [await context.primary()]);
      await context.hold(60);
    },
  },
  {
    name: 'kill',
    title: 'SIGKILL of a store',
    topology: replicated,
    expect: keeps,
    act: async (context) => {
      await context.inflict(kill, [await context.primary()]);
    },
  },
  {
    name: 'flood',
    title:
      '2000 lines a second for 100 s, over rotations of the log; SIGKILL of the collector, of a store, of the other store',
    topology: replicated,
    expect: keeps,
    act: async (context) => {
      await context.hold(20);
      await context.inflict(kill, await reader(context), collector);
      await context.hold(20);
      const [first, second] = await context.members();
      if (first) await context.inflict(kill, [first]);
      await context.hold(20);
      if (second) await context.inflict(kill, [second]);
      await context.hold(30);
    },
  },
  {
    name: 'control-standalone',
    title: 'negative control: a single store is killed with what it has in memory',
    topology: standalone,
    values: { config: { inmemoryDataFlushInterval: '30s' } },
    expect: { loses: 'something' },
    act: async (context) => {
      await context.inflict(kill, await context.members());
    },
  },
];

export const system: System = {
  name: 'logs',
  container: 'victoria-logs',
  plainWrites: false,
  refusesElsewhere: false,
  labelsPrimary: false,
  readsNodes: true,
  atLeastOnce: true,
  topologies: [
    {
      name: standalone,
      values: { architecture: standalone },
      size: () => ({ members: 1, primaries: 1 }),
      keys: writers,
      places: (members, host) => members.map(host),
    },
    {
      name: replicated,
      values: { architecture: replicated, replicas: 2 },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: Number(replicas) }),
      keys: writers,
      // What one lost with its process, the others have.
      places: (members, host) => [members.map(host).join(',')],
    },
    {
      // A copy of every record goes to the Kafka of the release.
      name: 'kafka',
      values: { architecture: standalone, outputs: { kafka: { enabled: true } } },
      beside: {
        kafka: {
          enabled: true,
          architecture: 'standalone',
          users: [{ name: 'logs' }],
          topics: [{ name: 'logs', partitions: 1 }],
        },
      },
      size: () => ({ members: 1, primaries: 1 }),
      keys: writers,
      places: (members, host) => members.map(host),
    },
  ],
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=logs,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-logs`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-logs-members`,
  probeEnv: (release) => [{ name: 'MEMBERS_SERVICE', value: `${release}-logs-members` }],
};

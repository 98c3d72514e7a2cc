import type { V1Pod } from '@kubernetes/client-node';
import { failoverDrills, losesItsVolume } from '../../harness/drill/failover.ts';
import { loseVolume, partitionFromPeers } from '../../harness/drill/faults.ts';
import type { Drill, System, Topology, Values } from '../../harness/drill/types.ts';

const masterSlave = 'master-slave';
const controller = 'controller';
const data = '/home/rocketmq/store';

const base: Values = { topics: [{ name: 'ledger', queues: 2 }], consumerGroups: ['ledger'] };

/** The group's number is the last but one part of a broker's name. */
const groupOf = (pod: V1Pod) => pod.metadata?.labels?.['ballast.dev/group'] ?? '';

/** What the first brokers of all groups hold together is everything, and so is what the second ones do; what groups had that are no more, their consumers got. */
const places: Topology['places'] = (members, host) => {
  const groups = new Map<string, V1Pod[]>();
  for (const pod of members) groups.set(groupOf(pod), [...(groups.get(groupOf(pod)) ?? []), pod]);
  const most = Math.max(...[...groups.values()].map((pods) => pods.length));
  return Array.from({ length: most }, (_, place) =>
    [...[...groups.values()].flatMap((pods) => (pods[place] ? [host(pods[place])] : [])), 'consumed'].join(),
  );
};

const change = (seed: number): Values => ({ config: { fileReservedTime: 48 + seed } });

const drills: Drill[] = [
  ...failoverDrills({
    topology: masterSlave,
    sizes: {
      title: 'groups 2 → 3 → 2 while clients send and consume',
      values: [{ groups: 3 }, { groups: 2 }],
    },
    limits: {
      kill: { goal: 3, ceiling: 20 },
      graceful: { goal: 1, ceiling: 30 },
      freeze: { goal: 3, ceiling: 20 },
      nodeCrash: { goal: 3, ceiling: 20 },
      partition: { goal: 3, ceiling: 20 },
      all: { goal: 20, ceiling: 90 },
    },
    change,
  }),
  {
    name: 'lost-volume',
    title: 'loss of a master’s volume',
    topology: masterSlave,
    expect: { keeps: 'everything', outageMs: 20_000, goalMs: 3000 },
    act: async (context) => {
      await context.inflict(loseVolume(data), [await context.primary()]);
    },
  },
  {
    name: 'lost-volume-slave',
    title: 'loss of a slave’s volume, and then of its master’s',
    topology: masterSlave,
    expect: { keeps: 'everything', outageMs: 20_000, goalMs: 3000 },
    act: async (context) => {
      const master = await context.primary();
      const slave = (await context.members()).find(
        (pod) => groupOf(pod) === groupOf(master) && pod.metadata?.name !== master.metadata?.name,
      );
      if (!slave) throw new Error('the master has no slave');
      await context.inflict(loseVolume(data), [slave]);
      await context.settled();
      await context.inflict(loseVolume(data), [master]);
    },
  },
  ...failoverDrills({
    topology: controller,
    prefix: 'controller-',
    sizes: {
      title: 'groups 1 → 2 → 1 while clients send and consume',
      values: [{ groups: 2 }, { groups: 1 }],
    },
    limits: {
      kill: { goal: 8, ceiling: 40 },
      graceful: { goal: 2, ceiling: 40 },
      freeze: { goal: 8, ceiling: 40 },
      nodeCrash: { goal: 8, ceiling: 40 },
      partition: { goal: 8, ceiling: 40 },
      all: { goal: 30, ceiling: 120 },
    },
    change,
  }),
  {
    name: 'controller-lost-volume',
    title: 'loss of the master’s volume',
    topology: controller,
    expect: { keeps: 'everything', outageMs: 40_000, goalMs: 8000 },
    act: async (context) => {
      await context.inflict(loseVolume(data), [await context.primary()]);
    },
  },
  {
    name: 'control-async',
    title:
      'negative control: a master that waits for nobody is cut off from its slave, and then loses its volume',
    topology: masterSlave,
    values: { replication: 'async', flush: 'async' },
    expect: { loses: 'something' },
    act: async (context) => {
      const master = await context.primary();
      {
        await using _cut = await context.inflict(partitionFromPeers, [master]);
        await context.hold(10);
        await context.inflict(loseVolume(data), [master]);
      }
    },
  },
  losesItsVolume('broker', data),
];

export const system: System = {
  name: 'rocketmq',
  container: 'broker',
  plainWrites: false,
  refusesElsewhere: false,
  labelsPrimary: false,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone', ...base },
      size: () => ({ members: 1, primaries: 1 }),
      places,
    },
    {
      name: masterSlave,
      values: { architecture: 'masterSlave', groups: 2, replicasPerGroup: 2, ...base },
      size: ({ groups, replicasPerGroup }) => ({
        members: Number(groups) * Number(replicasPerGroup),
        primaries: Number(groups),
      }),
      places,
    },
    {
      name: controller,
      values: { architecture: controller, groups: 1, replicasPerGroup: 3, ...base },
      size: ({ groups, replicasPerGroup }) => ({
        members: Number(groups) * Number(replicasPerGroup),
        primaries: Number(groups),
      }),
      places,
    },
  ],
  images: ['docker.io/apache/rocketmq:5.4.0'],
  light: { jvm: { flags: ['-XX:TieredStopAtLevel=1'] } },
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=rocketmq,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-rocketmq-namesrv`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-rocketmq-members`,
  probeEnv: (release) => [
    { name: 'ROCKETMQ_NAME_SERVERS', value: `${release}-rocketmq-namesrv` },
    { name: 'ROCKETMQ_USER', value: 'admin' },
    {
      name: 'ROCKETMQ_PASSWORD',
      valueFrom: { secretKeyRef: { name: `${release}-rocketmq-auth`, key: 'admin-password' } },
    },
  ],
};

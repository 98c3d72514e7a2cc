import type { V1Pod } from '@kubernetes/client-node';
import { converts, failoverDrills, oneOrReplicas } from '../../harness/drill/failover.ts';
import { kill, partitionFromPeers } from '../../harness/drill/faults.ts';
import type { Drill, System, Topology, Values } from '../../harness/drill/types.ts';

const account = 'ledger';

const base: Values = { users: [{ name: account, rules: '~* &* +@all' }] };

const sentinel = 'sentinel';
/** A primary and one replica in each shard: nothing can be acknowledged by two while either is away. */
const pairs = 'cluster';
/** With two replicas, a write can be waited for while one member of its shard is away. */
const triples = 'cluster-3x3';

function clusterOf(name: string, replicasPerShard: number): Topology {
  return {
    name,
    values: { architecture: 'cluster', shards: 3, replicasPerShard, ...base },
    size: ({ shards, replicasPerShard }) => ({
      members: Number(shards) * (1 + Number(replicasPerShard)),
      primaries: Number(shards),
    }),
    keys: 3,
    places: (members, host) => {
      const shards = new Map<string, V1Pod[]>();
      for (const pod of members) {
        const shard = pod.metadata?.labels?.['ballast.dev/shard'] ?? '';
        const primary = pod.metadata?.labels?.['ballast.dev/role'] === 'primary';
        const others = shards.get(shard) ?? [];
        shards.set(shard, primary ? [pod, ...others] : [...others, pod]);
      }
      const most = Math.max(...[...shards.values()].map((pods) => pods.length));
      return Array.from({ length: most }, (_, place) =>
        [...shards.values()].flatMap((pods) => (pods[place] ? [host(pods[place])] : [])).join(),
      );
    },
  };
}

const clusterLimits = {
  kill: { goal: 4, ceiling: 25 },
  graceful: { goal: 1, ceiling: 30 },
  freeze: { goal: 6, ceiling: 25 },
  nodeCrash: { goal: 6, ceiling: 25 },
  partition: { goal: 6, ceiling: 25 },
  // A server that gets stuck (see is_stuck in the chart) is ended only after a minute.
  all: { goal: 15, ceiling: 120 },
};
const change = (seed: number): Values => ({ config: { maxclients: 1000 + seed } });

const drills: Drill[] = [
  ...failoverDrills({
    topology: sentinel,
    sizes: { title: 'scale 3 → 5 → 3', values: [{ replicas: 5 }, { replicas: 3 }] },
    limits: {
      kill: { goal: 3, ceiling: 20 },
      graceful: { goal: 1, ceiling: 30 },
      freeze: { goal: 6, ceiling: 25 },
      nodeCrash: { goal: 6, ceiling: 25 },
      partition: { goal: 6, ceiling: 25 },
      all: { goal: 15, ceiling: 60 },
    },
    change,
  }),
  ...failoverDrills({
    topology: pairs,
    prefix: 'cluster-',
    sizes: { title: 'shards 3 → 5 → 3 while clients write', values: [{ shards: 5 }, { shards: 3 }] },
    limits: clusterLimits,
    change,
  }).filter(({ name }) =>
    ['cluster-kill', 'cluster-all', 'cluster-all-deleted', 'cluster-scale'].includes(name),
  ),
  ...failoverDrills({
    topology: triples,
    prefix: 'cluster-3x3-',
    sizes: {
      title: 'replicas of each shard 2 → 3 → 2',
      values: [{ replicasPerShard: 3 }, { replicasPerShard: 2 }],
    },
    limits: clusterLimits,
    change,
  }),
  {
    name: 'cluster-scale-interrupted',
    title: 'shards 3 → 4 → 3, and each time the Job that moves the keys loses its pod half-way',
    topology: pairs,
    expect: { keeps: 'everything', outageMs: 30_000, goalMs: 1000 },
    act: async (context) => {
      await context.upgradeInterrupted({ shards: 4 }, 'ballast-redis-provision', /moved \d+ of/);
      await context.settled();
      await context.upgradeInterrupted({ shards: 3 }, 'ballast-redis-drain', /moved \d+ of/);
    },
  },
  {
    name: 'control-partition',
    title:
      'negative control: a primary that takes writes without replicas is cut off from its peers, for a client that waits for none',
    topology: sentinel,
    values: { minReplicasToWrite: 0 },
    expect: { loses: 'something' },
    act: async (context) => {
      await using _cut = await context.inflict(partitionFromPeers, [await context.primary()]);
      await context.hold(30);
    },
  },
  {
    name: 'control-standalone',
    title: 'negative control: SIGKILL of a single instance that keeps nothing on its volume',
    topology: 'standalone',
    values: { config: { appendonly: 'no', save: '""' } },
    expect: { loses: 'something' },
    act: async (context) => {
      await context.inflict(kill, await context.members());
    },
  },
  converts(sentinel, 3, { goal: 60, ceiling: 240 }),
];

export const system: System = {
  name: 'redis',
  container: 'redis',
  plainWrites: true,
  refusesElsewhere: true,
  labelsPrimary: true,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone', ...base },
      size: oneOrReplicas,
    },
    {
      name: sentinel,
      values: { architecture: 'sentinel', replicas: 3, ...base },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
    },
    clusterOf(pairs, 1),
    clusterOf(triples, 2),
  ],
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=redis,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-redis-primary`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-redis-members`,
  probeEnv: (release) => {
    const fromSecret = (name: string, key: string) => ({
      name,
      valueFrom: { secretKeyRef: { name: `${release}-redis-user-${account}`, key } },
    });
    return [fromSecret('REDIS_USER', 'username'), fromSecret('REDIS_PASSWORD', 'password')];
  },
};

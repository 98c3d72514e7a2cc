import { converts, failoverDrills, losesItsVolume, oneOrReplicas } from '../../harness/drill/failover.ts';
import { loseVolume } from '../../harness/drill/faults.ts';
import type { Drill, System } from '../../harness/drill/types.ts';

const ensemble = 'ensemble';

const drills: Drill[] = [
  ...failoverDrills({
    topology: ensemble,
    sizes: { title: 'scale 3 → 5 → 3', values: [{ replicas: 5 }, { replicas: 3 }] },
    limits: {
      kill: { goal: 2, ceiling: 20 },
      graceful: { goal: 1, ceiling: 30 },
      freeze: { goal: 6, ceiling: 30 },
      nodeCrash: { goal: 6, ceiling: 30 },
      partition: { goal: 6, ceiling: 30 },
      all: { goal: 15, ceiling: 60 },
    },
    change: (seed) => ({ config: { maxClientCnxns: 100 + seed } }),
  }),
  {
    name: 'lost-volume',
    title: 'loss of the leader’s volume',
    topology: ensemble,
    expect: { keeps: 'everything', outageMs: 20_000, goalMs: 2000 },
    act: async (context) => {
      await context.inflict(loseVolume('/data'), [await context.primary()]);
    },
  },
  losesItsVolume('server', '/data'),
  converts(ensemble, 3, { goal: 60, ceiling: 240 }),
];

export const system: System = {
  name: 'zookeeper',
  container: 'zookeeper',
  plainWrites: false,
  refusesElsewhere: false,
  labelsPrimary: true,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone' },
      size: oneOrReplicas,
    },
    {
      name: ensemble,
      values: { architecture: 'ensemble', replicas: 3 },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
    },
  ],
  light: { jvm: { flags: ['-XX:TieredStopAtLevel=1'] } },
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=zookeeper,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-zookeeper`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-zookeeper-members`,
  probeEnv: () => [],
};

import { failoverDrills, losesItsVolume } from '../../harness/drill/failover.ts';
import type { Drill, System } from '../../harness/drill/types.ts';

const cluster = 'cluster';

const drills: Drill[] = [
  ...failoverDrills({
    topology: cluster,
    sizes: { title: 'scale 3 → 5 → 3', values: [{ replicas: 5 }, { replicas: 3 }] },
    limits: {
      kill: { goal: 2, ceiling: 20 },
      graceful: { goal: 1, ceiling: 30 },
      freeze: { goal: 6, ceiling: 30 },
      nodeCrash: { goal: 8, ceiling: 30 },
      partition: { goal: 6, ceiling: 30 },
      all: { goal: 15, ceiling: 60 },
    },
    change: (seed) => ({ config: { seed } }),
  }),
  losesItsVolume('server', '/data'),
];

export const system: System = {
  name: 'newsystem',
  container: 'newsystem',
  plainWrites: false,
  refusesElsewhere: false,
  labelsPrimary: false,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone' },
      size: () => ({ members: 1, primaries: 1 }),
    },
    {
      name: cluster,
      values: { architecture: 'cluster', replicas: 3 },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
    },
  ],
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=newsystem,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-newsystem`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-newsystem-members`,
  probeEnv: () => [],
};

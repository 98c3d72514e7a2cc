import { failoverDrills, losesItsVolume } from '../../harness/drill/failover.ts';
import { loseVolume } from '../../harness/drill/faults.ts';
import type { Drill, System, Values } from '../../harness/drill/types.ts';

const account = 'ledger';

const base: Values = {
  databases: [{ name: account, collections: ['first'] }],
  users: [
    {
      name: account,
      roles: [
        { role: 'readWrite', database: account },
        { role: 'clusterMonitor', database: 'admin' },
      ],
    },
  ],
};

const replicaSet = 'replicaSet';

const drills: Drill[] = [
  ...failoverDrills({
    topology: replicaSet,
    sizes: { title: 'scale 3 → 5 → 3', values: [{ replicas: 5 }, { replicas: 3 }] },
    limits: {
      kill: { goal: 12, ceiling: 40 },
      graceful: { goal: 1, ceiling: 30 },
      freeze: { goal: 13, ceiling: 40 },
      nodeCrash: { goal: 13, ceiling: 40 },
      partition: { goal: 13, ceiling: 40 },
      all: { goal: 25, ceiling: 90 },
    },
    change: (seed) => ({ config: { 'operationProfiling.slowOpThresholdMs': 100 + seed } }),
  }),
  {
    name: 'lost-volume',
    title: 'loss of the primary’s volume',
    topology: replicaSet,
    expect: { keeps: 'everything', outageMs: 40_000, goalMs: 12_000 },
    act: async (context) => {
      await context.inflict(loseVolume('/data'), [await context.primary()]);
    },
  },
  losesItsVolume('server', '/data'),
];

export const system: System = {
  name: 'mongodb',
  container: 'mongodb',
  plainWrites: true,
  refusesElsewhere: true,
  labelsPrimary: true,
  elsewhere: ['docker.io/library/mongo:8.0', 'docker.io/percona/mongodb_exporter:0.53.0'],
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone', ...base },
      size: () => ({ members: 1, primaries: 1 }),
    },
    {
      name: replicaSet,
      values: { architecture: replicaSet, replicas: 3, ...base },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
    },
  ],
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=mongodb,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-mongodb-primary`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-mongodb-members`,
  probeEnv: (release) => {
    const fromSecret = (name: string, key: string) => ({
      name,
      valueFrom: { secretKeyRef: { name: `${release}-mongodb-user-${account}`, key } },
    });
    return [
      fromSecret('MONGODB_USER', 'username'),
      fromSecret('MONGODB_PASSWORD', 'password'),
      { name: 'MONGODB_DATABASE', value: account },
    ];
  },
};

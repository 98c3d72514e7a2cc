import { failoverDrills, losesItsVolume } from '../../harness/drill/failover.ts';
import { kill } from '../../harness/drill/faults.ts';
import type { Drill, System } from '../../harness/drill/types.ts';
import { system as mysql } from '../mysql/system.ts';

const cluster = 'cluster';
const onGroup = 'cluster-on-group';

const drills: Drill[] = [
  ...failoverDrills({
    topology: cluster,
    sizes: { title: 'scale 3 → 5 → 3', values: [{ replicas: 5 }, { replicas: 3 }] },
    limits: {
      kill: { goal: 8, ceiling: 40 },
      graceful: { goal: 8, ceiling: 40 },
      freeze: { goal: 12, ceiling: 60 },
      nodeCrash: { goal: 15, ceiling: 60 },
      partition: { goal: 12, ceiling: 60 },
      all: { goal: 60, ceiling: 180 },
    },
    change: (seed) => ({ config: { 'nacos.naming.clean.empty-service.interval': 60000 + seed } }),
  }),
  {
    name: 'mysql-kill',
    title: 'SIGKILL of MySQL’s primary beneath it',
    topology: onGroup,
    expect: { keeps: 'everything', outageMs: 60_000, goalMs: 15_000 },
    act: async (context) => {
      await context.inflict(kill, [await context.primaryOf(mysql)], mysql);
    },
  },
  losesItsVolume('server', '/data'),
];

export const system: System = {
  name: 'nacos',
  container: 'nacos',
  plainWrites: false,
  refusesElsewhere: false,
  labelsPrimary: false,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone' },
      keys: 2,
      size: () => ({ members: 1, primaries: 1 }),
    },
    {
      name: cluster,
      values: { architecture: cluster, replicas: 3 },
      beside: { mysql: { architecture: 'standalone' } },
      keys: 2,
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
    },
    {
      name: onGroup,
      values: { architecture: cluster, replicas: 3 },
      beside: { mysql: { architecture: 'group', replicas: 3 } },
      keys: 2,
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
    },
  ],
  light: { jvm: { flags: ['-XX:TieredStopAtLevel=1'] } },
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=nacos,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-nacos`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-nacos-members`,
  probeEnv: (release) => [
    {
      name: 'NACOS_PASSWORD',
      valueFrom: { secretKeyRef: { name: `${release}-nacos-auth`, key: 'admin-password' } },
    },
  ],
};

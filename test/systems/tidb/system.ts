import { failoverDrills } from '../../harness/drill/failover.ts';
import { crashNode, kill, loseVolume, partition, remove } from '../../harness/drill/faults.ts';
import type { Drill, System, Values } from '../../harness/drill/types.ts';

const account = 'ledger';
const cluster = 'cluster';
const standalone = 'standalone';

const base: Values = {
  databases: [{ name: account }],
  users: [
    {
      name: account,
      grants: [
        { privileges: 'ALL', target: `${account}.*` },
        { privileges: 'PROCESS', target: '*.*' },
      ],
    },
  ],
};

/** What happens to servers that clients don't see. */
const beneath = (name: string, title: string, goal: number, act: Drill['act']): Drill => ({
  name,
  title,
  topology: cluster,
  expect: { keeps: 'everything', outageMs: 60_000, goalMs: goal * 1000 },
  act,
});

const tikv = { container: 'tikv' };
const pd = { container: 'pd' };

const drills: Drill[] = [
  ...failoverDrills({
    topology: cluster,
    sizes: { title: 'TiDBs 2 → 4 → 2', values: [{ replicas: 4 }, { replicas: 2 }] },
    limits: {
      kill: { goal: 1, ceiling: 30 },
      graceful: { goal: 1, ceiling: 30 },
      freeze: { goal: 6, ceiling: 30 },
      nodeCrash: { goal: 6, ceiling: 60 },
      partition: { goal: 6, ceiling: 30 },
      all: { goal: 30, ceiling: 120 },
    },
    change: (seed) => ({ config: { 'performance.max-procs': 1 + seed } }),
  }),
  beneath('tikv-kill', 'SIGKILL of a TiKV', 12, async (context) => {
    await context.inflict(kill, (await context.podsOf('tikv')).slice(0, 1), tikv);
  }),
  beneath('tikv-delete', 'graceful delete of a TiKV’s pod', 2, async (context) => {
    await context.inflict(remove, (await context.podsOf('tikv')).slice(0, 1), tikv);
  }),
  beneath('tikv-node-crash', 'crash of a TiKV’s node, back after 60 s', 15, async (context) => {
    await using _crashed = await context.inflict(crashNode, (await context.podsOf('tikv')).slice(0, 1), tikv);
    await context.hold(60);
  }),
  beneath('tikv-partition', 'network partition of a TiKV for 30 s', 15, async (context) => {
    await using _cut = await context.inflict(partition, (await context.podsOf('tikv')).slice(0, 1), tikv);
    await context.hold(30);
  }),
  beneath('tikv-lost-volume', 'loss of a TiKV’s volume', 12, async (context) => {
    await context.inflict(loseVolume('/data'), (await context.podsOf('tikv')).slice(0, 1), tikv);
  }),
  beneath('pd-kill', 'SIGKILL of the PD that leads', 8, async (context) => {
    const leading = (await context.podsOf('pd')).filter(
      ({ metadata }) => metadata?.labels?.['ballast.dev/role'] === 'primary',
    );
    await context.inflict(kill, leading, pd);
  }),
  beneath('pd-lost-volume', 'loss of a PD’s volume', 8, async (context) => {
    await context.inflict(loseVolume('/data'), (await context.podsOf('pd')).slice(0, 1), pd);
  }),
  beneath('tikv-scale', 'TiKVs 3 → 4 → 3, PDs 3 → 5 → 3', 2, async (context) => {
    for (const values of [
      { tikv: { replicas: 4 }, pd: { replicas: 5 } },
      { tikv: { replicas: 3 }, pd: { replicas: 3 } },
    ]) {
      await context.upgrade(values);
      await context.settled();
    }
  }),
  {
    name: 'control-standalone',
    title: 'negative control: loss of the volumes of the single TiKV and PD',
    topology: standalone,
    expect: { loses: 'something' },
    act: async (context) => {
      await context.inflict(loseVolume('/data'), await context.podsOf('pd'), pd);
      await context.inflict(loseVolume('/data'), await context.podsOf('tikv'), tikv);
      await context.inflict(kill, await context.members());
      await context.upgrade({});
    },
  },
];

export const system: System = {
  name: 'tidb',
  container: 'tidb',
  plainWrites: false,
  refusesElsewhere: false,
  labelsPrimary: false,
  elsewhere: [
    'docker.io/pingcap/tidb:v8.5.8',
    'docker.io/pingcap/pd:v8.5.8',
    'docker.io/pingcap/tikv:v8.5.8',
  ],
  images: ['docker.io/library/mariadb:11.8'],
  topologies: [
    {
      name: standalone,
      values: { architecture: standalone, ...base },
      size: () => ({ members: 1, primaries: 1 }),
    },
    {
      name: cluster,
      values: { architecture: cluster, ...base },
      // Each takes what clients tell it.
      size: ({ replicas }) => ({ members: Number(replicas ?? 2), primaries: Number(replicas ?? 2) }),
    },
  ],
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=tidb,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-tidb`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-tidb-members`,
  probeEnv: (release) => [
    ...['username', 'password'].map((key) => ({
      name: `TIDB_${key.toUpperCase()}`,
      valueFrom: { secretKeyRef: { name: `${release}-tidb-user-${account}`, key } },
    })),
    { name: 'TIDB_DATABASE', value: account },
  ],
};

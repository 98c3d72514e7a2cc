import type { V1Pod } from '@kubernetes/client-node';
import type { DrillContext } from '../../harness/drill/drill.ts';
import { failoverDrills, losesItsVolume } from '../../harness/drill/failover.ts';
import { crashNode, kill, loseVolume } from '../../harness/drill/faults.ts';
import type { Drill, System, Value, Values } from '../../harness/drill/types.ts';

const distributed = 'distributed';
const volume = '/data';

const sizeOf = (pool: Value): number =>
  typeof pool === 'object' && pool !== null && !Array.isArray(pool) ? Number(pool.replicas) : 0;

const servers = ({ replicas, pools }: Values): number =>
  Number(replicas) + (Array.isArray(pools) ? pools.reduce((sum: number, pool) => sum + sizeOf(pool), 0) : 0);

/** The one that shares its node with no other: where there are fewer nodes than servers, a node's crash is that of two. */
const alone = (pods: readonly V1Pod[]): V1Pod[] =>
  pods
    .filter((pod) => pods.filter(({ spec }) => spec?.nodeName === pod.spec?.nodeName).length === 1)
    .slice(0, 1);

const failovers = failoverDrills({
  topology: distributed,
  sizes: { title: 'a second pool of 4 servers', values: [{ pools: [{ replicas: 4 }] }] },
  limits: {
    kill: { goal: 1, ceiling: 30 },
    graceful: { goal: 1, ceiling: 120 },
    freeze: { goal: 6, ceiling: 90 },
    nodeCrash: { goal: 6, ceiling: 90 },
    partition: { goal: 6, ceiling: 90 },
    all: { goal: 15, ceiling: 60 },
  },
  // Of settings that all servers have to have before any of them starts: see files/decide.sh.
  change: (seed) => ({ config: { api_cors_allow_origin: `https://${seed}.example.com` } }),
});

const drills: Drill[] = [
  ...failovers.map((drill) =>
    drill.name === 'node-crash'
      ? {
          ...drill,
          title: 'crash of one server’s node, back after 60 s',
          act: async (context: DrillContext) => {
            await using _crashed = await context.inflict(crashNode, alone(await context.members()));
            await context.hold(60);
          },
        }
      : drill,
  ),
  {
    name: 'kill-two',
    title: 'SIGKILL of two of four servers at once',
    topology: distributed,
    expect: { keeps: 'everything', outageMs: 30_000, goalMs: 6000 },
    act: async (context) => {
      await context.inflict(kill, (await context.members()).slice(0, 2));
    },
  },
  {
    name: 'lost-volume',
    title: 'loss of one server’s volume',
    topology: distributed,
    expect: { keeps: 'everything', outageMs: 30_000, goalMs: 1000 },
    act: async (context) => {
      await context.inflict(loseVolume(volume), (await context.members()).slice(0, 1));
    },
  },
  {
    name: 'control-parity',
    title: 'negative control: two of four volumes are lost, and objects can stand the loss of one part',
    topology: distributed,
    values: { parity: 1 },
    expect: { loses: 'something' },
    act: async (context) => {
      await context.inflict(loseVolume(volume), (await context.members()).slice(0, 2));
    },
  },
  losesItsVolume('server', volume),
];

const base: Values = { buckets: [{ name: 'ledger' }], users: [{ name: 'ledger' }] };

export const system: System = {
  name: 'minio',
  container: 'minio',
  plainWrites: false,
  refusesElsewhere: false,
  labelsPrimary: false,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone', ...base },
      size: () => ({ members: 1, primaries: 1 }),
    },
    {
      name: distributed,
      values: { architecture: distributed, replicas: 4, ...base },
      // Each takes what clients tell it.
      size: (values) => ({ members: servers(values), primaries: servers(values) }),
    },
  ],
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=minio,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-minio`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-minio-members`,
  probeEnv: (release) => [
    {
      name: 'MINIO_PASSWORD',
      valueFrom: { secretKeyRef: { name: `${release}-minio-user-ledger`, key: 'password' } },
    },
  ],
};

import { failoverDrills } from '../../harness/drill/failover.ts';
import { kill } from '../../harness/drill/faults.ts';
import type { Drill, System } from '../../harness/drill/types.ts';

const peers = 'peers';
/** Instances that register, beat, and have to be in what clients get, each by a writer of its own. */
export const instances = 200;
/** Seconds between two heartbeats of the probe's instances; their lease is three of them. */
const beatSeconds = 5;

const drills: Drill[] = [
  ...failoverDrills({
    topology: peers,
    sizes: { title: 'scale 2 → 3 → 2', values: [{ replicas: 3 }, { replicas: 2 }] },
    limits: {
      kill: { goal: 2, ceiling: 60 },
      graceful: { goal: 2, ceiling: 60 },
      freeze: { goal: 2, ceiling: 60 },
      nodeCrash: { goal: 2, ceiling: 60 },
      partition: { goal: 2, ceiling: 60 },
      all: { goal: 20, ceiling: 120 },
    },
    change: (seed) => ({ evictionSeconds: 10 + seed }),
  }),
  {
    name: 'control-peers',
    title: 'negative control: peers that copy nothing to each other',
    topology: peers,
    // None is left to copy. A server then knows an instance for as long as one of its heartbeats comes there by chance.
    values: {
      config: { 'eureka.server.max-threads-for-peer-replication': 0 },
      selfPreservation: { enabled: false },
    },
    expect: { loses: 'something' },
    act: async (context) => {
      await context.inflict(kill, [await context.primary()]);
      await context.hold(60);
    },
  },
];

export const system: System = {
  name: 'eureka',
  container: 'eureka',
  plainWrites: false,
  refusesElsewhere: false,
  labelsPrimary: false,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone' },
      size: () => ({ members: 1, primaries: 1 }),
      keys: instances,
    },
    {
      name: peers,
      values: { architecture: peers, replicas: 2, renewalSeconds: beatSeconds, evictionSeconds: 5 },
      // Each takes what clients tell it.
      size: ({ replicas }) => ({ members: Number(replicas), primaries: Number(replicas) }),
      keys: instances,
    },
  ],
  light: { jvm: { flags: ['-XX:TieredStopAtLevel=1'] } },
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=eureka,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-eureka`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-eureka-members`,
  probeEnv: (release) => [
    { name: 'BEAT_SECONDS', value: String(beatSeconds) },
    { name: 'READY_SERVICE', value: `${release}-eureka-ready` },
    {
      name: 'EUREKA_PASSWORD',
      valueFrom: { secretKeyRef: { name: `${release}-eureka-auth`, key: 'password' } },
    },
  ],
};

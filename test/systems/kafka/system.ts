import { type FailoverPlan, failoverDrills, losesItsVolume } from '../../harness/drill/failover.ts';
import { loseVolume, partitionFromPeers } from '../../harness/drill/faults.ts';
import type { Drill, System, Values } from '../../harness/drill/types.ts';

const kraft = 'kraft';
const controllers = 'kraft-controllers';
const zookeeper = 'zookeeper';

/** Kafka's image lacks it. */
const jmxAgent = { registry: 'ballast.dev', repository: 'jmx-agent', tag: '1.0.1' };
const jmx = { enabled: true, image: jmxAgent, path: '/opt/jmx/jmx_prometheus_javaagent-1.0.1.jar' };
const base: Values = { topics: [{ name: 'ledger', partitions: 1 }] };

const plan: Omit<FailoverPlan, 'topology'> = {
  sizes: { title: 'scale 3 → 5 → 3', values: [{ replicas: 5 }, { replicas: 3 }] },
  limits: {
    kill: { goal: 5, ceiling: 30 },
    graceful: { goal: 0.5, ceiling: 30 },
    freeze: { goal: 6, ceiling: 30 },
    nodeCrash: { goal: 6, ceiling: 30 },
    partition: { goal: 6, ceiling: 30 },
    all: { goal: 30, ceiling: 90 },
  },
  change: (seed) => ({ config: { 'log.retention.hours': 100 + seed } }),
};

const drills: Drill[] = [
  ...failoverDrills({ ...plan, topology: kraft }),
  ...failoverDrills({ ...plan, topology: controllers, prefix: 'controllers-' }),
  ...failoverDrills({ ...plan, topology: zookeeper, prefix: 'zookeeper-' }),
  {
    name: 'lost-volume',
    title: 'loss of the leader’s volume',
    topology: kraft,
    expect: { keeps: 'everything', outageMs: 30_000, goalMs: 5000 },
    act: async (context) => {
      await context.inflict(loseVolume('/var/lib/kafka/data'), [await context.primary()]);
    },
  },
  {
    name: 'control-partition',
    title:
      'negative control: a leader that takes writes alone is cut off from its peers, for a client with acks=1',
    topology: kraft,
    values: { minInsyncReplicas: 1, config: { 'unclean.leader.election.enable': true } },
    expect: { loses: 'something' },
    act: async (context) => {
      await using _cut = await context.inflict(partitionFromPeers, [await context.primary()]);
      await context.hold(30);
    },
  },
  losesItsVolume('server', '/var/lib/kafka/data'),
];

export const system: System = {
  name: 'kafka',
  container: 'kafka',
  plainWrites: true,
  refusesElsewhere: false,
  labelsPrimary: false,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone', metrics: { jmx }, ...base },
      size: () => ({ members: 1, primaries: 1 }),
      places: (_, __, service) => [service],
    },
    {
      name: kraft,
      values: { architecture: kraft, replicas: 3, ...base },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
      places: (_, __, service) => [service],
    },
    {
      name: controllers,
      values: { architecture: kraft, replicas: 3, controllers: { separate: true }, ...base },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
      places: (_, __, service) => [service],
    },
    {
      name: zookeeper,
      values: { architecture: zookeeper, image: { tag: '3.9.1' }, replicas: 3, ...base },
      beside: { zookeeper: { architecture: 'ensemble' } },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
      places: (_, __, service) => [service],
    },
  ],
  images: ['docker.io/apache/kafka:3.9.1', `${jmxAgent.registry}/${jmxAgent.repository}:${jmxAgent.tag}`],
  light: { jvm: { flags: ['-XX:TieredStopAtLevel=1'] } },
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=kafka,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-kafka`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-kafka-members`,
  probeEnv: (release) => [
    { name: 'KAFKA_USER', value: 'admin' },
    {
      name: 'KAFKA_PASSWORD',
      valueFrom: { secretKeyRef: { name: `${release}-kafka-auth`, key: 'admin-password' } },
    },
  ],
};

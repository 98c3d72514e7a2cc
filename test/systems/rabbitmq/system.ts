import { converts, failoverDrills, losesItsVolume, oneOrReplicas } from '../../harness/drill/failover.ts';
import { kill, loseVolume } from '../../harness/drill/faults.ts';
import type { Drill, System, Values } from '../../harness/drill/types.ts';

const cluster = 'cluster';

/** Reading puts everything back, again and again, which must not count as failed deliveries. */
const patient = {
  name: 'patient',
  pattern: '.*',
  applyTo: 'quorum_queues',
  definition: { 'delivery-limit': 1000000 },
};
const base: Values = { users: [{ name: 'ledger' }], queues: [{ name: 'ledger' }], policies: [patient] };

const drills: Drill[] = [
  ...failoverDrills({
    topology: cluster,
    sizes: { title: 'scale 3 → 5 → 3', values: [{ replicas: 5 }, { replicas: 3 }] },
    limits: {
      kill: { goal: 3, ceiling: 30 },
      graceful: { goal: 1, ceiling: 30 },
      freeze: { goal: 6, ceiling: 30 },
      nodeCrash: { goal: 6, ceiling: 30 },
      partition: { goal: 6, ceiling: 30 },
      all: { goal: 30, ceiling: 90 },
    },
    change: (seed) => ({ config: { channel_max: 1000 + seed } }),
  }),
  {
    name: 'lost-volume',
    title: 'loss of the volume of the queue’s leader',
    topology: cluster,
    expect: { keeps: 'everything', outageMs: 30_000, goalMs: 3000 },
    act: async (context) => {
      await context.inflict(loseVolume('/var/lib/rabbitmq'), [await context.primary()]);
    },
  },
  {
    name: 'control-classic',
    title: 'negative control: SIGKILL of a classic queue’s node, for a client without confirms',
    topology: cluster,
    values: { defaultQueueType: 'classic' },
    expect: { loses: 'something' },
    act: async (context) => {
      await context.inflict(kill, [await context.primary()]);
    },
  },
  losesItsVolume('node', '/var/lib/rabbitmq'),
  converts(cluster, 3, { goal: 60, ceiling: 240 }),
];

export const system: System = {
  name: 'rabbitmq',
  container: 'rabbitmq',
  plainWrites: true,
  refusesElsewhere: false,
  labelsPrimary: false,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone', ...base },
      size: oneOrReplicas,
    },
    {
      name: cluster,
      values: { architecture: cluster, replicas: 3, ...base },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
    },
  ],
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=rabbitmq,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-rabbitmq`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-rabbitmq-members`,
  probeEnv: (release) => [
    { name: 'RABBITMQ_USER', value: 'ledger' },
    {
      name: 'RABBITMQ_PASSWORD',
      valueFrom: { secretKeyRef: { name: `${release}-rabbitmq-user-ledger`, key: 'password' } },
    },
    {
      name: 'RABBITMQ_ADMIN_PASSWORD',
      valueFrom: { secretKeyRef: { name: `${release}-rabbitmq-auth`, key: 'admin-password' } },
    },
  ],
};

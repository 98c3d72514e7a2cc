import { kill, partition } from '../faults.ts';
import type { Drill, System, Values } from '../systems.ts';
import { failoverDrills } from './failover.ts';

const account = 'ledger';

const base: Values = { users: [{ name: account, rules: '~* &* +@all' }] };

const sentinel = 'sentinel';

const drills: Drill[] = [
  ...failoverDrills({
    topology: sentinel,
    limits: {
      kill: { goal: 3, ceiling: 20 },
      graceful: { goal: 1, ceiling: 15 },
      freeze: { goal: 6, ceiling: 25 },
      nodeCrash: { goal: 6, ceiling: 25 },
      partition: { goal: 6, ceiling: 25 },
      all: { goal: 15, ceiling: 60 },
    },
    change: (seed) => ({ config: { maxclients: 1000 + seed } }),
  }),
  {
    name: 'control-partition',
    title:
      'negative control: partition of a primary that takes writes without replicas, for a client that waits for none',
    topology: sentinel,
    values: { minReplicasToWrite: 0 },
    expect: { loses: 'something' },
    act: async (scene) => {
      await using _cut = await scene.inflict(partition, [await scene.primary()]);
      await scene.hold(30);
    },
  },
  {
    name: 'control-standalone',
    title: 'negative control: SIGKILL of a single instance that keeps nothing on its volume',
    topology: 'standalone',
    values: { config: { appendonly: 'no', save: '""' } },
    expect: { loses: 'something' },
    act: async (scene) => {
      await scene.inflict(kill, await scene.members());
    },
  },
];

export const redis: System = {
  name: 'redis',
  container: 'redis',
  plainWrites: true,
  topologies: [
    { name: 'standalone', replicas: 1, values: { architecture: 'standalone', ...base } },
    { name: sentinel, replicas: 3, values: { architecture: 'sentinel', replicas: 3, ...base } },
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

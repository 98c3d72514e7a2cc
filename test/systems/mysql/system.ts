import { setTimeout as sleep } from 'node:timers/promises';
import { nameOf } from '../../harness/cluster/kube.ts';
import { converts, failoverDrills, losesItsVolume, oneOrReplicas } from '../../harness/drill/failover.ts';
import {
  type Fault,
  freeze,
  freezeApiServer,
  injury,
  kill,
  partitionFromPeers,
} from '../../harness/drill/faults.ts';
import type { Drill, System, Values } from '../../harness/drill/types.ts';
import { asRoot, backlog, largeDrills } from './large.ts';

const account = 'ledger';

const base: Values = {
  databases: [{ name: account }],
  users: [
    {
      name: account,
      grants: [
        { privileges: 'ALL', target: `${account}.*` },
        { privileges: 'SELECT', target: 'performance_schema.*' },
      ],
    },
  ],
};

/** Commits stay in the server's memory for up to a second: what a SIGKILL takes with it was acknowledged, unless the machine was too busy to write anything just before. */
const forgetful: Values = { config: { innodb_flush_log_at_trx_commit: 0, sync_binlog: 0 } };

const group = 'group';
const replication = 'replication';

/** A primary that waits for no replica before it acknowledges. */
const acknowledgesAlone: Fault = async ({ kube }, pods) => {
  for (const pod of pods) await asRoot(kube, pod, 'SET GLOBAL rpl_semi_sync_source_enabled=OFF');
  return injury('semi-synchronous replication turned off', pods);
};

const drills: Drill[] = [
  ...failoverDrills({
    topology: group,
    sizes: { title: 'scale 3 → 5 → 3', values: [{ replicas: 5 }, { replicas: 3 }] },
    limits: {
      kill: { goal: 8, ceiling: 30 },
      graceful: { goal: 1, ceiling: 30 },
      freeze: { goal: 8, ceiling: 30 },
      nodeCrash: { goal: 9, ceiling: 30 },
      partition: { goal: 8, ceiling: 30 },
      all: { goal: 20, ceiling: 90 },
    },
    change: (seed) => ({ config: { max_connections: 140 + seed } }),
  }),
  ...failoverDrills({
    topology: replication,
    prefix: 'replication-',
    sizes: { title: 'scale 2 → 4 → 2', values: [{ replicas: 4 }, { replicas: 2 }] },
    limits: {
      kill: { goal: 2, ceiling: 30 },
      graceful: { goal: 0.7, ceiling: 30 },
      freeze: { goal: 6, ceiling: 30 },
      nodeCrash: { goal: 8, ceiling: 30 },
      partition: { goal: 6, ceiling: 30 },
      all: { goal: 15, ceiling: 90 },
    },
    change: (seed) => ({ config: { max_connections: 140 + seed } }),
  }),
  {
    name: 'replication-freeze-replica',
    title: 'freeze of the replica for 30 s',
    topology: replication,
    expect: { keeps: 'everything', outageMs: 20_000, goalMs: 6000 },
    act: async (context) => {
      const primary = nameOf(await context.primary());
      const replicas = (await context.members()).filter((pod) => nameOf(pod) !== primary);
      await using _frozen = await context.inflict(freeze, replicas);
      await context.hold(30);
    },
  },
  {
    name: 'replication-api-away',
    title: 'freeze of the API server for 20 s',
    topology: replication,
    expect: { keeps: 'everything', outageMs: 10_000, goalMs: 1000 },
    act: async (context) => {
      await using _frozen = await context.inflict(freezeApiServer, []);
      // By this clock: the probe is reached through the API server.
      await sleep(20_000);
    },
  },
  {
    name: 'replication-kill-of-three',
    title: 'SIGKILL of the primary of three, and of the one after it',
    topology: replication,
    values: { replicas: 3 },
    expect: { keeps: 'everything', outageMs: 30_000, goalMs: 2000 },
    act: async (context) => {
      await context.inflict(kill, [await context.primary()]);
      await context.settled();
      await context.inflict(kill, [await context.primary()]);
    },
  },
  ...largeDrills(group),
  ...largeDrills(replication, 'replication-'),
  backlog,
  losesItsVolume('server', '/var/lib/mysql'),
  {
    name: 'control-flush',
    title: 'negative control: SIGKILL of a single instance that flushes its log once a second',
    topology: 'standalone',
    values: forgetful,
    expect: { loses: 'something' },
    act: async (context) => {
      await context.inflict(kill, await context.members());
    },
  },
  {
    name: 'control-group',
    title: 'negative control: SIGKILL of all members of a group that flush their log once a second',
    topology: group,
    values: forgetful,
    expect: { loses: 'something' },
    act: async (context) => {
      await context.inflict(kill, await context.members());
    },
  },
  {
    name: 'control-replication',
    title:
      'negative control: SIGKILL of a primary that waited for no acknowledgement, a second after it was cut off from its replica',
    topology: replication,
    // Gives it a release of its own: others must not find what it leaves behind.
    values: {},
    expect: { loses: 'something' },
    act: async (context) => {
      const primary = [await context.primary()];
      await context.inflict(acknowledgesAlone, primary);
      await using _cut = await context.inflict(partitionFromPeers, primary);
      await context.hold(1);
      await context.inflict(kill, primary);
    },
  },
  converts(replication, 2, { goal: 60, ceiling: 240 }, 'convert-replication'),
  converts(group, 3, { goal: 60, ceiling: 240 }, 'convert-group'),
];

export const system: System = {
  name: 'mysql',
  container: 'mysql',
  images: ['docker.io/restic/restic:0.18.0'],
  plainWrites: false,
  refusesElsewhere: true,
  labelsPrimary: true,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone', ...base },
      size: oneOrReplicas,
    },
    {
      name: replication,
      values: { architecture: 'replication', replicas: 2, ...base },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
    },
    {
      name: group,
      values: { architecture: 'group', replicas: 3, ...base },
      size: ({ replicas }) => ({ members: Number(replicas), primaries: 1 }),
    },
  ],
  drills,
  selector: (release) =>
    `app.kubernetes.io/name=mysql,app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`,
  service: (release) => `${release}-mysql-primary`,
  host: (release, pod) => `${pod.metadata?.name}.${release}-mysql-members`,
  probeEnv: (release) => {
    const fromSecret = (name: string, key: string) => ({
      name,
      valueFrom: { secretKeyRef: { name: `${release}-mysql-user-${account}`, key } },
    });
    return [
      fromSecret('MYSQL_USER', 'username'),
      fromSecret('MYSQL_PASSWORD', 'password'),
      { name: 'MYSQL_DATABASE', value: account },
    ];
  },
};

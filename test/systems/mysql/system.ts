import { failoverDrills, losesItsVolume } from '../../harness/drill/failover.ts';
import { kill } from '../../harness/drill/faults.ts';
import type { Drill, System, Values } from '../../harness/drill/types.ts';

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
];

export const system: System = {
  name: 'mysql',
  container: 'mysql',
  plainWrites: false,
  refusesElsewhere: true,
  labelsPrimary: true,
  topologies: [
    {
      name: 'standalone',
      values: { architecture: 'standalone', ...base },
      size: () => ({ members: 1, primaries: 1 }),
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

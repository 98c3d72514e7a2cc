import { crashNode, freeze, kill, partition, remove, removeAtOnce } from '../faults.ts';
import type { Drill, System, Values } from '../systems.ts';

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

/** Commits stay in the server's memory for up to a second: what a SIGKILL takes with it was acknowledged. */
const forgetful: Values = { config: { innodb_flush_log_at_trx_commit: 0, sync_binlog: 0 } };

const group = 'group';
const keeps = (ceiling: number, goal: number): Drill['expect'] => ({
  keeps: 'everything',
  outageMs: ceiling * 1000,
  goalMs: goal * 1000,
});

const drills: Drill[] = [
  {
    name: 'kill',
    title: 'SIGKILL of the primary',
    topology: group,
    expect: keeps(30, 8),
    act: async (scene) => {
      await scene.inflict(kill, [await scene.primary()]);
    },
  },
  {
    name: 'delete',
    title: 'graceful delete of the primary’s pod',
    topology: group,
    expect: keeps(15, 1),
    act: async (scene) => {
      await scene.inflict(remove, [await scene.primary()]);
    },
  },
  {
    name: 'freeze',
    title: 'freeze of the primary for 30 s',
    topology: group,
    expect: keeps(30, 8),
    act: async (scene) => {
      await using _frozen = await scene.inflict(freeze, [await scene.primary()]);
      await scene.hold(30);
    },
  },
  {
    name: 'node-crash',
    title: 'crash of the primary’s node, back after 60 s',
    topology: group,
    expect: keeps(30, 9),
    act: async (scene) => {
      await using _crashed = await scene.inflict(crashNode, [await scene.primary()]);
      await scene.hold(60);
    },
  },
  {
    name: 'partition',
    title: 'network partition of the primary for 30 s',
    topology: group,
    expect: keeps(30, 8),
    act: async (scene) => {
      await using _cut = await scene.inflict(partition, [await scene.primary()]);
      await scene.hold(30);
    },
  },
  {
    name: 'all',
    title: 'SIGKILL of all members at once',
    topology: group,
    expect: keeps(90, 20),
    act: async (scene) => {
      await scene.inflict(kill, await scene.members());
    },
  },
  {
    name: 'all-deleted',
    title: 'forced delete of all members’ pods at once',
    topology: group,
    expect: keeps(90, 20),
    act: async (scene) => {
      await scene.inflict(removeAtOnce, await scene.members());
    },
  },
  {
    name: 'rolling',
    title: 'rolling upgrade that changes every pod',
    topology: group,
    expect: keeps(15, 1),
    act: async (scene) => {
      await scene.upgrade({ podAnnotations: { 'ballast.dev/drill': scene.id } });
    },
  },
  {
    name: 'scale',
    title: 'scale 3 → 5 → 3',
    topology: group,
    expect: keeps(15, 1),
    act: async (scene) => {
      await scene.upgrade({ replicas: 5 });
      await scene.settled();
      await scene.upgrade({ replicas: 3 });
    },
  },
  {
    name: 'upgrade-after-failover',
    title: 'upgrade with changed configuration after a failover',
    topology: group,
    expect: keeps(30, 8),
    act: async (scene) => {
      await scene.inflict(kill, [await scene.primary()]);
      await scene.settled();
      await scene.upgrade({ config: { max_connections: 140 + (Number.parseInt(scene.id, 36) % 10) } });
    },
  },
  {
    name: 'control-standalone',
    title: 'negative control: SIGKILL of a single instance that flushes its log once a second',
    topology: 'standalone',
    values: forgetful,
    expect: { loses: 'something' },
    act: async (scene) => {
      await scene.inflict(kill, await scene.members());
    },
  },
  {
    name: 'control-group',
    title: 'negative control: SIGKILL of all members of a group that flush their log once a second',
    topology: group,
    values: forgetful,
    expect: { loses: 'something' },
    act: async (scene) => {
      await scene.inflict(kill, await scene.members());
    },
  },
];

export const mysql: System = {
  name: 'mysql',
  container: 'mysql',
  topologies: [
    { name: 'standalone', replicas: 1, values: { architecture: 'standalone', ...base } },
    { name: group, replicas: 3, values: { architecture: 'group', replicas: 3, ...base } },
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

import type { DrillContext } from './drill.ts';
import { crashNode, freeze, kill, loseVolume, partition, remove, removeAtOnce } from './faults.ts';
import type { Drill, Values } from './types.ts';

/** Seconds of outage that a benchmark compares with; a test allows `ceiling`. */
interface Limit {
  goal: number;
  ceiling: number;
}

export interface FailoverPlan {
  topology: string;
  /** Begins the drills' names, which are a system's own. */
  prefix?: string;
  /** Values of one size after the other. */
  sizes: { title: string; values: Values[] };
  /** By what happens to the primary; the rest is held to these, too: a rolling upgrade to `graceful`, an upgrade after a failover to `kill`. */
  limits: Record<'kill' | 'graceful' | 'freeze' | 'nodeCrash' | 'partition' | 'all', Limit>;
  /** A change of configuration that restarts every member; other for other seeds. */
  change: (seed: number) => Values;
}

/** The drills that every clustered topology with one primary has to pass. */
export function failoverDrills({ topology, prefix = '', sizes, limits, change }: FailoverPlan): Drill[] {
  const drill = (
    name: string,
    title: string,
    limit: Limit,
    act: (context: DrillContext) => Promise<void>,
  ): Drill => ({
    name: `${prefix}${name}`,
    title,
    topology,
    expect: { keeps: 'everything', outageMs: limit.ceiling * 1000, goalMs: limit.goal * 1000 },
    act,
  });
  return [
    drill('kill', 'SIGKILL of the primary', limits.kill, async (context) => {
      await context.inflict(kill, [await context.primary()]);
    }),
    drill('delete', 'graceful delete of the primary’s pod', limits.graceful, async (context) => {
      await context.inflict(remove, [await context.primary()]);
    }),
    drill('freeze', 'freeze of the primary for 30 s', limits.freeze, async (context) => {
      await using _frozen = await context.inflict(freeze, [await context.primary()]);
      await context.hold(30);
    }),
    drill('node-crash', 'crash of the primary’s node, back after 60 s', limits.nodeCrash, async (context) => {
      await using _crashed = await context.inflict(crashNode, [await context.primary()]);
      await context.hold(60);
    }),
    drill('partition', 'network partition of the primary for 30 s', limits.partition, async (context) => {
      await using _cut = await context.inflict(partition, [await context.primary()]);
      await context.hold(30);
    }),
    drill('all', 'SIGKILL of all members at once', limits.all, async (context) => {
      await context.inflict(kill, await context.members());
    }),
    drill('all-deleted', 'forced delete of all members’ pods at once', limits.all, async (context) => {
      await context.inflict(removeAtOnce, await context.members());
    }),
    drill('rolling', 'rolling upgrade that changes every pod', limits.graceful, async (context) => {
      await context.upgrade({ podAnnotations: { drill: context.id } });
    }),
    drill('scale', sizes.title, limits.graceful, async (context) => {
      for (const values of sizes.values) {
        await context.upgrade(values);
        await context.settled();
      }
    }),
    drill(
      'upgrade-after-failover',
      'upgrade with changed configuration after a failover',
      limits.kill,
      async (context) => {
        await context.inflict(kill, [await context.primary()]);
        await context.settled();
        await context.upgrade(change(Number.parseInt(context.id, 36) % 10));
      },
    ),
  ];
}

/** How many servers a system has that may begin as a single instance and become several. */
export function oneOrReplicas({ architecture, replicas }: Values): { members: number; primaries: number } {
  return { members: architecture === 'standalone' ? 1 : Number(replicas), primaries: 1 };
}

/** A single instance that becomes several servers by an upgrade, while clients write. `ceiling`: of the outage, in seconds. */
export function converts(
  architecture: string,
  replicas: number,
  { goal, ceiling }: Limit,
  name = 'convert',
): Drill {
  return {
    name,
    title: `upgrade from standalone to ${architecture} of ${replicas}`,
    topology: 'standalone',
    // A release of its own: it is no single instance afterwards.
    values: {},
    expect: { keeps: 'everything', outageMs: ceiling * 1000, goalMs: goal * 1000 },
    act: (context) => context.upgrade({ architecture, replicas }),
  };
}

/** The negative control of every single instance: its volume is lost, and a hook makes anew what was on it beside the records. */
export function losesItsVolume(member: string, path: string): Drill {
  return {
    name: 'control-standalone',
    title: `negative control: loss of a single ${member}’s volume`,
    topology: 'standalone',
    expect: { loses: 'something' },
    act: async (context) => {
      await context.inflict(loseVolume(path), await context.members());
      await context.upgrade({});
    },
  };
}

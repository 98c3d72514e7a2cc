import type { Scene } from '../drill.ts';
import { crashNode, freeze, kill, loseVolume, partition, remove, removeAtOnce } from '../faults.ts';
import type { Drill, Values } from '../systems.ts';

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
  const drill = (name: string, title: string, limit: Limit, act: (scene: Scene) => Promise<void>): Drill => ({
    name: `${prefix}${name}`,
    title,
    topology,
    expect: { keeps: 'everything', outageMs: limit.ceiling * 1000, goalMs: limit.goal * 1000 },
    act,
  });
  return [
    drill('kill', 'SIGKILL of the primary', limits.kill, async (scene) => {
      await scene.inflict(kill, [await scene.primary()]);
    }),
    drill('delete', 'graceful delete of the primary’s pod', limits.graceful, async (scene) => {
      await scene.inflict(remove, [await scene.primary()]);
    }),
    drill('freeze', 'freeze of the primary for 30 s', limits.freeze, async (scene) => {
      await using _frozen = await scene.inflict(freeze, [await scene.primary()]);
      await scene.hold(30);
    }),
    drill('node-crash', 'crash of the primary’s node, back after 60 s', limits.nodeCrash, async (scene) => {
      await using _crashed = await scene.inflict(crashNode, [await scene.primary()]);
      await scene.hold(60);
    }),
    drill('partition', 'network partition of the primary for 30 s', limits.partition, async (scene) => {
      await using _cut = await scene.inflict(partition, [await scene.primary()]);
      await scene.hold(30);
    }),
    drill('all', 'SIGKILL of all members at once', limits.all, async (scene) => {
      await scene.inflict(kill, await scene.members());
    }),
    drill('all-deleted', 'forced delete of all members’ pods at once', limits.all, async (scene) => {
      await scene.inflict(removeAtOnce, await scene.members());
    }),
    drill('rolling', 'rolling upgrade that changes every pod', limits.graceful, async (scene) => {
      await scene.upgrade({ podAnnotations: { 'ballast.dev/drill': scene.id } });
    }),
    drill('scale', sizes.title, limits.graceful, async (scene) => {
      for (const values of sizes.values) {
        await scene.upgrade(values);
        await scene.settled();
      }
    }),
    drill(
      'upgrade-after-failover',
      'upgrade with changed configuration after a failover',
      limits.kill,
      async (scene) => {
        await scene.inflict(kill, [await scene.primary()]);
        await scene.settled();
        await scene.upgrade(change(Number.parseInt(scene.id, 36) % 10));
      },
    ),
  ];
}

/** The negative control of every single instance: its volume is lost, and a hook makes anew what was on it beside the records. */
export function losesItsVolume(member: string, path: string): Drill {
  return {
    name: 'control-standalone',
    title: `negative control: loss of a single ${member}’s volume`,
    topology: 'standalone',
    expect: { loses: 'something' },
    act: async (scene) => {
      await scene.inflict(loseVolume(path), await scene.members());
      await scene.upgrade({});
    },
  };
}

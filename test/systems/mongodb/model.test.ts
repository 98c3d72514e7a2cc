import { afterAll, describe, expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { render } from '../../harness/charts/render.ts';
import { type Member, Model } from './model.ts';
import { Pods } from './pods.ts';

/** The agents and the hook in their shell, against a model of a set, by seeded schedules: see pods.ts. More of them by BALLAST_SCHEDULES. */

const schedules = Number(process.env.BALLAST_SCHEDULES ?? 15);
/** A shell that shares its processor with many others takes its time. */
const timeout = 60_000 + schedules * 20_000;

const chart = chartNamed('mongodb');
const output = await render(chart, {
  release: 'shop',
  values: topologyNamed(chart, 'replicaset').values,
});
const opened: Pods[] = [];
const pods = async (change?: (text: string) => string) => {
  const open = await Pods.open(
    output.one('ConfigMap', 'shop-mongodb'),
    output.one('ConfigMap', 'shop-mongodb-drain'),
    change,
  );
  opened.push(open);
  return open;
};
afterAll(() => {
  for (const each of opened) each.close();
});
let unchanged: Promise<Pods> | undefined;
const asItIs = () => (unchanged ??= pods());

test(
  `${schedules} schedules: never a second set, a primary without acknowledged writes, or a configuration without a majority; in the end what the values say`,
  async () => {
    const stage = await asItIs();
    const violations: string[] = [];
    let primaries = 0;
    let reconfigurations = 0;
    let reshaped = 0;
    for (let seed = 1; seed <= schedules; seed++) {
      const outcome = await stage.play(seed);
      const wrong = outcome.violations.length > 0 ? outcome.violations : await stage.settle();
      violations.push(...wrong.map((violation) => `seed ${seed}: ${violation}`));
      primaries += outcome.primaries;
      reconfigurations += outcome.reconfigurations;
      reshaped += outcome.reshaped;
    }
    expect(violations).toEqual([]);
    // Or nothing would have been tried.
    expect(primaries).toBeGreaterThan(schedules / 2);
    expect(reconfigurations).toBeGreaterThan(0);
    expect(reshaped).toBeGreaterThan(0);
  },
  timeout,
);

/** What is taken out of the scripts, the first schedule that finds it, and what it finds. */
const controls: readonly (readonly [
  what: string,
  seed: number,
  from: string | RegExp,
  to: string,
  found: RegExp,
])[] = [
  [
    'an empty volume keeps its vote',
    53,
    'echo "yield $primary"',
    'echo go',
    /became primary without acknowledged writes/,
  ],
  [
    'a hidden member keeps its vote, as a stranger to hello',
    4,
    'echo "yield $primary"',
    'read_shapes; shape_of "$me" "$shapes"; if [ "$shape" = hidden ]; then echo go; else echo "yield $primary"; fi',
    /became primary without acknowledged writes/,
  ],
  [
    'an empty volume does not wait until a majority has it without a vote',
    53,
    /if (ask 15 yield .*); then break; fi/,
    '$1 || true; break',
    /became primary without acknowledged writes/,
  ],
  [
    'an empty volume starts beside a set without a primary',
    19,
    '"wait my volume is empty, and the set of these members has no primary:$others"',
    'go',
    /became primary without acknowledged writes/,
  ],
  [
    'who does not answer is in no set',
    24,
    /elif \[ -n "\$silent" \][\s\S]*?elif \[ "\$me" != 0 \]/,
    'elif [ "$me" != 0 ]',
    /initiates a second set/,
  ],
  [
    'a vote before everything is copied',
    11,
    /if \[ "\$serves" = 0 \]; then\n\s+joining=.*\n\s+elif/,
    'if',
    /makes a configuration that 2 of 4 serve in/,
  ],
  [
    'a removal that leaves no majority',
    129,
    'if [ "$leaving_votes" = 1 ] &&',
    'if false &&',
    /makes a configuration that 2 of 4 serve in/,
  ],
  [
    'a member is hidden while too few others can be elected',
    36,
    '[ $(((able - hide_able) * 2)) -gt "$voters" ]',
    'true',
    /leaves too few that can be elected/,
  ],
  [
    'a member loses its vote to a delay, which leaves no majority',
    174,
    '[ $(((able - delay_able) * 2)) -gt $((voters - 1)) ]',
    'true',
    /makes a configuration that 1 of 2 serve in/,
  ],
  [
    'a hook that does not wait for the removal',
    45,
    'wait_for 600 "the primary to remove them" gone',
    ':',
    /let pods go whose members are still in the set/,
  ],
];

describe('negative control: with one rule taken out, a schedule finds what it prevents', () => {
  test.each(controls)('%s', async (_, seed, from, to, found) => {
    let changed = 0;
    const stage = await pods((text) => {
      const other = text.replace(from, to);
      if (other !== text) changed++;
      return other;
    });
    expect(changed).toBeGreaterThan(0);
    expect((await stage.play(seed)).violations.join('\n')).toMatch(found);
  });

  test.each(controls)('%s: as it is, the same schedule finds nothing', async (_, seed) => {
    expect((await (await asItIs()).play(seed)).violations).toEqual([]);
  });
});

describe('the model itself', () => {
  const three = [0, 1, 2];
  const allShown = new Map(three.map((ordinal) => [ordinal, 'shown'] as const));
  const shown = (votes: number): Member => ({ votes, shape: 'shown' });
  function set(): Model {
    const model = new Model(5);
    for (const ordinal of three) model.start(ordinal);
    expect(model.initiate(0, allShown)).toBeUndefined();
    for (const ordinal of [1, 2]) model.heartbeat(0, ordinal);
    expect(model.elect(0)).toBe(true);
    for (const ordinal of [1, 2]) {
      model.heartbeat(0, ordinal);
      model.replicate(0, ordinal);
    }
    return model;
  }

  test('a set is initiated by servers that are in none, once', () => {
    const model = set();
    expect(model.members(0)?.lines).toEqual([
      '0 PRIMARY 1 shown',
      '1 SECONDARY 1 shown',
      '2 SECONDARY 1 shown',
    ]);
    expect(model.initiate(0, allShown)).toBe('already initialized');
    expect(model.violations).toEqual(['member 0 initiates a second set']);
  });

  test('not while one of them is silent', () => {
    const model = new Model(5);
    model.start(0);
    model.start(1);
    expect(model.initiate(0, allShown)).toBe('not all members answered that they are in no set');
  });

  test('a primary that is cut off gives up, and the others elect another, in a later term', () => {
    const model = set();
    model.cut(0);
    expect(model.elect(1)).toBe(true);
    expect(model.stateOf(0)).toBe('primary');
    model.watch(0);
    expect(model.stateOf(0)).toBe('secondary');
    expect(model.servers[1]?.volume.term).toBe(2);
    expect(model.violations).toEqual([]);
  });

  test('a member without data that has a vote elects one that lacks what was acknowledged', () => {
    const model = set();
    model.write(0);
    model.replicate(0, 1);
    model.loseVolume(1);
    model.start(1);
    model.heartbeat(0, 1);
    expect(model.stateOf(1)).toBe('other');
    model.kill(0);
    expect(model.elect(2)).toBe(true);
    expect(model.violations[0]).toMatch(/^member 2 became primary without acknowledged writes/);
  });

  test('without its vote it does not', () => {
    const model = set();
    model.write(0);
    model.replicate(0, 1);
    model.loseVolume(1);
    expect(model.reconfigure(0, undefined, (members) => members.set(1, shown(0)))).toMatch(
      /not committed in this/,
    );
    model.replicate(0, 2);
    expect(model.reconfigure(0, undefined, (members) => members.set(1, shown(0)))).toBeUndefined();
    model.start(1);
    model.heartbeat(0, 1);
    model.kill(0);
    expect(model.elect(2)).toBe(false);
    expect(model.violations).toEqual([]);
  });

  test('a reconfiguration changes one vote, from the version that it was decided by', () => {
    const model = set();
    const both = (members: Map<number, Member>) => void members.set(3, shown(1)).set(4, shown(1));
    expect(model.reconfigure(0, 1, both)).toBe('more than one voting member would change');
    expect(model.reconfigure(0, 7, (members) => members.set(3, shown(0)))).toBe(
      'the configuration has changed meanwhile',
    );
    expect(model.reconfigure(1, 1, (members) => members.set(3, shown(0)))).toBe('not primary');
    expect(model.reconfigure(0, 1, (members) => members.set(3, shown(0)))).toBeUndefined();
    expect(model.hello(3, 0)).toBe('0 primary 1');
  });

  test('a primary that was cut off commits no configuration, not even one as before', () => {
    const model = set();
    model.cut(0);
    expect(model.elect(1)).toBe(true);
    const asBefore = () => undefined;
    expect(model.reconfigure(0, undefined, asBefore)).toBe('the configuration is not committed yet');
    model.heal();
    // Member 2 has voted for another, of whose configuration it has not heard.
    expect(model.reconfigure(0, undefined, asBefore)).toBe('stepped down');
    expect(model.reconfigure(0, undefined, asBefore)).toBe('not primary');
    model.heartbeat(1, 2);
    model.replicate(1, 2);
    expect(model.reconfigure(1, undefined, asBefore)).toBeUndefined();
  });

  test('a hidden member has a vote, and no part in elections but that', () => {
    const model = set();
    expect(
      model.reconfigure(0, 1, (members) => members.set(2, { votes: 1, shape: 'hidden' })),
    ).toBeUndefined();
    expect(model.hello(0, 2)).toBe('2 hidden 1');
    expect(model.members(0)?.lines.at(-1)).toBe('2 SECONDARY 1 hidden');
    model.cut(0);
    expect(model.elect(2)).toBe(false);
    expect(model.elect(1)).toBe(true);
    expect(
      model.reconfigure(1, undefined, (members) => members.set(1, { votes: 1, shape: 'hidden' })),
    ).toMatch(/committed|elected any more/);
  });

  test('a delayed member lacks what is new, and counts for no majority', () => {
    const model = set();
    model.cut(1);
    expect(model.reconfigure(0, 1, (members) => members.set(2, { votes: 0, shape: 'delayed:60' }))).toBe(
      'no majority has it yet',
    );
    model.heal();
    model.heartbeat(0, 1);
    for (let write = 0; write < 7; write++) model.write(0);
    model.replicate(0, 2);
    const [primary, , late] = model.servers.map(({ volume }) => volume.log.length);
    expect(late).toBe((primary ?? 0) - 5);
    model.kill(0);
    expect(model.elect(1)).toBe(false);
  });

  test('a member that was removed is in no set, and says so', () => {
    const model = set();
    expect(model.reconfigure(0, 1, (members) => members.delete(2))).toBeUndefined();
    model.heartbeat(0, 2);
    expect(model.hello(0, 2)).toBe('2 blank');
  });
});

import { describe, expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { render } from '../../harness/charts/render.ts';
import { moments } from './model.ts';
import { Pods } from './pods.ts';

/** The scripts in their shell, against a model of PD, by seeded schedules: see pods.ts. More of them by BALLAST_SCHEDULES. */

const schedules = Number(process.env.BALLAST_SCHEDULES ?? 3);
/** A shell that shares its processor with many others takes its time. */
const timeout = 120_000 + schedules * 30_000;

const chart = chartNamed('tidb');
const output = await render(chart, { release: 'shop', values: topologyNamed(chart, 'cluster').values });

/** What is taken out of the scripts, the first schedule that finds it, and what it finds. */
const controls: readonly (readonly [
  what: string,
  seed: number,
  from: string | RegExp,
  to: string,
  found: RegExp,
])[] = [
  [
    'a cluster is founded before it is written down that there is one',
    4,
    'echo record',
    'echo found',
    /founds a second cluster/,
  ],
  [
    'one joins while another is away',
    4,
    'elif [ "$count" != 1 ] && [ $((healthy * 2)) -le $((count + 1)) ]; then',
    'elif false; then',
    /makes a cluster of 4 members, of which 2 serve/,
  ],
  [
    'a hook that does not wait until stores are empty',
    4,
    /\*\)\n\s+draining=yes\n\s+read -r _ id ordinal regions <<<"\$verdict"/,
    '*)\n        break',
    /the hook let TiKV 4 go, whose store \d+ is Offline and has \d+ regions/,
  ],
  ['a hook that removes no PD', 1, /^ {2}drain_pds$/m, '  :', /the hook let PD 3 go, which is a member/],
];
/** Steps in which a cluster comes to be, and nothing happens to it. */
const calm = 14;

test(
  `schedules 1 to ${schedules}, and those of the controls: never a second cluster, a change of PDs without a majority, or a pod that goes with regions on it`,
  async () => {
    const stage = await Pods.open(output);
    const violations: string[] = [];
    const came = { founded: 0, drained: 0, replaced: 0 };
    const seeds = new Set(controls.map(([, seed]) => seed));
    for (let seed = 1; seed <= schedules; seed++) seeds.add(seed);
    for (const seed of seeds) {
      const outcome = await stage.play(seed);
      violations.push(...outcome.violations.map((violation) => `seed ${seed}: ${violation}`));
      came.founded += outcome.founded;
      came.drained += outcome.drained;
      came.replaced += outcome.replaced;
    }
    stage.close();
    expect(violations).toEqual([]);
    // Or nothing would have been tried.
    expect(came.founded).toBeGreaterThan(seeds.size / 2);
    expect(came.drained).toBeGreaterThan(0);
    expect(came.replaced).toBeGreaterThan(0);
  },
  timeout,
);

test('wherever the second PD is killed while it joins, all three are members at the end', async () => {
  const stage = await Pods.open(output);
  for (const moment of moments)
    expect([moment, await stage.killWhoJoins(moment)]).toEqual([
      moment,
      { members: [0, 1, 2], violations: [] },
    ]);
  stage.close();
}, 120_000);

/** The scripts with something else in them. */
async function changed(from: string | RegExp, to: string): Promise<Pods> {
  let times = 0;
  const stage = await Pods.open(output, (text) => {
    const other = text.replace(from, to);
    if (other !== text) times++;
    return other;
  });
  expect(times).toBeGreaterThan(0);
  return stage;
}

describe('negative control: with one rule taken out, a schedule finds what it prevents', () => {
  test.each(controls)(
    '%s',
    async (_, seed, from, to, found) => {
      const stage = await changed(from, to);
      expect((await stage.play(seed)).violations.join('\n')).toMatch(found);
      stage.close();
    },
    timeout,
  );

  test.each([
    [
      'a directory of etcd’s without a WAL is taken for a member’s data',
      'begun',
      'if compgen -G "$DATA/pd/member/wal/*.wal" >/dev/null; then',
      'if [ -e "$DATA/pd/member" ]; then',
      { members: [0, 1], violations: ['PD 1 founds a second cluster'] },
    ],
    [
      'one that was added waits for PD to know that',
      'added',
      '[ "$verdict" = join ] || write_join',
      ':',
      { members: [0], violations: [] },
    ],
  ] as const)(
    'the second PD is killed while it joins: %s',
    async (_, moment, from, to, found) => {
      const stage = await changed(from, to);
      expect(await stage.killWhoJoins(moment)).toEqual(found);
      stage.close();
    },
    120_000,
  );

  test.each([
    ['as it is, it asks again whom it joins', 'nothing of this', '', [0, 1, 2]],
    ['a guess stays', '[ -n "$members" ] || [ ! -s', '[ ! -s', [0, 2]],
  ])(
    'a PD guesses whom it joins while nobody leads: %s',
    async (_, from, to, members) => {
      const stage = to === '' ? await Pods.open(output) : await changed(from, to);
      await stage.play(2, calm);
      expect(await stage.guessWhileNobodyLeads()).toEqual({ members, violations: [] });
      stage.close();
    },
    120_000,
  );

  test.each([
    ['as it is, it ends, and joins anew in a new pod', 'nothing of this', '', [0, 2]],
    ['nobody looks at a PD without its etcd', 'if [ "$role" = none ]; then leave; fi', ':', [0, 1, 2]],
  ])(
    'an operator removes a PD: %s',
    async (_, from, to, running) => {
      const stage = to === '' ? await Pods.open(output) : await changed(from, to);
      await stage.play(2, calm);
      expect(await stage.removeByHand(1)).toEqual({ running, members: [0, 1, 2], violations: [] });
      stage.close();
    },
    120_000,
  );

  test.each([
    ['as it is, it waits', 'nothing of this', '', ''],
    [
      'a store is declared destroyed while others do not serve',
      'elif [ -n "$others" ]; then',
      'elif false; then',
      'was declared destroyed while',
    ],
  ])(
    'a TiKV loses its volume while another is away: %s',
    async (_, from, to, found) => {
      const stage = found === '' ? await Pods.open(output) : await changed(from, to);
      expect((await stage.play(2, calm)).violations).toEqual([]);
      const violations = (await stage.loseOneWhileAnotherIsAway()).join('\n');
      if (found === '') expect(violations).toBe('');
      else expect(violations).toContain(found);
      stage.close();
    },
    120_000,
  );
});

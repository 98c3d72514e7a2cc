import { expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { render } from '../../harness/charts/render.ts';
import { Pods } from './pods.ts';

/** The scripts in their shell, against a model of PD, by seeded schedules: see pods.ts. More of them by BALLAST_SCHEDULES. */

const schedules = Number(process.env.BALLAST_SCHEDULES ?? 8);
/** A shell that shares its processor with many others takes its time. */
const timeout = 60_000 + schedules * 20_000;

const chart = chartNamed('tidb');
const output = await render(chart, { release: 'shop', values: topologyNamed(chart, 'cluster').values });

test(
  `${schedules} schedules: never a second cluster, a change of PDs without a majority, or a pod that goes with regions on it`,
  async () => {
    const stage = await Pods.open(output);
    const violations: string[] = [];
    const came = { founded: 0, drained: 0, replaced: 0 };
    for (let seed = 1; seed <= schedules; seed++) {
      const outcome = await stage.play(seed);
      violations.push(...outcome.violations.map((violation) => `seed ${seed}: ${violation}`));
      came.founded += outcome.founded;
      came.drained += outcome.drained;
      came.replaced += outcome.replaced;
    }
    stage.close();
    if (process.env.LOUD) console.log(came);
    expect(violations).toEqual([]);
    // Or nothing would have been tried.
    expect(came.founded).toBeGreaterThan(schedules / 2);
  },
  timeout,
);

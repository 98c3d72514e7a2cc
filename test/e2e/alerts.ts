import { expect } from 'vitest';
import type { Manifests } from '../harness/charts/manifests.ts';
import {
  judgeAlerts,
  judgeDashboards,
  monitored,
  scrape,
  type Target,
  type Verdict,
} from '../harness/cluster/alerts.ts';
import { nameOf } from '../harness/cluster/kube.ts';
import type { Installation } from '../harness/drill/drill.ts';

/** Alerts that have to speak up when nothing is heard of one member any more, and when nothing is heard at all. */
interface Expected {
  one?: readonly string[];
  all: readonly string[];
  /** Panels of what is only there while clients are. */
  unseen?: readonly string[];
}

const alertsOf = (verdicts: readonly Verdict[]) =>
  verdicts.filter(({ firing }) => firing > 0).map(({ alert }) => alert);

/** Every alert and every dashboard goes by metrics that the servers really have; alerts are silent while all is well, and those that should speak up do. */
export async function alerts(installation: Installation, expected: Expected): Promise<void> {
  const manifests = await monitored(installation);
  const targets = await scrape(installation, manifests);
  const healthy = await judgeAlerts(manifests, targets);
  expect(healthy.length).toBeGreaterThan(0);
  expect(healthy.filter(({ firing, unmet }) => firing > 0 || unmet.length > 0)).toEqual([]);

  const again = await scrape(installation, manifests);
  await expectShown(manifests, [...targets, ...again], expected.unseen);

  const speak = async (left: typeof targets) => alertsOf(await judgeAlerts(manifests, left));
  if (expected.one) {
    const primary = nameOf(await installation.primary());
    const lost = (await installation.members()).map(nameOf).findLast((name) => name !== primary);
    expect(await speak(targets.filter(({ labels }) => labels.pod !== lost))).toEqual(expected.one);
  }
  expect(await speak([])).toEqual(expected.all);
}

/** Every query of the dashboards finds something in what was scraped, twice; but for some panels. */
export async function expectShown(
  manifests: Manifests,
  targets: readonly Target[],
  unseen: readonly string[] = [],
): Promise<void> {
  const shown = await judgeDashboards(manifests, targets);
  expect(shown.length).toBeGreaterThan(0);
  const empty = shown.filter(({ firing, unmet }) => firing === 0 || unmet.length > 0);
  expect(empty.filter(({ alert }) => !unseen.includes(alert))).toEqual([]);
}

/** Which alerts speak now. */
export async function firing(installation: Installation): Promise<string[]> {
  const manifests = await monitored(installation);
  return alertsOf(await judgeAlerts(manifests, await scrape(installation, manifests)));
}

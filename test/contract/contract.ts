import { alerting, basics, hookOrder, labels } from './rules/basics.ts';
import { members } from './rules/members.ts';
import {
  disruption,
  namesNotAddresses,
  observable,
  retention,
  safeHooks,
  scaling,
  stableIdentity,
  wiring,
} from './rules/objects.ts';
import { plugged } from './rules/plugged.ts';
import { officialImages, placement, probes, resources, restricted } from './rules/pods.ts';
import { ports } from './rules/ports.ts';
import { scripts } from './rules/scripts.ts';
import { closedSchema, layout, pureRender } from './rules/source.ts';
import type { Rule, Subject } from './rules/subject.ts';

export { loadSubject, type Rule, rebaseSubject, reloadSubject, type Subject } from './rules/subject.ts';

/** The chart contract of the design document, in its order, and what it rests on. */
export const rules: readonly Rule[] = [
  officialImages,
  closedSchema,
  pureRender,
  stableIdentity,
  safeHooks,
  namesNotAddresses,
  disruption,
  placement,
  restricted,
  resources,
  probes,
  observable,
  scaling,
  retention,
  layout,
  wiring,
  labels,
  basics,
  members,
  ports,
  scripts,
  hookOrder,
  alerting,
  plugged,
];

/** Rules that look at the plain render of a case, and compare it with no other. */
export const plainRules: readonly Rule[] = [
  safeHooks,
  namesNotAddresses,
  disruption,
  restricted,
  resources,
  probes,
  retention,
  wiring,
  labels,
  basics,
  members,
  ports,
  hookOrder,
];

export interface Violation {
  rule: string;
  chart: string;
  message: string;
}

/** Everything a chart breaks, by the rule it breaks. */
export function checkContract(subject: Subject): Violation[] {
  return rules.flatMap((rule) =>
    rule.check(subject).map((message) => ({ rule: rule.id, chart: subject.chart.name, message })),
  );
}

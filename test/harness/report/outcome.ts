import type { DrillFigures } from './figures.ts';

/** How all runs of a drill went, worst first; `seen` and `unseen` are for negative controls, which must lose. */
export type Outcome = 'lost' | 'failed' | 'missed' | 'met' | 'free' | 'unseen' | 'seen';

/** What stands for an outcome where colour cannot, and what it means in words. */
export const outcomes: Record<Outcome, { sign: string; meaning: string }> = {
  lost: { sign: '✗', meaning: 'acknowledged writes lost' },
  failed: { sign: '!', meaning: 'none found lost, another check failed' },
  missed: { sign: '▲', meaning: 'none lost, over the goal' },
  met: { sign: '✓', meaning: 'none lost, within the goal' },
  free: { sign: '○', meaning: 'none lost, no goal' },
  unseen: { sign: '✗', meaning: 'the loss was not seen in every run' },
  seen: { sign: '✓', meaning: 'lost as it must, and the loss was seen' },
};

type Judged = Pick<DrillFigures, 'control' | 'lost' | 'passed' | 'runs' | 'goalMs' | 'maxMs'>;

export function outcomeOf({ control, lost, passed, runs, goalMs, maxMs }: Judged): Outcome {
  if (control) return passed === runs ? 'seen' : 'unseen';
  if (lost > 0) return 'lost';
  if (passed < runs) return 'failed';
  if (goalMs === undefined) return 'free';
  return maxMs <= goalMs ? 'met' : 'missed';
}

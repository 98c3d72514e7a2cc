import type { Promises } from '../../contract/promises.ts';

/** What each promise of charts/logs/DESIGN.md rests on. */
export const promises: Promises = {
  chart: 'logs',
  promises: [],
};

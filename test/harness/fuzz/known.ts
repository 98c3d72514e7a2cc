import type { Chart } from '../charts.ts';
import type { Sample } from './values.ts';

/** A defect that somebody is at work on. */
export interface KnownDefect {
  /** Of the list of trials. */
  row: number;
  breach: RegExp;
  /** The sample without what brings the breach about: it is hidden only where it goes away so. */
  mend(sample: Sample, chart: Chart): Sample;
}

/** Empty where everything is done. */
export const knownDefects: readonly KnownDefect[] = [];

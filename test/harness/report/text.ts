/** Words that both reports share; `**bold**` and backticks as in Markdown. */
export const explanation =
  'A client inside the cluster writes numbered records one after the other through the Service a user would use, and notes what it was told. Meanwhile every member is also asked directly, four times a second, to take a write: all but the primary must refuse. Afterwards every member and the Service are read in full. **Lost** counts records that were acknowledged and are missing anywhere; **outage** is the longest time between two acknowledgements from the fault on; **goal** is the outage that is aimed at for this fault with this system, met when the longest outage of all runs keeps within it; **unknown** writes are those whose connection broke, which may or may not be there; **lost without waiting** is what a second client lost whose writes are acknowledged by the primary alone, where a system lets clients choose (Redis without `WAIT`); **noise** is the longest pause before the fault, and the longest time that the client itself could not run.';

export const controlText =
  'The same drill on a deliberately weakened set-up, which must lose acknowledged writes: it shows that a loss would be seen.';

export function thousands(count: number): string {
  return count.toLocaleString('en');
}

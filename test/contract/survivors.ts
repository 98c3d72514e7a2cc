import type { Mutant } from './mutants.ts';

/** A kind of change that no test of renders sees, and why that is well, or what does see it. */
interface Survivor {
  /** Found in the mutant's change, as `npm run mutate` prints it. */
  change: RegExp;
  /** Found in its path; any unless told. */
  path?: RegExp;
  operators?: readonly Mutant['operator'][];
  why: string;
}

const survivors: readonly Survivor[] = [
  {
    change: /set \$(seen|ids|taken|names)\b/,
    operators: ['flip'],
    why: 'the set is only asked whether it has the name (hasKey): what is stored under it means nothing',
  },
  {
    change: /^"(periodSeconds|timeoutSeconds|failureThreshold|initialDelaySeconds):/,
    why: 'how often and how patiently a probe asks; the contract bounds what would end a server or keep clients from it, drills see the rest',
  },
  {
    change: /^"(cpu|memory|sizeLimit):/,
    operators: ['number'],
    why: 'how much a helper may take: e2e tests run with it, and see what is too little',
  },
  {
    change: /buffer\.size|buffer_pool_size|maxmemory|watermark|MaxDirectMemorySize/,
    operators: ['unplug', 'number'],
    why: 'a share of the memory limit: the contract bounds what would be above it, and e2e tests run with it',
  },
  {
    change: /^"(backoffLimit|activeDeadlineSeconds|expirationSeconds|weight|maxSkew):/,
    operators: ['number'],
    why: 'a bound that the contract wants to be there, and whose figure is a matter of taste',
  },
  {
    change: /expr:|\bif\b.*(architecture|clustered|sentinel)/,
    path: /alerts\.yaml$/,
    why: 'e2e tests judge every alert by what the servers say, and know by name which ones speak when one member is unheard, and when all are (test/e2e/alerts.ts)',
  },
  {
    change: /default-container/,
    why: 'which container kubectl logs shows when none is named',
  },
];

/** How much of a sample may survive without an explanation: what is known to be left. */
export const bearable = 0.1;

/** Why it is well that a mutant survives, or undefined. */
export function explanationOf({ path, change, operator }: Mutant): string | undefined {
  return survivors.find(
    (one) =>
      one.change.test(change) &&
      (one.path?.test(path) ?? true) &&
      (one.operators?.includes(operator) ?? true),
  )?.why;
}

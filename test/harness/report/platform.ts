import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from '../base/paths.ts';
import { duration } from '../base/stats.ts';
import { thousands } from './text.ts';

/** What a step of the platform's drill cost. Times are ms since the first message was posted. */
export interface PlatformStep {
  name: string;
  fromMs: number;
  toMs: number;
  /** Messages answered with 2xx. */
  acknowledged: number;
  /** Requests that were not, after all that the gateway had tried. */
  failed: number;
  /** Longest time between two answers with 2xx. */
  longestMs: number;
}

/** A run of the platform's drill (test/e2e/platform.extended.test.ts) in which nothing was missing in the end: any other one fails, and is not kept. */
export interface PlatformRun {
  at: string;
  machine: string;
  acknowledged: number;
  steps: PlatformStep[];
  /** Messages answered with 2xx in each second. */
  seconds: number[];
}

/** Where the test leaves the run for `npm run bench -- report`. */
const file = join(cacheRoot, 'platform.json');

export async function keepPlatform(run: PlatformRun): Promise<void> {
  await mkdir(cacheRoot, { recursive: true });
  await writeFile(file, JSON.stringify(run));
}

/** The last run that was kept; undefined where there is none. */
export async function lastPlatform(): Promise<PlatformRun | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as PlatformRun);
}

export const platformTitle = 'The whole platform';

export const platformHeads = ['what happened', 'for', 'answered with 2xx', 'failed', 'none for at most'];

export function platformRows({ steps }: PlatformRun): string[][] {
  return steps.map(({ name, fromMs, toMs, acknowledged, failed, longestMs }) => [
    name,
    `${Math.round((toMs - fromMs) / 1000)} s`,
    thousands(acknowledged),
    `${thousands(failed)} (${((100 * failed) / Math.max(1, acknowledged + failed)).toFixed(2)} %)`,
    duration(longestMs),
  ]);
}

/** The figure that stands for all of them, in two sentences. */
export function platformText({ at, machine, acknowledged, steps }: PlatformRun): string {
  const failed = steps.reduce((sum, step) => sum + step.failed, 0);
  const minutes = Math.round(((steps.at(-1)?.toMs ?? 0) - (steps[0]?.fromMs ?? 0)) / 60_000);
  return `MySQL, Redis, Kafka, RabbitMQ, RocketMQ and Eureka as clusters, and four Spring services on top (examples/im), in one release. For ${minutes} minutes three clients posted messages at the Ingress, while each node was drained, each node crashed, and then one process after the other was killed: of ${thousands(acknowledged)} messages that were answered with 2xx, **none was missing** afterwards, in MySQL or from any of the three brokers; ${thousands(failed)} requests failed. One run on ${at.slice(0, 10)}, on ${machine}.`;
}

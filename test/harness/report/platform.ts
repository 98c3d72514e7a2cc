import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from '../base/paths.ts';

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

/** A run of the platform's drill in which nothing was missing in the end: any other one fails, and is not kept. */
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

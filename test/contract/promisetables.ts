import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemsDir } from '../harness/base/paths.ts';
import type { Promises } from './promises.ts';

/** Every system's promises: test/systems/NAME/promises.ts. */
export const promises: readonly Promises[] = await Promise.all(
  readdirSync(systemsDir)
    .map((name) => join(systemsDir, name, 'promises.ts'))
    .filter((path) => existsSync(path))
    .sort()
    .map(async (path) => ((await import(pathToFileURL(path).href)) as { promises: Promises }).promises),
);

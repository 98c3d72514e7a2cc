import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemsDir } from '../base/paths.ts';
import type { System } from './types.ts';

async function load(name: string): Promise<System> {
  const { system } = (await import(pathToFileURL(join(systemsDir, name, 'system.ts')).href)) as {
    system: System;
  };
  return system;
}

/** Images that a system's tests name beside its charts': test/systems/NAME/images.ts. */
export const testImages: readonly string[] = (
  await Promise.all(
    readdirSync(systemsDir)
      .map((name) => join(systemsDir, name, 'images.ts'))
      .filter((path) => existsSync(path))
      .map(
        async (path) => ((await import(pathToFileURL(path).href)) as { images: readonly string[] }).images,
      ),
  )
).flat();

/** Every system of the suite: test/systems/NAME/system.ts exports it; what keeps nothing has none. */
export const systems: readonly System[] = await Promise.all(
  readdirSync(systemsDir)
    .filter((name) => existsSync(join(systemsDir, name, 'system.ts')))
    .sort()
    .map(load),
);

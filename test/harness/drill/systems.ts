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

/** Every system of the suite: test/systems/NAME/system.ts exports it; what keeps nothing has none. */
export const systems: readonly System[] = await Promise.all(
  readdirSync(systemsDir)
    .filter((name) => existsSync(join(systemsDir, name, 'system.ts')))
    .sort()
    .map(load),
);

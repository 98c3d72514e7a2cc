import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repoRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const chartsDir = join(repoRoot, 'charts');
/** What tests know of each system, in a folder of its name. */
export const systemsDir = join(repoRoot, 'test', 'systems');
export const valuesDir = join(repoRoot, 'values');

/** Content-addressed caches live outside the clone, so that a fresh clone is warm. */
export const cacheRoot =
  process.env.BALLAST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ballast');

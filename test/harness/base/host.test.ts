import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tmpdir } from 'zx';

// The cache root is read when the module is loaded.
const cache = tmpdir();
vi.stubEnv('BALLAST_CACHE', cache);
const { requireSpace, waitFor, withLock, withTempDir } = await import('./host.ts');

beforeAll(() => mkdir(join(cache, 'locks'), { recursive: true }));
afterAll(() => rm(cache, { recursive: true }));

describe('a lock', () => {
  it('lets one at a time in', async () => {
    let inside = 0;
    let most = 0;
    const visit = () =>
      withLock('one', async () => {
        inside++;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inside--;
      });
    await Promise.all([visit(), visit()]);
    expect(most).toBe(1);
  });

  it('is given back when what it guarded fails', async () => {
    await expect(withLock('two', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock('two', async () => 'in')).toBe('in');
  });

  it('of a process that is gone is taken over, also when another process has its number now', async () => {
    await writeFile(join(cache, 'locks', 'three'), `${process.pid} 1`);
    expect(await withLock('three', async () => 'in')).toBe('in');
    await writeFile(join(cache, 'locks', 'three'), '4194305 99');
    expect(await withLock('three', async () => 'in')).toBe('in');
  });
});

describe('a temporary directory', () => {
  it('goes with its user, and what a killed run left goes with the next', async () => {
    await mkdir(join(cache, 'tmp', '4194305-99-abc'), { recursive: true });
    await withTempDir(async (dir) => {
      expect(await readdir(join(cache, 'tmp'))).toEqual([dir.split('/').at(-1)]);
      await withTempDir(async () => undefined);
      expect(await readdir(join(cache, 'tmp'))).toHaveLength(1);
    });
    expect(await readdir(join(cache, 'tmp'))).toEqual([]);
  });
});

describe('waiting', () => {
  it('ends at its deadline with what it waited for and what it saw last', async () => {
    await expect(waitFor('the moon', 0.01, async () => 'a cloud')).rejects.toThrow(
      'timed out after 0.01 s waiting for the moon (last seen: a cloud)',
    );
  });
});

describe('disk space', () => {
  it('is refused by one line saying how much is needed where, before anything is done', async () => {
    await requireSpace(0.001, 'a test');
    await expect(requireSpace(1e9, 'a test')).rejects.toMatchObject({
      line: expect.stringMatching(/^a test needs 1000000000 GiB of free disk and .* has [\d.]+: free some/),
    });
  });
});

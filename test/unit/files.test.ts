import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tmpdir } from 'zx';
import { writeWhole } from '../harness/files.ts';

test('many writers of one file at once leave one whole file and nothing else', async () => {
  const dir = tmpdir();
  try {
    const path = join(dir, 'deep', 'file');
    const text = 'x'.repeat(100_000);
    await Promise.all(Array.from({ length: 20 }, () => writeWhole(path, text)));
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await readdir(join(dir, 'deep'))).toEqual(['file']);
  } finally {
    await rm(dir, { recursive: true });
  }
});

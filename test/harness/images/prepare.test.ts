import { expect, test } from 'vitest';
import { aptInstall, readHost } from '../base/host.ts';
import type { ImageResolution } from './images.ts';
import { missing } from './prepare.ts';
import { goPrograms } from './tools.ts';

test('what is not ready is not made inside a test', async () => {
  await expect(aptInstall(['no-such-package'], readHost())).rejects.toThrow(
    'no-such-package would have to be made ready inside a test',
  );
  // Nothing that is prepared asks for this one.
  await expect(goPrograms('helm-unittest', 'nothing')).rejects.toThrow(
    'nothing v1.1.2 would have to be made ready inside a test',
  );
});

test('a system whose images this machine can’t have says so, and no other does', () => {
  const images: ImageResolution[] = [
    { ref: 'registry.test/server:1', status: 'unavailable', reason: 'registry.test can’t be reached' },
    { ref: 'registry.test/other:1', status: 'stored' },
  ];
  expect(missing({ elsewhere: ['registry.test/other:1', 'registry.test/server:1'] }, images)).toBe(
    'image registry.test/server:1 is not to be had here (registry.test can’t be reached)',
  );
  expect(missing({ elsewhere: ['registry.test/other:1'] }, images)).toBeUndefined();
  expect(missing({}, images)).toBeUndefined();
});

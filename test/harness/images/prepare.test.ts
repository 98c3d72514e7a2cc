import { expect, test } from 'vitest';
import { aptInstall, readHost } from '../base/host.ts';
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

import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import { expiresTheDead, rotates } from './operations.ts';
import { system } from './system.ts';

const cluster = onCluster(system);

extended(() => {
  describe('standalone', () => {
    const installation = cluster.installation('standalone');

    test('helm test registers and looks', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the server says, are silent while all is well, and speak when nothing is heard of it', () =>
      alerts(installation(), { all: ['EurekaDown'] }));
  });
});

describe('peers', () => {
  const installation = cluster.installation('peers');

  test('helm test registers through the Service and gets it from every server', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), { one: ['EurekaServerMissing'], all: ['EurekaDown', 'EurekaServerMissing'] }));

  test('kill takes no instance that beats from the lists', () => cluster.passes(installation(), 'kill'));

  extended(() => {
    test.each(['rolling', 'scale', 'all', 'node-crash', 'partition'])(
      '%s takes no instance that beats from the lists',
      (name) => cluster.passes(installation(), name),
    );

    test('an instance that is silent is gone after its lease, and not before', () =>
      expiresTheDead(installation()));

    test('a changed password counts without a restart', () => rotates(installation()));
  });
});

extended(() => {
  describe('peers that copy nothing', () => {
    const control = cluster.drill('control-peers');
    const installation = cluster.installation('peers', control.values);

    test('negative control: instances are missing, and the ledger sees it', () =>
      cluster.passes(installation(), 'control-peers'));
  });
});

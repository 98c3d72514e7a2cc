import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import { guardsWhatItHas, letsOnlyUsersIn } from './operations.ts';
import { system } from './system.ts';

const cluster = onCluster(system);

extended(() => {
  describe('standalone', () => {
    const installation = cluster.installation('standalone');

    test('helm test writes and reads', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
      alerts(installation(), { all: ['ZooKeeperDown'] }));

    test('negative control: a lost volume loses acknowledged writes, and the ledger sees it', () =>
      cluster.passes(installation(), 'control-standalone'));
  });

  describe('standalone that becomes several', () => {
    const installation = cluster.installation('standalone');

    test('it keeps what was acknowledged', () => cluster.passes(installation(), 'convert'));
  });
});

describe('ensemble', () => {
  const installation = cluster.installation('ensemble');

  test('helm test writes through the Service and reads from every server', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), {
      one: ['ZooKeeperServerMissing'],
      all: ['ZooKeeperDown', 'ZooKeeperWithoutLeader', 'ZooKeeperServerMissing'],
    }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(installation(), 'kill'));

  extended(() => {
    test.each(['lost-volume', 'scale'])('%s loses nothing that was acknowledged', (name) =>
      cluster.passes(installation(), name),
    );

    test('servers that lost their volumes have no vote, and wait for one that has its own', () =>
      guardsWhatItHas(installation()));

    test('where logins are required, only users get in', () => letsOnlyUsersIn(installation()));
  });
});

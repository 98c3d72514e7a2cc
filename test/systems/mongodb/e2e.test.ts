import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import { guardsWhatItHas, hidesAndShows, provisions } from './operations.ts';
import { system } from './system.ts';

const cluster = onCluster(system);

extended(() => {
  describe('standalone', () => {
    const installation = cluster.installation('standalone');

    test('helm test writes and reads', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
      alerts(installation(), { all: ['MongoDBDown'] }));

    test('negative control: a lost volume loses acknowledged writes, and the ledger sees it', () =>
      cluster.passes(installation(), 'control-standalone'));
  });
});

describe('replicaSet', () => {
  const installation = cluster.installation('replicaSet');

  test('helm test writes through the primary and reads from every member', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), {
      one: ['MongoDBMemberMissing'],
      all: ['MongoDBDown', 'MongoDBWithoutPrimary', 'MongoDBMemberMissing'],
    }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(installation(), 'kill'));

  extended(() => {
    test.each(['lost-volume', 'scale'])('%s loses nothing that was acknowledged', (name) =>
      cluster.passes(installation(), name),
    );

    test('collections, users and migrations are made once', () => provisions(installation()));

    test('a member is hidden by an upgrade, and shown again', () => hidesAndShows(installation()));

    test('members that lost their volumes have no vote, and wait', () => guardsWhatItHas(installation()));
  });
});

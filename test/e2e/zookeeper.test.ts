import { describe, expect, test } from 'vitest';
import { zookeeper } from '../harness/drills/zookeeper.ts';
import { alerts } from './alerts.ts';
import { printedCommands } from './printed.ts';
import { extended, onCluster } from './setup.ts';
import { guardsWhatItHas, letsOnlyUsersIn } from './zookeeper-operations.ts';

const cluster = onCluster(zookeeper);

extended(() => {
  describe('standalone', () => {
    const stage = cluster.stage('standalone');

    test('helm test writes and reads', async () => {
      expect(await stage().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
      alerts(stage(), { all: ['ZooKeeperDown'] }));

    test('negative control: a lost volume loses acknowledged writes, and the ledger sees it', () =>
      cluster.passes(stage(), 'control-standalone'));
  });
});

describe('ensemble', () => {
  const stage = cluster.stage('ensemble');

  test('helm test writes through the Service and reads from every server', async () => {
    expect(await stage().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(stage()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(stage(), {
      one: ['ZooKeeperServerMissing'],
      all: ['ZooKeeperDown', 'ZooKeeperWithoutLeader', 'ZooKeeperServerMissing'],
    }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(stage(), 'kill'));

  extended(() => {
    test.each(['lost-volume', 'scale'])('%s loses nothing that was acknowledged', (name) =>
      cluster.passes(stage(), name),
    );

    test('servers that lost their volumes have no vote, and wait for one that has its own', () =>
      guardsWhatItHas(stage()));

    test('where logins are required, only users get in', () => letsOnlyUsersIn(stage()));
  });
});

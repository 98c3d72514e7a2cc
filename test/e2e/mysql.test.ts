import { describe, expect, test } from 'vitest';
import { mysql } from '../harness/drills/mysql.ts';
import { alerts } from './alerts.ts';
import {
  appliesMigrationsOnce,
  growsVolumes,
  keepsErrantMembersOut,
  replacesLostVolume,
  rotatesPasswords,
  separatesReaders,
  servesOwnCertificate,
} from './mysql-operations.ts';
import { printedCommands } from './printed.ts';
import { extended, onCluster } from './setup.ts';

const cluster = onCluster(mysql);

extended(() => {
  describe('standalone', () => {
    const stage = cluster.stage('standalone');

    test('helm test writes and reads', async () => {
      expect(await stage().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
      alerts(stage(), { all: ['MySQLDown'] }));

    test('negative control: a lost volume loses acknowledged writes, and the ledger sees it', () =>
      cluster.passes(stage(), 'control-standalone'));

    test('a certificate of one’s own is served, and TLS can be required', () =>
      servesOwnCertificate(stage()));
  });
});

describe('group', () => {
  const stage = cluster.stage('group');

  test('helm test writes to the primary and reads from every replica', async () => {
    expect(await stage().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(stage()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(stage(), {
      one: ['MySQLGroupMemberMissing'],
      all: ['MySQLDown', 'MySQLGroupMemberMissing', 'MySQLGroupWithoutPrimary'],
    }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(stage(), 'kill'));

  extended(() => {
    test.each(['rolling', 'all'])('%s loses nothing that was acknowledged', (name) =>
      cluster.passes(stage(), name),
    );

    test('the replicas’ Service leads to every secondary and not to the primary', () =>
      separatesReaders(stage()));

    test('changed passwords are taken over by an upgrade, without a restart', () =>
      rotatesPasswords(stage()));

    test('a migration is applied once, and a changed one refused', () => appliesMigrationsOnce(stage()));

    test('volumes are grown without a restart, or the wish refused', () => growsVolumes(stage()));

    test('a member with transactions of its own stays out until it is told to copy', () =>
      keepsErrantMembersOut(stage()));

    test('a member whose volume was lost comes back as a copy', () => replacesLostVolume(stage()));
  });
});

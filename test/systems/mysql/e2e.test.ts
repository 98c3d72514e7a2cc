import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import {
  appliesMigrationsOnce,
  becomes,
  growsVolumes,
  keepsErrantMembersOut,
  replacesBrokenReplica,
  replacesLostVolume,
  rotatesPasswords,
  separatesReaders,
  servesOwnCertificate,
  waitsForAReplica,
  waitsForTheOperator,
} from './operations.ts';
import { system } from './system.ts';

const cluster = onCluster(system);

extended(() => {
  describe('standalone', () => {
    const installation = cluster.installation('standalone');

    test('helm test writes and reads', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
      alerts(installation(), { all: ['MySQLDown'] }));

    test('negative control: a lost volume loses acknowledged writes, and the ledger sees it', () =>
      cluster.passes(installation(), 'control-standalone'));

    test('a certificate of one’s own is served, and TLS can be required', () =>
      servesOwnCertificate(installation()));

    test('it becomes a replication by an upgrade, with its data', () =>
      becomes(installation(), { architecture: 'replication', replicas: 2 }));
  });

  describe('standalone that becomes a group', () => {
    const installation = cluster.installation('standalone');

    test('it keeps its data', () => becomes(installation(), { architecture: 'group', replicas: 3 }));
  });
});

describe('group', () => {
  const installation = cluster.installation('group');

  test('helm test writes to the primary and reads from every replica', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), {
      one: ['MySQLGroupMemberMissing'],
      all: ['MySQLDown', 'MySQLGroupMemberMissing', 'MySQLGroupWithoutPrimary'],
    }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(installation(), 'kill'));

  extended(() => {
    test.each(['rolling', 'all'])('%s loses nothing that was acknowledged', (name) =>
      cluster.passes(installation(), name),
    );

    test('the replicas’ Service leads to every secondary and not to the primary', () =>
      separatesReaders(installation()));

    test('changed passwords are taken over by an upgrade, without a restart', () =>
      rotatesPasswords(installation()));

    test('a migration is applied once, and a changed one refused', () =>
      appliesMigrationsOnce(installation()));

    test('volumes are grown without a restart, or the wish refused', () => growsVolumes(installation()));

    test('a member with transactions of its own stays out until it is told to copy', () =>
      keepsErrantMembersOut(installation(), 'STOP GROUP_REPLICATION'));

    test('a member whose volume was lost comes back as a copy', () => replacesLostVolume(installation()));
  });
});

describe('replication', () => {
  const installation = cluster.installation('replication');

  test('helm test writes to the primary and reads from every replica', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), {
      one: ['MySQLReplicaMissing'],
      all: ['MySQLDown', 'MySQLReplicaMissing', 'MySQLWritesAlone'],
    }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(installation(), 'replication-kill'));

  extended(() => {
    test.each([
      'replication-rolling',
      'replication-all',
      'replication-freeze',
      'replication-freeze-replica',
      'replication-kill-of-three',
    ])('%s loses nothing that was acknowledged', (name) => cluster.passes(installation(), name));

    test('negative control: a primary that waits for no acknowledgement loses writes, and the ledger sees it', () =>
      cluster.passes(installation(), 'control-replication'));

    test('the replicas’ Service leads to every replica and not to the primary', () =>
      separatesReaders(installation()));

    test('changed passwords are taken over by an upgrade, without a restart', () =>
      rotatesPasswords(installation()));

    test('a member with transactions of its own stays out until it is told to copy', () =>
      keepsErrantMembersOut(installation(), 'STOP REPLICA'));

    test('a member whose volume was lost comes back as a copy', () => replacesLostVolume(installation()));

    test('a replica that can’t apply what the primary wrote stays out until it is told to copy', () =>
      replacesBrokenReplica(installation()));

    test('a lost volume of a primary that wrote alone is the operator’s to decide', () =>
      waitsForTheOperator(installation()));

    test('with writesAlone false, writes wait for a replica', () => waitsForAReplica(installation()));
  });
});

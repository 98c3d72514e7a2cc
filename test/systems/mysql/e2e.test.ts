import { describe, expect, test } from 'vitest';
import { alerts, firing } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import { bulkOf, copiedRows, fillsUp } from './large.ts';
import {
  appliesMigrationsOnce,
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

    test('it becomes a replication by an upgrade, and keeps what was acknowledged', () =>
      cluster.passes(installation(), 'convert-replication'));
  });

  describe('standalone that becomes a group', () => {
    const installation = cluster.installation('standalone');

    test('it keeps what was acknowledged', () => cluster.passes(installation(), 'convert-group'));
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
    // Before so much is written that a copy is quicker.
    test('a primary whose volume was lost comes back, with what it wrote itself', () =>
      replacesLostVolume(installation(), 'primary'));

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

    test('a member whose volume was lost comes back as a copy', () =>
      replacesLostVolume(installation(), 'replica'));
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
    // Before so much is written that a copy is quicker.
    test('a primary whose volume was lost comes back, with what it wrote itself', () =>
      replacesLostVolume(installation(), 'primary'));

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

    test('a member whose volume was lost comes back as a copy', () =>
      replacesLostVolume(installation(), 'replica'));

    test('a replica that can’t apply what the primary wrote stays out until it is told to copy', () =>
      replacesBrokenReplica(installation()));

    test('a lost volume of a primary that wrote alone is the operator’s to decide', () =>
      waitsForTheOperator(installation()));

    test('with writesAlone false, writes wait for a replica', () => waitsForAReplica(installation()));
  });
});

extended(() => {
  describe.each([
    ['group', '', 'MySQLGroupMemberBehind'],
    ['replication', 'replication-', 'MySQLReplicaMissing'],
  ])('%s with gigabytes', (topology, prefix, alert) => {
    const installation = cluster.installation(topology, { [topology]: { cloneAboveTransactions: 0 } });

    test('a replica’s full disk: writes go on, an alert says so, and it heals once it is freed', () =>
      cluster.passes(installation(), {
        ...cluster.drill(`${prefix}disk-full`),
        act: (context) =>
          fillsUp(context, 'replica', async () => {
            expect(await firing(installation())).toContain(alert);
          }),
      }));

    test('a primary’s full disk: another leads, and it heals once it is freed', () =>
      cluster.passes(installation(), `${prefix}disk-full-primary`));

    test('a lost volume of 2 GiB is copied while clients write', async () => {
      await cluster.passes(installation(), `${prefix}clone`);
      const { kube } = installation().testCluster;
      const rows = (await installation().members()).map((pod) => bulkOf(kube, pod));
      expect(new Set(await Promise.all(rows))).toEqual(new Set([`${copiedRows}`]));
    });
  });

  describe('replication with a backlog', () => {
    const installation = cluster.installation('replication');

    test('a primary killed before its replica has applied 2 GiB loses nothing that was acknowledged', () =>
      cluster.passes(installation(), 'replication-backlog'));
  });
});

import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import { emptiesWhatGoes, guardsWhatItHas, provisions } from './operations.ts';
import { system } from './system.ts';

const onTestCluster = onCluster(system);

extended(() => {
  describe('standalone', () => {
    const installation = onTestCluster.installation('standalone');

    test('helm test writes and reads', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('negative control: lost volumes lose acknowledged writes, and the ledger sees it', () =>
      onTestCluster.passes(installation(), 'control-standalone'));
  });
});

describe('cluster', () => {
  const installation = onTestCluster.installation('cluster');

  test('helm test writes through the Service and reads from every TiDB', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), {
      one: ['TiDBMissing'],
      all: ['PDDown', 'PDMemberMissing', 'TiDBDown', 'TiDBMissing', 'TiKVMissing'],
    }));

  test('kill loses nothing that was acknowledged', () => onTestCluster.passes(installation(), 'kill'));

  extended(() => {
    test.each([
      'tikv-kill',
      'tikv-delete',
      'tikv-lost-volume',
      'pd-kill',
      'pd-lost-volume',
      'scale',
      'tikv-scale',
      'all-deleted',
    ])('%s loses nothing that was acknowledged', (name) => onTestCluster.passes(installation(), name));

    test('databases, users and migrations are made once', () => provisions(installation()));

    test('a TiKV is empty before its pod goes', () => emptiesWhatGoes(installation()));

    test('PDs that lost their volumes found no second cluster', () => guardsWhatItHas(installation()));
  });
});

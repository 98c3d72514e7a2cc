import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import { keepsWhatHasRows, rotates, sameEverywhere, splitsAndEncrypts } from './operations.ts';
import { system } from './system.ts';

const onTestCluster = onCluster(system);

describe('cluster', () => {
  const installation = onTestCluster.installation('cluster');

  test('helm test logs in and finds each database', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('alerts go by what the proxies say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), {
      one: ['ShardingSphereProxyMissing'],
      all: ['ShardingSphereProxyMissing', 'ShardingSphereProxyGone'],
    }));

  test('kill loses nothing that was acknowledged, and each row is in its shard', () =>
    onTestCluster.passes(installation(), 'kill'));

  extended(() => {
    test('every printed command works', () => printedCommands(installation()));

    test('a broadcast table is equal in all shards, whichever proxy is written to', () =>
      sameEverywhere(installation()));

    test('reads go to replicas, an automatic table lies in both MySQLs, and an encrypted column is a cipher there', () =>
      splitsAndEncrypts(installation()));

    test.each([
      'mysql-kill',
      'mysql-group-kill',
      'zookeeper-kill',
      'delete',
      'rolling',
      'scale',
      'all-deleted',
    ])('%s loses nothing that was acknowledged', (name) => onTestCluster.passes(installation(), name));

    test('a rule whose table has rows is neither removed nor moved', () => keepsWhatHasRows(installation()));

    test('changed passwords count from the next upgrade on', () => rotates(installation()));
  });
});

extended(() => {
  describe('standalone', () => {
    const installation = onTestCluster.installation('standalone');

    test('helm test logs in and finds each database', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('negative control: a shard’s lost volume loses acknowledged writes, and the ledger sees it', () =>
      onTestCluster.passes(installation(), 'control-standalone'));
  });
});

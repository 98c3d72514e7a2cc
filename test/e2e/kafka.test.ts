import { describe, expect, test } from 'vitest';
import { kafka } from '../harness/drills/kafka.ts';
import { alerts } from './alerts.ts';
import { changesAccountsAndTopics, forgetsGone, tellsPrometheus } from './kafka-operations.ts';
import { printedCommands } from './printed.ts';
import { extended, onCluster } from './setup.ts';

const cluster = onCluster(kafka);

extended(() => {
  describe('standalone', () => {
    const stage = cluster.stage('standalone');

    test('helm test produces and consumes', async () => {
      expect(await stage().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
      alerts(stage(), { all: ['KafkaServerDown', 'KafkaControllerMissing'] }));

    test('it tells Prometheus what JMX knows', () => tellsPrometheus(stage()));

    test('negative control: a lost volume loses acknowledged records, and the ledger sees it', () =>
      cluster.passes(stage(), 'control-standalone'));
  });
});

describe('kraft', () => {
  const stage = cluster.stage('kraft');

  test('helm test produces and consumes', async () => {
    expect(await stage().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(stage()));

  test('kill loses nothing that was acknowledged', () => cluster.passes(stage(), 'kill'));

  extended(() => {
    test.each(['scale'])('%s loses nothing that was acknowledged', (name) => cluster.passes(stage(), name));

    test('servers that an upgrade removed are forgotten', () => forgetsGone(stage()));

    test('accounts and topics change with the values, without a restart, and topics never shrink', () =>
      changesAccountsAndTopics(stage()));
  });
});

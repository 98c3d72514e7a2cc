import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import { changesAccountsAndTopics, forgetsGone, tellsPrometheus } from './operations.ts';
import { system } from './system.ts';

const cluster = onCluster(system);

extended(() => {
  describe('standalone', () => {
    const installation = cluster.installation('standalone');

    test('helm test produces and consumes', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
      alerts(installation(), { all: ['KafkaServerDown', 'KafkaControllerMissing'] }));

    test('it tells Prometheus what JMX knows', () => tellsPrometheus(installation()));

    test('negative control: a lost volume loses acknowledged records, and the ledger sees it', () =>
      cluster.passes(installation(), 'control-standalone'));
  });
});

describe('kraft', () => {
  const installation = cluster.installation('kraft');

  test('helm test produces and consumes', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('kill loses nothing that was acknowledged', () => cluster.passes(installation(), 'kill'));

  extended(() => {
    test.each(['scale'])('%s loses nothing that was acknowledged', (name) =>
      cluster.passes(installation(), name),
    );

    test('servers that an upgrade removed are forgotten', () => forgetsGone(installation()));

    test('accounts and topics change with the values, without a restart, and topics never shrink', () =>
      changesAccountsAndTopics(installation()));
  });
});

import { describe, expect, test } from 'vitest';
import { rabbitmq } from '../harness/drills/rabbitmq.ts';
import { alerts } from './alerts.ts';
import { printedCommands } from './printed.ts';
import { knowsOnly, rotates } from './rabbitmq-operations.ts';
import { extended, onCluster } from './setup.ts';

const cluster = onCluster(rabbitmq);

extended(() => {
  describe('standalone', () => {
    const stage = cluster.stage('standalone');

    test('helm test publishes and consumes', async () => {
      expect(await stage().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
      alerts(stage(), { all: ['RabbitMQNodeMissing'] }));

    test('negative control: a lost volume loses confirmed messages, and the ledger sees it', () =>
      cluster.passes(stage(), 'control-standalone'));
  });
});

describe('cluster', () => {
  const stage = cluster.stage('cluster');

  test('helm test publishes and consumes', async () => {
    expect(await stage().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(stage()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(stage(), { one: ['RabbitMQNodeMissing'], all: ['RabbitMQNodeMissing'] }));

  test('kill loses nothing that was confirmed', () => cluster.passes(stage(), 'kill'));

  extended(() => {
    test.each(['all-deleted', 'lost-volume', 'scale'])('%s loses nothing that was confirmed', (name) =>
      cluster.passes(stage(), name),
    );

    test('the cluster knows its nodes and no others', () => knowsOnly(stage()));

    test('a changed password counts from the next upgrade on, and restarts nobody', () => rotates(stage()));
  });
});

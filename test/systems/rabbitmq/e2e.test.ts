import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import { knowsOnly, rotates, servesTls } from './operations.ts';
import { system } from './system.ts';

const cluster = onCluster(system);

extended(() => {
  describe('standalone', () => {
    const installation = cluster.installation('standalone');

    test('helm test publishes and consumes', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
      alerts(installation(), { all: ['RabbitMQNodeMissing'] }));

    test('negative control: a lost volume loses confirmed messages, and the ledger sees it', () =>
      cluster.passes(installation(), 'control-standalone'));
  });

  describe('standalone that becomes several', () => {
    const installation = cluster.installation('standalone');

    test('it keeps what was acknowledged', () => cluster.passes(installation(), 'convert'));
  });
});

describe('cluster', () => {
  const installation = cluster.installation('cluster');

  test('helm test publishes and consumes', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), { one: ['RabbitMQNodeMissing'], all: ['RabbitMQNodeMissing'] }));

  test('kill loses nothing that was confirmed', () => cluster.passes(installation(), 'kill'));

  extended(() => {
    test.each(['all-deleted', 'lost-volume', 'scale'])('%s loses nothing that was confirmed', (name) =>
      cluster.passes(installation(), name),
    );

    test('the cluster knows its nodes and no others', () => knowsOnly(installation()));

    test('a changed password counts from the next upgrade on, and restarts nobody', () =>
      rotates(installation()));

    test('clients publish over TLS where that is on, and no other way', () => servesTls(installation()));
  });
});

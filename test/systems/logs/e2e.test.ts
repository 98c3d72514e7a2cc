import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import { copiesToKafka, readsAsTold, recordsAre } from './operations.ts';
import { system } from './system.ts';

const cluster = onCluster(system);

describe('replicated', () => {
  const installation = cluster.installation('replicated');

  test('helm test finds its own line in every store', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what stores and collectors say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), {
      one: ['LogsStoreMissing'],
      all: ['LogsStoreDown', 'LogsStoreMissing', 'LogsCollectorsDown'],
    }));

  test('kill of a store loses no line', () => cluster.passes(installation(), 'kill'));

  extended(() => {
    test.each(['node-crash', 'flood'])('%s loses no line', (name) => cluster.passes(installation(), name));
  });
});

extended(() => {
  describe('standalone', () => {
    const installation = cluster.installation('standalone');

    test('helm test finds its own line', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('a stack trace is one record, an object is taken apart, a long line is whole', () =>
      recordsAre(installation()));

    test('files of the node are read, what is dropped or excluded is not there', () =>
      readsAsTold(installation()));

    test.each(['collector-kill', 'collector-delete', 'store-delete'])('%s loses no line', (name) =>
      cluster.passes(installation(), name),
    );
  });

  describe('kafka', () => {
    const installation = cluster.installation('kafka');

    test('a copy of each record is in the topic of the release’s Kafka', () => copiesToKafka(installation()));
  });

  describe('a store that keeps half a minute in memory', () => {
    const control = cluster.drill('control-standalone');
    const installation = cluster.installation('standalone', control.values);

    test('negative control: lines are missing, and the ledger sees it', () =>
      cluster.passes(installation(), 'control-standalone'));
  });
});

import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import {
  heals,
  makes,
  neverFoundsAgain,
  neverResizes,
  rotates,
  servesByIngress,
  servesTls,
} from './operations.ts';
import { system } from './system.ts';

const cluster = onCluster(system);

extended(() => {
  describe('standalone', () => {
    const installation = cluster.installation('standalone');

    test('helm test puts and gets an object', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('alerts go by what the server says, are silent while all is well, and speak when nothing is heard of it', () =>
      alerts(installation(), { all: ['MinIODown', 'MinIOServerMissing'] }));

    test('negative control: a lost volume loses acknowledged objects, and the ledger sees it', () =>
      cluster.passes(installation(), 'control-standalone'));
  });
});

describe('distributed', () => {
  const installation = cluster.installation('distributed');

  test('helm test puts and gets an object', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), { one: ['MinIOServerMissing'], all: ['MinIODown', 'MinIOServerMissing'] }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(installation(), 'kill'));

  extended(() => {
    test.each(['rolling', 'upgrade-after-failover', 'kill-two', 'lost-volume', 'all-deleted'])(
      '%s loses nothing that was acknowledged',
      (name) => cluster.passes(installation(), name),
    );

    test('a lost volume gets every object back', () => heals(installation()));

    test('a store whose volumes are all lost does not begin anew', () => neverFoundsAgain(installation()));

    test('buckets, policies and accounts are made and changed', () => makes(installation()));

    test('a changed password of root counts at once', () => rotates(installation()));

    test('clients and browsers come by an Ingress', () => servesByIngress(installation()));

    test('a second pool loses nothing that was acknowledged', () => cluster.passes(installation(), 'scale'));

    test('a pool that would change its size, and one that would go, are refused', () =>
      neverResizes(installation()));

    test('an upgrade turns TLS on', () => servesTls(installation()));
  });
});

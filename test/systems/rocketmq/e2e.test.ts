import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import { receivesThroughProxy, throughProxy } from './operations.ts';
import { system } from './system.ts';

const cluster = onCluster(system);

describe('masterSlave', () => {
  const installation = cluster.installation('master-slave');

  test('helm test sends and consumes', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), {
      one: ['RocketMQBrokerMissing'],
      all: ['RocketMQBrokerMissing'],
      unseen: ['Behind the producers'],
    }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(installation(), 'kill'));
});

describe('controller', () => {
  const installation = cluster.installation('controller');

  test('every printed command works', () => printedCommands(installation()));

  test('controller-kill loses nothing that was acknowledged', () =>
    cluster.passes(installation(), 'controller-kill'));
});

extended(() => {
  describe('standalone', () => {
    const installation = cluster.installation('standalone', throughProxy);

    test('helm test sends and consumes, through the proxy, too', async () => {
      expect(await installation().release.test()).toContain('Succeeded');
    });

    test('a client that speaks gRPC receives from the proxy what it has sent, and a wrong key is refused', () =>
      receivesThroughProxy(installation()));

    test('negative control: a lost volume loses acknowledged messages, and the ledger sees it', () =>
      cluster.passes(installation(), 'control-standalone'));
  });
});

import { describe, expect, test } from 'vitest';
import { rocketmq } from '../harness/drills/rocketmq.ts';
import { alerts } from './alerts.ts';
import { printedCommands } from './printed.ts';
import { receivesThroughProxy, throughProxy } from './rocketmq-operations.ts';
import { extended, onCluster } from './setup.ts';

const cluster = onCluster(rocketmq);

describe('masterSlave', () => {
  const stage = cluster.stage('master-slave');

  test('helm test sends and consumes', async () => {
    expect(await stage().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(stage()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(stage(), { one: ['RocketMQBrokerMissing'], all: ['RocketMQBrokerMissing'] }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(stage(), 'kill'));
});

describe('controller', () => {
  const stage = cluster.stage('controller');

  test('every printed command works', () => printedCommands(stage()));

  test('controller-kill loses nothing that was acknowledged', () =>
    cluster.passes(stage(), 'controller-kill'));
});

extended(() => {
  describe('standalone', () => {
    const stage = cluster.stage('standalone', throughProxy);

    test('helm test sends and consumes, through the proxy, too', async () => {
      expect(await stage().release.test()).toContain('Succeeded');
    });

    test('a client that speaks gRPC receives from the proxy what it has sent, and a wrong key is refused', () =>
      receivesThroughProxy(stage()));

    test('negative control: a lost volume loses acknowledged messages, and the ledger sees it', () =>
      cluster.passes(stage(), 'control-standalone'));
  });
});

import { describe, expect, test } from 'vitest';
import { redis } from '../harness/drills/redis.ts';
import { alerts } from './alerts.ts';
import { printedCommands } from './printed.ts';
import {
  endsStuckServer,
  remindsSentinels,
  rotatesPasswords,
  runsInitCommandsOnce,
  spreadsPrimaries,
} from './redis-operations.ts';
import { extended, onCluster } from './setup.ts';

const cluster = onCluster(redis);

describe('standalone', () => {
  const stage = cluster.stage('standalone');

  test('helm test writes and reads', async () => {
    expect(await stage().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(stage()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(stage(), { all: ['RedisDown'] }));

  test('negative control: an instance that keeps nothing loses acknowledged writes, and the ledger sees it', async () => {
    await stage().upgrade(cluster.drill('control-standalone').values ?? {});
    await cluster.passes(stage(), 'control-standalone');
  });
});

describe('sentinel', () => {
  const stage = cluster.stage('sentinel');

  test('helm test writes to the primary, reads from every replica and asks every Sentinel', async () => {
    expect(await stage().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(stage()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(stage(), {
      one: ['RedisMemberMissing'],
      all: ['RedisDown', 'RedisMemberMissing', 'RedisWithoutPrimary'],
    }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(stage(), 'kill'));

  extended(() => {
    test.each(['rolling', 'all'])('%s loses nothing that was acknowledged', (name) =>
      cluster.passes(stage(), name),
    );

    test('a server that is stuck is ended, and comes back as a replica', () => endsStuckServer(stage()));

    test('changed passwords are taken over by an upgrade, without a restart', () =>
      rotatesPasswords(stage()));

    test('an init command is run once, and a changed one refused', () => runsInitCommandsOnce(stage()));

    test('Sentinels that forgot everything are told who is primary', () => remindsSentinels(stage()));
  });
});

describe('cluster', () => {
  const stage = cluster.stage('cluster');

  test('helm test writes and reads keys of all shards, starting from every member', async () => {
    expect(await stage().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(stage()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(stage(), { one: ['RedisMemberMissing'], all: ['RedisDown', 'RedisMemberMissing'] }));

  test('cluster-kill loses nothing that was acknowledged', () => cluster.passes(stage(), 'cluster-kill'));

  extended(() => {
    test.each(['cluster-all', 'cluster-scale'])('%s loses nothing that was acknowledged', (name) =>
      cluster.passes(stage(), name),
    );

    test('primaries that came to share a node are spread again', () => spreadsPrimaries(stage()));
  });
});

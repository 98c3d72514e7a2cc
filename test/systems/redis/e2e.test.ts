import { describe, expect, test } from 'vitest';
import { alerts } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended, onCluster } from '../../e2e/setup.ts';
import {
  endsStuckServer,
  remindsSentinels,
  rotatesPasswords,
  runsInitCommandsOnce,
  spreadsPrimaries,
} from './operations.ts';
import { system } from './system.ts';

const cluster = onCluster(system);

describe('standalone', () => {
  const installation = cluster.installation('standalone');

  test('helm test writes and reads', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), { all: ['RedisDown'] }));

  test('negative control: an instance that keeps nothing loses acknowledged writes, and the ledger sees it', async () => {
    await installation().upgrade(cluster.drill('control-standalone').values ?? {});
    await cluster.passes(installation(), 'control-standalone');
  });
});

extended(() => {
  describe('standalone that becomes several', () => {
    const installation = cluster.installation('standalone');

    test('it keeps what was acknowledged', () => cluster.passes(installation(), 'convert'));
  });
});

describe('sentinel', () => {
  const installation = cluster.installation('sentinel');

  test('helm test writes to the primary, reads from every replica and asks every Sentinel', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), {
      one: ['RedisMemberMissing'],
      all: ['RedisDown', 'RedisMemberMissing', 'RedisWithoutPrimary'],
    }));

  test('kill loses nothing that was acknowledged', () => cluster.passes(installation(), 'kill'));

  extended(() => {
    test.each(['rolling', 'all'])('%s loses nothing that was acknowledged', (name) =>
      cluster.passes(installation(), name),
    );

    test('a server that is stuck is ended, and comes back as a replica', () =>
      endsStuckServer(installation()));

    test('changed passwords are taken over by an upgrade, without a restart', () =>
      rotatesPasswords(installation()));

    test('an init command is run once, and a changed one refused', () =>
      runsInitCommandsOnce(installation()));

    test('Sentinels that forgot everything are told who is primary', () => remindsSentinels(installation()));
  });
});

describe('cluster', () => {
  const installation = cluster.installation('cluster');

  test('helm test writes and reads keys of all shards, starting from every member', async () => {
    expect(await installation().release.test()).toContain('Succeeded');
  });

  test('every printed command works', () => printedCommands(installation()));

  test('alerts go by what the servers say, are silent while all is well, and speak when nothing is heard of them', () =>
    alerts(installation(), { one: ['RedisMemberMissing'], all: ['RedisDown', 'RedisMemberMissing'] }));

  test('cluster-kill loses nothing that was acknowledged', () =>
    cluster.passes(installation(), 'cluster-kill'));

  extended(() => {
    test.each(['cluster-all', 'cluster-scale'])('%s loses nothing that was acknowledged', (name) =>
      cluster.passes(installation(), name),
    );

    test('primaries that came to share a node are spread again', () => spreadsPrimaries(installation()));
  });
});

import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { setSecret } from '../../e2e/setup.ts';
import { nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';

/** What operators do to Redis by hand, each as a function over an installed one. */

const release = 'ballast-redis';

interface Login {
  user: string;
  password: string;
  /** The primary where it is left out. */
  host?: string;
}

/** Lets a user in over the network with a password, which goes by standard input, and runs one command. */
async function ask(installation: Installation, login: Login, ...command: string[]): Promise<string> {
  const { user, password, host = `${release}-primary` } = login;
  const script = `read -r REDISCLI_AUTH; export REDISCLI_AUTH
    exec redis-cli --user ${user} --no-auth-warning -h ${host} ${command.join(' ')} 2>&1`;
  const { stdout } = await installation.testCluster.kube.exec(
    installation.namespace,
    `${release}-0`,
    'redis',
    ['bash', '-c', script],
    { input: `${password}\n` },
  );
  return stdout.trim();
}

async function asOwner(installation: Installation, ...command: string[]): Promise<string> {
  const { password = '' } = await installation.testCluster.kube.secret(
    installation.namespace,
    `${release}-auth`,
  );
  return ask(installation, { user: 'default', password }, ...command);
}

/** New passwords work after an upgrade, the old ones still do, no pod was restarted for it, and a failover still works. */
export async function rotatesPasswords(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const before = await kube.secret(installation.namespace, `${release}-auth`);
  const ids = (await installation.members()).map((pod) => pod.metadata?.uid);
  await setSecret(installation, `${release}-auth`, {
    password: 'rotated-default',
    'system-password': 'rotated-system',
    'monitor-password': 'rotated-monitor',
    'sentinel-password': 'rotated-sentinel',
  });
  await setSecret(installation, `${release}-user-ledger`, { password: 'rotated-ledger' });
  expect(await ask(installation, { user: 'default', password: 'rotated-default' }, 'PING')).toContain(
    'WRONGPASS',
  );
  await installation.upgrade({});
  expect(await ask(installation, { user: 'default', password: 'rotated-default' }, 'PING')).toBe('PONG');
  expect(await ask(installation, { user: 'ledger', password: 'rotated-ledger' }, 'PING')).toBe('PONG');
  for (const pod of await installation.members()) {
    expect(
      await ask(
        installation,
        { user: 'ballast', password: 'rotated-system', host: installation.host(pod) },
        'PING',
      ),
    ).toBe('PONG');
  }
  expect(await ask(installation, { user: 'default', password: before.password ?? '' }, 'PING')).toBe('PONG');
  expect(await ask(installation, { user: 'default', password: 'never-was' }, 'PING')).toContain('WRONGPASS');
  expect((await installation.members()).map((pod) => pod.metadata?.uid)).toEqual(ids);
}

/** An init command is run once, whatever is upgraded; a changed one is refused and nothing is run. */
export async function runsInitCommandsOnce(installation: Installation): Promise<void> {
  const first = { id: 'count', command: ['INCR', 'initialised'] };
  await installation.upgrade({ initCommands: [first] });
  await installation.upgrade({ initCommands: [first] });
  expect(await asOwner(installation, 'GET', 'initialised')).toBe('1');

  const changed = { id: 'count', command: ['INCRBY', 'initialised', '5'] };
  const added = { id: 'more', command: ['INCR', 'initialised'] };
  await expect(installation.upgrade({ initCommands: [changed, added] })).rejects.toThrow(
    'init command count was changed after it was run',
  );
  expect(await asOwner(installation, 'GET', 'initialised')).toBe('1');
  await installation.upgrade({ initCommands: [first] });
}

/** All Sentinels are deleted at once: the new ones, which know nothing, are told who is primary, and nobody else becomes one. */
export async function remindsSentinels(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const selector = `app.kubernetes.io/name=redis,app.kubernetes.io/component=sentinel`;
  const before = await kube.pods(installation.namespace, selector);
  const primary = nameOf(await installation.primary());
  await Promise.all(
    before.map((pod) =>
      kube.core.deleteNamespacedPod({
        namespace: installation.namespace,
        name: nameOf(pod),
        gracePeriodSeconds: 0,
      }),
    ),
  );
  const { password = '' } = await kube.secret(installation.namespace, `${release}-auth`);
  const named = async (sentinel: string) => {
    const script = `read -r REDISCLI_AUTH; export REDISCLI_AUTH
      exec redis-cli --no-auth-warning -h ${sentinel} -p 26379 SENTINEL GET-MASTER-ADDR-BY-NAME ballast 2>&1`;
    const command = ['bash', '-c', script];
    const { stdout } = await kube.exec(installation.namespace, `${release}-0`, 'redis', command, {
      input: `${password}\n`,
    });
    return stdout.split('.')[0] ?? '';
  };
  await waitFor('every Sentinel to name the primary again', 120, async () => {
    const names = await Promise.all(before.map((pod) => named(nameOf(pod))));
    return names.every((name) => name === primary) || names.join(', ');
  });
  await installation.settled();
  expect(nameOf(await installation.primary())).toBe(primary);
}

/** A server that lives and answers nothing, as in an endless loop, is ended and started again; meanwhile another member leads. */
export async function endsStuckServer(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const { namespace } = installation;
  const name = nameOf(await installation.primary());
  const restarts = async () => {
    const pod = (await installation.members()).find((member) => nameOf(member) === name);
    return pod?.status?.containerStatuses?.find((container) => container.name === 'redis')?.restartCount;
  };
  const before = await restarts();
  await kube.exec(namespace, name, 'redis', ['bash', '-c', 'kill -STOP $(pgrep -x redis-server)']);
  await waitFor(`the server of ${name} to be ended`, 150, async () => {
    const now = await restarts();
    return now !== before || `restarted ${now} times, as before`;
  });
  const ended = { namespace, name, container: 'redis', previous: true };
  expect(await kube.core.readNamespacedPodLog(ended)).toContain('redis-server has not said a word');
  await installation.settled();
  expect(nameOf(await installation.primary())).not.toBe(name);
}

/** A primary that came to share a node with another one hands over again by itself, where a replica elsewhere can lead. */
export async function spreadsPrimaries(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const nodeOf = (pod: V1Pod) => pod.spec?.nodeName;
  const on = (pods: V1Pod[], node: string | undefined) => pods.filter((pod) => nodeOf(pod) === node).length;
  const crowd = (pods: V1Pod[]) => Math.max(...pods.map((pod) => on(pods, nodeOf(pod))));
  const nodes = new Set((await installation.members()).map(nodeOf)).size;
  const least = Math.ceil(installation.size.primaries / nodes);

  /** Waits until `done` holds for all primaries, as the servers say: labels follow a moment later. A member that is too busy to answer is no replica. */
  const primariesAre = (what: string, done: (primaries: V1Pod[]) => Promise<true | string>) =>
    waitFor(what, 120, async () => {
      const members = await installation.members();
      const views = await Promise.all(
        members.map((pod) => installation.probe.view(installation.host(pod)).catch(() => undefined)),
      );
      const primaries = members.filter((_, index) => views[index]?.writable);
      if (primaries.length !== installation.size.primaries) return `${primaries.length} say that they lead`;
      return done(primaries);
    });
  const spread = () =>
    primariesAre(`at most ${least} primaries on each node`, async (primaries) => {
      const most = crowd(primaries);
      return most <= least || `${most} on one node`;
    });

  await spread();
  await primariesAre('primaries to share a node', async (primaries) => {
    const most = crowd(primaries);
    if (most > least) return true;
    const names = primaries.map(nameOf);
    const replica = (await installation.members()).find(
      (pod) => !names.includes(nameOf(pod)) && on(primaries, nodeOf(pod)) === least,
    );
    if (!replica) throw new Error(`no replica is on a node with ${least} primaries`);
    // Too busy a server gives a hand-over up, or does not answer in time.
    const command = ['bash', '-c', '. /opt/ballast/lib.sh; own CLUSTER FAILOVER || echo no answer'];
    const { stdout } = await kube.exec(installation.namespace, nameOf(replica), 'redis', command);
    return `${most} at most, and ${nameOf(replica)} was asked to lead: ${stdout.trim()}`;
  });
  await spread();
  await installation.settled();
}

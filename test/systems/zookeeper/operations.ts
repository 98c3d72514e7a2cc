import { expect } from 'vitest';
import { isReady, nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';
import { kill, loseVolume } from '../../harness/drill/faults.ts';

/** What operators do to ZooKeeper by hand, and what happens to them, each as a function over an installed ensemble. */

const release = 'ballast-zookeeper';

/** Commands for zkCli.sh on a pod, by standard input; what it prints, errors included. */
async function client(
  installation: Installation,
  pod: string,
  commands: string[],
  jaas = '',
): Promise<string> {
  const script = `cat >/tmp/e2e.jaas <<'END'
${jaas}
END
echo '<configuration><root level="OFF"/></configuration>' >/tmp/e2e.xml
CLIENT_JVMFLAGS="-Xmx48m -Dlogback.configurationFile=/tmp/e2e.xml -Dzookeeper.fips-mode=false ${jaas === '' ? '' : '-Djava.security.auth.login.config=/tmp/e2e.jaas'}" \\
  timeout 60 zkCli.sh -server ${release}:2181 -timeout 10000 2>&1 <<'END' || true
${[...commands, 'quit'].join('\n')}
END`;
  const { stdout } = await installation.testCluster.kube.exec(installation.namespace, pod, 'zookeeper', [
    'bash',
    '-c',
    script,
  ]);
  return stdout;
}

/**
 * A majority of empty servers must not found an ensemble of its own: they wait, until an operator says that what is left may lead. Then the one
 * that has something does.
 */
export async function guardsWhatItHas(installation: Installation): Promise<void> {
  const { namespace, testCluster } = installation;
  expect(await client(installation, `${release}-0`, ['create /precious kept'])).toContain(
    'Created /precious',
  );
  const leader = await installation.primary();
  const primary = nameOf(leader);
  const others = (await installation.members()).filter((pod) => nameOf(pod) !== primary);
  // The leader ends, too: otherwise it may still give its data to a server that is back within a tick.
  const context = { ...testCluster, container: 'zookeeper' };
  await Promise.all([loseVolume('/data')(context, others), kill(context, [leader])]);
  await waitFor('the empty servers to say that they wait', 240, async () => {
    const messages = (await installation.members()).map(
      (pod) => pod.metadata?.annotations?.['ballast.dev/message'],
    );
    const waiting = messages.filter((message) => message?.startsWith('waiting: my volume is empty'));
    return waiting.length === others.length || `they say ${messages.join(' | ')}`;
  });
  expect((await installation.members()).filter((pod) => nameOf(pod) !== primary && isReady(pod))).toEqual([]);
  const name = `${release}-state`;
  const state = await testCluster.kube.core.readNamespacedConfigMap({ namespace, name });
  const body = { ...state, data: { ...state.data, formed: 'false' } };
  await testCluster.kube.core.replaceNamespacedConfigMap({ namespace, name, body });
  await installation.settled();
  expect(await client(installation, `${release}-0`, ['get /precious'])).toContain('kept');
  await waitFor('it to be recorded that an ensemble exists', 30, async () => {
    const { data } = await testCluster.kube.core.readNamespacedConfigMap({ namespace, name });
    return data?.formed === 'true' || `formed is ${data?.formed}`;
  });
}

/** With `auth.required` nobody gets in but those who log in as one of `users`. */
export async function letsOnlyUsersIn(installation: Installation): Promise<void> {
  await installation.upgrade({ auth: { required: true }, users: [{ name: 'app' }] });
  const { password = '' } = await installation.testCluster.kube.secret(
    installation.namespace,
    `${release}-user-app`,
  );
  const login = (word: string) =>
    `Client { org.apache.zookeeper.server.auth.DigestLoginModule required username="app" password="${word}"; };`;
  const pod = `${release}-0`;
  expect(await client(installation, pod, ['create /app hello'], login(password))).toContain('Created /app');
  expect(await client(installation, pod, ['get /app'], login(password))).toContain('hello');
  expect(await client(installation, pod, ['get /app'])).not.toContain('hello');
  expect(await client(installation, pod, ['get /app'], login('wrong'))).not.toContain('hello');
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExecError } from '../harness/base/exec.ts';
import { report, reportTo } from '../harness/base/report.ts';
import { releaseName } from '../harness/cluster/install.ts';
import { isReady, nameOf, waitFor, watched } from '../harness/cluster/kube.ts';
import { waitingInWords } from '../harness/cluster/progress.ts';
import { Release } from '../harness/cluster/release.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { systems } from '../harness/drill/systems.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import type { Values } from '../harness/drill/types.ts';

/**
 * Passwords that people have, in Secrets of their own: all systems in one release, each with other ones than its neighbour; then others for the same accounts, by an
 * upgrade. A Sentinel's container is started again in between, because it reads what it wrote itself then.
 */

const long = 'x'.repeat(128);
/** What the systems that read Java's configuration files don't take is refused there: see the last tests. */
const secrets: Record<string, Record<string, string>> = {
  'mine-mysql': { 'root-password': 'p"a\\b', 'replication-password': '#x', 'monitor-password': '%2F@:/' },
  'mine-mysql-app': { username: 'app', password: 'pä✓' },
  'mine-redis': {
    password: 'a\\tb',
    'system-password': 'p"a\\b',
    'monitor-password': ' x ',
    'sentinel-password': "'",
  },
  'mine-redis-app': { username: 'app', password: 'pä✓' },
  'mine-zookeeper': { 'super-password': 'p"a\\b\'!x', 'quorum-password': 'a\\tb' },
  'mine-zookeeper-app': { username: 'app', password: ' x#y ' },
  'mine-kafka': { 'admin-password': 'a\\tb', 'internal-password': 'p"a\\b' },
  'mine-kafka-app': { username: 'app', password: ' x ' },
  'mine-rabbitmq': { 'admin-password': ' #pä✓ ', 'erlang-cookie': 'p"a\\b#' },
  'mine-rabbitmq-app': { username: 'app', password: '`x`' },
  'mine-rocketmq': { 'admin-password': 'p"a\\b', 'internal-password': 'a\\tb' },
};

/** What an upgrade takes over without a restart. */
const rotated: Record<string, Record<string, string>> = {
  'mine-mysql': { 'root-password': "$x'", 'replication-password': '`x`', 'monitor-password': ' x ' },
  'mine-mysql-app': { password: long },
  'mine-redis': {
    password: 'x#y',
    'system-password': 'a" \'b\\',
    'monitor-password': '`x`',
    'sentinel-password': ' x ',
  },
  'mine-redis-app': { password: '%2F@:/' },
  'mine-kafka': { 'admin-password': '%2F@:/' },
  'mine-kafka-app': { password: `${long}'` },
  'mine-rabbitmq': { 'admin-password': '$x`x`' },
  'mine-rabbitmq-app': { password: 'p"a\\b' },
};

const own = (system: string): Values => ({ auth: { existingSecret: `mine-${system}` } });
const app = (system: string, more: Values = {}): Values => ({
  users: [{ name: 'app', existingSecret: `mine-${system}-app`, ...more }],
});
const single: Values = { architecture: 'standalone' };
const light: Values = { jvm: { flags: ['-XX:TieredStopAtLevel=1'] } };
const values: Values = {
  mysql: {
    ...single,
    ...own('mysql'),
    ...app('mysql', { grants: [{ privileges: 'ALL', target: 'app.*' }] }),
  },
  // Small enough for all of its members, who log in to each other.
  redis: { ...own('redis'), ...app('redis', { rules: '~* &* +@all' }) },
  zookeeper: {
    ...single,
    ...light,
    ...app('zookeeper'),
    auth: { required: true, existingSecret: 'mine-zookeeper' },
  },
  kafka: { ...single, ...own('kafka'), ...app('kafka') },
  rabbitmq: { ...single, ...own('rabbitmq'), ...app('rabbitmq') },
  rocketmq: { ...single, ...light, ...own('rocketmq') },
};

const namespace = 'passwords';
const refusing = 'passwords-refused';
let testCluster: TestCluster;

reportTo((line) => void process.stderr.write(`  passwords  ${line}\n`));

async function writeSecret(space: string, name: string, entries: Record<string, string>): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(entries).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const secret = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace: space } };
  await testCluster.kube.apply([{ ...secret, data } as never]);
}

async function anew(space: string): Promise<void> {
  await testCluster.kube.gone(space);
  await testCluster.kube.deleteNamespace(space);
  await testCluster.kube.gone(space);
  await testCluster.kube.ensureNamespace(space);
}

beforeAll(async () => {
  testCluster = await joinTestCluster();
  await Promise.all([anew(namespace), anew(refusing)]);
});

afterAll(async () => {
  await Promise.all([namespace, refusing].map((space) => testCluster.kube.deleteNamespace(space)));
});

/** Runs a script in a pod with the password on its first line of standard input; whether it ended well. */
async function lets(pod: string, container: string, script: string, password: string): Promise<boolean> {
  const command = ['bash', '-c', `set -eu; IFS= read -r password; ${script}`];
  try {
    await testCluster.kube.exec(namespace, `${releaseName}-${pod}`, container, command, {
      input: `${password}\n`,
    });
    return true;
  } catch (error) {
    if (error instanceof ExecError && error.status !== undefined) return false;
    throw error;
  }
}

const mysql = (user: string) => (password: string) =>
  lets(
    'mysql-0',
    'mysql',
    `MYSQL_PWD=$password mysql --no-defaults --user=${user} --host=${releaseName}-mysql-primary -e 'DO 0'`,
    password,
  );
const redis =
  (user: string, host = 'primary', port = 6379) =>
  (password: string) =>
    lets(
      'redis-0',
      'redis',
      `REDISCLI_AUTH=$password redis-cli --user ${user} --no-auth-warning -h ${releaseName}-redis-${host} -p ${port} PING 2>&1 | grep -q 'PONG\\|NOPERM'`,
      password,
    );
const zookeeper = (user: string) => (password: string) =>
  lets(
    'zookeeper-0',
    'zookeeper',
    // As Java reads it: a backslash before quotes and backslashes.
    `quoted=$(sed 's/[\\\\"]/\\\\&/g' <<<"$password")
     printf 'Client { org.apache.zookeeper.server.auth.DigestLoginModule required username="${user}" password="%s"; };' "$quoted" >/tmp/login
     CLIENT_JVMFLAGS='-Xmx48m -Djava.security.auth.login.config=/tmp/login -Dzookeeper.fips-mode=false' timeout 50 zkCli.sh -server localhost:2181 <<<'ls /' 2>&1 | grep -q '\\[zookeeper\\]'`,
    password,
  );
const kafka = (user: string, module: string, mechanism: string, port: number) => (password: string) =>
  lets(
    'kafka-0',
    'kafka',
    // Twice: for the login, and for the file of properties.
    `quoted=$(sed 's/[\\\\"]/\\\\&/g; s/\\\\/\\\\\\\\/g' <<<"$password")
     printf '%s\\n' security.protocol=SASL_PLAINTEXT sasl.mechanism=${mechanism} request.timeout.ms=10000 default.api.timeout.ms=20000 "sasl.jaas.config=org.apache.kafka.common.security.${module} required username=\\"${user}\\" password=\\"$quoted\\";" >/tmp/login
     KAFKA_OPTS= KAFKA_HEAP_OPTS=-Xmx64m LOG_DIR=/tmp timeout 50 /opt/kafka/bin/kafka-topics.sh --bootstrap-server ${releaseName}-kafka-0.${releaseName}-kafka-members:${port} --command-config /tmp/login --list`,
    password,
  );
const rabbitmq =
  (user: string) =>
  async (password: string): Promise<boolean> => {
    await using forward = await testCluster.kube.forward(namespace, `${releaseName}-rabbitmq-0`, 15672);
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    // A client without rights to the API is known all the same.
    const answer = await fetch(`http://127.0.0.1:${forward.port}/api/whoami`, { headers: { authorization } });
    const said = await answer.text();
    return answer.status === 200 || said.includes('Not management user');
  };
const rocketmq = (password: string): Promise<boolean> =>
  lets(
    'rocketmq-broker-0-0',
    'broker',
    `mkdir -p /tmp/auth; printf %s "$password" >/tmp/auth/internal-password; AUTH=/tmp/auth bash /opt/ballast/rpc.sh localhost 10911 28`,
    password,
  );

/** Who is let in, with what, and by whom. */
const accounts: readonly (readonly [secret: string, key: string, (password: string) => Promise<boolean>])[] =
  [
    ['mine-mysql', 'root-password', mysql('root')],
    ['mine-mysql', 'replication-password', mysql('ballast_replication')],
    ['mine-mysql', 'monitor-password', mysql('ballast_monitor')],
    ['mine-mysql-app', 'password', mysql('app')],
    ['mine-redis', 'password', redis('default')],
    ['mine-redis', 'system-password', redis('ballast')],
    ['mine-redis', 'system-password', redis('ballast', 'sentinel-0', 26379)],
    ['mine-redis', 'monitor-password', redis('ballast-monitor')],
    ['mine-redis', 'sentinel-password', redis('ballast-sentinel')],
    ['mine-redis-app', 'password', redis('app')],
    ['mine-zookeeper', 'super-password', zookeeper('super')],
    ['mine-zookeeper-app', 'password', zookeeper('app')],
    ['mine-kafka', 'admin-password', kafka('admin', 'scram.ScramLoginModule', 'SCRAM-SHA-512', 9092)],
    ['mine-kafka', 'internal-password', kafka('ballast', 'plain.PlainLoginModule', 'PLAIN', 9094)],
    ['mine-kafka-app', 'password', kafka('app', 'scram.ScramLoginModule', 'SCRAM-SHA-512', 9092)],
    ['mine-rabbitmq', 'admin-password', rabbitmq('admin')],
    ['mine-rabbitmq-app', 'password', rabbitmq('app')],
    ['mine-rocketmq', 'internal-password', rocketmq],
  ];

async function refusals(of: Record<string, Record<string, string>>): Promise<string[]> {
  const wrong: string[] = [];
  for (const [secret, key, login] of accounts) {
    const password = of[secret]?.[key];
    if (password === undefined) continue;
    // One after the other: logins by file write the same one.
    const right = await login(password);
    const other = await login(`${password}z`);
    if (!right) wrong.push(`${secret} ${key} is not let in`);
    if (other) wrong.push(`another password than ${secret} ${key} is let in`);
  }
  return wrong;
}

async function up(pod: string, port: number, metric: string): Promise<void> {
  const target = { namespace, pod: `${releaseName}-${pod}`, port };
  await waitFor(`${metric} of ${pod}`, 120, async () => {
    const { text } = await testCluster.kube.podText(target, '/metrics', 'text/plain');
    const line = text.split('\n').find((each) => each.startsWith(`${metric} `));
    return line === `${metric} 1` || `it says ${line}`;
  });
}

describe('one release of all systems, with Secrets of its own', () => {
  let release: Release;
  const apply = () =>
    watched(
      `helm upgrade in ${namespace}`,
      async () => waitingInWords(await testCluster.kube.pods(namespace, '')),
      () => release.apply({}),
    );

  beforeAll(async () => {
    for (const [name, entries] of Object.entries(secrets)) await writeSecret(namespace, name, entries);
    release = new Release(releaseName, namespace, testCluster.kube.kubeconfig, values);
    try {
      await apply();
    } catch (error) {
      report(await testCluster.kube.dump(namespace));
      throw error;
    }
  });

  test('every account is let in with its password and with no other', async () => {
    expect(await refusals(secrets)).toEqual([]);
  });

  test('exporters are', async () => {
    await up('mysql-0', 9104, 'mysql_up');
    await up('redis-0', 9121, 'redis_up');
  });

  test('helm test', async () => {
    expect(await release.test()).not.toContain('Failed');
  });

  test('a Sentinel that is started again reads what it wrote', async () => {
    const pod = `${releaseName}-redis-sentinel-0`;
    const exit = ['bash', '-c', 'kill -TERM 1'];
    await testCluster.kube.exec(namespace, pod, 'sentinel', exit);
    await waitFor(`${pod} to be back`, 120, async () => {
      const [found] = (await testCluster.kube.pods(namespace, '')).filter((each) => nameOf(each) === pod);
      const status = found?.status?.containerStatuses?.find(({ name }) => name === 'sentinel');
      return (
        (found !== undefined && isReady(found) && status?.restartCount === 1) ||
        `restarted ${status?.restartCount} times, ready ${status?.ready}`
      );
    });
    const seen = await testCluster.kube.exec(namespace, pod, 'sentinel', [
      'bash',
      '-c',
      '. /opt/ballast/lib.sh; cli 3 "" -h 127.0.0.1 -p 26379 SENTINEL MASTER "$MASTER_NAME"',
    ]);
    expect(seen.stdout).toMatch(/flags\nmaster\n/);
  });

  test('others count from the next upgrade on', async () => {
    for (const [name, entries] of Object.entries(rotated))
      await writeSecret(namespace, name, { ...secrets[name], ...entries });
    await apply();
    expect(await refusals(rotated)).toEqual([]);
    expect(await release.test()).not.toContain('Failed');
  });
});

describe('what a system can’t take is refused before anything is made', () => {
  test.each([
    [
      'zookeeper',
      { 'super-password': 'abc\n', 'quorum-password': 'x' },
      'key super-password: the value ends with a newline',
    ],
    [
      'kafka',
      { 'admin-password': 'x', 'internal-password': 'pä✓' },
      'key internal-password: the value has a character that is not ASCII',
    ],
    [
      'redis',
      { password: '', 'system-password': 'x', 'monitor-password': 'x', 'sentinel-password': 'x' },
      'key password: the value is empty',
    ],
  ] satisfies [string, Record<string, string>, string][])('%s', async (system, entries, message) => {
    await writeSecret(refusing, `mine-${system}`, entries);
    const none = systems.map(({ name }): [string, Values] => [name, { enabled: false }]);
    const release = new Release(`refused-${system}`, refusing, testCluster.kube.kubeconfig, {
      ...Object.fromEntries(none),
      [system]: { ...single, ...own(system) },
    });
    await expect(release.apply()).rejects.toThrow(`Secret mine-${system}, ${message}`);
    const { items } = await testCluster.kube.apps.listNamespacedStatefulSet({ namespace: refusing });
    expect(items).toEqual([]);
  });
});

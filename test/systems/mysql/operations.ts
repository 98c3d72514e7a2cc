import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { ownCertificate } from '../../e2e/certificate.ts';
import { setSecret } from '../../e2e/setup.ts';
import { messageOf } from '../../harness/base/errors.ts';
import { nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';
import { freeze, loseVolume } from '../../harness/drill/faults.ts';

/** What operators do to a group by hand, each as a function over an installed one. */

const release = 'ballast-mysql';

/** SQL as root over a member's own socket, without a password. */
async function asRoot(installation: Installation, pod: string, sql: string): Promise<string> {
  const command = ['mysql', '--user=root', '--batch', '--skip-column-names'];
  const { stdout } = await installation.testCluster.kube.exec(installation.namespace, pod, 'mysql', command, {
    input: sql,
  });
  return stdout.trim();
}

/** Logs in over the network with a password, which goes by standard input. */
async function login(installation: Installation, user: string, password: string): Promise<string> {
  const script = `read -r password; printf '[client]\\nuser=${user}\\npassword="%s"\\n' "$password" >/run/ballast/login.cnf
    mysql --defaults-file=/run/ballast/login.cnf --host=${release}-primary --batch --skip-column-names -e 'SELECT 1'`;
  const { stdout } = await installation.testCluster.kube.exec(
    installation.namespace,
    `${release}-0`,
    'mysql',
    ['bash', '-c', script],
    { input: `${password}\n` },
  );
  return stdout.trim();
}

async function secondary(installation: Installation): Promise<V1Pod> {
  const primary = nameOf(await installation.primary());
  const [pod] = (await installation.members()).filter((each) => nameOf(each) !== primary);
  if (!pod) throw new Error('there is no secondary');
  return pod;
}

/** The -replicas Service selects every secondary and, once a switch of the primary is over, no primary. */
export async function separatesReaders(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const selector = (name: string) =>
    kube.core.readNamespacedService({ namespace: installation.namespace, name }).then(({ spec }) =>
      Object.entries(spec?.selector ?? {})
        .map((pair) => pair.join('='))
        .join(','),
    );
  const selected = async (name: string) =>
    (await kube.pods(installation.namespace, await selector(name))).map(nameOf).sort();
  await waitFor('the Services to tell writers from readers', 30, async () => {
    const members = (await installation.members()).map(nameOf).sort();
    const [writers, readers] = [await selected(`${release}-primary`), await selected(`${release}-replicas`)];
    const apart = writers.length === 1 && readers.length === members.length - 1;
    return (
      (apart && [...writers, ...readers].sort().join() === members.join()) ||
      `-primary selects ${writers.join(', ')}, -replicas ${readers.join(', ')}`
    );
  });
}

function annotation(pod: V1Pod, key: string): string {
  return pod.metadata?.annotations?.[`ballast.dev/${key}`] ?? '';
}

/** New passwords work after an upgrade, the old ones still do, and no pod was restarted for it. */
export async function rotatesPasswords(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const before = await kube.secret(installation.namespace, `${release}-auth`);
  const ids = (await installation.members()).map((pod) => pod.metadata?.uid);
  await setSecret(installation, `${release}-auth`, {
    'root-password': 'rotated-root',
    'replication-password': 'rotated-replication',
    'monitor-password': 'rotated-monitor',
  });
  await setSecret(installation, `${release}-user-ledger`, { password: 'rotated-ledger' });
  await expect(login(installation, 'root', 'rotated-root')).rejects.toThrow('Access denied');
  await installation.upgrade({});
  expect(await login(installation, 'root', 'rotated-root')).toBe('1');
  expect(await login(installation, 'ledger', 'rotated-ledger')).toBe('1');
  expect(await login(installation, 'ballast_replication', 'rotated-replication')).toBe('1');
  expect(await login(installation, 'root', before['root-password'] ?? '')).toBe('1');
  await expect(login(installation, 'root', 'never-was')).rejects.toThrow('Access denied');
  expect((await installation.members()).map((pod) => pod.metadata?.uid)).toEqual(ids);
}

/** A migration is applied once, whatever is upgraded; a changed one is refused and nothing is applied. */
export async function appliesMigrationsOnce(installation: Installation): Promise<void> {
  const count = (table: string) =>
    asRoot(installation, `${release}-0`, `SELECT COUNT(*) FROM ledger.${table}`);
  const create = { id: 'create', database: 'ledger', sql: 'CREATE TABLE migrated (id INT PRIMARY KEY);' };
  const insert = { id: 'insert', database: 'ledger', sql: 'INSERT INTO migrated VALUES (1);' };
  await installation.upgrade({ migrations: { scripts: [create, insert] } });
  await installation.upgrade({ migrations: { scripts: [create, insert] } });
  expect(await count('migrated')).toBe('1');

  const changed = { ...insert, sql: 'INSERT INTO migrated VALUES (2);' };
  const added = { id: 'more', database: 'ledger', sql: 'INSERT INTO migrated VALUES (3);' };
  await expect(installation.upgrade({ migrations: { scripts: [create, changed, added] } })).rejects.toThrow(
    'migration 0001-insert was changed after it was applied',
  );
  expect(await count('migrated')).toBe('1');
  await installation.upgrade({ migrations: { scripts: [create, insert] } });
}

/** A member that `leave` takes out, with transactions of its own, says so and stays out, until the annotation lets it copy. */
export async function keepsErrantMembersOut(installation: Installation, leave: string): Promise<void> {
  const errant = nameOf(await secondary(installation));
  await asRoot(
    installation,
    errant,
    `${leave}; SET GLOBAL offline_mode=OFF; SET GLOBAL super_read_only=OFF; CREATE DATABASE errant;`,
  );
  await says(installation, errant, 'my volume has transactions that');
  expect(await asRoot(installation, errant, "SHOW DATABASES LIKE 'errant'")).toBe('errant');
  await recloned(installation, errant);
  expect(await asRoot(installation, errant, "SHOW DATABASES LIKE 'errant'")).toBe('');
}

/** Waits until a member tells the operator so. */
async function says({ testCluster, namespace }: Installation, pod: string, what: string): Promise<void> {
  await waitFor(`${pod} to say: ${what}`, 90, async () => {
    const read = await testCluster.kube.core.readNamespacedPod({ namespace, name: pod });
    const message = annotation(read, 'message');
    return message.includes(what) || `its message: ${message}`;
  });
}

/** Lets a member replace its data by a copy, and waits until it is one. */
async function recloned(installation: Installation, errant: string): Promise<void> {
  const { kube } = installation.testCluster;
  const read = () => kube.core.readNamespacedPod({ namespace: installation.namespace, name: errant });
  await kube.core.patchNamespacedPod({
    namespace: installation.namespace,
    name: errant,
    body: [{ op: 'add', path: '/metadata/annotations/ballast.dev~1reclone', value: 'true' }],
  });
  await waitFor(`${errant} to be a copy`, 120, async () => {
    const pod = await read();
    return (
      (annotation(pod, 'message') === 'replica' && annotation(pod, 'reclone') === '') ||
      annotation(pod, 'message')
    );
  });
  await installation.settled();
}

/** A member whose volume is gone comes back with all data, also with what it wrote itself while it was primary. */
export async function replacesLostVolume(
  installation: Installation,
  who: 'replica' | 'primary',
): Promise<void> {
  const { kube } = installation.testCluster;
  const lost = nameOf(who === 'primary' ? await installation.primary() : await secondary(installation));
  const pod = { namespace: installation.namespace, name: lost };
  const claim = { namespace: installation.namespace, name: `data-${lost}` };
  const { metadata } = await kube.core.readNamespacedPersistentVolumeClaim(claim);
  await kube.core.deleteNamespacedPersistentVolumeClaim(claim);
  await kube.core.deleteNamespacedPod(pod);
  await waitFor(`a new volume of ${lost}`, 120, async () => {
    const claimed = await kube.core.readNamespacedPersistentVolumeClaim(claim).catch(messageOf);
    return (typeof claimed !== 'string' && claimed.metadata?.uid !== metadata?.uid) || 'the old one';
  });
  await installation.settled();
  const tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'ledger'";
  const primary = nameOf(await installation.primary());
  expect(await asRoot(installation, lost, tables)).toBe(await asRoot(installation, primary, tables));
  const executed = await asRoot(installation, primary, 'SELECT @@GLOBAL.gtid_executed');
  expect(await asRoot(installation, lost, `SELECT GTID_SUBSET('${executed}', @@GLOBAL.gtid_executed)`)).toBe(
    '1',
  );
}

/** A replica that can't apply what the primary wrote leaves by itself and says so, until the annotation lets it copy. */
export async function replacesBrokenReplica(installation: Installation): Promise<void> {
  const broken = nameOf(await secondary(installation));
  const own = 'SET sql_log_bin=0; SET GLOBAL super_read_only=OFF; CREATE DATABASE clash;';
  await asRoot(installation, broken, own);
  await asRoot(
    installation,
    nameOf(await installation.primary()),
    'CREATE DATABASE clash; CREATE TABLE clash.t (id INT);',
  );
  await says(installation, broken, 'replication stopped with error');
  await recloned(installation, broken);
  expect(await asRoot(installation, broken, 'SHOW TABLES IN clash')).toBe('t');
}

/** Where the leader's volume is lost while it wrote alone, nobody takes over until the operator names whose data counts. */
export async function waitsForTheOperator(installation: Installation): Promise<void> {
  const { testCluster, namespace, system } = installation;
  const context = { ...testCluster, container: system.container };
  const [leader, replica] = [await installation.primary(), await secondary(installation)];
  {
    await using _frozen = await freeze(context, [replica]);
    const lone = 'CREATE DATABASE lone;';
    await asRoot(installation, nameOf(leader), lone);
    await loseVolume('/var/lib/mysql')(context, [leader]);
  }
  await says(installation, nameOf(replica), 'alone has every acknowledged write');
  await says(installation, nameOf(leader), 'my volume is not the one that led');
  const writers = await testCluster.kube.pods(namespace, 'ballast.dev/role=primary');
  expect(writers.map(nameOf)).toEqual([]);

  const uuid = (await asRoot(installation, nameOf(replica), 'SELECT @@server_uuid')).slice(0, 8);
  await testCluster.kube.coordination.patchNamespacedLease({
    namespace,
    name: release,
    body: [
      {
        op: 'replace',
        path: '/metadata/annotations/ballast.dev~1leader',
        value: `${nameOf(replica).split('-').at(-1)}=${uuid}`,
      },
    ],
  });
  await installation.settled();
  expect(nameOf(await installation.primary())).toBe(nameOf(replica));
}

/** With writesAlone false, a write waits for a replica, however long that takes. */
export async function waitsForAReplica(installation: Installation): Promise<void> {
  await installation.upgrade({ replication: { writesAlone: false } });
  await installation.settled();
  const { testCluster, system, namespace } = installation;
  const primary = nameOf(await installation.primary());
  const write = ['timeout', '15', 'mysql', '--user=root', '--execute', 'CREATE DATABASE waited'];
  {
    await using _frozen = await freeze({ ...testCluster, container: system.container }, [
      await secondary(installation),
    ]);
    await expect(testCluster.kube.exec(namespace, primary, 'mysql', write)).rejects.toThrow();
  }
  await installation.settled();
  await asRoot(installation, primary, 'CREATE DATABASE IF NOT EXISTS answered');
}

const claims = async ({ testCluster: { kube }, namespace }: Installation) => {
  const { items } = await kube.core.listNamespacedPersistentVolumeClaim({ namespace });
  return items.map((claim) => claim.spec?.resources?.requests?.storage);
};

/**
 * A larger persistence.size is refused in one line where the storage class can't grow, and nothing changes; where it can, every claim is
 * grown and no pod restarts. (The class of the test cluster only records the wish: what is checked is ours, not the storage's part.)
 */
export async function growsVolumes(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const expandable = (value: boolean) =>
    kube.storage.patchStorageClass({
      name: 'standard',
      body: [{ op: 'add', path: '/allowVolumeExpansion', value }],
    });
  const before = await claims(installation);
  const ids = (await installation.members()).map((pod) => pod.metadata?.uid);
  const larger = { persistence: { size: '9Gi' } };
  await expect(installation.upgrade(larger)).rejects.toThrow('could not be grown to 9Gi');
  expect(await claims(installation)).toEqual(before);

  await expandable(true);
  try {
    await installation.upgrade(larger);
  } finally {
    await expandable(false);
  }
  expect(await claims(installation)).toEqual(before.map(() => '9Gi'));
  const { items } = await kube.apps.listNamespacedStatefulSet({ namespace: installation.namespace });
  const templates = items.flatMap((set) => set.spec?.volumeClaimTemplates ?? []);
  expect(templates.map((claim) => claim.spec?.resources?.requests?.storage)).toEqual(['9Gi']);
  expect((await installation.members()).map((pod) => pod.metadata?.uid)).toEqual(ids);
  await expect(installation.upgrade({ persistence: { size: '8Gi' } })).rejects.toThrow("can't shrink");
}

/** With a certificate of the user's own and TLS required, clients can check the server's name, and those without TLS are refused. */
export async function servesOwnCertificate(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const server = `${release}-primary`;
  const inPod = async (script: string) => {
    const { stdout } = await kube.exec(installation.namespace, `${release}-0`, 'mysql', [
      'bash',
      '-euc',
      script,
    ]);
    return stdout.trim();
  };
  await ownCertificate(installation, 'own-tls', server);
  await installation.upgrade({ tls: { existingSecret: 'own-tls', required: true } });
  const { password = '' } = await kube.secret(installation.namespace, `${release}-user-ledger`);
  const ask = (flags: string) =>
    inPod(`MYSQL_PWD='${password}' mysql --no-defaults --user=ledger --host=${server} ${flags} --batch --skip-column-names \
      -e "SELECT VARIABLE_VALUE <> '' FROM performance_schema.session_status WHERE VARIABLE_NAME = 'Ssl_cipher'"`);
  expect(await ask('--ssl-mode=VERIFY_IDENTITY --ssl-ca=/etc/ballast/tls/ca.crt')).toBe('1');
  await expect(ask('--ssl-mode=DISABLED')).rejects.toThrow('insecure transport');
}

import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { ownCertificate } from '../../e2e/certificate.ts';
import { setSecret } from '../../e2e/setup.ts';
import { messageOf } from '../../harness/base/errors.ts';
import { nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';
import type { Values } from '../../harness/drill/types.ts';

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
  const { kube } = installation.testCluster;
  const errant = nameOf(await secondary(installation));
  const read = () => kube.core.readNamespacedPod({ namespace: installation.namespace, name: errant });
  await asRoot(
    installation,
    errant,
    `${leave}; SET GLOBAL offline_mode=OFF; SET GLOBAL super_read_only=OFF; CREATE DATABASE errant;`,
  );
  await waitFor(`${errant} to say that it stays out`, 60, async () => {
    const message = annotation(await read(), 'message');
    return message.includes('my volume has transactions that') || `its message: ${message}`;
  });
  expect(await asRoot(installation, errant, "SHOW DATABASES LIKE 'errant'")).toBe('errant');

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
  expect(await asRoot(installation, errant, "SHOW DATABASES LIKE 'errant'")).toBe('');
}

/** A member whose volume is gone comes back as a copy. */
export async function replacesLostVolume(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const lost = nameOf(await secondary(installation));
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
  expect(await asRoot(installation, lost, tables)).toBe(
    await asRoot(installation, nameOf(await installation.primary()), tables),
  );
}

/** A single instance becomes the primary of several, with its data. To be run last: it stays one. */
export async function becomes(installation: Installation, values: Values): Promise<void> {
  const table = 'CREATE TABLE ledger.kept (id INT PRIMARY KEY); INSERT INTO ledger.kept VALUES (1);';
  await asRoot(installation, `${release}-0`, table);
  await installation.upgrade({ ...values, resources: { limits: { memory: '1Gi' } } });
  expect(await asRoot(installation, `${release}-1`, 'SELECT * FROM ledger.kept')).toBe('1');
  expect(await installation.release.test()).toContain('Succeeded');
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

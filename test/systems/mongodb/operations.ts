import { expect } from 'vitest';
import { isReady, nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';
import { kill, loseVolume } from '../../harness/drill/faults.ts';

/** What operators do to MongoDB by hand, and what happens to them, each as a function over an installed set. */

const release = 'ballast-mongodb';

/** A script for mongosh on the primary, as root; what it prints. */
async function shell(installation: Installation, script: string): Promise<string> {
  const login = `db = new Mongo('mongodb://${release}-primary:27017/?directConnection=true').getDB('admin');
db.auth('root', require('fs').readFileSync('/etc/ballast/auth/root-password', 'utf8'));`;
  const command = `cat >/tmp/e2e.js <<'END'\n${login}\n${script}\nEND\nHOME=/tmp mongosh --nodb --quiet --norc /tmp/e2e.js 2>&1`;
  const { stdout } = await installation.testCluster.kube.exec(
    installation.namespace,
    `${release}-0`,
    'mongodb',
    ['bash', '-c', command],
  );
  return stdout.trim();
}

/** What the values name is there after an upgrade, and a migration ran once, however many upgrades follow. */
export async function provisions(installation: Installation): Promise<void> {
  const values = {
    databases: [{ name: 'shop', collections: ['orders'] }],
    users: [{ name: 'shop', roles: [{ role: 'readWrite', database: 'shop' }] }],
    migrations: { scripts: [{ id: 'one', database: 'shop', script: 'db.orders.insertOne({ made: 1 });' }] },
  };
  await installation.upgrade(values);
  await installation.upgrade({ ...values, podAnnotations: { again: 'yes' } });
  expect(await shell(installation, "print(db.getSiblingDB('shop').orders.countDocuments({}))")).toBe('1');
  expect(await shell(installation, "print(db.getUser('shop').roles[0].db)")).toBe('shop');
}

/** A member that an upgrade hides is ready, and clients are not led to it; shown again, they are. */
export async function hidesAndShows(installation: Installation): Promise<void> {
  const becomes = (wanted: string) =>
    waitFor(`member 2 to be ${wanted}`, 240, async () => {
      const pod = (await installation.members()).find((each) => nameOf(each) === `${release}-2`);
      const { 'ballast.dev/role': role, 'ballast.dev/readable': readable = 'false' } =
        pod?.metadata?.labels ?? {};
      const said = `role ${role}, readable ${readable}, ready ${pod !== undefined && isReady(pod)}`;
      return said === wanted || `it is ${said}`;
    });
  await installation.upgrade({ hidden: [{ ordinal: 2 }] });
  await becomes('role hidden, readable false, ready true');
  await installation.upgrade({ hidden: [] });
  await becomes('role replica, readable true, ready true');
}

/** A majority of empty members has no vote, and the third can't lead alone: nothing is made up, and everybody says what is missing. */
export async function guardsWhatItHas(installation: Installation): Promise<void> {
  const { testCluster } = installation;
  const primary = await installation.primary();
  const others = (await installation.members()).filter((pod) => nameOf(pod) !== nameOf(primary));
  // The primary ends, too: otherwise it may still take their votes away, and give them its data.
  const context = { ...testCluster, container: 'mongodb' };
  await Promise.all([loseVolume('/data')(context, others), kill(context, [primary])]);
  await waitFor('the empty members to say that they wait', 240, async () => {
    const messages = (await installation.members()).map(
      (pod) => pod.metadata?.annotations?.['ballast.dev/message'],
    );
    const waiting = messages.filter((message) => message?.startsWith('waiting: my volume is empty'));
    return waiting.length === others.length || `they say ${messages.join(' | ')}`;
  });
  expect((await installation.members()).filter((pod) => isReady(pod))).toEqual([]);
}

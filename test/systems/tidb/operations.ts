import { expect } from 'vitest';
import { waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';
import { loseVolume } from '../../harness/drill/faults.ts';

/** What operators do to TiDB by hand, and what happens to them, each as a function over an installed cluster. */

const name = 'ballast-tidb';

/** What PD answers to a question, by the scripts of its own pod. */
async function pd(installation: Installation, path: string): Promise<string> {
  const { stdout } = await installation.testCluster.kube.exec(installation.namespace, `${name}-pd-0`, 'pd', [
    'bash',
    '-c',
    `. /opt/ballast/lib.sh; pd_ask GET '${path}'; printf '%s' "$answer"`,
  ]);
  return stdout;
}

/** What the values name is there after an upgrade, and a migration ran once, however many upgrades follow. */
export async function provisions(installation: Installation): Promise<void> {
  const values = {
    databases: [{ name: 'shop' }],
    users: [{ name: 'shop', grants: [{ privileges: 'ALL', target: 'shop.*' }] }],
    migrations: {
      scripts: [{ id: 'one', database: 'shop', sql: 'CREATE TABLE made (id INT PRIMARY KEY);' }],
    },
  };
  await installation.upgrade(values);
  await installation.upgrade({ ...values, podAnnotations: { again: 'yes' } });
  expect(await installation.release.test()).toContain('Succeeded');
}

/** A store is buried before its pod goes, and what stays has everything. */
export async function emptiesWhatGoes(installation: Installation): Promise<void> {
  await installation.upgrade({ tikv: { replicas: 4 } });
  await installation.upgrade({ tikv: { replicas: 3 } });
  const stores = JSON.parse(await pd(installation, 'stores?state=0&state=1&state=2')) as {
    stores: { store: { address: string; state_name: string } }[];
  };
  const left = stores.stores.filter(({ store }) => store.address.startsWith(`${name}-tikv-3.`));
  expect(left.map(({ store }) => store.state_name)).toEqual(['Tombstone']);
}

/** All PDs that lost their volumes found no second cluster beside the data, and say what is missing. */
export async function guardsWhatItHas(installation: Installation): Promise<void> {
  const { testCluster, namespace } = installation;
  const labels = 'app.kubernetes.io/name=tidb,app.kubernetes.io/component=pd';
  await loseVolume('/data')(
    { ...testCluster, container: 'pd' },
    await testCluster.kube.pods(namespace, labels),
  );
  await waitFor('the empty PDs to say that they wait', 240, async () => {
    const messages = (await testCluster.kube.pods(namespace, labels)).map(
      (pod) => pod.metadata?.annotations?.['ballast.dev/message'],
    );
    const waiting = messages.filter((message) => message?.startsWith('waiting: my volume is empty'));
    return waiting.length === 3 || `they say ${messages.join(' | ')}`;
  });
}

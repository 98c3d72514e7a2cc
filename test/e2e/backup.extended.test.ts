import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { $, ExecError } from '../harness/base/exec.ts';
import { merge } from '../harness/base/merge.ts';
import { chartsDir, repoRoot } from '../harness/base/paths.ts';
import { reportTo } from '../harness/base/report.ts';
import { loadChart } from '../harness/charts/charts.ts';
import { assemble } from '../harness/charts/render.ts';
import { commandsIn, Shell } from '../harness/cluster/commands.ts';
import { shellSetup } from '../harness/cluster/install.ts';
import { waitFor } from '../harness/cluster/kube.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import type { Values } from '../harness/drill/types.ts';
import { tool } from '../harness/images/tools.ts';

/** MySQL's backups: into MinIO's S3 and into a volume, by the commands that NOTES print; a release that is gone with its volumes comes back from one. */

const namespace = 'drill-backup';
const secret = 'backup-keys';
const password = 'correct horse battery staple';
reportTo((line) => void process.stderr.write(`  backup     ${line}\n`));

const small = (memory: string): Values => ({ resources: { requests: { cpu: '50m' }, limits: { memory } } });
const store: Values = {
  ...small('512Mi'),
  buckets: [{ name: 'backups' }],
  users: [{ name: 'keeper' }],
  metrics: { enabled: false },
};
const shop: Values = {
  ...small('768Mi'),
  architecture: 'replication',
  replicas: 2,
  metrics: { enabled: false },
  databases: [{ name: 'shop' }],
  users: [{ name: 'shop', grants: [{ privileges: 'ALL', target: 'shop.*' }] }],
  migrations: {
    scripts: [
      {
        id: 'orders',
        database: 'shop',
        sql: 'CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(100), bytes BLOB, made TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6)); CREATE TABLE counted (n INT); INSERT INTO counted VALUES (0);',
      },
    ],
  },
  backup: {
    enabled: true,
    destination: 's3:http://store-minio:9000/backups/mysql',
    existingSecret: secret,
  },
};
const local: Values = {
  ...small('512Mi'),
  metrics: { enabled: false },
  databases: [{ name: 'shop' }],
  backup: { enabled: true, destination: '/backup/mysql', existingSecret: secret, existingClaim: 'backups' },
};
const restoring = (from = ''): Values => ({ backup: { restore: { snapshot: 'latest', from } } });

let testCluster: TestCluster;
let shell: Shell;

beforeAll(async () => {
  testCluster = await joinTestCluster();
  const { kube } = testCluster;
  shell = new Shell(await shellSetup(kube.kubeconfig), repoRoot);
  await kube.deleteNamespace(namespace);
  await kube.gone(namespace);
  await kube.ensureNamespace(namespace, 'restricted');
  await installed('store', 'minio', store);
  const keeper = await kube.secret(namespace, 'store-minio-user-keeper');
  await kube.apply([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret, namespace },
      stringData: {
        'repository-password': password,
        'access-key': keeper.username,
        'secret-key': keeper.password,
      },
    } as never,
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'backups', namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    } as never,
  ]);
});
afterAll(() => testCluster.kube.deleteNamespace(namespace));
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    throw new Error(`the state then:\n${await testCluster.kube.dump(namespace)}`);
});

/** `helm upgrade --install`, as a user types it; gives NOTES. Throws an error with all that helm said, the hooks' logs among it. */
async function installed(release: string, chart: string, values: Values): Promise<string> {
  const path = await assemble(loadChart(`${chartsDir}/${chart}`));
  try {
    const run = $({ timeout: 600_000, input: stringify(values, { version: '1.1' }) });
    const { stdout } =
      await run`${await tool('helm')} upgrade --install ${release} ${path} --namespace ${namespace} --kubeconfig ${testCluster.kube.kubeconfig} --wait --timeout 8m -f -`;
    return stdout;
  } catch (error) {
    throw error instanceof ExecError
      ? new Error(`${error.stderr}\n${error.stdout}`, { cause: error })
      : error;
  }
}

/** Uninstalled, and all deleted that NOTES says stays. */
async function deleted(release: string): Promise<void> {
  const { stdout } = await shell.run(`helm get notes ${release} --namespace ${namespace}`);
  await shell.run(`helm uninstall ${release} --namespace ${namespace} --wait`);
  for (const command of commandsIn(stdout).filter((line) => line.startsWith('kubectl delete')))
    await shell.run(command);
}

async function sql(release: string, statements: string, ordinal?: number): Promise<string> {
  const { kube } = testCluster;
  const [primary] = await kube.pods(
    namespace,
    `app.kubernetes.io/instance=${release},ballast.dev/role=primary`,
  );
  const pod = ordinal === undefined ? primary?.metadata?.name : `${release}-mysql-${ordinal}`;
  if (pod === undefined) throw new Error(`${release} has no primary`);
  const command = [
    'mysql',
    '--user=root',
    '--batch',
    '--skip-column-names',
    '--default-character-set=utf8mb4',
  ];
  const { stdout } = await kube.exec(namespace, pod, 'mysql', command, { input: statements });
  return stdout.trim();
}

/** A backup made at once, as NOTES tell to; gives its log. Throws where it has failed. */
async function keptNow(release: string): Promise<string> {
  const { stdout: notes } = await shell.run(`helm get notes ${release} --namespace ${namespace}`);
  const commands = commandsIn(notes).filter((line) => line.includes('backup-now'));
  expect(commands.length).toBe(3);
  let stdout = '';
  for (const command of commands) ({ stdout } = await shell.run(command));
  const job = `${release}-mysql-backup-now`;
  const ended = `kubectl get job --namespace ${namespace} ${job} -o jsonpath='{.status.conditions[*].type}'`;
  expect((await shell.run(ended)).stdout, stdout).toMatch(/Complete|SuccessCriteriaMet/);
  await shell.run(`kubectl delete job --namespace ${namespace} ${job}`);
  return stdout;
}

const content = "SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', id, text, HEX(bytes), made))) FROM shop.orders";
const insert = `INSERT INTO shop.orders (text, bytes) SELECT CONCAT('Grüße, \\'quoted\\' ❄ ', RAND()), RANDOM_BYTES(200) FROM information_schema.columns LIMIT 2000;`;

test('what was written before a backup comes back in a release that was deleted with its volumes, and nothing else does', async () => {
  await installed('shop', 'mysql', shop);
  await sql(
    'shop',
    `${insert}
    CREATE VIEW shop.totals AS SELECT COUNT(*) AS n FROM shop.orders;
    CREATE TRIGGER shop.counts AFTER INSERT ON shop.orders FOR EACH ROW UPDATE counted SET n = n + 1;
    CREATE PROCEDURE shop.nothing() SELECT 1;`,
  );
  const before = await sql('shop', content);
  expect(before).toMatch(/^2000\t/);
  const log = await keptNow('shop');
  expect(log).toContain('dumping shop ballast from shop-mysql-');
  await sql('shop', insert);
  expect(await sql('shop', content)).not.toBe(before);

  // A release with data is not filled.
  await expect(installed('shop', 'mysql', merge(shop, restoring()))).rejects.toThrow(
    'backup.restore.snapshot is for an empty release, and this one has data',
  );
  expect(await sql('shop', content)).toMatch(/^4000\t/);

  await deleted('shop');
  await installed('shop', 'mysql', merge(shop, restoring()));
  expect(await sql('shop', content)).toBe(before);
  expect(await sql('shop', 'SELECT n FROM shop.totals; CALL shop.nothing()')).toBe('2000\n1');
  // The migration of the first release is known, its trigger works, and the replica has all of it.
  await sql('shop', insert);
  expect(await sql('shop', 'SELECT n FROM shop.counted')).toBe('2000');
  await waitFor('both members to have all', 60, async () => {
    const [one, other] = [await sql('shop', content, 0), await sql('shop', content, 1)];
    return (one === other && one.startsWith('4000\t')) || `${one}, ${other}`;
  });

  // The value may stay: nothing is loaded twice.
  await installed('shop', 'mysql', merge(shop, restoring()));
  expect(await sql('shop', content)).toMatch(/^4000\t/);
  expect(await keptNow('shop')).toContain('kept in s3:http://store-minio:9000/backups/mysql');
});

test('a backup in a volume comes back in a release of another name; one that was damaged is refused before anything is loaded, as is a wrong password', async () => {
  await installed('tiny', 'mysql', local);
  await sql(
    'tiny',
    `CREATE TABLE shop.orders (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(100), bytes BLOB, made TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6)); ${insert}`,
  );
  const before = await sql('tiny', content);
  await keptNow('tiny');
  const from = `${namespace}.tiny-mysql`;
  const copy = merge(merge(local, restoring(from)), { backup: { enabled: false } });
  await installed('copy', 'mysql', copy);
  expect(await sql('copy', content)).toBe(before);
  await deleted('copy');

  await testCluster.kube.core.createNamespacedSecret({
    namespace,
    body: { metadata: { name: 'other-keys' }, stringData: { 'repository-password': 'another' } },
  });
  await expect(
    installed('copy', 'mysql', merge(copy, { backup: { existingSecret: 'other-keys' } })),
  ).rejects.toThrow('repository-password of the Secret is not the password of the repository /backup/mysql');
  await deleted('copy');

  await damage();
  await expect(installed('copy', 'mysql', copy)).rejects.toThrow(
    `the backup latest of ${from} in /backup/mysql can't be read to its end, and nothing was loaded`,
  );
  expect(
    await sql('copy', "SHOW TABLES FROM ballast LIKE 'restored'; SELECT COUNT(*) FROM ballast.restored"),
  ).toBe('restored\n0');
  expect(await sql('copy', "SHOW DATABASES LIKE 'shop'")).toBe('');
});

/** A byte in the middle of the largest file of the repository becomes another. */
async function damage(): Promise<void> {
  const { kube } = testCluster;
  const name = 'damage';
  const script = `cd /backup/mysql/data; file=$(find . -type f -size +10k | xargs ls -S | head -n 1); size=$(wc -c <"$file"); chmod u+w "$file"
    printf 'ballast' | dd of="$file" bs=1 seek=$((size / 2)) conv=notrunc`;
  await kube.apply([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      spec: {
        restartPolicy: 'Never',
        securityContext: {
          runAsUser: 999,
          runAsGroup: 999,
          fsGroup: 999,
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [
          {
            name: 'damage',
            image: 'docker.io/library/mysql:9.7',
            command: ['bash', '-euc', script],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            volumeMounts: [{ name: 'backup', mountPath: '/backup' }],
          },
        ],
        volumes: [{ name: 'backup', persistentVolumeClaim: { claimName: 'backups' } }],
      },
    } as never,
  ]);
  await waitFor('the repository to be damaged', 60, async () => {
    const { status } = await kube.core.readNamespacedPod({ namespace, name });
    return status?.phase === 'Succeeded' || `the pod is ${status?.phase}`;
  });
}

import type { V1Pod } from '@kubernetes/client-node';
import { report } from '../../harness/base/report.ts';
import { duration } from '../../harness/base/stats.ts';
import { type Kube, nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { DrillContext } from '../../harness/drill/drill.ts';
import { type Fault, injury, kill, loseVolume, remove } from '../../harness/drill/faults.ts';
import type { Drill } from '../../harness/drill/types.ts';

/** What small drills can't see: gigabytes to copy, gigabytes of backlog, and a full disk. */

const dataPath = '/var/lib/mysql';
const table = 'bulk.rows';
/** GiB that a clone has to copy. */
const copied = 2;
/** The table's rows of them, of 256 KiB each. */
export const copiedRows = copied * 4096;

/** SQL as root over the server's own socket; gives its first line. */
export async function asRoot(kube: Kube, pod: V1Pod, sql: string, seconds?: number): Promise<string> {
  const command = ['mysql', '--user=root', '--batch', '--skip-column-names'];
  const options = { input: sql, ...(seconds === undefined ? {} : { seconds }) };
  const { stdout } = await kube.exec(pod.metadata?.namespace ?? '', nameOf(pod), 'mysql', command, options);
  return stdout.trim().split('\n')[0] ?? '';
}

const shell = (kube: Kube, pod: V1Pod, script: string) =>
  kube.exec(pod.metadata?.namespace ?? '', nameOf(pod), 'mysql', ['bash', '-c', script], { seconds: 300 });

const create =
  'CREATE DATABASE bulk; CREATE TABLE bulk.rows (id BIGINT AUTO_INCREMENT PRIMARY KEY, body MEDIUMBLOB NOT NULL);';

/** Statements that write so much, a transaction for each 16 MiB. */
function rows(gib: number): string {
  const some = `INSERT INTO ${table} (body) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 64) SELECT REPEAT(RANDOM_BYTES(1024), 256) FROM n;\n`;
  return some.repeat(gib * 64);
}

/** Each of these has so much that it was not sent by another: it is in no binary log. */
const holds =
  (gib: number): Fault =>
  async ({ kube }, pods) => {
    await Promise.all(
      pods.map(async (pod) => {
        const locked = await asRoot(kube, pod, 'SELECT @@GLOBAL.super_read_only');
        const sql = `SET sql_log_bin=0; SET GLOBAL super_read_only=0; ${create}\n${rows(gib)}SET GLOBAL super_read_only=${locked};`;
        await asRoot(kube, pod, sql, 1800);
      }),
    );
    return injury(`${gib} GiB of data`, pods);
  };

/** How many rows a member has of those. */
export const bulkOf = (kube: Kube, pod: V1Pod): Promise<string> =>
  asRoot(kube, pod, `SELECT COUNT(*) FROM ${table}`, 300);

/** What these receive is not applied until that is undone. */
const appliesNothing: Fault = async ({ kube }, pods) => {
  const held =
    "SELECT COUNT(*), COALESCE(GROUP_CONCAT('KILL ', ID SEPARATOR ';'), 'DO 0') FROM performance_schema.processlist WHERE INFO = 'DO SLEEP(1800)'";
  const holding = pods.map((pod) =>
    // Ends with an error once it is killed, or its server is.
    asRoot(kube, pod, `LOCK TABLES ${table} READ; DO SLEEP(1800);`, 1800).catch(() => ''),
  );
  const stopped = injury('a table locked', pods, async () => {
    for (const pod of pods) {
      const [, release = ''] = (await asRoot(kube, pod, held)).split('\t');
      await asRoot(kube, pod, release).catch(() => '');
    }
    await Promise.all(holding);
  });
  for (const pod of pods)
    await waitFor(`a lock in ${nameOf(pod)}`, 60, async () => {
      const [count] = (await asRoot(kube, pod, held)).split('\t');
      return count === '1' || `${count} locks`;
    });
  return stopped;
};

/** The first of these makes the table, and the others have it by then. */
const hasTable: Fault = async ({ kube }, pods) => {
  const [primary, ...replicas] = pods;
  if (primary) await asRoot(kube, primary, create);
  for (const pod of replicas)
    await waitFor(`${table} in ${nameOf(pod)}`, 60, () => bulkOf(kube, pod).then(() => true));
  return injury('a table', pods);
};

const writes =
  (gib: number): Fault =>
  async ({ kube }, pods) => {
    for (const pod of pods) await asRoot(kube, pod, rows(gib), 1800);
    return injury(`${gib} GiB written`, pods);
  };

/** Where a volume of a few hundred MiB is mounted on a node, by its pod's name. */
const smallPath = (name: string) => `/var/ballast-small-${name}`;

/**
 * A member moves to a volume of 700 MiB, as a copy, and back to an ordinary one when that is undone: by then it has to be whole.
 */
const smallVolume: Fault = async ({ kube, nodes }, pods) => {
  const [pod] = pods;
  const [name, namespace] = [nameOf(pod ?? {}), pod?.metadata?.namespace ?? ''];
  const node = pod?.spec?.nodeName ?? '';
  const path = smallPath(name);
  const volume = `ballast-small-${namespace}`;
  const move = async () => {
    const claim = { namespace, name: `data-${name}` };
    const { metadata } = await kube.core.readNamespacedPersistentVolumeClaim(claim);
    await kube.core.deleteNamespacedPersistentVolumeClaim(claim);
    await kube.core.deleteNamespacedPod({ namespace, name });
    await waitFor(`a new volume of ${name}`, 120, async () => {
      const { metadata: claimed } = await kube.core.readNamespacedPersistentVolumeClaim(claim);
      return claimed?.uid !== metadata?.uid || 'the old one';
    });
  };
  const unmount = `! mountpoint -q ${path} || umount ${path}; rm -rf ${path} ${path}.img`;
  const mount = `${unmount}; truncate -s 700M ${path}.img; mkfs.ext4 -q -m 0 ${path}.img; mkdir ${path}; mount -o loop ${path}.img ${path}; rmdir ${path}/lost+found; chmod 777 ${path}`;
  await nodes.nodeExec(node, ['sh', '-euc', mount]);
  await kube.core.createPersistentVolume({
    body: {
      metadata: { name: volume },
      spec: {
        capacity: { storage: '8Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'standard',
        persistentVolumeReclaimPolicy: 'Retain',
        hostPath: { path },
        claimRef: { namespace, name: `data-${name}` },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
            ],
          },
        },
      },
    },
  });
  const small = injury('a small volume', pods, async () => {
    await move();
    await kube.core.deletePersistentVolume({ name: volume });
    await waitFor(`${path} to be free`, 120, () =>
      nodes.nodeExec(node, ['sh', '-euc', unmount]).then(() => true),
    );
  });
  await move();
  return small;
};

const filler = `${dataPath}/filler`;

/** Not a byte is left on the volume. */
const fillDisk: Fault = async ({ kube }, pods) => {
  const full = injury('a full disk', pods, async () => {
    for (const pod of pods) await shell(kube, pod, `rm -f ${filler}*`);
  });
  for (const pod of pods)
    await shell(
      kube,
      pod,
      `for size in 1M 4k; do ! dd if=/dev/zero of=${filler}$size bs=$size 2>/dev/null; done; sync ${filler}*`,
    );
  return full;
};

async function others(context: DrillContext): Promise<V1Pod[]> {
  const primary = nameOf(await context.primary());
  return (await context.members()).filter((pod) => nameOf(pod) !== primary);
}

/** The first of these becomes primary. */
const leads: Fault = async (context, pods) => {
  const [next, ...rest] = pods;
  if (!next) throw new Error('there is nobody to lead');
  const grouped = await asRoot(
    context.kube,
    next,
    'SELECT COUNT(*) FROM performance_schema.replication_group_members',
  );
  if (grouped === '0') await remove(context, rest);
  else await asRoot(context.kube, next, 'SELECT group_replication_set_as_primary(@@server_uuid)');
  const { name = '', namespace = '' } = next.metadata ?? {};
  await waitFor(`${name} to lead`, 60, async () => {
    const { metadata } = await context.kube.core.readNamespacedPod({ name, namespace });
    const role = metadata?.labels?.['ballast.dev/role'];
    return role === 'primary' || `it is ${role}`;
  });
  return injury('a hand-over', pods);
};

/** A member's disk is full for a minute, and `meanwhile`, what an e2e test looks at then. */
export async function fillsUp(
  context: DrillContext,
  whose: 'primary' | 'replica',
  meanwhile?: () => Promise<void>,
): Promise<void> {
  const [replica] = await others(context);
  if (!replica) throw new Error('there is no replica');
  await using _small = await context.arrange(smallVolume, [replica]);
  await context.settled();
  const moved = async () => (await context.members()).filter((pod) => nameOf(pod) === nameOf(replica));
  if (whose === 'primary') {
    await context.arrange(leads, [...(await moved()), await context.primary()]);
    await context.settled();
  }
  {
    await using _full = await context.inflict(fillDisk, await moved());
    await context.hold(60);
    await meanwhile?.();
  }
  const freed = performance.now();
  await context.settled();
  report(`whole again ${duration(performance.now() - freed)} after its disk was freed`);
}

/** What these drills are about, for one topology. */
export function largeDrills(topology: string, prefix = ''): Drill[] {
  return [
    {
      name: `${prefix}clone`,
      title: 'loss of the volume of a replica, which copies 2 GiB while 10 clients write',
      topology,
      // A copy is quicker than whatever it lacks, and under these writes it lacks as much again when it is one.
      values: { [topology]: { cloneAboveTransactions: 0 } },
      writers: 10,
      expect: { keeps: 'everything', outageMs: 30_000, goalMs: 1000 },
      act: async (context) => {
        const [victim, ...rest] = await others(context);
        if (!victim) throw new Error('there is no replica');
        await context.arrange(holds(copied), [await context.primary(), ...rest]);
        await context.inflict(loseVolume(dataPath), [victim]);
      },
    },
    {
      name: `${prefix}disk-full`,
      title: 'a replica’s disk is full for 60 s',
      topology,
      values: {},
      expect: { keeps: 'everything', outageMs: 30_000, goalMs: 5000 },
      act: (context) => fillsUp(context, 'replica'),
    },
    {
      name: `${prefix}disk-full-primary`,
      title: 'the primary’s disk is full for 60 s',
      topology,
      values: {},
      expect: { keeps: 'everything', outageMs: 40_000, goalMs: 15_000 },
      act: (context) => fillsUp(context, 'primary'),
    },
  ];
}

/** Of a `replication`: the replica has acknowledged all that it has not applied. */
export const backlog: Drill = {
  name: 'replication-backlog',
  title: 'SIGKILL of the primary under 10 clients, with 2 GiB that its replica has not applied',
  topology: 'replication',
  values: {},
  writers: 10,
  expect: { keeps: 'everything', outageMs: 120_000, goalMs: 15_000 },
  act: async (context) => {
    const [primary, replicas] = [await context.primary(), await others(context)];
    await context.arrange(hasTable, [primary, ...replicas]);
    await using _held = await context.arrange(appliesNothing, replicas);
    await context.arrange(writes(2), [primary]);
    await context.inflict(kill, [primary]);
  },
};

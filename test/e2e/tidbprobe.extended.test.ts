import type { V1Pod } from '@kubernetes/client-node';
import { beforeAll, expect, test } from 'vitest';
import { releaseName } from '../harness/cluster/install.ts';
import { isReady, waitFor } from '../harness/cluster/kube.ts';
import type { Installation } from '../harness/drill/drill.ts';
import { type Fault, freeze, kill, loseVolume } from '../harness/drill/faults.ts';
import { Probe } from '../harness/drill/probe.ts';
import { topologyNamed } from '../harness/drill/session.ts';
import { asRoot } from '../systems/mysql/large.ts';
import { system as mysql } from '../systems/mysql/system.ts';
import { probed, rule, someRecord } from './probing.ts';
import { onCluster } from './setup.ts';

/**
 * TiDB's probe against the suite's MySQL, which speaks the same protocol and can be had where TiDB can't. What MySQL does not have can't be
 * tried here: information_schema.tidb_servers_info, from which a view tells who belongs to the cluster. What two TiDBs hold of one another's
 * writes, and what TiDB says to a client when TiKV or PD is away, is not seen either.
 */

/** A name of its own: MySQL's own tests may be at it at the same time. */
const spoken = { ...topologyNamed(mysql, 'standalone'), name: 'as-tidb' };
const installation: () => Installation = onCluster({ ...mysql, topologies: [spoken] }).installation(
  spoken.name,
);

const names: Readonly<Record<string, string>> = {
  MYSQL_USER: 'TIDB_USERNAME',
  MYSQL_PASSWORD: 'TIDB_PASSWORD',
  MYSQL_DATABASE: 'TIDB_DATABASE',
};

let probe: Probe;
let runs = 0;

beforeAll(async () => {
  const { testCluster, namespace } = installation();
  const login = mysql.probeEnv(releaseName).map((env) => ({ ...env, name: names[env.name] ?? env.name }));
  // It takes the place of MySQL's own.
  const env = [...login, { name: 'TIDB_PORT', value: '3306' }];
  probe = await Probe.deploy(testCluster.kube, namespace, 'tidb', env);
});

async function server(): Promise<V1Pod> {
  const [pod] = await installation().members();
  if (!pod) throw new Error('there is no server');
  return pod;
}

const startsOf = ({ status }: V1Pod): number =>
  (status?.containerStatuses ?? []).reduce((all, { restartCount }) => all + restartCount, 0);

const inflict = async (fault: Fault) =>
  fault({ ...installation().testCluster, container: mysql.container }, [await server()]);

/** SQL of somebody whom the probe does not know. */
const behindItsBack = async (sql: string) => asRoot(installation().testCluster.kube, await server(), sql);

async function run(happening?: Parameters<typeof probed>[3]) {
  const service = mysql.service(releaseName);
  const options = { ledger: `run_${++runs}`, service, members: [], plain: false };
  const host = installation().host(await server());
  return { host, service, ...(await probed(probe, options, [host, service], happening)) };
}

/** What the last run wrote to. */
const records = () => `ledger.run_${runs}`;

test('what was acknowledged is there once, and ledgers of earlier runs are gone', async () => {
  await run();
  const { broken, verdict } = await run();
  expect(broken).toEqual([]);
  expect(verdict).toMatchObject({ failed: 0, missing: 0 });
  const there = verdict.attempted - verdict.unknown + verdict.recovered;
  expect(await behindItsBack(`SELECT COUNT(*) FROM ${records()}`)).toBe(String(there));
  const tables =
    "SELECT GROUP_CONCAT(table_name) FROM information_schema.tables WHERE table_schema = 'ledger'";
  expect(await behindItsBack(tables)).toBe(`run_${runs}`);
});

test('a record that is deleted behind its back is lost, wherever it is read', async () => {
  let deleted = -1;
  const { broken, host, service, verdict } = await run({
    behind: async (ledger) => {
      deleted = someRecord(ledger);
      await behindItsBack(`DELETE FROM ${records()} WHERE id = ${deleted}`);
    },
  });
  expect(broken).toEqual([rule.lost]);
  const one = { count: 1, first: [deleted] };
  expect(verdict.lost).toEqual({ [host]: one, [service]: one });
});

test('a record that is inserted again is there twice, and one that it never wrote is a stranger', async () => {
  let again = -1;
  const { broken, host, service, verdict } = await run({
    behind: async (ledger) => {
      again = someRecord(ledger);
      await behindItsBack(`INSERT INTO ${records()} (id) VALUES (${again}), (${ledger.size})`);
    },
  });
  expect(broken).toEqual([rule.twice, rule.strangers]);
  const one = { count: 1, first: [again] };
  expect(verdict.duplicated).toEqual({ [host]: one, [service]: one });
  expect(verdict.strangers).toEqual({ [host]: 1, [service]: 1 });
});

test('a server that is killed leaves writes unknown, and has all that it acknowledged once it is back', async () => {
  const { broken, status, verdict } = await run({
    during: async () => {
      await inflict(kill);
      // Whoever kills may be quicker than the next write.
      await waitFor('a write to fail', 30, async () => {
        const { errors } = await probe.status();
        return Object.keys(errors).length > 0 || 'none has';
      });
    },
  });
  expect(broken).toEqual([]);
  expect(verdict.unknown).toBeGreaterThan(0);
  expect(verdict.failed).toBe(0);
  expect(Object.keys(status.errors).some((code) => code.startsWith('connect '))).toBe(true);
});

test('a silent server is given up, again and again', async () => {
  const { broken, ledger, status, faultMs, healedMs } = await run({
    during: async () => {
      await using _frozen = await inflict(freeze);
      const connects = ({ errors }: { errors: Record<string, number> }) =>
        Object.entries(errors).flatMap(([code, count]) => (code.startsWith('connect ') ? [count] : []));
      await waitFor('connections to be given up', 60, async () => {
        const given = connects(await probe.status()).reduce((all, count) => all + count, 0);
        return given >= 3 || `${given} were`;
      });
    },
  });
  expect(broken).toEqual([]);
  const attempts = Array.from({ length: ledger.size }, (_, id) => ledger.at(id));
  const silent = attempts.filter(
    ({ outcome, sent, answered }) => outcome === 'unknown' && answered > faultMs && sent < healedMs,
  );
  expect(silent.length).toBeGreaterThan(0);
  for (const { sent, answered } of silent) expect(answered - sent).toBeLessThan(3000);
  expect(status.errors.timeout).toBeGreaterThan(0);
});

test('negative control: a server that comes back without its volume has lost what it acknowledged before', async () => {
  const { broken, ledger, verdict, faultMs } = await run({
    during: async () => {
      const before = startsOf(await server());
      await inflict(loseVolume('/var/lib/mysql'));
      // Helm gives up at once on a pod that kubelet lets wait before it starts it again.
      await waitFor('the server to be back', 180, async () => {
        const pod = await server();
        return (startsOf(pod) > before && isReady(pod)) || 'it is not ready';
      });
      // The account and its database are made anew by a hook; the table is by the probe.
      await installation().upgrade({});
    },
  });
  expect(broken).toContain(rule.lost);
  const before = ledger.acknowledgements('service').filter(({ answered }) => answered < faultMs);
  expect(verdict.missing).toBeGreaterThanOrEqual(before.length);
  expect(verdict.missing).toBeLessThan(verdict.acknowledged);
});

test('a view wants what TiDB alone has, and says so', async () => {
  await expect(probe.view(mysql.service(releaseName))).rejects.toThrow(/tidb_servers_info/i);
});

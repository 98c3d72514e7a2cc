import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { report, reportTo } from '../harness/base/report.ts';
import { ensureAddons, removeAddon } from '../harness/cluster/addons.ts';
import { releaseName } from '../harness/cluster/install.ts';
import { nameOf } from '../harness/cluster/kube.ts';
import { admits, type Party } from '../harness/cluster/policies.ts';
import { Installation, runDrill, summaryOf, type TestCluster } from '../harness/drill/drill.ts';
import { printsPid } from '../harness/drill/faults.ts';
import { drillsNamed, topologyNamed } from '../harness/drill/session.ts';
import { systems } from '../harness/drill/systems.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import { idlePod } from './idle.ts';

/**
 * NetworkPolicies that are enforced: each system comes up, is provisioned and fails over behind its own, and who may reach which port is as they say.
 */

const outside = 'drill-policies-outside';
reportTo((line) => void process.stderr.write(`  policies   ${line}\n`));

let testCluster: TestCluster;

/** A pod of another namespace. */
let stranger: V1Pod;

beforeAll(async () => {
  testCluster = await joinTestCluster();
  const { kube } = testCluster;
  await ensureAddons(kube, 'kube-router');
  await kube.gone(outside);
  await kube.ensureNamespace(outside);
  stranger = await idlePod(kube, outside, 'stranger');
});
afterAll(async () => {
  await testCluster.kube.deleteNamespace(outside);
  await removeAddon(testCluster.kube, 'kube-router');
});

interface Target {
  pod: V1Pod;
  port: number;
}
const textOf = ({ pod, port }: Target) => `${nameOf(pod)}:${port}`;

/** Which of these a pod reaches, by its own network on its node: no image needs a program for it. */
async function reached(from: V1Pod, targets: readonly Target[]): Promise<ReadonlySet<string>> {
  const tries = targets.map(
    (target) =>
      `(timeout 3 bash -c '>/dev/tcp/${target.pod.status?.podIP}/${target.port}' 2>/dev/null && echo ${textOf(target)}) &`,
  );
  const [container] = from.spec?.containers ?? [];
  const pid = printsPid(from, container?.name ?? '');
  const script = `nsenter --net="/proc/$(${pid})/ns/net" bash <<'END'\n${tries.join('\n')}\nwait\nEND`;
  const { stdout } = await testCluster.nodes.nodeExec(from.spec?.nodeName ?? '', ['bash', '-c', script]);
  return new Set(stdout.split('\n').filter((line) => line !== ''));
}

async function partyOf(pod: V1Pod): Promise<Party> {
  const namespace = pod.metadata?.namespace ?? '';
  const { metadata } = await testCluster.kube.core.readNamespace({ name: namespace });
  return { namespace, namespaceLabels: metadata?.labels ?? {}, labels: pod.metadata?.labels ?? {} };
}

/** Every port of every pod of the release that somebody listens at. */
async function targetsIn(namespace: string): Promise<Target[]> {
  const pods = await testCluster.kube.pods(namespace, `app.kubernetes.io/instance=${releaseName}`);
  const serving = pods.filter((pod) => pod.status?.phase === 'Running');
  const all = serving.flatMap((pod) =>
    (pod.spec?.containers ?? []).flatMap(({ ports = [] }) =>
      ports.map(({ containerPort }) => ({ pod, port: containerPort })),
    ),
  );
  const listening = await Promise.all(
    serving.map((pod) =>
      reached(
        pod,
        all.filter((target) => target.pod === pod),
      ),
    ),
  );
  return all.filter((target) => listening.some((own) => own.has(textOf(target))));
}

const missing = inject('missing');
const tried = systems.flatMap((system) => {
  const topology = system.topologies.find(({ name }) => name !== 'standalone');
  return topology === undefined || missing[system.name] !== undefined
    ? []
    : [[system, topology.name] as const];
});

describe.each(tried.map(([system, name]) => [system.name, name, system] as const))(
  '%s %s',
  (_, name, system) => {
    let installation: Installation;

    beforeAll(async () => {
      installation = await Installation.open(
        testCluster,
        system,
        topologyNamed(system, name),
        'policies',
        system.light ?? {},
      );
    });
    afterAll(() => installation?.leave());
    afterEach(async ({ task }) => {
      if (task.result?.state !== 'fail') return;
      throw new Error(`the state then:\n${await testCluster.kube.dump(installation.namespace)}`);
    });

    test('a port is open to whom the policies say, and to nobody else', async () => {
      const { kube } = testCluster;
      const { namespace } = installation;
      const { items: policies } = await kube.networking.listNamespacedNetworkPolicy({ namespace });
      const targets = await targetsIn(namespace);
      const [neighbour] = await kube.pods(namespace, 'app.kubernetes.io/name=ballast-probe');
      const clients = [
        stranger,
        ...(neighbour ? [neighbour] : []),
        ...new Set(targets.map(({ pod }) => pod)),
      ];
      const wrong: string[] = [];
      let open = 0;
      let closed = 0;
      for (const client of clients) {
        const others = targets.filter(({ pod }) => pod !== client);
        const [party, reaches] = await Promise.all([partyOf(client), reached(client, others)]);
        for (const target of others) {
          const allowed = admits(policies, party, target.pod, target.port);
          const told = reaches.has(textOf(target));
          if (told) open++;
          else closed++;
          // Nobody outside is named in `allowFrom`, so that a port without a policy counts, too.
          if (allowed !== told || (told && client === stranger))
            wrong.push(`${nameOf(client)} ${told ? 'reaches' : 'does not reach'} ${textOf(target)}`);
        }
      }
      report(`${system.name}: ${open} open, ${closed} closed, between ${clients.length} pods`);
      expect(wrong).toEqual([]);
      expect(open).toBeGreaterThan(0);
      expect(closed).toBeGreaterThan(0);
    });

    test('helm test passes', async () => {
      expect(await installation.release.test()).toContain('Succeeded');
    });

    test('kill loses nothing that was acknowledged', async () => {
      const [kill] = drillsNamed(system, []).filter(
        ({ name: drill, topology }) => topology === name && /(^|-)kill$/.test(drill),
      );
      if (!kill) throw new Error(`${system.name} has no drill kill of ${name}`);
      const result = await runDrill(installation, kill);
      report(`${result.drill}: ${summaryOf(result)}`);
      expect(result.passed ? '' : summaryOf(result)).toBe('');
    });
  },
);

import { afterAll, afterEach, beforeAll, beforeEach, expect, inject } from 'vitest';
import { report, reportTo } from '../harness/base/report.ts';
import { Installation, rerunCommand, runDrill, summaryOf, type TestCluster } from '../harness/drill/drill.ts';
import { healAll } from '../harness/drill/faults.ts';
import { drillsNamed, topologyNamed } from '../harness/drill/session.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import type { Drill, System, Values } from '../harness/drill/types.ts';

/** Registers tests of the extended tier, which `npm run test:e2e -- --all` runs: what `npm test` runs has to stay within half an hour. */
export function extended(register: () => void): void {
  if (process.env.BALLAST_TIER === 'all') register();
}

export interface OnCluster {
  /** Installs a topology before the tests of the describe block that calls this, and removes it after them. */
  installation(topology: string, values?: Values): () => Installation;
  drill(name: string): Drill;
  /** Runs a drill, of the system's or like one of these; fails with what was wrong and the command that runs just this case again. */
  passes(installation: Installation, which: string | Drill): Promise<void>;
}

/** To be called once, at the top of a test file. Every failure is followed by the state and the logs of the namespace that it happened in. */
export function onCluster(system: System): OnCluster {
  // Past vitest's own reporter, which would hold the lines back until a test ends.
  reportTo((line) => void process.stderr.write(`  ${system.name.padEnd(9)}  ${line}\n`));
  let testCluster: TestCluster | undefined;
  let current: Installation | undefined;
  const missing = inject('missing')[system.name];
  beforeEach(({ skip }) => {
    if (missing !== undefined) skip(missing);
  });
  beforeAll(async () => {
    testCluster = await joinTestCluster();
  });
  afterAll(async () => {
    for (const failure of await healAll()) report(failure);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || !current) return;
    throw new Error(`the state then:\n${await current.testCluster.kube.dump(current.namespace)}`);
  });

  const drill = (name: string): Drill => {
    const [found] = drillsNamed(system, [name]);
    if (!found) throw new Error(`no drill ${name}`);
    return found;
  };
  return {
    drill,
    installation(topology, values = {}) {
      let installation: Installation | undefined;
      beforeAll(async () => {
        if (missing !== undefined) return;
        if (!testCluster) throw new Error('there is no cluster');
        installation = await Installation.open(
          testCluster,
          system,
          topologyNamed(system, topology),
          topology,
          {
            ...system.light,
            ...values,
          },
        );
        current = installation;
      });
      afterAll(async () => {
        current = undefined;
        await installation?.leave();
      });
      return () => {
        if (!installation) throw new Error(`${system.name} ${topology} is not installed`);
        return installation;
      };
    },
    async passes(installation, which) {
      const result = await runDrill(installation, typeof which === 'string' ? drill(which) : which);
      report(`${result.drill}: ${summaryOf(result)}`);
      if (!result.passed) expect.fail(`${summaryOf(result)}\n\n${rerunCommand(result)}`);
    },
  };
}

/** Changes some entries of a Secret, as a user would by hand. */
export async function setSecret(
  installation: Installation,
  name: string,
  entries: Record<string, string>,
): Promise<void> {
  const { kube } = installation.testCluster;
  const secret = await kube.core.readNamespacedSecret({ namespace: installation.namespace, name });
  const encoded = Object.fromEntries(
    Object.entries(entries).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  await kube.core.replaceNamespacedSecret({
    namespace: installation.namespace,
    name,
    body: { ...secret, data: { ...secret.data, ...encoded } },
  });
}

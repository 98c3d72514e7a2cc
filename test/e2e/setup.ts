import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Ground, rerunCommand, runDrill, Stage, summaryOf } from '../harness/drill.ts';
import { healAll } from '../harness/faults.ts';
import { joinGround } from '../harness/ground.ts';
import { drillsNamed, topologyNamed } from '../harness/session.ts';
import type { Drill, System, Values } from '../harness/systems.ts';

/** Registers tests of the extended tier, which `npm run test:e2e -- --all` runs: what `npm test` runs has to stay within half an hour. */
export function extended(register: () => void): void {
  if (process.env.BALLAST_TIER === 'all') register();
}

export interface OnCluster {
  /** Installs a topology before the tests of the describe block that calls this, and removes it after them. */
  stage(topology: string, values?: Values): () => Stage;
  drill(name: string): Drill;
  /** Runs a drill; fails with what was wrong and the command that runs just this case again. */
  passes(stage: Stage, name: string): Promise<void>;
}

/** To be called once, at the top of a test file. Every failure is followed by the state and the logs of the namespace that it happened in. */
export function onCluster(system: System): OnCluster {
  // Past vitest's own reporter, which would hold the lines back until a test ends.
  const log = (line: string) => void process.stderr.write(`  ${system.name.padEnd(9)}  ${line}\n`);
  let ground: Ground | undefined;
  let current: Stage | undefined;
  beforeAll(async () => {
    ground = await joinGround(log);
  });
  afterAll(async () => {
    for (const failure of await healAll()) log(failure);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || !current) return;
    throw new Error(`the state then:\n${await current.ground.kube.dump(current.namespace)}`);
  });

  const drill = (name: string): Drill => {
    const [found] = drillsNamed(system, [name]);
    if (!found) throw new Error(`no drill ${name}`);
    return found;
  };
  return {
    drill,
    stage(topology, values = {}) {
      let stage: Stage | undefined;
      beforeAll(async () => {
        if (!ground) throw new Error('there is no cluster');
        stage = await Stage.open(ground, system, topologyNamed(system, topology), topology, {
          ...system.light,
          ...values,
        });
        current = stage;
      });
      afterAll(async () => {
        current = undefined;
        await stage?.leave();
      });
      return () => {
        if (!stage) throw new Error(`${system.name} ${topology} is not installed`);
        return stage;
      };
    },
    async passes(stage, name) {
      const result = await runDrill(stage, drill(name));
      log(`${name}: ${summaryOf(result)}`);
      if (!result.passed) expect.fail(`${summaryOf(result)}\n\n${rerunCommand(result)}`);
    },
  };
}

/** Changes some entries of a Secret, as a user would by hand. */
export async function setSecret(stage: Stage, name: string, entries: Record<string, string>): Promise<void> {
  const { kube } = stage.ground;
  const secret = await kube.core.readNamespacedSecret({ namespace: stage.namespace, name });
  const encoded = Object.fromEntries(
    Object.entries(entries).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  await kube.core.replaceNamespacedSecret({
    namespace: stage.namespace,
    name,
    body: { ...secret, data: { ...secret.data, ...encoded } },
  });
}

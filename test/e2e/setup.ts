import { afterAll, beforeAll, expect } from 'vitest';
import { type Ground, rerunCommand, runDrill, Stage, summaryOf } from '../harness/drill.ts';
import { healAll } from '../harness/faults.ts';
import { openGround } from '../harness/ground.ts';
import { drillsNamed, topologyNamed } from '../harness/session.ts';
import type { Drill, System } from '../harness/systems.ts';

/** Past vitest's own reporter, which would hold the lines back until a test ends. */
const log = (line: string) => void process.stderr.write(`  ${line}\n`);

export interface OnCluster {
  /** Installs a topology before the tests of the describe block that calls this, and removes it after them. */
  stage(topology: string): () => Stage;
  drill(name: string): Drill;
  /** Runs a drill; fails with what was wrong, the namespace's state, and the command that runs just this case again. */
  passes(stage: Stage, name: string): Promise<void>;
}

/** To be called once, at the top of a test file. */
export function onCluster(system: System): OnCluster {
  let ground: (Ground & AsyncDisposable) | undefined;
  beforeAll(async () => {
    ground = await openGround(log);
  });
  afterAll(async () => {
    for (const failure of await healAll()) log(failure);
    await ground?.[Symbol.asyncDispose]();
  });

  const drill = (name: string): Drill => {
    const [found] = drillsNamed(system, [name]);
    if (!found) throw new Error(`no drill ${name}`);
    return found;
  };
  return {
    drill,
    stage(topology) {
      let stage: Stage | undefined;
      beforeAll(async () => {
        if (!ground) throw new Error('there is no cluster');
        stage = await Stage.open(ground, system, topologyNamed(system, topology));
      });
      afterAll(() => stage?.close());
      return () => {
        if (!stage) throw new Error(`${system.name} ${topology} is not installed`);
        return stage;
      };
    },
    async passes(stage, name) {
      const result = await runDrill(stage, drill(name));
      log(`${name}: ${summaryOf(result)}`);
      if (result.passed) return;
      const dump = await stage.ground.kube.dump(stage.namespace);
      expect.fail([summaryOf(result), dump, rerunCommand(result)].join('\n\n'));
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

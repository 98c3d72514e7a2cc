import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ground, rerunCommand, runDrill, Stage, summaryOf } from '../harness/drill.ts';
import { mysql } from '../harness/drills/mysql.ts';
import { healAll } from '../harness/faults.ts';
import { openGround } from '../harness/ground.ts';
import { drillsNamed, topologyNamed } from '../harness/session.ts';
import {
  appliesMigrationsOnce,
  growsVolumes,
  keepsErrantMembersOut,
  replacesLostVolume,
  rotatesPasswords,
  separatesReaders,
  servesOwnCertificate,
} from './mysql-operations.ts';

/** Past vitest's own reporter, which would hold the lines back until a test ends. */
const log = (line: string) => void process.stderr.write(`  ${line}\n`);

let ground: Ground & AsyncDisposable;
beforeAll(async () => {
  ground = await openGround(log);
});
afterAll(async () => {
  for (const failure of await healAll()) log(failure);
  await ground?.[Symbol.asyncDispose]();
});

/** Fails with what was wrong, the namespace's state, and the command that runs just this case again. */
async function passes(stage: Stage, name: string): Promise<void> {
  const [drill] = drillsNamed(mysql, [name]);
  if (!drill) throw new Error(`no drill ${name}`);
  const result = await runDrill(stage, drill);
  log(`${name}: ${summaryOf(result)}`);
  if (result.passed) return;
  expect.fail(
    [summaryOf(result), await ground.kube.dump(stage.namespace), rerunCommand(result)].join('\n\n'),
  );
}

describe('standalone', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(ground, mysql, topologyNamed(mysql, 'standalone'));
  });
  afterAll(() => stage?.close());

  test('helm test writes and reads', async () => {
    expect(await stage.release.test()).toContain('Succeeded');
  });

  test('negative control: a weakened server loses acknowledged writes, and the ledger sees it', async () => {
    const [control] = drillsNamed(mysql, ['control-standalone']);
    await stage.upgrade(control?.values ?? {});
    await passes(stage, 'control-standalone');
  });

  test('a certificate of one’s own is served, and TLS can be required', () => servesOwnCertificate(stage));
});

describe('group', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(ground, mysql, topologyNamed(mysql, 'group'));
  });
  afterAll(() => stage?.close());

  test('helm test writes to the primary and reads from every replica', async () => {
    expect(await stage.release.test()).toContain('Succeeded');
  });

  test.each(['kill', 'rolling', 'all'])('%s loses nothing that was acknowledged', (name) =>
    passes(stage, name),
  );

  test('the replicas’ Service leads to every secondary and not to the primary', () =>
    separatesReaders(stage));

  test('changed passwords are taken over by an upgrade, without a restart', () => rotatesPasswords(stage));

  test('a migration is applied once, and a changed one refused', () => appliesMigrationsOnce(stage));

  test('volumes are grown without a restart, or the wish refused', () => growsVolumes(stage));

  test('a member with transactions of its own stays out until it is told to copy', () =>
    keepsErrantMembersOut(stage));

  test('a member whose volume was lost comes back as a copy', () => replacesLostVolume(stage));
});

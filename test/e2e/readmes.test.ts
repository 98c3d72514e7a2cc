import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCharts } from '../harness/charts.ts';
import { commandsOfSection, Shell } from '../harness/commands.ts';
import type { Ground } from '../harness/drill.ts';
import { joinGround } from '../harness/ground.ts';
import { withTempDir } from '../harness/host.ts';
import { endpoints, endpointTable, shellSetup } from '../harness/install.ts';
import { repoRoot } from '../harness/paths.ts';
import { runPrinted } from './printed.ts';

/** The namespace of all READMEs. */
const namespace = 'team-a';

let ground: Ground;
let setup: string;

beforeAll(async () => {
  ground = await joinGround((line) => void process.stderr.write(`  readmes    ${line}\n`));
  setup = await shellSetup(ground.kube.kubeconfig);
  await removed();
});
afterAll(() => removed());

async function removed(): Promise<void> {
  await ground.kube.deleteNamespace(namespace).catch(() => undefined);
  await ground.kube.gone(namespace, ground.log);
}

const charts = loadCharts().filter(({ kind }) => kind !== 'library');

/** The umbrella first: its prompts and passwords are those of all systems. */
describe.each(charts.toSorted((a, b) => Number(b.kind === 'umbrella') - Number(a.kind === 'umbrella')))(
  '$name',
  ({ name, files }) => {
    const commands = commandsOfSection(files.get('README.md') ?? '', '## Install');

    test('what its README says installs and tests it; what it prints then works, and deletes all that it left', () =>
      withTempDir(async (dir) => {
        // As in a clone; helm packs dependencies into the charts.
        for (const part of ['charts', 'values']) {
          await cp(join(repoRoot, part), join(dir, part), {
            recursive: true,
            filter: (source) => !/\/charts\/[^/]+\/charts$/.test(source),
          });
        }
        const shell = new Shell(setup, dir);
        expect(commands.length).toBeGreaterThan(2);
        for (const command of commands) {
          ground.log(command);
          await shell.run(command);
        }
        const { stdout: notes } = await shell.run(`helm get notes ${name} -n ${namespace}`);
        await runPrinted(shell, notes);
        const table = endpointTable(await endpoints({ kubeconfig: ground.kube.kubeconfig }, namespace));
        await runPrinted(shell, table);

        await shell.run(`helm uninstall ${name} -n ${namespace} --wait`);
        const ours = `-n ${namespace} -l app.kubernetes.io/instance=${name} -o name`;
        const kept = await shell.run(`kubectl get pvc,secret ${ours}`);
        expect(kept.stdout).toMatch(/persistentvolumeclaim.*secret/s);
        for (const command of deletions(notes)) await shell.run(command);
        const left = await shell.run(`kubectl get all,pvc,secret,configmap ${ours}`);
        expect(left.stdout).toBe('');
      }));
  },
);

function deletions(notes: string): string[] {
  return [...notes.matchAll(/^\s+(kubectl delete .*)$/gm)].map(([, command = '']) => command);
}

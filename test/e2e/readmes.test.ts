import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { withTempDir } from '../harness/base/host.ts';
import { repoRoot } from '../harness/base/paths.ts';
import { report, reportTo } from '../harness/base/report.ts';
import { loadCharts } from '../harness/charts/charts.ts';
import { commandsIn, commandsOfSection, Shell } from '../harness/cluster/commands.ts';
import { endpoints, endpointTable, shellSetup } from '../harness/cluster/install.ts';
import { waitFor } from '../harness/cluster/kube.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import { runPrinted } from './printed.ts';

/** The namespace of all READMEs. */
const namespace = 'team-a';

let testCluster: TestCluster;
let setup: string;

beforeAll(async () => {
  reportTo((line) => void process.stderr.write(`  readmes    ${line}\n`));
  testCluster = await joinTestCluster();
  setup = await shellSetup(testCluster.kube.kubeconfig);
  await removed();
});
afterAll(() => removed());

async function removed(): Promise<void> {
  await testCluster.kube.deleteNamespace(namespace).catch(() => undefined);
  await testCluster.kube.gone(namespace);
}

const charts = loadCharts().filter(({ kind }) => kind !== 'library');

/** The umbrella first: its prompts and passwords are those of all systems. */
describe.each(charts.toSorted((a, b) => Number(b.kind === 'umbrella') - Number(a.kind === 'umbrella')))(
  '$name',
  ({ name, files }) => {
    const commands = commandsOfSection(files.get('README.md') ?? '', '## Install');
    const missing = inject('missing')[name];
    beforeEach(({ skip }) => {
      if (missing !== undefined) skip(missing);
    });

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
          report(command);
          await shell.run(command);
        }
        const { stdout: notes } = await shell.run(`helm get notes ${name} -n ${namespace}`);
        await runPrinted(shell, notes);
        // Apps are no systems that somebody connects to by hand.
        const table = endpointTable(await endpoints({ kubeconfig: testCluster.kube.kubeconfig }, namespace));
        if (commandsIn(table).length > 0) await runPrinted(shell, table);

        await shell.run(`helm uninstall ${name} -n ${namespace} --wait`);
        const ours = `-n ${namespace} -l app.kubernetes.io/instance=${name} -o name`;
        const kept = await shell.run(`kubectl get pvc,secret ${ours}`);
        const told = deletions(notes);
        for (const [kind, resource] of [
          ['pvc', 'persistentvolumeclaim'],
          ['secret', 'secret'],
        ] as const)
          if (told.some((command) => new RegExp(`\\b${kind}\\b`).test(command)))
            expect(kept.stdout).toContain(`${resource}/`);
        for (const command of told) await shell.run(command);
        // Helm does not wait for pods that a Deployment leaves to end by themselves.
        await waitFor(`nothing to be left of ${name}`, 90, async () => {
          const { stdout } = await shell.run(`kubectl get all,pvc,secret,configmap ${ours}`);
          return stdout === '' || stdout;
        });
      }));
  },
);

function deletions(notes: string): string[] {
  return [...notes.matchAll(/^\s+(kubectl delete .*)$/gm)].map(([, command = '']) => command);
}

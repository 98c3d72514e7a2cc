import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withTempDir } from '../harness/base/host.ts';
import { repoRoot } from '../harness/base/paths.ts';
import { report, reportTo } from '../harness/base/report.ts';
import { commandsIn, Shell } from '../harness/cluster/commands.ts';
import { shellSetup } from '../harness/cluster/install.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import { findEngine } from '../harness/images/engine.ts';
import { ensureRegistry } from '../harness/images/registry.ts';

/** A release to the clusters' registry, and what somebody without a clone does with it. */

const namespace = 'drill-release';
reportTo((line) => void process.stderr.write(`  release    ${line}\n`));

let testCluster: TestCluster;
let setup: string;
/** A path of this run's own: a version is pushed once. */
let place: string;

beforeAll(async () => {
  testCluster = await joinTestCluster();
  setup = await shellSetup(testCluster.kube.kubeconfig);
  const { address } = await ensureRegistry(await findEngine());
  place = `oci://${address}/release/${Date.now()}`;
  await removed();
});
afterAll(() => removed());

async function removed(): Promise<void> {
  await testCluster.kube.deleteNamespace(namespace).catch(() => undefined);
  await testCluster.kube.gone(namespace);
}

/** A clone whose commit is what stands here now. */
async function clone(dir: string): Promise<Shell> {
  const parts = ['charts', 'scripts', 'test', 'tools', 'package.json', 'package-lock.json', '.gitignore'];
  for (const part of parts) {
    const own = (source: string) => !/\/charts\/[^/]+\/charts$/.test(source);
    await cp(join(repoRoot, part), join(dir, part), { recursive: true, filter: own });
  }
  await symlink(join(repoRoot, 'node_modules'), join(dir, 'node_modules'));
  const shell = new Shell(setup, dir);
  await shell.run('git init --quiet; echo /node_modules >>.git/info/exclude; git add .');
  await shell.run('git -c user.name=test -c user.email=test@example.com commit --quiet -m charts');
  return shell;
}

test('npm run release pushes signed charts, once; one installs from the registry alone', () =>
  withTempDir(async (dir) => {
    const [here, elsewhere] = [join(dir, 'clone'), join(dir, 'elsewhere')];
    for (const each of [here, elsewhere]) await mkdir(each);
    const shell = await clone(here);
    // gpg's agent has a socket, whose path has to be short.
    const { stdout: home } = await shell.run('mktemp -d');
    const gpg = `export GNUPGHOME=${home.trim()}`;
    const release = `${gpg}; npm run release -- --registry ${place} --plain-http --sign release@example.com`;
    try {
      const key = "--quick-generate-key 'Release <release@example.com>' ed25519 sign never";
      await shell.run(`${gpg}; gpg --batch --quiet --passphrase '' ${key}`);
      await shell.run(`${gpg}; gpg --export >${join(elsewhere, 'keys.gpg')}`);
      const { stdout: told } = await shell.run(release);
      report(told.trim().split('\n').at(-1) ?? '');
      expect(told).toMatch(/^redis +\S+ +pushed: oci:.*\/redis$/m);
      await expect(shell.run(release)).rejects.toThrow(/error: .* has every chart as it is here/);
    } finally {
      await shell.run(`${gpg}; gpgconf --kill all; rm -r "$GNUPGHOME"`);
    }

    const user = new Shell(setup, elsewhere);
    const where = `--namespace ${namespace}`;
    await user.run(`helm install mine ${place}/redis --plain-http ${where} --create-namespace --wait`);
    const { stdout: tested } = await user.run(`helm test mine ${where}`);
    expect(tested).toContain('Phase:          Succeeded');
    const { stdout: notes } = await user.run(`helm get notes mine ${where}`);
    expect(commandsIn(notes).length).toBeGreaterThan(0);

    const { stdout: umbrella } = await user.run(
      `helm template all ${place}/ballast --plain-http --set mysql.enabled=true,kafka.enabled=true`,
    );
    expect(umbrella).toMatch(/name: all-kafka.*name: all-mysql/s);
    const { stdout: pulled } = await user.run(
      `helm pull ${place}/ballast --plain-http --verify --keyring keys.gpg`,
    );
    expect(pulled).toContain('Signed by: Release <release@example.com>');
  }));

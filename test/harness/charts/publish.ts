import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { which } from 'zx/core';
import { messageOf, UserError } from '../base/errors.ts';
import { $, ExecError, type ExecResult } from '../base/exec.ts';
import { withTempDir } from '../base/host.ts';
import { type Chart, closure, loadCharts } from './charts.ts';
import { type HelmResult, helm } from './helm.ts';

/** Where charts go, from which clone, and how. */
export interface Publication {
  /** The clone whose HEAD is released. */
  root: string;
  /** oci://HOST/PATH; each chart becomes a repository below it. Without one nothing can be pushed. */
  registry?: string;
  /** The registry has no TLS. */
  plainHttp?: boolean;
  /** Packages are left in dist/ of the clone; nothing is pushed, no tag is made. */
  dryRun?: boolean;
  sign?: Signature;
}

/** Whose provenance goes with the packages. */
interface Signature {
  /** A secret key of gpg's, named as gpg takes it: address, name or fingerprint. */
  key: string;
  passphraseFile?: string;
}

/**
 * Releases every chart of a clone's HEAD, dependencies inside, innermost first. All is packaged before the first is pushed, and each that is
 * pushed gets the tag NAME-VERSION, so that the same command goes on where it was interrupted. Prints a line per chart. Throws UserError where a
 * release would be wrong: see the refusals in publish.test.ts.
 */
export async function publish(publication: Publication, print: (line: string) => void): Promise<void> {
  const { root, registry, dryRun = false } = publication;
  if (
    registry === undefined ? !dryRun : !/^oci:\/\/[^/\s]+(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/.test(registry)
  ) {
    throw new UserError(
      registry === undefined ? '--registry is missing' : `--registry ${registry} is no place for charts`,
      'write --registry oci://HOST/PATH, the path in lower case',
    );
  }
  await requireCleanTree(root);
  await withTempDir(async (dir) => {
    const charts = await committedCharts(root, dir);
    const known = await unchangedSinceTag(root, charts);
    const present = await alreadyPushed(publication, charts, known);
    const left = charts.filter((chart) => !present.has(chart));
    if (left.length === 0)
      throw new UserError(`${registry} has every chart as it is here`, 'change one, and its version, first');
    await vendorDependencies(charts);

    const out = dryRun ? join(root, 'dist') : join(dir, 'dist');
    await mkdir(out, { recursive: true });
    const signing = await signingArguments(publication.sign, join(dir, 'keys'));
    const packages = new Map<Chart, string>();
    for (const chart of left) packages.set(chart, await pack(chart, out, signing));

    const tagged: string[] = [];
    for (const chart of charts) {
      const line = (what: string) => print(`${chart.name.padEnd(10)} ${chart.metadata.version}  ${what}`);
      const path = packages.get(chart);
      if (path === undefined) line(`is there, and unchanged since tag ${tagOf(chart)}`);
      else if (dryRun || registry === undefined) line(`packaged: dist/${basename(path)}`);
      else {
        if (!known.has(chart)) tagged.push(tagOf(chart));
        await push(path, publication, known.has(chart) ? undefined : tagOf(chart));
        line(`pushed: ${registry}/${chart.name}`);
      }
    }
    if (tagged.length > 0) print(`tags to share: git push origin ${tagged.join(' ')}`);
  });
}

const tagOf = ({ name, metadata }: Chart): string => `${name}-${metadata.version}`;
const namesOf = (charts: readonly Chart[]): string => charts.map(({ name }) => name).join(', ');
const chartYaml = (charts: readonly Chart[]): string =>
  charts.map(({ dir }) => `charts/${basename(dir)}/Chart.yaml`).join(', ');

/** The last line of what a program complained of. */
const complaintOf = (stderr: string): string =>
  (stderr.trim().split('\n').at(-1) ?? '').replace(/^Error: /, '');

/** Runs helm; where it refuses, throws UserError with its complaint. */
async function helmMust(args: readonly string[], what: string, fix: string): Promise<HelmResult> {
  const result = await helm(args);
  if (result.status !== 0) throw new UserError(`${what} (${complaintOf(result.stderr)})`, fix);
  return result;
}

/** Awaits a program; when it fails, throws UserError with its complaint. */
async function must(program: Promise<ExecResult>, what: string, fix: string): Promise<ExecResult> {
  try {
    return await program;
  } catch (error) {
    const complaint = error instanceof ExecError ? complaintOf(error.stderr) : '';
    throw new UserError(`${what} (${complaint || messageOf(error)})`, fix, { cause: error });
  }
}

function git(root: string, args: readonly string[]): Promise<ExecResult> {
  return must($({ cwd: root })`git ${args}`, `git ${args[0]} failed in ${root}`, 'release from a clone');
}

async function requireCleanTree(root: string): Promise<void> {
  const { stdout } = await git(root, ['status', '--porcelain']);
  const changed = stdout.split('\n').filter((line) => line !== '');
  if (changed.length === 0) return;
  const more = changed.length > 1 ? ` and ${changed.length - 1} more` : '';
  throw new UserError(
    `the working tree differs from its commit (${changed[0]?.slice(3)}${more})`,
    'commit or stash what changed: a release is made of a commit',
  );
}

/** The charts as they were committed, innermost first: what git ignores stays out of the packages. */
async function committedCharts(root: string, dir: string): Promise<Chart[]> {
  const archive = join(dir, 'charts.tar');
  await git(root, ['archive', '--output', archive, 'HEAD', 'charts']);
  await $`tar -xf ${archive} -C ${dir}`;
  const all = loadCharts(join(dir, 'charts')).flatMap((chart) => closure(chart));
  return [...new Map(all.map((chart) => [chart.name, chart])).values()];
}

/** The charts that have their version's tag. Throws UserError when one of them is another now. */
async function unchangedSinceTag(root: string, charts: readonly Chart[]): Promise<ReadonlySet<Chart>> {
  const { stdout } = await git(root, ['tag', '--list']);
  const tags = new Set(stdout.split('\n'));
  const known = charts.filter((chart) => tags.has(tagOf(chart)));
  const changed: Chart[] = [];
  for (const chart of known) {
    const range = [`refs/tags/${tagOf(chart)}`, 'HEAD', '--', `charts/${basename(chart.dir)}`];
    const diff = await git(root, ['diff', '--name-only', ...range]);
    if (diff.stdout !== '') changed.push(chart);
  }
  if (changed.length > 0) {
    throw new UserError(
      `changed since ${changed.map(tagOf).join(', ')} without a new version`,
      `raise version in ${chartYaml(changed)}`,
    );
  }
  return new Set(known);
}

const plain = (plainHttp = false): string[] => (plainHttp ? ['--plain-http'] : []);

/** The charts whose version the registry has. Throws UserError for one that no tag vouches for: it may be another. */
async function alreadyPushed(
  { registry, plainHttp }: Publication,
  charts: readonly Chart[],
  known: ReadonlySet<Chart>,
): Promise<ReadonlySet<Chart>> {
  if (registry === undefined) return new Set();
  const present: Chart[] = [];
  for (const chart of charts) {
    const { name, metadata } = chart;
    const args = [`${registry}/${name}`, '--version', metadata.version, ...plain(plainHttp)];
    const { status, stderr } = await helm(['show', 'chart', ...args]);
    if (status === 0) present.push(chart);
    else if (!/not found|name unknown|manifest unknown/i.test(stderr)) {
      throw new UserError(
        `${registry} can't be asked for ${tagOf(chart)} (${complaintOf(stderr)})`,
        'check its address, or log in by helm registry login',
      );
    }
  }
  const unknown = present.filter((chart) => !known.has(chart));
  if (unknown.length > 0) {
    throw new UserError(
      `${registry} has ${unknown.map(tagOf).join(', ')} already, and no tag here says from which commit`,
      `git fetch --tags, or raise version in ${chartYaml(unknown)}`,
    );
  }
  return new Set(present);
}

/** Packs each chart's dependencies into it, as its Chart.lock says. */
async function vendorDependencies(charts: readonly Chart[]): Promise<void> {
  const dependent = charts.filter(({ dependencies }) => dependencies.length > 0);
  const unlocked = dependent.filter(({ files }) => !files.has('Chart.lock'));
  if (unlocked.length > 0)
    throw new UserError(`${namesOf(unlocked)} has no Chart.lock`, 'run helm dependency update and commit it');
  for (const { name, dir } of dependent) {
    await helmMust(
      ['dependency', 'build', '--skip-refresh', dir],
      `charts/${basename(dir)}/Chart.lock is stale, or names a version of ${name}'s neighbours that is not here`,
      `correct dependencies in its Chart.yaml, run helm dependency update charts/${basename(dir)} and commit`,
    );
  }
}

/** `helm package`; gives the package's path. */
async function pack(chart: Chart, out: string, signing: readonly string[]): Promise<string> {
  await helmMust(
    ['package', chart.dir, '--destination', out, ...signing],
    `helm can't package ${chart.name}${signing.length > 0 ? ' with a signature' : ''}`,
    signing.length > 0 ? 'name the passphrase by --passphrase-file FILE if the key has one' : 'see helm lint',
  );
  return join(out, `${chart.name}-${chart.metadata.version}.tgz`);
}

/** Pushes a package. A tag is made before, so that none is missing where this is interrupted, and taken back where the registry refuses. */
async function push(
  path: string,
  { root, registry = '', plainHttp }: Publication,
  tag: string | undefined,
): Promise<void> {
  if (tag !== undefined) await git(root, ['tag', '--no-sign', tag, 'HEAD']);
  try {
    await helmMust(
      ['push', path, registry, ...plain(plainHttp)],
      `${basename(path)} can't be pushed to ${registry}`,
      'check that you may write there (helm registry login), then run again: it goes on with this chart',
    );
  } catch (error) {
    if (tag !== undefined) await git(root, ['tag', '--delete', tag]);
    throw error;
  }
}

/** Helm reads no keybox of gpg's: it gets the one key in a file of its own, in `dir`, which nobody else may read. */
async function signingArguments(sign: Signature | undefined, dir: string): Promise<string[]> {
  if (sign === undefined) return [];
  const { key, passphraseFile } = sign;
  if (which.sync('gpg', { nothrow: true }) === null)
    throw new UserError('gpg is not on PATH, and has the key for --sign', 'install gnupg');
  await mkdir(dir, { mode: 0o700 });
  const keyring = join(dir, 'secring.gpg');
  const list = await must(
    $`gpg --batch --with-colons --list-secret-keys ${key}`,
    `gpg has no secret key ${key}`,
    'see gpg --list-secret-keys',
  );
  const passphrase = passphraseFile === undefined ? [] : ['--passphrase-file', passphraseFile];
  const asking =
    passphraseFile === undefined ? ['--pinentry-mode', 'cancel'] : ['--pinentry-mode', 'loopback'];
  await must(
    $`gpg --batch ${asking} ${passphrase} --output ${keyring} --export-secret-keys ${key}`,
    `gpg does not give the secret key ${key} away`,
    'name the passphrase by --passphrase-file FILE if the key has one',
  );
  return ['--sign', '--key', userIdOf(list.stdout), '--keyring', keyring, ...passphrase];
}

/** The first user id of what `gpg --with-colons` lists: what helm knows a key by. */
export function userIdOf(listing: string): string {
  const [, id = ''] = /^uid:(?:[^:]*:){8}([^:]*):/m.exec(listing) ?? [];
  return id.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

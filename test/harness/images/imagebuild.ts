import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, UserError } from '../base/errors.ts';
import { $ } from '../base/exec.ts';
import { contentKey, ensurePrograms, readHost } from '../base/host.ts';
import { cacheRoot } from '../base/paths.ts';

/** The part of an OCI image configuration that our recipes use. */
export interface ImageConfig {
  User?: string;
  Env?: readonly string[];
  Entrypoint?: readonly string[];
  Cmd?: readonly string[];
  WorkingDir?: string;
  StopSignal?: string;
  Volumes?: Readonly<Record<string, object>>;
  ExposedPorts?: Readonly<Record<string, object>>;
  Labels?: Readonly<Record<string, string>>;
}

export interface ImageSpec {
  tag: string;
  /** Tar files, lowest first. Images in one archive share equal layers. */
  layers: readonly string[];
  config: ImageConfig;
}

export interface DebianRecipe {
  suite: 'trixie' | 'sid';
  packages: readonly string[];
  /** Shell script run on this machine with the root file system as $1, before it is packed. */
  setup?: string;
  /** What that script finds in its environment. */
  env?: Readonly<Record<string, string>>;
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** This machine's architecture as images name it. */
function architecture(): string {
  return architectures[process.arch] ?? process.arch;
}

/** Makes a layer from Debian packages. Its archives are kept in the cache for the next image. */
export async function debianLayer(out: string, recipe: DebianRecipe): Promise<void> {
  const host = readHost();
  if (!host.root) throw new UserError('only root can make a Debian root file system', 'run as root');
  await ensurePrograms({ mmdebstrap: 'mmdebstrap' }, host);
  const archives = join(cacheRoot, 'apt', recipe.suite);
  await mkdir(archives, { recursive: true });
  const inRoot = '"$1/var/cache/apt/archives"';
  // Links: nothing is copied, and who makes a layer at the same time sees whole files only. One that fails costs a download: most often, the package is there already.
  const linkAll = (from: string, to: string) =>
    `for deb in ${from}/*.deb; do ln "$deb" ${to}/ 2>/dev/null || true; done`;
  const args = [
    '--quiet',
    '--variant=minbase',
    '--mode=root',
    `--include=${recipe.packages.join(',')}`,
    // A mirror that is a snapshot may be past its date; signatures are still checked.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    '--dpkgopt=path-exclude=/usr/share/info/*',
    '--skip=download/empty',
    '--skip=essential/unlink',
    `--setup-hook=mkdir -p ${inRoot}; ${linkAll(`"${archives}"`, inRoot)}`,
    `--customize-hook=${linkAll(inRoot, `"${archives}"`)}`,
    // Java's packages link manual pages from there, whether these are left out or not.
    '--essential-hook=mkdir -p "$1/usr/share/man/man1"',
    ...(recipe.setup === undefined ? [] : [`--customize-hook=sh -eu "${recipe.setup}" "$1"`]),
    recipe.suite,
    out,
  ];
  try {
    await $({ env: { ...recipe.env, TMPDIR: dirname(out) }, timeout: 1_800_000 })`mmdebstrap ${args}`;
  } catch (error) {
    throw new UserError(
      `making a Debian ${recipe.suite} root file system failed (${messageOf(error).split('\n').slice(-3).join(' ')})`,
      'check that the Debian mirror can be reached, then run again',
      { cause: error },
    );
  }
}

/** Makes a layer from files of this machine; `files` maps a path in the image to a file here. */
export async function fileLayer(
  out: string,
  files: Readonly<Record<string, string>>,
  temp: string,
): Promise<void> {
  const root = join(temp, `layer-${contentKey(out)}`);
  for (const [path, source] of Object.entries(files)) {
    await $`install -D -m 755 ${source} ${join(root, path)}`;
  }
  await pack(root, out);
}

/** Packs a directory so that the same files make the same layer. */
async function pack(root: string, out: string): Promise<void> {
  const same = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--sort=name'];
  await $`tar ${same} -C ${root} -cf ${out} .`;
}

/**
 * Makes a layer from a Maven project: the jars that its pom.xml names and those that they need, and its own where it has sources (src/),
 * all in `directory` of the image.
 */
export async function mavenLayer(
  out: string,
  project: string,
  directory: string,
  temp: string,
): Promise<void> {
  const compiled = existsSync(join(project, 'src'));
  await ensurePrograms({ mvn: 'maven', ...(compiled ? { javac: 'default-jdk-headless' } : {}) }, readHost());
  const root = join(temp, `layer-${contentKey(out)}`);
  // A copy: what Maven makes must not lie in the sources.
  const copy = join(temp, 'project');
  await cp(project, copy, { recursive: true });
  const goals = [
    ...(compiled ? ['package'] : []),
    'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
  ];
  const options = [`-DoutputDirectory=${join(root, directory)}`, '-DincludeScope=runtime'];
  try {
    await $({
      timeout: 900_000,
    })`mvn --batch-mode --quiet --file ${join(copy, 'pom.xml')} ${goals} ${options}`;
  } catch (error) {
    const said = messageOf(error);
    throw new UserError(
      `Maven could not make ${project} (${said.split('\n').find((line) => line.includes('ERROR')) ?? said})`,
      compiled
        ? 'mend its sources, or check that Maven Central can be reached'
        : 'check that Maven Central can be reached, then run again',
      { cause: error },
    );
  }
  if (compiled) {
    for (const jar of (await readdir(join(copy, 'target'))).filter((name) => name.endsWith('.jar')))
      await cp(join(copy, 'target', jar), join(root, directory, jar));
  }
  await pack(root, out);
}

/** Writes images as one archive that `docker load`, `podman load`, `nerdctl load` and `ctr images import` read. */
export async function writeImageArchive(
  out: string,
  images: readonly ImageSpec[],
  temp: string,
): Promise<void> {
  const installation = join(temp, `archive-${contentKey(out)}`);
  await mkdir(installation, { recursive: true });
  const digests = new Map<string, string>();
  for (const layer of new Set(images.flatMap(({ layers }) => layers))) {
    const digest = await fileDigest(layer);
    digests.set(layer, digest);
    // No hard link: another image with this layer may be in the making, and tar takes a file that gets a link for one that changed.
    await symlink(layer, join(installation, `${digest}.tar`)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  const manifest: { Config: string; RepoTags: string[]; Layers: string[] }[] = [];
  for (const { tag, layers, config } of images) {
    const layerDigests = layers.map((layer) => digests.get(layer) ?? '');
    const text = imageConfig(config, layerDigests);
    const name = `${createHash('sha256').update(text).digest('hex')}.json`;
    await writeFile(join(installation, name), text);
    manifest.push({ Config: name, RepoTags: [tag], Layers: layerDigests.map((digest) => `${digest}.tar`) });
  }
  await writeFile(join(installation, 'manifest.json'), JSON.stringify(manifest));
  await $`tar --dereference -C ${installation} -cf ${out} .`;
}

/** The image configuration document: see the OCI image specification. */
export function imageConfig(config: ImageConfig, layerDigests: readonly string[]): string {
  const created = '1970-01-01T00:00:00Z';
  return JSON.stringify({
    created,
    architecture: architecture(),
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layerDigests.map((digest) => `sha256:${digest}`) },
    history: layerDigests.map(() => ({ created, created_by: 'ballast' })),
  });
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

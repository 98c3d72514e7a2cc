import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $ } from '../base/exec.ts';
import {
  contentKey,
  directoryKey,
  ensurePrograms,
  readHost,
  refuseInTests,
  reporting,
  requireSpace,
  withLock,
  withTempDir,
} from '../base/host.ts';
import { repoRoot } from '../base/paths.ts';
import { report } from '../base/report.ts';
import type { Engine } from './engine.ts';
import { debianLayer, fileLayer, type ImageSpec, writeImageArchive } from './imagebuild.ts';
import { pull } from './images.ts';
import { type GoModule, goPrograms, moduleDir, pinned } from './tools.ts';

/** What kind starts its nodes from. */
export interface NodeImage {
  ref: string;
  /** Ours, as opposed to the one that kind publishes. */
  built: boolean;
}

const repository = 'ballast.dev/node';
const recipe = join(repoRoot, 'images', 'node');
const modules: readonly GoModule[] = ['kubernetes', 'etcd', 'coredns', 'local-path-provisioner', 'kind'];
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a node needs besides Kubernetes: kind's own image has the same. */
const nodePackages = [
  ...[
    'systemd',
    'dbus',
    'conntrack',
    'iptables',
    'nftables',
    'iproute2',
    'ethtool',
    'util-linux',
    'mount',
    'kmod',
  ],
  ...['libseccomp2', 'pigz', 'e2fsprogs', 'ca-certificates', 'curl', 'jq', 'procps', 'ipset'],
  ...['containerd', 'runc', 'containernetworking-plugins'],
];
const agentPackages = ['iptables', 'conntrack', 'iproute2', 'kmod', 'catatonit'];

/** Gets kind's published node image of the pinned Kubernetes version, or builds one where no registry has it. */
export async function ensureNodeImage(engine: Engine): Promise<NodeImage> {
  const { version } = await pinned('kubernetes');
  const published = `docker.io/kindest/node:${version}`;
  if (await exists(engine, published)) return { ref: published, built: false };
  const ref = `${repository}:${version}-${await nodeKey()}`;
  if (await exists(engine, ref)) return { ref, built: true };
  refuseInTests(`the node image ${ref}`);
  const refused = await pull(engine, published);
  if (refused === undefined) return { ref: published, built: false };
  report(`${published} can't be pulled (${refused}): building a node image`);
  await withLock('node-image', async () => {
    if (!(await exists(engine, ref))) await build(engine, ref, version);
  });
  return { ref, built: true };
}

async function exists(engine: Engine, ref: string): Promise<boolean> {
  return engine.run(['image', 'inspect', ref]).then(
    () => true,
    () => false,
  );
}

async function nodeKey(): Promise<string> {
  const pins = await Promise.all(
    modules.map((module) => readFile(join(repoRoot, 'tools', module, 'go.mod'))),
  );
  const host = readHost();
  return contentKey(
    await directoryKey(recipe),
    ...pins,
    ...nodePackages,
    ...agentPackages,
    process.arch,
    String(host.cgroupV2),
  );
}

async function build(engine: Engine, ref: string, version: string): Promise<void> {
  await requireSpace(8, 'building the node image');
  await ensurePrograms({ jq: 'jq' }, readHost());
  const kubernetes = await goPrograms('kubernetes');
  const etcd = await goPrograms('etcd');
  const coredns = await goPrograms('coredns');
  const provisioner = await goPrograms('local-path-provisioner');
  const kindFiles = join(await moduleDir('kind'), 'images', 'base', 'files');
  const { stdout } = await $`${kubernetes}/kubeadm config images list --kubernetes-version ${version}`;
  const names = stdout.trim().split('\n');
  const named = (name: string): string => {
    const tag = names.find((candidate) => candidate.includes(`/${name}:`));
    if (tag === undefined) throw new Error(`kubeadm ${version} names no ${name} image`);
    return tag;
  };

  await withTempDir(async (temp) => {
    const agentLayer = join(temp, 'agent.tar');
    await reporting('making the node agents’ root file system', () =>
      debianLayer(agentLayer, { suite: 'trixie', packages: agentPackages }),
    );
    let layers = 0;
    const withPrograms = async (
      tag: string,
      files: Readonly<Record<string, string>>,
      base: readonly string[],
      entrypoint: readonly string[],
    ): Promise<ImageSpec> => {
      const layer = join(temp, `programs-${layers++}.tar`);
      await fileLayer(layer, files, temp);
      return { tag, layers: [...base, layer], config: { Env: [path], Entrypoint: entrypoint } };
    };
    const program = (name: string, source: string): Promise<ImageSpec> =>
      withPrograms(named(name), { [`usr/local/bin/${name}`]: source }, [], [`/usr/local/bin/${name}`]);

    const onEveryNode = [
      { tag: named('pause'), layers: [agentLayer], config: { Entrypoint: ['/usr/bin/catatonit', '-P'] } },
      await withPrograms(
        'ballast.dev/node-agent:local',
        {
          'usr/local/bin/podnet': join(recipe, 'podnet.sh'),
          'usr/local/bin/kubectl': join(kubernetes, 'kubectl'),
        },
        [agentLayer],
        [],
      ),
      await withPrograms(
        named('kube-proxy'),
        { 'usr/local/bin/kube-proxy': join(kubernetes, 'kube-proxy') },
        [agentLayer],
        [],
      ),
    ];
    const onControlPlane = [
      ...(await Promise.all(
        ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) =>
          program(name, join(kubernetes, name)),
        ),
      )),
      await program('etcd', join(etcd, 'server')),
      await withPrograms(named('coredns'), { coredns: join(coredns, 'coredns') }, [], ['/coredns']),
      await withPrograms(
        'ballast.dev/local-path-provisioner:local',
        { 'usr/local/bin/local-path-provisioner': join(provisioner, 'local-path-provisioner') },
        [],
        ['/usr/local/bin/local-path-provisioner'],
      ),
    ];
    const archives = join(temp, 'images');
    await mkdir(archives);
    await writeImageArchive(join(archives, 'node.tar'), onEveryNode, temp);
    await writeImageArchive(join(archives, 'control-plane.tar'), onControlPlane, temp);

    const setup = join(temp, 'setup.sh');
    await copyFile(join(recipe, 'setup.sh'), setup);
    const layer = join(temp, 'node.tar');
    await reporting('making the node’s root file system', () =>
      debianLayer(layer, {
        suite: 'trixie',
        packages: nodePackages,
        setup,
        env: {
          KIND_FILES: kindFiles,
          KUBERNETES: kubernetes,
          RECIPE: recipe,
          IMAGES: archives,
          VERSION: version,
          PAUSE_IMAGE: named('pause'),
        },
      }),
    );
    // systemd 257 refuses cgroup v1 unless told so by what it takes for the kernel's command line.
    const legacy =
      'SYSTEMD_PROC_CMDLINE=systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1';
    const archive = join(temp, 'node-image.tar');
    const config = {
      Env: [path, 'container=docker', ...(readHost().cgroupV2 ? [] : [legacy])],
      Entrypoint: ['/usr/local/bin/entrypoint', '/sbin/init'],
      StopSignal: 'SIGRTMIN+3',
    };
    await reporting(`loading the node image into ${engine.name}`, async () => {
      await writeImageArchive(archive, [{ tag: ref, layers: [layer], config }], temp);
      await engine.run(['load', '-i', archive], { timeout: 1_200_000 });
    });
  });
  await removeOlder(engine, ref);
}

/** Node images are large. Those of older recipes go, except where a cluster still runs on one. */
async function removeOlder(engine: Engine, current: string): Promise<void> {
  const { stdout } = await engine.run(['images', '--format', '{{.Repository}}:{{.Tag}}']);
  const older = stdout.split('\n').filter((tag) => tag.startsWith(`${repository}:`) && tag !== current);
  for (const tag of older) await engine.run(['rmi', tag]).catch(() => undefined);
}

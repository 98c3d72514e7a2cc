import { reporting, waitFor, withLock } from '../base/host.ts';
import type { Engine } from './engine.ts';

/** A registry of our own on kind's network, the same for all our clusters: nodes pull from it under upstream names. */
export interface Registry {
  /** Where this machine pushes to: host:port. */
  address: string;
}

export const registryImage = 'docker.io/library/registry:3';
const container = 'ballast-registry';
/** kind makes this network with the first cluster. */
const network = 'kind';
const port = 5000;

/** containerd's hosts.toml for every upstream registry: ours is asked first, then the upstream itself. */
export const mirrorHosts = `[host."http://${container}:${port}"]
capabilities = ["pull", "resolve"]
`;

/** Starts the registry unless it answers. A container that is left over and dead, whatever the engine says of it, is replaced. */
export async function ensureRegistry(engine: Engine): Promise<Registry> {
  return withLock('registry', async () => {
    const running = await published(engine);
    if (running !== undefined && (await answers(running))) return { address: running };
    await engine.run(['rm', '--force', container]).catch(() => undefined);
    await engine.run([
      ...['run', '--detach', '--name', container, '--network', network, '--restart', 'no'],
      ...['--publish', `127.0.0.1::${port}`, '--volume', `${container}:/var/lib/registry`],
      ...['--env', 'OTEL_TRACES_EXPORTER=none', '--label', 'dev.ballast=registry', registryImage],
    ]);
    const address = await published(engine);
    if (address === undefined) throw new Error(`${container} publishes no port`);
    await waitFor(
      'the image registry to answer',
      30,
      async () => (await answers(address)) || `no answer from ${address}`,
    );
    return { address };
  });
}

/** Removes the registry and what was pushed to it. */
export async function removeRegistry(engine: Engine): Promise<void> {
  await engine.run(['rm', '--force', container]).catch(() => undefined);
  await engine.run(['volume', 'rm', '--force', container]).catch(() => undefined);
}

async function published(engine: Engine): Promise<string | undefined> {
  const answer = await engine.run(['port', container, `${port}/tcp`]).catch(() => undefined);
  return answer?.stdout.trim().split('\n')[0] || undefined;
}

async function answers(address: string): Promise<boolean> {
  return fetch(`http://${address}/v2/`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** The path and tag under which a mirror is asked for an image. */
export function repositoryOf(ref: string): { name: string; tag: string } {
  const [path = '', tag = 'latest'] = ref.slice(ref.indexOf('/') + 1).split(':');
  return { name: path, tag };
}

/** Pushes an image of the engine's store, unless the registry has that very one. Gives whether it had to. */
export async function pushImage(
  engine: Engine,
  registry: Registry,
  ref: string,
  id: string,
): Promise<boolean> {
  const { name, tag } = repositoryOf(ref);
  if (await has(registry, name, tag, id)) return false;
  const target = `${registry.address}/${name}:${tag}`;
  await reporting(`pushing ${ref} to the clusters' registry`, async () => {
    const insecure = { docker: [], podman: ['--tls-verify=false'], nerdctl: ['--insecure-registry'] }[
      engine.name
    ];
    await engine.run(['tag', ref, target]);
    await engine.run(['push', ...insecure, target], { timeout: 1_200_000 });
    await engine.run(['rmi', target]);
  });
  return true;
}

async function has(registry: Registry, name: string, tag: string, id: string): Promise<boolean> {
  const response = await fetch(`http://${registry.address}/v2/${name}/manifests/${tag}`, {
    headers: {
      accept: [
        'application/vnd.docker.distribution.manifest.v2+json',
        'application/vnd.oci.image.manifest.v1+json',
        'application/vnd.oci.image.index.v1+json',
      ].join(', '),
    },
  });
  if (!response.ok) return false;
  const manifest = (await response.json()) as { config?: { digest?: string } };
  // An engine names an image by its configuration's digest or, with containerd's store, by its manifest's.
  return [manifest.config?.digest, response.headers.get('docker-content-digest')].includes(`sha256:${id}`);
}

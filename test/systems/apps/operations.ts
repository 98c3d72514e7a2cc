import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { V1ConfigMap, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { build } from 'esbuild';
import { isReady, type Kube, nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Values } from '../../harness/drill/types.ts';

const bundleName = 'app-bundle';

/** The ConfigMap with the app of server.ts, as one file with all that it needs. */
export async function bundleFor(namespace: string): Promise<V1ConfigMap> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'server.ts')],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    write: false,
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (!file) throw new Error('esbuild made nothing of the app');
  const data = gzipSync(file.contents, { level: 9 }).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: bundleName, namespace },
    binaryData: { 'server.js.gz': data },
  };
}

const start =
  "new (require('module'))('server')._compile(require('zlib').gunzipSync(require('fs').readFileSync('/bundle/server.js.gz')).toString(), '/bundle/server.js')";

/** Runs server.ts, as values of charts/apps. */
export const serverApp: Values = {
  command: ['node', '-e', start],
  migrate: ['node', '-e', start, 'migrate'],
  extraVolumes: [{ name: 'bundle', configMap: { name: bundleName } }],
  extraVolumeMounts: [{ name: 'bundle', mountPath: '/bundle', readOnly: true }],
};

/**
 * A client that asks an app without pause, each time by a new connection, and counts what it was answered. Where something stands before the app, AS is
 * the host that the client wants there, and CA the authority of its certificate, where it has one.
 */
const loadSource = `
const http = require('http');
const { get } = process.env.CA ? require('https') : http;
const as = process.env.AS && { headers: { host: process.env.AS }, servername: process.env.AS, ca: process.env.CA };
const seen = { ok: 0, failed: 0, versions: {}, errors: {} };
function ask() {
  const asked = { host: process.env.IM_HOST, port: process.env.IM_PORT, path: '/visit', agent: false, timeout: 10000, ...as };
  const started = get(asked, (answer) => {
    let text = '';
    answer.on('data', (part) => (text += part));
    answer.on('end', () => {
      if (answer.statusCode !== 200) return failed(answer.statusCode + ' ' + text.slice(0, 100));
      const { version } = JSON.parse(text);
      seen.ok++;
      seen.versions[version] = (seen.versions[version] || 0) + 1;
      setTimeout(ask, 5);
    });
    answer.on('error', failed);
  });
  started.on('timeout', () => started.destroy(new Error('no answer in 10 s')));
  started.on('error', failed);
}
function failed(why) {
  seen.failed++;
  seen.errors[String(why)] = (seen.errors[String(why)] || 0) + 1;
  setTimeout(ask, 5);
}
http.createServer((request, answer) => {
  if (request.url === '/start') for (let i = 0; i < 4; i++) ask();
  answer.end(JSON.stringify(seen));
}).listen(8080);
`;

export const loadApp: Values = {
  uses: ['im'],
  command: ['node', '/app/load.js'],
  files: { '/app/load.js': loadSource },
};

export interface Seen {
  ok: number;
  failed: number;
  versions: Record<string, number>;
  errors: Record<string, number>;
}

/** The pods of an app, by its name. */
export const podsOf = (kube: Kube, namespace: string, app: string): Promise<V1Pod[]> =>
  kube.pods(namespace, `app.kubernetes.io/name=apps,app.kubernetes.io/component=${app}`);

/** Asks the first ready pod of an app for a page, which may take so many seconds. */
export async function ask<T>(
  kube: Kube,
  namespace: string,
  app: string,
  path: string,
  seconds = 15,
): Promise<T> {
  const pod = (await podsOf(kube, namespace, app)).find(isReady);
  if (!pod) throw new Error(`no pod of ${app} is ready`);
  return kube.podRequest<T>({ namespace, pod: nameOf(pod), port: 8080 }, 'GET', path, { seconds });
}

/** Waits until the container of an app's pod has ended, and tells how. */
export async function ended(kube: Kube, namespace: string, app: string): Promise<V1ContainerStatus> {
  let last: V1ContainerStatus | undefined;
  await waitFor(`the container of ${app} to end`, 120, async () => {
    const [pod] = await podsOf(kube, namespace, app);
    last = pod?.status?.containerStatuses?.find(({ name }) => name === 'app');
    return last?.lastState?.terminated ? true : `restarts ${last?.restartCount}`;
  });
  if (!last) throw new Error(`${app} has no container`);
  return last;
}

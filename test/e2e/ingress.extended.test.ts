import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { repoRoot } from '../harness/base/paths.ts';
import { report, reportTo } from '../harness/base/report.ts';
import { switchedOff } from '../harness/charts/charts.ts';
import { ensureAddons } from '../harness/cluster/addons.ts';
import { isReady, nameOf, waitFor } from '../harness/cluster/kube.ts';
import { Release } from '../harness/cluster/release.ts';
import type { TestCluster } from '../harness/drill/drill.ts';
import { joinTestCluster } from '../harness/drill/testcluster.ts';
import type { Values } from '../harness/drill/types.ts';
import { ask, loadApp, podsOf, type Seen } from '../systems/apps/operations.ts';
import { ownCertificate } from './certificate.ts';

/** What stands behind Traefik, written as docs/apps.md and docs/web.md tell to: an app by an Ingress and by an HTTPRoute, and the guest book by an Ingress. */

const namespace = 'drill-ingress';
const controller = 'traefik.traefik.svc.cluster.local';
const unknownHost = 'elsewhere.example.com';

/** The first of what the blocks of a document say that has what is wanted. */
function documented<T>(name: string, find: (values: Values) => T | undefined): T {
  const text = readFileSync(join(repoRoot, 'docs', name), 'utf8');
  for (const [, block = ''] of text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
    const found = find(parse(block) as Values);
    if (found !== undefined) return found;
  }
  throw new Error(`docs/${name} shows nothing of the kind`);
}

type Way = Values & { hosts: [string]; tlsSecret?: string };
interface Exposed {
  ingress?: Way;
  route?: Way;
  nginx?: Values;
}
const gateway = ({ apps }: Values) => (apps as { apps: { gateway?: Exposed } } | undefined)?.apps.gateway;
const ingress = documented('apps.md', (values) =>
  gateway(values)?.ingress?.hosts ? gateway(values)?.ingress : undefined,
);
const route = documented('apps.md', (values) => gateway(values)?.route);
const project = documented('web.md', ({ web }) =>
  (web as Exposed | undefined)?.ingress ? (web as Exposed) : undefined,
);
const [ingressHost] = ingress.hosts;
const [routeHost] = route.hosts;
const bookHost = 'guestbook.example.com';

/** Ends at once when it is told to: what it was asked then fails, and so does what comes after. */
const source = `
require('http').createServer((_, answer) => {
  setTimeout(() => answer.end(JSON.stringify({ version: process.env.VERSION })), 20);
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

const clients = ['by-ingress', 'by-route'] as const;
const client = (env: Values): Values => ({
  ...loadApp,
  uses: [],
  env: { IM_HOST: controller, ...env },
  drainSeconds: 0,
  terminationGracePeriodSeconds: 5,
});

const values = (ca: string): Values => ({
  ...switchedOff(),
  apps: {
    enabled: true,
    image: { registry: 'docker.io', repository: 'library/node', tag: '20-slim' },
    resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    apps: {
      gateway: {
        command: ['node', '/app/server.js'],
        files: { '/app/server.js': source },
        env: { VERSION: '1' },
        replicas: 2,
        ingress,
        route,
      },
      'by-ingress': client({ IM_PORT: '443', AS: ingressHost, CA: ca }),
      'by-route': client({ IM_PORT: '80', AS: routeHost }),
    },
  },
  web: {
    enabled: true,
    image: { registry: 'ballast.dev', repository: 'guestbook', tag: '1.0.0' },
    application: 'guestbook.wsgi:application',
    // Its entries are in its pod.
    replicas: 1,
    probes: { readiness: { path: '/readyz' }, liveness: { path: '/healthz' } },
    nginx: { realIpFrom: project.nginx?.realIpFrom ?? [] },
    ingress: { ...project.ingress, hosts: [bookHost], tlsSecret: 'guestbook-tls' },
  },
});

let cluster: TestCluster;
let release: Release;
/** Authorities of the certificates, by host. */
const authorities: Record<string, string> = {};

beforeAll(async () => {
  reportTo((line) => void process.stderr.write(`  ingress    ${line}\n`));
  cluster = await joinTestCluster();
  await ensureAddons(cluster.kube, 'traefik');
  await cluster.kube.gone(namespace);
  await cluster.kube.ensureNamespace(namespace);
  const secrets = { [ingressHost]: ingress.tlsSecret ?? '', [bookHost]: 'guestbook-tls' };
  for (const [host, secret] of Object.entries(secrets))
    authorities[host] = await ownCertificate({ namespace, testCluster: cluster }, secret, host);
  release = new Release('shop', namespace, cluster.kube.kubeconfig, values(authorities[ingressHost] ?? ''));
  await release.apply();
});
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    throw new Error(
      `the state then:\n${await cluster.kube.dump('traefik')}\n${await cluster.kube.dump(namespace)}`,
    );
});

interface Policy {
  spec: {
    ingress: {
      ports: { port: string }[];
      from: { namespaceSelector?: { matchLabels: Record<string, string> }; podSelector?: object }[];
    }[];
  };
}

interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: string;
}

/** The pod from which requests are sent. */
async function outside() {
  const pod = (await podsOf(cluster.kube, namespace, 'by-ingress')).find(isReady);
  if (!pod) throw new Error('there is no client');
  return pod;
}

/** What Traefik answers for a host: by TLS, with a certificate that is looked at where the host has one, unless `plain`. */
async function request(
  host: string,
  path: string,
  options: { plain?: boolean; headers?: Record<string, string>; form?: Record<string, string> } = {},
): Promise<Answer> {
  const { plain = false, headers = {}, form } = options;
  const script = `
    const { module, body, ...options } = JSON.parse(process.argv[1]);
    const sent = require(module).request(options, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part));
      answer.on('end', () => console.log(JSON.stringify({ status: answer.statusCode, headers: answer.headers, body: text })));
    });
    sent.on('error', (error) => { console.error(String(error)); process.exit(1); });
    sent.end(body);`;
  const ca = authorities[host];
  const asked = {
    module: plain ? 'http' : 'https',
    host: controller,
    port: plain ? 80 : 443,
    path,
    method: form ? 'POST' : 'GET',
    headers: {
      host,
      ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...headers,
    },
    servername: host,
    ca,
    rejectUnauthorized: ca !== undefined,
    body: form && new URLSearchParams(form).toString(),
  };
  const { stdout } = await cluster.kube.exec(namespace, nameOf(await outside()), 'app', [
    'node',
    '--eval',
    script,
    JSON.stringify(asked),
  ]);
  return JSON.parse(stdout) as Answer;
}

/** Waits until Traefik knows of a host. */
async function served(host: string, path: string, plain = false): Promise<void> {
  await waitFor(`Traefik to lead to ${host}`, 60, async () => {
    const { status, body } = await request(host, path, { plain });
    return status === 200 || `${status} ${body.slice(0, 100)}`;
  });
}

describe('an app', () => {
  test('is had by its Ingress, with its certificate, and by its route', async () => {
    await served(ingressHost, '/');
    await served(routeHost, '/', true);
  });

  test('no other host leads to it, nor that of its route past the Gateway', async () => {
    const status = async (host: string, plain: boolean) => (await request(host, '/', { plain })).status;
    expect(await status(unknownHost, false)).toBe(404);
    expect(await status(unknownHost, true)).toBe(404);
    expect(await status(routeHost, false)).toBe(404);
  });

  test('has a route that the Gateway accepts, with all that it names', async () => {
    const { status } = await cluster.kube.request<{
      status: { parents: { conditions: { type: string; status: string; message?: string }[] }[] };
    }>('GET', `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/shop-apps-gateway`);
    const conditions = status.parents.flatMap((parent) => parent.conditions);
    expect(conditions.filter((condition) => condition.status !== 'True')).toEqual([]);
    expect(conditions.map(({ type }) => type).sort()).toEqual(['Accepted', 'ResolvedRefs']);
  });

  // The test cluster's network enforces no policies.
  test('has a policy that names the namespace in which Traefik is', async () => {
    const { metadata } = await cluster.kube.core.readNamespace({ name: 'traefik' });
    const { spec } = await cluster.kube.request<Policy>(
      'GET',
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/shop-apps-gateway`,
    );
    const labels = spec.ingress
      .filter(({ ports }) => ports.some(({ port }) => port === 'http'))
      .flatMap(({ from }) => from)
      .flatMap(({ namespaceSelector, podSelector }) =>
        namespaceSelector && !podSelector ? [namespaceSelector.matchLabels] : [],
      );
    expect(labels.length).toBe(1);
    expect(metadata?.labels).toMatchObject(labels[0] ?? { none: '' });
  });
});

describe('the guest book', () => {
  const claimed = {
    'x-forwarded-for': '203.0.113.7',
    'x-real-ip': '203.0.113.7',
    'x-forwarded-proto': 'http',
  };

  test('takes a form through the Ingress, and knows who sent it, whatever he claims', async () => {
    await served(bookHost, '/readyz');
    const { headers, body } = await request(bookHost, '/', { headers: claimed });
    const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(body)?.[1] ?? '';
    const cookie = String(headers['set-cookie']).replace(/;.*/, '');
    const form = { csrfmiddlewaretoken: token, name: 'ann', text: 'hello' };
    const send = (origin: Record<string, string>) =>
      request(bookHost, '/', { headers: { ...claimed, cookie, ...origin }, form });
    expect((await send({ origin: `https://${bookHost}` })).status).toBe(302);
    // Django asks for an origin where it was asked by TLS, and only there.
    expect((await send({})).status).toBe(403);
    const { entries } = JSON.parse((await request(bookHost, '/entries.json?name=ann')).body) as {
      entries: object[];
    };
    expect(entries).toEqual([expect.objectContaining({ address: (await outside()).status?.podIP })]);
  });

  test('control: without trust in the controller, every client has its address', async () => {
    await release.apply({ web: { nginx: { realIpFrom: [] } } });
    const [pod] = await cluster.kube.pods('traefik', 'app=traefik');
    await waitFor('Traefik to lead to the new pod', 60, async () => {
      const form = { name: 'bob', text: 'hello' };
      const { status, body } = await request(bookHost, '/entries.json', { form });
      return (status === 201 && body.includes(`"${pod?.status?.podIP}"`)) || `${status} ${body}`;
    });
  });
});

describe('a rolling update, by Ingress and by route', () => {
  const seen = async () => {
    const all = await Promise.all(clients.map((app) => ask<Seen>(cluster.kube, namespace, app, '/')));
    return all.map((one, index) => ({ client: clients[index], ...one }));
  };

  /** Waits until each client was answered some more. */
  async function answered(more: number, version?: string): Promise<void> {
    const count = ({ ok, versions }: Seen) => (version === undefined ? ok : (versions[version] ?? 0));
    const before = await seen();
    await waitFor('clients to be answered', 60, async () => {
      const now = await seen();
      const least = Math.min(...now.map((one, index) => count(one) - count(before[index] ?? one)));
      return least > more || `${least} of ${more}: ${JSON.stringify(now)}`;
    });
  }

  /** Another version while clients ask without pause, until the last pod of the version before is gone. What failed, by client. */
  async function update(version: string): Promise<Record<string, number>> {
    const before = await seen();
    await release.apply({ apps: { apps: { gateway: { env: { VERSION: version } } } } });
    await waitFor('the pods before to be gone', 120, async () => {
      const { length } = await podsOf(cluster.kube, namespace, 'gateway');
      return length === 2 || `there are ${length}`;
    });
    await answered(200, version);
    const after = await seen();
    report(`version ${version}: ${JSON.stringify(after)}`);
    return Object.fromEntries(
      after.map(({ client, failed }, index) => [client, failed - (before[index]?.failed ?? 0)]),
    );
  }

  beforeAll(async () => {
    for (const app of clients) await ask(cluster.kube, namespace, app, '/start');
    await answered(100);
  });

  test('fails no request, though the app ends at once when it is told to', async () => {
    expect(await update('2')).toEqual({ 'by-ingress': 0, 'by-route': 0 });
  });

  test('negative control: without the time to drain, both see requests fail', async () => {
    await release.apply({ apps: { apps: { gateway: { drainSeconds: 0 } } } });
    const failed = await update('3');
    expect(failed['by-ingress']).toBeGreaterThan(0);
    expect(failed['by-route']).toBeGreaterThan(0);
  });
});

import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { ownCertificate } from '../../e2e/certificate.ts';
import { setSecret } from '../../e2e/setup.ts';
import { report } from '../../harness/base/report.ts';
import { ensureAddons } from '../../harness/cluster/addons.ts';
import { nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';
import { loseVolume, removeAtOnce } from '../../harness/drill/faults.ts';

const volume = '/data';

/** What a shell in a server's pod says. */
async function asked({ testCluster, namespace }: Installation, pod: string, what: string): Promise<string> {
  return (await testCluster.kube.exec(namespace, pod, 'minio', ['bash', '-c', what])).stdout;
}

const byRoot = (installation: Installation, what: string): Promise<string> =>
  asked(installation, 'ballast-minio-0', `. /opt/ballast/lib.sh; log_in; ${what}`);

/** How many objects of the ledger's bucket have a part on a server's volume. */
async function partsOn(installation: Installation, pod: V1Pod): Promise<number> {
  const count = `shopt -s nullglob; parts=(${volume}/ledger/*/*/xl.meta); echo "\${#parts[@]}"`;
  return Number(await asked(installation, nameOf(pod), count));
}

/** A server whose volume was lost gets its part of every object back. */
export async function heals(installation: Installation): Promise<void> {
  const { testCluster, system } = installation;
  const [victim, other] = await installation.members();
  if (!victim || !other) throw new Error('no members');
  const before = await partsOn(installation, other);
  expect(before).toBeGreaterThan(100);
  const started = performance.now();
  await loseVolume(volume)({ ...testCluster, container: system.container }, [victim]);
  await waitFor(`${nameOf(victim)} to have its part of ${before} objects`, 300, async () => {
    const parts = await partsOn(installation, victim).catch(() => 0);
    return parts === before || `it has ${parts}`;
  });
  report(`${before} parts healed in ${Math.round((performance.now() - started) / 1000)} s`);
  await installation.settled();
}

/** Where all volumes are lost, nobody serves an empty store until an operator says that the data is gone for good. Everything is lost in it. */
export async function neverFoundsAgain(installation: Installation): Promise<void> {
  const { testCluster, system, namespace } = installation;
  const { kube } = testCluster;
  const members = await installation.members();
  await loseVolume(volume)({ ...testCluster, container: system.container }, members);
  const said = /my volume is empty, this pool had data, and no server of it serves/;
  for (const name of members.map(nameOf))
    await waitFor(`${name} to say why it waits`, 120, async () => {
      const log = await kube.core.readNamespacedPodLog({ namespace, name, container: system.container });
      return said.test(log) || `it says ${log.trim().split('\n').at(-1)}`;
    });
  await expect(installation.probe.view(system.service(installation.release.name))).rejects.toThrow();

  const state = await kube.core.readNamespacedConfigMap({ namespace, name: 'ballast-minio-state' });
  const { pools: _, ...data } = state.data ?? {};
  await kube.core.replaceNamespacedConfigMap({
    namespace,
    name: 'ballast-minio-state',
    body: { ...state, data },
  });
  await removeAtOnce({ ...testCluster, container: system.container }, members);
  await installation.upgrade({});
  await installation.settled();
}

/** What the values say of buckets, policies and accounts is so after an upgrade, and changes with them. */
export async function makes(installation: Installation): Promise<void> {
  const ledger = [{ name: 'ledger' }];
  const lifecycle = [{ id: 'old', prefix: 'drafts/', expireDays: 3 }];
  const statements = [
    { Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::made', 'arn:aws:s3:::made/*'] },
  ];
  await installation.upgrade({
    buckets: [
      ...ledger,
      { name: 'made', versioning: true, quota: '1Gi', anonymous: 'download', lifecycle },
      { name: 'locked', objectLock: true },
    ],
    policies: [{ name: 'made-only', statements }],
    users: [...ledger, { name: 'made', policies: ['made-only', 'diagnostics'] }],
  });
  const look =
    'client version info store/made; client quota info store/made; client anonymous get store/made; client ilm rule export store/made 2>&1; client --json admin user info store made';
  const made = await byRoot(installation, `${look}; client --json stat store/locked`);
  expect(made).toMatch(/versioning is enabled/);
  expect(made).toMatch(/hard quota of 1(\.0)? GiB/);
  expect(made).toMatch(/`download`/);
  expect(made).toMatch(/"drafts\/"/);
  expect(made).toMatch(/"policyName":"(made-only,diagnostics|diagnostics,made-only)"/);
  expect(made).toMatch(/"ObjectLock":\{"enabled":"Enabled"/);

  // With its own access key, to its own bucket alone.
  const asMade = `secret=$(cat /tmp/made); MC_HOST_made="http://made:$secret@$SERVICE_HOST:9000"; export MC_HOST_made;`;
  const { password = '' } = await installation.testCluster.kube.secret(
    installation.namespace,
    'ballast-minio-user-made',
  );
  const put = `printf %s ${encodeURIComponent(password)} >/tmp/made; echo record >/tmp/record; ${asMade} client cp /tmp/record made/made/x && client cat made/made/x; client cp /tmp/record made/ledger/x || echo refused`;
  expect(await byRoot(installation, put)).toMatch(/record\n[\s\S]*refused/);

  await installation.upgrade({
    buckets: [...ledger, { name: 'made', versioning: false, quota: '0', anonymous: 'none', lifecycle: [] }],
    policies: [],
    users: [...ledger, { name: 'made', policies: ['readonly'] }],
  });
  const changed = await byRoot(installation, look);
  expect(changed).toMatch(/versioning is suspended/);
  expect(changed).not.toMatch(/hard quota of [1-9]/);
  expect(changed).toMatch(/`private`|`none`/);
  expect(changed).toMatch(/lifecycle configuration does not exist/i);
  expect(changed).toMatch(/"policyName":"readonly"/);
  // What is no longer named stays.
  expect(await byRoot(installation, 'client ls store')).toMatch(/locked\//);
}

/** A changed password of root counts at once, for clients and between the servers, and the one before no longer. */
export async function rotates(installation: Installation): Promise<void> {
  const { kube } = installation.testCluster;
  const before = (await installation.members()).map(({ metadata }) => metadata?.uid);
  const { 'root-password': old = '' } = await kube.secret(installation.namespace, 'ballast-minio-auth');
  const byOld = `MC_HOST_old="http://root:${encodeURIComponent(old)}@$SERVICE_HOST:9000"; export MC_HOST_old; client ls old 2>&1 || true`;
  expect(await byRoot(installation, byOld)).toMatch(/ledger\//);
  await setSecret(installation, 'ballast-minio-auth', { 'root-password': 'quite"new &\\' });
  await installation.upgrade({});
  await installation.settled();
  expect(await byRoot(installation, 'client admin info store')).toMatch(/4 drives online/);
  expect(await byRoot(installation, byOld)).toMatch(/signature|Access Key/);
  expect((await installation.members()).map(({ metadata }) => metadata?.uid)).toEqual(before);
  expect(await installation.release.test()).toContain('Succeeded');
}

/** By an Ingress with a certificate: a large object comes back the same, a link that was signed for its host works without a login, and the console lets its users in by its own host. */
export async function servesByIngress(installation: Installation): Promise<void> {
  const { testCluster, namespace } = installation;
  const { kube } = testCluster;
  await ensureAddons(kube, 'traefik');
  const [api, page] = ['s3.example.com', 'console.example.com'];
  const authority = await ownCertificate(installation, 'ingress-tls', api, page);
  const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'traefik' } } }];
  const ingress = { enabled: true, className: 'traefik', tlsSecret: 'ingress-tls', from };
  await installation.upgrade({
    ingress: { ...ingress, hosts: [api] },
    console: { ingress: { ...ingress, hosts: [page] } },
  });
  await installation.settled();

  const { spec } = await kube.core.readNamespacedService({ namespace: 'traefik', name: 'traefik' });
  const { 'root-password': password = '' } = await kube.secret(namespace, 'ballast-minio-auth');
  const byIngress = `
    set -o pipefail
    printf %s '${authority}' >/tmp/authority
    cp /tmp/authority "$RUN/mc/certs/CAs/ingress.crt"
    export MC_HOST_out=https://root:${encodeURIComponent(password)}@${api}
    out() { client --resolve ${api}:443=${spec?.clusterIP} "$@"; }
    visit() { curl --silent --show-error --cacert /tmp/authority --connect-to ::${spec?.clusterIP}: "$@"; }`;
  const ask = (what: string) => byRoot(installation, `${byIngress}\n${what}`);
  await waitFor(`Traefik to lead to ${api} and ${page}`, 60, async () => {
    const status = 'visit --output /dev/null --write-out "%{http_code} "';
    const told = await ask(`${status} https://${api}/minio/health/live; ${status} https://${page}/`);
    return told.trim() === '200 200' || told;
  });

  const sums = await ask(`
    head -c 100M /dev/urandom >/tmp/large; sha256sum </tmp/large
    out cp /tmp/large out/ledger/large >/dev/null; rm /tmp/large
    out cat out/ledger/large | sha256sum
    link=$(out --json share download --expire 1h out/ledger/large)
    link=\${link##*'"share":"'}; link=\${link%%'"'*}
    visit "\${link//\\\\u0026/&}" | sha256sum`);
  const [sent, ...back] = sums.trim().split('\n');
  expect(back).toEqual([sent, sent]);

  const login = (key: string) =>
    ask(
      `visit --output /dev/null --write-out '%{http_code}' --json ${JSON.stringify(JSON.stringify({ accessKey: 'root', secretKey: key }))} https://${page}/api/v1/login`,
    );
  expect(await login(password)).toBe('204');
  expect(await login('not-this-one')).toMatch(/^(401|403|500)$/);
}

/** A pool that would get another number of servers is refused before anything changed, and so is one that would go. */
export async function neverResizes(installation: Installation): Promise<void> {
  const before = (await installation.members()).map(({ metadata }) => metadata?.uid);
  const why = "servers for good, because each object is spread over its pool's servers";
  await expect(installation.upgrade({ replicas: 5 })).rejects.toThrow(`ballast-minio has 4 ${why}`);
  await expect(installation.upgrade({ pools: [] })).rejects.toThrow(`ballast-minio-pool-2 has 4 ${why}`);
  expect((await installation.members()).map(({ metadata }) => metadata?.uid)).toEqual(before);
  await installation.upgrade({});
}

/** An upgrade turns TLS on for clients and between the servers, one after the other; who checks names is served, and nobody without it. To be run last: the probe does not speak it. */
export async function servesTls(installation: Installation): Promise<void> {
  const domain = `${installation.namespace}.svc.cluster.local`;
  const names = [`ballast-minio.${domain}`, `*.ballast-minio-members.${domain}`];
  await ownCertificate(installation, 'own-tls', 'ballast-minio', ...names);
  await installation.upgrade({ tls: { enabled: true, existingSecret: 'own-tls' } });
  // By the name of the Service, which MinIO's client checks.
  expect(await installation.release.test()).toContain('Succeeded');
  const servers = installation.size.members;
  await waitFor(`all ${servers} volumes to be there`, 120, async () => {
    const told = await byRoot(installation, 'client admin info store');
    return told.includes(`${servers} drives online`) || `it says ${told.trim().split('\n').at(-1)}`;
  });
  const plain = 'curl --silent --show-error "http://$SERVICE_HOST:9000/minio/health/live"';
  expect(await byRoot(installation, `${plain} || echo refused`)).toMatch(
    /HTTP request to an HTTPS server|refused/,
  );
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { refusals } from '../../contract/tables.ts';
import { repoRoot } from '../../harness/base/paths.ts';
import { hookOf, nameOf } from '../../harness/charts/manifests.ts';
import { render } from '../../harness/charts/render.ts';
import { loadSchemaCheck } from '../../harness/charts/schema.ts';
import type { Values } from '../../harness/drill/types.ts';

const chart = chartNamed('web');
const gateways = [{ name: 'edge' }];

refusals(chart, [
  [
    'no image',
    { image: { repository: '' } },
    'web: image.repository is empty: write the image of your Django project (registry.example/shop/web)',
  ],
  [
    'no project',
    { application: '' },
    "web: application is empty: write the module and the callable of your project's wsgi.py (shop.wsgi:application)",
  ],
  [
    'a project as WSGI_APPLICATION has it',
    { application: 'shop.wsgi.application' },
    'web: application is "shop.wsgi.application", which is no module and callable: write for example shop.wsgi:application',
  ],
  [
    'a host with a scheme',
    { allowedHosts: ['https://shop.example'] },
    'web: allowedHosts[0] is "https://shop.example", which is no host name: write for example shop.example.com',
  ],
  [
    'an origin without one',
    { csrfTrustedOrigins: ['shop.example'] },
    'web: csrfTrustedOrigins[0] is "shop.example", which is no origin: write for example https://shop.example.com',
  ],
  [
    'a name of a proxy',
    { nginx: { realIpFrom: ['traefik.edge.svc'] } },
    'web: nginx.realIpFrom[0] is "traefik.edge.svc", which is no network: write for example 10.0.0.0/8',
  ],
  [
    'a limit as nginx writes it',
    { nginx: { uploadLimit: '100m' } },
    'web: nginx.uploadLimit is "100m", which is no quantity: write for example 20Mi',
  ],
  [
    'a directory without its end',
    { static: { path: '/static' } },
    'web: static.path is "/static", which is no path of a directory: write for example /static/',
  ],
  [
    'a path that would be a line of nginx',
    { probes: { readiness: { path: '/;return 200' } } },
    'web: probes.readiness.path is "/;return 200", which is no path: write for example /readyz',
  ],
  [
    'an address with a password',
    { env: { DATABASE_URL: 'mysql://shop:s3cret@db.example/shop' } },
    'web: env.DATABASE_URL has a password in it, which everybody could read in the release: put it into a Secret, and write {secret: NAME, key: KEY}',
  ],
  [
    'a password by its name',
    { env: { EMAIL_HOST_PASSWORD: 's3cret' } },
    'web: env.EMAIL_HOST_PASSWORD has a password in it, which everybody could read in the release: put it into a Secret, and write {secret: NAME, key: KEY}',
  ],
  [
    'a size of somebody else’s claim',
    { media: { enabled: true, existingClaim: 'old', size: '1Gi' } },
    'web: media.size has no effect, because media.existingClaim is a claim of your own: remove it, or leave existingClaim empty',
  ],
  [
    'a file without its directory',
    { files: { 'local.py': '' } },
    'web: files has "local.py", which is no path in the container: write for example /app/shop/local.py',
  ],
  [
    'half a block of nginx',
    { nginx: { server: 'location = /old { return 410;' } },
    'web: nginx.server opens 1 braces and closes 0: write blocks whole',
  ],
  [
    'the project’s own place in nginx',
    { nginx: { server: 'location / { return 301 https://$host$request_uri; }' } },
    'web: nginx.server has location /, which is there already: use another path',
  ],
  [
    'workers without memory',
    { workers: 12 },
    'web: workers is 12, which leaves 38Mi of resources.limits.memory (512Mi) for each: write fewer, or 624Mi at least',
  ],
  [
    'a grace too short for a last request',
    { requestSeconds: 60 },
    'web: terminationGracePeriodSeconds is 60, too short for drainSeconds (8) and a last request of requestSeconds (60): write 78 at least',
  ],
  [
    "uWSGI's workers by their own name",
    { config: { processes: 4 } },
    'web: config.processes has a value of its own: write workers instead',
  ],
  [
    "gunicorn's time-out by its own name",
    { server: 'gunicorn', config: { 'graceful-timeout': 4 } },
    'web: config.graceful-timeout has a value of its own: write requestSeconds instead',
  ],
  [
    "uWSGI's socket",
    { config: { 'http-socket': ':8000' } },
    'web: config.http-socket is managed by the chart: remove it',
  ],
  [
    'media of two pods on a volume of one node',
    { media: { enabled: true, accessModes: ['ReadWriteOnce'] } },
    'web: media.accessModes is ReadWriteOnce, a volume of one node, and replicas 2 asks for several pods: write [ReadWriteMany], which the storage class has to know, or replicas 1, or keep media in an object store',
  ],
  [
    'the same of pods that follow the load',
    { autoscaling: { enabled: true }, media: { enabled: true, accessModes: ['ReadWriteOnce'] } },
    'web: media.accessModes is ReadWriteOnce, a volume of one node, and autoscaling asks for several pods: write [ReadWriteMany], which the storage class has to know, or replicas 1, or keep media in an object store',
  ],
  [
    'a mode that stands alone',
    { replicas: 1, media: { enabled: true, accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] } },
    'web: media.accessModes has ReadWriteOncePod beside others, and it stands alone: write one of them',
  ],
  [
    'no storage class',
    { media: { enabled: true, storageClass: '-' } },
    'web: media.storageClass is "-", which no storage class is called: leave it out for the cluster\'s default, or write media.storageClass "" for volumes that nobody provisions',
  ],
  [
    'media below static files',
    { media: { enabled: true, path: '/static/media/' } },
    'web: static.path (/static/) and media.path (/static/media/) are one below the other: write paths that are apart',
  ],
  [
    'a host of no Ingress',
    { ingress: { hosts: ['shop.example'] } },
    'web: ingress.hosts has no effect, because ingress.enabled is false: set it to true, or remove ingress.hosts',
  ],
  [
    'a size of no media',
    { media: { size: '1Gi' } },
    'web: media.size has no effect, because media.enabled is false: set it to true, or remove media.size',
  ],
  [
    "no Ingress' peers",
    { ingress: { from: [{ podSelector: {} }] } },
    'web: ingress.from has no effect, because ingress.enabled and route.enabled are false: set one of them to true, or write networkPolicy.allowFrom',
  ],
  [
    'pods beside an autoscaler',
    { replicas: 3, autoscaling: { enabled: true } },
    'web: replicas has no effect, because autoscaling.enabled is true: remove it, and write autoscaling.minReplicas',
  ],
  [
    'fewer at most than at least',
    { autoscaling: { enabled: true, minReplicas: 4, maxReplicas: 3 } },
    'web: autoscaling.minReplicas (4) is larger than autoscaling.maxReplicas (3): write one that is not',
  ],
  [
    'a share of nothing',
    { autoscaling: { enabled: true }, nginx: { resources: { requests: { cpu: 0 } } } },
    'web: autoscaling.cpuPercent is a share of nginx.resources.requests.cpu, which is 0: write a request, or autoscaling.cpuPercent 0',
  ],
  [
    'an autoscaler that looks at nothing',
    { autoscaling: { enabled: true, cpuPercent: 0 } },
    'web: autoscaling has nothing to go by: write cpuPercent, memoryPercent or metrics',
  ],
  [
    'an Ingress of every host',
    { ingress: { enabled: true } },
    "web: ingress.hosts is empty, and the Ingress would take every host: write the project's host names",
  ],
  [
    'a route without a Gateway',
    { route: { enabled: true, hosts: ['shop.example'] } },
    'web: route.gateways is empty, and a route without a Gateway leads nowhere: write {name: GATEWAY}',
  ],
  [
    'a route of hosts that the project refuses',
    { route: { enabled: true, gateways } },
    'web: route.hosts is empty, and the project would answer for no host from outside: write route.hosts, or allowedHosts',
  ],
  [
    'a header of nobody',
    { nginx: { realIpHeader: 'CF-Connecting-IP' } },
    "web: nginx.realIpHeader has no effect, because nginx.realIpFrom is empty and nobody's word counts: write the networks of your proxies there",
  ],
  [
    'users without migrations',
    { migrate: { enabled: false }, users: [{ name: 'admin' }] },
    'web: users has no effect, because migrate.enabled is false and users are made after migrations: set it to true, or leave users empty',
  ],
  [
    'a user twice',
    { users: [{ name: 'admin' }, { name: 'admin' }] },
    'web: users has admin twice: merge the two entries',
  ],
  [
    'a variable of the chart',
    { env: { DJANGO_ALLOWED_HOSTS: 'shop.example' } },
    'web: env.DJANGO_ALLOWED_HOSTS has a value of its own: write allowedHosts instead',
  ],
  [
    'workers by the name that some images read',
    { env: { WEB_CONCURRENCY: 4 } },
    'web: env.WEB_CONCURRENCY has a value of its own: write workers instead',
  ],
  [
    'settings of the server by a variable',
    { extraEnv: [{ name: 'UWSGI_HTTP', value: ':8000' }] },
    'web: the variable UWSGI_HTTP would change settings of the server that the chart relies on: write config instead',
  ],
  [
    'a variable in two lists',
    { env: { TZ: 'UTC' }, extraEnv: [{ name: 'TZ', value: 'UTC' }] },
    'web: extraEnv has TZ, which env has, too: write one of them',
  ],
  [
    'an environment from nowhere',
    { envFrom: [{ prefix: 'A_' }] },
    'web: envFrom[0] is of one Secret or one ConfigMap: write secretRef or configMapRef',
  ],
  [
    "a file in the chart's place",
    { files: { '/opt/ballast/nginx.conf': '' } },
    'web: files has /opt/ballast/nginx.conf, which is taken: use another path',
  ],
  [
    'files too large for a ConfigMap',
    { files: { '/app/data.json': 'x'.repeat(900_000) } },
    'web: files has 900000 bytes, and a ConfigMap has room for 800000: put large files into the image or on a volume',
  ],
]);

const rendered = (values: Values = {}, name = 'uwsgi') =>
  render(chart, { release: 'shop', values: { ...topologyNamed(chart, name).values, ...values } });
const environment = async (values: Values): Promise<ReadonlyMap<string, string | undefined>> => {
  const output = await rendered(values);
  const [web] = output.one('Deployment', 'shop-web').spec.template.spec.containers;
  return new Map((web?.env ?? []).map(({ name, value }) => [name, value]));
};

describe('who is let in', () => {
  test('the project answers for the hosts of its Ingress and its route, and takes their forms', async () => {
    const env = await environment({
      ingress: { enabled: true, hosts: ['shop.example', '*.shop.example'] },
      route: { enabled: true, hosts: ['m.example'], gateways },
      allowedHosts: ['intern.example'],
      csrfTrustedOrigins: ['https://proxy.example:8443'],
    });
    expect(env.get('DJANGO_ALLOWED_HOSTS')).toBe(
      'localhost,shop-web,shop-web.default,shop-web.default.svc,shop-web.default.svc.cluster.local,shop.example,.shop.example,m.example,intern.example',
    );
    expect(env.get('DJANGO_CSRF_TRUSTED_ORIGINS')).toBe(
      'https://shop.example,http://shop.example,https://*.shop.example,http://*.shop.example,https://m.example,http://m.example,https://proxy.example:8443',
    );
  });

  test('only proxies that are named say who the client is and that he came by TLS', async () => {
    const conf = async (values: Values) =>
      (await rendered(values)).one('ConfigMap', 'shop-web').data?.['nginx.conf'] ?? '';
    expect(await conf({})).not.toContain('set_real_ip_from');
    const trusting = await conf({ nginx: { realIpFrom: ['10.0.0.0/8', 'fd00::/8'] } });
    for (const network of ['10.0.0.0/8', 'fd00::/8'])
      for (const line of [`set_real_ip_from ${network};`, `${network} 1;`]) expect(trusting).toContain(line);
  });

  test('metrics are had on a port of their own, and not by the Service', async () => {
    const output = await rendered({ metrics: { enabled: true, path: '/intern/metrics' } });
    expect(output.one('ConfigMap', 'shop-web').data?.['nginx.conf']).toMatch(
      /location = \/intern\/metrics {\s+return 404;/,
    );
    expect(output.one('Service', 'shop-web').spec.ports?.map(({ name }) => name)).toEqual(['http']);
    expect(output.one('Service', 'shop-web-members').spec.ports?.map(({ name }) => name)).toEqual([
      'http',
      'metrics',
    ]);
  });
});

describe('an upgrade', () => {
  test('has no gap, but where a node may be lacking for one more pod, or media are on a volume of one node', async () => {
    const strategy = async (values: Values) =>
      (await rendered(values)).one('Deployment', 'shop-web').spec.strategy;
    expect(await strategy({})).toMatchObject({ rollingUpdate: { maxUnavailable: 0 } });
    expect(await strategy({ scheduling: { antiAffinity: 'hard' } })).toMatchObject({
      rollingUpdate: { maxUnavailable: 1 },
    });
    const media = { enabled: true, accessModes: ['ReadWriteOnce'] };
    expect(await strategy({ replicas: 1, media })).toEqual({ type: 'Recreate' });
    expect(await strategy({ media: { enabled: true } })).toMatchObject({ type: 'RollingUpdate' });
  });

  test('migrates before it changes anything, with what the new pods have', async () => {
    const values = { env: { FLAG: 'on' }, files: { '/app/local.py': 'x = 1\n' } };
    const output = await rendered(values);
    const [job] = output.one('Job', 'shop-web-migrate').spec.template.spec.containers;
    const pod = output.one('Deployment', 'shop-web').spec.template.spec;
    const init = pod.initContainers?.find(({ name }) => name === 'migrate');
    expect(job?.image).toBe(init?.image);
    expect(job?.env).toEqual(init?.env);
    expect(job?.volumeMounts).toEqual(init?.volumeMounts);
    expect(
      (await rendered({ migrate: { enabled: false }, users: [] }))
        .all('Job')
        .map(({ metadata }) => metadata.name),
    ).toEqual(['shop-web-prepare']);
  });

  test('rolls the pods when a file, a variable or a setting of a server changes', async () => {
    const config = async (values: Values) =>
      (await rendered(values)).one('Deployment', 'shop-web').spec.template.metadata?.annotations?.[
        'ballast.dev/config'
      ];
    const all = await Promise.all(
      [{}, { files: { '/app/a': 'b' } }, { workers: 3 }, { nginx: { uploadLimit: '1Gi' } }].map(config),
    );
    expect(new Set(all).size).toBe(all.length);
  });
});

test('settings of one’s own are written as each server reads them', async () => {
  const of = async (name: string, config: Values) =>
    (await rendered({ config }, name)).one('ConfigMap', 'shop-web').data ?? {};
  expect((await of('uwsgi', { 'buffer-size': 65536, cheap: true }))['uwsgi.ini']).toMatch(
    /^buffer-size = 65536\ncheap = true$/m,
  );
  expect(
    (await of('gunicorn', { 'preload-app': true, keepalive: 5, proc_name: 'shop' }))['gunicorn.conf.py'],
  ).toMatch(/^keepalive = 5\npreload_app = True\nproc_name = "shop"$/m);
});

describe('in the umbrella', () => {
  const release = (web: Values) =>
    render(chartNamed('ballast'), {
      release: 'shop',
      values: {
        mysql: { enabled: true, databases: [{ name: 'web' }], users: [{ name: 'web' }] },
        redis: { enabled: true },
        web: { enabled: true, ...web },
      },
    });

  test('the account that it logs in with is made before helm’s hooks, which wait until it is ready', async () => {
    const early = async (uses: string[]) =>
      (await release({ uses }))
        .all('Job')
        .filter((job) => hookOf(job) === undefined)
        .map(({ metadata }) => metadata.name.replace(/[0-9a-f]{5}$/, 'HASH'));
    expect(await early(['mysql', 'redis'])).toEqual(['shop-mysql-accounts-HASH']);
    expect(await early([])).toEqual([]);
  });

  test('the values of the example are taken', async () => {
    const values = parse(readFileSync(join(repoRoot, 'examples', 'web', 'values.yaml'), 'utf8')) as Values;
    const output = await render(chartNamed('ballast'), { release: 'shop', values });
    expect(output.objects.flatMap(await loadSchemaCheck())).toEqual([]);
    expect(output.objects.map(nameOf)).toContain('Ingress/shop-web');
  });

  const guide = readFileSync(join(repoRoot, 'docs', 'web.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  test.each(blocks.map((block, index) => [index, parse(block) as Values] as const))(
    'block %i of docs/web.md renders to what a cluster takes',
    async (_, values) => {
      const output = await render(chartNamed('ballast'), { release: 'shop', values });
      expect(output.objects.flatMap(await loadSchemaCheck())).toEqual([]);
      expect(output.objects.map(nameOf)).toContain('Deployment/shop-web');
    },
  );

  test('it is told what it uses, and nothing that only Spring Boot reads', async () => {
    const [web] = (await release({ uses: ['mysql', 'redis'] })).one('Deployment', 'shop-web').spec.template
      .spec.containers;
    const names = (web?.env ?? []).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['MYSQL_HOST', 'MYSQL_PASSWORD', 'MYSQL_CA_FILE', 'REDIS_HOST']),
    );
    expect(names.filter((name) => name.startsWith('SPRING_'))).toEqual([]);
    expect(web?.volumeMounts?.map(({ mountPath }) => mountPath)).toContain('/etc/ballast/uses/mysql');
  });
});

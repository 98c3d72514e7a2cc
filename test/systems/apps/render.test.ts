import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { memoryAsked } from '../../contract/rules/pods.ts';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { merge } from '../../harness/base/merge.ts';
import { repoRoot } from '../../harness/base/paths.ts';
import { quantity } from '../../harness/base/quantity.ts';
import { RenderFailure, render, renderInstall } from '../../harness/charts/render.ts';
import { loadSchemaCheck } from '../../harness/charts/schema.ts';
import type { Values } from '../../harness/drill/types.ts';

const chart = chartNamed('apps');
const check = await loadSchemaCheck();
const image = { repository: 'registry.example/shop/app', tag: '1' };
const apps = (named: Values, more: Values = {}): Values => ({ image, apps: named, ...more });
const one = (values: Values): Values => apps({ im: values });
const rendered = (values: Values) => render(chart, { release: 'shop', values });
const container = async (values: Values) => {
  const output = await rendered(one(values));
  expect(output.objects.flatMap(check)).toEqual([]);
  const [first] = output.pods.find(({ replicas }) => replicas !== undefined)?.spec.containers ?? [];
  if (first === undefined) throw new Error('there is no app');
  return first;
};

refusals(chart, [
  [
    'an app without an image',
    { apps: { im: {} } },
    'apps: apps.im.image.repository is empty: write the image of the app (registry.example/shop/im)',
  ],
  [
    'names that are one for Kubernetes',
    apps({ 'im-a': {}, im_a: {} }),
    'apps: apps has im-a and im_a, whose objects would have one name (apps-im-a): rename one of them',
  ],
  [
    'a name of the chart itself',
    apps({ hook: {} }),
    'apps: apps has hook, a name that the chart has for objects of its own: use another',
  ],
  [
    'a name that is too long for what is added to it',
    apps({ ['a'.repeat(40)]: { migrate: ['x'] } }, { fullnameOverride: 'shop-of-the-town' }),
    `apps: apps.${'a'.repeat(40)}: the name shop-of-the-town-${'a'.repeat(40)} has 57 characters, and 46 are the most: use a shorter one, or a shorter fullnameOverride`,
  ],
  [
    'a heap above the limit',
    one({ jvm: true, java: { heap: '400Mi' } }),
    'apps: apps.im.java.heap (400Mi) and the 288Mi that a JVM takes beside its heap are more than resources.limits.memory (512Mi): leave java.heap empty to derive it, or raise the limit',
  ],
  [
    'a limit that leaves no heap',
    one({ jvm: true, resources: { limits: { memory: '300Mi' } } }),
    'apps: apps.im.resources.limits.memory is 300Mi, of which a JVM takes 288Mi beside its heap: write 352Mi at least, or lower java.metaspace and java.directMemory',
  ],
  [
    'a heap by another way',
    one({ jvm: true, java: { flags: ['-Xmx4g'] } }),
    'apps: apps.im.java.flags has -Xmx4g, which has a value of its own: write java.heap, java.metaspace or java.directMemory',
  ],
  [
    'a heap in the variable that an image’s script reads',
    one({ jvm: true, env: { JAVA_OPTS: '-server -Xmx4g' } }),
    'apps: apps.im.env.JAVA_OPTS has -Xmx4g, which has a value of its own: write java.heap, java.metaspace or java.directMemory',
  ],
  [
    'a heap in the command',
    one({ jvm: true, command: ['java', '-XX:MaxRAMPercentage=90', '-jar', '/im.jar'] }),
    'apps: apps.im.command has -XX:MaxRAMPercentage=90, which has a value of its own: write java.heap, java.metaspace or java.directMemory',
  ],
  [
    'flags by yet another way',
    one({ jvm: true, env: { JAVA_TOOL_OPTIONS: '-Xmx4g' } }),
    'apps: apps.im.env.JAVA_TOOL_OPTIONS is set by the chart where jvm is true: write java.flags',
  ],
  [
    'a heap of what is no JVM',
    one({ java: { heap: '1Gi' } }),
    'apps: apps.im.java has no effect, because jvm is false: set jvm to true, or remove java',
  ],
  [
    'an autoscaler beside a number of pods',
    one({ replicas: 3, autoscaling: { enabled: true } }),
    'apps: apps.im.replicas has no effect, because autoscaling.enabled is true: remove it, and write autoscaling.minReplicas',
  ],
  [
    'fewest above most',
    one({ autoscaling: { enabled: true, minReplicas: 20 } }),
    'apps: apps.im.autoscaling.minReplicas (20) is larger than autoscaling.maxReplicas (10): write one that is not',
  ],
  [
    'a share of no request',
    one({ autoscaling: { enabled: true }, resources: { requests: { cpu: 0 } } }),
    'apps: apps.im.autoscaling.cpuPercent is a share of resources.requests.cpu, which is 0: write a request, or autoscaling.cpuPercent 0',
  ],
  [
    'an autoscaler with nothing to go by',
    one({ autoscaling: { enabled: true, cpuPercent: 0 } }),
    'apps: apps.im.autoscaling has nothing to go by: write cpuPercent, memoryPercent or metrics',
  ],
  [
    'an autoscaler that is off',
    one({ autoscaling: { maxReplicas: 5 } }),
    'apps: apps.im.autoscaling.maxReplicas has no effect, because autoscaling.enabled is false: set it to true, or remove autoscaling',
  ],
  [
    'an Ingress that is off',
    one({ ingress: { hosts: ['im.example.com'] } }),
    'apps: apps.im.ingress.hosts has no effect, because ingress.enabled is false: set it to true, or remove ingress',
  ],
  [
    'an Ingress of every host',
    one({ ingress: { enabled: true } }),
    "apps: apps.im.ingress.hosts is empty, and the Ingress would take every host: write the app's host names",
  ],
  [
    'an Ingress of what serves nobody',
    one({ port: 0, ingress: { enabled: true, hosts: ['im.example.com'] } }),
    'apps: apps.im.ingress.enabled leads nowhere, because port is 0: write the port on which the app serves HTTP',
  ],
  [
    'two apps at one address',
    apps({
      gateway: { ingress: { enabled: true, hosts: ['shop.example.com'] } },
      web: { ingress: { enabled: true, hosts: ['shop.example.com'] } },
    }),
    'apps: apps.gateway.ingress and apps.web.ingress both take shop.example.com/: write other hosts or paths',
  ],
  [
    'a route of no Gateway',
    one({ route: { enabled: true } }),
    'apps: apps.im.route.gateways is empty, and a route without a Gateway leads nowhere: write {name: GATEWAY}',
  ],
  [
    'a port with a value of its own',
    one({ ports: { http: 80 } }),
    'apps: apps.im.ports.http has a value of its own: write port instead',
  ],
  [
    'a port twice',
    one({ ports: { grpc: 9090, admin: 9090 } }),
    'apps: apps.im.ports.grpc is 9090, which is ports.admin, too: each port of a Service needs its own',
  ],
  [
    'one port of the nodes for two apps',
    apps({ a: {}, b: {} }, { service: { type: 'NodePort', nodePorts: { http: 30080 } } }),
    'apps: apps.b.service.nodePorts.http is 30080, which apps.a has, too: each app needs its own',
  ],
  [
    'metrics without a port',
    one({ port: 0, metrics: { enabled: true } }),
    'apps: apps.im.metrics.enabled is true, and neither metrics.port nor port says where: write one of them',
  ],
  [
    'the port once more for metrics',
    one({ metrics: { enabled: true, port: 8080 } }),
    'apps: apps.im.metrics.port is port: leave it 0',
  ],
  [
    "the Service's port once more for metrics",
    one({ metrics: { enabled: true, port: 80 } }),
    'apps: apps.im.metrics.port is service.port, too: each port of a Service needs its own',
  ],
  [
    'metrics that are off',
    one({ metrics: { path: '/prometheus' } }),
    'apps: apps.im.metrics has no effect, because metrics.enabled is false: set it to true, or remove metrics',
  ],
  [
    'a page of what serves none',
    one({ port: 0, probes: { readiness: { path: '/ready' } } }),
    'apps: apps.im.probes.readiness.path is asked of port, which is 0: write probes.readiness.command',
  ],
  [
    'a page and a command',
    one({ probes: { readiness: { path: '/ready', command: ['ready'] } } }),
    'apps: apps.im.probes.readiness.path has no effect beside a command: remove one of them',
  ],
  [
    'a drain that takes all the time',
    one({ drainSeconds: 45 }),
    'apps: apps.im.drainSeconds (45) leaves nothing of terminationGracePeriodSeconds (45) to shut down in: write a longer one',
  ],
  [
    'two access modes of which one stands alone',
    one({ stateful: true, data: { accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'] } }),
    'apps: apps.im.data.accessModes has ReadWriteOncePod beside others, and it stands alone: write one of them',
  ],
  [
    'a volume of what has none',
    one({ data: { size: '1Gi' } }),
    'apps: apps.im.data has no effect, because stateful is false: set stateful to true, or remove data',
  ],
  [
    'a directory for no logs',
    one({ logs: { hostPath: '/var/log/shop' } }),
    'apps: apps.im.logs.hostPath has no effect without logs.path: write where the app has its logs',
  ],
  [
    'two things at one path',
    one({ logs: { path: '/var/log/im' }, writable: ['/var/log/im'] }),
    'apps: apps.im.writable has /var/log/im, which logs.path has, too: use another path',
  ],
  [
    'what the chart has at that path',
    one({ writable: ['/tmp'] }),
    'apps: apps.im.writable has /tmp, which the chart has, too: use another path',
  ],
  [
    'more than a ConfigMap has room for',
    one({ files: { '/app/words': 'x'.repeat(1_000_001) } }),
    'apps: apps.im.files has 1000001 bytes, and a ConfigMap has room for 1000000: put large files into the image or on a volume',
  ],
  [
    'a variable twice',
    one({ env: { TZ: 'UTC' }, extraEnv: [{ name: 'TZ', value: 'CET' }] }),
    'apps: apps.im.extraEnv has TZ, which env has, too: write one of them',
  ],
  [
    'an environment of nothing',
    one({ envFrom: [{ prefix: 'A_' }] }),
    'apps: apps.im.envFrom[0] is of one Secret or one ConfigMap: write secretRef or configMapRef',
  ],
]);

describe('what all charts refuse is refused of an app, by its path', () => {
  test.each<[string, Values, string]>([
    [
      'a request above the limit',
      { resources: { requests: { memory: '2Gi' } } },
      'apps: apps.im.resources.requests.memory (2Gi) is larger than apps.im.resources.limits.memory (512Mi): raise the limit, or lower the request',
    ],
    [
      'an image without a tag',
      { image: { repository: 'x', tag: '' } },
      'apps: apps.im.image.tag is empty: write one, or apps.im.image.digest',
    ],
    [
      'a load balancer’s class of what is none',
      { service: { loadBalancerClass: 'a/b' } },
      'apps: apps.im.service.loadBalancerClass has no effect on a Service of type ClusterIP: set apps.im.service.type to LoadBalancer, or leave apps.im.service.loadBalancerClass empty',
    ],
    [
      'a monitor without metrics',
      { metrics: { serviceMonitor: { enabled: true } } },
      'apps: apps.im: metrics.serviceMonitor.enabled has no effect, because there are no metrics: set metrics.enabled to true, or metrics.serviceMonitor.enabled to false',
    ],
    [
      'a label of the chart itself',
      { podLabels: { 'app.kubernetes.io/name': 'im' } },
      'apps: apps.im: podLabels.app.kubernetes.io/name is set by the chart itself: use another key',
    ],
    [
      'a volume of the chart itself',
      { extraVolumes: [{ name: 'tmp', emptyDir: {} }] },
      'apps: apps.im.extraVolumes has tmp, which is taken: use another name',
    ],
    [
      'a system outside of an umbrella',
      { uses: ['mysql'] },
      'apps: apps.im.uses has mysql, and no such system is part of this release: enable it in the umbrella chart beside this one, or write its address into env',
    ],
  ])('%s', async (_, values, message) => {
    await expect(rendered(one(values))).rejects.toThrow(new RenderFailure(message));
  });

  test('a misspelt key', async () => {
    await expect(rendered(one({ replica: 1 }))).rejects.toThrow(
      /apps: at '\/apps\/im': additional properties 'replica' not allowed$/,
    );
  });
});

describe('an app has what it says, and else what all have', () => {
  test('maps are merged, lists and scalars replaced, and false, 0 and "" are values', async () => {
    const output = await rendered({
      image,
      replicas: 4,
      jvm: true,
      env: { LOG_LEVEL: 'info', REGION: 'eu' },
      args: ['--common'],
      drainSeconds: 20,
      apps: {
        im: { jvm: false, env: { LOG_LEVEL: 'debug' }, args: [], drainSeconds: 0, image: { tag: '2' } },
        gateway: { replicas: 1 },
      },
    });
    const im = output.one('Deployment', 'shop-apps-im').spec;
    const [app] = im.template.spec.containers;
    expect(im.replicas).toBe(4);
    expect(app?.image).toBe('registry.example/shop/app:2');
    expect(app?.env).toEqual([
      { name: 'LOG_LEVEL', value: 'debug' },
      { name: 'REGION', value: 'eu' },
    ]);
    expect([app?.args, app?.lifecycle]).toEqual([undefined, undefined]);
    const gateway = output.one('Deployment', 'shop-apps-gateway').spec;
    expect(gateway.replicas).toBe(1);
    expect(gateway.template.spec.containers[0]?.args).toEqual(['--common']);
  });

  test('numbers and switches of the environment are as they were written', async () => {
    const { env } = await container({ env: { BIG: 86_400_000, ON: true, NONE: '', RATIO: 0.25 } });
    expect(env?.map(({ value }) => value)).toEqual(['86400000', '', 'true', '0.25']);
  });

  test('a variable from a Secret is a reference', async () => {
    const { env } = await container({ env: { API_TOKEN: { secret: 'tokens', key: 'im' } } });
    expect(env).toEqual([{ name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'tokens', key: 'im' } } }]);
  });

  test('nothing is rendered where no app is named', async () => {
    expect((await rendered({})).objects).toEqual([]);
  });
});

describe('a JVM’s memory fits the limit', () => {
  const parts = async (values: Values) => {
    const { env = [], resources } = await container(merge({ jvm: true }, values));
    const flags = env.find(({ name }) => name === 'JAVA_TOOL_OPTIONS')?.value ?? '';
    const of = (name: string) => Number(new RegExp(`${name}=?(\\d+)`).exec(flags)?.[1]);
    const limit = quantity(resources?.limits?.memory);
    return {
      flags,
      heap: of('-Xmx'),
      metaspace: of('MaxMetaspaceSize'),
      direct: of('MaxDirectMemorySize'),
      limit,
    };
  };
  const mebi = 1024 ** 2;

  test.each(['384Mi', '512Mi', '1Gi', '1500M', '2Gi', '8Gi'])('%s', async (memory) => {
    const { heap, metaspace, direct, limit, flags } = await parts({ resources: { limits: { memory } } });
    expect(heap + metaspace + direct + 64 * mebi + Math.max(64 * mebi, limit / 10)).toBeLessThanOrEqual(
      limit + 1,
    );
    expect(heap).toBeGreaterThanOrEqual(64 * mebi);
    expect(memoryAsked(flags).filter(([, bytes]) => bytes > limit)).toEqual([]);
    expect(flags).toContain('-XX:+ExitOnOutOfMemoryError');
  });

  test('a heap that the user chose', async () => {
    const { heap, flags } = await parts({
      java: { heap: '128Mi', heapDump: false, flags: ['-Dfile.encoding=UTF-8'] },
    });
    expect(heap).toBe(128 * mebi);
    expect(flags).not.toContain('HeapDump');
    expect(flags).toMatch(/ -Dfile\.encoding=UTF-8$/);
  });

  test('a dump has a volume with room for it, and a bound', async () => {
    const output = await rendered(one({ jvm: true }));
    const { volumes = [], containers } = output.one('Deployment', 'shop-apps-im').spec.template.spec;
    const { heap } = await parts({});
    const size = Number(volumes.find(({ name }) => name === 'dumps')?.emptyDir?.sizeLimit);
    expect(size).toBeGreaterThan(heap);
    expect(size).toBeLessThan(2 * heap);
    expect(containers[0]?.volumeMounts).toContainEqual({ name: 'dumps', mountPath: '/var/dumps' });
  });

  test('probes ask the actuator, unless they are told', async () => {
    const { startupProbe, readinessProbe, livenessProbe } = await container({
      jvm: true,
      probes: { readiness: { path: '/ready' }, liveness: { path: '' } },
    });
    expect(startupProbe?.httpGet).toEqual({ path: '/actuator/health/liveness', port: 'http' });
    expect(readinessProbe?.httpGet).toEqual({ path: '/ready', port: 'http' });
    expect(livenessProbe?.tcpSocket).toEqual({ port: 'http' });
  });

  test('it has the time to shut down that its drain leaves', async () => {
    const { env = [] } = await container({ jvm: true, drainSeconds: 10, terminationGracePeriodSeconds: 40 });
    expect(env.find(({ name }) => name === 'SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE')?.value).toBe('25s');
  });
});

describe('a migration', () => {
  const names = async (values: Values) =>
    (await rendered(one(merge({ migrate: ['flyway', 'migrate'] }, values))))
      .all('Job')
      .map(({ metadata }) => metadata.name);

  test('is called by what it runs, so that another version has another one', async () => {
    const [before] = await names({});
    expect(before).toMatch(/^shop-apps-im-migrate-[0-9a-f]{8}$/);
    expect(await names({})).toEqual([before]);
    expect(await names({ replicas: 3, probes: { readiness: { path: '/ready' } } })).toEqual([before]);
    // Whatever is in a Job's pod can't be changed.
    for (const change of [
      { image: { tag: '2' } },
      { env: { A: '1' } },
      { files: { '/a/b': 'c' } },
      { resources: { limits: { memory: '1Gi' } } },
      { scheduling: { nodeSelector: { disk: 'ssd' } } },
    ])
      expect(await names(change)).not.toEqual([before]);
  });

  test('is waited for by the pods, which may look at that Job alone', async () => {
    const output = await rendered(one({ migrate: ['flyway', 'migrate'] }));
    const [job] = output.all('Job');
    expect(output.one('Role', 'shop-apps-im').rules).toEqual([
      { apiGroups: ['batch'], resources: ['jobs'], resourceNames: [job?.metadata.name], verbs: ['get'] },
    ]);
    const [migrated] = output.one('Deployment', 'shop-apps-im').spec.template.spec.initContainers ?? [];
    expect(migrated?.env).toContainEqual({ name: 'JOB', value: job?.metadata.name });
  });
});

const web = await render(chart, { release: 'shop', values: topologyNamed(chart, 'web').values });
await decisions(web.one('ConfigMap', 'shop-apps-waiting'), 'migrated.sh', 'state_of', {}, [
  ['nothing yet', [], '{"status":{}}', 'running'],
  ['it runs', [], '{"status":{"startTime":"2026-01-01T00:00:00Z","active":1,"ready":1}}', 'running'],
  ['a pod of it failed', [], '{"status":{"active":1,"failed":1}}', 'running'],
  ['it is through', [], '{"status":{"succeeded":1}}', 'succeeded'],
  ['an API server that indents', [], '{\n  "status": {\n    "succeeded": 1\n  }\n}', 'succeeded'],
  [
    'it failed',
    [],
    '{"status":{"conditions":[{"type":"FailureTarget","status":"True"},{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}],"failed":9}}',
    'failed',
  ],
  ['no answer', [], '', 'running'],
]);

describe('what leads to an app', () => {
  test('Ingress and route', async () => {
    expect(web.objects.flatMap(check)).toEqual([]);
    const route = web.objects.find(({ kind }) => kind === 'HTTPRoute') as unknown as {
      spec: { parentRefs: unknown; hostnames: unknown; rules: { backendRefs: unknown }[] };
    };
    expect(route.spec.parentRefs).toEqual([{ name: 'public' }]);
    expect(route.spec.rules[0]?.backendRefs).toEqual([{ name: 'shop-apps-gateway', port: 80 }]);
  });

  test('NOTES tell the URLs of both', async () => {
    const values = one({
      ingress: { enabled: true, hosts: ['im.example.com'], paths: ['/im'] },
      route: { enabled: true, gateways: [{ name: 'public' }], hosts: ['im.example.org'] },
    });
    const { notes } = await renderInstall(chart, { release: 'shop', values });
    expect(notes).toMatch(/^ {4}http:\/\/im\.example\.com\/im\n {4}https:\/\/im\.example\.org\/\n/m);
  });

  test('controllers elsewhere are let in where they are said, and to nothing but its own ports', async () => {
    const peer = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'traefik' } } };
    const output = await rendered(
      one({
        ingress: { enabled: true, hosts: ['im.example.com'], from: [peer] },
        metrics: { enabled: true, port: 9100 },
      }),
    );
    const { ingress = [] } = output.one('NetworkPolicy', 'shop-apps-im').spec;
    expect(ingress).toEqual([
      { ports: [{ port: 'http' }], from: [{ podSelector: {} }, peer] },
      { ports: [{ port: 'metrics' }], from: [{ podSelector: {} }] },
    ]);
  });

  test('an autoscaler leaves the number of pods to itself', () => {
    expect(web.one('Deployment', 'shop-apps-gateway').spec.replicas).toBeUndefined();
    expect(web.one('HorizontalPodAutoscaler', 'shop-apps-gateway').spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'shop-apps-gateway' },
      minReplicas: 2,
      maxReplicas: 10,
    });
  });
});

describe('files', () => {
  test('are at their paths, and a change starts the pods anew', async () => {
    const annotation = async (text: string) => {
      const output = await rendered(one({ files: { '/app/config/a.yaml': text, '/app/b.yaml': 'b' } }));
      const { metadata, spec } = output.one('Deployment', 'shop-apps-im').spec.template;
      const { data = {} } = output.one('ConfigMap', 'shop-apps-im');
      const paths = Object.fromEntries(
        (spec.containers[0]?.volumeMounts ?? [])
          .filter(({ name }) => name === 'files')
          .map(({ mountPath, subPath = '' }) => [mountPath, data[subPath]]),
      );
      expect(paths).toEqual({ '/app/config/a.yaml': text, '/app/b.yaml': 'b' });
      return metadata?.annotations?.['ballast.dev/config'];
    };
    expect(await annotation('port: 1\n')).not.toBe(await annotation('port: 2\n'));
  });

  test('logs on the node are in a directory of the pod’s own', async () => {
    const { volumeMounts = [], env = [] } = await container({
      logs: { path: '/var/log/im', hostPath: '/var/log/shop' },
    });
    expect(volumeMounts).toContainEqual({
      name: 'logs',
      mountPath: '/var/log/im',
      subPathExpr: '$(NAMESPACE)_$(POD)',
    });
    expect(env.map(({ name }) => name)).toEqual(['NAMESPACE', 'POD']);
  });
});

describe('in the umbrella', () => {
  const ballast = chartNamed('ballast');

  test('an app has the release’s MySQL and Redis in its environment, and waits for them', async () => {
    const values: Values = {
      mysql: { enabled: true, databases: [{ name: 'im' }], users: [{ name: 'im' }] },
      redis: { enabled: true },
      apps: { enabled: true, image, apps: { im: { uses: ['mysql', 'redis'], jvm: true } } },
    };
    const output = await render(ballast, { release: 'shop', values });
    const { spec } = output.one('Deployment', 'shop-apps-im').spec.template;
    expect(spec.containers[0]?.env).toContainEqual({
      name: 'SPRING_DATASOURCE_URL',
      value: '$(MYSQL_JDBC_URL)',
    });
    expect(spec.initContainers?.map(({ name }) => name)).toEqual(['waiting']);
    expect(spec.initContainers?.[0]?.env).toContainEqual({
      name: 'WAITS',
      value:
        'mysql shop-mysql-primary.default.svc.cluster.local:3306\nredis shop-redis-primary.default.svc.cluster.local:6379',
    });
  });

  test('a variable of its own takes the place of one that it would be told', async () => {
    const values: Values = {
      redis: { enabled: true },
      apps: {
        enabled: true,
        image,
        apps: { im: { uses: ['redis'], extraEnv: [{ name: 'REDIS_HOST', value: 'elsewhere' }] } },
      },
    };
    const output = await render(ballast, { release: 'shop', values });
    const [app] = output.one('Deployment', 'shop-apps-im').spec.template.spec.containers;
    expect(app?.env?.filter(({ name }) => name === 'REDIS_HOST')).toEqual([
      { name: 'REDIS_HOST', value: 'elsewhere' },
    ]);
  });

  test('apps find each other, and don’t wait for each other', async () => {
    const { spec } = (await rendered(apps({ front: { uses: ['im'] }, im: { uses: ['front'] } }))).one(
      'Deployment',
      'shop-apps-front',
    ).spec.template;
    expect(spec.containers[0]?.env).toEqual([
      { name: 'IM_HOST', value: 'shop-apps-im.default.svc.cluster.local' },
      { name: 'IM_PORT', value: '80' },
      { name: 'IM_URL', value: 'http://$(IM_HOST):$(IM_PORT)' },
    ]);
    expect(spec.initContainers).toBeUndefined();
  });

  test('an unknown system is refused by its path', async () => {
    const values: Values = {
      mysql: { enabled: true },
      apps: { enabled: true, image, apps: { im: { uses: ['mysqll'] } } },
    };
    await expect(render(ballast, { release: 'shop', values })).rejects.toThrow(
      new RenderFailure(
        'apps: apps.im.uses has mysqll, and this release has mysql: write one of them, or enable mysqll',
      ),
    );
  });
});

describe('docs/apps.md', () => {
  const text = readFileSync(join(repoRoot, 'docs', 'apps.md'), 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);

  test('has blocks', () => {
    expect(blocks.length).toBeGreaterThan(1);
  });

  const example = (name: string) =>
    parse(readFileSync(join(repoRoot, 'examples', 'im', name), 'utf8')) as Values;
  test.each([
    ...blocks.map((block, index) => [`block ${index + 1}`, parse(block) as Values] as const),
    ['values.yaml of examples/im', example('values.yaml')] as const,
    ['that with its nacos.yaml', merge(example('values.yaml'), example('nacos.yaml'))] as const,
  ])('%s renders to what a cluster takes', async (_, values) => {
    const output = await render(chartNamed('ballast'), { release: 'shop', values });
    expect(output.objects.flatMap(check)).toEqual([]);
    const { apps: named } = values.apps as { apps: Values };
    expect(
      output
        .all('Deployment')
        .map(({ metadata }) => metadata.name)
        .filter((name) => name.startsWith('shop-apps-'))
        .sort(),
    ).toEqual(
      Object.keys(named)
        .map((name) => `shop-apps-${name}`)
        .sort(),
    );
  });

  test('names the variables that apps are told', async () => {
    const [first = ''] = blocks;
    const output = await render(chartNamed('ballast'), { release: 'shop', values: parse(first) as Values });
    const [app] = output.one('Deployment', 'shop-apps-message').spec.template.spec.containers;
    const told = (app?.env ?? [])
      .map(({ name }) => /^(?:MYSQL|REDIS|KAFKA)_(.*)$/.exec(name)?.[1])
      .filter((name) => name !== undefined);
    expect(told.length).toBeGreaterThan(10);
    expect(told.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runPrinted } from '../../e2e/printed.ts';
import { extended } from '../../e2e/setup.ts';
import { reportTo } from '../../harness/base/report.ts';
import { switchedOff } from '../../harness/charts/charts.ts';
import { Shell } from '../../harness/cluster/commands.ts';
import { shellSetup } from '../../harness/cluster/install.ts';
import { isReady, nameOf, waitFor } from '../../harness/cluster/kube.ts';
import { Release } from '../../harness/cluster/release.ts';
import type { TestCluster } from '../../harness/drill/drill.ts';
import { joinTestCluster } from '../../harness/drill/testcluster.ts';
import type { Values } from '../../harness/drill/types.ts';
import { leaky } from './images.ts';
import { ask, bundleFor, ended, loadApp, podsOf, type Seen, serverApp } from './operations.ts';

const namespace = 'drill-apps';
const off = { enabled: false };
const small = (memory: string): Values => ({
  requests: { cpu: '20m', memory: '64Mi' },
  limits: { memory },
});

const values: Values = {
  ...switchedOff(),
  mysql: {
    enabled: true,
    architecture: 'standalone',
    metrics: off,
    databases: [{ name: 'im' }],
    users: [{ name: 'im', grants: [{ privileges: 'ALL', target: 'im.*' }] }],
  },
  redis: { enabled: true, architecture: 'standalone', metrics: off, users: [] },
  apps: {
    enabled: true,
    image: { registry: 'docker.io', repository: 'library/node', tag: '20-slim' },
    resources: small('192Mi'),
    apps: {
      im: {
        ...serverApp,
        uses: ['mysql', 'redis'],
        replicas: 2,
        env: { VERSION: '1' },
        probes: { readiness: { path: '/ready' } },
      },
      load: loadApp,
      leaky: {
        image: leaky,
        jvm: true,
        resources: small('384Mi'),
        probes: { startup: { path: '' }, readiness: { path: '' }, liveness: { path: '' } },
      },
    },
  },
};

let cluster: TestCluster;
let release: Release;

beforeAll(async () => {
  reportTo((line) => void process.stderr.write(`  apps       ${line}\n`));
  cluster = await joinTestCluster();
  await cluster.kube.gone(namespace);
  await cluster.kube.ensureNamespace(namespace);
  await cluster.kube.apply([await bundleFor(namespace)]);
  release = new Release('shop', namespace, cluster.kube.kubeconfig, values);
  // Waits for pods that are not ready before their accounts and tables are there.
  await release.apply();
});
afterAll(async () => {
  await cluster.kube.deleteNamespace(namespace).catch(() => undefined);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    throw new Error(`the state then:\n${await cluster.kube.dump(namespace)}`);
});

const log = async (pod: string, container: string): Promise<string> =>
  cluster.kube.core.readNamespacedPodLog({ namespace, name: pod, container });

describe('an app that uses MySQL and Redis', () => {
  test('is told where they are, logs in, and finds its migration’s table', async () => {
    const { visits } = await ask<{ visits: number }>(cluster.kube, namespace, 'im', '/visit');
    expect(visits).toBeGreaterThan(0);
  });

  test('waited for both, and said so', async () => {
    const [pod] = await podsOf(cluster.kube, namespace, 'im');
    const text = await log(nameOf(pod ?? {}), 'waiting');
    expect(text).toContain('mysql is there');
    expect(text).toContain('redis is there');
    expect(await log(nameOf(pod ?? {}), 'migrated')).toContain('is through');
  });

  test('has no password in what helm knows of it', async () => {
    const { password = '' } = await cluster.kube.secret(namespace, 'shop-mysql-user-im');
    expect(password).not.toBe('');
    const { objects } = await release.render({});
    expect(JSON.stringify(objects)).not.toContain(password);
  });

  test('helm test asks it', async () => {
    expect(await release.test()).toContain('im answers at');
  });

  test('every printed command works', async () => {
    const shell = new Shell(await shellSetup(cluster.kube.kubeconfig));
    const { stdout: notes } = await shell.run(`helm get notes ${release.name} -n ${namespace}`);
    const [own = ''] = /^Apps:\n[\s\S]*?name=apps$/m.exec(notes) ?? [];
    expect(own).toContain(`http://shop-apps-im.${namespace}.svc`);
    await runPrinted(shell, own);
  });
});

/** Changes the app while it is asked without pause; what its clients saw. */
async function underLoad(change: Values): Promise<Seen> {
  const seen = () => ask<Seen>(cluster.kube, namespace, 'load', '/');
  const before = await seen();
  await ask(cluster.kube, namespace, 'load', '/start');
  await waitFor('clients to be served', 60, async () => (await seen()).ok > before.ok + 50 || 'none yet');
  const old = (await podsOf(cluster.kube, namespace, 'im')).map(nameOf);
  await release.apply({ apps: { apps: { im: change } } });
  // Helm returns while the last of them drains.
  await waitFor('the pods from before to be gone', 120, async () => {
    const left = (await podsOf(cluster.kube, namespace, 'im'))
      .map(nameOf)
      .filter((name) => old.includes(name));
    return left.length === 0 || left.join(', ');
  });
  const { ok } = await seen();
  await waitFor(
    'clients to be served by what came',
    60,
    async () => (await seen()).ok > ok + 100 || 'none yet',
  );
  return seen();
}

describe('a rolling update', () => {
  test('fails no request, and another value of the environment is one', async () => {
    const names = (await podsOf(cluster.kube, namespace, 'im')).map(nameOf);
    const { failed, errors, versions } = await underLoad({ env: { VERSION: '2' } });
    expect(errors).toEqual({});
    expect(failed).toBe(0);
    expect(Object.keys(versions)).toEqual(['1', '2']);
    const after = (await podsOf(cluster.kube, namespace, 'im')).filter(isReady).map(nameOf);
    expect(after.filter((name) => names.includes(name))).toEqual([]);
  });

  extended(() => {
    test('a changed file is one, too', async () => {
      const names = (await podsOf(cluster.kube, namespace, 'im')).map(nameOf);
      await release.apply({ apps: { apps: { im: { files: { '/etc/im/colour': 'blue' } } } } });
      const [pod] = (await podsOf(cluster.kube, namespace, 'im')).filter(isReady);
      expect(names).not.toContain(nameOf(pod ?? {}));
      const { stdout } = await cluster.kube.exec(namespace, nameOf(pod ?? {}), 'app', [
        'cat',
        '/etc/im/colour',
      ]);
      expect(stdout).toBe('blue');
    });

    test('negative control: pods that end at once fail some', async () => {
      await release.apply({ apps: { apps: { im: { drainSeconds: 0 } } } });
      const before = await ask<Seen>(cluster.kube, namespace, 'load', '/');
      const { failed } = await underLoad({ env: { VERSION: '3' } });
      expect(failed).toBeGreaterThan(before.failed);
    });
  });
});

extended(() => {
  describe('an app with a volume for each pod', () => {
    const inEach = async (script: string): Promise<string[]> => {
      const said: string[] = [];
      for (const pod of await podsOf(cluster.kube, namespace, 'diary')) {
        const command = ['sh', '-c', script];
        said.push((await cluster.kube.exec(namespace, nameOf(pod), 'app', command)).stdout);
      }
      return said;
    };

    test('finds in it what it wrote before an update', async () => {
      const serve = "require('http').createServer((_, answer) => answer.end()).listen(8080)";
      const diary = { stateful: true, replicas: 2, command: ['node', '-e', serve], data: { size: '16Mi' } };
      await release.apply({ apps: { apps: { diary } } });
      await inEach('echo "$HOSTNAME" > /data/page');
      const pods = await podsOf(cluster.kube, namespace, 'diary');
      await release.apply({ apps: { apps: { diary: { ...diary, env: { VERSION: '2' } } } } });
      expect(await inEach('cat /data/page; echo $VERSION')).toEqual(pods.map((pod) => `${nameOf(pod)}\n2\n`));
    });
  });
});

describe('a JVM that runs out of heap', () => {
  test('ends by itself with a dump of it, and is not killed', async () => {
    const [pod] = await podsOf(cluster.kube, namespace, 'leaky');
    await ask(cluster.kube, namespace, 'leaky', '/fill').catch(() => undefined);
    const { lastState } = await ended(cluster.kube, namespace, 'leaky');
    expect(lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
    await waitFor('leaky to run again', 60, async () => {
      const [now] = await podsOf(cluster.kube, namespace, 'leaky');
      return (now !== undefined && isReady(now)) || 'not yet';
    });
    const { stdout } = await cluster.kube.exec(namespace, nameOf(pod ?? {}), 'app', [
      'sh',
      '-c',
      'wc -c /var/dumps/*.hprof',
    ]);
    expect(Number(stdout.trim().split(' ')[0])).toBeGreaterThan(32 * 1024 ** 2);
  });

  extended(() => {
    test('negative control: with a heap above the limit the kernel ends it', async () => {
      // By a file, which the chart does not look into.
      const files = { '/app/heap': '-Xms16m -Xmx2g' };
      const command = ['java', '@/app/heap', '-cp', '/opt/leaky/*', 'dev.ballast.Leaky'];
      await release.apply({ apps: { apps: { leaky: { files, command } } } });
      await ask(cluster.kube, namespace, 'leaky', '/fill').catch(() => undefined);
      const { lastState } = await ended(cluster.kube, namespace, 'leaky');
      expect(lastState?.terminated?.reason).toBe('OOMKilled');
    });
  });
});

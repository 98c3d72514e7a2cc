import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expectShown } from '../../e2e/alerts.ts';
import { printedCommands } from '../../e2e/printed.ts';
import { extended } from '../../e2e/setup.ts';
import { reportTo } from '../../harness/base/report.ts';
import { judgeAlerts, monitored, scrape } from '../../harness/cluster/alerts.ts';
import { isReady, nameOf, waitFor } from '../../harness/cluster/kube.ts';
import { joinTestCluster } from '../../harness/drill/testcluster.ts';
import type { Values } from '../../harness/drill/types.ts';
import { GuestBook, refusalOf } from './operations.ts';

reportTo((line) => void process.stderr.write(`  web        ${line}\n`));

/** Installs a guest book before the tests of the describe block that calls this, and removes it after them. */
function installed(variant: string, values: Values): () => GuestBook {
  let book: GuestBook | undefined;
  beforeAll(async () => {
    book = await GuestBook.open(await joinTestCluster(), variant, values);
  });
  afterAll(() => book?.leave());
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail' && book)
      throw new Error(`the state then:\n${await book.testCluster.kube.dump(book.namespace)}`);
  });
  return () => {
    if (book === undefined) throw new Error('it is not installed');
    return book;
  };
}

/** Runs a line of Python within the project. */
const manage = ['python3', 'manage.py', 'shell', '--no-imports', '--command'];

/** A migration as a file of the values, and with it the next version of the project. */
const migration = (name: string, after: string, forwards: string): Values => ({
  files: {
    [`/app/entries/migrations/${name}.py`]: `import time
from django.db import migrations

def forwards(apps, editor):
    ${forwards}

class Migration(migrations.Migration):
    dependencies = [("entries", "${after}")]
    operations = [migrations.RunPython(forwards)]
`,
  },
});

describe('uwsgi', () => {
  const book = installed('uwsgi', {
    server: 'uwsgi',
    replicas: 2,
    drainSeconds: 5,
    metrics: { enabled: true },
    users: [{ name: 'admin', email: 'admin@example.com' }],
    nginx: { uploadLimit: '1Mi' },
  });

  test('helm test asks the project through the Service', async () => {
    expect(await book().release.test()).toContain('Succeeded');
  });

  test('what is written through nginx is read back, with the address of whoever wrote it, and not the one that he claims', async () => {
    const claimed = { 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7' };
    const written = await book().ask('/entries.json', {
      headers: claimed,
      form: { name: 'ann', text: 'hello' },
    });
    expect(written.status).toBe(201);
    const { entries } = JSON.parse((await book().ask('/entries.json?name=ann')).body) as {
      entries: object[];
    };
    expect(entries).toEqual([
      expect.objectContaining({ name: 'ann', text: 'hello', address: await book().clientAddress() }),
    ]);
  });

  test('the cache counts in Redis, for all pods', async () => {
    const visits = async () => Number(/Read (\d+) times/.exec((await book().ask('/')).body)?.[1]);
    const before = await visits();
    for (let i = 0; i < 5; i++) await visits();
    expect(await visits()).toBe(before + 6);
  });

  test('static files are compressed, and kept for ever where their name says what they hold', async () => {
    const gzip = { 'accept-encoding': 'gzip' };
    const [, hashed = ''] = /href="(\/static\/[^"]+\.css)"/.exec((await book().ask('/')).body) ?? [];
    const kept = await book().ask(hashed, { headers: gzip });
    expect(kept.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'text/css',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    const plain = await book().ask('/static/entries/book.css', {
      headers: { 'accept-encoding': 'identity' },
    });
    expect(plain.headers['cache-control']).toBe('public, max-age=3600');
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect((await book().ask('/static/nosuch.css')).status).toBe(404);
  });

  test('an upload above the limit is refused, and metrics are nobody’s', async () => {
    const form = (bytes: number) => ({ name: 'ann', text: 'large', picture: { bytes } });
    expect((await book().ask('/entries.json', { form: form(2_000_000) })).status).toBe(413);
    expect((await book().ask('/metrics')).status).toBe(404);
  });

  test('two pods that came at once migrated once, and made the superuser once', async () => {
    const logs = await Promise.all(
      (await book().pods()).map((pod) =>
        book().testCluster.kube.core.readNamespacedPodLog({
          namespace: book().namespace,
          name: nameOf(pod),
          container: 'migrate',
        }),
      ),
    );
    const said = (text: string) => logs.filter((log) => log.includes(text)).length;
    expect([logs.length, said('Applying entries.0001_initial'), said('made the superuser admin')]).toEqual([
      2, 1, 1,
    ]);
    expect(
      await book().inProject(
        ...manage,
        'from django.db.migrations.recorder import MigrationRecorder as R; from django.contrib.auth.models import User; print(R.Migration.objects.filter(app="entries").count(), User.objects.filter(is_superuser=True).count())',
      ),
    ).toBe('1 1');
  });

  test('every printed command works', () => printedCommands(book()));

  test('alerts go by what the project says, are silent while all is well, and speak when nothing is heard', async () => {
    const manifests = await monitored(book());
    const targets = await scrape(book(), manifests);
    expect(targets.length).toBe(2);
    const healthy = await judgeAlerts(manifests, targets);
    expect(healthy.length).toBeGreaterThan(0);
    expect(healthy.filter(({ firing, unmet }) => firing > 0 || unmet.length > 0)).toEqual([]);
    await expectShown(manifests, [...targets, ...(await scrape(book(), manifests))]);
    const firing = async (left: typeof targets) =>
      (await judgeAlerts(manifests, left)).filter((verdict) => verdict.firing > 0).map(({ alert }) => alert);
    expect(await firing(targets.slice(1))).toEqual(['WebReplicaMissing']);
    expect(await firing([])).toEqual(['WebDown', 'WebReplicaMissing']);
  });

  test('a rolling update under load fails no request', async () => {
    const before = (await book().pods()).map(nameOf);
    const load = await book().underLoad(() =>
      book().upgrade(migration('0002_nothing', '0001_initial', 'pass')),
    );
    expect((await book().pods()).map(nameOf).filter((name) => before.includes(name))).toEqual([]);
    expect(load.failures).toEqual({});
    expect(Object.values(load.answers).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(500);
  });

  extended(() => {
    test('a migration that fails stops the upgrade with its reason, and the pods that serve go on', async () => {
      const before = (await book().pods()).map(nameOf);
      const broken = migration(
        '0003_broken',
        '0002_nothing',
        'raise ValueError("the table is not as it was")',
      );
      const load = await book().underLoad(async () => {
        expect(await refusalOf(book().upgrade(broken))).toMatch(
          /a migration failed, and those before it stay: ValueError: the table is not as it was \(entries\/migrations\/0003_broken\.py:5\)/,
        );
      });
      expect(load.failures).toEqual({});
      expect((await book().pods()).filter(isReady).map(nameOf)).toEqual(before);
    });

    test('a project that can’t be imported, or that would answer for nobody, stops the upgrade in one line', async () => {
      expect(await refusalOf(book().upgrade({ application: 'guestbok.wsgi:application' }))).toContain(
        "error: guestbok.wsgi:application can't be imported from /app: ModuleNotFoundError: No module named 'guestbok'",
      );
      const settings = 'from guestbook.settings import *\nALLOWED_HOSTS = ["shop.example"]\n';
      const env = { DJANGO_SETTINGS_MODULE: 'own' };
      expect(await refusalOf(book().upgrade({ files: { '/app/own.py': settings }, env }))).toContain(
        'error: ALLOWED_HOSTS has no localhost, by which probes ask',
      );
    });

    test('a request that takes too long ends, and its worker with it', async () => {
      await book().upgrade({ requestSeconds: 3 });
      const started = performance.now();
      expect((await book().ask('/trials/slow?seconds=40')).status).toBe(502);
      expect(performance.now() - started).toBeLessThan(20_000);
      const logs = await Promise.all(
        (await book().pods()).map((pod) => book().logs('web', Promise.resolve([pod]))),
      );
      expect(logs.join()).toContain('HARAKIRI');
      expect((await book().ask('/readyz')).status).toBe(200);
    });

    test('control: without the time to drain, the same load sees requests fail', async () => {
      await book().upgrade({ drainSeconds: 0 });
      const load = await book().underLoad(() => book().upgrade({ env: { ANYTHING: 'else' } }));
      expect(load.failures).not.toEqual({});
      await book().upgrade({ drainSeconds: 5 });
    });

    test('who migrates waits for somebody else who does, and helm refuses a second upgrade', async () => {
      const applied = 'R.Migration.objects.filter(name="0004_late").exists()';
      const others = book().inProject(
        ...manage,
        `import hashlib, os, time
from django.db import connection as c
from django.db.migrations.recorder import MigrationRecorder as R
name = hashlib.sha256(f"django {c.settings_dict['NAME']}".encode()).hexdigest()[:32]
with c.cursor() as cursor:
    cursor.execute("SELECT GET_LOCK(%s, 0)", [f"migrate-{name}"])
    open("/tmp/held", "w").close()
    while not os.path.exists("/tmp/release"): time.sleep(0.2)
    print(${applied})`,
      );
      await waitFor(
        'the lock to be held',
        30,
        async () => (await book().inProject('ls', '/tmp/held')) === '/tmp/held' || 'not yet',
      );
      const upgrade = book().upgrade(migration('0004_late', '0002_nothing', 'pass'));
      await waitFor('the hook to wait', 60, async () => {
        const said = await book().logs(
          'migrate',
          book().testCluster.kube.pods(book().namespace, 'job-name=ballast-web-migrate'),
        );
        return said.includes('somebody else is migrating: waiting') || said;
      });
      expect(await refusalOf(book().upgrade({}))).toContain(
        'another operation (install/upgrade/rollback) is in progress',
      );
      await book().inProject('touch', '/tmp/release');
      expect(await others).toBe('False');
      await upgrade;
      expect(
        await book().inProject(
          ...manage,
          `from django.db.migrations.recorder import MigrationRecorder as R; print(${applied})`,
        ),
      ).toBe('True');
    });
  });
});

extended(() => {
  describe('gunicorn, with media on a volume of one node, behind a proxy that is trusted', () => {
    const book = installed('gunicorn', {
      server: 'gunicorn',
      replicas: 1,
      media: { enabled: true, size: '100Mi', accessModes: ['ReadWriteOnce'] },
      // Pods of the test cluster, the client's among them.
      nginx: { realIpFrom: ['10.244.0.0/16'] },
    });

    test('the client is who the proxy says, and nobody that he himself put before it', async () => {
      const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' };
      const { body } = await book().ask('/entries.json', { headers, form: { name: 'bob', text: 'hello' } });
      expect(JSON.parse(body)).toMatchObject({ address: '203.0.113.7' });
    });

    test('a picture outlives its pod, and can do nothing in the project’s name', async () => {
      const form = { name: 'bob', text: 'me', picture: { bytes: 50_000 } };
      const { picture } = JSON.parse((await book().ask('/entries.json', { form })).body) as {
        picture: string;
      };
      const [before] = await book().pods();
      await book().upgrade({ workers: 3 });
      const pods = await book().pods();
      expect(pods.map(nameOf)).not.toContain(before && nameOf(before));
      const served = await book().ask(picture);
      expect([served.status, served.body.length]).toEqual([200, 50_000]);
      expect(served.headers['content-security-policy']).toContain('sandbox');
    });

    test('a worker that takes more than its share of the memory is replaced, and nothing is killed', async () => {
      const shares = async () =>
        (await book().inProject('sh', '-c', 'cat /proc/[0-9]*/comm'))
          .split('\n')
          .filter((name) => name === 'gunicorn').length;
      expect(await shares()).toBe(4);
      for (let i = 0; i < 6; i++) expect((await book().ask('/trials/grow?mebibytes=60')).status).toBe(200);
      expect(
        (await book().pods())[0]?.status?.containerStatuses?.map(({ restartCount }) => restartCount),
      ).toEqual([0, 0]);
      expect(await book().logs('web')).toMatch(/worker took \d+ MiB: a new one takes its place/);
    });
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probed, rule, someRecord } from '../../e2e/probing.ts';
import { waitFor } from '../../harness/cluster/kube.ts';
import { freePort, localProbe } from '../../harness/drill/localprobe.ts';
import { goPrograms } from '../../harness/images/tools.ts';

/**
 * MongoDB's probe against a server that speaks its protocol and can be had everywhere: FerretDB, which keeps its data in SQLite. What it
 * does not have can't be tried here. Its hello has no `me`, so no attempt knows its member, and whether two members acknowledge side by side
 * is not seen. It has no `lastWrite` either: reading waits for nobody. It takes any write concern and heeds none: a majority that does not
 * come, and what `plain` writes lose, are not seen. It is always primary: it refuses nothing, so none of the codes of a refusal comes. It
 * has no replSetGetStatus: the view is that of a server without a set. Nobody logs in.
 */

const host = '127.0.0.1';
const database = 'ledger';

/** FerretDB as a process, which can be hurt as a drill hurts a container. */
class Server implements AsyncDisposable {
  readonly port: number;
  readonly #program: string;
  readonly #dir: string;
  #process: ChildProcess;

  private constructor(program: string, dir: string, port: number) {
    this.#program = program;
    this.#dir = dir;
    this.port = port;
    this.#process = this.#spawn();
  }

  static async start(): Promise<Server> {
    const program = join(await goPrograms('ferretdb'), 'ferretdb');
    return new Server(program, await mkdtemp(join(tmpdir(), 'ferretdb-')), await freePort());
  }

  #spawn(): ChildProcess {
    const args = [`${host}:${this.port}`, this.#dir];
    return spawn(this.#program, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  startAgain(): void {
    this.#process = this.#spawn();
  }

  async loseVolume(): Promise<void> {
    await rm(this.#dir, { recursive: true });
    await mkdir(this.#dir);
  }

  /** Its sockets stay open, and nothing answers, until this is disposed of. */
  freeze(): Disposable {
    this.#process.kill('SIGSTOP');
    return { [Symbol.dispose]: () => void this.#process.kill('SIGCONT') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#dir, { recursive: true });
  }
}

let server: Server;
let local: Awaited<ReturnType<typeof localProbe>>;
/** Whoever changes records behind the probe's back. */
let other: MongoClient;
let runs = 0;

beforeAll(async () => {
  server = await Server.start();
  local = await localProbe('mongodb', { MONGODB_PORT: String(server.port), MONGODB_DATABASE: database });
  other = new MongoClient(`mongodb://${host}:${server.port}/`, { directConnection: true });
  await waitFor('FerretDB to answer', 30, () => local.probe.view(host).then(() => true), 200);
});

afterAll(async () => {
  await other?.close();
  await local?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

function run(happening?: Parameters<typeof probed>[3]) {
  const ledger = `run_${++runs}`;
  const options = { ledger, service: host, members: [host], plain: true };
  return probed(local.probe, options, [host], happening);
}

/** What the last run wrote to. */
const records = () => other.db(database).collection(`run_${runs}`);

test('what was acknowledged is there once, and ledgers of earlier runs are gone', async () => {
  await run();
  const { broken, verdict } = await run();
  expect(broken).toEqual([]);
  expect(verdict).toMatchObject({ failed: 0, missing: 0, plain: { lost: 0 } });
  expect(await records().countDocuments()).toBe(verdict.attempted - verdict.unknown + verdict.recovered);
  const collections = await other.db(database).listCollections().toArray();
  expect(collections.map(({ name }) => name)).toEqual([`run_${runs}`]);
});

test('a record that is deleted behind its back is lost', async () => {
  let deleted = -1;
  const { broken, verdict } = await run({
    behind: async (ledger) => {
      deleted = someRecord(ledger);
      await records().deleteOne({ id: deleted });
    },
  });
  expect(broken).toEqual([rule.lost]);
  expect(verdict.lost).toEqual({ [host]: { count: 1, first: [deleted] } });
});

test('a record that is inserted again is there twice, and one that it never wrote is a stranger', async () => {
  let again = -1;
  const { broken, verdict } = await run({
    behind: async (ledger) => {
      again = someRecord(ledger);
      await records().insertMany([{ id: again }, { id: ledger.size }]);
    },
  });
  expect(broken).toEqual([rule.twice, rule.strangers]);
  expect(verdict.duplicated).toEqual({ [host]: { count: 1, first: [again] } });
  expect(verdict.strangers).toEqual({ [host]: 1 });
});

test('a server that is killed leaves writes unknown, and has all that it acknowledged once it is back', async () => {
  const { broken, verdict } = await run({
    during: async () => {
      await server.kill();
      try {
        await waitFor('connections to be refused', 30, async () => {
          const { errors } = await local.probe.status();
          return (errors['connect ECONNREFUSED'] ?? 0) > 0 || JSON.stringify(errors);
        });
      } finally {
        server.startAgain();
      }
    },
  });
  expect(broken).toEqual([]);
  expect(verdict.unknown).toBeGreaterThan(0);
  expect(verdict.failed).toBe(0);
  expect(verdict.plain?.lost).toBe(0);
});

test('negative control: a server that comes back without its volume has lost what it acknowledged before', async () => {
  const { broken, ledger, verdict, faultMs } = await run({
    during: async () => {
      await server.kill();
      await server.loseVolume();
      server.startAgain();
    },
  });
  expect(broken).toContain(rule.lost);
  const before = ledger.acknowledgements('service').filter(({ answered }) => answered < faultMs);
  expect(verdict.missing).toBeGreaterThanOrEqual(before.length);
  expect(verdict.missing).toBeLessThan(verdict.acknowledged);
});

test('a silent server is given up, again and again, and no connection stays behind', async () => {
  const connections = async () => {
    const fds = join('/proc', String(local.pid), 'fd');
    const links = await Promise.all(
      (await readdir(fds)).map((fd) => readlink(join(fds, fd)).catch(() => '')),
    );
    return links.filter((link) => link.startsWith('socket:')).length;
  };
  let open: number[] = [];
  const { broken, ledger, status, verdict, faultMs, healedMs } = await run({
    during: async () => {
      using _frozen = server.freeze();
      const before = await connections();
      const started = performance.now();
      await expect(local.probe.view(host)).rejects.toThrow();
      // It has as long as somebody who only looks, and no longer.
      expect(performance.now() - started).toBeLessThan(12_000);
      open = [before, await connections()];
    },
  });
  expect(broken).toEqual([]);
  const attempts = Array.from({ length: ledger.size }, (_, id) => ledger.at(id));
  const silent = attempts.filter(({ sent, answered }) => answered > faultMs && sent < healedMs);
  const unknown = silent.filter(({ outcome }) => outcome === 'unknown');
  expect(unknown.length).toBeGreaterThan(0);
  for (const { sent, answered } of unknown) expect(answered - sent).toBeLessThan(3000);
  expect(verdict.failed).toBe(0);
  const tries = Object.entries(status.errors).filter(([code]) => code.startsWith('connect '));
  expect(tries.reduce((all, [, count]) => all + count, 0)).toBeGreaterThan(5);
  const [before = 0, after = 0] = open;
  expect(after).toBeLessThanOrEqual(before + 6);
});

test('what it says of a server without a set', async () => {
  expect(await local.probe.view(host)).toEqual({
    member: '',
    version: expect.stringMatching(/^7\.0\./),
    writable: true,
    state: 'NONE',
    role: 'NONE',
    members: 0,
    online: 0,
  });
});

import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tmpdir, which } from 'zx';
import { UserError } from '../base/errors.ts';
import { $ } from '../base/exec.ts';
import { tool } from '../images/tools.ts';
import { type Publication, publish, userIdOf } from './publish.ts';

/** A registry without TLS that keeps all in memory: as much of OCI's distribution API as helm uses. */
class MemoryRegistry {
  /** Takes nothing. */
  closed = false;
  readonly #blobs = new Map<string, Buffer>();
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then(({ status, headers = {}, body }) => {
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `oci://127.0.0.1:${(this.#server.address() as AddressInfo).port}/shop`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** NAME:VERSION of all that was pushed. */
  get charts(): string[] {
    return [...this.#blobs.keys()].flatMap((key) => {
      const [, name, tag] = /^shop\/(.*)\/manifests\/(?!sha256:)(.*)$/.exec(key) ?? [];
      return name === undefined ? [] : [`${name}:${tag}`];
    });
  }

  async #answer(
    request: IncomingMessage,
  ): Promise<{ status: number; headers?: Record<string, string | number>; body?: Buffer }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const content = Buffer.concat(chunks);
    const url = new URL(request.url ?? '', 'http://registry');
    const path = url.pathname.replace(/^\/v2\//, '');
    const named = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    if (this.closed && request.method !== 'GET' && request.method !== 'HEAD') return { status: 403 };
    if (request.method === 'POST') return { status: 202, headers: { location: `${url.pathname}upload` } };
    if (request.method === 'PUT') {
      const key = path.endsWith('/uploads/upload') ? path.replace('uploads/upload', named) : path;
      this.#blobs.set(key, content);
      this.#blobs.set(key.replace(/\/manifests\/.*$/, `/manifests/${named}`), content);
      return { status: 201, headers: { location: `/v2/${key}`, 'docker-content-digest': named } };
    }
    const [, listed] = /^shop\/(.*)\/tags\/list$/.exec(path) ?? [];
    const tags = this.charts.flatMap((chart) =>
      chart.split(':')[0] === listed ? [chart.split(':')[1]] : [],
    );
    const made = path === '' || listed !== undefined;
    const body = made ? Buffer.from(JSON.stringify({ name: listed, tags })) : this.#blobs.get(path);
    if (body === undefined) return { status: 404 };
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const type = path.includes('/manifests/')
      ? 'application/vnd.oci.image.manifest.v1+json'
      : 'application/octet-stream';
    const headers = { 'content-type': type, 'content-length': body.length, 'docker-content-digest': digest };
    return { status: 200, headers, body };
  }
}

const files: Record<string, string> = {
  '.gitignore': 'dist/\nignored\n',
  'charts/common/Chart.yaml': 'apiVersion: v2\nname: common\nversion: 0.1.0\ntype: library\n',
  'charts/common/templates/_x.tpl': '{{- define "common.x" }}x: {{ .Release.Name }}{{ end }}\n',
  'charts/cart/Chart.yaml':
    'apiVersion: v2\nname: cart\nversion: 0.1.0\ndependencies:\n  - {name: common, version: 0.1.0, repository: file://../common}\n',
  'charts/cart/templates/x.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cart}\ndata:\n  {{ include "common.x" . }}\n',
  'charts/all/Chart.yaml':
    'apiVersion: v2\nname: all\nversion: 0.1.0\ndependencies:\n  - {name: cart, version: 0.1.0, repository: file://../cart}\n',
};

/** Milliseconds: dozens of small programs, on a machine that may be busy. */
const timeout = 120_000;

let template: string;
let helm: string;
beforeAll(async () => {
  helm = await tool('helm');
  template = tmpdir();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(template, path)), { recursive: true });
    await writeFile(join(template, path), text);
  }
  const git = $({ cwd: template });
  await git`git init --quiet --template= --initial-branch main`;
  await git`git config user.name Test`;
  await git`git config user.email test@example.com`;
  for (const chart of ['cart', 'all']) {
    await git`${helm} dependency update charts/${chart}`;
    await rm(join(template, 'charts', chart, 'charts'), { recursive: true });
  }
  await git`git add .`;
  await git`git commit --quiet -m first`;
  await git`git gc --quiet`; // few files, which every test copies
}, timeout);
afterAll(() => rm(template, { recursive: true }), timeout);

let root: string;
let registry: MemoryRegistry;
let place: string;
beforeEach(async () => {
  root = tmpdir();
  await cp(template, root, { recursive: true });
  registry = new MemoryRegistry();
  place = await registry.listen();
}, timeout);
afterEach(async () => {
  registry.close();
  await rm(root, { recursive: true });
}, timeout);

async function release(more: Partial<Publication> = {}): Promise<string[]> {
  const lines: string[] = [];
  const publication = { root, registry: place, plainHttp: true, ...more };
  await publish(publication, (line) => lines.push(line));
  return lines;
}

async function refusal(more: Partial<Publication> = {}): Promise<string> {
  const error = await release(more).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw error instanceof Error ? error : new Error('no refusal');
  expect(error.line).not.toContain('\n');
  return error.line;
}

async function commit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(join(root, path), change(await readFile(join(root, path), 'utf8')));
  await $({ cwd: root })`git commit --quiet --all -m more`;
}
const raise = (path: string) => commit(path, (text) => text.replace(/^version: 0\.1\.0$/m, 'version: 0.1.1'));
const tags = async () => (await $({ cwd: root })`git tag --list`).stdout.trim().split('\n');

describe('a release', { timeout }, () => {
  test('pushes every chart once, with all that it needs, and tags it', async () => {
    expect(await release()).toEqual([
      `common     0.1.0  pushed: ${place}/common`,
      `cart       0.1.0  pushed: ${place}/cart`,
      `all        0.1.0  pushed: ${place}/all`,
      'tags to share: git push origin common-0.1.0 cart-0.1.0 all-0.1.0',
    ]);
    expect(registry.charts).toEqual(['common:0.1.0', 'cart:0.1.0', 'all:0.1.0']);
    expect(await tags()).toEqual(['all-0.1.0', 'cart-0.1.0', 'common-0.1.0']);
    const { stdout } = await $`${helm} template mine ${place}/all --plain-http`;
    expect(stdout).toContain('x: mine');

    // There is nothing left to push there.
    expect(await refusal()).toBe(
      `${place} has every chart as it is here: change one, and its version, first`,
    );
    // A second registry gets the same, under the same tags.
    const second = `${place}/second`;
    expect(await release({ registry: second })).toHaveLength(3);
    expect(registry.charts).toContain('second/all:0.1.0');
    // Only what is new is pushed.
    await raise('charts/all/Chart.yaml');
    expect(await release()).toEqual([
      'common     0.1.0  is there, and unchanged since tag common-0.1.0',
      'cart       0.1.0  is there, and unchanged since tag cart-0.1.0',
      `all        0.1.1  pushed: ${place}/all`,
      'tags to share: git push origin all-0.1.1',
    ]);
    // A version that was pushed from who knows where may be another.
    await $({ cwd: root })`git tag --delete cart-0.1.0`;
    expect(await refusal()).toBe(
      `${place} has cart-0.1.0 already, and no tag here says from which commit: git fetch --tags, or raise version in charts/cart/Chart.yaml`,
    );
  });

  test('that is tried leaves packages, pushes nothing and makes no tag', async () => {
    expect(await release({ dryRun: true })).toContain('cart       0.1.0  packaged: dist/cart-0.1.0.tgz');
    expect((await readdir(join(root, 'dist'))).sort()).toEqual(
      ['all-0.1.0.tgz', 'cart-0.1.0.tgz', 'common-0.1.0.tgz'].sort(),
    );
    expect(registry.charts).toEqual([]);
    expect(await tags()).toEqual(['']);
  });

  test('can be tried without a registry, and holds nothing that git ignores', async () => {
    await writeFile(join(root, 'charts', 'cart', 'ignored'), 'x');
    const lines: string[] = [];
    await publish({ root, dryRun: true }, (line) => lines.push(line));
    expect(lines).toHaveLength(3);
    const { stdout } = await $`tar -tf ${join(root, 'dist', 'cart-0.1.0.tgz')}`;
    expect(stdout).toContain('cart/charts/common/Chart.yaml');
    expect(stdout).not.toContain('ignored');
  });
});

describe('is refused', { timeout }, () => {
  test('without a registry', async () => {
    await expect(publish({ root }, () => undefined)).rejects.toThrow('--registry is missing');
  });

  test.each(['https://example.com/x', 'oci://example.com', 'oci://example.com/Shop', 'oci:///x'])(
    'with %s for a registry',
    async (where) => {
      expect(await refusal({ registry: where })).toBe(
        `--registry ${where} is no place for charts: write --registry oci://HOST/PATH, the path in lower case`,
      );
    },
  );

  test('a dirty tree', async () => {
    await appendFile(join(root, 'charts', 'cart', 'Chart.yaml'), '\n');
    await writeFile(join(root, 'new'), '');
    expect(await refusal()).toBe(
      'the working tree differs from its commit (charts/cart/Chart.yaml and 1 more): commit or stash what changed: a release is made of a commit',
    );
  });

  test('what is no clone', async () => {
    await rm(join(root, '.git'), { recursive: true });
    expect(await refusal()).toMatch(
      /^git status failed in .* \(fatal: not a git repository.*\): release from a clone$/,
    );
  });

  test('a chart that changed without a new version, and nothing is pushed', async () => {
    for (const chart of ['common', 'cart']) await $({ cwd: root })`git tag ${chart}-0.1.0`;
    await commit('charts/cart/templates/x.yaml', (text) => text.replace('data:', 'immutable: true\ndata:'));
    expect(await refusal()).toBe(
      'changed since cart-0.1.0 without a new version: raise version in charts/cart/Chart.yaml',
    );
    expect(registry.charts).toEqual([]);
  });

  test('a Chart.lock that is not of its Chart.yaml', async () => {
    await commit('charts/cart/Chart.yaml', (text) => text.replace('version: 0.1.0, r', 'version: 0.1.x, r'));
    expect(await refusal()).toMatch(
      /^charts\/cart\/Chart\.lock is stale.*out of sync.*: correct dependencies/,
    );
    expect(registry.charts).toEqual([]);
  });

  test('a Chart.lock that names a version which is not here any more', async () => {
    await raise('charts/common/Chart.yaml');
    expect(await refusal()).toMatch(/^charts\/cart\/Chart\.lock is stale/);
  });

  test('a chart without a Chart.lock', async () => {
    await $({ cwd: root })`git rm --quiet charts/cart/Chart.lock`;
    await $({ cwd: root })`git commit --quiet -m unlocked`;
    expect(await refusal()).toBe('cart has no Chart.lock: run helm dependency update and commit it');
  });

  test('a registry that does not answer', async () => {
    registry.close();
    expect(await refusal()).toMatch(/^oci:.* can't be asked for common-0\.1\.0 \(.*connection refused\)/);
  });

  test('by a registry that takes nothing, and no tag is left', async () => {
    registry.closed = true;
    expect(await refusal()).toMatch(
      /^common-0\.1\.0\.tgz can't be pushed to oci:.*403.*: check that you may write/,
    );
    expect(await tags()).toEqual(['']);
  });

  test('a signature where there is no gpg', async () => {
    const { PATH = '' } = process.env;
    const without = tmpdir();
    // gpg lies beside git: of that directory only what is used.
    for (const program of ['bash', 'git', 'gzip', 'tar'])
      await symlink(which.sync(program), join(without, program));
    process.env.PATH = without;
    try {
      expect(await refusal({ sign: { key: 'x' } })).toBe(
        'gpg is not on PATH, and has the key for --sign: install gnupg',
      );
    } finally {
      process.env.PATH = PATH;
      await rm(without, { recursive: true });
    }
  });
});

test('a key’s user id is read as gpg lists it', () => {
  const listing = `sec:u:255:22:ABCDEF:1:::u:::scESC:::+::ed25519:::0:
fpr:::::::::ABCDEF:
uid:u::::1::HASH::Jo\\x3a the Baker <jo@example.com>::::::::::0:
uid:u::::1::HASH::Other::::::::::0:
`;
  expect(userIdOf(listing)).toBe('Jo: the Baker <jo@example.com>');
});

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { which } from 'zx/core';
import { messageOf, UserError } from '../base/errors.ts';
import { $ } from '../base/exec.ts';
import {
  aptInstall,
  contentKey,
  ensurePrograms,
  readHost,
  refuseInTests,
  reporting,
  requireSpace,
  withLock,
  withTempDir,
} from '../base/host.ts';
import { cacheRoot, repoRoot } from '../base/paths.ts';

/** A program pinned by the go.mod in tools/NAME, whose `tool` lines name what is built; a program of ours has its source beside it. */
export type GoModule =
  | 'alerts'
  | 'coredns'
  | 'ct'
  | 'etcd'
  | 'ferretdb'
  | 'helm'
  | 'helm-unittest'
  | 'kind'
  | 'kube-router'
  | 'kubeconform'
  | 'kubernetes'
  | 'local-path-provisioner'
  | 'mc'
  | 'metrics-server'
  | 'minio'
  | 'otelcol'
  | 'registry'
  | 'traefik'
  | 'victorialogs';

export type Tool =
  | 'alerts'
  | 'ct'
  | 'helm'
  | 'helm-serve'
  | 'helm-unittest'
  | 'kind'
  | 'kubeconform'
  | 'kubectl'
  | 'shellcheck'
  | 'shfmt'
  | 'yamale'
  | 'yamllint';

/** How to ask a program on PATH for its version, for those that people have anyway; the answer has to hold the pinned one. */
const onPath: Partial<Record<Tool, readonly string[]>> = {
  helm: ['version', '--template', '{{.Version}}'],
  kind: ['version'],
  kubectl: ['version', '--client'],
};

/** From PyPI, what `ct lint` calls. */
const pythonPackages = ['yamllint==1.38.0', 'yamale==6.1.0'];

/** The linker sets these, because some programs know their own version only so. */
function linkerVariables(module: GoModule, version: string): string[] {
  switch (module) {
    case 'helm':
      return [`helm.sh/helm/v4/internal/version.version=${version}`];
    case 'kubernetes': {
      const [major, minor] = version.slice(1).split('.');
      return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((pkg) => [
        `${pkg}.gitVersion=${version}`,
        `${pkg}.gitMajor=${major}`,
        `${pkg}.gitMinor=${minor}`,
        `${pkg}.gitTreeState=clean`,
        `${pkg}.gitCommit=module`,
        `${pkg}.buildDate=1970-01-01T00:00:00Z`,
      ]);
    }
    case 'victorialogs':
      return [`github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version=victoria-logs-${version}`];
    default:
      return [];
  }
}

export interface GoMod {
  /** Import paths of the `tool` lines. */
  tools: readonly string[];
  /** Version of the module that holds the tools, e.g. v1.34.4; ours, which are beside the go.mod, aside. */
  version: string;
}

/** Reads what a tool's go.mod pins. */
export function parseGoMod(text: string): GoMod {
  const block = /^tool \(\n([^)]*)\)/m.exec(text)?.[1] ?? /^tool (.*)$/m.exec(text)?.[1] ?? '';
  const tools = block
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const required = [...text.matchAll(/^(?:require )?\s*(\S+\.\S+\/\S+) (v\S+)/gm)];
  const own = /^module (\S+)/m.exec(text)?.[1];
  const foreign = tools.filter((tool) => !tool.startsWith(`${own}/`));
  const holder = required.find(([, path]) =>
    foreign.every((tool) => tool === path || tool.startsWith(`${path}/`)),
  );
  if (tools.length === 0 || holder?.[2] === undefined)
    throw new Error('go.mod names no tool of a required module');
  return { tools, version: holder[2] };
}

export async function pinned(module: GoModule): Promise<GoMod> {
  return parseGoMod(await readFile(join(repoRoot, 'tools', module, 'go.mod'), 'utf8'));
}

/** The name `go build` gives the program of an import path: its last element, unless that is a major version. */
export function programOf(importPath: string): string {
  const elements = importPath.split('/');
  const last = elements.at(-1) ?? '';
  return /^v\d+$/.test(last) ? (elements.at(-2) ?? '') : last;
}

/** The Go toolchain's program; tools are built from source because that works wherever Go's module proxy can be reached. */
async function go(): Promise<{ path: string; version: string }> {
  const path = which.sync('go', { nothrow: true });
  if (path === null) {
    throw new UserError(
      'Go is not on PATH, and the pinned tools are built with it',
      'install Go 1.24 or newer',
    );
  }
  const { stdout } = await $`${path} env GOVERSION`;
  const version = stdout.trim();
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1]);
  if (minor < 24)
    throw new UserError(`${version} is too old to build the pinned tools`, 'install Go 1.24 or newer');
  return { path, version };
}

/**
 * The directory with the programs of tools/MODULE, built once per content of that directory and Go version. `only` builds one program of
 * several.
 */
export async function goPrograms(module: GoModule, only?: string): Promise<string> {
  const source = join(repoRoot, 'tools', module);
  const { path: goPath, version: goVersion } = await go();
  const { tools, version } = await pinned(module);
  const ldflags = ['-s', '-w', ...linkerVariables(module, version).map((variable) => `-X ${variable}`)].join(
    ' ',
  );
  const files = (await readdir(source, { recursive: true })).filter((file) => /\.(mod|sum|go)$/.test(file));
  const contents = await Promise.all(files.sort().map((file) => readFile(join(source, file))));
  const key = contentKey(...contents, ldflags, goVersion, process.arch);
  const whole = join(cacheRoot, 'tools', `${module}-${version}-${key}`);
  if (existsSync(whole)) return whole;
  const target = only === undefined ? whole : `${whole}-${only}`;
  if (existsSync(target)) return target;
  refuseInTests(`${only ?? module} ${version}`);
  const packages = tools.filter((tool) => only === undefined || programOf(tool) === only);

  return withLock(`build-${module}`, async () => {
    if (existsSync(target)) return target;
    const large = module === 'kubernetes' || module === 'traefik';
    await requireSpace(large ? 6 : 3, `building ${module}`);
    await withTempDir((temp) =>
      reporting(`building ${only ?? module} ${version} with ${goVersion}`, async () => {
        const env = {
          CGO_ENABLED: '0',
          GOFLAGS: '-mod=readonly',
          GOWORK: 'off',
          // Each fills gigabytes that nothing else uses: its caches go with the temporary directory.
          ...(large ? { GOMODCACHE: join(temp, 'mod'), GOCACHE: join(temp, 'cache') } : {}),
        };
        const out = join(temp, 'out');
        await mkdir(out);
        try {
          const build = $({ env, timeout: 3_600_000 });
          await build`${goPath} build -C ${source} -trimpath -ldflags ${ldflags} -o ${out}/ ${packages}`;
        } catch (error) {
          throw new UserError(
            `building ${module} ${version} failed (${messageOf(error).split('\n').slice(-2).join(' ')})`,
            "check that Go's module proxy can be reached, then run again",
            { cause: error },
          );
        }
        await mkdir(join(cacheRoot, 'tools'), { recursive: true });
        await rename(out, target);
      }),
    );
    return target;
  });
}

/**
 * Where the Go toolchain keeps a module's source, fetched if need be: for files that a tool ships beside its code. The tool's own module, or that
 * of another package that it is made of.
 */
export async function moduleDir(module: GoModule, ofPackage?: string): Promise<string> {
  const { path: goPath } = await go();
  const { tools } = await pinned(module);
  const list = $({ env: { GOFLAGS: '-mod=readonly', GOWORK: 'off' } });
  const { stdout } =
    await list`${goPath} list -C ${join(repoRoot, 'tools', module)} -f ${'{{.Module.Dir}}'} ${ofPackage ?? tools[0] ?? ''}`;
  return stdout.trim();
}

async function pythonPrograms(): Promise<string> {
  const target = join(cacheRoot, 'tools', `python-${contentKey(...pythonPackages)}`);
  if (existsSync(target)) return join(target, 'bin');
  refuseInTests(pythonPackages.join(' '));
  const host = readHost();
  await ensurePrograms({ python3: 'python3' }, host);
  return withLock('build-python', async () => {
    if (existsSync(target)) return join(target, 'bin');
    await reporting(`installing ${pythonPackages.join(' ')} from PyPI`, async () => {
      // A venv is not relocatable, so its marker of completeness is a link made last.
      const venv = `${target}-venv`;
      const usable = await $`python3 -c ${'import ensurepip'}`.then(
        () => true,
        () => false,
      );
      if (!usable) await aptInstall(['python3-venv'], host);
      await $`python3 -m venv --clear ${venv}`;
      await $`${venv}/bin/pip install --quiet --disable-pip-version-check ${pythonPackages}`;
      await symlink(venv, target);
    });
    return join(target, 'bin');
  });
}

const resolved = new Map<Tool, Promise<string>>();

/** The absolute path of a pinned tool: from the cache, from PATH where exactly that version is there, else built. */
export function tool(name: Tool): Promise<string> {
  let path = resolved.get(name);
  if (path === undefined) {
    path = resolve(name);
    path.catch(() => resolved.delete(name));
    resolved.set(name, path);
  }
  return path;
}

async function resolve(name: Tool): Promise<string> {
  switch (name) {
    case 'shellcheck':
    case 'shfmt':
      await ensurePrograms({ [name]: name }, readHost());
      return which(name);
    case 'yamale':
    case 'yamllint':
      return join(await pythonPrograms(), name);
    default: {
      const module = moduleOf(name);
      return (
        (await matchingOnPath(name, module)) ??
        join(await goPrograms(module, name === 'kubectl' ? name : undefined), name)
      );
    }
  }
}

function moduleOf(name: Exclude<Tool, 'shellcheck' | 'shfmt' | 'yamale' | 'yamllint'>): GoModule {
  switch (name) {
    case 'helm-serve':
      return 'helm';
    case 'kubectl':
      return 'kubernetes';
    default:
      return name;
  }
}

async function matchingOnPath(name: Tool, module: GoModule): Promise<string | undefined> {
  const args = onPath[name];
  const path = args && which.sync(name, { nothrow: true });
  if (!path) return undefined;
  const { version } = await pinned(module);
  const answer = await $({ timeout: 10_000 })`${path} ${args}`.catch(() => undefined);
  return answer?.stdout.split(/\s+/).includes(version) ? path : undefined;
}

/** PATH with these tools first, for programs that call others (ct calls helm, yamllint and yamale by name). */
export async function pathWith(names: readonly Tool[]): Promise<string> {
  const dirs: string[] = [];
  for (const name of names) {
    const path = await tool(name);
    dirs.push(path.slice(0, path.lastIndexOf('/')));
  }
  return [...new Set(dirs), process.env.PATH].join(':');
}

import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tmpdir } from 'zx';
import { contentKey, directoryKey } from '../harness/host.ts';
import { repoRoot } from '../harness/paths.ts';
import { type GoModule, parseGoMod, pinned, programOf } from '../harness/tools.ts';

describe('what a go.mod pins', () => {
  it('is read from a single tool line', () => {
    const text = `module x

go 1.26.0

tool helm.sh/helm/v4/cmd/helm

require (
	github.com/other/helm v0.1.0 // indirect
	helm.sh/helm/v4 v4.3.1 // indirect
)
`;
    expect(parseGoMod(text)).toEqual({ tools: ['helm.sh/helm/v4/cmd/helm'], version: 'v4.3.1' });
  });

  it('is read from a block of tools of one module', () => {
    const text = `module x

tool (
	k8s.io/kubernetes/cmd/kubectl
	k8s.io/kubernetes/cmd/kubelet
)

require k8s.io/kubernetes v1.34.4

require k8s.io/kubernetes-other v0.1.0
`;
    expect(parseGoMod(text)).toEqual({
      tools: ['k8s.io/kubernetes/cmd/kubectl', 'k8s.io/kubernetes/cmd/kubelet'],
      version: 'v1.34.4',
    });
  });

  it('leaves programs of ours beside the go.mod aside', () => {
    const text = `module ballast.dev/tools/x

tool (
	ballast.dev/tools/x/helper
	k8s.io/kubernetes/cmd/kubectl
)

require k8s.io/kubernetes v1.34.4
`;
    expect(parseGoMod(text).version).toBe('v1.34.4');
  });

  it('is an error where nothing is pinned', () => {
    expect(() => parseGoMod('module x\n\ngo 1.26.0\n')).toThrow('names no tool');
  });

  it('holds for every directory of tools/', async () => {
    const names = await readdir(join(repoRoot, 'tools'));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names)
      expect((await pinned(name as GoModule)).version, name).toMatch(/^v\d+\.\d+\.\d+/);
  });
});

describe('the program of an import path', () => {
  it('is its last element, or the one before a major version', () => {
    expect(programOf('helm.sh/helm/v4/cmd/helm')).toBe('helm');
    expect(programOf('go.etcd.io/etcd/server/v3')).toBe('server');
  });
});

describe('content keys', () => {
  it('tell parts apart, however they are cut', () => {
    expect(contentKey('a', 'bc')).not.toBe(contentKey('ab', 'c'));
    expect(contentKey('a', 'b')).toBe(contentKey('a', 'b'));
  });

  it('change with a name or a content of a directory', async () => {
    const dir = tmpdir();
    try {
      await writeFile(join(dir, 'a'), '1');
      const first = await directoryKey(dir);
      expect(await directoryKey(dir)).toBe(first);
      await writeFile(join(dir, 'a'), '2');
      const second = await directoryKey(dir);
      await rm(join(dir, 'a'));
      await writeFile(join(dir, 'b'), '2');
      expect(new Set([first, second, await directoryKey(dir)]).size).toBe(3);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

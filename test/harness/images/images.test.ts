import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repoRoot } from '../base/paths.ts';
import { imageConfig } from './imagebuild.ts';
import { imageCatalog, isUnreachable, planImage, registryOf } from './images.ts';
import { repositoryOf } from './registry.ts';

describe('where an image comes from', () => {
  it('is pulled when the store has none', () => {
    expect(planImage(undefined, 'key')).toBe('pull');
    expect(planImage(undefined, undefined)).toBe('pull');
  });

  it('is used as it is when it is not of our making, or of the current recipe', () => {
    expect(planImage({ recipe: undefined }, 'key')).toBe('use');
    expect(planImage({ recipe: 'key' }, 'key')).toBe('use');
    expect(planImage({ recipe: 'old' }, undefined)).toBe('use');
  });

  it('is built anew when ours is of another recipe', () => {
    expect(planImage({ recipe: 'old' }, 'key')).toBe('build');
  });
});

describe('a failed pull', () => {
  it.each([
    'dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host',
    'dial tcp 1.2.3.4:443: connect: connection refused',
    'net/http: TLS handshake timeout',
    'no answer in 20 s',
    'connect: network is unreachable',
  ])('condemns the whole registry: %s', (complaint) => {
    expect(isUnreachable(complaint)).toBe(true);
  });

  it.each([
    'manifest for library/mysql:9.99 not found: manifest unknown',
    'toomanyrequests: You have reached your pull rate limit',
    'unauthorized: authentication required',
  ])('condemns only the image: %s', (complaint) => {
    expect(isUnreachable(complaint)).toBe(false);
  });
});

describe('references', () => {
  it('are taken apart as a mirror is asked for them', () => {
    expect(registryOf('docker.io/library/mysql:9.7')).toBe('docker.io');
    expect(repositoryOf('docker.io/library/mysql:9.7')).toEqual({ name: 'library/mysql', tag: '9.7' });
    expect(repositoryOf('quay.io/minio/minio')).toEqual({ name: 'minio/minio', tag: 'latest' });
  });
});

describe('the catalog', () => {
  it('names full references with a tag, and recipes that exist', async () => {
    const recipes = readdirSync(join(repoRoot, 'images'));
    const catalog = await imageCatalog();
    expect(catalog.size).toBeGreaterThan(0);
    for (const [ref, recipe] of catalog) {
      expect(ref).toMatch(/^[a-z0-9.-]+\.[a-z]+\/[a-z0-9._/-]+:[\w.-]+$/);
      if (recipe !== null) expect(recipes).toContain(recipe);
    }
  });

  it('has no recipe that nothing names', async () => {
    const named = new Set([...(await imageCatalog()).values(), 'node']);
    const dirs = readdirSync(join(repoRoot, 'images'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    for (const { name } of dirs) {
      const recipe = join(repoRoot, 'images', name, 'recipe.yaml');
      if (existsSync(recipe)) named.add(parse(readFileSync(recipe, 'utf8')).base ?? null);
    }
    expect(dirs.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
  });
});

describe('the image configuration', () => {
  it('names each layer by its digest, in order', () => {
    const config = JSON.parse(imageConfig({ User: '999', Env: ['A=b'] }, ['aa', 'bb']));
    expect(config).toMatchObject({
      os: 'linux',
      config: { User: '999', Env: ['A=b'] },
      rootfs: { type: 'layers', diff_ids: ['sha256:aa', 'sha256:bb'] },
    });
    expect(config.history).toHaveLength(2);
  });
});

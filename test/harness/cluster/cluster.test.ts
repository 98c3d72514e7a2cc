import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Host } from '../base/host.ts';
import { kindConfig, nodeNames, planCluster } from './cluster.ts';

const wanted = nodeNames('ballast', 3);
const nodes = (...silent: string[]) => wanted.map((name) => ({ name, answers: !silent.includes(name) }));

describe('what to do about a cluster', () => {
  it('creates it where there is none, even if a creation was interrupted before its first container', () => {
    expect(planCluster([], wanted, undefined, false)).toBe('create');
    expect(planCluster([], wanted, undefined, true)).toBe('create');
  });

  it('uses one that is finished and runs', () => {
    expect(planCluster(nodes(), wanted, 'key', false)).toBe('use');
    // The run was killed between the marker and the removal of its intent.
    expect(planCluster(nodes(), wanted, 'key', true)).toBe('use');
  });

  it('makes anew what an interrupted creation of ours left, however far that came', () => {
    expect(planCluster(nodes(), wanted, undefined, true)).toBe('recreate');
    expect(planCluster(nodes().slice(0, 2), wanted, undefined, true)).toBe('recreate');
  });

  it('touches no cluster that somebody else made under this name', () => {
    expect(planCluster(nodes(), wanted, undefined, false)).toBe('refuse');
    expect(planCluster([{ name: 'ballast-control-plane', answers: true }], wanted, undefined, false)).toBe(
      'refuse',
    );
  });

  it('does not use one with a node that is gone or does not start', () => {
    expect(planCluster(nodes('ballast-worker2'), wanted, 'key', false)).toBe('recreate');
    expect(planCluster(nodes().slice(0, 3), wanted, 'key', false)).toBe('recreate');
  });
});

describe('the configuration for kind', () => {
  const host: Host = {
    linux: true,
    root: true,
    apt: true,
    sysAdmin: true,
    sysResource: true,
    cgroupV2: true,
    nofile: Number.POSITIVE_INFINITY,
    nproc: Number.POSITIVE_INFINITY,
  };

  it('names nodes as kind does', () => {
    expect(wanted).toEqual(['ballast-control-plane', 'ballast-worker', 'ballast-worker2', 'ballast-worker3']);
  });

  it('puts each worker in a zone of its own', () => {
    const config = parse(kindConfig('ballast', 3, host)) as { nodes: { role: string; labels?: object }[] };
    expect(config.nodes).toEqual([
      { role: 'control-plane' },
      ...['zone-a', 'zone-b', 'zone-c'].map((zone) => ({
        role: 'worker',
        labels: { 'topology.kubernetes.io/zone': zone },
      })),
    ]);
  });

  it('lets kubelet run without CAP_SYS_RESOURCE only where that is missing', () => {
    expect(parse(kindConfig('a', 1, host))).not.toHaveProperty('featureGates');
    expect(parse(kindConfig('a', 1, { ...host, sysResource: false }))).toMatchObject({
      featureGates: { KubeletInUserNamespace: true },
    });
  });
});

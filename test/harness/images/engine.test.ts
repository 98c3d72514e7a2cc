import { describe, expect, it } from 'vitest';
import { type Host, hardLimit, hasCapability } from '../base/host.ts';
import { containersConf, decideEngine, type EngineProbe } from './engine.ts';

/** A Debian machine with everything allowed. */
const free: Host = {
  linux: true,
  root: true,
  apt: true,
  sysAdmin: true,
  sysResource: true,
  cgroupV2: true,
  nofile: Number.POSITIVE_INFINITY,
  nproc: Number.POSITIVE_INFINITY,
};

const absent = (name: EngineProbe['name']): EngineProbe => ({ name, state: 'absent' });
const working = (name: EngineProbe['name'], rootless = false): EngineProbe => ({
  name,
  state: 'working',
  rootless,
});
const dead: EngineProbe = {
  name: 'docker',
  state: 'failing',
  reason: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock',
};

describe('the choice of a container engine', () => {
  it('takes the first that works: docker, then podman, then nerdctl', () => {
    const all = [working('docker'), working('podman'), working('nerdctl')];
    expect(decideEngine(all, free)).toEqual({ action: 'use', name: 'docker' });
    expect(decideEngine([dead, ...all.slice(1)], free)).toEqual({ action: 'use', name: 'podman' });
    expect(decideEngine([absent('docker'), absent('podman'), working('nerdctl')], free)).toEqual({
      action: 'use',
      name: 'nerdctl',
    });
  });

  it('installs podman on Debian as root when there is none, also beside a docker client without a daemon', () => {
    const none = [absent('docker'), absent('podman'), absent('nerdctl')];
    expect(decideEngine(none, free)).toEqual({ action: 'install' });
    expect(decideEngine([dead, ...none.slice(1)], free)).toEqual({ action: 'install' });
  });

  it('says why it cannot install one, and what to do', () => {
    const none = [dead, absent('podman'), absent('nerdctl')];
    expect(decideEngine(none, { ...free, root: false })).toEqual({
      action: 'fail',
      message: `no container engine works (docker: ${dead.state === 'failing' && dead.reason})`,
      fix: 'start docker, podman or nerdctl, or run as root to have podman installed',
    });
    expect(decideEngine(none.slice(1), { ...free, apt: false })).toEqual({
      action: 'fail',
      message: 'no container engine found',
      fix: 'start docker, podman or nerdctl',
    });
    expect(decideEngine(none.slice(1), { ...free, linux: false })).toMatchObject({ action: 'fail' });
  });

  it('refuses what lacks privileges, naming the privilege', () => {
    const bare = { ...free, sysAdmin: false };
    expect(decideEngine([working('podman')], bare)).toMatchObject({
      action: 'fail',
      message: expect.stringContaining('podman: no privileges here (CAP_SYS_ADMIN is missing)'),
    });
    expect(decideEngine([absent('podman')], bare)).toMatchObject({
      action: 'fail',
      message: expect.stringContaining('CAP_SYS_ADMIN'),
    });
  });

  it('leaves docker its own privileges', () => {
    const user = { ...free, root: false, sysAdmin: false };
    expect(decideEngine([working('docker')], user)).toEqual({ action: 'use', name: 'docker' });
  });

  it('takes a rootless engine only with cgroup v2', () => {
    const user = { ...free, root: false, sysAdmin: false };
    expect(decideEngine([working('podman', true)], user)).toEqual({ action: 'use', name: 'podman' });
    expect(decideEngine([working('podman', true)], { ...user, cgroupV2: false })).toMatchObject({
      action: 'fail',
      message: 'no container engine works (podman: rootless needs cgroup v2)',
    });
  });

  it('does not install podman over one that works and is refused', () => {
    const decision = decideEngine([working('podman', true)], { ...free, cgroupV2: false });
    expect(decision).toMatchObject({ action: 'fail' });
  });
});

describe("podman's configuration", () => {
  it('is left alone where limits can be raised or need not be', () => {
    expect(containersConf({ ...free, nofile: 20_000 })).toBeUndefined();
    expect(containersConf({ ...free, sysResource: false })).toBeUndefined();
  });

  it('asks for no more than the hard limits', () => {
    const conf = containersConf({ ...free, sysResource: false, nofile: 20_000 });
    expect(conf).toContain('"nofile=20000:20000","nproc=32768:32768"');
    expect(containersConf({ ...free, sysResource: false, nofile: 20_000, nproc: 4096 })).toContain(
      'nproc=4096:4096',
    );
  });
});

describe('what the kernel says of this process', () => {
  it('reads effective capabilities', () => {
    const status = 'Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t000001fffeffffff\n';
    expect(hasCapability(status, 21n)).toBe(true);
    expect(hasCapability(status, 24n)).toBe(false);
    expect(hasCapability('', 21n)).toBe(false);
  });

  it('reads hard limits, not soft ones', () => {
    const limits = `Limit                     Soft Limit           Hard Limit           Units
Max processes             unlimited            unlimited            processes
Max open files            1024                 20000                files
`;
    expect(hardLimit(limits, 'Max open files')).toBe(20_000);
    expect(hardLimit(limits, 'Max processes')).toBe(Number.POSITIVE_INFINITY);
  });
});

import { join } from 'node:path';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { setSecret } from '../../e2e/setup.ts';
import { systemsDir } from '../../harness/base/paths.ts';
import { report } from '../../harness/base/report.ts';
import { nameOf, waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';
import { kill, partitionFrom } from '../../harness/drill/faults.ts';

/** Seconds after its last beat that a server takes an instance for ill. */
const beatTimeoutSeconds = 15;
const watchSeconds = 60;
/** Configurations that a server takes and can't tell the others of. */
const untold = 20;

/** What a shell in a server's pod says, logged in as the administrator. */
async function asked({ testCluster, namespace }: Installation, pod: string, what: string): Promise<string> {
  const command = ['bash', '-c', `. /opt/ballast/lib.sh; log_in && ${what}`];
  return (await testCluster.kube.exec(namespace, pod, 'nacos', command)).stdout;
}

/** While the leader is killed and comes back, configurations are told throughout, and an instance that beats is told by some member. */
export async function staysServed(installation: Installation): Promise<void> {
  const { testCluster, namespace, system } = installation;
  const members = await installation.members();
  const leader = await installation.primary();
  const other = members.map(nameOf).find((name) => name !== nameOf(leader)) ?? '';
  const { outputFiles } = await build({
    entryPoints: [join(systemsDir, system.name, 'watch.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    write: false,
  });
  const service = system.service(installation.release.name);
  const hosts = members.map((pod) => installation.host(pod)).join(',');
  const program = ['node', '-e', outputFiles[0]?.text ?? '', service, hosts, String(watchSeconds)];
  const watched = testCluster.kube.exec(namespace, 'ballast-probe', 'probe', program, {
    seconds: watchSeconds + 60,
  });
  const list = 'http GET "/v1/ns/instance/list?serviceName=watched&groupName=ledger"';
  await waitFor('the instance to be told', 30, async () => {
    const said = await asked(installation, other, list);
    return said.includes('198.18.255.1') || said;
  });
  await kill({ ...testCluster, container: system.container }, [leader]);
  const { read, registered } = JSON.parse((await watched).stdout) as Record<
    'read' | 'registered',
    { gapMs: number; seen: number }
  >;
  report(
    `readers waited ${read.gapMs} ms at most, and no member told the instance for ${registered.gapMs} ms`,
  );
  expect(read.seen).toBeGreaterThan(watchSeconds);
  expect(registered.seen).toBeGreaterThan(watchSeconds);
  expect(registered.gapMs).toBeLessThan(beatTimeoutSeconds * 1000);
  expect(read.gapMs).toBeLessThan(20_000);
  await installation.settled();
}

/** What a server took that was killed before it could tell the others, they tell all the same, and soon: Nacos itself would have them wait for hours. */
export async function tellsAfterItsEnd(installation: Installation): Promise<void> {
  const { testCluster, system } = installation;
  const context = { ...testCluster, container: system.container };
  const [publisher, ...others] = await installation.members();
  if (!publisher) throw new Error('no member is left');
  {
    await using _cut = await partitionFrom(others)(context, [publisher]);
    const publish = `for n in {1..${untold}}; do http POST /v1/cs/configs "dataId=untold-$n&group=ledger&content=$n" || exit 1; done`;
    await asked(installation, nameOf(publisher), publish);
    await kill(context, [publisher]);
  }
  const count = `for n in {1..${untold}}; do http GET "/v1/cs/configs?dataId=untold-$n&group=ledger" >/dev/null && echo told; done; true`;
  for (const other of others)
    await waitFor(`${nameOf(other)} to tell all ${untold} configurations`, 60, async () => {
      const told = (await asked(installation, nameOf(other), count)).split('told').length - 1;
      return told === untold || `it tells ${told}`;
    });
  await installation.settled();
}

/** A changed password of the administrator counts from the next upgrade on, without a restart of anybody. To be run last: the probe knows the old one. */
export async function rotates(installation: Installation): Promise<void> {
  const before = (await installation.members()).map(({ metadata }) => metadata?.uid);
  await setSecret(installation, 'ballast-nacos-auth', { 'admin-password': 'quite"new&+ä\\' });
  await installation.upgrade({});
  await waitFor('the administrator to log in with it', 60, async () => {
    const said = await asked(installation, 'ballast-nacos-0', 'echo in').catch(() => '');
    return said.includes('in') || 'refused';
  });
  expect(await installation.release.test()).toContain('Succeeded');
  expect((await installation.members()).map(({ metadata }) => metadata?.uid)).toEqual(before);
}

/** A configuration of the values is published once: one that was deleted since stays away. */
export async function publishesOnce(installation: Installation): Promise<void> {
  const about = 'dataId=once&group=DEFAULT_GROUP&tenant=team';
  const get = `http GET "/v1/cs/configs?${about}"`;
  const changes = {
    namespaces: [{ id: 'team', name: 'Team' }],
    configs: [{ dataId: 'once', namespace: 'team', content: 'ä = "1"\n' }],
  };
  await installation.upgrade(changes);
  await waitFor('the configuration to be told', 30, async () => {
    const said = await asked(installation, 'ballast-nacos-1', get).catch(() => '');
    return said.startsWith('ä = "1"') || said;
  });
  await asked(installation, 'ballast-nacos-0', `http DELETE "/v1/cs/configs?${about}"`);
  await installation.upgrade({ ...changes, podAnnotations: {} });
  await expect(asked(installation, 'ballast-nacos-0', get)).rejects.toThrow();
}

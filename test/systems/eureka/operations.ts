import { expect } from 'vitest';
import { setSecret } from '../../e2e/setup.ts';
import { waitFor } from '../../harness/cluster/kube.ts';
import type { Installation } from '../../harness/drill/drill.ts';

/** What operators and clients do to Eureka, each as a function over installed peers. */

const release = 'ballast-eureka';

/** A request from within a pod, to any host of the namespace: HTTP status and body. */
async function http(
  installation: Installation,
  method: string,
  host: string,
  path: string,
  password: string,
  body = '',
): Promise<{ status: number; body: string }> {
  const script = `IFS= read -r password
body=$(cat)
exec 3<>/dev/tcp/${host}/8761
printf '%s %s HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nAccept: application/json\\r\\nContent-Type: application/json\\r\\nAuthorization: Basic %s\\r\\nContent-Length: %d\\r\\n\\r\\n%s' \\
  ${method} '${path}' "$(printf 'eureka:%s' "$password" | base64 -w 0)" "\${#body}" "$body" >&3
cat <&3`;
  const { stdout } = await installation.testCluster.kube.exec(
    installation.namespace,
    `${release}-0`,
    'eureka',
    ['bash', '-c', script],
    { input: `${password}\n${body}` },
  );
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(stdout)?.[1]);
  return { status, body: stdout.slice(stdout.indexOf('\r\n\r\n')) };
}

async function passwordOf(installation: Installation): Promise<string> {
  const { kube } = installation.testCluster;
  const { password = '' } = await kube.secret(installation.namespace, `${release}-auth`);
  return password;
}

/** Instances that nobody beats for any more are there until their lease is over, and gone soon after, from every server. Takes the lease's length in seconds. */
export async function expiresTheDead(installation: Installation): Promise<void> {
  const password = await passwordOf(installation);
  const lease = 20;
  const instance = {
    instance: {
      instanceId: 'dead',
      hostName: 'dead',
      app: 'MORTAL',
      ipAddr: '127.0.0.1',
      status: 'UP',
      port: { $: 80, '@enabled': 'true' },
      dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
      leaseInfo: { renewalIntervalInSecs: 5, durationInSecs: lease },
    },
  };
  const registered = Date.now();
  const { status } = await http(
    installation,
    'POST',
    release,
    '/eureka/apps/MORTAL',
    password,
    JSON.stringify(instance),
  );
  expect(status).toBe(204);
  const hosts = (await installation.members()).map((pod) => installation.host(pod));
  await waitFor('the silent instance to be gone from every server', 240, async () => {
    const answers = await Promise.all(
      hosts.map((host) => http(installation, 'GET', host, '/eureka/apps/MORTAL/dead', password)),
    );
    const statuses = answers.map((answer) => answer.status);
    // The copy to a peer takes a moment.
    if (Date.now() - registered < lease * 1000) {
      if (Date.now() - registered > 5000) expect(statuses).toEqual(hosts.map(() => 200));
      return 'its lease is not over';
    }
    return statuses.every((each) => each === 404) || `servers answer ${statuses.join(', ')}`;
  });
}

/** A changed password counts everywhere without a restart, and the former one no more. To be run last: the probe knows the old password. */
export async function rotates(installation: Installation): Promise<void> {
  const before = (await installation.members()).map(({ metadata }) => metadata?.uid);
  const former = await passwordOf(installation);
  await setSecret(installation, `${release}-auth`, { password: 'another.one-2' });
  const hosts = (await installation.members()).map((pod) => installation.host(pod));
  const statuses = async (password: string) =>
    (await Promise.all(hosts.map((host) => http(installation, 'GET', host, '/eureka/apps', password)))).map(
      ({ status }) => status,
    );
  expect(await statuses('wrong')).toEqual(hosts.map(() => 401));
  await waitFor('the new password to count on every server', 240, async () => {
    const said = await statuses('another.one-2');
    return said.every((status) => status === 200) || `they answer ${said.join(', ')}`;
  });
  await waitFor('the former password to count no more', 300, async () => {
    const said = await statuses(former);
    return said.every((status) => status === 401) || `they answer ${said.join(', ')}`;
  });
  expect((await installation.members()).map(({ metadata }) => metadata?.uid)).toEqual(before);
}

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs in the probe's pod for some seconds as two clients do: one reads a configuration again and again, the other is an instance that beats.
 * Prints for how long neither the Service told the configuration, nor any member the instance.
 */

const [, service = '', members = '', seconds = '60'] = process.argv;
const { NACOS_PASSWORD: password = '' } = process.env;
const until = performance.now() + Number(seconds) * 1000;
const instance = { serviceName: 'watched', groupName: 'ledger', ip: '198.18.255.1', port: '1' };
const config = { dataId: 'watched', group: 'ledger' };
/** As often as Nacos' own clients beat. */
const beatMs = 5000;

let token = '';

async function call(host: string, method: string, path: string, form: Record<string, string>) {
  const response = await fetch(`http://${host}:8848/nacos${path}?${new URLSearchParams(form)}`, {
    method,
    headers: { accessToken: token, connection: 'close' },
    signal: AbortSignal.timeout(1000),
  });
  return { ok: response.ok, text: await response.text() };
}

/** A client that gets no answer tries again at once, and gets to another member sooner or later. */
async function insist(method: string, path: string, form: Record<string, string>): Promise<string> {
  for (;;) {
    const answer = await call(service, method, path, form).catch(() => undefined);
    if (answer?.ok) return answer.text;
    if (performance.now() > until) return '';
    await sleep(100);
  }
}

async function beats(): Promise<void> {
  await insist('POST', '/v1/ns/instance', { ...instance, ephemeral: 'true' });
  while (performance.now() < until) {
    const told = await insist('PUT', '/v1/ns/instance/beat', { ...instance, ephemeral: 'true' });
    // A server that does not know it any more says so, and the client registers anew.
    if (told.includes('20404')) await insist('POST', '/v1/ns/instance', { ...instance, ephemeral: 'true' });
    await sleep(beatMs);
  }
}

/** The longest time between two looks that saw it, and how many did. */
async function longestGap(look: () => Promise<boolean>): Promise<{ gapMs: number; seen: number }> {
  let last: number | undefined;
  let gapMs = 0;
  let seen = 0;
  while (performance.now() < until) {
    const sees = await look();
    const now = performance.now();
    if (last !== undefined) gapMs = Math.max(gapMs, now - last);
    if (sees) {
      last = now;
      seen++;
    }
    await sleep(100);
  }
  return { gapMs: Math.round(gapMs), seen };
}

const told = (host: string) =>
  call(host, 'GET', '/v1/cs/configs', config).then(
    ({ ok, text }) => ok && text === 'watched',
    () => false,
  );

const lists = (host: string) =>
  call(host, 'GET', '/v1/ns/instance/list', { ...instance, healthyOnly: 'true' }).then(
    ({ ok, text }) => ok && text.includes(`"ip":"${instance.ip}"`),
    () => false,
  );

async function main(): Promise<void> {
  const login = await insist('POST', '/v1/auth/users/login', { username: 'nacos', password });
  token = (JSON.parse(login) as { accessToken: string }).accessToken;
  await insist('POST', '/v1/cs/configs', { ...config, content: 'watched' });
  const [read, registered] = await Promise.all([
    longestGap(() => told(service)),
    longestGap(async () => (await Promise.all(members.split(',').map(lists))).some(Boolean)),
    beats(),
  ]);
  console.log(JSON.stringify({ read, registered }));
}

void main();

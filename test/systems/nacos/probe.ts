import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Adapter, type Connection, Refused } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

const { NACOS_PASSWORD: password = '' } = process.env;
const port = 8848;
const group = 'ledger';
/** Who only looks has time. */
const patientMs = 10_000;
/** A client has connections of its own for each call; this many are read over at a time. */
const readers = 8;
/** The group that the members' Raft is asked about. */
const raftGroup = 'naming_persistent_service_v2';
/** Until a member has been told of everything by the others. */
const toldMs = 90_000;
/** A write that was not answered may still be on its way: a server waits 30 s for a connection to the database, and packets are repeated after a partition of 30 s. */
const onItsWayMs = 75_000;
/** Instances are pushed to every member one by one: a writer without a pause would measure that. */
const betweenInstancesMs = 100;

interface Answer {
  status: number;
  text: string;
}

interface Call {
  method?: string;
  form?: Record<string, string>;
  token?: string;
  agent?: Agent;
  ms?: number;
  signal?: AbortSignal;
}

/** A look whose connection was reset is asked once more, by a new one: servers close connections that idle, which may cross a request. */
async function look(host: string, path: string, options: Call): Promise<Answer> {
  return call(host, path, options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET') throw error;
    return call(host, path, { ...options, agent: new Agent() });
  });
}

/** One request; rejects, with the socket closed, when there is no whole answer in time. */
function call(host: string, path: string, options: Call = {}): Promise<Answer> {
  const { method = 'GET', form = {}, token, agent, ms = patientMs, signal } = options;
  const fields = new URLSearchParams(form).toString();
  const query = method === 'POST' || fields === '' ? '' : `?${fields}`;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host,
        port,
        method,
        path: `/nacos${path}${query}`,
        agent,
        timeout: ms,
        signal,
        headers: {
          ...(token === undefined ? {} : { accessToken: token }),
          ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(Object.assign(new Error(host), { code: 'timeout' })));
    sent.on('error', reject);
    sent.end(method === 'POST' ? fields : undefined);
  });
}

function codeOf(status: number): string {
  return `HTTP ${status}`;
}

/** The text of a successful answer. */
async function ask(host: string, path: string, options?: Call): Promise<string> {
  const { status, text } = await call(host, path, options);
  if (status >= 400)
    throw Object.assign(new Error(`${host} answers ${status} to ${path}: ${text.slice(0, 200)}`), {
      code: codeOf(status),
    });
  return text;
}

/** When the last write was sent of which nobody knows what became of it. */
let unansweredAt = Number.NEGATIVE_INFINITY;

let known: { token: string; until: number } | undefined;

/** A login that is good for all members, as a client keeps it: they share what tokens are made with. */
async function tokenOf(host: string, options: Call = {}): Promise<string> {
  if (known && performance.now() < known.until) return known.token;
  const form = { username: 'nacos', password };
  const told = JSON.parse(await ask(host, '/v1/auth/users/login', { ...options, method: 'POST', form })) as {
    accessToken: string;
    tokenTtl: number;
  };
  known = { token: told.accessToken, until: performance.now() + (told.tokenTtl * 1000) / 2 };
  return known.token;
}

const configOf = (ledger: string, id: number): string => `${ledger}-${id}`;

/** An address of its own for each record, which nobody has. */
const addressOf = (id: number): { ip: string; port: string } => ({
  ip: `198.18.${(id >> 8) & 255}.${id & 255}`,
  port: String(1 + (id >> 16)),
});

const idOf = (ip: string, at: number): number => {
  const [, , high = 0, low = 0] = ip.split('.').map(Number);
  return ((at - 1) << 16) + (high << 8) + low;
};

/** Names of the configurations that the database has: those that begin so, or the one of that name. Undefined where there are too many for one page. */
async function listed(
  host: string,
  token: string,
  search: 'blur' | 'accurate',
  dataId: string,
): Promise<string[] | undefined> {
  const form = { search, dataId, group, pageNo: '1', pageSize: '500' };
  const { pageItems, pagesAvailable } = JSON.parse(await ask(host, '/v1/cs/configs', { form, token })) as {
    pageItems: { dataId: string }[] | null;
    pagesAvailable: number;
  };
  return pagesAvailable < 2 ? (pageItems ?? []).map((item) => item.dataId) : undefined;
}

/**
 * Numbers of the configurations that the database has, those that begin with some digits. A list of several pages would lack some and have others twice: Nacos
 * asks for its pages without an order.
 */
async function configsOf(host: string, ledger: string, token: string, digits = ''): Promise<number[]> {
  const all = await listed(host, token, 'blur', `${ledger}-${digits}*`);
  if (all) return all.map((name) => Number(name.slice(ledger.length + 1)));
  const one = digits === '' ? [] : await listed(host, token, 'accurate', `${ledger}-${digits}`);
  const ids = one?.length ? [Number(digits)] : [];
  for (const digit of '0123456789') ids.push(...(await configsOf(host, ledger, token, digits + digit)));
  return ids;
}

const adapter: Adapter = {
  async prepare(host, ledger) {
    const token = await tokenOf(host);
    // Nobody is at those addresses, and each server would look for each of them again and again.
    const switches = { entry: 'healthCheckEnabled', value: 'false', debug: 'false' };
    await ask(host, '/v1/ns/operator/switches', { method: 'PUT', form: switches, token });
    const service = { serviceName: ledger, groupName: group, ephemeral: 'false' };
    await ask(host, '/v1/ns/service', { method: 'POST', form: service, token });
  },

  /** Of the two writers, the first publishes configurations, which MySQL keeps, and the second registers persistent instances, which Raft agrees on. */
  async connect(host, ledger, signal, writer): Promise<Connection> {
    // One connection, which Kubernetes leads to one member.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const token = await tokenOf(host, { signal, agent });
      await ask(host, '/v1/ns/operator/metrics', { signal, agent });
      return {
        // Any of them.
        member: 'cluster',
        async write(id) {
          const publishes = writer.key === 0;
          if (!publishes) await sleep(betweenInstancesMs);
          const form: Record<string, string> = publishes
            ? { dataId: configOf(ledger, id), group, content: String(id) }
            : { serviceName: ledger, groupName: group, ephemeral: 'false', ...addressOf(id) };
          const sentAt = performance.now();
          const { status, text } = await call(host, publishes ? '/v1/cs/configs' : '/v1/ns/instance', {
            method: 'POST',
            form,
            token,
            agent,
          }).catch((error) => {
            unansweredAt = sentAt;
            throw error;
          });
          if (text === (publishes ? 'true' : 'ok')) return;
          if (status === 401 || status === 403) known = undefined;
          // Whoever is not up, or does not let somebody in, says so before it does anything. Anything else may have been done.
          if (status === 401 || status === 403 || status === 503) throw new Refused(codeOf(status));
          unansweredAt = sentAt;
          throw Object.assign(new Error(text.slice(0, 200)), { code: codeOf(status) });
        },
        close: () => agent.destroy(),
      };
    } catch (error) {
      agent.destroy();
      throw error;
    }
  },

  /**
   * Each configuration is asked of the member itself, which has a copy of its own, after the database's list. A member that was away is told of what it missed by the
   * others, each of which tries again after 36.5 s at most (Nacos' AsyncNotifyService): what it does not know gets that time, and what is not told then is missing.
   */
  async read(host, primary, ledger, onId) {
    await sleep(Math.max(0, unansweredAt + onItsWayMs - performance.now()));
    const token = await tokenOf(primary);
    const agent = new Agent({ keepAlive: true, maxSockets: readers });
    const until = performance.now() + toldMs;
    try {
      for (let ids = await configsOf(primary, ledger, token); ids.length > 0; ) {
        const unknown: number[] = [];
        await Promise.all(
          Array.from({ length: readers }, async () => {
            for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
              const form = { dataId: configOf(ledger, id), group };
              const { status, text } = await look(host, '/v1/cs/configs', { form, token, agent });
              if (status === 200) onId(Number(text));
              else if (status === 404) unknown.push(id);
              else throw new Error(`${host} answers ${status}: ${text.slice(0, 200)}`);
            }
          }),
        );
        if (performance.now() > until) break;
        if (unknown.length > 0) await sleep(1000);
        ids = unknown;
      }
    } finally {
      agent.destroy();
    }
    const form = { serviceName: ledger, groupName: group };
    const { hosts } = JSON.parse(await ask(host, '/v1/ns/instance/list', { form, token })) as {
      hosts: { ip: string; port: number }[];
    };
    for (const { ip, port: at } of hosts) onId(idOf(ip, at));
  },

  async view(host) {
    const [told, { status }] = await Promise.all([
      ask(host, '/v1/core/cluster/nodes', { token: await tokenOf(host) }),
      ask(host, '/v1/ns/operator/metrics').then((text) => JSON.parse(text) as { status: string }),
    ]);
    const { data } = JSON.parse(told) as {
      data: {
        ip: string;
        state: string;
        extendInfo: {
          version: string;
          raftMetaData?: { metaDataMap: Record<string, { leader?: string; raftGroupMember?: string[] }> };
        };
      }[];
    };
    // Every member knows what it last heard of the others; what it says of itself is its own.
    const [name = ''] = host.split('.');
    const self = data.find(({ ip }) => ip.split('.')[0] === name);
    const raft = self?.extendInfo.raftMetaData?.metaDataMap[raftGroup];
    const leads = raft?.leader?.split('.')[0] === name;
    return {
      member: host,
      version: self?.extendInfo.version ?? 'unknown',
      writable: leads,
      state: status === 'UP' ? 'ONLINE' : status,
      role: leads ? 'leader' : 'follower',
      // Whoever left the cluster has to have left the Raft groups, too.
      members: Math.max(data.length, raft?.raftGroupMember?.length ?? 0),
      online: data.filter(({ state }) => state === 'UP').length,
    };
  },
};

serve(adapter, Number(process.env.PORT ?? 8080));

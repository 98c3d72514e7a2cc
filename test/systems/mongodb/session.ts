import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from '../../harness/base/exec.ts';
import type { ConfigMap } from '../../harness/charts/manifests.ts';

/** What a server of the set says of itself and of others. */
export interface Said {
  /** Answers to hello, by host. */
  hello?: Readonly<Record<string, object>>;
  /** The members of its configuration, and what it knows of each of these, in the same order. */
  members?: readonly object[];
  status?: readonly object[];
}

/** In the place of mongosh's own: one server, which says that, and takes every configuration. */
const stub = `
const said = JSON.parse(process.env.SAID);
let config = { _id: 'ballast', version: 7, members: said.members ?? [], settings: { electionTimeoutMillis: 10000 } };
const answers = {
  hello: (_, host) => said.hello[host],
  replSetGetConfig: () => ({ config }),
  replSetGetStatus: () => ({
    myState: 1,
    members: (said.status ?? []).map((one, index) => ({ name: config.members[index].host, health: 1, ...one, optimeDate: new Date(one.optimeDate) })),
  }),
  find: () => ({ cursor: { firstBatch: [] } }),
  replSetReconfig: ({ replSetReconfig }) => ((config = replSetReconfig), {}),
  replSetInitiate: ({ replSetInitiate }) => ((config = replSetInitiate), {}),
};
globalThis.Mongo = class {
  constructor(uri) {
    [, this.host] = /([^@/]+):27017/.exec(uri);
  }
  getDB() {
    return { runCommand: async (body) => answers[Object.keys(body)[0]](body, this.host) };
  }
  async close() {}
};
process.on('exit', () => console.log('config ' + JSON.stringify(config)));
`;

/** What session.js answers to questions, a line each, and the configuration that there is then. */
export async function askSession(
  { data = {} }: ConfigMap,
  said: Said,
  questions: readonly string[],
): Promise<{ lines: readonly string[]; config: { version: number; members: readonly object[] } }> {
  const dir = mkdtempSync(join(tmpdir(), 'ballast-session-'));
  try {
    writeFileSync(join(dir, 'session.js'), data['session.js'] ?? '');
    writeFileSync(join(dir, 'stub.js'), stub);
    for (const key of ['root-password', 'agent-password', 'monitor-password'])
      writeFileSync(join(dir, key), key);
    const env = { AUTH: dir, BASE: 'shop', SUFFIX: 'members', TLS: 'false', SAID: JSON.stringify(said) };
    const input = questions.map((question, index) => `${index} ${question}\n`).join('');
    const run = $({ env, input, timeout: 60_000 });
    const { stdout } = await run`node --require ${join(dir, 'stub.js')} ${join(dir, 'session.js')}`;
    const lines = stdout.trimEnd().split('\n');
    const config = lines.pop()?.replace(/^config /, '') ?? '';
    return { lines, config: JSON.parse(config) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

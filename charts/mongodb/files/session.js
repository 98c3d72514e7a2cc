// Runs in mongosh (--nodb), beside a server and in hooks: answers questions, a line each, by lines that begin with the question's number, until its input ends.
// It asks servers and makes single changes; what to do is decided in decide.sh. No password is in a question or in an answer.
const fs = require('fs');
const readline = require('readline');

const { AUTH, BASE, CA_FILE, SUFFIX, TLS, PRIMARY_HOST } = process.env;
/** Where the server is: this pod's own, or for hooks the primary. */
const here = PRIMARY_HOST ?? 'localhost';
const agent = 'ballast-agent';
const majority = { w: 'majority', wtimeout: 5000 };
const keyOf = { root: 'root-password', [agent]: 'agent-password', 'ballast-monitor': 'monitor-password' };

/** Without a write in between, a primary notes that it is one every 10 s. */
const behindMs = 30_000;

const secret = (name) => fs.readFileSync(`${AUTH}/${name}`, 'utf8');
const number = (value) => Number(String(value ?? 0));
const hostOf = (ordinal) => `${BASE}-${ordinal}.${SUFFIX}`;
const memberOf = (ordinal) => `${hostOf(ordinal)}:27017`;

async function connect(host, user, password) {
  const login = user ? `${encodeURIComponent(user)}:${encodeURIComponent(password)}@` : '';
  const options = new URLSearchParams({
    directConnection: 'true',
    serverSelectionTimeoutMS: '1500',
    connectTimeoutMS: '1500',
    maxPoolSize: '2',
    appName: 'ballast',
    ...(user ? { authSource: 'admin' } : { socketTimeoutMS: '2000' }),
    ...(TLS === 'true' ? { tls: 'true', tlsCAFile: CA_FILE } : {}),
  });
  return await new Mongo(`mongodb://${login}${host}:27017/admin?${options}`);
}

/** Connections that stay, to the server here. */
const kept = new Map();

async function clientOf(user) {
  if (!kept.has(user)) kept.set(user, await connect(here, user, user && secret(keyOf[user])));
  return kept.get(user);
}

async function drop(user) {
  const client = kept.get(user);
  kept.delete(user);
  if (client) await client.close().catch(() => undefined);
}

/** What a server did, or why not: a write that failed is answered with ok, too. */
async function command(client, database, body) {
  const result = await client.getDB(database).runCommand(body);
  const wrong = result.writeErrors?.[0] ?? result.writeConcernError;
  if (wrong) throw Object.assign(new Error(wrong.errmsg), { code: wrong.code });
  return result;
}

/** Of the server here, as this user; as nobody, what everybody may ask. */
async function run(user, database, body) {
  try {
    return await command(await clientOf(user), database, body);
  } catch (error) {
    // A connection that broke, or whose password was changed.
    if (error.codeName === undefined || error.code === 18) await drop(user);
    throw error;
  }
}

/** On a connection of its own. */
async function once(host, user, password, use) {
  const client = await connect(host, user, password);
  try {
    return await use(client);
  } finally {
    await client.close().catch(() => undefined);
  }
}

const isRefused = (error) => error.code === 18 || error.code === 13;

function stateOf(hello) {
  if (hello.isWritablePrimary) return 'primary';
  if (hello.secondary) return hello.hidden ? 'hidden' : 'secondary';
  return hello.setName ? 'other' : 'blank';
}

const termOf = ({ lastWrite }) => Math.max(0, number(lastWrite?.opTime?.t));

async function peer(ordinal) {
  try {
    const hello = await once(hostOf(ordinal), '', '', (client) => command(client, 'admin', { hello: 1 }));
    const state = stateOf(hello);
    if (state === 'blank') return `${ordinal} blank`;
    return `${ordinal} ${state} ${termOf(hello)}`;
  } catch {
    return `${ordinal} unreachable`;
  }
}

/** Changes the set's configuration, where it is still the version that the change was decided by: of two who change it, the server refuses one. */
async function reconfigure(client, version, change, maxTimeMS) {
  const { config } = await command(client, 'admin', { replSetGetConfig: 1 });
  if (version !== undefined && number(config.version) !== version) throw new Error('the configuration has changed meanwhile');
  const next = { ...config, version: number(config.version) + 1 };
  change(next);
  await command(client, 'admin', { replSetReconfig: next, maxTimeMS });
}

/** What a member is to clients, as shape_of() in decide.sh has it. */
function shapeOf({ hidden, secondaryDelaySecs }) {
  const delay = number(secondaryDelaySecs);
  if (delay > 0) return `delayed:${delay}`;
  return hidden ? 'hidden' : 'shown';
}

/** Makes a member of a configuration such; one that is delayed has no vote. */
function shaped(member, shape, vote) {
  const [kind, delay] = shape.split(':');
  const votes = kind === 'delayed' ? 0 : vote;
  const shown = kind === 'shown';
  return Object.assign(member, { votes, priority: shown ? votes : 0, hidden: !shown, secondaryDelaySecs: Number(delay ?? 0) });
}

const memberIn = (config, ordinal) => config.members.find(({ host }) => host === memberOf(ordinal));

function found(config, ordinal) {
  const member = memberIn(config, ordinal);
  if (!member) throw new Error(`member ${ordinal} is not in the set`);
  return member;
}

/** Of one member, by its ordinal. */
const changes = {
  add: (config, ordinal, shape) => config.members.push(shaped({ _id: ordinal, host: memberOf(ordinal) }, shape, 0)),
  vote: (config, ordinal) => shaped(found(config, ordinal), shapeOf(found(config, ordinal)), 1),
  make: (config, ordinal, shape) => shaped(found(config, ordinal), shape, number(found(config, ordinal).votes)),
  /** One that is in no configuration has no vote either. */
  yield: (config, ordinal) => Object.assign(memberIn(config, ordinal) ?? {}, { votes: 0, priority: 0 }),
  remove: (config, ordinal) => {
    config.members = config.members.filter(({ host }) => host !== memberOf(ordinal));
  },
};

async function ensureUser(name, roles, password) {
  const { users: there } = await run('root', 'admin', { usersInfo: name });
  if (there.length > 0) return false;
  await run('root', 'admin', { createUser: name, pwd: password, roles, writeConcern: majority });
  return true;
}

/** Whether the server takes this password. */
async function accepts(name, password) {
  try {
    await once(here, name, password, (client) => command(client, 'admin', { ping: 1 }));
    return true;
  } catch (error) {
    if (isRefused(error)) return false;
    throw error;
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Questions by their names: each returns lines. */
const questions = {
  /** STATE TERM of the server here. */
  async observe() {
    const hello = await run('', 'admin', { hello: 1 });
    return [`${stateOf(hello)} ${termOf(hello)}`];
  },

  /** Of each of these ordinals a line, as begin() in decide.sh reads it. */
  async survey(...ordinals) {
    return await Promise.all(ordinals.map(peer));
  },

  /** VERSION ELECTION_TIMEOUT KEEP SECONDS, and a line for each member, as next_change() in decide.sh reads it. */
  async members() {
    try {
      const { config } = await run(agent, 'admin', { replSetGetConfig: 1 });
      const status = await run(agent, 'admin', { replSetGetStatus: 1 });
      if (number(status.myState) !== 1) throw new Error('this server is not primary');
      const { cursor } = await run(agent, 'ballast', { find: 'set', filter: { _id: 'drain' } });
      const [drain] = cursor.firstBatch;
      const left = drain ? Math.round((drain.until.getTime() - Date.now()) / 1000) : 0;
      const newest = status.members.find(({ self }) => self)?.optimeDate;
      const lines = config.members.map(({ host, ...member }) => {
        const [, ordinal] = host.startsWith(`${BASE}-`) && host.endsWith(`.${SUFFIX}:27017`) ? (/-(\d+)\./.exec(host.slice(BASE.length)) ?? []) : [];
        if (ordinal === undefined) throw new Error(`the set has a member that is none of this release, and is left as it is: ${host}`);
        const { health, stateStr, optimeDate } = status.members.find(({ name }) => name === host) ?? {};
        const votes = number(member.votes);
        const behind = votes === 0 && stateStr === 'SECONDARY' && newest - optimeDate > behindMs;
        const state = behind ? 'BEHIND' : stateStr;
        return [Number(ordinal), number(health) === 1 ? state : 'DOWN', votes, shapeOf(member)];
      });
      lines.sort(([a], [b]) => a - b);
      const timeout = number(config.settings?.electionTimeoutMillis);
      return [`${number(config.version)} ${timeout} ${number(drain?.keep)} ${left}`, ...lines.map((line) => line.join(' '))];
    } catch (error) {
      throw isRefused(error) ? new Error(`login ${error.message}`) : error;
    }
  },

  async change(version, act, ordinal, shape) {
    await reconfigure(await clientOf(agent), Number(version), (config) => changes[act](config, Number(ordinal), shape), 3000);
    return [];
  },

  async 'election-timeout'(version, ms) {
    const change = (config) => {
      config.settings = { ...config.settings, electionTimeoutMillis: Number(ms) };
    };
    await reconfigure(await clientOf(agent), Number(version), change, 3000);
    return [];
  },

  /**
   * Has the primary `ordinal` make a configuration in which member `me` has no vote, though it be as the one before, and answers once a majority has it: one that was cut off
   * can't bring that about.
   */
  async yield(ordinal, me) {
    await once(hostOf(ordinal), agent, secret(keyOf[agent]), (client) =>
      reconfigure(client, undefined, (config) => changes.yield(config, Number(me)), 10000),
    );
    return [];
  },

  /** A set of that many members, each at once what it shall be: so nobody is shown, or votes, who shall not. */
  async initiate(ms, size, ...shapes) {
    const shapeOfEach = new Map(shapes.map((word) => word.split('=')));
    const members = Array.from({ length: Number(size) }, (_, ordinal) =>
      shaped({ _id: ordinal, host: memberOf(ordinal) }, shapeOfEach.get(String(ordinal)) ?? 'shown', 1),
    );
    const replSetInitiate = {
      _id: 'ballast',
      version: 1,
      members,
      writeConcernMajorityJournalDefault: true,
      settings: { electionTimeoutMillis: Number(ms) },
    };
    await run('', 'admin', { replSetInitiate });
    return [];
  },

  /** The accounts that the chart itself uses, with the Secret's passwords, and what a write waits for. Only from the server's own host may somebody who has not logged in make the first. */
  async accounts() {
    if (!(await accepts('root', secret(keyOf.root))))
      await run('', 'admin', { createUser: 'root', pwd: secret(keyOf.root), roles: ['root'], writeConcern: majority });
    const roles = {
      [agent]: ['clusterAdmin', 'userAdminAnyDatabase', { role: 'readWrite', db: 'ballast' }],
      'ballast-monitor': ['clusterMonitor', { role: 'read', db: 'local' }],
    };
    for (const [name, rights] of Object.entries(roles)) {
      const password = secret(keyOf[name]);
      if ((await ensureUser(name, rights, password)) || (await accepts(name, password))) continue;
      await run('root', 'admin', { updateUser: name, pwd: password, writeConcern: majority });
    }
    await run('root', 'admin', {
      setDefaultRWConcern: 1,
      defaultWriteConcern: { w: 'majority', wtimeout: 0 },
      writeConcern: majority,
    });
    await drop('root');
    return [];
  },

  /** Passwords that are not the Secret's become so; prints whose. */
  async passwords() {
    const changed = [];
    // The agent's own at the end: it changes the others.
    for (const name of ['root', 'ballast-monitor', agent]) {
      const password = secret(keyOf[name]);
      if (await accepts(name, password)) continue;
      await run(agent, 'admin', { updateUser: name, pwd: password, writeConcern: majority });
      changed.push(`the password of ${name}`);
    }
    return changed;
  },

  /** Steps down once another has everything, and answers who is primary then. */
  async 'step-down'() {
    await run(agent, 'admin', { replSetStepDown: 60, secondaryCatchUpPeriodSecs: 10 });
    for (let tries = 0; tries < 100; tries++) {
      const { primary, me } = await run('', 'admin', { hello: 1 });
      if (primary && primary !== me) return [primary];
      await pause(100);
    }
    throw new Error('no other primary within 10 s');
  },

  async drain(keep, seconds) {
    const until = new Date(Date.now() + Number(seconds) * 1000);
    const updates = [{ q: { _id: 'drain' }, u: { $set: { keep: Number(keep), until } }, upsert: true }];
    await run(agent, 'ballast', { update: 'set', updates, writeConcern: majority });
    return [];
  },

  async undrain() {
    await run(agent, 'ballast', { delete: 'set', deletes: [{ q: { _id: 'drain' }, limit: 1 }], writeConcern: majority });
    return [];
  },

  async login(name, key) {
    if (!(await accepts(name, secret(key)))) throw new Error(`the password of ${name} is another`);
    return [];
  },

  /** One run at a time: the release's own Job and the hook may come together. A run that died holds the others up for 15 minutes at most. */
  async lock() {
    const now = new Date();
    const update = { $set: { until: new Date(now.getTime() + 900_000), holder } };
    const query = { _id: 'provision', $or: [{ until: { $lt: now } }, { holder }] };
    try {
      await run('root', 'ballast', { findAndModify: 'locks', query, update, upsert: true, writeConcern: majority });
    } catch (error) {
      throw error.code === 11000 ? new Error('another run has begun and not ended') : error;
    }
    return [];
  },

  async unlock() {
    await run('root', 'ballast', { delete: 'locks', deletes: [{ q: { _id: 'provision', holder }, limit: 1 }], writeConcern: majority });
    return [];
  },

  /** STATE COLLECTIONS: how far the loading of a backup came, and how many collections users have. */
  async filled() {
    const { cursor } = await run('root', 'ballast', { find: 'restored', filter: {} });
    const { databases } = await run('root', 'admin', { listDatabases: 1, nameOnly: true });
    let collections = 0;
    for (const { name } of databases.filter((each) => !['admin', 'ballast', 'config', 'local'].includes(each.name))) {
      const { cursor: listed } = await run('root', name, { listCollections: 1, nameOnly: true, cursor: { batchSize: 100000 } });
      collections += listed.firstBatch.length;
    }
    return [`${cursor.firstBatch[0]?.state ?? 'never'} ${collections}`];
  },

  async mark(snapshot, state) {
    const updates = [{ q: { _id: snapshot }, u: { $set: { state } }, upsert: true }];
    await run('root', 'ballast', { update: 'restored', updates, writeConcern: majority });
    return [];
  },

  /** Collections and users of the values, as far as they are missing, these with the passwords in the directories; prints what it made. */
  async provision(file, ...directories) {
    const wanted = JSON.parse(fs.readFileSync(file, 'utf8'));
    const made = [];
    for (const { name, collections } of wanted.databases) {
      const { cursor } = await run('root', name, { listCollections: 1, nameOnly: true, cursor: { batchSize: 100000 } });
      for (const collection of collections.filter((one) => !cursor.firstBatch.some((there) => there.name === one))) {
        await run('root', name, { create: collection, writeConcern: majority });
        made.push(`made the collection ${name}.${collection}`);
      }
    }
    for (const { name, roles } of wanted.users) {
      const directory = directories.find((one) => one.endsWith(`/${name}/`));
      const password = fs.readFileSync(`${directory}password`, 'utf8');
      if (await ensureUser(name, roles, password)) {
        made.push(`made the user ${name}`);
        continue;
      }
      if (roles.length > 0) await run('root', 'admin', { grantRolesToUser: name, roles, writeConcern: majority });
      if (await accepts(name, password)) continue;
      await run('root', 'admin', { updateUser: name, pwd: password, writeConcern: majority });
      made.push(`set the password of ${name}`);
    }
    return made;
  },

  /** CHECKSUM STATE of a migration that was begun. */
  async migration(id) {
    const { cursor } = await run('root', 'ballast', { find: 'migrations', filter: { _id: id } });
    return cursor.firstBatch.map(({ checksum, state }) => `${checksum} ${state}`);
  },

  async migrate(id, checksum, file) {
    const [, name] = /^\/\/ database: (\S+)\n/.exec(fs.readFileSync(file, 'utf8')) ?? [];
    const documents = [{ _id: id, checksum, state: 'applying', startedAt: new Date() }];
    await run('root', 'ballast', { insert: 'migrations', documents, writeConcern: majority });
    db = (await clientOf('root')).getDB(name);
    await load(file);
    const updates = [{ q: { _id: id }, u: { $set: { state: 'applied', appliedAt: new Date() } } }];
    await run('root', 'ballast', { update: 'migrations', updates, writeConcern: majority });
    return [];
  },

  async write(host, token) {
    const updates = [{ q: { _id: 1 }, u: { $set: { token } }, upsert: true }];
    await once(host, 'root', secret(keyOf.root), (client) => command(client, 'ballast', { update: 'helm_test', updates, writeConcern: majority }));
    return [];
  },

  async read(host, token) {
    const body = { find: 'helm_test', filter: { _id: 1 } };
    const { cursor } = await once(host, 'root', secret(keyOf.root), (client) => command(client, 'ballast', body));
    if (cursor.firstBatch[0]?.token !== token) throw new Error('it has another document');
    return [];
  },
};

/** Whose lock it is. */
const holder = `${process.env.HOSTNAME ?? ''}-${process.pid}`;

async function answer() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [asked, name, ...words] = line.trim().split(' ');
    let lines;
    try {
      lines = [...(await questions[name](...words)), 'end'];
    } catch (error) {
      lines = [`error ${String(error.message).replaceAll('\n', ' ').slice(0, 400)}`];
    }
    process.stdout.write(lines.map((each) => `${asked} ${each}\n`).join(''));
  }
}

answer();

/**
 * What a set of MongoDB's servers answers and does, as its manual describes it ("Replica Set Elections", "Replica Set Member States", "replSetReconfig", "replSetInitiate",
 * "hello"): members, terms, votes, configurations with versions and terms, and a log of writes. One thing happens after the other, and nothing takes time.
 */

/** What a member is to clients: see shape_of in decide.sh. Only one that is shown, and has a vote, has a priority. */
export type Shape = 'shown' | 'hidden' | `delayed:${number}`;

export interface Member {
  votes: number;
  shape: Shape;
}

interface Config {
  /** Which set: every initiation makes another. */
  set: number;
  version: number;
  term: number;
  /** By ordinal. */
  members: ReadonlyMap<number, Member>;
}

interface Entry {
  term: number;
  id: number;
}

type Role = 'primary' | 'secondary' | 'startup2' | 'blank' | 'removed';

/** What a volume keeps. */
interface Volume {
  config: Config | undefined;
  log: readonly Entry[];
  term: number;
  /** The last term that it gave a vote in. */
  voted: number;
  /** Whether the first copy of everything was complete. */
  synced: boolean;
}

const emptyVolume = (): Volume => ({ config: undefined, log: [], term: 0, voted: 0, synced: false });

interface Server {
  running: boolean;
  role: Role;
  volume: Volume;
  /** As primary: how much of its log others have told that they have, since they last started. */
  known: Map<number, number>;
}

const isDelayed = (shape: Shape | undefined): boolean => shape?.startsWith('delayed:') ?? false;
/** Entries of the log that a delayed member lacks. */
const delayedBy = 5;
const votersOf = ({ members }: Config): number[] =>
  [...members].flatMap(([ordinal, { votes }]) => (votes === 1 ? [ordinal] : []));
const isElectable = ({ members }: Config, ordinal: number): boolean => {
  const { votes, shape } = members.get(ordinal) ?? {};
  return votes === 1 && shape === 'shown';
};
const isNewer = (a: Config, b: Config): boolean =>
  a.term !== b.term ? a.term > b.term : a.version > b.version;
const same = (a: Config | undefined, b: Config): boolean =>
  a?.set === b.set && a.version === b.version && a.term === b.term;
const isMajority = (count: number, voters: readonly number[]): boolean => count * 2 > voters.length;

/** Whether a log has everything that another has, by its last entry. */
const reaches = (a: readonly Entry[], b: readonly Entry[]): boolean => {
  const [x, y] = [a.at(-1)?.term ?? 0, b.at(-1)?.term ?? 0];
  return x !== y ? x > y : a.length >= b.length;
};

export class Model {
  readonly servers: Server[];
  /** Pairs that can't reach each other, as the lower and the higher ordinal. */
  readonly #cut = new Set<string>();
  readonly #acknowledged = new Set<number>();
  /** What must never happen, and did. */
  readonly violations: string[] = [];
  #sets = 0;
  #ids = 0;

  constructor(size: number) {
    this.servers = Array.from({ length: size }, () => ({
      running: false,
      role: 'blank',
      volume: emptyVolume(),
      known: new Map(),
    }));
  }

  #at(ordinal: number): Server {
    const server = this.servers[ordinal];
    if (server === undefined) throw new Error(`there is no server ${ordinal}`);
    return server;
  }

  // What happens to servers.

  start(ordinal: number): void {
    const server = this.#at(ordinal);
    server.running = true;
    server.known = new Map();
    server.role = this.#roleWith(ordinal, server.volume.config);
  }

  #roleWith(ordinal: number, config: Config | undefined): Role {
    if (config === undefined) return 'blank';
    if (!config.members.has(ordinal)) return 'removed';
    return this.#at(ordinal).volume.synced ? 'secondary' : 'startup2';
  }

  kill(ordinal: number): void {
    const server = this.#at(ordinal);
    server.running = false;
    server.role = 'blank';
    for (const each of this.servers) each.known.delete(ordinal);
  }

  loseVolume(ordinal: number): void {
    this.kill(ordinal);
    this.#at(ordinal).volume = emptyVolume();
  }

  cut(ordinal: number): void {
    for (let other = 0; other < this.servers.length; other++)
      if (other !== ordinal) this.#cut.add(this.#pair(ordinal, other));
  }

  heal(): void {
    this.#cut.clear();
  }

  #pair(a: number, b: number): string {
    return `${Math.min(a, b)}-${Math.max(a, b)}`;
  }

  /** Whether a server that runs can be reached from another. */
  reaches(from: number, to: number): boolean {
    return this.#at(to).running && (from === to || !this.#cut.has(this.#pair(from, to)));
  }

  // What servers do by themselves.

  /** Two servers that one of them counts as members tell each other their configuration; the older is replaced. A server in no set takes one that has it. */
  heartbeat(a: number, b: number): void {
    if (!this.#at(a).running || !this.reaches(a, b)) return;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const theirs = this.#at(from).volume.config;
      const mine = this.#at(to).volume.config;
      if (theirs === undefined || !(theirs.members.has(to) || mine?.members.has(from))) continue;
      if (mine === undefined ? theirs.members.has(to) : mine.set === theirs.set && isNewer(theirs, mine))
        this.#install(to, theirs);
    }
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      if (this.#at(from).role !== 'blank' && this.#at(to).role !== 'blank')
        this.#learn(to, this.#at(from).volume.term);
  }

  #learn(ordinal: number, term: number): void {
    const server = this.#at(ordinal);
    if (term <= server.volume.term) return;
    server.volume.term = term;
    if (server.role === 'primary') server.role = 'secondary';
  }

  #install(ordinal: number, config: Config): void {
    const server = this.#at(ordinal);
    server.volume.config = config;
    if (server.role !== 'primary' || !config.members.has(ordinal))
      server.role = this.#roleWith(ordinal, config);
  }

  /**
   * A member copies the log of a primary that it knows of no successor of; one without data gets all of it first, and one that is delayed waits with what is new. What a majority
   * has is acknowledged.
   */
  replicate(from: number, to: number): void {
    const [source, target] = [this.#at(from), this.#at(to)];
    if (source.role !== 'primary' || !this.reaches(from, to) || from === to) return;
    if (target.role !== 'secondary' && target.role !== 'startup2') return;
    if (target.volume.config?.set !== source.volume.config?.set) return;
    if (target.volume.term > source.volume.term) {
      this.#learn(from, target.volume.term);
      return;
    }
    this.#learn(to, source.volume.term);
    const { log, config } = source.volume;
    const lacks = target.volume.synced && isDelayed(config?.members.get(to)?.shape) ? delayedBy : 0;
    // What it has it keeps, if it was not delayed before.
    if (lacks === 0 || !reaches(target.volume.log, log.slice(0, log.length - lacks)))
      target.volume.log = log.slice(0, Math.max(0, log.length - lacks));
    target.volume.synced = true;
    target.role = 'secondary';
    source.known.set(to, target.volume.log.length);
    this.#commit(from);
  }

  #commit(ordinal: number): void {
    const { role, volume, known } = this.#at(ordinal);
    if (role !== 'primary' || volume.config === undefined) return;
    const voters = votersOf(volume.config);
    for (let length = volume.log.length; length > 0; length--) {
      const having = voters.filter((voter) => voter === ordinal || (known.get(voter) ?? 0) >= length);
      if (!isMajority(having.length, voters)) continue;
      // Entries of earlier terms are committed by one of this.
      if (volume.log[length - 1]?.term === volume.term)
        for (const { id } of volume.log.slice(0, length)) this.#acknowledged.add(id);
      return;
    }
  }

  write(ordinal: number): void {
    const { role, volume } = this.#at(ordinal);
    if (role !== 'primary') return;
    volume.log = [...volume.log, { term: volume.term, id: ++this.#ids }];
    this.#commit(ordinal);
  }

  /** A secondary asks for votes; members in their first copy give theirs, too, as the manual says. */
  elect(ordinal: number): boolean {
    const { role, volume } = this.#at(ordinal);
    const { config } = volume;
    if (role !== 'secondary' || config === undefined || !isElectable(config, ordinal)) return false;
    const term = volume.term + 1;
    const voters = votersOf(config);
    const granted = voters.filter((voter) => voter === ordinal || this.#grants(voter, ordinal, term, config));
    volume.term = term;
    volume.voted = term;
    if (!isMajority(granted.length, voters)) return false;
    if (this.servers.some((other) => other.role === 'primary' && other.volume.term === term))
      this.violations.push(`two primaries in term ${term}`);
    const missing = [...this.#acknowledged].filter((id) => !volume.log.some((entry) => entry.id === id));
    if (missing.length > 0)
      this.violations.push(
        `member ${ordinal} became primary without acknowledged writes: ${missing.join(' ')}`,
      );
    this.#at(ordinal).role = 'primary';
    this.#at(ordinal).known = new Map();
    volume.config = { ...config, term };
    this.write(ordinal);
    return true;
  }

  #grants(voter: number, candidate: number, term: number, config: Config): boolean {
    const { role, volume } = this.#at(voter);
    if (!this.reaches(candidate, voter) || role === 'blank' || role === 'removed') return false;
    if (volume.config?.set !== config.set || isNewer(volume.config, config)) return false;
    if (volume.term >= term || volume.voted >= term) return false;
    if (!reaches(this.#at(candidate).volume.log, volume.log)) return false;
    this.#learn(voter, term);
    volume.voted = term;
    return true;
  }

  /** A primary that reaches no majority gives up. */
  watch(ordinal: number): void {
    const server = this.#at(ordinal);
    const { config } = server.volume;
    if (server.role !== 'primary' || config === undefined) return;
    const voters = votersOf(config);
    if (!isMajority(voters.filter((voter) => this.reaches(ordinal, voter)).length, voters))
      server.role = 'secondary';
  }

  // What they answer.

  stateOf(ordinal: number): 'primary' | 'secondary' | 'hidden' | 'other' | 'blank' {
    const { role, volume } = this.#at(ordinal);
    if (role === 'startup2') return 'other';
    if (role === 'secondary' && volume.config?.members.get(ordinal)?.shape !== 'shown') return 'hidden';
    return role === 'removed' ? 'blank' : role;
  }

  /** Members of the newest configuration that a primary has. */
  shapes(): ReadonlyMap<number, Member> | undefined {
    const [newest] = this.servers
      .filter(({ role }) => role === 'primary')
      .map(({ volume }) => volume)
      .sort((a, b) => b.term - a.term);
    return newest?.config?.members;
  }

  /** hello, as session.js sums it up. */
  hello(from: number, ordinal: number): string {
    if (!this.reaches(from, ordinal)) return `${ordinal} unreachable`;
    const state = this.stateOf(ordinal);
    return state === 'blank' ? `${ordinal} blank` : `${ordinal} ${state} ${this.#at(ordinal).volume.term}`;
  }

  /** How the primary sees its members. */
  members(ordinal: number): { version: number; lines: string[] } | undefined {
    const { role, volume } = this.#at(ordinal);
    if (role !== 'primary' || volume.config === undefined) return undefined;
    const lines = [...volume.config.members]
      .toSorted(([a], [b]) => a - b)
      .map(([member, { votes, shape }]) => {
        const seen = this.#seen(ordinal, member);
        const behind = volume.log.length - this.#at(member).volume.log.length > delayedBy / 2;
        const state = seen === 'SECONDARY' && votes === 0 && behind ? 'BEHIND' : seen;
        return `${member} ${state} ${votes} ${shape}`;
      });
    return { version: volume.config.version, lines };
  }

  #seen(from: number, ordinal: number): string {
    if (!this.reaches(from, ordinal)) return 'DOWN';
    const { role } = this.#at(ordinal);
    return role === 'blank' ? 'STARTUP' : role.toUpperCase();
  }

  #serves(from: number, ordinal: number): boolean {
    return ['PRIMARY', 'SECONDARY'].includes(this.#seen(from, ordinal));
  }

  /** Members with a vote that serve, as one of them sees it. */
  #serving(from: number, config: Config): number {
    return votersOf(config).filter((voter) => this.#serves(from, voter)).length;
  }

  /** replSetInitiate on a server in no set. Whoever asks for it while there is a set anywhere, be it on a volume of a server that is down, would make a second one. */
  initiate(ordinal: number, shapes: ReadonlyMap<number, Shape>): string | undefined {
    const ordinals = [...shapes.keys()];
    if (this.servers.some(({ volume }) => volume.config !== undefined))
      this.violations.push(`member ${ordinal} initiates a second set`);
    if (this.#at(ordinal).role !== 'blank') return 'already initialized';
    if (ordinals.some((other) => !this.reaches(ordinal, other) || this.#at(other).role !== 'blank'))
      return 'not all members answered that they are in no set';
    const members = new Map(
      [...shapes].map(([each, shape]) => [each, { votes: isDelayed(shape) ? 0 : 1, shape }]),
    );
    this.#at(ordinal).volume.synced = true;
    this.#install(ordinal, { set: ++this.#sets, version: 1, term: 0, members });
    return undefined;
  }

  /**
   * replSetReconfig on a primary: one voting member at a time, once more than half have the configuration before, and every acknowledged write; it is told as done when more
   * than half have the new one.
   */
  reconfigure(
    ordinal: number,
    version: number | undefined,
    change: (members: Map<number, Member>) => void,
  ): string | undefined {
    const { role, volume } = this.#at(ordinal);
    const { config } = volume;
    if (role !== 'primary' || config === undefined) return 'not primary';
    if (version !== undefined && version !== config.version) return 'the configuration has changed meanwhile';
    const voters = votersOf(config);
    const installed = (wanted: Config) =>
      votersOf(wanted).filter(
        (each) =>
          each === ordinal || (this.reaches(ordinal, each) && same(this.#at(each).volume.config, wanted)),
      ).length;
    if (!isMajority(installed(config), voters)) return 'the configuration is not committed yet';
    const committed = volume.log.findLastIndex(({ id }) => this.#acknowledged.has(id)) + 1;
    const known = (each: number) =>
      each === ordinal ? volume.log.length : (this.#at(ordinal).known.get(each) ?? 0);
    if (volume.log.at(committed - 1)?.term !== volume.term) return 'nothing of this term is committed yet';
    if (!isMajority(voters.filter((each) => known(each) >= committed).length, voters))
      return 'what was acknowledged is not committed in this configuration yet';
    const members = new Map(config.members);
    change(members);
    const next: Config = { ...config, version: config.version + 1, term: volume.term, members };
    const differing = [...new Set([...voters, ...votersOf(next)])].filter(
      (each) => voters.includes(each) !== votersOf(next).includes(each),
    );
    if (differing.length > 1) return 'more than one voting member would change';
    if (!isElectable(next, ordinal)) return 'the primary could not be elected any more';
    if ([...members.values()].some(({ votes, shape }) => votes === 1 && isDelayed(shape)))
      this.violations.push(`member ${ordinal} gives a vote to a delayed member`);
    const able = (wanted: Config) => {
      const all = votersOf(wanted);
      return isMajority(
        all.filter((each) => isElectable(wanted, each) && this.#serves(ordinal, each)).length,
        all,
      );
    };
    if (
      votersOf(next).length <= voters.length &&
      members.size === config.members.size &&
      able(config) &&
      !able(next)
    )
      this.violations.push(`member ${ordinal} leaves too few that can be elected`);
    if (isMajority(this.#serving(ordinal, config), voters)) {
      const left = this.#serving(ordinal, next);
      if (!isMajority(left, votersOf(next)))
        this.violations.push(
          `member ${ordinal} makes a configuration that ${left} of ${votersOf(next).length} serve in`,
        );
    }
    volume.config = next;
    for (let other = 0; other < this.servers.length; other++)
      if (other !== ordinal) this.heartbeat(ordinal, other);
    // It has heard of another's term meanwhile.
    if (volume.term !== next.term) return 'stepped down';
    return isMajority(installed(next), votersOf(next)) ? undefined : 'no majority has it yet';
  }

  /** Another takes over that has everything. */
  stepDown(ordinal: number): string | undefined {
    const server = this.#at(ordinal);
    if (server.role !== 'primary') return 'not primary';
    for (let other = 0; other < this.servers.length; other++) {
      const candidate = this.#at(other);
      if (other === ordinal || candidate.role !== 'secondary' || !this.reaches(ordinal, other)) continue;
      if (candidate.volume.config === undefined || !isElectable(candidate.volume.config, other)) continue;
      this.replicate(ordinal, other);
      server.role = 'secondary';
      return this.elect(other) ? undefined : 'nobody took over';
    }
    return 'nobody can take over';
  }
}

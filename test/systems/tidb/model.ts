import { healthAnswer, membersAnswer, type StoreAnswer, storesAnswer } from './answers.ts';

/**
 * What PD answers and does, as the source of its branch 8.5 and its documentation have it: members of which a majority has to be there for a leader and for each change, stores with
 * their states, and regions whose copies PD moves. One thing happens after the other, and nothing takes time. Left out is what PD's etcd refuses besides: so the scripts' own rules count.
 */

interface Member {
  ordinal: number;
  started: boolean;
}

interface Store {
  ordinal: number;
  state: 'Up' | 'Offline' | 'Tombstone';
  destroyed: boolean;
  /** Steps since it was heard of. */
  silent: number;
}

interface Server<Volume> {
  running: boolean;
  /** Cut off from everybody. */
  cut: boolean;
  volume: Volume | undefined;
}

type Reply = { text: string } | { error: string };

/** What a PD has on its volume besides etcd's WAL, which is the model's own `volume`. */
export interface PdDisk {
  /** PD's file of the same name: members by whom it goes on to join. */
  join: string | undefined;
  /** Whether etcd's directory is there. etcd makes it before it asks anybody, and the WAL after that. */
  begun: boolean;
}

/** When a PD that starts may be killed, by what it has done last. */
export const moments = ['nothing', 'added', 'join', 'begun', 'wal'] as const;
export type Moment = (typeof moments)[number];

const copies = 3;
const regionCount = 4;
const range = (length: number) => Array.from({ length }, (_, index) => index);

export class Model {
  readonly pds: Server<{ member: number }>[];
  readonly tikvs: Server<{ store: number }>[];
  /** Members of the one cluster by their ids; none before it was founded. */
  readonly members = new Map<number, Member>();
  leader: number | undefined;
  readonly stores = new Map<number, Store>();
  /** Stores that each region has a copy in. */
  regions: Set<number>[] = [];
  /** Stores whose leaders go elsewhere. */
  readonly evicted = new Set<number>();
  readonly violations: string[] = [];
  founded = 0;
  #ids = 100;

  constructor(size: number) {
    const servers = <Volume>() =>
      range(size).map((): Server<Volume> => ({ running: false, cut: false, volume: undefined }));
    this.pds = servers();
    this.tikvs = servers();
  }

  #well<Volume>(server: Server<Volume> | undefined): boolean {
    return server?.running === true && !server.cut;
  }

  #pdServes = ({ ordinal, started }: Member): boolean => started && this.#well(this.pds[ordinal]);

  #serving(members: Iterable<Member> = this.members.values()): number {
    return [...members].filter(this.#pdServes).length;
  }

  get #majority(): boolean {
    return this.#serving() * 2 > this.members.size;
  }

  /** Whether somebody leads whom a majority follows. */
  get led(): boolean {
    const leads = [...this.members.values()].some(
      (member) => member.ordinal === this.leader && this.#pdServes(member),
    );
    return leads && this.#majority;
  }

  // PD's servers.

  elect(pick: (from: readonly number[]) => number | undefined): void {
    if (this.led) return;
    this.leader = this.#majority
      ? pick([...this.members.values()].filter(this.#pdServes).map(({ ordinal }) => ordinal))
      : undefined;
  }

  /** What pd-server does when it starts, `--join` or without; whether it stays, unless it is `killed` first. */
  startPd(ordinal: number, joins: boolean, disk: PdDisk, killed?: Moment): boolean {
    const server = this.pds[ordinal];
    if (server === undefined || killed === 'nothing') return false;
    if (joins && disk.join === undefined) {
      if (disk.begun || !this.#addJoining(ordinal) || killed === 'added') return false;
      disk.join = [...this.members.values()].map((member) => peerOf(member.ordinal)).join();
      if (killed === 'join') return false;
    }
    disk.begun = true;
    if (killed === 'begun') return false;
    // Without a WAL, and with nobody to join, etcd founds what its flags name: by default itself.
    const id =
      server.volume?.member ?? (joins ? this.#joined(ordinal, disk.join ?? '') : this.#found(ordinal));
    if (id === undefined) return false;
    server.volume = { member: id };
    const member = this.members.get(id);
    if (member === undefined || killed === 'wal') return false;
    member.started = true;
    server.running = true;
    return true;
  }

  #add(ordinal: number, started: boolean): number {
    const id = ++this.#ids;
    this.members.set(id, { ordinal, started });
    return id;
  }

  #found(ordinal: number): number {
    this.founded++;
    if (this.founded > 1) this.violations.push(`PD ${ordinal} founds a second cluster`);
    return this.#add(ordinal, true);
  }

  /** PDs of these that answer to another. */
  #answering(ordinal: number, of: readonly number[]): number[] {
    return this.pds[ordinal]?.cut
      ? []
      : of.filter((other) => other !== ordinal && this.#well(this.pds[other]));
  }

  /** A server has itself added as a member; whether PD goes on then. */
  #addJoining(ordinal: number): boolean {
    // It is told the PDs that always are there.
    if (this.#answering(ordinal, [0, 1, 2]).length === 0) return false;
    // One that has not started might be itself: 8.5 can't tell, and later versions do.
    for (const member of this.members.values())
      if (member.ordinal === ordinal || !member.started) return false;
    if (!this.led) return false;
    const before = this.members.size;
    if (before > 1 && this.#serving() * 2 <= before + 1)
      this.violations.push(
        `PD ${ordinal} makes a cluster of ${before + 1} members, of which ${this.#serving()} serve`,
      );
    this.#add(ordinal, false);
    return true;
  }

  /** The id that etcd starts with, by the members that it was told; nothing where others know of other ones. */
  #joined(ordinal: number, told: string): number | undefined {
    const ordinals = [...told.matchAll(/-pd-(\d+)=/g)].map(([, each]) => Number(each));
    if (this.#answering(ordinal, ordinals).length === 0) return undefined;
    const there = [...this.members.values()].map((member) => member.ordinal);
    if (ordinals.toSorted().join() !== there.toSorted().join()) return undefined;
    const found = [...this.members].find(([, member]) => member.ordinal === ordinal);
    if (found?.[1].started) this.violations.push(`PD ${ordinal} starts with nothing of what it had`);
    return found?.[0];
  }

  #remove(id: number): void {
    const others = [...this.members].filter(([other]) => other !== id).map(([, member]) => member);
    if (this.#serving(others) * 2 <= others.length)
      this.violations.push(
        `a removal makes a cluster of ${others.length} members, of which ${this.#serving(others)} serve`,
      );
    // Its etcd stops, and PD goes on without: nothing there looks.
    this.members.delete(id);
  }

  // TiKV.

  /** What tikv-server does when it starts; whether it stays. */
  startTikv(ordinal: number): boolean {
    const server = this.tikvs[ordinal];
    if (server === undefined) return false;
    server.volume ??= { store: ++this.#ids };
    const id = server.volume.store;
    if (server.cut || !this.led) return true;
    return this.#put(ordinal, id);
  }

  /** A store tells PD of itself. */
  #put(ordinal: number, id: number): boolean {
    const known = this.stores.get(id);
    if (known?.state === 'Tombstone') return false;
    for (const [other, { ordinal: at, state, destroyed }] of this.stores)
      if (other !== id && at === ordinal && state !== 'Tombstone' && !destroyed) return false;
    if (known === undefined) {
      // The first of all makes the cluster's regions.
      if (this.stores.size === 0) this.regions = range(regionCount).map(() => new Set([id]));
      this.stores.set(id, { ordinal, state: 'Up', destroyed: false, silent: 0 });
    }
    const server = this.tikvs[ordinal];
    if (server) server.running = true;
    return true;
  }

  /** Whether a store's copies can be read. */
  #alive(id: number): boolean {
    const store = this.stores.get(id);
    const server = this.tikvs[store?.ordinal ?? -1];
    return this.#well(server) && server?.volume?.store === id;
  }

  /** A step of PD's own: it hears of stores, moves a copy, and buries who has none. */
  schedule(pick: (from: readonly number[]) => number | undefined): void {
    for (const [id, store] of this.stores) {
      store.silent = this.#alive(id) ? 0 : store.silent + 1;
    }
    if (!this.led) return;
    for (const [ordinal, server] of this.tikvs.entries())
      if (this.#well(server) && server.volume && !this.stores.has(server.volume.store))
        this.#put(ordinal, server.volume.store);
    for (const region of this.regions) {
      const alive = [...region].filter((id) => this.#alive(id));
      if (alive.length * 2 <= region.size) continue;
      const kept = [...region].filter((id) => this.stores.get(id)?.state === 'Up');
      const target = pick(
        [...this.stores]
          .filter(([id, { state }]) => state === 'Up' && this.#alive(id) && !region.has(id))
          .map(([id]) => id),
      );
      const leaving = [...region].find((id) => !kept.includes(id));
      if (kept.length < copies && target !== undefined) region.add(target);
      else if (leaving !== undefined && kept.length >= copies) region.delete(leaving);
    }
    for (const [id, store] of this.stores)
      if (store.state === 'Offline' && this.regionsOf(id) === 0) {
        store.state = 'Tombstone';
        const server = this.tikvs[store.ordinal];
        if (server?.volume?.store === id) server.running = false;
      }
  }

  regionsOf(id: number): number {
    return this.regions.filter((region) => region.has(id)).length;
  }

  // What happens to servers.

  end(kind: 'pds' | 'tikvs', ordinal: number, lost: boolean): void {
    const server = this[kind][ordinal];
    if (server === undefined) return;
    server.running = false;
    if (lost) server.volume = undefined;
  }

  /** What a script has put aside is not there for a server any more. */
  putAside(kind: 'pds' | 'tikvs', ordinal: number): void {
    if (kind === 'pds') {
      const { volume } = this.pds[ordinal] ?? {};
      if (volume && this.members.has(volume.member))
        this.violations.push(`PD ${ordinal} put the data of a member aside`);
    } else {
      const { volume } = this.tikvs[ordinal] ?? {};
      const store = this.stores.get(volume?.store ?? 0);
      if (store && store.state !== 'Tombstone')
        this.violations.push(`TiKV ${ordinal} put the data of a store aside that is ${store.state}`);
    }
    this.end(kind, ordinal, true);
  }

  heal(): void {
    for (const server of [...this.pds, ...this.tikvs]) server.cut = false;
  }

  // PD's API.

  /** What the PD at `ordinal` answers to whoever is not cut off. */
  answer(ordinal: number, method: string, path: string): Reply {
    if (!this.#well(this.pds[ordinal])) return { error: '' };
    if (path === 'health')
      return {
        text: healthAnswer(
          [...this.members.values()].map((member) => ({
            name: member.started ? nameOf(member.ordinal) : '',
            health: this.#pdServes(member),
          })),
        ),
      };
    const member = this.members.has(this.pds[ordinal]?.volume?.member ?? 0);
    if (!(member && this.led)) return { error: '"[PD:apiutil:ErrRedirectNoLeader]redirect finds no leader"' };
    const [, id = ''] = /\/(?:id\/)?(\d+)/.exec(path) ?? [];
    const number = Number(id);
    switch (`${method} ${path.replace(/\d+/g, 'N').replace(/[?].*/, '')}`) {
      case 'GET members':
        return {
          text: membersAnswer(
            [...this.members].map(([key, member]) => written(key, member)),
            nameOf(this.leader ?? 0),
          ),
        };
      case 'DELETE members/id/N':
        if (!this.members.has(number)) return { error: '"member not found"' };
        this.#remove(number);
        return { text: '"removed"' };
      case 'GET stores':
        return this.stores.size === 0
          ? {
              error:
                '"[PD:cluster:ErrNotBootstrapped]TiKV cluster not bootstrapped, please start TiKV first"',
            }
          : { text: storesAnswer([...this.stores].map(([key, store]) => this.#written(key, store))) };
      case 'DELETE store/N':
        return path.endsWith('?force') ? this.#destroy(number) : this.#offline(number);
      case 'POST store/N/state':
        return this.#up(number);
      case 'GET schedulers':
        return {
          text: JSON.stringify(this.evicted.size > 0 ? ['evict-leader-scheduler'] : [], undefined, 2),
        };
      case 'DELETE schedulers/evict-leader-scheduler-N':
        this.evicted.delete(Number(path.replace(/\D/g, '')));
        return { text: '"removed"' };
      default:
        return this.#transfer(path);
    }
  }

  #transfer(path: string): Reply {
    const ordinal = Number(/^leader\/transfer\/.*-(\d+)$/.exec(path)?.[1] ?? Number.NaN);
    const member = [...this.members.values()].find((one) => one.ordinal === ordinal);
    if (member === undefined || !this.#pdServes(member)) return { error: `"cannot do ${path}"` };
    this.leader = ordinal;
    return { text: '"submitted"' };
  }

  #written(id: number, { ordinal, state, destroyed, silent }: Store): StoreAnswer {
    const silence = silent > 8 ? 'Down' : silent > 2 ? 'Disconnected' : 'Up';
    return {
      id,
      host: `shop-tidb-tikv-${ordinal}.tikvs`,
      state: state === 'Up' ? silence : state,
      destroyed,
      regions: this.regionsOf(id),
      leaders: 0,
      capacity: '100GiB',
      available: '80GiB',
      used: '1GiB',
    };
  }

  #offline(id: number): Reply {
    const store = this.stores.get(id);
    if (store === undefined || store.state === 'Tombstone' || store.destroyed) return { error: '"can not"' };
    const up = [...this.stores.values()].filter(({ state }) => state === 'Up').length;
    if (store.state === 'Up' && up - 1 < copies) return { error: '"[PD:cluster:ErrStoresNotEnough]"' };
    if (store.state === 'Up') store.state = 'Offline';
    return { text: '"offline"' };
  }

  #up(id: number): Reply {
    const store = this.stores.get(id);
    if (store === undefined || store.state === 'Tombstone' || store.destroyed) return { error: '"can not"' };
    store.state = 'Up';
    return { text: '"up"' };
  }

  #destroy(id: number): Reply {
    const store = this.stores.get(id);
    if (store === undefined || store.state === 'Tombstone') return { error: '"can not"' };
    if (this.tikvs[store.ordinal]?.volume?.store === id)
      this.violations.push(`store ${id} was declared destroyed, and its volume has its data`);
    const away = [...this.stores].filter(
      ([other, { state, silent }]) =>
        other !== id && state !== 'Tombstone' && (silent > 2 || state === 'Offline'),
    );
    if (away.length > 0)
      this.violations.push(
        `store ${id} was declared destroyed while ${away.map(([other]) => other).join()} did not serve`,
      );
    store.state = 'Offline';
    store.destroyed = true;
    return { text: '"offline"' };
  }
}

const nameOf = (ordinal: number) => `shop-tidb-pd-${ordinal}`;
const peerOf = (ordinal: number) => `${nameOf(ordinal)}=http://${nameOf(ordinal)}.pds:2380`;
const written = (id: number, { ordinal, started }: Member) => ({
  name: started ? nameOf(ordinal) : '',
  id: String(id),
  host: `${nameOf(ordinal)}.pds`,
});

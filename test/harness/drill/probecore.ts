import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger, type Writer } from './ledger.ts';

/** The server said no before it did anything: the record is definitely not written. Any other failure of a write leaves it unknown. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export interface Connection {
  /** Host name of the member at the other end. */
  readonly member: string;
  /** Resolves when the record is acknowledged, `plain` by the primary alone; throws Refused when it is definitely not written. */
  write(id: number, plain: boolean): Promise<void>;
  /** Ends the connection at once, without waiting for the peer. Never throws. */
  close(): void;
}

/** What a member says about itself and its group. */
export interface MemberView {
  member: string;
  version: string;
  /** Whether the member itself would accept a client's write. */
  writable: boolean;
  /** The field's own terms, e.g. ONLINE and PRIMARY. */
  state: string;
  role: string;
  /** How many members it sees, and how many of them ONLINE. */
  members: number;
  online: number;
}

/** What a system has to provide; `ledger` names the place (table, key, topic) of one run's records. */
export interface Adapter {
  prepare(host: string, ledger: string): Promise<void>;
  /**
   * For a writer to `host`; a direct one may not be led elsewhere. Must give up and free its socket when the signal aborts.
   */
  connect(host: string, ledger: string, signal: AbortSignal, writer: Writer): Promise<Connection>;
  /** Calls back with every id that `host` holds, once it has applied everything `primary` had committed when asked. */
  read(host: string, primary: string, ledger: string, onId: (id: number) => void): Promise<void>;
  view(host: string): Promise<MemberView>;
  /** Where what is acknowledged can be read only later: how much later, in ms, for all but one in a hundred of the records up to now. */
  lateness?(): number;
}

export interface RunOptions {
  /** Place of this run's records. */
  ledger: string;
  /** Where a user would connect. */
  service: string;
  /** Members that are also written to directly, a few times a second: all but one must refuse. */
  members: string[];
  /** Clients that write through the Service, each to a key of its own. */
  keys: number;
  /** Whether further clients of the first key write through the Service and wait for no copies. */
  plain: boolean;
}

export interface RunStatus {
  ms: number;
  running: boolean;
  attempted: number;
  acknowledged: number;
  lastAcknowledgedMs: number | undefined;
  /** Longest time that this process could not run: a pause of the machine, which no server is to blame for. */
  stalledMs: number;
  /** See Adapter.lateness. */
  lateMs?: number;
  /** Failures by error code. */
  errors: Record<string, number>;
}

/**
 * Milliseconds: to a usable connection, to an answer, between connection attempts, between writes through the Service, sent directly, and plain
 * ones, between looks at the clock. A writer without any pause takes a processor for itself, and what is measured is that.
 */
const limits = { connect: 1500, answer: 1000, retry: 20, service: 2, direct: 250, plain: 5, tick: 50 };

/** One run of writers against a system, recorded in a ledger. */
export class Run {
  readonly ledger: Ledger;
  readonly #adapter: Adapter;
  readonly #options: RunOptions;
  readonly #errors: Record<string, number> = {};
  readonly #stop = new AbortController();
  readonly #opened = performance.now();
  #acknowledged = 0;
  #lastAcknowledgedMs: number | undefined;
  #stalledMs = 0;
  #writers: Promise<void>[] = [];

  constructor(adapter: Adapter, options: RunOptions) {
    this.#adapter = adapter;
    this.#options = options;
    this.ledger = new Ledger([
      ...Array.from(
        { length: options.keys },
        (_, key): Writer => ({ name: options.service, via: 'service', key }),
      ),
      ...options.members.map((name): Writer => ({ name, via: 'direct', key: 0 })),
      ...(options.plain ? [{ name: options.service, via: 'plain', key: 0 } as const] : []),
    ]);
  }

  start(): void {
    this.#writers = this.ledger.writers.map((writer, index) => this.#write(writer, index));
    this.#writers.push(this.#watchClock());
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#writers);
    this.ledger.durationMs ||= this.#now();
  }

  /** Names this moment; returns it. */
  mark(name: string): number {
    const ms = this.#now();
    this.ledger.mark(name, ms);
    return ms;
  }

  status(): RunStatus {
    const lateMs = this.#adapter.lateness?.();
    return {
      ...(lateMs === undefined ? {} : { lateMs }),
      ms: this.#now(),
      running: !this.#stop.signal.aborted,
      attempted: this.ledger.size,
      acknowledged: this.#acknowledged,
      lastAcknowledgedMs: this.#lastAcknowledgedMs,
      stalledMs: this.#stalledMs,
      errors: this.#errors,
    };
  }

  async #write(writer: Writer, index: number): Promise<void> {
    const stopped = this.#stop.signal;
    let connection: Connection | undefined;
    while (!stopped.aborted) {
      try {
        connection ??= await this.#connect(writer);
      } catch (error) {
        this.#count(`connect ${codeOf(error)}`);
        await pause(writer.via === 'direct' ? limits.direct : limits.retry, stopped);
        continue;
      }
      const id = this.ledger.open(index, connection.member, this.#now());
      try {
        await within(limits.answer, connection.write(id, writer.via === 'plain'));
        const now = this.#now();
        this.ledger.close(id, 'acknowledged', now);
        if (writer.via === 'service') {
          this.#acknowledged++;
          this.#lastAcknowledgedMs = now;
        }
      } catch (error) {
        const refused = error instanceof Refused;
        this.ledger.close(id, refused ? 'failed' : 'unknown', this.#now());
        // A refusal is what a direct writer expects; a user's client would look for the primary again.
        if (!(refused && writer.via === 'direct')) {
          this.#count(codeOf(error));
          connection.close();
          connection = undefined;
        }
      }
      await pause(limits[writer.via], stopped);
    }
    connection?.close();
  }

  async #watchClock(): Promise<void> {
    for (let last = this.#now(); !this.#stop.signal.aborted; last = this.#now()) {
      await pause(limits.tick, this.#stop.signal);
      this.#stalledMs = Math.max(this.#stalledMs, this.#now() - last - limits.tick);
    }
  }

  #connect(writer: Writer): Promise<Connection> {
    const signal = AbortSignal.timeout(limits.connect);
    return this.#adapter.connect(writer.name, this.#options.ledger, signal, writer);
  }

  #count(code: string): void {
    this.#errors[code] = (this.#errors[code] ?? 0) + 1;
  }

  #now(): number {
    return performance.now() - this.#opened;
  }
}

/** Rejects with code `timeout` when the promise has not settled within `ms`. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(Object.assign(new Error(`no answer in ${ms} ms`), { code: 'timeout' })),
      ms,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error';
  const { code } =
    error.cause instanceof Error ? { code: codeOf(error.cause) } : (error as { code?: unknown });
  return typeof code === 'string' ? code : error.name;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

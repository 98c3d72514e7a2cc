/**
 * What clients tried and what became of it. The probe records a ledger inside the cluster; the harness judges it against what
 * every member holds afterwards. Pure: no clock, no network.
 */

/** `unknown`: the connection was lost or timed out after the write may have been sent. It may turn up later and is never a loss. */
export type Outcome = 'acknowledged' | 'failed' | 'unknown';

const outcomes: readonly Outcome[] = ['unknown', 'acknowledged', 'failed'];
const noMember = 255;

/** A client that writes one record after the other. */
export interface Writer {
  name: string;
  /**
   * `service` writers go where a user would and measure the outage; `direct` writers try every member and must be refused by all but one.
   * `plain` writers go where a user would, too, but take the primary's word and wait for no copies: what they lose is counted apart.
   */
  via: 'service' | 'direct' | 'plain';
  /** Which of several places it writes to that fail apart from each other, e.g. a key in one shard; 0 where there is one. */
  key: number;
}

/** A moment named by the harness, stamped by the probe's clock. */
export interface Mark {
  name: string;
  ms: number;
}

export interface Attempt {
  id: number;
  writer: number;
  /** Host name of the member that was asked, if the client knew. */
  member: string | undefined;
  outcome: Outcome;
  /** Milliseconds since the ledger was opened. */
  sent: number;
  answered: number;
}

/** Times are packed as 32-bit floats (0.06 ms at 15 minutes); 100 000 attempts are 1.1 MB. */
export interface PackedLedger {
  writers: Writer[];
  marks: Mark[];
  members: string[];
  durationMs: number;
  /** Base64 columns, one entry per attempt. */
  outcome: string;
  writer: string;
  member: string;
  sent: string;
  answered: string;
}

/** Attempts in columns, ids ascending from 0. */
export class Ledger {
  readonly writers: readonly Writer[];
  readonly marks: Mark[] = [];
  readonly members: string[] = [];
  durationMs = 0;
  size = 0;
  #outcome = new Uint8Array(1024);
  #writer = new Uint8Array(1024);
  #member = new Uint8Array(1024);
  #sent = new Float32Array(1024);
  #answered = new Float32Array(1024);

  constructor(writers: readonly Writer[]) {
    this.writers = writers;
  }

  /** Opens an attempt and returns its id; until it is closed its outcome is unknown. */
  open(writer: number, member: string | undefined, ms: number): number {
    if (this.size === this.#outcome.length) this.#grow();
    const id = this.size++;
    this.#writer[id] = writer;
    this.#member[id] = member === undefined ? noMember : this.#memberIndex(member);
    this.#sent[id] = ms;
    this.#answered[id] = ms;
    return id;
  }

  close(id: number, outcome: Outcome, ms: number): void {
    this.#outcome[id] = outcomes.indexOf(outcome);
    this.#answered[id] = ms;
  }

  mark(name: string, ms: number): void {
    this.marks.push({ name, ms });
  }

  at(id: number): Attempt {
    const member = this.#member[id] ?? noMember;
    return {
      id,
      writer: this.#writer[id] ?? 0,
      member: this.members[member],
      outcome: this.outcomeOf(id),
      sent: this.#sent[id] ?? 0,
      answered: this.#answered[id] ?? 0,
    };
  }

  outcomeOf(id: number): Outcome {
    return outcomes[this.#outcome[id] ?? 0] ?? 'unknown';
  }

  /** Acknowledged attempts in the order of their acknowledgement. */
  acknowledgements(via?: Writer['via']): Attempt[] {
    const found: Attempt[] = [];
    for (let id = 0; id < this.size; id++) {
      if (this.outcomeOf(id) !== 'acknowledged') continue;
      const attempt = this.at(id);
      if (via === undefined || this.writers[attempt.writer]?.via === via) found.push(attempt);
    }
    return found.sort((a, b) => a.answered - b.answered);
  }

  pack(): PackedLedger {
    const column = (array: Uint8Array | Float32Array) =>
      Buffer.from(array.buffer, 0, this.size * array.BYTES_PER_ELEMENT).toString('base64');
    return {
      writers: [...this.writers],
      marks: this.marks,
      members: this.members,
      durationMs: this.durationMs,
      outcome: column(this.#outcome),
      writer: column(this.#writer),
      member: column(this.#member),
      sent: column(this.#sent),
      answered: column(this.#answered),
    };
  }

  static unpack(packed: PackedLedger): Ledger {
    const ledger = new Ledger(packed.writers);
    ledger.marks.push(...packed.marks);
    ledger.members.push(...packed.members);
    ledger.durationMs = packed.durationMs;
    ledger.#outcome = bytes(packed.outcome);
    ledger.#writer = bytes(packed.writer);
    ledger.#member = bytes(packed.member);
    ledger.#sent = new Float32Array(bytes(packed.sent).buffer);
    ledger.#answered = new Float32Array(bytes(packed.answered).buffer);
    ledger.size = ledger.#outcome.length;
    return ledger;
  }

  #memberIndex(member: string): number {
    const index = this.members.indexOf(member);
    return index >= 0 ? index : this.members.push(member) - 1;
  }

  #grow(): void {
    const twice = <T extends Uint8Array | Float32Array>(old: T, grown: T): T => {
      grown.set(old);
      return grown;
    };
    const length = this.#outcome.length * 2;
    this.#outcome = twice(this.#outcome, new Uint8Array(length));
    this.#writer = twice(this.#writer, new Uint8Array(length));
    this.#member = twice(this.#member, new Uint8Array(length));
    this.#sent = twice(this.#sent, new Float32Array(length));
    this.#answered = twice(this.#answered, new Float32Array(length));
  }
}

/** How often a member holds each id (255 stands for more), and how many records it holds that nobody in this ledger wrote. */
export interface ReadBack {
  counts: Uint8Array;
  strangers: number;
}

export interface PackedReadBack {
  counts: string;
  strangers: number;
}

/** Tallies the ids read from a member, in any order; ids outside `0 … size - 1` are strangers. */
export class Tally implements ReadBack {
  readonly counts: Uint8Array;
  strangers = 0;

  constructor(size: number) {
    this.counts = new Uint8Array(size);
  }

  add(id: number): void {
    const count = this.counts[id];
    if (count === undefined) this.strangers++;
    else if (count < 255) this.counts[id] = count + 1;
  }

  pack(): PackedReadBack {
    return { counts: Buffer.from(this.counts).toString('base64'), strangers: this.strangers };
  }
}

export function unpackReadBack(packed: PackedReadBack): ReadBack {
  return { counts: bytes(packed.counts), strangers: packed.strangers };
}

/** A number of ids and the first few of them. */
interface Ids {
  count: number;
  first: number[];
}

export interface Verdict {
  attempted: number;
  acknowledged: number;
  failed: number;
  unknown: number;
  /** Of the failed: direct writers turned away, as they should be. */
  refused: number;
  /** Of the writer that waits for no copies, when there is one: acknowledged, and of these missing at any place. Counted nowhere else. */
  plain?: { acknowledged: number; lost: number };
  /** Acknowledged but missing at one place at least, each counted once. */
  missing: number;
  /** Acknowledged but missing, per place read. */
  lost: Record<string, Ids>;
  /** Held more than once, per place read. */
  duplicated: Record<string, Ids>;
  /** Held but never written by this ledger's writers, per place read. */
  strangers: Record<string, number>;
  /** Unknown attempts that are held by at least one place. */
  recovered: number;
  /** Definitely refused attempts that are held all the same. */
  resurrected: Ids;
  /** Ids held by some places and missing in others: members that disagree for good. */
  diverged: Ids;
}

/** Judges a closed ledger against what each place (member or Service) held after healing. */
export function judge(ledger: Ledger, readBacks: Readonly<Record<string, ReadBack>>): Verdict {
  const places = Object.entries(readBacks);
  const verdict: Verdict = {
    attempted: ledger.size,
    acknowledged: 0,
    failed: 0,
    unknown: 0,
    refused: 0,
    missing: 0,
    lost: {},
    duplicated: {},
    strangers: {},
    recovered: 0,
    resurrected: noIds(),
    diverged: noIds(),
  };
  for (const [place, { counts, strangers }] of places) {
    if (counts.length !== ledger.size)
      throw new Error(`${place} was read for ${counts.length} ids, the ledger has ${ledger.size}`);
    verdict.lost[place] = noIds();
    verdict.duplicated[place] = noIds();
    verdict.strangers[place] = strangers;
  }
  const plain = { acknowledged: 0, lost: 0 };
  if (ledger.writers.some((writer) => writer.via === 'plain')) verdict.plain = plain;
  for (let id = 0; id < ledger.size; id++) {
    const outcome = ledger.outcomeOf(id);
    const via = ledger.writers[ledger.at(id).writer]?.via;
    const promised = outcome === 'acknowledged' && via !== 'plain';
    if (via === 'plain' && outcome === 'acknowledged') plain.acknowledged++;
    else verdict[outcome]++;
    if (outcome === 'failed' && via === 'direct') verdict.refused++;
    let holders = 0;
    let missing = false;
    for (const [place, { counts }] of places) {
      const count = counts[id] ?? 0;
      if (count > 0) holders++;
      if (count > 1) note(verdict.duplicated[place], id);
      if (count > 0 || !promised) continue;
      missing = true;
      note(verdict.lost[place], id);
    }
    if (missing) verdict.missing++;
    if (via === 'plain' && outcome === 'acknowledged' && holders < places.length) plain.lost++;
    if (holders > 0 && outcome === 'unknown') verdict.recovered++;
    if (holders > 0 && outcome === 'failed') note(verdict.resurrected, id);
    if (holders > 0 && holders < places.length) note(verdict.diverged, id);
  }
  return verdict;
}

/** A time without any acknowledgement through the Service. */
export interface Gap {
  fromMs: number;
  ms: number;
}

/**
 * Times of at least `atLeast` ms in which a writer of the kind `via` got no acknowledgement, each writer by itself, in order of time. The
 * run's start and end bound it, so writes that never resume are a gap too.
 */
export function gapsOf(ledger: Ledger, atLeast: number, via: Writer['via'] = 'service'): Gap[] {
  const gaps: Gap[] = [];
  const all = ledger.acknowledgements(via);
  ledger.writers.forEach((writer, index) => {
    if (writer.via !== via) return;
    let previous = 0;
    const times = all.filter((ack) => ack.writer === index).map((ack) => ack.answered);
    for (const ms of [...times, ledger.durationMs]) {
      if (ms - previous >= atLeast) gaps.push({ fromMs: previous, ms: ms - previous });
      previous = ms;
    }
  });
  return gaps.sort((a, b) => a.fromMs - b.fromMs);
}

/** The longest time without an acknowledgement that overlaps [from, to], in ms. */
export function longestGap(
  ledger: Ledger,
  from = 0,
  to = Number.POSITIVE_INFINITY,
  via: Writer['via'] = 'service',
): number {
  return gapsOf(ledger, 0, via)
    .filter((gap) => gap.fromMs + gap.ms > from && gap.fromMs < to)
    .reduce((longest, gap) => Math.max(longest, gap.ms), 0);
}

/** Two members that took turns faster than a hand-over can be: both acknowledged writes at the same time. */
export interface Overlap {
  members: [string, string];
  ms: number;
}

/** No group hands its primary over and back within this time. */
const handOverMs = 1000;

/**
 * Finds members acknowledging writes side by side: one, then another, then the first again, within a second. A change of member counts
 * only when the write was sent after the other had first acknowledged, so an answer that arrives late is no overlap.
 */
export function overlapsOf(ledger: Ledger): Overlap[] {
  const found: Overlap[] = [];
  let before: { member: string; last: number } | undefined;
  let current: { member: string; first: number; last: number } | undefined;
  for (const { writer, member, sent, answered } of ledger.acknowledgements()) {
    const { via, key } = ledger.writers[writer] ?? {};
    // A primary that was cut off takes plain writes until it is fenced: they are lost, and are counted as that.
    if (member === undefined || via === 'plain' || key !== 0) continue;
    if (current?.member === member) {
      current.last = answered;
    } else if (current === undefined || sent > current.first) {
      if (current && before?.member === member && answered - before.last < handOverMs) {
        found.push({ members: [member, current.member], ms: answered });
      }
      before = current;
      current = { member, first: answered, last: answered };
    }
  }
  return found;
}

/** Acknowledgements to service writers per slice of `sliceMs`, from the ledger's opening to its end. */
export function timelineOf(ledger: Ledger, sliceMs: number): number[] {
  const slices = new Array<number>(Math.ceil(ledger.durationMs / sliceMs)).fill(0);
  for (const { answered } of ledger.acknowledgements('service')) {
    const slice = Math.min(slices.length - 1, Math.floor(answered / sliceMs));
    slices[slice] = (slices[slice] ?? 0) + 1;
  }
  return slices;
}

function noIds(): Ids {
  return { count: 0, first: [] };
}

function note(ids: Ids | undefined, id: number): void {
  if (!ids) return;
  ids.count++;
  if (ids.first.length < 5) ids.first.push(id);
}

/** A copy, because a pooled Buffer's memory may not start where a Float32Array can. */
function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

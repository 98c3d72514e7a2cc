import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBy } from '../../harness/base/random.ts';
import type { ConfigMap } from '../../harness/charts/manifests.ts';
import { type Answer, Shell } from '../../harness/charts/stage.ts';
import { type Member, Model, type Shape } from './model.ts';

/** The scripts of the pods, in their shell, against the model: seeded schedules of what happens to members. */

const most = 7;

/**
 * What stands in for the rest of a pod: questions to servers, the role sidecar and the clock go to whoever plays the schedule, and everything else is the script's own. One
 * shell for each pod; each life of it is a process of its own, so that nothing is remembered but by the volume.
 */
const stage = `
set -eu
exec 3>&1 4<&0 >/dev/null
log() { [ -z "\${LOUD:-}" ] || printf '%s: %s\\n' "$POD" "$*" >&2; }
say() { [ "\${said:-}" = "$1" ] || log "$1"; said=$1; }
tell() {
  local status count line
  printf '%s\\n' "$*" >&3
  answer=''
  read -r status count <&4 || exit 0
  case $status in
    ok) while [ "$count" -gt 0 ]; do IFS= read -r line <&4 && answer+=$line$'\\n' && count=$((count - 1)); done ;;
    no) answer=$count && return 1 ;;
    *) exit 0 ;;
  esac
}
ask() { shift && tell "$@"; }
pause() { tell pause; }
sleep() { tell pause; }
wake() { :; }
due() { :; }
publish() { local answer; [ "\${published:-}" = "$1 $2" ] || { published="$1 $2" && tell role "$1" "$2"; }; }
facts() { local answer && tell facts && read -r replicas formed <<<"$answer"; }
read_shapes() { local answer && tell shapes && read -r shapes <<<"$answer"; }
ask_to_found() { local answer; tell found; }
none_leaves() { tell none-leaves "$1"; }
session_close() { :; }
`;

const member = `
life() {
  me=\${POD##*-} was=none role_is_of='' ticks=0
  tell begin
  settle_beginning
  mark_volume
  tell started
  every 0.5 tick
}
while :; do ( life ); done
`;

const hook = `
life() {
  tell begin && read -r REPLICAS <<<"$answer"
  ( drain ) && tell "done" || tell failed
}
while :; do ( life ); done
`;

const ok: Answer = { lines: [] };
const answered = (refusal: string | undefined): Answer => (refusal === undefined ? ok : { refused: refusal });

const isShape = (text: string): text is Shape => /^(shown|hidden|delayed:\d+)$/.test(text);

/** Who is not shown, by ordinal. */
type Shapes = ReadonlyMap<number, Shape>;

/** What an upgrade asks for. */
interface Wish {
  size: number;
  shapes: Shapes;
}

const plain: Wish = { size: 3, shapes: new Map() };

export interface Outcome {
  seed: number;
  violations: readonly string[];
  /** How often there was a primary, and changes of configurations, and how many of them hid or showed somebody, for a test that schedules come to something. */
  primaries: number;
  reconfigurations: number;
  reshaped: number;
}

export class Pods {
  readonly #dir: string;
  readonly #members: Shell[];
  readonly #hook: Shell;
  #model = new Model(most);
  #random = randomBy(0);
  /** Pods that there are: the size of the StatefulSet. */
  #size = 0;
  #formed = false;
  #granted: number | undefined;
  #drain: { keep: number; left: number } | undefined;
  #apiAway = false;
  /** How readily each member copies what is new, and how readily one without data gets everything. */
  #copies: readonly number[] = [];
  #firstCopy = 0;
  #primaries = 0;
  #reconfigurations = 0;
  #reshaped = 0;
  /** Of schedules with hidden members, whose chances are their own: the others go on as they would. */
  #hiding: (() => number) | undefined;
  /** What the values say, and what each pod has seen of them. */
  #shapes: Shapes = new Map();
  #seen: Shapes[] = [];
  /** What the hook's upgrade asks for. */
  #wish = plain;

  private constructor(dir: string, members: Shell[], hook: Shell) {
    this.#dir = dir;
    this.#members = members;
    this.#hook = hook;
  }

  /** Shells with the scripts of these ConfigMaps, after a change of their text. */
  static async open(
    server: ConfigMap,
    hooks: ConfigMap,
    change: (text: string) => string = (text) => text,
  ): Promise<Pods> {
    const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ballast-model-'));
    for (const [key, text] of Object.entries({ ...hooks.data, ...server.data }))
      writeFileSync(join(dir, key), change(text).replaceAll('/opt/ballast', dir));
    const sourced = (names: string[]) => names.map((name) => `. "$SCRIPTS/${name}"\n`).join('');
    writeFileSync(join(dir, 'stage-member'), `${sourced(['run.sh', 'agent.sh'])}${stage}${member}`);
    writeFileSync(join(dir, 'stage-hook'), `${sourced(['provision.sh'])}${stage}${hook}`);
    const environment = (name: string) => {
      const home = join(dir, name);
      mkdirSync(join(home, 'data'), { recursive: true });
      return {
        RUN: home,
        DATA: join(home, 'data'),
        POD: `shop-mongodb-${name}`,
        BASE: 'shop-mongodb',
        SUFFIX: 'members',
        TLS: 'false',
        ARCHITECTURE: 'replicaSet',
        PRIMARY_HOST: 'primary',
        ...(process.env.LOUD ? { LOUD: process.env.LOUD } : {}),
      };
    };
    const members = Array.from(
      { length: most },
      (_, ordinal) => new Shell(dir, 'stage-member', environment(String(ordinal))),
    );
    const shell = new Shell(dir, 'stage-hook', environment('hook'));
    await Promise.all([...members, shell].map((each) => each.listen()));
    return new Pods(dir, members, shell);
  }

  close(): void {
    for (const shell of [...this.#members, this.#hook]) shell.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #shell(ordinal: number): Shell {
    const shell = this.#members[ordinal];
    if (shell === undefined) throw new Error(`there is no pod ${ordinal}`);
    return shell;
  }

  #pick(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #hides(share: number): boolean {
    return (this.#hiding?.() ?? 1) < share;
  }

  #pickHiding(below: number): number {
    return Math.floor((this.#hiding?.() ?? 0) * below);
  }

  /** Some that the chart accepts: an odd number of votes, three at least, and more than half of them can be elected. */
  #shapesFor(size: number): Shapes {
    const delays = [0, 1, 2, 3, 4].filter((delays) => size - delays >= 3 && (size - delays) % 2 === 1);
    const delayed = delays[this.#pickHiding(delays.length)] ?? 0;
    const hidden = this.#pickHiding((size - delayed + 1) / 2);
    const left = Array.from({ length: size - 1 }, (_, index) => index + 1);
    const shapes = new Map<number, Shape>();
    for (let count = 0; count < delayed + hidden; count++) {
      const [ordinal = 0] = left.splice(this.#pickHiding(left.length), 1);
      shapes.set(ordinal, count >= delayed ? 'hidden' : this.#hides(0.5) ? 'delayed:60' : 'delayed:3600');
    }
    return shapes;
  }

  /** What happens to a set that was begun with three pods, or some more where members are hidden: in every second schedule. */
  async play(seed: number, steps = 60): Promise<Outcome> {
    this.#random = randomBy(seed);
    this.#model = new Model(most);
    this.#size = 3;
    this.#formed = false;
    this.#granted = undefined;
    this.#drain = undefined;
    this.#apiAway = false;
    this.#copies = Array.from({ length: most }, () => (this.#chance(0.4) ? 0.1 : 0.8));
    this.#firstCopy = this.#chance(0.5) ? 0.05 : 0.5;
    this.#primaries = 0;
    this.#reconfigurations = 0;
    this.#reshaped = 0;
    this.#hiding = seed % 2 === 0 ? randomBy(seed + 1_000_000) : undefined;
    if (this.#hiding) this.#size = [3, 4, 5][this.#pickHiding(3)] ?? 3;
    this.#upgrade();
    this.#seen = Array.from({ length: most }, () => this.#shapes);
    for (let ordinal = 0; ordinal < most; ordinal++) await this.#end(ordinal, true);
    if (this.#hook.pending !== 'begin') await this.#hook.answer('end');
    // Most schedules let a set come to be before anything happens to it.
    const calm = this.#chance(0.7) ? 14 : 0;
    // Larger sets take longer to come to be.
    const more = this.#hiding && calm > 0 ? 4 * (this.#size - 1) : 0;
    for (let step = 0; step < steps + 2 * more && this.#model.violations.length === 0; step++) {
      if (this.#hides(0.08)) this.#upgrade();
      if (this.#hides(0.02)) await this.#loseHidden();
      this.#spread(0.3);
      await this.#happen(step < calm + more);
      const leader = this.#leader();
      if (leader !== undefined && this.#hides(0.5)) await this.#run(leader);
      this.#nature();
    }
    return {
      seed,
      violations: this.#model.violations,
      primaries: this.#primaries,
      reconfigurations: this.#reconfigurations,
      reshaped: this.#reshaped,
    };
  }

  /** The values say something else of who is hidden. */
  #upgrade(): void {
    this.#shapes = this.#hiding ? this.#shapesFor(this.#size) : plain.shapes;
  }

  /** kubelet shows it to one pod after the other. */
  #spread(share: number): void {
    this.#seen = this.#seen.map((seen) => (this.#hides(share) ? this.#shapes : seen));
  }

  /** What is wrong where nothing more happens after a schedule: a member is not what the values say. Nothing where there is no primary any more. */
  async settle(turns = 40): Promise<readonly string[]> {
    // Of a set whose volumes were all lost there is nothing to keep.
    if (this.#model.servers.every(({ volume }) => volume.config === undefined)) return [];
    this.#apiAway = false;
    this.#drain = undefined;
    this.#model.heal();
    this.#upgrade();
    this.#spread(2);
    this.#copies = this.#copies.map(() => 1);
    this.#firstCopy = 1;
    for (let turn = 0; turn < turns; turn++) {
      for (let ordinal = 0; ordinal < this.#size; ordinal++) await this.#run(ordinal);
      this.#nature();
    }
    const leader = this.#leader();
    const { violations } = this.#model;
    if (leader === undefined) return violations;
    const found = this.#model.members(leader)?.lines.map((line) => line.replace(/ [A-Z0-9]+ /, ' ')) ?? [];
    const wanted = Array.from({ length: this.#size }, (_, ordinal) => {
      const shape = this.#shapes.get(ordinal) ?? 'shown';
      return `${ordinal} ${shape.startsWith('delayed') ? 0 : 1} ${shape}`;
    });
    return [
      ...violations,
      ...found.filter((line) => !wanted.includes(line)).map((line) => `in the end there is ${line}`),
      ...wanted.filter((line) => !found.includes(line)).map((line) => `in the end there is no ${line}`),
    ];
  }

  async #happen(calm: boolean): Promise<void> {
    const dice = calm ? 0 : this.#random();
    const any = this.#chance(0.3) ? (this.#leader() ?? 0) : this.#pick(this.#size);
    if (dice < 0.72) await this.#run(this.#whose());
    else if (dice < 0.76) await this.#end(any, false);
    else if (dice < 0.79) await this.#end(any, !this.#formed || this.#chance(0.2) || this.#allWell());
    else if (dice < 0.82) this.#model.cut(any);
    else if (dice < 0.83) await this.#end(any, false).then(() => this.#end(this.#pick(this.#size), false));
    else if (dice < 0.89) this.#model.heal();
    else if (dice < 0.91) this.#apiAway = !this.#apiAway;
    else if (dice < 0.94) await this.#resize([3, 5, 7][this.#pick(3)] ?? 3);
    else if (dice < 0.97) await this.#misfortune();
    else if (this.#hook.pending === 'begin') {
      const size = this.#hiding ? 3 + this.#pickHiding(3) : plain.size;
      this.#wish = { size, shapes: this.#hiding ? this.#shapesFor(size) : plain.shapes };
      await this.#hook.answer({ lines: [String(size)] });
    }
    if (this.#hook.pending !== 'begin') await this.#drive();
  }

  /** What seldom comes together by chance. */
  async #misfortune(): Promise<void> {
    const leader = this.#leader();
    if (leader === undefined) return;
    const others = Array.from({ length: this.#size }, (_, ordinal) => ordinal).filter(
      (ordinal) => ordinal !== leader,
    );
    const other = others[this.#pick(others.length)] ?? 0;
    if (this.#size > 3 && this.#chance(0.5)) {
      // Two that would stay are away just when others are to be removed.
      this.#drain = { keep: 3, left: 40 };
      for (const ordinal of others.filter((one) => one < 3).slice(0, 2)) await this.#end(ordinal, false);
      await this.#run(leader);
    } else if (this.#chance(0.5)) await this.#lose(leader, other);
    else {
      // One is away while the set grows.
      await this.#end(other, false);
      if (this.#size < most) await this.#resize(this.#size + 2);
      for (let turn = 0; turn < 6; turn++) {
        await this.#run(this.#size - 1 - this.#pick(2));
        await this.#run(this.#leader() ?? leader);
      }
    }
  }

  /** A volume is lost, and the primary before that is made good. */
  async #lose(leader: number, other: number): Promise<void> {
    await this.#end(other, true);
    for (let turn = 0; turn < 3; turn++) await this.#run(other);
    this.#model.heartbeat(leader, other);
    await this.#end(leader, false);
    for (let one = 0; one < this.#size; one++)
      if (one !== leader && this.#model.elect(one)) this.#primaries++;
  }

  /** The same, of one that is hidden. */
  async #loseHidden(): Promise<void> {
    const leader = this.#leader();
    const hidden = Array.from({ length: this.#size }, (_, ordinal) => ordinal).filter(
      (ordinal) => this.#model.stateOf(ordinal) === 'hidden',
    );
    const other = hidden[this.#pickHiding(hidden.length)];
    if (leader !== undefined && other !== undefined) await this.#lose(leader, other);
  }

  /** A set whose volumes are lost one after the other waits for ever, and nothing more is tried of it. */
  #allWell(): boolean {
    return this.#model.servers.slice(0, this.#size).every(({ volume }) => volume.synced);
  }

  /** Whose turn it is: mostly of somebody who has something to do. */
  #whose(): number {
    const busy = Array.from({ length: this.#size }, (_, ordinal) => ordinal).filter(
      (ordinal) =>
        this.#shell(ordinal).pending !== 'pause' ||
        !['secondary', 'hidden'].includes(this.#model.stateOf(ordinal)),
    );
    return this.#chance(0.85) && busy.length > 0
      ? (busy[this.#pick(busy.length)] ?? 0)
      : this.#pick(this.#size);
  }

  /** What servers and clients do by themselves in the meantime. */
  #nature(): void {
    const model = this.#model;
    if (this.#drain !== undefined && --this.#drain.left <= 0) this.#drain = undefined;
    for (let a = 0; a < this.#size; a++)
      for (let b = a + 1; b < this.#size; b++) if (this.#chance(0.7)) model.heartbeat(a, b);
    for (let ordinal = 0; ordinal < this.#size; ordinal++) {
      if (this.#chance(0.3)) model.watch(ordinal);
      if (this.#chance(0.5)) model.write(ordinal);
      for (let other = 0; other < this.#size; other++)
        if (this.#chance(this.#eagerness(other))) model.replicate(ordinal, other);
    }
    const led = this.#leader() !== undefined;
    if (this.#chance(led ? 0.05 : 0.7) && model.elect(this.#pick(this.#size))) this.#primaries++;
    if (this.#leader() !== undefined && !this.#apiAway && this.#chance(0.5)) this.#formed = true;
  }

  #eagerness(ordinal: number): number {
    return this.#model.stateOf(ordinal) === 'other' ? this.#firstCopy : (this.#copies[ordinal] ?? 0);
  }

  /** The primary that clients are led to: the newest. */
  #leader(): number | undefined {
    const [first] = this.#model.servers
      .map(({ role, volume }, ordinal) => ({ role, ordinal, term: volume.term }))
      .filter(({ role }) => role === 'primary')
      .sort((a, b) => b.term - a.term);
    return first?.ordinal;
  }

  /** A pod's process ends, and with it its server; with its volume, where that is lost. It begins anew. */
  async #end(ordinal: number, lost: boolean): Promise<void> {
    if (lost) {
      this.#model.loseVolume(ordinal);
      const volume = join(this.#dir, String(ordinal), 'data');
      rmSync(volume, { recursive: true, force: true });
      mkdirSync(volume);
    } else this.#model.kill(ordinal);
    const shell = this.#shell(ordinal);
    if (shell.pending !== 'begin') await shell.answer('end');
  }

  /** As many pods as that, by kubectl: those that are too many end, and nobody was asked. */
  async #resize(size: number): Promise<void> {
    for (let ordinal = size; ordinal < this.#size; ordinal++) await this.#end(ordinal, this.#chance(0.3));
    this.#size = size;
    if (this.#hides(0.5)) this.#upgrade();
  }

  /** One turn of a pod: until it waits. */
  async #run(ordinal: number): Promise<void> {
    const shell = this.#shell(ordinal);
    let asked = await shell.answer(ok);
    while (asked !== 'pause') {
      if (asked === 'started') {
        this.#model.start(ordinal);
        writeFileSync(join(this.#dir, String(ordinal), 'data', 'db', 'WiredTiger'), '');
      }
      asked = await shell.answer(this.#reply(ordinal, asked));
    }
  }

  #reply(me: number, asked: string): Answer {
    const model = this.#model;
    const [question = '', ...words] = asked.split(' ');
    const numbers = words.map(Number);
    switch (question) {
      case 'started':
      case 'role':
      case 'passwords':
      case 'accounts':
        return ok;
      case 'facts':
        return this.#apiAway ? { refused: 'away' } : { lines: [`${this.#size} ${this.#formed}`] };
      case 'shapes':
        return wordsOf(this.#seen[me]);
      case 'found':
        if (this.#apiAway || this.#formed) return { refused: 'denied' };
        this.#granted = me;
        return ok;
      case 'observe':
        return model.reaches(me, me)
          ? { lines: [`${model.stateOf(me)} ${model.servers[me]?.volume.term ?? 0}`] }
          : { refused: 'down' };
      case 'survey':
        return { lines: numbers.map((ordinal) => model.hello(me, ordinal)) };
      case 'members':
        return this.#members_of(me);
      case 'initiate':
        if (this.#granted !== me) model.violations.push(`member ${me} initiates without a grant`);
        return answered(model.initiate(me, shapesOf(numbers[1] ?? 0, words.slice(2))));
      case 'change':
        return this.#changed(me, numbers[0], words[1] ?? '', numbers[2] ?? 0, words[3]);
      case 'yield':
        return model.reaches(me, numbers[0] ?? 0)
          ? this.#changed(numbers[0] ?? 0, undefined, 'yield', me)
          : { refused: 'unreachable' };
      case 'step-down':
        return answered(model.stepDown(me));
      default:
        throw new Error(`nobody answers ${asked}`);
    }
  }

  #members_of(ordinal: number): Answer {
    const known = this.#model.members(ordinal);
    if (known === undefined) return { refused: 'this server is not primary' };
    const { keep = 0, left = 0 } = this.#drain ?? {};
    return { lines: [`${known.version} 10000 ${keep} ${left}`, ...known.lines] };
  }

  /** What session.js makes of a change. */
  #changed(
    primary: number,
    version: number | undefined,
    act: string,
    ordinal: number,
    word = 'shown',
  ): Answer {
    if (!isShape(word)) throw new Error(`no member is ${word}`);
    const shaped = (shape: Shape, votes: number): Member => ({
      votes: shape.startsWith('delayed') ? 0 : votes,
      shape,
    });
    const changes: Record<string, (members: Map<number, Member>, member: Member | undefined) => void> = {
      add: (members) => members.set(ordinal, shaped(word, 0)),
      vote: (members, member) => member && members.set(ordinal, shaped(member.shape, 1)),
      make: (members, member) => member && members.set(ordinal, shaped(word, member.votes)),
      yield: (members, member) => member && members.set(ordinal, { ...member, votes: 0 }),
      remove: (members) => members.delete(ordinal),
    };
    const change = changes[act];
    if (change === undefined) throw new Error(`there is no change ${act}`);
    const refusal = this.#model.reconfigure(primary, version, (members) =>
      change(members, members.get(ordinal)),
    );
    if (refusal === undefined) this.#reconfigurations++;
    if (refusal === undefined && act === 'make') this.#reshaped++;
    return answered(refusal);
  }

  /** One turn of the hook before a smaller upgrade; once it has ended well, there are as many pods. */
  async #drive(): Promise<void> {
    const shell = this.#hook;
    const { size: keep, shapes } = this.#wish;
    if (shell.pending === 'pause') await shell.answer(ok);
    while (!['pause', 'done', 'failed'].includes(shell.pending)) {
      const [question = ''] = shell.pending.split(' ');
      const leader = this.#leader();
      if (question === 'shapes') await shell.answer(wordsOf(shapes));
      else if (question === 'none-leaves')
        await shell.answer(this.#size > keep ? { refused: 'some leave' } : ok);
      else if (leader === undefined) await shell.answer({ refused: 'no primary' });
      else if (question === 'members') await shell.answer(this.#members_of(leader));
      else if (question === 'drain') {
        this.#drain = { keep, left: 40 };
        await shell.answer(ok);
      } else if (question === 'undrain') {
        this.#drain = undefined;
        await shell.answer(ok);
      } else throw new Error(`nobody answers ${shell.pending}`);
    }
    if (shell.pending === 'pause') return;
    if (shell.pending === 'done' && this.#size > keep) {
      const left = this.#model.members(this.#leader() ?? 0)?.lines ?? [];
      if (left.some((line) => Number(line.split(' ')[0]) >= keep))
        this.#model.violations.push('the hook let pods go whose members are still in the set');
      await this.#resize(keep);
      this.#shapes = shapes;
    }
    await shell.answer(ok);
  }
}

/** As the ConfigMap has them. */
const wordsOf = (shapes: Shapes = plain.shapes): Answer => ({
  lines: [[...shapes].map(([ordinal, shape]) => `${ordinal}=${shape}`).join(' ')],
});

/** Of a whole set, by what initiates it. */
function shapesOf(size: number, words: readonly string[]): Shapes {
  const named = new Map(words.map((word) => word.split('=') as [string, string]));
  return new Map(
    Array.from({ length: size }, (_, ordinal) => {
      const shape = named.get(String(ordinal)) ?? 'shown';
      if (!isShape(shape)) throw new Error(`no member is ${shape}`);
      return [ordinal, shape];
    }),
  );
}

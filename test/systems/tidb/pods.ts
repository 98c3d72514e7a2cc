import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { randomBy } from '../../harness/base/random.ts';
import type { Manifests } from '../../harness/charts/manifests.ts';
import { type Answer, Shell } from '../../harness/charts/stage.ts';
import { Model, type Moment, moments } from './model.ts';

/** The scripts of PDs, TiKVs and the hook, in their shell, against the model of PD: seeded schedules of what happens to servers. */

const most = 5;

/**
 * What stands in for the rest of a pod: requests to PD, the role sidecar, servers and the clock go to whoever plays the schedule, and everything else is the script's own. One
 * shell for each pod; each life of it is a process of its own, so that nothing is remembered but by the volume and what a container's restart leaves.
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
request() { local answer; if tell request "$1" "$2"; then printf '%s' "$answer"; else printf '%s' "$answer"; return 8; fi; }
pause() { local answer; tell pause; }
sleep() { local answer; tell pause; }
wake() { :; }
publish() { :; }
facts() { local answer && tell facts && read -r replicas formed <<<"$answer"; }
ask_to_found() { local answer; tell found; }
none_leaves() { local answer; tell none-leaves "$1"; }
started() { local answer; tell started "$*" || exit 0; }
end_server() { local answer; tell end; }
`;

const scripts = {
  pd: `
life() {
  local me host answer was='' since=0
  me=\${POD##*-}
  host=$(pd_host "$me")
  tell begin
  settle
  started "\${flags[*]:-}"
  while :; do tick; pause; done
}
while :; do ( life ); done
`,
  tikv: `
life() {
  local me host answer released=no
  me=\${POD##*-}
  host=$(tikv_host "$me")
  tell begin
  settle
  started
  while :; do watch_store; pause; done
}
while :; do ( life ); done
`,
  hook: `
life() {
  local answer
  tell begin && read -r PD_REPLICAS TIKV_REPLICAS <<<"$answer"
  ( drain ) && tell "done" || tell failed
}
while :; do ( life ); done
`,
};
const files = { pd: ['pd.sh', 'agent.sh'], tikv: ['tikv.sh'], hook: ['provision.sh'] };
type Kind = 'pd' | 'tikv';
const kinds: readonly Kind[] = ['pd', 'tikv'];
const volumesOf = { pd: 'pds', tikv: 'tikvs' } as const;
/** The file that shows a script that a server has data on its volume. */
const written = { pd: 'pd/member/wal/0.wal', tikv: 'tikv/db' } as const;
/** What etcd writes before that. */
const begun = 'pd/member/snap/db';

const ok: Answer = { lines: [] };

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

interface Outcome {
  violations: readonly string[];
  /** What came of a schedule, for a test that schedules come to something. */
  founded: number;
  drained: number;
  replaced: number;
}

interface Ended {
  /** Ordinals of members that have started. */
  members: readonly number[];
  violations: readonly string[];
}

export class Pods {
  readonly #dir: string;
  readonly #shells: Record<Kind, Shell[]>;
  readonly #hook: Shell;
  #model = new Model(most);
  #random = randomBy(0);
  /** Pods that there are: the sizes of the StatefulSets. */
  #sizes: Record<Kind, number> = { pd: 3, tikv: 3 };
  #formed = false;
  #apiAway = false;
  /** What the hook was told that there shall be. */
  #wanted: Record<Kind, number> = { pd: 3, tikv: 3 };
  #drained = 0;
  #replaced = 0;
  /** When PDs are killed that join, one after the other; by chance where nobody says. */
  #fate: readonly Moment[] | undefined;

  private constructor(dir: string, shells: Record<Kind, Shell[]>, hook: Shell) {
    this.#dir = dir;
    this.#shells = shells;
    this.#hook = hook;
  }

  /** Shells with the scripts of a rendered chart, after a change of their text. */
  static async open(output: Manifests, change: (text: string) => string = (text) => text): Promise<Pods> {
    const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ballast-model-'));
    const maps = { pd: 'shop-tidb-pd', tikv: 'shop-tidb-tikv', hook: 'shop-tidb-drain' };
    const shell = (kind: 'pd' | 'tikv' | 'hook', ordinal: number) => {
      const home = join(dir, `${kind}-${ordinal}`);
      mkdirSync(join(home, 'data'), { recursive: true });
      return new Shell(join(dir, kind), 'stage', {
        RUN: home,
        DATA: join(home, 'data'),
        POD: `shop-tidb-${kind}-${ordinal}`,
        BASE: 'shop-tidb',
        PD_SUFFIX: 'pds',
        TIKV_SUFFIX: 'tikvs',
        PD_ENDPOINTS: [0, 1, 2].map((each) => `shop-tidb-pd-${each}.pds:2379`).join(),
        TLS: 'false',
        ARCHITECTURE: 'cluster',
        COPIES: '3',
        DRAIN_SECONDS: '999999',
        ...(process.env.LOUD ? { LOUD: process.env.LOUD } : {}),
      });
    };
    for (const kind of ['pd', 'tikv', 'hook'] as const) {
      mkdirSync(join(dir, kind));
      for (const [key, text] of Object.entries(output.one('ConfigMap', maps[kind]).data ?? {}))
        writeFileSync(join(dir, kind, key), change(text).replaceAll('/opt/ballast', join(dir, kind)));
      const sourced = files[kind].map((name) => `. "$SCRIPTS/${name}"\n`).join('');
      writeFileSync(join(dir, kind, 'stage'), `${sourced}${stage}${scripts[kind]}`);
    }
    const shells = {
      pd: Array.from({ length: most }, (_, ordinal) => shell('pd', ordinal)),
      tikv: Array.from({ length: most }, (_, ordinal) => shell('tikv', ordinal)),
    };
    const hook = shell('hook', 0);
    await Promise.all([...shells.pd, ...shells.tikv, hook].map((each) => each.listen()));
    return new Pods(dir, shells, hook);
  }

  close(): void {
    for (const shell of [...this.#shells.pd, ...this.#shells.tikv, this.#hook]) shell.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #home(kind: Kind, ordinal: number, ...parts: string[]): string {
    return join(this.#dir, `${kind}-${ordinal}`, ...parts);
  }

  #shell(kind: Kind, ordinal: number): Shell {
    const shell = this.#shells[kind][ordinal];
    if (shell === undefined) throw new Error(`there is no pod ${kind}-${ordinal}`);
    return shell;
  }

  #pick = (below: number): number => Math.floor(this.#random() * below);
  #one = (from: readonly number[]): number | undefined => from[this.#pick(from.length)];
  #chance = (share: number): boolean => this.#random() < share;

  /** What happens to a cluster that was begun with three pods of each kind. */
  async play(seed: number, steps = 70): Promise<Outcome> {
    this.#random = randomBy(seed);
    this.#model = new Model(most);
    this.#sizes = { pd: 3, tikv: 3 };
    this.#formed = this.#apiAway = false;
    this.#fate = undefined;
    this.#drained = this.#replaced = 0;
    for (const kind of kinds)
      for (let ordinal = 0; ordinal < most; ordinal++) await this.#end(kind, ordinal, 'anew');
    await this.#endHook();
    // Most schedules let a cluster come to be before anything happens to it.
    const calm = this.#chance(0.8) ? 14 : 0;
    for (let step = 0; step < steps && this.#model.violations.length === 0; step++) {
      if (step < calm)
        for (const kind of kinds)
          for (let ordinal = 0; ordinal < 3; ordinal++) await this.#run(kind, ordinal);
      else await this.#happen();
      this.#nature();
    }
    return {
      violations: this.#model.violations,
      founded: this.#model.founded,
      drained: this.#drained,
      replaced: this.#replaced,
    };
  }

  /** What seldom comes together by chance: a TiKV loses its volume while another is away. To be called after a play. */
  async loseOneWhileAnotherIsAway(): Promise<readonly string[]> {
    const [, away] = this.#model.tikvs;
    if (away) away.cut = true;
    for (let step = 0; step < 4; step++) this.#nature();
    await this.#end('tikv', 0, 'volume');
    for (let turn = 0; turn < 4; turn++) {
      await this.#run('tikv', 0);
      this.#nature();
    }
    return this.#model.violations;
  }

  /** A play of its own, in which the second PD is killed in one moment of its start, and everybody else is well. */
  async killWhoJoins(moment: Moment): Promise<Ended> {
    await this.play(1, 0);
    this.#fate = [moment];
    await this.#turns([0, 1, 2], 20);
    return this.#ended();
  }

  /** A PD that lost its volume is killed after it was added again, and while it comes back nobody leads. To be called after a play. */
  async guessWhileNobodyLeads(): Promise<Ended> {
    const [, , away] = this.#model.pds;
    await this.#end('pd', 1, 'volume');
    this.#fate = ['added'];
    while (this.#fate?.length !== 0) await this.#turns([1], 1);
    if (away) away.cut = true;
    await this.#turns([1], 2);
    this.#model.heal();
    await this.#turns([0, 1, 2], 20);
    return this.#ended();
  }

  /** An operator removes a PD that serves, and gives it a new pod later: who runs before that, and who is a member at the end. To be called after a play. */
  async removeByHand(ordinal: number): Promise<Ended & { running: readonly number[] }> {
    const [id] = [...this.#model.members].find(([, member]) => member.ordinal === ordinal) ?? [];
    this.#fate = [];
    this.#model.answer(this.#model.leader ?? 0, 'DELETE', `members/id/${id}`);
    await this.#turns([ordinal], 40);
    const running = this.#model.pds.flatMap((server, each) => (server.running ? [each] : []));
    await this.#end('pd', ordinal, 'pod');
    await this.#turns([0, 1, 2], 40);
    return { running, ...this.#ended() };
  }

  #ended(): Ended {
    const { members, violations } = this.#model;
    const started = [...members.values()].filter((member) => member.started);
    return { members: started.map((member) => member.ordinal).toSorted(), violations };
  }

  async #turns(pds: readonly number[], count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++)
      for (const ordinal of pds) {
        await this.#run('pd', ordinal);
        this.#nature();
      }
  }

  async #happen(): Promise<void> {
    const kind: Kind = this.#chance(0.5) ? 'pd' : 'tikv';
    const any = this.#pick(this.#sizes[kind]);
    const dice = this.#random();
    if (dice < 0.6) await this.#run(kind, any);
    else if (dice < 0.66) await this.#end(kind, any, 'kill');
    else if (dice < 0.71) await this.#end(kind, any, 'pod');
    else if (dice < 0.76) await this.#end(kind, any, 'volume');
    else if (dice < 0.8) {
      const server = this.#model[volumesOf[kind]][any];
      if (server) server.cut = true;
    } else if (dice < 0.86) this.#model.heal();
    else if (dice < 0.88) this.#apiAway = !this.#apiAway;
    else if (dice < 0.92) await this.#grow();
    else if (this.#hook.pending === 'begin') {
      this.#wanted = { pd: 3, tikv: 3 + this.#pick(2) };
      await this.#hook.answer({ lines: [`${this.#wanted.pd} ${this.#wanted.tikv}`] });
    }
    if (this.#hook.pending !== 'begin') await this.#drive();
    // Whoever has something to do does it sooner or later.
    for (const each of kinds)
      for (let ordinal = 0; ordinal < this.#sizes[each]; ordinal++)
        if (this.#chance(0.25)) await this.#run(each, ordinal);
  }

  /** What servers do by themselves in the meantime. */
  #nature(): void {
    this.#model.elect(this.#one);
    this.#model.schedule(this.#one);
    if (!this.#apiAway)
      for (let ordinal = 0; ordinal < most; ordinal++) {
        const seen = this.#home('pd', ordinal, 'seen');
        if (!existsSync(seen)) continue;
        rmSync(seen);
        this.#formed = true;
      }
  }

  async #grow(): Promise<void> {
    this.#sizes = { pd: 5, tikv: most };
  }

  /** A server ends: its process alone; its pod; its pod and its volume; or everything of an earlier schedule. */
  async #end(kind: Kind, ordinal: number, what: 'kill' | 'pod' | 'volume' | 'anew'): Promise<void> {
    this.#model.end(volumesOf[kind], ordinal, what === 'volume' || what === 'anew');
    if (what !== 'kill') rmSync(this.#home(kind, ordinal, 'served'), { force: true });
    if (what === 'volume' || what === 'anew') {
      rmSync(this.#home(kind, ordinal, 'data'), { recursive: true, force: true });
      mkdirSync(this.#home(kind, ordinal, 'data'));
    }
    if (what === 'anew') rmSync(this.#home(kind, ordinal, 'seen'), { force: true });
    const shell = this.#shell(kind, ordinal);
    if (shell.pending !== 'begin') await shell.answer('end');
  }

  /** One turn of a pod: until it waits, or its container ends. One that serves has little to do. */
  async #run(kind: Kind, ordinal: number): Promise<void> {
    const shell = this.#shell(kind, ordinal);
    const serves = this.#runs.has(`${kind}-${ordinal}`) && this.#model[volumesOf[kind]][ordinal]?.running;
    if (shell.pending === 'pause' && serves && this.#chance(0.85)) return;
    // A server that PD has sent away ends its container.
    if (
      shell.pending === 'pause' &&
      this.#runs.has(`${kind}-${ordinal}`) &&
      !this.#model[volumesOf[kind]][ordinal]?.running
    ) {
      const tikvWaits = kind === 'tikv' && !this.#model.led;
      if (!tikvWaits) {
        this.#runs.delete(`${kind}-${ordinal}`);
        await shell.answer('end');
        return;
      }
    }
    if (shell.pending === 'begin') this.#runs.delete(`${kind}-${ordinal}`);
    let asked = await shell.answer(ok);
    while (asked !== 'pause' && asked !== 'begin')
      asked = await shell.answer(this.#reply(kind, ordinal, asked));
  }

  /** Pods whose server was started in this life of their container. */
  readonly #runs = new Set<string>();

  #reply(kind: Kind, me: number, asked: string): Answer {
    const [question = '', ...words] = asked.split(' ');
    switch (question) {
      case 'facts':
        return this.#apiAway ? { refused: 'away' } : { lines: [`${this.#sizes.pd} ${this.#formed}`] };
      case 'found':
        return this.#apiAway || this.#formed ? { refused: 'denied' } : ok;
      case 'request':
        return this.#asked(
          words[0] ?? '',
          words[1] ?? '',
          this.#model[volumesOf[kind]][me]?.cut ?? false,
          me,
        );
      case 'end':
        this.#model.end(volumesOf[kind], me, false);
        return ok;
      case 'started':
        return this.#started(kind, me, words.join(' ')) ? ok : { refused: 'ended' };
      default:
        throw new Error(`nobody answers ${asked}`);
    }
  }

  #asked(method: string, url: string, cut: boolean, me: number): Answer {
    const [, host = '', path = ''] = /^http:\/\/([^:]+):2379\/pd\/api\/v1\/(.*)$/.exec(url) ?? [];
    const ordinal = host === 'localhost' ? me : Number(/-(\d+)\./.exec(host)?.[1] ?? Number.NaN);
    if (cut && ordinal !== me) return { refused: '' };
    if (method === 'DELETE' && path.endsWith('force')) this.#replaced++;
    const reply = this.#model.answer(ordinal, method, path);
    return 'error' in reply ? { refused: reply.error } : { lines: reply.text.trimEnd().split('\n') };
  }

  #started(kind: Kind, me: number, flags: string): boolean {
    const file = this.#home(kind, me, 'data', written[kind]);
    const volumes = volumesOf[kind];
    if (this.#model[volumes][me]?.volume && !existsSync(file)) this.#model.putAside(volumes, me);
    const stays = kind === 'pd' ? this.#startedPd(me, flags) : this.#model.startTikv(me);
    if (this.#model[volumes][me]?.volume) write(file, '');
    if (stays) this.#runs.add(`${kind}-${me}`);
    return stays;
  }

  #startedPd(me: number, flags: string): boolean {
    const told = this.#home('pd', me, 'data/pd/join');
    const etcd = this.#home('pd', me, 'data', begun);
    const disk = {
      join: existsSync(told) ? readFileSync(told, 'utf8') : undefined,
      begun: existsSync(etcd),
    };
    const joins = flags.includes('--join');
    const random = this.#chance(0.15) ? moments[this.#pick(moments.length)] : undefined;
    const killed = this.#fate === undefined ? random : joins ? this.#fate[0] : undefined;
    if (joins) this.#fate = this.#fate?.slice(1);
    const stays = this.#model.startPd(me, joins, disk, killed);
    if (disk.join !== undefined) write(told, disk.join);
    if (disk.begun) write(etcd, '');
    return stays;
  }

  async #endHook(): Promise<void> {
    const shell = this.#hook;
    if (shell.pending === 'begin') return;
    // It is told to end, and gives back what it took; nobody answers it any more.
    let asked = await shell.answer('end');
    while (asked !== 'begin')
      asked = await shell.answer(asked === 'done' || asked === 'failed' ? ok : { refused: 'gone' });
  }

  /** One turn of the hook before a smaller upgrade; once it has ended well, there are as many pods. */
  async #drive(): Promise<void> {
    const shell = this.#hook;
    if (this.#chance(0.03)) return this.#endHook();
    if (shell.pending === 'pause') await shell.answer(ok);
    while (!['pause', 'done', 'failed'].includes(shell.pending)) {
      const [question = '', method = '', url = ''] = shell.pending.split(' ');
      if (question === 'none-leaves')
        await shell.answer(
          kinds.some((kind) => this.#sizes[kind] > this.#wanted[kind]) ? { refused: 'some leave' } : ok,
        );
      else if (question === 'request') await shell.answer(this.#asked(method, url, false, -1));
      else throw new Error(`nobody answers ${shell.pending}`);
    }
    if (shell.pending === 'pause') return;
    if (shell.pending === 'done') await this.#shrink();
    await shell.answer(ok);
  }

  async #shrink(): Promise<void> {
    const { members, stores, violations } = this.#model;
    for (const { ordinal } of members.values())
      if (ordinal >= this.#wanted.pd) violations.push(`the hook let PD ${ordinal} go, which is a member`);
    for (const [id, { ordinal, state }] of stores)
      if (ordinal >= this.#wanted.tikv && this.#model.regionsOf(id) > 0)
        violations.push(
          `the hook let TiKV ${ordinal} go, whose store ${id} is ${state} and has ${this.#model.regionsOf(id)} regions`,
        );
    for (const kind of kinds) {
      const keep = Math.min(this.#sizes[kind], this.#wanted[kind]);
      if (keep < this.#sizes[kind]) this.#drained++;
      for (let ordinal = keep; ordinal < this.#sizes[kind]; ordinal++) await this.#end(kind, ordinal, 'pod');
      this.#sizes[kind] = keep;
    }
  }
}

import type { V1Pod } from '@kubernetes/client-node';
import type { MemberView } from '../probe/core.ts';
import { messageOf, UserError } from './errors.ts';
import type { Fault, Injury, Nodes } from './faults.ts';
import { releaseName } from './install.ts';
import { isReady, type Kube, type Log, nameOf, waitFor, watched } from './kube.ts';
import {
  type Gap,
  gapsOf,
  judge,
  type Ledger,
  longestGap,
  type Mark,
  type Overlap,
  overlapsOf,
  type ReadBack,
  timelineOf,
  type Verdict,
} from './ledger.ts';
import { type Setting, settingOf } from './measure.ts';
import { merge } from './merge.ts';
import { Probe } from './probe.ts';
import { waitingInWords } from './progress.ts';
import { Release } from './release.ts';
import { duration } from './stats.ts';
import { type Drill, type Expectation, type System, systems, type Topology, type Values } from './systems.ts';

const roleLabel = 'ballast.dev/role';

/** Seconds of undisturbed writing before the deed and after the system has settled. */
const steadySeconds = 5;
const settleSeconds = 300;
const sliceMs = 100;

export interface Check {
  name: string;
  ok: boolean;
  detail: string;
}

export interface Deed {
  did: string;
  to: readonly string[];
  /** Milliseconds since the ledger was opened. */
  ms: number;
}

/** Everything a drill measured, as plain data. Times are ms since the ledger was opened. */
export interface DrillResult extends Setting {
  system: string;
  topology: string;
  drill: string;
  title: string;
  /** A weakened set-up that must lose. */
  control: boolean;
  goalMs?: number;
  seconds: number;
  passed: boolean;
  checks: Check[];
  deeds: Deed[];
  marks: Mark[];
  verdict: Verdict | undefined;
  /** Longest time without an acknowledgement from the deed on, and before it. */
  outageMs: number;
  undisturbedMs: number;
  /** Longest time that the client itself could not run, at any moment. */
  stalledMs: number;
  /** From the end of the deed until every member was back. */
  settledMs: number;
  /** All gaps of 1 s and more. */
  gaps: Gap[];
  timeline: { sliceMs: number; acknowledged: number[] };
  errors: Record<string, number>;
}

/** A cluster to drill on. */
export interface Ground {
  kube: Kube;
  nodes: Nodes;
  log: Log;
}

/** One installed topology of a system with a probe beside it; drills follow each other on it. */
export class Stage {
  readonly ground: Ground;
  readonly system: System;
  readonly topology: Topology;
  readonly release: Release;
  readonly probe: Probe;
  /** From `helm install` until helm found everything ready, hooks included; undefined on a release that was there already. */
  readonly installMs: number | undefined;
  #values: Values;

  private constructor(
    ground: Ground,
    system: System,
    topology: Topology,
    release: Release,
    probe: Probe,
    installMs: number | undefined,
  ) {
    this.ground = ground;
    this.system = system;
    this.topology = topology;
    this.release = release;
    this.probe = probe;
    this.installMs = installMs;
    this.#values = topology.values;
  }

  /**
   * Installs the topology in a namespace of its own. One that is there already is brought back to its
   * values, or replaced when it does not come back.
   */
  static async open(
    ground: Ground,
    system: System,
    topology: Topology,
    variant: string = topology.name,
    values: Values = {},
  ): Promise<Stage> {
    const { kube, log } = ground;
    const namespace = `drill-${system.name}-${variant}`;
    const what = `${system.name} ${topology.name} in namespace ${namespace}`;
    const install = async (reused: boolean): Promise<Stage> => {
      log(`${reused ? 'reusing' : 'installing'} ${what}`);
      await kube.ensureNamespace(namespace);
      const others = systems.filter(({ name }) => name !== system.name);
      const release = new Release(releaseName, namespace, kube.kubeconfig, {
        ...Object.fromEntries(
          others.map(({ name }) => [name, topology.beside?.[name] ?? { enabled: false }]),
        ),
        [system.name]: merge(topology.values, values),
      });
      const started = performance.now();
      await applied(ground, release);
      const installMs = performance.now() - started;
      const probe = await Probe.deploy(kube, namespace, system.name, system.probeEnv(releaseName), log);
      const stage = new Stage(ground, system, topology, release, probe, reused ? undefined : installMs);
      await stage.settled();
      log(`${what} is ready, ${duration(performance.now() - started)}`);
      return stage;
    };
    // An earlier run's, maybe: see leave().
    await kube.gone(namespace, log);
    if ((await kube.pods(namespace, system.selector(releaseName))).length > 0) {
      try {
        return await install(true);
      } catch (error) {
        log(`replacing ${what}: ${messageOf(error)}`);
      }
    }
    await kube.deleteNamespace(namespace);
    await kube.gone(namespace, log);
    try {
      return await install(false);
    } catch (error) {
      log(await kube.dump(namespace));
      throw new UserError(`${what} does not come up (${messageOf(error)})`, 'its state stands above', {
        cause: error,
      });
    }
  }

  get namespace(): string {
    return this.release.namespace;
  }

  members(): Promise<V1Pod[]> {
    return this.ground.kube.pods(this.namespace, this.system.selector(releaseName));
  }

  host(pod: V1Pod): string {
    return this.system.host(releaseName, pod);
  }

  get size(): { members: number; primaries: number } {
    return this.topology.size(this.#values);
  }

  /** What is read back: see Topology.places. */
  places(members: readonly V1Pod[]): string[] {
    const host = (pod: V1Pod) => this.host(pod);
    const service = this.system.service(releaseName);
    return this.topology.places?.(members, host, service) ?? [...members.map(host), service];
  }

  /** The pod that is primary, the first one where there are several. */
  async primary(): Promise<V1Pod> {
    const members = await this.members();
    const views = this.system.labelsPrimary ? undefined : await this.#views(members);
    const primaries = members.filter((pod) => {
      const view = views?.get(nameOf(pod));
      return views ? typeof view === 'object' && view.writable : labelledPrimary(pod);
    });
    const [primary] = primaries.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
    if (!primary || primaries.length !== this.size.primaries)
      throw new Error(`${primaries.length} pods are primary`);
    return primary;
  }

  async upgrade(changes: Values): Promise<void> {
    await applied(this.ground, this.release, { [this.system.name]: changes });
    this.#values = merge(this.#values, changes);
  }

  /** Waits until every member is back by itself and all agree who is primary. */
  async settled(): Promise<void> {
    const { log } = this.ground;
    const what = `${this.size.members} members of ${this.system.name} ${this.topology.name} to settle`;
    await waitFor(what, settleSeconds, log, async () => {
      const pods = await this.members();
      return settlement(this.size, pods, await this.#views(pods), this.system.labelsPrimary);
    });
  }

  /** What each pod says of itself, by its name; a string is why it says nothing. */
  async #views(pods: readonly V1Pod[]): Promise<ReadonlyMap<string, MemberView | string>> {
    const views = pods.map(
      async (pod) => [nameOf(pod), await this.probe.view(this.host(pod)).catch(messageOf)] as const,
    );
    return new Map(await Promise.all(views));
  }

  /**
   * Replaces pods whose containers have restarted, and settles: kubelet delays the next restart of such a container more and more, and
   * no figure may depend on the drill before.
   */
  async refresh(): Promise<void> {
    const restarted = (await this.members()).filter((pod) =>
      pod.status?.containerStatuses?.some((status) => status.restartCount > 0),
    );
    for (const pod of restarted) {
      await this.ground.kube.core.deleteNamespacedPod({ name: nameOf(pod), namespace: this.namespace });
    }
    if (restarted.length > 0)
      this.ground.log(`replaced ${restarted.map(nameOf).join(', ')}, restarted before`);
    await this.settled();
  }

  /** Has everything removed, and does not wait for it. */
  leave(): Promise<void> {
    return this.ground.kube.deleteNamespace(this.namespace);
  }

  /** Removes everything, so that nothing of it disturbs what comes next. */
  async close(): Promise<void> {
    await this.leave();
    await this.ground.kube.gone(this.namespace, this.ground.log);
  }
}

function applied({ kube, log }: Ground, release: Release, changes: Values = {}): Promise<void> {
  const look = async () => waitingInWords(await kube.pods(release.namespace, ''));
  return watched(`helm upgrade in ${release.namespace}`, log, look, () => release.apply(changes));
}

/** What a drill's deed can do; it records who was hit and when. */
export class Scene {
  readonly id: string;
  readonly deeds: Deed[] = [];
  readonly #stage: Stage;

  constructor(stage: Stage, id: string) {
    this.#stage = stage;
    this.id = id;
  }

  primary(): Promise<V1Pod> {
    return this.#stage.primary();
  }

  members(): Promise<V1Pod[]> {
    return this.#stage.members();
  }

  settled(): Promise<void> {
    return this.#stage.settled();
  }

  async inflict(fault: Fault, victims: readonly V1Pod[]): Promise<Injury> {
    const { ground, system } = this.#stage;
    const ms = await this.#stage.probe.mark('fault');
    const injury = await fault({ ...ground, container: system.container }, victims);
    this.deeds.push({ did: injury.did, to: injury.victims, ms });
    ground.log(`${injury.did}: ${injury.victims.join(', ')}`);
    return injury;
  }

  async upgrade(changes: Values): Promise<void> {
    const did = `helm upgrade with ${JSON.stringify(changes)}`;
    const ms = await this.#stage.probe.mark('fault');
    this.deeds.push({ did, to: [releaseName], ms });
    this.#stage.ground.log(did);
    await this.#stage.upgrade(changes);
  }

  /** An upgrade whose hook Job `job` loses its pod, once that has logged `sign`. */
  async upgradeInterrupted(changes: Values, job: string, sign: RegExp): Promise<void> {
    const { ground, namespace } = this.#stage;
    const { core } = ground.kube;
    const upgrade = this.upgrade(changes);
    const interruption = waitFor(`Job ${job} to be half-way`, settleSeconds, ground.log, async () => {
      const [pod] = await ground.kube.pods(namespace, `batch.kubernetes.io/job-name=${job}`);
      if (!pod) return 'it has no pod';
      const name = nameOf(pod);
      const said = await core.readNamespacedPodLog({ namespace, name }).catch(messageOf);
      if (!sign.test(said)) return `its pod says ${said.trim().split('\n').at(-1)}`;
      const ms = await this.#stage.probe.mark('fault');
      await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
      this.deeds.push({ did: 'forced delete of the Job’s pod', to: [name], ms });
      ground.log(`forced delete of the Job's pod: ${name}`);
      return true;
    });
    await Promise.all([interruption, upgrade]);
  }

  /** Leaves things as they are for a while, by the probe's clock. */
  async hold(seconds: number): Promise<void> {
    const until = (await this.#stage.probe.status()).ms + seconds * 1000;
    await waitFor(`${seconds} s to pass`, seconds + 60, this.#stage.ground.log, async () => {
      const { ms, lastAcknowledgedMs } = await this.#stage.probe.status();
      return ms >= until || `last write acknowledged ${duration(ms - (lastAcknowledgedMs ?? 0))} ago`;
    });
  }
}

/** Runs one drill on a stage. Never throws for what the system did: that is in the result's checks. */
export async function runDrill(stage: Stage, drill: Drill): Promise<DrillResult> {
  const { system, topology, probe, ground } = stage;
  const started = Date.now();
  const scene = new Scene(stage, started.toString(36));
  const checks: Check[] = [];
  const attempt = async (name: string, step: () => Promise<string>): Promise<boolean> => {
    const check = await step().then(
      (detail) => ({ name, ok: true, detail }),
      (error: unknown) => ({ name, ok: false, detail: messageOf(error) }),
    );
    checks.push(check);
    return check.ok;
  };

  await stage.refresh();
  const setting = await settingOf(stage);
  const pods = await stage.members();
  await probe.start({
    ledger: `${drill.name.replaceAll('-', '_')}_${scene.id}`,
    service: system.service(releaseName),
    members: system.refusesElsewhere ? pods.map((pod) => stage.host(pod)) : [],
    keys: topology.keys ?? 1,
    plain: system.plainWrites,
  });
  await scene.hold(steadySeconds);

  await attempt('the deed was done', async () => {
    await drill.act(scene);
    return scene.deeds.map((deed) => `${deed.did}: ${deed.to.join(', ')}`).join('; ');
  });
  const healedMs = await probe.mark('healed');
  await attempt('writes flow again', async () => {
    await waitFor('writes to flow again', settleSeconds, ground.log, async () => {
      const { lastAcknowledgedMs = 0, ms } = await probe.status();
      return lastAcknowledgedMs > healedMs || `last acknowledged ${duration(ms - lastAcknowledgedMs)} ago`;
    });
    return 'yes';
  });
  await attempt('every member came back by itself, with exactly one primary', async () => {
    await stage.settled();
    return `${(await stage.members()).length} members`;
  });
  const settledMs = (await probe.mark('settled')) - healedMs;
  await scene.hold(steadySeconds);
  const { errors, stalledMs } = await probe.stop();
  const ledger = await probe.ledger();

  let verdict: Verdict | undefined;
  await attempt('every place could be read', async () => {
    const places = stage.places(await stage.members());
    const readBacks: Record<string, ReadBack> = {};
    for (const place of places) readBacks[place] = await probe.read(place, system.service(releaseName));
    verdict = judge(ledger, readBacks);
    return places.join(', ');
  });
  const faultMs = scene.deeds[0]?.ms ?? 0;
  if (verdict) checks.push(...assess(drill.expect, verdict, ledger, overlapsOf(ledger), faultMs, healedMs));

  return {
    ...setting,
    system: system.name,
    topology: topology.name,
    drill: drill.name,
    title: drill.title,
    control: 'loses' in drill.expect,
    ...('goalMs' in drill.expect ? { goalMs: drill.expect.goalMs } : {}),
    seconds: Math.round((Date.now() - started) / 1000),
    passed: checks.every((check) => check.ok),
    checks,
    deeds: scene.deeds,
    marks: [...ledger.marks],
    verdict,
    outageMs: longestGap(ledger, faultMs),
    undisturbedMs: longestUndisturbed(ledger, faultMs),
    stalledMs,
    settledMs,
    gaps: gapsOf(ledger, 1000),
    timeline: { sliceMs, acknowledged: timelineOf(ledger, sliceMs) },
    errors,
  };
}

/** Whether the label says so. */
function labelledPrimary(pod: V1Pod): boolean {
  return pod.metadata?.labels?.[roleLabel] === 'primary';
}

/** True when the system is whole again, else what is still missing. `views` are by pod name; a string is why there is none. `labelled`: see System. */
export function settlement(
  size: { members: number; primaries: number },
  pods: readonly V1Pod[],
  views: ReadonlyMap<string, MemberView | string>,
  labelled = true,
): true | string {
  const missing: string[] = [];
  if (pods.length !== size.members) missing.push(`${pods.length} pods`);
  const primaries: string[] = [];
  for (const pod of pods) {
    const name = nameOf(pod);
    const view = views.get(name) ?? 'not asked';
    if (!isReady(pod)) missing.push(`${name} is not Ready`);
    if (typeof view === 'string') {
      missing.push(`${name}: ${view}`);
      continue;
    }
    if (view.state !== 'ONLINE') missing.push(`${name} is ${view.state}`);
    if (view.online !== size.members) missing.push(`${name} sees ${view.online} members ONLINE`);
    if (labelled && view.writable !== labelledPrimary(pod)) {
      missing.push(`${name} ${view.writable ? 'is writable but not' : 'is read-only but'} labelled primary`);
    }
    if (view.writable) primaries.push(name);
  }
  if (missing.length === 0 && primaries.length !== size.primaries)
    missing.push(`${primaries.length} primaries`);
  return missing.length === 0 || missing.join(', ');
}

/** What a drill's ledger must show. */
export function assess(
  expect: Expectation,
  verdict: Verdict,
  ledger: Ledger,
  overlaps: readonly Overlap[],
  faultMs: number,
  healedMs: number,
): Check[] {
  const before = ledger.acknowledgements('service').filter((ack) => ack.answered < faultMs).length;
  const after = ledger.acknowledgements('service').filter((ack) => ack.sent > healedMs).length;
  const loss = verdict.missing;
  const lost = `${loss} of ${verdict.acknowledged} acknowledged writes lost${placesOf(verdict)}`;
  const checks: Check[] = [
    {
      name: 'writes were acknowledged before and after',
      ok: before > 0 && after > 0,
      detail: `${before} before, ${after} after`,
    },
  ];
  if ('loses' in expect) {
    const all = loss + (verdict.plain?.lost ?? 0);
    return [
      ...checks,
      { name: 'the ledger reports the loss', ok: all > 0, detail: `${lost}${plainOf(verdict)}` },
    ];
  }

  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const none = (name: string, count: number, detail = `${count}`): Check => ({
    name,
    ok: count === 0,
    detail,
  });
  const outage = longestGap(ledger, faultMs);
  return [
    ...checks,
    none('nothing acknowledged was lost on any member', loss, lost),
    none('nothing is there twice', sum(Object.values(verdict.duplicated).map((ids) => ids.count))),
    none('nothing is there that nobody wrote', sum(Object.values(verdict.strangers))),
    none('nothing is there that was refused', verdict.resurrected.count),
    none('all members hold the same', verdict.diverged.count, `${verdict.diverged.count} records differ`),
    none(
      'never two members acknowledged writes at the same time',
      overlaps.length,
      overlaps.length === 0
        ? 'never'
        : `${overlaps.length} times, first ${overlaps[0]?.members.join(' and ')} at ${duration(overlaps[0]?.ms ?? 0)}`,
    ),
    {
      name: `writes paused for at most ${duration(expect.outageMs)}`,
      ok: outage <= expect.outageMs,
      detail: duration(outage),
    },
  ];
}

/** A line on what is wrong with a result, or how it went. */
export function summaryOf(result: DrillResult): string {
  const failed = result.checks.filter((check) => !check.ok);
  if (failed.length > 0) return failed.map((check) => `${check.name}: ${check.detail}`).join('; ');
  const { verdict } = result;
  if (!verdict) return 'nothing was read';
  return `${verdict.acknowledged} acknowledged, ${verdict.missing} lost${plainOf(verdict)}, outage ${duration(result.outageMs)}`;
}

function plainOf({ plain }: Verdict): string {
  return plain ? `, ${plain.lost} of ${plain.acknowledged} that waited for no copies` : '';
}

export function rerunCommand(result: Pick<DrillResult, 'system' | 'drill'>): string {
  return `npm run drill -- ${result.system} ${result.drill}`;
}

function placesOf(verdict: Verdict): string {
  const places = Object.entries(verdict.lost).filter(([, ids]) => ids.count > 0);
  if (places.length === 0) return '';
  return ` (${places.map(([place, ids]) => `${place}: ${ids.count}, first ${ids.first.join(' ')}`).join('; ')})`;
}

/** Longest pause between two acknowledgements before the fault: the machine's own noise. */
function longestUndisturbed(ledger: Ledger, faultMs: number): number {
  const times = ledger
    .acknowledgements('service')
    .map((ack) => ack.answered)
    .filter((ms) => ms < faultMs);
  return times.reduce((longest, ms, index) => Math.max(longest, ms - (times[index - 1] ?? ms)), 0);
}

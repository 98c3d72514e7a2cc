import type { V1Pod } from '@kubernetes/client-node';
import { messageOf, UserError } from '../base/errors.ts';
import { merge } from '../base/merge.ts';
import { report } from '../base/report.ts';
import { duration } from '../base/stats.ts';
import { releaseName } from '../cluster/install.ts';
import { isReady, type Kube, nameOf, waitFor, watched } from '../cluster/kube.ts';
import { waitingInWords } from '../cluster/progress.ts';
import { Release } from '../cluster/release.ts';
import { defunct, type Fault, type Injury, type Nodes } from './faults.ts';
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
import { Probe } from './probe.ts';
import type { MemberView } from './probecore.ts';
import { systems } from './systems.ts';
import type { Drill, Expectation, System, Topology, Values } from './types.ts';

const roleLabel = 'ballast.dev/role';

/** Seconds of undisturbed writing before the action and after the system has settled. */
const steadySeconds = 5;
const settleSeconds = 300;
const sliceMs = 100;
/** Processes of a container that have ended and are not asked about: a few are a background task of the server's own script, more are the probes'. */
const mostDefunct = 5;

export interface Check {
  name: string;
  ok: boolean;
  detail: string;
}

export interface Action {
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
  actions: Action[];
  marks: Mark[];
  verdict: Verdict | undefined;
  /** Longest time without an acknowledgement from the action on, and before it. */
  outageMs: number;
  undisturbedMs: number;
  /** Longest time that the client itself could not run, at any moment. */
  stalledMs: number;
  /** See Adapter.lateness. */
  lateMs?: number;
  /** From the end of the action until every member was back. */
  settledMs: number;
  /** All gaps of 1 s and more. */
  gaps: Gap[];
  timeline: { sliceMs: number; acknowledged: number[] };
  errors: Record<string, number>;
}

/** A cluster to drill on. */
export interface TestCluster {
  kube: Kube;
  nodes: Nodes;
}

/** One installed topology of a system with a probe beside it; drills follow each other on it. */
export class Installation {
  readonly testCluster: TestCluster;
  readonly system: System;
  readonly topology: Topology;
  readonly release: Release;
  readonly probe: Probe;
  /** From `helm install` until helm found everything ready, hooks included; undefined on a release that was there already. */
  readonly installMs: number | undefined;
  #values: Values;

  private constructor(
    testCluster: TestCluster,
    system: System,
    topology: Topology,
    release: Release,
    probe: Probe,
    installMs: number | undefined,
  ) {
    this.testCluster = testCluster;
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
    testCluster: TestCluster,
    system: System,
    topology: Topology,
    variant: string = topology.name,
    values: Values = {},
  ): Promise<Installation> {
    const { kube } = testCluster;
    const namespace = `drill-${system.name}-${variant}`;
    const what = `${system.name} ${topology.name} in namespace ${namespace}`;
    const install = async (reused: boolean): Promise<Installation> => {
      report(`${reused ? 'reusing' : 'installing'} ${what}`);
      await kube.ensureNamespace(namespace, system.readsNodes ? 'privileged' : 'restricted');
      const others = systems.filter(({ name }) => name !== system.name);
      const release = new Release(releaseName, namespace, kube.kubeconfig, {
        ...Object.fromEntries(
          others.map(({ name }) => [name, topology.beside?.[name] ?? { enabled: false }]),
        ),
        // Also what a system is called a second time in one release.
        ...topology.beside,
        [system.name]: merge(merge({ enabled: true }, topology.values), values),
      });
      const started = performance.now();
      await applied(testCluster, release);
      const installMs = performance.now() - started;
      const probe = await Probe.deploy(kube, namespace, system.name, system.probeEnv(releaseName));
      const installation = new Installation(
        testCluster,
        system,
        topology,
        release,
        probe,
        reused ? undefined : installMs,
      );
      await installation.settled();
      report(`${what} is ready, ${duration(performance.now() - started)}`);
      return installation;
    };
    // An earlier run's, maybe: see leave().
    await kube.gone(namespace);
    if ((await kube.pods(namespace, system.selector(releaseName))).length > 0) {
      try {
        return await install(true);
      } catch (error) {
        report(`replacing ${what}: ${messageOf(error)}`);
      }
    }
    await kube.deleteNamespace(namespace);
    await kube.gone(namespace);
    try {
      return await install(false);
    } catch (error) {
      report(await kube.dump(namespace));
      throw new UserError(`${what} does not come up (${messageOf(error)})`, 'its state stands above', {
        cause: error,
      });
    }
  }

  get namespace(): string {
    return this.release.namespace;
  }

  members(): Promise<V1Pod[]> {
    return this.testCluster.kube.pods(this.namespace, this.system.selector(releaseName));
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

  /** The pod that is primary, the first one where there are several, once there are as many as there should be. */
  async primary(): Promise<V1Pod> {
    const wanted = this.size.primaries;
    let found: V1Pod | undefined;
    await waitFor(`${wanted} pods of ${this.system.name} to be primary`, settleSeconds, async () => {
      const members = await this.members();
      const views = this.system.labelsPrimary ? undefined : await this.#views(members);
      const primaries = members.filter((pod) => {
        const view = views?.get(nameOf(pod));
        return views ? typeof view === 'object' && view.writable : labelledPrimary(pod);
      });
      [found] = primaries.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
      if (primaries.length === wanted) return true;
      const said = [...(views ?? [])].map(
        ([name, view]) => `${name}: ${typeof view === 'string' ? view : view.state}`,
      );
      return [`${primaries.length} are`, ...said].join(', ');
    });
    if (!found) throw new Error(`${this.system.name} has no primary`);
    return found;
  }

  async upgrade(changes: Values): Promise<void> {
    await applied(this.testCluster, this.release, { [this.system.name]: changes });
    this.#values = merge(this.#values, changes);
  }

  /** Waits until every member is back by itself, all agree who is primary, and the Service leads there. */
  async settled(): Promise<void> {
    const what = `${this.size.members} members of ${this.system.name} ${this.topology.name} to settle`;
    await waitFor(what, settleSeconds, async () => {
      const pods = await this.members();
      const settlement = settlementOf(this.size, pods, await this.#views(pods), this.system.labelsPrimary);
      if (settlement !== true) return settlement;
      const service = this.system.service(this.release.name);
      return this.probe.view(service).then(
        () => true as const,
        (error: unknown) => `the Service: ${messageOf(error)}`,
      );
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
      await this.testCluster.kube.core.deleteNamespacedPod({ name: nameOf(pod), namespace: this.namespace });
    }
    if (restarted.length > 0) report(`replaced ${restarted.map(nameOf).join(', ')}, restarted before`);
    await this.settled();
  }

  /** Has everything removed, and does not wait for it. */
  leave(): Promise<void> {
    return this.testCluster.kube.deleteNamespace(this.namespace);
  }

  /** Removes everything, so that nothing of it disturbs what comes next. */
  async close(): Promise<void> {
    await this.leave();
    await this.testCluster.kube.gone(this.namespace);
  }
}

function applied({ kube }: TestCluster, release: Release, changes: Values = {}): Promise<void> {
  const look = async () => waitingInWords(await kube.pods(release.namespace, ''));
  return watched(`helm upgrade in ${release.namespace}`, look, () => release.apply(changes));
}

/** What a drill's action can do; it records who was hit and when. */
export class DrillContext {
  readonly id: string;
  readonly actions: Action[] = [];
  readonly #installation: Installation;

  constructor(installation: Installation, id: string) {
    this.#installation = installation;
    this.id = id;
  }

  primary(): Promise<V1Pod> {
    return this.#installation.primary();
  }

  members(): Promise<V1Pod[]> {
    return this.#installation.members();
  }

  settled(): Promise<void> {
    return this.#installation.settled();
  }

  /** Further pods of the release, by their component. */
  podsOf(component: string): Promise<V1Pod[]> {
    const { testCluster, namespace, system } = this.#installation;
    const labels = `app.kubernetes.io/name=${system.name},app.kubernetes.io/component=${component}`;
    return testCluster.kube.pods(namespace, labels);
  }

  /** The primary of another system of the release, beneath this one. */
  async primaryOf({ name, selector }: System): Promise<V1Pod> {
    const pods = await this.#installation.testCluster.kube.pods(
      this.#installation.namespace,
      selector(releaseName),
    );
    const primary = pods.find(labelledPrimary);
    if (!primary) throw new Error(`no pod of ${name} is its primary`);
    return primary;
  }

  async inflict(
    fault: Fault,
    victims: readonly V1Pod[],
    { container }: Pick<System, 'container'> = this.#installation.system,
  ): Promise<Injury> {
    const { testCluster } = this.#installation;
    const ms = await this.#installation.probe.mark('fault');
    const injury = await fault({ ...testCluster, container }, victims);
    this.actions.push({ did: injury.did, to: injury.victims, ms });
    report(`${injury.did}: ${injury.victims.join(', ')}`);
    return injury;
  }

  /** What has to be so before the fault; nothing is measured from here. */
  arrange(step: Fault, pods: readonly V1Pod[]): Promise<Injury> {
    const { testCluster, system } = this.#installation;
    return step({ ...testCluster, container: system.container }, pods);
  }

  async upgrade(changes: Values): Promise<void> {
    const did = `helm upgrade with ${JSON.stringify(changes)}`;
    const ms = await this.#installation.probe.mark('fault');
    this.actions.push({ did, to: [releaseName], ms });
    report(did);
    await this.#installation.upgrade(changes);
  }

  /** An upgrade whose hook Job `job` loses its pod, once that has logged `sign`. */
  async upgradeInterrupted(changes: Values, job: string, sign: RegExp): Promise<void> {
    const { testCluster, namespace } = this.#installation;
    const { core } = testCluster.kube;
    const upgrade = this.upgrade(changes);
    const interruption = waitFor(`Job ${job} to be half-way`, settleSeconds, async () => {
      const [pod] = await testCluster.kube.pods(namespace, `batch.kubernetes.io/job-name=${job}`);
      if (!pod) return 'it has no pod';
      const name = nameOf(pod);
      const said = await core.readNamespacedPodLog({ namespace, name }).catch(messageOf);
      if (!sign.test(said)) return `its pod says ${said.trim().split('\n').at(-1)}`;
      const ms = await this.#installation.probe.mark('fault');
      await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
      this.actions.push({ did: 'forced delete of the Job’s pod', to: [name], ms });
      report(`forced delete of the Job's pod: ${name}`);
      return true;
    });
    await Promise.all([interruption, upgrade]);
  }

  /** Leaves things as they are for a while, by the probe's clock. */
  async hold(seconds: number): Promise<void> {
    const until = (await this.#installation.probe.status()).ms + seconds * 1000;
    await waitFor(`${seconds} s to pass`, seconds + 60, async () => {
      const { ms, lastAcknowledgedMs } = await this.#installation.probe.status();
      return ms >= until || `last write acknowledged ${duration(ms - (lastAcknowledgedMs ?? 0))} ago`;
    });
  }
}

/** Runs one drill on an installation. Never throws for what the system did: that is in the result's checks. */
export async function runDrill(installation: Installation, drill: Drill): Promise<DrillResult> {
  const { system, topology, probe } = installation;
  const started = Date.now();
  const context = new DrillContext(installation, started.toString(36));
  const checks: Check[] = [];
  const attempt = async (name: string, step: () => Promise<string>): Promise<boolean> => {
    const check = await step().then(
      (detail) => ({ name, ok: true, detail }),
      (error: unknown) => ({ name, ok: false, detail: messageOf(error) }),
    );
    checks.push(check);
    return check.ok;
  };

  await installation.refresh();
  const setting = await settingOf(installation);
  const pods = await installation.members();
  await probe.start({
    ledger: `${drill.name.replaceAll('-', '_')}_${context.id}`,
    service: system.service(releaseName),
    members: system.refusesElsewhere ? pods.map((pod) => installation.host(pod)) : [],
    keys: drill.writers ?? topology.keys ?? 1,
    plain: system.plainWrites,
  });
  await attempt('writes began', async () => {
    await waitFor('writes to be acknowledged', settleSeconds, async () => {
      const { acknowledged, errors } = await probe.status();
      return acknowledged > 0 || `none is yet: ${JSON.stringify(errors)}`;
    });
    return 'yes';
  });
  await context.hold(steadySeconds);

  await attempt('the action was done', async () => {
    await drill.act(context);
    return context.actions.map((action) => `${action.did}: ${action.to.join(', ')}`).join('; ');
  });
  const healedMs = await probe.mark('healed');
  await attempt('writes flow again', async () => {
    await waitFor('writes to flow again', settleSeconds, async () => {
      const { lastAcknowledgedMs = 0, ms } = await probe.status();
      return lastAcknowledgedMs > healedMs || `last acknowledged ${duration(ms - lastAcknowledgedMs)} ago`;
    });
    return 'yes';
  });
  await attempt('every member came back by itself, with exactly one primary', async () => {
    await installation.settled();
    return `${(await installation.members()).length} members`;
  });
  const settledMs = (await probe.mark('settled')) - healedMs;
  await attempt('no server keeps processes that ended', async () => {
    const counts = await Promise.all(
      (await installation.members()).map(async (pod) => {
        const count = await defunct(installation.testCluster.nodes, pod, system.container);
        return { name: nameOf(pod), count };
      }),
    );
    const said = counts.map(({ name, count }) => `${name}: ${count}`).join(', ');
    if (counts.some(({ count }) => count > mostDefunct)) throw new Error(said);
    return said;
  });
  await context.hold(steadySeconds);
  const { errors, stalledMs, lateMs } = await probe.stop();
  const ledger = await probe.ledger();

  let verdict: Verdict | undefined;
  await attempt('every place could be read', async () => {
    const places = installation.places(await installation.members());
    const readBacks: Record<string, ReadBack> = {};
    for (const place of places) readBacks[place] = await probe.read(place, system.service(releaseName));
    verdict = judge(ledger, readBacks);
    return places.join(', ');
  });
  const faultMs = context.actions[0]?.ms ?? 0;
  const { atLeastOnce } = system;
  if (verdict)
    checks.push(
      ...assess(drill.expect, verdict, ledger, overlapsOf(ledger), faultMs, healedMs, {
        atLeastOnce,
        lateMs,
      }),
    );

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
    actions: context.actions,
    marks: [...ledger.marks],
    verdict,
    outageMs: longestGap(ledger, faultMs),
    undisturbedMs: longestUndisturbed(ledger, faultMs),
    stalledMs,
    ...(lateMs === undefined ? {} : { lateMs }),
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
export function settlementOf(
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
  { atLeastOnce, lateMs }: { atLeastOnce?: boolean | undefined; lateMs?: number | undefined } = {},
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
  const twice = sum(Object.values(verdict.duplicated).map((ids) => ids.count));
  return [
    ...checks,
    none('nothing acknowledged was lost on any member', loss, lost),
    ...(atLeastOnce ? [] : [none('nothing is there twice', twice)]),
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
    ...(expect.lateMs === undefined || lateMs === undefined
      ? []
      : [
          {
            name: `all but one in a hundred could be read within ${duration(expect.lateMs)}`,
            ok: lateMs <= expect.lateMs,
            detail: duration(lateMs),
          },
        ]),
  ];
}

/** A line on what is wrong with a result, or how it went. */
export function summaryOf(result: DrillResult): string {
  const failed = result.checks.filter((check) => !check.ok);
  if (failed.length > 0) return failed.map((check) => `${check.name}: ${check.detail}`).join('; ');
  const { verdict } = result;
  if (!verdict) return 'nothing was read';
  const late = result.lateMs === undefined ? '' : `, p99 ${duration(result.lateMs)} late`;
  const twice = Object.values(verdict.duplicated).reduce((all, ids) => all + ids.count, 0);
  return `${verdict.acknowledged} acknowledged, ${verdict.missing} lost${plainOf(verdict)}${twice > 0 ? `, ${twice} twice` : ''}, outage ${duration(result.outageMs)}${late}`;
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

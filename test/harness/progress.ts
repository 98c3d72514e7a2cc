import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

/** Why a pod is not ready. */
export interface Waiting {
  pod: string;
  why: string;
  /** Nothing that is awaited will change it: it has been so for long, or can't become otherwise. */
  hopeless: boolean;
  /** The container whose log tells more, of its last run where that has ended. */
  log?: { container: string; previous: boolean };
}

/** Seconds after which what Kubernetes goes on trying is taken for hopeless: volumes are bound and Secrets made in less. */
const patience = 90;
/** Restarts after which a container is taken to end for good: about 2.5 minutes of kubelet's growing delays. */
const restarts = 5;

/** Gives undefined for a pod that is ready or has done its work. `now` in milliseconds since 1970. */
export function waitingOf(pod: V1Pod, now: number): Waiting | undefined {
  const { metadata, status } = pod;
  const name = metadata?.name ?? '';
  const conditions = status?.conditions ?? [];
  const seconds = (since: Date | undefined) =>
    since === undefined ? 0 : (now - Number(new Date(since))) / 1000;
  if (status?.phase === 'Succeeded') return undefined;
  if (metadata?.deletionTimestamp !== undefined) return { pod: name, why: 'ending', hopeless: false };
  if (conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True')) return undefined;

  const unscheduled = conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unscheduled !== undefined) {
    const why = `no node takes it (${shortened(unscheduled.message)})`;
    return { pod: name, why, hopeless: seconds(unscheduled.lastTransitionTime) > patience };
  }
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const old = seconds(metadata?.creationTimestamp) > patience;
  const stuck = containers.map((one) => stuckOf(one, old)).find((found) => found !== undefined);
  if (stuck !== undefined) return { pod: name, ...stuck };
  const initialising = status?.initContainerStatuses?.find(({ ready, started }) => !ready && !started);
  const unready = status?.containerStatuses?.find(({ ready }) => !ready);
  const busy = initialising ?? (unready?.state?.running ? unready : undefined);
  return {
    pod: name,
    why: busy === undefined ? 'starting' : `${busy.name} is not ready yet`,
    hopeless: false,
  };
}

function stuckOf(status: V1ContainerStatus, old: boolean): Omit<Waiting, 'pod'> | undefined {
  const { name, image, restartCount, state, lastState } = status;
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (/^(ErrImage|ImagePull|InvalidImage)/.test(reason)) {
    const hopeless = old || /^(InvalidImageName|ErrImageNeverPull)$/.test(reason);
    return { why: `image ${image} can't be had (${lastClause(message) || reason})`, hopeless };
  }
  if (/^CreateContainer/.test(reason)) return { why: `${name}: ${message || reason}`, hopeless: old };
  const ended = state?.terminated ?? (state?.running ? undefined : lastState?.terminated);
  if (ended === undefined || ended.exitCode === 0) return undefined;
  const cause = ended.reason === 'OOMKilled' ? 'out of memory' : `exit status ${ended.exitCode}`;
  return {
    why: `${name} ended ${restartCount > 0 ? `${restartCount + 1} times` : ''} (${cause})`.replace('  ', ' '),
    hopeless: restartCount >= restarts,
    log: { container: name, previous: state?.terminated === undefined },
  };
}

/** Of "0/4 nodes are available: 1 node(s) had untolerated taint {…}, 3 Insufficient cpu. preemption: …" what counts. */
function shortened(message = ''): string {
  const reasons = /nodes are available: (.*?)\.(?: |$)/s.exec(message)?.[1] ?? message;
  return (
    reasons.replaceAll(/\d+ node\(s\) had untolerated taint[^,]*,? ?/g, '').replace(/, $/, '') || message
  );
}

/** Errors of pulls are nested: the last clause says what was wrong. */
function lastClause(message: string): string {
  return message.split(': ').slice(-2).join(': ').slice(0, 160);
}

/** "4 not ready: a, b and 1 more: no node takes it (3 Insufficient cpu); c: starting" */
export function inWords(waiting: readonly Waiting[]): string {
  const reasons = [...new Set(waiting.map(({ why }) => why))];
  const parts = reasons.map((why) => {
    const pods = waiting.filter((one) => one.why === why).map(({ pod }) => pod);
    const names = pods.slice(0, 2);
    const more = pods.length - names.length;
    return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${why}`;
  });
  return parts.length === 0 ? 'all pods ready' : `${waiting.length} not ready: ${parts.join('; ')}`;
}

/** What pods wait for now, in a few words. */
export function waitingInWords(pods: readonly V1Pod[]): string {
  return inWords(pods.flatMap((pod) => waitingOf(pod, Date.now()) ?? []));
}

/** Blots values of Secrets out of a text: a log may quote the line of a configuration that holds one. */
export function blotted(
  text: string,
  secrets: readonly { data?: Readonly<Record<string, string>> }[],
): string {
  const values = secrets
    .flatMap(({ data = {} }) => Object.entries(data))
    .filter(([key]) => !/username|\.crt$/.test(key))
    .map(([, value]) => Buffer.from(value, 'base64').toString().trim())
    .filter((value) => value.length >= 4);
  return values.reduce((clean, value) => clean.replaceAll(value, '***'), text);
}

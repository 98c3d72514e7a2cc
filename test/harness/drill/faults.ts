import type { V1Pod } from '@kubernetes/client-node';
import { messageOf } from '../base/errors.ts';
import { type Kube, nameOf } from '../cluster/kube.ts';

/** What faults need of a cluster's nodes. */
export interface Nodes {
  readonly nodes: readonly string[];
  nodeExec(node: string, argv: readonly string[]): Promise<{ stdout: string }>;
  killNode(node: string): Promise<void>;
  startNode(node: string): Promise<void>;
}

interface FaultContext {
  kube: Kube;
  nodes: Nodes;
  /** The container that is hit, by name. */
  container: string;
}

/** What a fault did, to whom, and how to undo it; disposing heals. Healing twice does no harm. */
export interface Injury extends AsyncDisposable {
  readonly did: string;
  readonly victims: readonly string[];
  heal(): Promise<void>;
}

/** Hits all victims at the same moment; resolves when they are hit. */
export type Fault = (context: FaultContext, victims: readonly V1Pod[]) => Promise<Injury>;

/** Marks our packet rules, so that healing finds them whatever became of the pod. */
const ruleComment = 'ballast-partition';
const open = new Set<Injury>();

export function injury(did: string, pods: readonly V1Pod[], undo?: () => Promise<void>): Injury {
  const hurt: Injury = {
    did,
    victims: pods.map(nameOf),
    async heal() {
      if (open.delete(hurt)) await undo?.();
    },
    [Symbol.asyncDispose]: () => hurt.heal(),
  };
  if (undo) open.add(hurt);
  return hurt;
}

/** SIGKILL of the container's main process, and with it of everything in the container. */
export const kill: Fault = async ({ nodes, container }, pods) => {
  await Promise.all(pods.map((pod) => task(nodes, pod, container, 'kill', '--signal', 'SIGKILL')));
  return injury('SIGKILL of the server', pods);
};

/** Everything under `directory` is gone, and the server with it: a lost volume, as a new and empty one takes its place. */
export const loseVolume =
  (directory: string): Fault =>
  async ({ nodes, container }, pods) => {
    await Promise.all(
      pods.map(async (pod) => {
        // By the node, for servers that end by themselves as soon as their files are gone would take a wipe in their own container with them.
        const pid = printsPid(pod, container);
        // Again where the server, which runs on, has written meanwhile.
        const wipe = `cd "/proc/$(${pid})/root${directory}" && for i in 1 2 3 4 5 6 7 8 9; do find . -mindepth 1 -delete && exit; done; exit 1`;
        await nodes.nodeExec(nodeOf(pod), ['sh', '-c', wipe]);
        // containerd says NotFound both of a task that is gone and of one whose process has just ended.
        await task(nodes, pod, container, 'kill', '--signal', 'SIGKILL').catch((error: unknown) => {
          if (!/: not found\s*$/.test(messageOf(error))) throw error;
        });
      }),
    );
    return injury('loss of the volume and SIGKILL of the server', pods);
  };

/** What a drain or a rolling update does. */
export const remove: Fault = async ({ kube }, pods) => {
  await Promise.all(pods.map((pod) => kube.core.deleteNamespacedPod(idOf(pod))));
  return injury('graceful delete of the pod', pods);
};

/** Deletion without grace: volumes stay, addresses change. */
export const removeAtOnce: Fault = async ({ kube }, pods) => {
  await Promise.all(
    pods.map((pod) => kube.core.deleteNamespacedPod({ ...idOf(pod), gracePeriodSeconds: 0 })),
  );
  return injury('forced delete of the pod', pods);
};

/** A grey failure: connections stay open, nothing answers. */
export const freeze: Fault = async ({ nodes, container }, pods) => {
  const resume = () =>
    Promise.all(pods.map((pod) => task(nodes, pod, container, 'resume'))).then(() => undefined);
  const frozen = injury('freeze of the server', pods, resume);
  await Promise.all(
    pods.map(async (pod) => {
      for (let tries = 1; ; tries++) {
        try {
          return await task(nodes, pod, container, 'pause');
        } catch (error) {
          // runc gives up after a few milliseconds, and leaves all as it was, when a process forks meanwhile.
          if (tries === 5 || !messageOf(error).includes('unable to freeze')) throw error;
        }
      }
    }),
  );
  return frozen;
};

/** No API server answers anybody; whatever runs goes on. */
export const freezeApiServer: Fault = async ({ nodes }, pods) => {
  const servers = nodes.nodes.filter((node) => node.endsWith('-control-plane'));
  // Containers that ended are listed, too. Where none is in that state, `ctr` has nothing to do, and says so by its status.
  const all = async (command: 'pause' | 'resume', state: string) => {
    const ids = `ctr -n k8s.io containers ls | awk '/kube-apiserver/ { print $1 }'`;
    const found = `${ids} | while read -r id; do ctr -n k8s.io tasks ls | awk -v id="$id" '$1 == id && $3 == "${state}" { print id }'; done`;
    const act = ['sh', '-c', `ctr -n k8s.io tasks ${command} "$(${found})"`];
    await Promise.all(servers.map((node) => nodes.nodeExec(node, act)));
  };
  const frozen = injury('freeze of the API server', pods, () => all('resume', 'PAUSED'));
  await all('pause', 'RUNNING');
  return frozen;
};

/** Everything on the node dies; healing starts it again. */
export const crashNode: Fault = async ({ nodes }, pods) => {
  const names = [...new Set(pods.map(nodeOf))];
  const crashed = injury(`crash of node ${names.join(', ')}`, pods, async () => {
    await Promise.all(names.map((name) => nodes.startNode(name)));
  });
  await Promise.all(names.map((name) => nodes.killNode(name)));
  return crashed;
};

/** Packets from and to the pod are dropped, except those of its own node: its kubelet goes on. */
export const partition: Fault = ({ nodes }, pods) =>
  cutOff(nodes, 'partition of the pod', pods, (ip) => partitionRules(ip));

/** The pod is cut off from the other pods of its release, but not from clients nor from the API server. */
export const partitionFromPeers: Fault = async (context, pods) => {
  const namespace = pods[0]?.metadata?.namespace ?? '';
  const release = await context.kube.pods(namespace, 'app.kubernetes.io/instance');
  return partitionFrom(release)(context, pods);
};

/** The pod is cut off from these others, and from nobody else. */
export const partitionFrom =
  (others: readonly V1Pod[]): Fault =>
  ({ nodes }, pods) => {
    const victims = pods.map((pod) => pod.status?.podIP);
    const peers = others.flatMap(({ status }) =>
      status?.podIP === undefined || victims.includes(status.podIP) ? [] : [status.podIP],
    );
    return cutOff(nodes, 'partition of the pod from its peers', pods, (ip) =>
      peers.flatMap((peer) => partitionRules(ip, peer)),
    );
  };

async function cutOff(
  nodes: Nodes,
  did: string,
  pods: readonly V1Pod[],
  rulesOf: (ip: string) => string[],
): Promise<Injury> {
  const cuts = pods.map((pod) => ({ node: nodeOf(pod), ip: pod.status?.podIP ?? '' }));
  const cut = injury(did, pods, async () => {
    await Promise.all(cuts.map(({ node }) => restoreNetwork(nodes, node)));
  });
  await Promise.all(
    cuts.map(({ node, ip }) => {
      const script = rulesOf(ip).map((rule) => `iptables -w -I ${rule}`);
      return nodes.nodeExec(node, ['sh', '-c', script.join(' && ')]);
    }),
  );
  return cut;
}

/** Arguments after `iptables -I` or `-D` that cut a pod off from all but its own node, or from one peer. */
export function partitionRules(ip: string, peer?: string): string[] {
  const sides = [
    ['-s', '-d'],
    ['-d', '-s'],
  ] as const;
  return sides.map(([own, other]) => {
    const addresses = peer === undefined ? `${own} ${ip}` : `${own} ${ip} ${other} ${peer}`;
    return `FORWARD ${addresses} -m comment --comment ${ruleComment} -j DROP`;
  });
}

/** Undoes what a drill that was killed left behind on the nodes: stopped nodes, dropped packets, frozen containers. */
export async function healLeftovers(nodes: Nodes): Promise<void> {
  for (const node of nodes.nodes) {
    await nodes.startNode(node);
    await restoreNetwork(nodes, node);
    await nodes.nodeExec(node, [
      'sh',
      '-c',
      'ctr -n k8s.io tasks ls | awk \'$3 == "PAUSED" { print $1 }\' | xargs -r -n 1 ctr -n k8s.io tasks resume',
    ]);
  }
}

/** Heals everything still open; for interrupts, where no `finally` runs. */
export async function healAll(): Promise<string[]> {
  const failures: string[] = [];
  for (const hurt of [...open].reverse()) {
    await hurt.heal().catch((error: unknown) => failures.push(`${hurt.did}: ${messageOf(error)}`));
  }
  return failures;
}

async function restoreNetwork(nodes: Nodes, node: string): Promise<void> {
  await nodes.nodeExec(node, [
    'sh',
    '-c',
    `iptables -w -S FORWARD | sed -n '/${ruleComment}/s/^-A/-D/p' | while read -r rule; do iptables -w $rule; done`,
  ]);
}

async function task(
  nodes: Nodes,
  pod: V1Pod,
  container: string,
  ...command: [string, ...string[]]
): Promise<void> {
  await nodes.nodeExec(nodeOf(pod), [
    'ctr',
    '-n',
    'k8s.io',
    'tasks',
    ...command,
    containerId(pod, container),
  ]);
}

/** How many processes of a container have ended and stay, because its PID 1 does not ask about them: those of probes add up until the node has no numbers left. */
export async function defunct(nodes: Nodes, pod: V1Pod, container: string): Promise<number> {
  const pid = printsPid(pod, container);
  // A name may have blanks and brackets in it.
  const count = `cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^.*) //' | awk -v pid="$(${pid})" '$1 == "Z" && $2 == pid' | wc -l`;
  const { stdout } = await nodes.nodeExec(nodeOf(pod), ['sh', '-c', count]);
  return Number(stdout);
}

/** What tells, said to a shell of the pod's node, the container's first process by the number that the node knows. */
export function printsPid(pod: V1Pod, container: string): string {
  return `ctr -n k8s.io tasks ls | awk '$1 == "${containerId(pod, container)}" { print $2 }'`;
}

function containerId(pod: V1Pod, container: string): string {
  const status = pod.status?.containerStatuses?.find((each) => each.name === container);
  const id = status?.containerID?.replace(/^containerd:\/\//, '');
  if (!id) throw new Error(`${nameOf(pod)} runs no container ${container}`);
  return id;
}

function nodeOf(pod: V1Pod): string {
  const node = pod.spec?.nodeName;
  if (!node) throw new Error(`${nameOf(pod)} is on no node`);
  return node;
}

function idOf(pod: V1Pod): { name: string; namespace: string } {
  return { name: nameOf(pod), namespace: pod.metadata?.namespace ?? '' };
}

import type { V1Node, V1Pod } from '@kubernetes/client-node';
import type { OwnedPod } from './manifests.ts';
import { quantity } from './quantity.ts';

/** Cores and bytes. */
export interface Room {
  cpu: number;
  memory: number;
}

interface Container {
  restartPolicy?: string;
  resources?: { requests?: Readonly<Record<string, string | number>> };
}

interface Spec {
  containers: readonly Container[];
  initContainers?: readonly Container[];
}

const none: Room = { cpu: 0, memory: 0 };
const plus = (a: Room, b: Room): Room => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory });
const larger = (a: Room, b: Room): Room => ({
  cpu: Math.max(a.cpu, b.cpu),
  memory: Math.max(a.memory, b.memory),
});
const requested = ({ resources }: Container): Room => ({
  cpu: quantity(resources?.requests?.cpu ?? 0),
  memory: quantity(resources?.requests?.memory ?? 0),
});

/** What the scheduler reckons for a pod: its containers and sidecars together, or a moment of its start if that takes more. */
export function requestOf({ containers, initContainers = [] }: Spec): Room {
  let sidecars = none;
  let start = none;
  for (const container of initContainers) {
    if (container.restartPolicy === 'Always') sidecars = plus(sidecars, requested(container));
    else start = larger(start, plus(sidecars, requested(container)));
  }
  return larger(start, containers.map(requested).reduce(plus, sidecars));
}

/** What each node that takes pods has left, without the pods of `namespace`. */
export function freeRoom(nodes: readonly V1Node[], pods: readonly V1Pod[], namespace: string): Room[] {
  const open = nodes.filter(
    ({ spec }) =>
      !spec?.unschedulable && !spec?.taints?.some(({ effect }) => /^No(Schedule|Execute)$/.test(effect)),
  );
  return open.map((node) => {
    const taken = pods
      .filter(({ metadata, spec, status }) => {
        const ended = /Succeeded|Failed/.test(status?.phase ?? '');
        return spec?.nodeName === node.metadata?.name && metadata?.namespace !== namespace && !ended;
      })
      .map(({ spec }) => requestOf(spec as Spec))
      .reduce(plus, none);
    const { cpu, memory } = node.status?.allocatable ?? {};
    return { cpu: quantity(cpu) - taken.cpu, memory: quantity(memory) - taken.memory };
  });
}

/** What the pods that stay ask for, one entry each. */
export function wishesOf(pods: readonly OwnedPod[]): Room[] {
  return pods.flatMap(({ spec, replicas = 0 }) => Array.from({ length: replicas }, () => requestOf(spec)));
}

export function total(rooms: readonly Room[]): Room {
  return rooms.reduce(plus, none);
}

/** How many of the pods find no node, large ones first and each on the node with the most processors left. */
export function homeless(wishes: readonly Room[], nodes: readonly Room[]): number {
  const left = nodes.map((room) => ({ ...room }));
  let without = 0;
  for (const wish of wishes.toSorted((a, b) => b.cpu - a.cpu || b.memory - a.memory)) {
    left.sort((a, b) => b.cpu - a.cpu);
    const home = left.find((room) => room.cpu >= wish.cpu && room.memory >= wish.memory);
    if (home === undefined) without++;
    else {
      home.cpu -= wish.cpu;
      home.memory -= wish.memory;
    }
  }
  return without;
}

/** "6 CPUs and 22 GiB" */
export function inWords({ cpu, memory }: Room): string {
  const round = (value: number) => Number(value.toFixed(1));
  return `${round(cpu)} CPUs and ${round(memory / 2 ** 30)} GiB`;
}

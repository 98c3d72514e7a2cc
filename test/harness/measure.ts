import { cpus, release, totalmem, type } from 'node:os';
import type { Ground, Stage } from './drill.ts';
import { nameOf } from './kube.ts';
import type { MemoryReading } from './report/bench.ts';

/** Where and with what something was measured. */
export interface Setting {
  /** ISO date and time. */
  at: string;
  /** Processors, memory and kernel of the machine. */
  machine: string;
  versions: Record<string, string>;
}

/** Where and with what a measurement on a stage is made, now. */
export async function settingOf(stage: Stage): Promise<Setting> {
  const { kube } = stage.ground;
  const { gitVersion } = await kube.request<{ gitVersion: string }>('GET', '/version');
  const view = await stage.probe.view(stage.system.service(stage.release.name));
  // What no server tells, its image does.
  const image = (await stage.members())[0]?.spec?.containers.find(
    ({ name }) => name === stage.system.container,
  )?.image;
  const version = view.version || (image?.split(':').at(-1) ?? 'unknown');
  return {
    at: new Date().toISOString(),
    machine: machine(),
    versions: { kubernetes: gitVersion.replace(/^v/, ''), [stage.system.name]: version },
  };
}

export function machine(): string {
  return `${cpus().length} processors, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`;
}

/** The part of kubelet's /stats/summary that is read here. */
interface Summary {
  pods: {
    podRef: { name: string; namespace: string };
    containers?: { name: string; memory?: { rssBytes?: number; workingSetBytes?: number } }[];
  }[];
}

/** What each container of a stage's members uses now, as its node's kubelet says. */
export async function memoryOf(stage: Stage): Promise<MemoryReading[]> {
  const setting = await settingOf(stage);
  const members = new Set((await stage.members()).map(nameOf));
  const summaries = await Promise.all(stage.ground.nodes.nodes.map((node) => summaryOf(stage.ground, node)));
  return summaries
    .flatMap((summary) => summary.pods)
    .filter(({ podRef }) => podRef.namespace === stage.namespace && members.has(podRef.name))
    .flatMap(({ podRef, containers = [] }) =>
      containers.map(({ name, memory = {} }) => ({
        ...setting,
        system: stage.system.name,
        topology: stage.topology.name,
        pod: podRef.name,
        container: name,
        rssMiB: (memory.rssBytes ?? 0) / 2 ** 20,
        workingSetMiB: (memory.workingSetBytes ?? 0) / 2 ** 20,
      })),
    );
}

function summaryOf(ground: Ground, node: string): Promise<Summary> {
  return ground.kube.request('GET', `/api/v1/nodes/${node}/proxy/stats/summary`, { seconds: 30 });
}

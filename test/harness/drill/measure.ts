import { cpus, release, totalmem, type } from 'node:os';
import { nameOf } from '../cluster/kube.ts';
import type { MemoryReading } from '../report/bench.ts';
import type { Installation, TestCluster } from './drill.ts';

/** Where and with what something was measured. */
export interface Setting {
  /** ISO date and time. */
  at: string;
  /** Processors, memory and kernel of the machine. */
  machine: string;
  versions: Record<string, string>;
}

/** Where and with what a measurement on an installation is made, now. */
export async function settingOf(installation: Installation): Promise<Setting> {
  const { kube } = installation.testCluster;
  const { gitVersion } = await kube.request<{ gitVersion: string }>('GET', '/version');
  const view = await installation.probe.view(installation.system.service(installation.release.name));
  // What no server tells, its image does.
  const image = (await installation.members())[0]?.spec?.containers.find(
    ({ name }) => name === installation.system.container,
  )?.image;
  const version = view.version || (image?.split(':').at(-1) ?? 'unknown');
  return {
    at: new Date().toISOString(),
    machine: machine(),
    versions: { kubernetes: gitVersion.replace(/^v/, ''), [installation.system.name]: version },
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

/** What each container of an installation's members uses now, as its node's kubelet says. */
export async function memoryOf(installation: Installation): Promise<MemoryReading[]> {
  const setting = await settingOf(installation);
  const members = new Set((await installation.members()).map(nameOf));
  const summaries = await Promise.all(
    installation.testCluster.nodes.nodes.map((node) => summaryOf(installation.testCluster, node)),
  );
  return summaries
    .flatMap((summary) => summary.pods)
    .filter(({ podRef }) => podRef.namespace === installation.namespace && members.has(podRef.name))
    .flatMap(({ podRef, containers = [] }) =>
      containers.map(({ name, memory = {} }) => ({
        ...setting,
        system: installation.system.name,
        topology: installation.topology.name,
        pod: podRef.name,
        container: name,
        rssMiB: (memory.rssBytes ?? 0) / 2 ** 20,
        workingSetMiB: (memory.workingSetBytes ?? 0) / 2 ** 20,
      })),
    );
}

function summaryOf(testCluster: TestCluster, node: string): Promise<Summary> {
  return testCluster.kube.request('GET', `/api/v1/nodes/${node}/proxy/stats/summary`, { seconds: 30 });
}

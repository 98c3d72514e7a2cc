import { $ } from '../base/exec.ts';
import {
  alertsOf,
  dashboardsOf,
  type Labels,
  type Manifests,
  type Service,
  type ServiceMonitor,
  selects,
} from '../charts/manifests.ts';
import type { Installation } from '../drill/drill.ts';
import { tool } from '../images/tools.ts';
import { nameOf } from './kube.ts';

/** What one scrape gave, with the labels that Prometheus gives it. */
export interface Target {
  /** When, in milliseconds. */
  at: number;
  labels: Labels;
  /** The answer's Content-Type. */
  type: string;
  text: string;
}

/** Of the formats that Prometheus asks for, those in text. */
const accept = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5';

export interface Verdict {
  alert: string;
  /** Series that its expression has; for how long is not looked at. */
  firing: number;
  /** Selectors of its expression that match no series. */
  unmet: readonly string[];
}

/** What is scraped and judged: an installation of a system, or of a chart that is none. */
export type Watched = Pick<Installation, 'testCluster' | 'namespace' | 'release'> & {
  system: { name: string };
};

/** An installation's objects with its monitors, alerts and dashboards, which are not installed: the cluster lacks the Prometheus operator's kinds. */
export function monitored({ release, system }: Watched): Promise<Manifests> {
  const enabled = true;
  return release.render({
    [system.name]: {
      metrics: { serviceMonitor: { enabled }, prometheusRule: { enabled }, dashboard: { enabled } },
    },
  });
}

/** What a Prometheus would scrape by those monitors. Throws where a target does not answer, or a monitor leads to none. */
export async function scrape(installation: Watched, manifests: Manifests): Promise<Target[]> {
  const targets: Target[] = [];
  for (const monitor of manifests.all('ServiceMonitor')) {
    const before = targets.length;
    for (const service of manifests.all('Service')) {
      if (selects(monitor.spec.selector.matchLabels, service.metadata.labels ?? {}))
        targets.push(...(await targetsOf(installation, monitor, service)));
    }
    if (targets.length === before) throw new Error(`ServiceMonitor ${monitor.metadata.name} leads to no pod`);
  }
  return targets;
}

async function targetsOf(
  { testCluster: { kube }, namespace }: Watched,
  monitor: ServiceMonitor,
  service: Service,
): Promise<Target[]> {
  const selector = Object.entries(service.spec.selector ?? {}).map(([key, value]) => `${key}=${value}`);
  const ports = monitor.spec.endpoints.flatMap(({ port: named, path = '/metrics' }) =>
    (service.spec.ports ?? [])
      .filter(({ name }) => name === named)
      .map(({ port, targetPort }) => ({ wanted: targetPort ?? port, path })),
  );
  if (ports.length === 0) return [];
  const pods = await kube.pods(namespace, selector.join());
  const targets = pods.flatMap((pod) => ports.map((port) => ({ pod, ...port })));
  return Promise.all(
    targets.map(async ({ pod, wanted, path }) => {
      const open = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
      const port =
        typeof wanted === 'number' ? wanted : open.find(({ name }) => name === wanted)?.containerPort;
      if (port === undefined) throw new Error(`${nameOf(pod)} has no port ${wanted}`);
      const job = service.metadata.name;
      const instance = `${pod.status?.podIP}:${port}`;
      return {
        at: Date.now(),
        labels: { namespace, service: job, job, pod: nameOf(pod), instance },
        ...(await kube.podText({ namespace, pod: nameOf(pod), port }, path, accept)),
      };
    }),
  );
}

/** What each alert says of these targets, by Prometheus' own engine. */
export async function judgeAlerts(manifests: Manifests, targets: readonly Target[]): Promise<Verdict[]> {
  return judge(alertsOf(manifests), targets);
}

/** What each query of the dashboards gives over these targets, scraped twice for what happens a second. kubelet's own figures are left out: no target of the release has them. */
export function judgeDashboards(manifests: Manifests, targets: readonly Target[]): Promise<Verdict[]> {
  const queries = dashboardsOf(manifests).flatMap(({ panels }) =>
    panels.flatMap(({ title, targets: queries }) => queries.map(({ expr }) => ({ title, expr }))),
  );
  const rules = queries
    .filter(({ expr }) => !expr.includes('kubelet_volume_stats_'))
    .map(({ title, expr }) => ({ alert: title, expr: expr.replaceAll('$__rate_interval', '5m') }));
  return judge(rules, targets);
}

async function judge(rules: readonly unknown[], targets: readonly Target[]): Promise<Verdict[]> {
  const { stdout } = await $({ input: JSON.stringify({ targets, rules }) })`${await tool('alerts')}`;
  return JSON.parse(stdout) as Verdict[];
}

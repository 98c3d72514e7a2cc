import { describe, expect, test } from 'vitest';
import { Manifests } from '../charts/manifests.ts';
import { judgeAlerts, judgeDashboards } from './alerts.ts';

const rule = (alert: string, expr: string) => ({ alert, expr });
const manifests = new Manifests([
  {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'rules' },
    spec: {
      groups: [
        {
          name: 'all',
          rules: [
            rule('Missing', '(sum(server_up{service="members"}) or vector(0)) < 2'),
            rule('Dead', 'sever_up == 0'),
            rule('Slow', 'up * on (pod) (latency{exported_service="own"}) > 5'),
          ],
        },
      ],
    },
  } as never,
]);

function target(pod: string, text: string, type = 'text/plain; version=0.0.4', at = 1_000_000) {
  return { at, labels: { pod, service: 'members' }, type, text };
}

const plain = '# TYPE server_up gauge\nserver_up 1\nlatency{service="own"} 3\n';

describe('alerts, judged by Prometheus’ engine', () => {
  test('what has no series is told, and what fires', async () => {
    const two = [target('a', plain), target('b', plain.replace('3', '7'))];
    expect(await judgeAlerts(manifests, two)).toEqual([
      { alert: 'Missing', firing: 0, unmet: [] },
      { alert: 'Dead', firing: 0, unmet: ['{__name__="sever_up"}'] },
      { alert: 'Slow', firing: 1, unmet: [] },
    ]);
    const [missing] = await judgeAlerts(manifests, two.slice(1));
    expect(missing).toEqual({ alert: 'Missing', firing: 1, unmet: [] });
  });

  test('an answer is read as what it says that it is, and refused where it is not', async () => {
    const open = '# TYPE server info\nserver_info{a="b"} 1\n# EOF\n';
    const type = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
    expect(await judgeAlerts(manifests, [target('a', open, type)])).toHaveLength(3);
    await expect(judgeAlerts(manifests, [target('a', open)])).rejects.toThrow('invalid metric type "info"');
  });
});

test('a dashboard’s query of what happens a second needs two scrapes', async () => {
  const query = (title: string, expr: string) => ({ title, targets: [{ expr }] });
  const dashboard = new Manifests([
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'server-grafana' },
      data: {
        'x.json': JSON.stringify({
          panels: [
            query('Rate', 'rate(latency[$__rate_interval]) > 0'),
            query('Gone', 'rate(gone[$__rate_interval])'),
            query('Volumes', 'kubelet_volume_stats_used_bytes'),
          ],
        }),
      },
    } as never,
  ]);
  const first = target('a', plain);
  const second = target('a', plain.replace('3', '7'), undefined, first.at + 2000);
  expect(await judgeDashboards(dashboard, [second, first])).toEqual([
    { alert: 'Rate', firing: 1, unmet: [] },
    { alert: 'Gone', firing: 0, unmet: ['{__name__="gone"}'] },
  ]);
  const [once] = await judgeDashboards(dashboard, [first]);
  expect(once).toEqual({ alert: 'Rate', firing: 0, unmet: [] });
});

import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { render } from '../../harness/charts/render.ts';

const chart = chartNamed('newsystem');

refusals(chart, [
  [
    'a cluster of one',
    { architecture: 'cluster', replicas: 1 },
    'newsystem: replicas is 1, and a cluster that survives the loss of a server has 3 at least: write 3, or architecture standalone',
  ],
  [
    'an even number of servers',
    { architecture: 'cluster', replicas: 4 },
    'newsystem: replicas is 4, and an even number tolerates no more failures than one less: write 3 or 5',
  ],
  [
    'a setting of the chart',
    { config: { port: 1 } },
    'newsystem: config.port is managed by the chart: remove it',
  ],
]);

const rendered = await render(chart, { release: 'shop', values: topologyNamed(chart, 'cluster').values });
const scripts = rendered.one('ConfigMap', 'shop-newsystem');

await decisions(scripts, 'decide.sh', 'decide', {}, [
  ['a first start', ['cluster', 'empty', 'false'], '', 'found'],
  ['a restart', ['cluster', 'data', 'true'], '', 'start'],
  ['a restart before anything was recorded', ['cluster', 'data', 'false'], '', 'start'],
  ['a lost volume: not a second cluster', ['cluster', 'empty', 'true'], '', 'join'],
  ['a single server', ['standalone', 'empty', 'false'], '', 'found'],
  ['a single server whose volume is lost', ['standalone', 'empty', 'true'], '', 'found'],
]);

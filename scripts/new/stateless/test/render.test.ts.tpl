import { chartNamed } from '../../contract/suite.ts';
import { refusals } from '../../contract/tables.ts';

refusals(chartNamed('newsystem'), [
  ['a setting of the chart', { config: { port: 1 } }, 'newsystem: config.port is managed by the chart: remove it'],
]);

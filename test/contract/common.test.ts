import { expect, test } from 'vitest';
import { render } from '../harness/charts/render.ts';
import { chartNamed, charts, topologyNamed } from './suite.ts';
import { decisions } from './tables.ts';

const common = chartNamed('common');
const templates = [...common.files].filter(([path]) => path.startsWith('templates/'));

test('every helper has a row in the README, and every row a helper', () => {
  const defined = templates.flatMap(([, text]) =>
    [...text.matchAll(/define "(common[^"]+)"/g)].map(([, name]) => name),
  );
  const told = [...(common.files.get('README.md') ?? '').matchAll(/`(common\.[.\w]+)`/g)].map(
    ([, name]) => name,
  );
  const file = 'common.sh';
  expect([...new Set(told)].filter((name) => name !== file).sort()).toEqual(defined.sort());
});

test('no condition knows a chart', () => {
  const names = charts.filter(({ kind }) => kind === 'application').map(({ name }) => name);
  const conditions = templates.flatMap(([path, text]) =>
    [...text.matchAll(/\{\{-? *(?:if|else if|with|range|\$\w+ :?=)[^}]*\}\}/g)].map(
      ([action]) => `${path}: ${action}`,
    ),
  );
  expect(
    conditions.filter((one) =>
      names.some((name) => new RegExp(`\\b${name}\\b(?!\\.kubernetes\\.io)`).test(one)),
    ),
  ).toEqual([]);
});

const kafka = chartNamed('kafka');
const { values } = topologyNamed(kafka, 'kraft');
await decisions(
  (await render(kafka, { release: 'shop', values })).one('ConfigMap', 'shop-kafka'),
  'lib.sh',
  'run_server',
  {},
  [
    ['a server that fails ends its container with its status', ['bash', '-c', 'exit 3'], '', '', 3],
    [
      'a server is asked to end when its shell is, and waited for',
      [
        'bash',
        '-c',
        'trap "sleep 0.2; echo ended; exit 5" TERM; kill -TERM $PPID; while :; do sleep 0.1; done',
      ],
      '',
      'ended',
      5,
    ],
  ],
);

await decisions(
  (await render(kafka, { release: 'shop', values })).one('ConfigMap', 'shop-kafka'),
  'lib.sh',
  'eval',
  {},
  [
    [
      'a server that has gone before the shell that was asked to end looks again has its own status, not the signal’s',
      [
        `ask_to_end() { kill -KILL "$server_pid"; sleep 0.3; }; run_server bash -c 'trap "" TERM; kill -TERM $PPID; exec sleep 60'`,
      ],
      '',
      '',
      137,
    ],
  ],
);

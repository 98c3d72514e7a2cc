import { describe, expect, test } from 'vitest';
import type { Rendering } from '../harness/charts/render.ts';
import { render } from '../harness/charts/render.ts';
import { runShellFunction } from '../harness/charts/shell.ts';
import { chartNamed, topologyNamed } from './suite.ts';
import { decisions, type Row } from './tables.ts';

/** The values that a user's own Secret may have, where charts write them, and which of them are refused before anything is made. */

const rendered = (name: string, topology: string, values = {}): Promise<Rendering> => {
  const chart = chartNamed(name);
  return render(chart, { release: 'shop', values: { ...topologyNamed(chart, topology).values, ...values } });
};

const base64 = (value: string | Uint8Array): string => Buffer.from(value).toString('base64');
const auth = (existingSecret: string) => ({ auth: { existingSecret } });
const users = { users: [{ name: 'app', existingSecret: 'mine-app' }] };

const [mysql, standaloneMysql, redis, zookeeper, kafka, kafkaOnZookeeper, rabbitmq, rocketmq, mongodb, tidb] =
  await Promise.all([
    rendered('mysql', 'group', { ...auth('mine'), ...users }),
    rendered('mysql', 'standalone', auth('mine')),
    rendered('redis', 'sentinel', {
      ...auth('mine'),
      users: [{ name: 'app', rules: '+@all', existingSecret: 'mine-app' }],
    }),
    rendered('zookeeper', 'ensemble', { ...auth('mine'), ...users }),
    rendered('kafka', 'kraft', { ...auth('mine'), ...users }),
    rendered('kafka', 'zookeeper'),
    rendered('rabbitmq', 'cluster', { ...auth('mine'), ...users }),
    rendered('rocketmq', 'controller', {
      ...auth('mine'),
      dashboard: { enabled: true },
    }),
    rendered('mongodb', 'replicaset', { ...auth('mine'), ...users }),
    rendered('tidb', 'cluster', { ...auth('mine'), ...users }),
  ]);

const prepare = mysql.one('ConfigMap', 'shop-mysql-prepare');

const newline =
  'ends with a newline, which echo leaves: make the Secret without it (printf %s, or kubectl create secret --from-literal)';
const control = 'has a control character, such as a tab or a newline: leave it out';
const notAscii = 'has a character that is not ASCII: use letters, digits, punctuation and blanks of ASCII';
const notUtf8 = 'is not UTF-8: write it in UTF-8';
const empty = 'is empty: give it a value';
const noName =
  'is no name: begin with a letter or a digit, and go on with letters, digits, dots, dashes and underscores';

const dollar = '$';
const noReplaced = `ascii,no-${dollar}{`;

/** [rules, value, what is wrong] */
const faults: readonly (readonly [rules: string, value: string | Uint8Array, fault: string])[] = [
  ...[
    'p"a\\b',
    'a\\tb',
    "'",
    '$x',
    '`x`',
    '#x',
    'x#y',
    ' x ',
    'pä✓',
    '%2F@:/',
    `${dollar}{x}`,
    '😀',
    '!x',
    'a,b',
    '=',
    'x'.repeat(128),
  ].map((value) => ['text', value, ''] as const),
  ['text', '', empty],
  ['text', 'abc\n', newline],
  ['text', 'abc\r\n', newline],
  ['text', 'pä\n', newline],
  ['text', 'a\tb', control],
  ['text', 'a\nb', control],
  ['text', 'a\x7f', control],
  ['text', 'a\0', control],
  ['text', new Uint8Array([0x70, 0xe4]), notUtf8],
  ['text', new Uint8Array([0xe4, 0x70]), notUtf8],
  ['text', new Uint8Array([0xc0, 0xaf]), notUtf8],
  ['text', new Uint8Array([0xff]), notUtf8],
  ['text', new Uint8Array([0x80, 0x70]), notUtf8],
  ['text,most=32', 'x'.repeat(32), ''],
  ['text,most=32', 'x'.repeat(33), 'has 33 bytes: write at most 32'],
  ['text,most=32', 'ä'.repeat(17), 'has 34 bytes: write at most 32'],
  ...['p"a\\b', 'a\\tb', "'", '$x', '`x`', '#x', 'x#y', ' x ', '%2F@:/', '{$x}', '!x', 'a,b', '='].map(
    (value) => [noReplaced, value, ''] as const,
  ),
  ['long,text,least=32', 'x'.repeat(31), 'has 31 bytes: write at least 32'],
  ['long,text,least=32', 'x'.repeat(64), ''],
  ['ascii', `a${dollar}{x}`, ''],
  ['ascii', 'pä✓', notAscii],
  ['ascii,most=1', 'pä✓', notAscii],
  [noReplaced, `a${dollar}{user.home}`, `has ${dollar}{ in it, which would be replaced: leave it out`],
  ['text,no-%(', '%x(', ''],
  ['text,no-%(', 'a%(b)s', 'has %( in it, which would be replaced: leave it out'],
  ['text,least=8', '1234567', 'has 7 bytes: write at least 8'],
  ['text,least=8', '12345678', ''],
  ['text,least=8', 'ääää', ''],
  ['ascii,no-blank,no-comma', '!x"', ''],
  ['ascii,no-blank', ' x', 'has a blank: leave it out'],
  ['ascii,no-blank,no-comma', 'a,b', 'has a comma: leave it out'],
  ['name', 'App.user_1-x', ''],
  ['name', 'app user', noName],
  ['name', 'app"', noName],
  ['name', '-app', noName],
  ['name', 'äpp', noName],
  ['name', '', empty],
  ['name', 'app\n', newline],
  ['=app', 'app', ''],
  ['=app', 'app ', 'is not app, the name in the values: write the same'],
  ['=app', 'äapp', 'is not app, the name in the values: write the same'],
  ['=my-app', 'my-app', ''],
  ['', new Uint8Array([0, 1, 0xff, 10]), ''],
  ['', '', empty],
];
await decisions(
  prepare,
  'prepare.sh',
  'fault_of',
  {},
  faults.map(
    ([rules, value, fault]): Row => [
      `${rules || 'no rule'}: ${JSON.stringify(value).slice(0, 40)}`,
      [rules],
      base64(value),
      fault,
    ],
  ),
);

describe('prepare.sh: check_expected', () => {
  /** What it says of a Secret with these values; the API answers with `secret`, or that there is none. */
  async function said(expected: string, secret: Record<string, string> | undefined): Promise<string> {
    const answer = JSON.stringify({
      kind: 'Secret',
      metadata: { name: 'mine', labels: { password: 'of a label' }, managedFields: [{ 'f:data': {} }] },
      data: Object.fromEntries(Object.entries(secret ?? {}).map(([key, value]) => [key, base64(value)])),
      type: 'Opaque',
    });
    const script = `#!/bin/sh
. /opt/ballast/prepare.sh
log() { shift 0; echo "$*"; }
api_exists() { [ "$THERE" = yes ]; }
api() { printf '%s' "$ANSWER"; }
`;
    const data = { ...prepare.data, 'scenario.sh': script };
    const [result] = await runShellFunction({ ...prepare, data }, 'scenario.sh', 'check_expected', [{}], {
      NAMESPACE: 'shop',
      WORK: '/tmp',
      EXPECTED: expected,
      ANSWER: answer,
      THERE: secret ? 'yes' : 'no',
    });
    expect(result?.status).toBe(result?.output === '' ? 0 : 64);
    return result?.output ?? '';
  }

  test('a Secret that keeps the rules', async () => {
    expect(
      await said('mine password:text,most=128 username:name ca.crt', {
        password: 'p"a\\b',
        username: 'app',
        'ca.crt': '-----BEGIN\n',
      }),
    ).toBe('');
  });

  test('one that is not there', async () => {
    expect(await said('mine password:text,most=128 ca.crt', undefined)).toBe(
      'error: Secret mine does not exist in namespace shop: create it with the keys password ca.crt',
    );
  });

  test('a key that is not there, though a label has its name', async () => {
    expect(await said('mine password:text', { other: 'x' })).toBe(
      'error: Secret mine has no key password: add it',
    );
  });

  test('a value that breaks its rule, which is not told', async () => {
    expect(await said('mine username:name password:ascii', { username: 'app', password: 'pä✓' })).toBe(
      `error: Secret mine, key password: the value ${notAscii}`,
    );
    expect(await said('mine password:text,most=8', { password: 'too long!' })).toBe(
      'error: Secret mine, key password: the value has 9 bytes: write at most 8',
    );
  });

  test('an empty value', async () => {
    expect(await said('mine password:text', { password: '' })).toBe(
      `error: Secret mine, key password: the value ${empty}`,
    );
  });
});

describe('what the values of a Secret may be', () => {
  const expectedBy = (rendering: Rendering, name: string): string[] | undefined =>
    rendering
      .one('Job', `${name}-prepare`)
      .spec.template.spec.containers[0]?.env?.find((variable) => variable.name === 'EXPECTED')
      ?.value?.split('\n');

  test.each([
    [
      'mysql',
      expectedBy(mysql, 'shop-mysql'),
      [
        'mine monitor-password:text,most=256,no-%( replication-password:ascii,most=32 root-password:text,most=256',
        'mine-app username:=app password:text,most=256',
      ],
    ],
    [
      'mysql standalone',
      expectedBy(standaloneMysql, 'shop-mysql'),
      [
        'mine monitor-password:text,most=256,no-%( replication-password:text,most=256 root-password:text,most=256',
      ],
    ],
    [
      'redis',
      expectedBy(redis, 'shop-redis'),
      [
        'mine monitor-password:text password:text sentinel-password:text system-password:text',
        'mine-app username:name password:text',
      ],
    ],
    [
      'zookeeper',
      expectedBy(zookeeper, 'shop-zookeeper'),
      [
        `mine quorum-password:${noReplaced} super-password:${noReplaced}`,
        `mine-app username:name password:${noReplaced}`,
      ],
    ],
    [
      'kafka',
      expectedBy(kafka, 'shop-kafka'),
      ['mine admin-password:ascii internal-password:ascii', 'mine-app username:name password:ascii'],
    ],
    [
      'rabbitmq',
      expectedBy(rabbitmq, 'shop-rabbitmq'),
      [
        'mine admin-password:text erlang-cookie:ascii,no-blank,most=255',
        'mine-app username:name password:text',
      ],
    ],
    [
      'mongodb',
      expectedBy(mongodb, 'shop-mongodb'),
      [
        'mine agent-password:text monitor-password:text replica-set-key:long,text,least=32 root-password:text',
        'mine-app username:=app password:text',
      ],
    ],
    [
      'tidb',
      expectedBy(tidb, 'shop-tidb'),
      ['mine root-password:text', 'mine-app username:=app password:text'],
    ],
    [
      'rocketmq',
      expectedBy(rocketmq, 'shop-rocketmq'),
      [
        `mine admin-password:${noReplaced} dashboard-password:ascii,no-blank,no-comma internal-password:ascii`,
      ],
    ],
  ])('%s', (_, told, wanted) => {
    expect(told).toEqual(wanted);
  });

  test('kafka, of ZooKeeper’s account', () => {
    const [secret] = expectedBy(kafkaOnZookeeper, 'shop-kafka') ?? [];
    expect(secret).toMatch(/^\S+ username:name password:ascii,no-\$\{$/);
  });
});

const tricky = 'p"a\\b\'$x`y`#%2F@:/,!ä✓';
const inQuotes = 'p\\"a\\\\b\'$x`y`#%2F@:/,!ä✓';
await decisions(mysql.one('ConfigMap', 'shop-mysql'), 'lib.sh', 'in_quotes', {}, [
  ['a password of anybody’s own', [tricky], '', inQuotes],
  ['what looks like an escape', ['a\\tb\\'], '', 'a\\\\tb\\\\'],
  ['blanks at its ends', [' x '], '', ' x '],
  ['what stands for what was found, in newer shells', ['a"&b'], '', 'a\\"&b'],
]);
await decisions(mysql.one('ConfigMap', 'shop-mysql'), 'lib.sh', 'sql_string', {}, [
  ['a password of anybody’s own', [tricky], '', "'p\"a\\\\b''$x`y`#%2F@:/,!ä✓'"],
]);
await decisions(rabbitmq.one('ConfigMap', 'shop-rabbitmq'), 'run.sh', 'in_erlang', {}, [
  ['a password of anybody’s own', [], '#ä ', '<<35,195,164,32>>'],
  ['a long one', [], 'x'.repeat(40), `<<${Array(40).fill(120).join(',')}>>`],
]);

describe('where passwords are written', () => {
  /** What a function writes in a pod whose Secret has the tricky password for every key. */
  async function written(rendering: Rendering, configMap: string, script: string, calls: string, input = '') {
    const map = rendering.one('ConfigMap', configMap);
    const scenario = `#!/bin/bash
. /opt/ballast/${script}
secret() { printf %s "$TRICKY"; }
scenario() { ${calls}; }
`;
    const data = { ...map.data, 'scenario.sh': scenario };
    const [result] = await runShellFunction({ ...map, data }, 'scenario.sh', 'scenario', [{ input }], {
      TRICKY: tricky,
      BASE: 'shop',
      SUFFIX: 'test',
      POD: 'shop-0',
      ARCHITECTURE: 'ensemble',
    });
    return result?.output.split('\n') ?? [];
  }

  test('ZooKeeper’s logins', async () => {
    expect(await written(zookeeper, 'shop-zookeeper', 'run.sh', 'write_logins')).toEqual([
      'Server {',
      '  org.apache.zookeeper.server.auth.DigestLoginModule required',
      `  user_super="${inQuotes}";`,
      '};',
      'QuorumServer {',
      '  org.apache.zookeeper.server.auth.DigestLoginModule required',
      `  user_quorum="${inQuotes}";`,
      '};',
      'QuorumLearner {',
      '  org.apache.zookeeper.server.auth.DigestLoginModule required',
      '  username="quorum"',
      `  password="${inQuotes}";`,
      '};',
    ]);
  });

  test('a Sentinel’s own configuration, which it can read again', async () => {
    const before = [
      'port 26379',
      'user ballast on sanitize-payload #00 ~* &* +@all',
      'sentinel monitor ballast shop-0.test 6379 2',
      '# ??? sentinel auth-pass ballast p"a',
      'sentinel auth-pass ballast p"a',
      'sentinel auth-user ballast ballast-sentinel',
      'sentinel sentinel-pass p"a',
    ];
    const again = [before[0], before[1], before[2], before[5]];
    const pass = `sentinel sentinel-pass "${inQuotes}"`;
    expect(
      await written(redis, 'shop-redis-sentinel', 'sentinel.sh', 'legible', `${before.join('\n')}\n`),
    ).toEqual([...again, `sentinel auth-pass ballast "${inQuotes}"`, pass]);
    expect(await written(redis, 'shop-redis-sentinel', 'sentinel.sh', 'legible', 'port 26379\n')).toEqual([
      'port 26379',
      pass,
    ]);
  });
});

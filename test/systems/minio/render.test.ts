import { describe, expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { render } from '../../harness/charts/render.ts';

const chart = chartNamed('minio');
const distributed = topologyNamed(chart, 'distributed').values;

refusals(chart, [
  [
    'a server that is too small',
    { resources: { requests: { memory: '64Mi' }, limits: { memory: '128Mi' } } },
    'minio: resources.limits.memory is 128Mi, and a server needs at least 256Mi: write 512Mi',
  ],
  [
    'TLS without a certificate',
    { tls: { enabled: true } },
    'minio: tls.enabled needs a certificate: put ca.crt, tls.crt and tls.key for minio.default.svc.cluster.local into a Secret, and its name into tls.existingSecret',
  ],
  [
    'TLS of several servers without a certificate',
    { architecture: 'distributed', tls: { enabled: true } },
    'minio: tls.enabled needs a certificate: put ca.crt, tls.crt and tls.key for minio.default.svc.cluster.local and *.minio-members.default.svc.cluster.local into a Secret, and its name into tls.existingSecret',
  ],
  [
    'too few servers',
    { architecture: 'distributed', replicas: 3 },
    'minio: replicas is 3, and a distributed store that goes on writing without one of its servers has 4 at least: write 4, or architecture standalone',
  ],
  [
    'more parity than a pool has servers for',
    { architecture: 'distributed', replicas: 8, parity: 3, pools: [{ replicas: 4 }] },
    'minio: parity is 3, and a pool of 4 servers can lose 2 at most: write 2',
  ],
  [
    'pools of a single server',
    { pools: [{ replicas: 4 }] },
    'minio: pools are of the architecture distributed: remove them, or write architecture distributed',
  ],
  [
    'parity of a single server',
    { parity: 1 },
    'minio: parity is of the architecture distributed: remove it, or write architecture distributed',
  ],
  [
    'a host of no Ingress',
    { ingress: { hosts: ['s3.example.com'] } },
    'minio: ingress.hosts has no effect, because ingress.enabled is false: set ingress.enabled to true, or remove ingress.hosts',
  ],
  [
    'an Ingress for every host',
    { ingress: { enabled: true } },
    'minio: ingress.hosts is empty, and the Ingress would take every host: write the host names by which S3 clients call',
  ],
  [
    'an Ingress to no console',
    { console: { enabled: false, ingress: { enabled: true, hosts: ['console.example.com'] } } },
    'minio: console.ingress.enabled without a console leads nowhere: set console.enabled, too',
  ],
  [
    'a host for both clients and browsers',
    {
      ingress: { enabled: true, hosts: ['s3.example.com'] },
      console: { ingress: { enabled: true, hosts: ['s3.example.com'] } },
    },
    "minio: ingress.hosts and console.ingress.hosts both have s3.example.com, and S3 clients and browsers can't share a host: write another for the console",
  ],
  [
    'a console that sends browsers elsewhere',
    {
      console: { ingress: { enabled: true, hosts: ['console.example.com'] } },
      config: { browser_redirect_url: 'https://elsewhere.example.com' },
    },
    'minio: config.browser_redirect_url has a value of its own: write console.ingress.hosts instead',
  ],
  [
    'a setting that has a value',
    { config: { browser: 'off' } },
    'minio: config.browser has a value of its own: write console.enabled instead',
  ],
  [
    'a setting of the chart',
    { config: { root_password: 'secret' } },
    'minio: config.root_password is managed by the chart: remove it',
  ],
  [
    'a bucket twice',
    { buckets: [{ name: 'orders' }, { name: 'orders' }] },
    'minio: buckets has orders twice: merge the two entries',
  ],
  [
    'locked objects without versions',
    { buckets: [{ name: 'orders', objectLock: true, versioning: false }] },
    'minio: buckets.orders has objectLock, which needs versions: remove versioning, or write true',
  ],
  [
    'a rule twice',
    {
      buckets: [
        {
          name: 'orders',
          lifecycle: [
            { id: 'old', expireDays: 1 },
            { id: 'old', expireDays: 2 },
          ],
        },
      ],
    },
    'minio: buckets.orders.lifecycle has old twice: merge the two rules',
  ],
  [
    'a rule without an end',
    { buckets: [{ name: 'orders', lifecycle: [{ id: 'old' }] }] },
    'minio: buckets.orders.lifecycle.old lets nothing end: write expireDays or noncurrentExpireDays',
  ],
  [
    'a policy of MinIO’s own',
    { policies: [{ name: 'readonly', statements: [{ Effect: 'Allow', Action: ['s3:*'] }] }] },
    "minio: policies has readonly, which is MinIO's own: use another name",
  ],
  [
    'a short access key',
    { users: [{ name: 'me' }] },
    'minio: users has me, and an access key has 3 characters at least: use a longer name',
  ],
  [
    'a user of the chart',
    { users: [{ name: 'root' }] },
    'minio: users has root, which the chart manages itself: use another name',
  ],
  [
    'a policy that there is none of',
    { users: [{ name: 'orders', policies: ['order'] }] },
    'minio: users.orders has policy order, which there is none of: add it to policies',
  ],
]);

const rendered = await render(chart, { release: 'shop', values: distributed });
const scripts = rendered.one('ConfigMap', 'shop-minio');

await decisions(scripts, 'decide.sh', 'begin', {}, [
  ['a first start', ['distributed', 'empty', '1', '0', ''], '', 'go'],
  ['a restart', ['distributed', 'data', '1', '1', ''], '', 'go'],
  ['a restart before anything was recorded', ['distributed', 'data', '1', '0', ''], '', 'go'],
  ['a lost volume', ['distributed', 'empty', '1', '1', 'away serving serving'], '', 'go'],
  [
    'all volumes lost: no empty store in place of the one that was',
    ['distributed', 'empty', '1', '1', 'away waiting waiting'],
    '',
    'wait my volume is empty, this pool had data, and no server of it serves: bring those that have it back; only where it is lost for good, delete the key pools of the ConfigMap -state, and then the pods',
  ],
  [
    'a new pool, and a server serves that does not know it',
    ['distributed', 'empty', '2', '1', 'waiting waiting waiting serving'],
    '',
    'wait the servers before this pool have not all been restarted, and do not know it yet',
  ],
  [
    'a new pool that all know',
    ['distributed', 'empty', '2', '1', 'waiting waiting waiting waiting'],
    '',
    'go',
  ],
  ['a lost volume of a second pool', ['distributed', 'empty', '2', '2', 'serving away'], '', 'go'],
  ['a single server', ['standalone', 'empty', '1', '0', ''], '', 'go'],
  ['a single server whose volume is lost', ['standalone', 'empty', '1', '1', ''], '', 'go'],
]);

await decisions(scripts, 'decide.sh', 'passes', {}, [
  ['the first of four, which has waited long enough', [20, 1, 'serving serving serving'], '', ''],
  ['one that may be about to serve', [19, 1, 'serving serving serving'], '', '', 1],
  ['a second one: with the first it is enough to start', [60, 1, 'waiting serving serving'], '', '', 1],
  ['nobody serves: a cold start', [60, 1, 'waiting waiting waiting'], '', '', 1],
  ['nobody answers', [60, 1, 'away away away'], '', '', 1],
  ['one that sees another wait', [5, 3, 'waiting serving serving serving serving serving serving'], '', ''],
  ['one that has just begun', [4, 3, 'waiting serving serving serving serving serving serving'], '', '', 1],
  ['TLS is being turned on: nobody reaches half of the volumes', [0, 1, 'waiting unlike unlike'], '', ''],
  ['the last but one before a new pool', [5, 4, 'waiting waiting serving away away away away'], '', ''],
]);

await decisions(scripts, 'decide.sh', 'connected', {}, [
  ['one that was restarted alone', ['yes', 0], '', ''],
  ['one that began with others, before it has looked for their volumes', ['no', 16], '', '', 1],
  ['the same a moment later', ['no', 17], '', ''],
]);

test('whoever chooses is told first what upstream’s end means', () => {
  const readme = chart.files.get('README.md') ?? '';
  expect(readme.slice(0, readme.indexOf('## Install'))).toMatch(/archived[\s\S]*CVE-2025-62506/);
});

test('metrics are where clients are, and with TLS they are read by it', async () => {
  const endpointOf = async (tls: boolean) => {
    const values = { ...distributed, ...(tls ? { tls: { enabled: true, existingSecret: 'own' } } : {}) };
    const output = await render(chart, { release: 'shop', values });
    const { livenessProbe } = output.one('StatefulSet', 'shop-minio').spec.template.spec.containers[0] ?? {};
    return [output.one('ServiceMonitor', 'shop-minio').spec.endpoints, livenessProbe?.httpGet?.scheme];
  };
  const endpoint = { port: 'client', path: '/minio/v2/metrics/cluster', interval: '30s' };
  expect(await endpointOf(false)).toEqual([[endpoint], 'HTTP']);
  const tlsConfig = {
    serverName: 'shop-minio.default.svc.cluster.local',
    ca: { secret: { name: 'own', key: 'ca.crt' } },
  };
  expect(await endpointOf(true)).toEqual([[{ ...endpoint, scheme: 'https', tlsConfig }], 'HTTPS']);
});

describe('what is rendered', () => {
  const pool = async (values = {}) => {
    const output = await render(chart, { release: 'shop', values: { ...distributed, ...values } });
    return output.all('StatefulSet');
  };

  test('each pool is a StatefulSet, and all know of all', async () => {
    const sets = await pool({ pools: [{ replicas: 5 }, { replicas: 4 }] });
    expect(sets.map(({ metadata, spec }) => [metadata.name, spec.replicas])).toEqual([
      ['shop-minio', 4],
      ['shop-minio-pool-2', 5],
      ['shop-minio-pool-3', 4],
    ]);
    const told = sets.map(({ spec }) =>
      Object.fromEntries(
        (spec.template.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]),
      ),
    );
    expect(told.map(({ POOL, POOLS }) => [POOL, POOLS])).toEqual([
      ['1', '4 5 4'],
      ['2', '4 5 4'],
      ['3', '4 5 4'],
    ]);
  });

  test('what the hook makes of buckets, policies and users', () => {
    const { data } = rendered.one('ConfigMap', 'shop-minio-provision');
    const lifecycle = JSON.stringify({
      Rules: [
        { Expiration: { Days: 7 }, Filter: { Prefix: 'drafts/' }, ID: 'drafts', Status: 'Enabled' },
        {
          Filter: { Prefix: '' },
          ID: 'versions',
          NoncurrentVersionExpiration: { NoncurrentDays: 30 },
          Status: 'Enabled',
        },
      ],
    });
    expect(data?.buckets).toBe(`\norders true - 1Gi - ${lifecycle}\npictures - - - download -\n`);
    const policy = JSON.stringify({
      Statement: [
        { Action: ['s3:*'], Effect: 'Allow', Resource: ['arn:aws:s3:::orders', 'arn:aws:s3:::orders/*'] },
      ],
      Version: '2012-10-17',
    });
    expect(data?.policies).toBe(`\norders-only ${policy}\n`);
    expect(data?.users).toBe('\norders orders-only\nreports readonly\n');
  });
});

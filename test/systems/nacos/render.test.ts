import { expect, test } from 'vitest';
import { chartNamed, topologyNamed } from '../../contract/suite.ts';
import { decisions, refusals } from '../../contract/tables.ts';
import { withTempDir } from '../../harness/base/host.ts';
import { render } from '../../harness/charts/render.ts';
import { runShellFunction } from '../../harness/charts/shell.ts';

const chart = chartNamed('nacos');
const database = { host: 'mysql', existingSecret: 'mysql-user' };

refusals(chart, [
  [
    'a cluster of one',
    { architecture: 'cluster', replicas: 1, database },
    'nacos: replicas is 1, and a cluster that survives the loss of a server has 3 at least: write 3, or architecture standalone',
  ],
  [
    'an even number of servers',
    { architecture: 'cluster', replicas: 4, database },
    'nacos: replicas is 4, and an even number tolerates no more failures than one less: write 3 or 5',
  ],
  [
    'a server that is too small',
    { resources: { requests: { memory: '32Mi' }, limits: { memory: '256Mi' } } },
    'nacos: resources.limits.memory is 256Mi, and a server needs at least 512Mi: write 768Mi',
  ],
  [
    'a heap that leaves nothing',
    { jvm: { heap: '600Mi' } },
    'nacos: jvm.heap (600Mi) leaves less than 256Mi of resources.limits.memory (768Mi) for the rest of the JVM: leave jvm.heap empty to derive it from the limit',
  ],
  [
    'a version with another API',
    { image: { tag: 'v3.1.1' } },
    'nacos: image.tag is v3.1.1, whose API and console the chart does not know yet: write a 2.x (v2.5.1)',
  ],
  [
    'a cluster without a database',
    { architecture: 'cluster' },
    'nacos: database.host is empty, and no MySQL is part of this release: write the host of one, or enable mysql in the umbrella chart',
  ],
  [
    'a database of which nobody knows the password',
    { architecture: 'cluster', database: { host: 'mysql' } },
    'nacos: database.existingSecret is empty: write the name of a Secret with the keys username and password of who may use database.name',
  ],
  [
    'an account for nowhere',
    { database: { existingSecret: 'mysql-user' } },
    "nacos: database.existingSecret has no effect without database.host, because the chart makes an account of its own in the release's MySQL: write the host, or leave it empty",
  ],
  [
    'a database that a single server does not use',
    { database: { host: 'mysql' } },
    'nacos: database.host is of architecture cluster, not of standalone, which keeps its configurations on its volume: leave it empty',
  ],
  [
    'a setting of the chart',
    { config: { 'server.port': 1 } },
    'nacos: config.server.port is managed by the chart: remove it',
  ],
  [
    'a password in a ConfigMap',
    { config: { 'nacos.core.auth.ldap.password': 'x' } },
    'nacos: config.nacos.core.auth.ldap.password would stand in a ConfigMap: put it into a Secret, and its name into extraEnv',
  ],
  [
    'a namespace twice',
    { namespaces: [{ id: 'dev' }, { id: 'dev' }] },
    'nacos: namespaces has dev twice: keep one entry (public is always there)',
  ],
  [
    'a configuration twice',
    {
      configs: [
        { dataId: 'a', content: '1' },
        { dataId: 'a', group: 'DEFAULT_GROUP', content: '2' },
      ],
    },
    'nacos: configs has a of DEFAULT_GROUP twice: keep one entry',
  ],
  [
    'a configuration in a namespace that nobody makes',
    { configs: [{ dataId: 'a', namespace: 'dev', content: '1' }] },
    'nacos: configs has a in namespace dev, which is none of namespaces: add it there',
  ],
]);

const rendered = await render(chart, { release: 'shop', values: topologyNamed(chart, 'cluster').values });
const scripts = rendered.one('ConfigMap', 'shop-nacos');

test('nothing secret stands in a ConfigMap, nor in a pod’s environment', () => {
  const { data = {} } = scripts as { data?: Record<string, string> };
  expect(data['application.properties']).not.toMatch(/secret|identity\.value|db\.(user|password)/);
});

await decisions(scripts, 'decide.sh', 'publishes', {}, [
  ['a first time', ['no', 'no'], '', 'yes'],
  ['somebody else was first', ['no', 'yes'], '', 'no, there is one of that name'],
  ['published, and deleted since', ['yes', 'no'], '', 'no, it was published before'],
  ['published, and changed since', ['yes', 'yes'], '', 'no, it was published before'],
]);

await decisions(scripts, 'decide.sh', 'schema_in', {}, [
  ['tables that may be there', [], 'CREATE TABLE `users` (\n', 'CREATE TABLE IF NOT EXISTS `users` ('],
  [
    'a schema that minds them itself',
    [],
    'CREATE TABLE IF NOT EXISTS a (\n',
    'CREATE TABLE IF NOT EXISTS a (',
  ],
  [
    'an account, which may have another password by now',
    [],
    "INSERT INTO users (username, password, enabled) VALUES ('nacos', 'x', TRUE);\n",
    "INSERT IGNORE INTO users (username, password, enabled) VALUES ('nacos', 'x', TRUE);",
  ],
]);

const nodes =
  '{"code":200,"data":[{"ip":"a-0.a","state":"UP","extendInfo":{"raftMetaData":{"metaDataMap":{"naming_persistent_service_v2":{"leader":"a-1.a:7848","term":2}}}}},{"ip":"a-1.a","state":"DOWN"},{"ip":"a-2.a","state":"UP"}]}\n';
await decisions(scripts, 'decide.sh', 'up_in', {}, [['members that are up', [], nodes, '2']]);
await decisions(scripts, 'decide.sh', 'seen_in', {}, [
  [
    'who is up, and who is not',
    [],
    nodes,
    '"ip":"a-0.a"\n"state":"UP"\n"ip":"a-1.a"\nnot up\n"ip":"a-2.a"\n"state":"UP"',
  ],
  [
    'one that is about to be taken for down is not up',
    [],
    nodes.replace('DOWN', 'SUSPICIOUS'),
    '"ip":"a-0.a"\n"state":"UP"\n"ip":"a-1.a"\nnot up\n"ip":"a-2.a"\n"state":"UP"',
  ],
]);

test('a store that was never finished is set aside, and no other', () =>
  withTempDir(async (dir) => {
    const store = `${dir}/data/derby-data`;
    const scenario = `#!/bin/bash
. /opt/ballast/run.sh
DATA=${dir}
scenario() {
  set_aside_unfinished && echo nothing
  mkdir -p ${store}/seg0 && set_aside_unfinished >/dev/null && (cd ${dir}/data && echo *)
  mkdir ${store} && touch ${store}/service.properties && set_aside_unfinished && (cd ${dir}/data && echo *)
  rm ${store}/service.properties && touch ${dir}/.admin-password && set_aside_unfinished && (cd ${dir}/data && echo *)
}
`;
    const data = { ...scripts.data, 'scenario.sh': scenario };
    const [result] = await runShellFunction({ ...scripts, data }, 'scenario.sh', 'scenario', [{}]);
    const both = 'derby-data derby-data.unfinished';
    expect(result?.output).toBe(`nothing\nderby-data.unfinished\n${both}\n${both}`);
  }));

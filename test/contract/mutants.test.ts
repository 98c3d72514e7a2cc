import { describe, expect, test } from 'vitest';
import { type Chart, chartOf } from '../harness/charts/charts.ts';
import { checkContract, loadSubject, rules } from './contract.ts';
import { chartNamed, images, topologyNamed } from './suite.ts';

/**
 * Does the contract see what it says it sees? Each mutant is a chart of the suite with one thing broken, and must be caught by the rule
 * for that.
 */

type Edit = (text: string) => string;

interface Mutant {
  broken: string;
  rule: string;
  topology: 'standalone' | 'group' | 'group-strict';
  edits: Readonly<Record<string, Edit>>;
  /** Looks at the source alone: what is rendered is the chart as it was. */
  sourceOnly?: true;
}

const replace =
  (what: string | RegExp, by: string): Edit =>
  (text) =>
    text.replace(what, by);
const plus =
  (more: string): Edit =>
  (text) =>
    `${text}\n${more}`;

const statefulSet = 'templates/server/statefulset.yaml';
/** What every chart shares; the path starts with the library's name. */
const hooks = 'common/templates/_hooks.tpl';
const hookJobs = 'common/templates/_hookjobs.tpl';
const objects = 'common/templates/_objects.tpl';
const pods = 'common/templates/_pods.tpl';
const system = 'common/templates/_system.tpl';
const labels = '  labels: {{- include "common.labels" (dict "root" . "component" "server") | nindent 4 }}';

const mutants: readonly Mutant[] = [
  {
    broken: 'an image that nobody pinned',
    rule: 'official-images',
    topology: 'standalone',
    edits: {
      'values.yaml': replace('tag: v0.19.0', 'tag: latest'),
      'values.schema.json': replace('"v0.19.0"', '"latest"'),
      'ci/standalone-values.yaml': plus('metrics:\n  enabled: true\n'),
    },
  },
  {
    broken: 'an image that ignores registry and digest',
    rule: 'official-images',
    topology: 'standalone',
    edits: {
      [pods]: replace(/image: \{\{ include "common\.image".*/, 'image: docker.io/library/mysql:9.7'),
    },
  },
  {
    broken: 'no pull secrets',
    rule: 'official-images',
    topology: 'standalone',
    edits: {
      [pods]: replace('{{- include "common.imagePullSecrets" .root }}', ''),
    },
  },
  {
    broken: 'an open schema',
    rule: 'closed-schema',
    topology: 'standalone',
    sourceOnly: true,
    edits: {
      'values.schema.json': replace(
        /("persistence": \{\s*"type": "object",\s*"additionalProperties": )false/,
        '$1true',
      ),
    },
  },
  {
    broken: 'a key without a comment',
    rule: 'closed-schema',
    topology: 'standalone',
    sourceOnly: true,
    edits: { 'values.yaml': replace(/# -- (DNS domain)/, '# $1') },
  },
  {
    broken: 'another default in the schema',
    rule: 'closed-schema',
    topology: 'standalone',
    sourceOnly: true,
    edits: { 'values.schema.json': replace('"default": "8Gi"', '"default": "9Gi"') },
  },
  {
    broken: 'a remote $ref',
    rule: 'closed-schema',
    topology: 'standalone',
    sourceOnly: true,
    edits: {
      'values.schema.json': replace(
        '"enabled": {',
        '"enabled": {\n"$ref": "https://schemas.example/boolean.json",',
      ),
    },
  },
  {
    broken: 'a random password',
    rule: 'pure-render',
    topology: 'standalone',
    edits: {
      'templates/objects.yaml': plus(
        `---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ include "common.fullname" . }}-random\n${labels}\n` +
          '  annotations:\n    helm.sh/resource-policy: keep\nstringData:\n  password: {{ randAlphaNum 16 }}\n',
      ),
    },
  },
  {
    broken: 'the time of the render',
    rule: 'pure-render',
    topology: 'standalone',
    edits: {
      'templates/server/configmap.yaml': replace(
        'data:',
        'data:\n  rendered: {{ now | date "2006" | quote }}',
      ),
    },
  },
  {
    broken: 'a password in the environment',
    rule: 'pure-render',
    topology: 'standalone',
    edits: {
      [statefulSet]: replace('env:\n', 'env:\n            - {name: MYSQL_ROOT_PASSWORD, value: hunter2}\n'),
    },
  },
  {
    broken: "the chart's version in a selector",
    rule: 'stable-identity',
    topology: 'group',
    edits: {
      [statefulSet]: replace(
        '$ctx | nindent 6 }}',
        '$ctx | nindent 6 }}\n      app.kubernetes.io/version: {{ .Chart.Version }}',
      ),
      [pods]: replace(
        '{{- include "common.podLabels" . | nindent 2 }}',
        '{{- include "common.podLabels" . | nindent 2 }}\n  app.kubernetes.io/version: {{ .root.Chart.Version }}',
      ),
    },
  },
  {
    broken: 'the chart label on the claims',
    rule: 'stable-identity',
    topology: 'group',
    edits: {
      [objects]: replace(
        'name: data\n  labels: {{- include "common.selectorLabels" . | nindent 4 }}',
        'name: data\n  labels: {{- include "common.selectorLabels" . | nindent 4 }}\n    helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}',
      ),
    },
  },
  {
    broken: 'a pod that waits for what a hook removes',
    rule: 'safe-hooks',
    topology: 'group',
    edits: {
      [statefulSet]: replace(
        '      volumes:\n',
        '      volumes:\n        - name: late\n          configMap:\n            name: {{ include "common.fullname" . }}-prepare\n',
      ),
    },
  },
  {
    broken: 'credentials that are made after the pods that need them',
    rule: 'safe-hooks',
    topology: 'standalone',
    edits: { [hooks]: replace(/pre-install,pre-upgrade/g, 'post-install,post-upgrade') },
  },
  {
    broken: 'a hook without a deadline',
    rule: 'safe-hooks',
    topology: 'standalone',
    edits: { [hookJobs]: replace(/activeDeadlineSeconds: .*\n/, '') },
  },
  {
    broken: 'a hook that is never removed',
    rule: 'safe-hooks',
    topology: 'standalone',
    edits: {
      [hookJobs]: replace('before-hook-creation,hook-succeeded', 'before-hook-creation'),
    },
  },
  {
    broken: 'a hook whose reason for failing nobody sees',
    rule: 'safe-hooks',
    topology: 'standalone',
    edits: {
      [hookJobs]: replace(/helm.sh\/hook-output-log-policy: .*\n/, ''),
    },
  },
  {
    broken: 'a hook that refuses in a container whose log helm does not show',
    rule: 'safe-hooks',
    topology: 'standalone',
    edits: {
      [hookJobs]: replace(
        '"common.refusalPolicy" $containers',
        '"common.refusalPolicy" (list (dict "name" "migrate"))',
      ),
    },
  },
  {
    broken: "a Secret of the user's own that the server does not read",
    rule: 'safe-hooks',
    topology: 'group-strict',
    edits: {
      [statefulSet]: (text) =>
        text
          .replace('{{ include "common.authSecret" . | quote }}', '{{ include "common.fullname" . }}-auth')
          .replace(
            '(dict "root" . "scripts" (include "common.fullname" .) "secrets" (list "auth" "tls")) |',
            '(dict "root" . "scripts" (include "common.fullname" .) "secrets" (list "auth" "tls")) | replace .Values.auth.existingSecret "other" |',
          ),
    },
  },
  {
    broken: "the pod's address in its environment",
    rule: 'names-not-ips',
    topology: 'group',
    edits: { [system]: replace('fieldPath: metadata.name', 'fieldPath: status.podIP') },
  },
  {
    broken: 'an address in the configuration',
    rule: 'names-not-ips',
    topology: 'group',
    edits: { 'templates/_helpers.tpl': replace('[mysqld]', '[mysqld]\nreport_host=10.244.1.7') },
  },
  {
    broken: 'no disruption budget',
    rule: 'disruption',
    topology: 'group',
    edits: {
      [objects]: replace('{{- if gt (int .replicas) 1 }}', '{{- if false }}'),
    },
  },
  {
    broken: 'a disruption budget over a single replica',
    rule: 'disruption',
    topology: 'standalone',
    edits: {
      [objects]: replace('{{- if gt (int .replicas) 1 }}', '{{- if true }}'),
    },
  },
  {
    broken: 'a disruption budget that gives the quorum away',
    rule: 'disruption',
    topology: 'group',
    edits: { [objects]: replace('maxUnavailable: 1', 'maxUnavailable: 2') },
  },
  {
    broken: 'members that may all share a node',
    rule: 'disruption',
    topology: 'group',
    edits: {
      [pods]: replace('{{- include "common.scheduling" . }}', '{{- include "common.placement" . }}'),
    },
  },
  {
    broken: 'a test that runs on any node',
    rule: 'placement',
    topology: 'standalone',
    edits: {
      [pods]: replace('{{- include "common.placement" . }}', ''),
    },
  },
  {
    broken: 'a hook without a priority',
    rule: 'placement',
    topology: 'standalone',
    edits: {
      [pods]: replace(
        '{{- include "common.placement" . }}',
        '{{- include "common.placement" . | replace "priorityClassName" "#" }}',
      ),
    },
  },
  {
    broken: 'the default start order, unasked',
    rule: 'disruption',
    topology: 'group',
    edits: { [statefulSet]: replace(/ {2}podManagementPolicy: .*\n/, '') },
  },
  {
    broken: 'a privileged container',
    rule: 'restricted',
    topology: 'group',
    edits: {
      [pods]: replace(
        'securityContext: {{- include "common.containerSecurityContext" . | nindent 2 }}',
        'securityContext: {{- include "common.containerSecurityContext" . | nindent 2 }}\n  privileged: true',
      ),
    },
  },
  {
    broken: 'a writable root file system',
    rule: 'restricted',
    topology: 'standalone',
    edits: {
      [pods]: replace(
        'securityContext: {{- include "common.containerSecurityContext" . | nindent 2 }}',
        'securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}',
      ),
    },
  },
  {
    broken: 'no NetworkPolicy',
    rule: 'restricted',
    topology: 'group',
    edits: {
      [objects]: replace('{{- if $.Values.networkPolicy.enabled }}', '{{- if false }}'),
    },
  },
  {
    broken: 'a NetworkPolicy that lets everybody in',
    rule: 'restricted',
    topology: 'standalone',
    edits: {
      [objects]: replace(
        'from:\n        {{- range $peer := fromJsonArray $from }}',
        'from: []\n        {{- range $peer := list }}',
      ),
    },
  },
  {
    broken: 'a wildcard Role',
    rule: 'restricted',
    topology: 'group',
    edits: { [hooks]: replace('verbs: [create]', "verbs: ['*']") },
  },
  {
    broken: 'a token for a pod that has no Role',
    rule: 'restricted',
    topology: 'standalone',
    edits: {
      [pods]: replace('automountServiceAccountToken: false', 'automountServiceAccountToken: true'),
    },
  },
  {
    broken: 'a container without resources',
    rule: 'resources',
    topology: 'group',
    edits: {
      [statefulSet]: replace('"resources" .Values.metrics.resources', '"resources" dict'),
    },
  },
  {
    broken: 'a buffer pool above the memory limit',
    rule: 'resources',
    topology: 'group',
    edits: {
      'templates/_helpers.tpl': replace(/innodb_buffer_pool_size=.*/, 'innodb_buffer_pool_size=8G'),
    },
  },
  {
    broken: 'no readiness probe',
    rule: 'probes',
    topology: 'group',
    edits: { [statefulSet]: replace(/ {10}readinessProbe:\n( {12}.*\n)+/, '') },
  },
  {
    broken: 'a liveness probe that asks what readiness asks',
    rule: 'probes',
    topology: 'group',
    edits: { [statefulSet]: replace(/live\.sh/g, 'ready.sh') },
  },
  {
    broken: 'no helm test',
    rule: 'observable',
    topology: 'standalone',
    edits: {
      [objects]: replace('{{ include "common.test" . }}', ''),
    },
  },
  {
    broken: 'metrics that no monitor can reach',
    rule: 'observable',
    topology: 'group',
    edits: {
      [objects]: replace(
        '- name: {{ $name | quote }}\n',
        '- name: {{ $name | replace "metrics" "numbers" }}\n',
      ),
    },
  },
  {
    broken: 'NOTES that do not name the Services',
    rule: 'observable',
    topology: 'standalone',
    edits: { 'templates/_notes.tpl': replace(/-replicas/g, '-somewhere') },
  },
  {
    broken: 'members that restart when there is one more',
    rule: 'scaling',
    topology: 'group',
    edits: {
      [statefulSet]: replace(
        '"ballast.dev/peer" "true"',
        '"ballast.dev/peer" "true" "members" (toString .Values.replicas)',
      ),
    },
  },
  {
    broken: 'volumes that go with the release',
    rule: 'retention',
    topology: 'group',
    edits: {
      [pods]: replace('whenDeleted: Retain', 'whenDeleted: Delete'),
    },
  },
  {
    broken: 'NOTES that do not say how to delete the volumes',
    rule: 'retention',
    topology: 'standalone',
    edits: {
      [objects]: replace('kubectl delete pvc', 'kubectl get pvc'),
    },
  },
  {
    broken: 'shell written in YAML',
    rule: 'layout',
    topology: 'standalone',
    edits: {
      [hooks]: replace('"/opt/ballast/provision.sh" .act', '"-c" "sleep 1; exit 0"'),
    },
  },
  {
    broken: 'a script that is not one of the files',
    rule: 'layout',
    topology: 'standalone',
    edits: {
      'templates/server/configmap.yaml': replace('\ndata:', '\ndata:\n  extra.sh: |\n    echo made up'),
    },
  },
  {
    broken: 'a Service that leads nowhere',
    rule: 'wiring',
    topology: 'standalone',
    edits: {
      [objects]: replace('targetPort: {{ $call.portName }}', 'targetPort: {{ $call.portName }}l'),
    },
  },
  {
    broken: 'a probe that runs a file which is not there',
    rule: 'wiring',
    topology: 'standalone',
    edits: { [statefulSet]: replace('/opt/ballast/ready.sh', '/opt/ballast/readdy.sh') },
  },
  {
    broken: 'an object that does not say what it is part of',
    rule: 'labels',
    topology: 'standalone',
    edits: { 'common/templates/_names.tpl': replace('"app.kubernetes.io/part-of" "ballast" ', '') },
  },
  {
    broken: "every Service's address in the environment",
    rule: 'pods',
    topology: 'group',
    edits: { [pods]: replace('enableServiceLinks: false', 'enableServiceLinks: true') },
  },
  {
    broken: 'data beside the volume',
    rule: 'members',
    topology: 'group',
    edits: { [statefulSet]: replace('mountPath: /var/lib/mysql\n', 'mountPath: /var/lib/mysqld\n') },
  },
  {
    broken: 'a port that is said to be guarded, and open to the namespace',
    rule: 'ports',
    topology: 'standalone',
    edits: {
      [statefulSet]: replace(
        'annotations: {{- include "common.compared" . | nindent 4 }}',
        '$&\n    ballast.dev/guarded-port: "client: nobody shall reach it"',
      ),
    },
  },
  {
    broken: "members' port open to everybody",
    rule: 'ports',
    topology: 'group',
    edits: {
      'templates/_system.tpl': replace(
        'group: {port: 33061, from: [server]}',
        'group: {port: 33061, from: [clients]}',
      ),
    },
  },
  {
    broken: "a port of a headless Service that is not its pods'",
    rule: 'wiring',
    topology: 'group',
    edits: { [statefulSet]: replace('containerPort: 33061', 'containerPort: 33062') },
  },
  {
    broken: 'a script without the variable that it reads',
    rule: 'scripts',
    topology: 'group',
    edits: { [system]: replace(/- name: SUFFIX\n.*\n/, '') },
  },
  {
    broken: 'a server that is the first process of its container',
    rule: 'scripts',
    topology: 'standalone',
    edits: { 'files/run.sh': replace('    start_mysqld\n', '    exec mysqld\n    start_mysqld\n') },
  },
  {
    broken: 'a hook that logs in before there are passwords',
    rule: 'hook-order',
    topology: 'standalone',
    edits: {
      [hooks]: (text) =>
        text
          .replace(
            '(ternary "pre-upgrade" "post-install,post-upgrade"',
            '(ternary "pre-upgrade" "pre-install,pre-upgrade"',
          )
          .replace('(ternary -3 0 (eq .act "drain"))', '(ternary -3 -20 (eq .act "drain"))'),
    },
  },
  {
    broken: 'an alert that nobody is called for',
    rule: 'alerts',
    topology: 'group',
    edits: { 'templates/server/alerts.yaml': replace('severity: critical', 'severity: page') },
  },
  {
    broken: 'a value that is ignored',
    rule: 'plugged-in',
    topology: 'group',
    edits: {
      [objects]: replace('{{- toYaml .root.Values.persistence.accessModes | nindent 4 }}', '[ReadWriteOnce]'),
    },
  },
];

const original = chartNamed('mysql');

/** A path that starts with a dependency's name is a file of that dependency. */
function mutate(chart: Chart, edits: Mutant['edits']): Chart {
  const own = new Map(chart.files);
  const theirs = new Map(chart.dependencies.map(([, { name, files }]) => [name, new Map(files)]));
  for (const [path, edit] of Object.entries(edits)) {
    const [first = '', ...rest] = path.split('/');
    const library = theirs.get(first);
    const [files, file] = library ? [library, rest.join('/')] : [own, path];
    const text = files.get(file);
    if (text === undefined) throw new Error(`this mutant edits ${path}, which is not there any more`);
    const edited = edit(text);
    if (edited === text) throw new Error(`this mutant does not find what it breaks in ${path} any more`);
    files.set(file, edited);
  }
  const dependencies = chart.dependencies.map(
    ([key, each]) =>
      [key, chartOf(each.dir, theirs.get(each.name) ?? each.files, each.dependencies)] as const,
  );
  return chartOf(chart.dir, own, dependencies);
}

async function breachesOf({
  edits,
  topology,
  sourceOnly,
}: Pick<Mutant, 'edits' | 'topology' | 'sourceOnly'>) {
  const chart = mutate(original, edits);
  const subject = await loadSubject(sourceOnly ? original : chart, [topologyNamed(chart, topology)], images);
  return checkContract({ ...subject, chart });
}

/** What one topology alone breaks: some rules look whether there is any in which a value or a file counts. */
const asItIs = new Map(
  await Promise.all(
    (['standalone', 'group', 'group-strict'] as const).map(
      async (topology) =>
        [
          topology,
          new Set((await breachesOf({ edits: {}, topology })).map(({ message }) => message)),
        ] as const,
    ),
  ),
);

const broken = await Promise.all(
  mutants.map(
    async (mutant) =>
      [mutant.broken, mutant.topology, mutant.rule, await breachesOf(mutant).catch(String)] as const,
  ),
);

describe('what is broken on purpose is caught by the rule for it', () => {
  test.each(broken)('%s: %s', (_, topology, rule, breaches) => {
    const caughtBy =
      typeof breaches === 'string'
        ? breaches
        : breaches.filter(({ message }) => !asItIs.get(topology)?.has(message)).map((one) => one.rule);
    expect(caughtBy, JSON.stringify(breaches, undefined, 2)).toContain(rule);
  });
});

test('every rule of the contract has a mutant', () => {
  const caught = new Set(mutants.map(({ rule }) => rule));
  expect(rules.map(({ id }) => id).filter((id) => !caught.has(id))).toEqual([]);
});

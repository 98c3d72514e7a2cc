import { parse } from 'yaml';
import type {
  AffinityTerm,
  Container,
  Handler,
  Labels,
  Manifest,
  Probe,
  Volume,
} from '../harness/charts/manifests.ts';
import { type Kinds, nameOf } from '../harness/charts/manifests.ts';

/** What an object says, each thing on one line by where it says it: "redis.conf: appendonly", "redis: mount /data", "port bus". */
type Facts = Readonly<Record<string, string>>;

/** Facts of objects by their names, "Kind/name". */
export type ObjectFacts = Readonly<Record<string, Facts>>;

/** One spelling for each value: scalars as they are, everything else as JSON with its keys in order. */
function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(ordered(value)) : String(value);
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}

/** Every field by its path. */
function fieldsOf(value: unknown, prefix = ''): Record<string, string> {
  const fields: Record<string, string> = {};
  const walk = (inner: unknown, path: string): void => {
    const scalars = Array.isArray(inner) && inner.every((one) => typeof one !== 'object');
    if (typeof inner !== 'object' || inner === null || scalars) {
      fields[path] = Array.isArray(inner) ? inner.join(' ') : textOf(inner);
      return;
    }
    for (const [key, each] of Object.entries(inner))
      walk(each, path === prefix ? `${path}${key}` : `${path}.${key}`);
  };
  walk(value ?? {}, prefix);
  return fields;
}

/** What is selected on beside name and instance: the component by its value alone, and the rest as it is. */
function selection(selector: Labels | undefined): string {
  const rest = Object.entries(selector ?? {})
    .filter(([key]) => !['app.kubernetes.io/name', 'app.kubernetes.io/instance'].includes(key))
    .map(([key, value]) => (key === 'app.kubernetes.io/component' ? value : `${key}=${value}`));
  if (Object.keys(selector ?? {}).length === 0) return 'all';
  const ofRelease = ['app.kubernetes.io/name', 'app.kubernetes.io/instance'].every(
    (key) => key in (selector ?? {}),
  );
  return [...(ofRelease ? [] : ['of any name or release']), ...rest].join(' ');
}

function handlerText({ exec, tcpSocket, httpGet }: Handler): string {
  if (exec) return exec.command.join(' ');
  if (tcpSocket) return `port ${tcpSocket.port}`;
  return `port ${httpGet?.port}${httpGet?.path ?? ''}`;
}

function containerFacts(container: Container): Record<string, string> {
  const { name, env = [], ports = [], volumeMounts = [], command, args = [] } = container;
  const { lifecycle, restartPolicy } = container;
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const facts: Record<string, string> = {};
  for (const variable of env) {
    const { fieldRef, secretKeyRef, configMapKeyRef } = variable.valueFrom ?? {};
    facts[`env ${variable.name}`] =
      fieldRef?.fieldPath ??
      (secretKeyRef && `Secret ${secretKeyRef.name}, ${secretKeyRef.key}`) ??
      (configMapKeyRef && `ConfigMap ${configMapKeyRef.name}, ${configMapKeyRef.key}`) ??
      variable.value ??
      '';
  }
  for (const port of ports) facts[`port ${port.name}`] = String(port.containerPort);
  for (const { mountPath, name: volume, subPath, readOnly } of volumeMounts)
    facts[`mount ${mountPath}`] = `${volume}${subPath ? `/${subPath}` : ''}${readOnly ? ', read only' : ''}`;
  if (command) facts.command = command.join(' ');
  for (const arg of args) {
    const [, flag = arg, value = ''] = /^--?([^=]+)=(.*)$/s.exec(arg) ?? [];
    facts[`flag ${flag}`] = value;
  }
  if (restartPolicy) facts.restartPolicy = restartPolicy;
  if (lifecycle?.preStop) facts.preStop = handlerText(lifecycle.preStop);
  const probes: [string, Probe | undefined][] = [
    ['startup', startupProbe],
    ['ready', readinessProbe],
    ['live', livenessProbe],
  ];
  for (const [what, probe] of probes) if (probe) facts[what] = handlerText(probe);
  return Object.fromEntries(Object.entries(facts).map(([key, text]) => [`${name}: ${key}`, text]));
}

function volumeText({ configMap, secret, emptyDir, ...rest }: Volume): string {
  if (configMap) return `ConfigMap ${configMap.name}`;
  if (secret) return `Secret ${secret.secretName}`;
  if (emptyDir) return [emptyDir.medium ?? 'disk', emptyDir.sizeLimit ?? ''].join(' ').trim();
  const { name: _, ...other } = rest;
  return textOf(other);
}

/** From which pods members keep apart, strictly or not. */
function apartText(affinity: NonNullable<Kinds['Pod']['spec']['affinity']>): string {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required = [],
    preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
  } = affinity.podAntiAffinity ?? {};
  const term = ({ topologyKey, labelSelector }: AffinityTerm) =>
    `on one ${topologyKey} with ${selection(labelSelector?.matchLabels)}`;
  return [
    ...required.map((one) => `never ${term(one)}`),
    ...preferred.map(({ podAffinityTerm }) => `rather not ${term(podAffinityTerm)}`),
  ].join(', ');
}

function podFacts(template: { metadata?: { labels?: Labels }; spec: object }): Record<string, string> {
  const spec = template.spec as Kinds['Pod']['spec'];
  const { initContainers = [], containers, volumes = [], affinity, ...rest } = spec;
  return {
    ...fieldsOf(rest, 'pod.'),
    ...Object.fromEntries(
      Object.entries(template.metadata?.labels ?? {}).map(([key, value]) => [`label ${key}`, value]),
    ),
    ...(affinity && { apart: apartText(affinity) }),
    ...Object.fromEntries(volumes.map((volume) => [`volume ${volume.name}`, volumeText(volume)])),
    ...Object.assign({}, ...[...initContainers, ...containers].map(containerFacts)),
  };
}

/** What stands between a setting's name and its value, in files that have one setting to a line. */
const separators: readonly (readonly [file: RegExp, separator: RegExp])[] = [
  [/\.(cnf|properties|cfg|toml)$|^(rabbitmq|broker|namesrv|controller).*\.conf$/, /\s*=\s*/],
  [/\.conf$/, /\s+/],
];

/** A file's settings by their names, or the file as it is. */
function fileFacts(file: string, text: string): Record<string, string> {
  if (file === 'config.yaml' || file === 'mongod.conf') return fieldsOf(parse(text), `${file}: `);
  const separator = separators.find(([files]) => files.test(file))?.[1];
  if (separator === undefined) return { [file]: text.trim() };
  const settings: Record<string, string> = {};
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const found = separator.exec(line);
    const key = `${file}: ${found ? line.slice(0, found.index) : line}`;
    const value = found ? line.slice(found.index + found[0].length) : '';
    settings[key] = key in settings ? `${settings[key]} & ${value}` : value;
  }
  return settings;
}

function peerText(peer: unknown): string {
  const { podSelector, ...rest } = peer as { podSelector?: { matchLabels?: Labels } };
  if (podSelector === undefined || Object.keys(rest).length > 0 || 'matchExpressions' in podSelector)
    return textOf(peer);
  return selection(podSelector.matchLabels);
}

function specFacts(object: Manifest): Record<string, string> {
  const known = object as Kinds[keyof Kinds];
  switch (known.kind) {
    case 'ConfigMap':
      return Object.assign(
        {},
        ...Object.entries(known.data ?? {}).map(([key, text]) => fileFacts(key, text)),
      );
    case 'StatefulSet':
    case 'Deployment':
    case 'DaemonSet':
    case 'Job': {
      const {
        template,
        selector: _,
        volumeClaimTemplates,
        ...rest
      } = known.spec as Kinds['StatefulSet']['spec'];
      return { ...fieldsOf(rest), ...podFacts(template) };
    }
    case 'Pod':
      return podFacts({ spec: known.spec });
    case 'Service': {
      const { ports = [], selector, ...rest } = known.spec;
      return {
        ...fieldsOf(rest),
        ...Object.fromEntries(
          ports.map(({ name, port, targetPort }) => [`port ${name}`, `${port} to ${targetPort}`]),
        ),
        selects: selection(selector),
      };
    }
    case 'NetworkPolicy': {
      const facts: Record<string, string> = { of: selection(known.spec.podSelector.matchLabels) };
      for (const { ports = [], from = [] } of known.spec.ingress ?? [])
        for (const { port } of ports)
          facts[`port ${port}`] = [facts[`port ${port}`], ...from.map(peerText)].filter(Boolean).join(', ');
      return facts;
    }
    case 'PodDisruptionBudget': {
      const { selector, ...rest } = known.spec;
      return { ...fieldsOf(rest), of: selection(selector?.matchLabels) };
    }
    case 'Role':
      return Object.fromEntries(
        (known.rules ?? []).flatMap(({ resources = [], resourceNames, verbs }) =>
          resources.map((resource) => [
            `${verbs.join(' ')} ${resource}`,
            resourceNames ? resourceNames.join(' ') : 'all',
          ]),
        ),
      );
    case 'PrometheusRule':
      return Object.fromEntries(
        known.spec.groups.flatMap(({ rules }) =>
          rules.flatMap((rule) =>
            Object.entries(fieldsOf(rule)).map(([key, text]) => [`${rule.alert}: ${key}`, text]),
          ),
        ),
      );
    default:
      return fieldsOf((object as Manifest & { spec?: object }).spec);
  }
}

/** What every object of a render says. */
export function factsOf(objects: readonly Manifest[]): ObjectFacts {
  return Object.fromEntries(
    objects.map((object) => {
      const hook = object.metadata.annotations?.['helm.sh/hook'];
      return [nameOf(object), { ...specFacts(object), ...(hook && { hook }) }];
    }),
  );
}

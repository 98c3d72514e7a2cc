import type { Chart } from './charts.ts';
import { closure } from './charts.ts';
import type { AffinityTerm, Container, Handler, Labels, Manifest, Probe, Volume } from './manifests.ts';
import { type Kinds, nameOf } from './manifests.ts';

/** What an object says, as short texts by where it says it. A list is a set of texts in the order that they stand in. */
export interface Facts {
  [key: string]: string | readonly string[] | Facts;
}

/** Facts of objects by their names, "Kind/name". */
export type ObjectFacts = Readonly<Record<string, Facts>>;

/** One spelling for each value: scalars as they are, everything else as JSON with its keys in order. */
export function textOf(value: unknown): string {
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

/** Every field by its path; what is empty is a field too. */
function fieldsOf(value: unknown, skip: readonly string[] = []): Facts {
  const fields: Record<string, string> = {};
  const walk = (inner: unknown, path: string): void => {
    const scalars = Array.isArray(inner) && inner.every((one) => typeof one !== 'object');
    if (typeof inner !== 'object' || inner === null || scalars || Object.keys(inner).length === 0) {
      fields[path] = hashed(textOf(inner));
      return;
    }
    for (const [key, each] of Object.entries(inner))
      if (path !== '' || !skip.includes(key)) walk(each, path === '' ? key : `${path}.${key}`);
  };
  walk(value ?? {}, '');
  delete fields[''];
  return fields;
}

const hashed = (text: string): string => (/^[0-9a-f]{64}$/.test(text) ? 'a checksum' : text);

/** Component and what else is selected on; name and instance only where they are not those of the object itself. */
function selection(selector: Labels | undefined, own: Labels): string {
  const rest = Object.entries(selector ?? {})
    .filter(
      ([key, value]) =>
        !['app.kubernetes.io/name', 'app.kubernetes.io/instance'].includes(key) || own[key] !== value,
    )
    .map(([key, value]) => (key === 'app.kubernetes.io/component' ? value : `${key}=${value}`));
  const given = Object.keys(selector ?? {}).length;
  if (given === 0) return 'all';
  const both = ['app.kubernetes.io/name', 'app.kubernetes.io/instance'].every(
    (key) => key in (selector ?? {}),
  );
  return [...(both ? [] : ['of any name or release']), ...rest].join(' ');
}

function handlerText(handler: Handler): string {
  if (handler.exec) return handler.exec.command.join(' ');
  if (handler.tcpSocket) return `port ${handler.tcpSocket.port}`;
  return textOf(handler);
}

function probeText(probe: Probe): string {
  const { exec, httpGet, tcpSocket, grpc, ...timing } = probe;
  const handler = {
    ...(exec && { exec }),
    ...(httpGet && { httpGet }),
    ...(tcpSocket && { tcpSocket }),
    ...(grpc && { grpc }),
  };
  const words = Object.entries(timing).map(
    ([key, value]) => `${key.replace(/Seconds|Threshold/, '')} ${value}`,
  );
  return `${handlerText(handler)}; ${words.join(', ')}`;
}

function volumeText(volume: Volume): string {
  const items = (of: { items?: readonly { key: string; path: string }[] }): string =>
    of.items
      ? `: ${of.items.map(({ key, path }) => (key === path ? key : `${key} as ${path}`)).join(', ')}`
      : '';
  const { configMap, secret, emptyDir, projected } = volume as Volume & {
    configMap?: { items?: { key: string; path: string }[]; defaultMode?: number };
    secret?: { items?: { key: string; path: string }[]; defaultMode?: number };
  };
  const optional = (of: { optional?: boolean }) => (of.optional ? ', if it is there' : '');
  const mode = (of: { defaultMode?: number }) => (of.defaultMode === undefined ? '' : ` ${of.defaultMode}`);
  if (configMap)
    return `ConfigMap ${configMap.name}${mode(configMap)}${items(configMap)}${optional(configMap)}`;
  if (secret) return `Secret ${secret.secretName}${mode(secret)}${items(secret)}${optional(secret)}`;
  if (emptyDir) return [emptyDir.medium ?? 'disk', emptyDir.sizeLimit ?? ''].join(' ').trim();
  if (projected) {
    return textOf(projected);
  }
  const { name: _, ...rest } = volume;
  return textOf(rest);
}

/** An image reference and when it is pulled. */
export const imageText = (image: string, policy: string | undefined): string => `${image}, pulled ${policy}`;

function containerFacts(container: Container): Facts {
  const {
    name: _,
    image,
    imagePullPolicy,
    command,
    args,
    env = [],
    ports = [],
    lifecycle,
    startupProbe,
    readinessProbe,
    livenessProbe,
    resources,
    securityContext,
    volumeMounts = [],
    ...rest
  } = container;
  const facts: Facts = { image: imageText(image, imagePullPolicy), ...fieldsOf(rest) };
  if (command) facts.command = command.join(' ');
  if (args) facts.args = args;
  facts.env = Object.fromEntries(
    env.map(({ name, value, valueFrom }) => {
      const { fieldRef, secretKeyRef, configMapKeyRef } = valueFrom ?? {};
      if (fieldRef) return [name, `its ${fieldRef.fieldPath}`];
      if (secretKeyRef) return [name, `Secret ${secretKeyRef.name}, ${secretKeyRef.key}`];
      if (configMapKeyRef) return [name, `ConfigMap ${configMapKeyRef.name}, ${configMapKeyRef.key}`];
      return [name, valueFrom ? textOf(valueFrom) : (value ?? '')];
    }),
  );
  facts.ports = Object.fromEntries(
    ports.map(({ name, containerPort, ...more }) => [
      name ?? '?',
      `${containerPort}${Object.keys(more).length > 0 ? ` ${textOf(more)}` : ''}`,
    ]),
  );
  if (lifecycle?.preStop) facts.preStop = handlerText(lifecycle.preStop);
  if (lifecycle?.postStart) facts.postStart = handlerText(lifecycle.postStart);
  if (startupProbe) facts.startup = probeText(startupProbe);
  if (readinessProbe) facts.ready = probeText(readinessProbe);
  if (livenessProbe) facts.live = probeText(livenessProbe);
  if (resources) facts.resources = textOf(resources);
  if (securityContext) facts.security = textOf(securityContext);
  facts.mounts = Object.fromEntries(
    volumeMounts.map(({ name, mountPath, subPath, readOnly, ...more }) => [
      mountPath,
      `${name}${subPath ? `/${subPath}` : ''}${readOnly ? ', read only' : ''}${Object.keys(more).length > 0 ? textOf(more) : ''}`,
    ]),
  );
  return facts;
}

/** The suite's own anti-affinity in words, any other as it is. */
function apartText(affinity: NonNullable<Kinds['Pod']['spec']['affinity']>, own: Labels): string {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  } = affinity.podAntiAffinity ?? {};
  const term = ({ topologyKey, labelSelector }: AffinityTerm) =>
    `on one ${topologyKey} ${selection(labelSelector?.matchLabels, own)}`;
  if (required?.length === 1 && required[0] && !preferred) return `never ${term(required[0])}`;
  if (preferred?.length === 1 && preferred[0] && !required) {
    const { podAffinityTerm, ...weight } = preferred[0];
    return `rather not ${term(podAffinityTerm)} ${textOf(weight)}`;
  }
  return textOf(affinity);
}

function podFacts(template: { metadata?: { labels?: Labels; annotations?: Labels }; spec: object }): Facts {
  const spec = template.spec as Kinds['Pod']['spec'];
  const { initContainers = [], containers, volumes = [], securityContext, imagePullSecrets, ...rest } = spec;
  const { affinity, topologySpreadConstraints, ...other } = rest;
  const named = (all: readonly Container[]) =>
    Object.fromEntries(all.map((container) => [container.name, containerFacts(container)]));
  return {
    labels: fieldsOfMap(template.metadata?.labels),
    annotations: fieldsOfMap(template.metadata?.annotations),
    ...fieldsOf(other),
    ...(securityContext && { security: textOf(securityContext) }),
    ...(imagePullSecrets && { pullSecrets: textOf(imagePullSecrets) }),
    ...(affinity && { apart: apartText(affinity, template.metadata?.labels ?? {}) }),
    ...(topologySpreadConstraints && {
      spread: topologySpreadConstraints
        .map(
          ({ labelSelector, ...how }) =>
            `${textOf(how)} ${selection(labelSelector?.matchLabels, template.metadata?.labels ?? {})}`,
        )
        .join(),
    }),
    containers: named(containers),
    before: named(initContainers),
    volumes: Object.fromEntries(volumes.map((volume) => [volume.name, volumeText(volume)])),
  };
}

/** A helm hook's settings on one line. */
function hookText(annotations: Labels): string {
  const { 'helm.sh/hook': events, 'helm.sh/hook-weight': weight, ...more } = annotations;
  const rest = ['helm.sh/hook-delete-policy', 'helm.sh/hook-output-log-policy'].map(
    (key) => more[key] ?? 'never',
  );
  return `${events} at ${weight}; goes ${rest[0]}; log ${rest[1]}`;
}

function metadataFacts({ labels, annotations = {} }: Manifest['metadata']): Facts {
  const others = Object.entries(annotations).filter(([key]) => !key.startsWith('helm.sh/hook'));
  return {
    labels: fieldsOfMap(labels),
    annotations: fieldsOfMap(Object.fromEntries(others)),
    ...('helm.sh/hook' in annotations && { hook: hookText(annotations) }),
  };
}

const fieldsOfMap = (labels: Labels | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(labels ?? {}).map(([key, value]) => [key, hashed(String(value))]));

/** What a script does. Comments go: those of a library's script are also what makes it a template. */
const squeezed = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n');

const sources = new WeakMap<Chart, readonly (readonly [name: string, text: string])[]>();

/** Scripts that a chart puts into pods, its own and the library's, longest first. */
function sourcesOf(chart: Chart): readonly (readonly [name: string, text: string])[] {
  let found = sources.get(chart);
  if (found === undefined) {
    found = closure(chart)
      .flatMap(({ name, files }) =>
        [...files]
          .filter(([path]) => /\.(sh|sh\.tpl|awk)$/.test(path))
          .map(([path, text]): [string, string] => [
            name === chart.name ? path : `${name}/${path.replace(/^templates\//, '')}`,
            squeezed(text),
          ]),
      )
      .filter(([, text]) => text !== '')
      .sort(([, a], [, b]) => b.length - a.length);
    sources.set(chart, found);
  }
  return found;
}

/** Which files a text consists of, or undefined where it consists of more. */
function compositionOf(text: string, chart: Chart): string | undefined {
  let rest = squeezed(text);
  const parts: [number, string][] = [];
  for (const [name, source] of sourcesOf(chart)) {
    const at = rest.indexOf(source);
    if (at < 0 || (at > 0 && rest[at - 1] !== '\n')) continue;
    parts.push([at, name]);
    // Of the same length, so that what is found later stands where it stood.
    rest = rest.replace(source, () => '\n'.repeat(source.length));
    if (rest.trim() === '') break;
  }
  if (rest.trim() !== '') return undefined;
  return parts
    .sort(([a], [b]) => a - b)
    .map(([, name]) => name)
    .join(' + ');
}

/** Settings of a file by their names, where it has one to a line; its lines otherwise. */
function settingsOf(file: string, text: string): Facts | readonly string[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const separator =
    /\.(cnf|properties|cfg)$/.test(file) || /^rabbitmq.*\.conf$/.test(file)
      ? /\s*=\s*/
      : /\.conf$/.test(file)
        ? /\s+/
        : undefined;
  if (separator === undefined) return lines;
  const settings: Record<string, string> = {};
  for (const line of lines) {
    const found = separator.exec(line);
    const [key, value] = found
      ? [line.slice(0, found.index), line.slice(found.index + found[0].length)]
      : [line, ''];
    settings[key] = key in settings ? `${settings[key]} & ${value}` : value;
  }
  return settings;
}

function peerText(peer: unknown, own: Labels): string {
  const { podSelector, ...rest } = peer as { podSelector?: { matchLabels?: Labels } };
  if (podSelector === undefined || Object.keys(rest).length > 0 || 'matchExpressions' in podSelector)
    return textOf(peer);
  return selection(podSelector.matchLabels, own);
}

function specFacts(object: Manifest, chart: Chart): Facts {
  const own = object.metadata.labels ?? {};
  const known = object as Kinds[keyof Kinds];
  switch (known.kind) {
    case 'ConfigMap':
      return {
        files: Object.fromEntries(
          Object.entries(known.data ?? {}).map(([key, text]) => [
            key,
            compositionOf(text, chart) ?? settingsOf(key, text),
          ]),
        ),
      };
    case 'StatefulSet':
    case 'Deployment':
    case 'Job': {
      const { template, selector, volumeClaimTemplates, ...rest } =
        known.spec as Kinds['StatefulSet']['spec'];
      return {
        ...fieldsOf(rest),
        ...(selector && { selects: selection(selector.matchLabels, own) }),
        ...(volumeClaimTemplates && {
          claims: Object.fromEntries(
            volumeClaimTemplates.map(({ metadata, ...claim }) => [
              metadata.name,
              { ...fieldsOf(claim), labels: selection(metadata.labels, own) },
            ]),
          ),
        }),
        pod: podFacts(template),
      };
    }
    case 'Pod':
      return { pod: podFacts({ spec: known.spec }) };
    case 'Service': {
      const { ports = [], selector, ...rest } = known.spec;
      return {
        ...fieldsOf(rest),
        ports: Object.fromEntries(
          ports.map(({ name, port, targetPort, ...more }) => [
            name ?? '?',
            `${port} to ${targetPort}${Object.keys(more).length > 0 ? ` ${textOf(more)}` : ''}`,
          ]),
        ),
        selects: selection(selector, own),
      };
    }
    case 'NetworkPolicy':
      return {
        of: selection(known.spec.podSelector.matchLabels, own),
        ...fieldsOf({ policyTypes: known.spec.policyTypes }),
        lets: Object.fromEntries(
          (known.spec.ingress ?? []).map(({ ports = [], from = [] }) => [
            ports.map(({ port }) => port).join(' '),
            from.map((peer) => peerText(peer, own)),
          ]),
        ),
      };
    case 'PodDisruptionBudget': {
      const { selector, ...rest } = known.spec;
      return { ...fieldsOf(rest), of: selection(selector?.matchLabels, own) };
    }
    case 'Role':
      return {
        may: (known.rules ?? []).map(({ apiGroups = [], resources = [], resourceNames, verbs }) =>
          [
            verbs.join(','),
            resources.map((one) => [apiGroups.join(), one].filter(Boolean).join('/')).join(','),
            ...(resourceNames ? [`called ${resourceNames.join(' ')}`] : []),
          ].join(' '),
        ),
      };
    case 'RoleBinding':
      return {
        binds: `${known.roleRef.kind}/${known.roleRef.name} to ${(known.subjects ?? []).map((one) => Object.values(one).join(' ')).join()}`,
      };
    case 'PrometheusRule':
      return {
        alerts: Object.fromEntries(
          known.spec.groups.flatMap(({ rules }) =>
            rules.map((rule) => {
              const { alert, ...rest } = rule;
              return [alert ?? '?', fieldsOf(rest)];
            }),
          ),
        ),
      };
    default: {
      const { apiVersion: _a, kind: _k, metadata: _m, ...rest } = object as Manifest & { spec?: object };
      const { spec, ...other } = rest;
      const selector = (spec as { selector?: { matchLabels?: Labels } } | undefined)?.selector;
      return {
        ...fieldsOf(other),
        ...fieldsOf(spec, ['selector']),
        ...(selector && { selects: selection(selector.matchLabels, own) }),
      };
    }
  }
}

/** What every object of a render says. */
export function factsOf(objects: readonly Manifest[], chart: Chart): ObjectFacts {
  return Object.fromEntries(
    objects.map((object) => [
      nameOf(object),
      {
        ...metadataFacts(object.metadata),
        ...specFacts(object, chart),
      },
    ]),
  );
}

import type { Manifest } from './manifests.ts';
import { quantity } from './quantity.ts';

/**
 * What the API server refuses although its types admit it, as far as a chart's values can bring it about. The types themselves are
 * proven by schema.ts.
 */

type Fields = Readonly<Record<string, unknown>>;

const label1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** A Service's name has to begin with a letter. */
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualified = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/;
const labelValue = /^(([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?)$/;
const dataKey = /^[-._a-zA-Z0-9]{1,253}$/;
const pathPart = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const imageReference = new RegExp(
  `^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?/)?${pathPart}(?:/${pathPart})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

const isSubdomain = (name: unknown): boolean =>
  typeof name === 'string' && name.length <= 253 && subdomain.test(name);

const isKey = (key: string): boolean => {
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  return parts.length <= 1 && qualified.test(name) && parts.every((prefix) => isSubdomain(prefix));
};

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

const quoted = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

function ownName({ kind, metadata }: Manifest): string[] {
  const { name } = metadata;
  if (kind === 'Service') {
    return label1035.test(name) && name.length <= 63
      ? []
      : [`the name ${quoted(name)} is no DNS label that begins with a letter`];
  }
  if (!subdomain.test(name)) return [`the name ${quoted(name)} is not valid in DNS`];
  // Its pods have a label with the name and a hash of ten characters.
  const longest = kind === 'StatefulSet' ? 52 : 63;
  return name.length > longest
    ? [`the name ${quoted(name)} has ${name.length} characters, more than ${longest}`]
    : [];
}

function labels(where: string, map: Fields): string[] {
  return Object.entries(map).flatMap(([key, value]) => [
    ...(isKey(key) ? [] : [`${where}: ${quoted(key)} is no label's name`]),
    ...(labelValue.test(String(value)) ? [] : [`${where}: ${quoted(value)} is no label's value`]),
  ]);
}

function annotations(where: string, map: Fields): string[] {
  return Object.keys(map)
    .filter((key) => !isKey(key.toLowerCase()))
    .map((key) => `${where}: ${quoted(key)} is no annotation's name`);
}

function twice(where: string, names: readonly unknown[]): string[] {
  const again = names.filter((name, index) => name !== undefined && names.indexOf(name) !== index);
  return [...new Set(again)].map((name) => `${where}: ${quoted(name)} is there twice`);
}

const amount = (value: unknown): number => quantity(value as string | number | undefined);

function resources(where: string, value: Fields): string[] {
  const [requests, limits] = [value.requests, value.limits].map((one) => (isFields(one) ? one : {}));
  return Object.entries(requests ?? {})
    .filter(([name, asked]) => amount(asked) > amount(limits?.[name]))
    .map(
      ([name, asked]) => `${where}: the request of ${name} (${asked}) is above its limit (${limits?.[name]})`,
    );
}

function container(where: string, one: Fields): string[] {
  const { image } = one;
  return [
    ...(typeof image === 'string' && imageReference.test(image)
      ? []
      : [`${where}.image: ${quoted(image)} is no image`]),
    ...twice(
      `${where}.volumeMounts`,
      listOf(one.volumeMounts).map(({ mountPath }) => mountPath),
    ),
    ...twice(
      `${where}.ports`,
      listOf(one.ports).map(({ name }) => name),
    ),
  ];
}

function pod(where: string, spec: Fields): string[] {
  const seconds = spec.activeDeadlineSeconds;
  const all = [...listOf(spec.initContainers), ...listOf(spec.containers)];
  const volumes = listOf(spec.volumes).map(({ name }) => name);
  return [
    ...all.flatMap((one) => container(`${where}.${one.name}`, one)),
    ...twice(
      `${where}.containers`,
      all.map(({ name }) => name),
    ),
    ...twice(`${where}.volumes`, volumes),
    ...volumes
      .filter((name) => !(typeof name === 'string' && name.length <= 63 && label1123.test(name)))
      .map((name) => `${where}.volumes: ${quoted(name)} is no volume's name`),
    ...(typeof seconds === 'number' && (seconds < 1 || seconds > 2 ** 31 - 1)
      ? [`${where}.activeDeadlineSeconds: ${seconds} is not between 1 and 2147483647`]
      : []),
  ];
}

/** Fields, wherever they stand, that hold another object's name. */
const references = new Set([
  'secretName',
  'serviceAccountName',
  'priorityClassName',
  'storageClassName',
  'claimName',
  'ingressClassName',
]);
const named = new Set([
  'secretKeyRef',
  'configMapKeyRef',
  'configMap',
  'secret',
  'secretRef',
  'configMapRef',
]);
const ports = new Set(['containerPort', 'port', 'targetPort', 'nodePort']);

function field(where: string, key: string, value: unknown): string[] {
  const here = `${where}.${key}`;
  if ((key === 'labels' || key === 'matchLabels' || key === 'nodeSelector') && isFields(value))
    return labels(here, value);
  if (key === 'annotations' && isFields(value)) return annotations(here, value);
  if (key === 'resources' && isFields(value)) {
    const storage = isFields(value.requests) ? value.requests.storage : undefined;
    const none = storage !== undefined && !(amount(storage) > 0);
    return [
      ...resources(here, value),
      ...(none ? [`${here}.requests.storage: ${quoted(storage)} is nothing`] : []),
    ];
  }
  // A claim may say that it is of no class.
  if (key === 'storageClassName' && value === '') return [];
  if (references.has(key) && value !== undefined && !isSubdomain(value))
    return [`${here}: ${quoted(value)} is no object's name`];
  if (named.has(key) && isFields(value) && 'name' in value && !isSubdomain(value.name)) {
    return [`${here}.name: ${quoted(value.name)} is no object's name`];
  }
  if (key === 'imagePullSecrets') {
    return listOf(value)
      .filter(({ name }) => !isSubdomain(name))
      .map(({ name }) => `${here}: ${quoted(name)} is no object's name`);
  }
  // Which of them a node gives away is the cluster's affair.
  if (ports.has(key) && typeof value === 'number' && (value < 1 || value > 65_535)) {
    return [`${here}: ${value} is not between 1 and 65535`];
  }
  if (
    key === 'accessModes' &&
    Array.isArray(value) &&
    value.length > 1 &&
    value.includes('ReadWriteOncePod')
  ) {
    return [`${here}: ReadWriteOncePod stands beside other modes`];
  }
  if (key === 'host' && typeof value === 'string' && !isSubdomain(value.replace(/^\*\./, ''))) {
    return [`${here}: ${quoted(value)} is no host name`];
  }
  if (key === 'terminationGracePeriodSeconds' && Number(value) < 0) return [`${here}: ${value} is negative`];
  return [];
}

/** Maps whose keys are not the API's. */
const opaque = new Set([
  'data',
  'stringData',
  'binaryData',
  'labels',
  'annotations',
  'matchLabels',
  'nodeSelector',
]);

function walk(where: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => walk(`${where}[${index}]`, one));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...field(where, key, inner),
    ...(key === 'spec' && isFields(inner) && 'containers' in inner ? pod(`${where}.spec`, inner) : []),
    ...(opaque.has(key) ? [] : walk(`${where}.${key}`, inner)),
  ]);
}

/** Why the API server would refuse an object, one line each, that begins with the field. */
export function refusedByServer(object: Manifest): string[] {
  const { data } = object as Manifest & { data?: Fields };
  const keys = Object.keys(data ?? {}).filter((key) => !dataKey.test(key));
  const size = Object.values(data ?? {}).reduce<number>(
    (sum, text) => sum + Buffer.byteLength(String(text)),
    0,
  );
  // A custom resource's labels and hosts are its own affair.
  const custom = object.apiVersion.startsWith('monitoring.coreos.com/');
  const { selector } = ((object as Manifest & { spec?: Fields }).spec ?? {}) as Fields;
  return [
    ...ownName(object),
    ...keys.map((key) => `data: ${quoted(key)} is no key`),
    ...(size > 2 ** 20 ? [`data: ${size} bytes are more than 1 MiB`] : []),
    ...(object.kind === 'Service' && isFields(selector) ? labels('spec.selector', selector) : []),
    ...walk('', custom ? { metadata: object.metadata } : object).map((line) => line.replace(/^\./, '')),
  ];
}

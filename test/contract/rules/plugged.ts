import { isDeepStrictEqual } from 'node:util';
import { merge } from '../../harness/base/merge.ts';
import type { Chart } from '../../harness/charts/charts.ts';
import { type Container, type Manifests, nameOf } from '../../harness/charts/manifests.ts';
import { at, composedValues, mapsOf, type Path, setting } from '../../harness/charts/values.ts';
import type { Value, Values } from '../../harness/drill/types.ts';
import { type Case, inEachCase, type Rule } from './subject.ts';

/** The values with which a case's `other` was rendered. */
const valuesOf = (chart: Chart, { values, others }: Case): Values =>
  others.map(({ path, value }) => setting(path, value)).reduce(merge, merge(composedValues(chart), values));

const unless = (ok: unknown, breach: string): string[] => (ok ? [] : [breach]);
const nameOfPath = (path: Path): string => path.join('.');

/** Every text and number in a tree, as text. */
function scalarsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  return Object.values(value).flatMap(scalarsOf);
}

/** Values that stand nowhere in what they should have changed. */
function unused({ other, others }: Case): string[] {
  const text = JSON.stringify(other.objects);
  return others.flatMap(({ path, value }) => {
    const said = scalarsOf(value).some(
      (scalar) =>
        text.includes(JSON.stringify(scalar).slice(1, -1)) ||
        derived(value).some((one) => text.includes(one)),
    );
    return said ? [] : [`${nameOfPath(path)} has no effect`];
  });
}

/** How else a value may stand in a manifest: a number in another unit, strictness in Kubernetes' words. */
const derived = (value: Value): string[] => {
  if (value === 'hard') return ['requiredDuringSchedulingIgnoredDuringExecution', 'DoNotSchedule'];
  return typeof value === 'number'
    ? [1000, 60, 60_000, 3600, 1024, 1024 * 1024].map((unit) => String(value * unit))
    : [];
};

/** The resources of a container are those beside its image in the values; of a hook's, those of the hooks. */
function resources(values: Values, { other }: Case): string[] {
  const blocks = mapsOf(values).filter(({ map, path }) => path.at(-1) === 'resources' && 'limits' in map);
  return other.pods.flatMap(({ owner, hook, spec, containers }) =>
    containers.flatMap((container) => {
      // What copies a file and ends takes what it takes.
      if (!hook && spec.initContainers?.includes(container) && container.restartPolicy === undefined)
        return [];
      const own = blocks.find(({ map }) => isDeepStrictEqual(map, container.resources));
      if (own === undefined)
        return [`${nameOf(owner)}, container ${container.name} has resources of no value`];
      const wanted = blockOf(values, container, hook !== undefined);
      return wanted === undefined || isDeepStrictEqual(at(values, wanted), container.resources)
        ? []
        : [
            `${nameOf(owner)}, container ${container.name} has ${nameOfPath(own.path)}, not ${nameOfPath(wanted)}`,
          ];
    }),
  );
}

/** Where the values say what a container may take, if that can be told: beside an image that is not the server's, and of hooks. */
function blockOf(values: Values, { image }: Container, hook: boolean): Path | undefined {
  if (hook) return ['hooks', 'resources'];
  for (const { path, map } of mapsOf(values)) {
    if (path.at(-1) !== 'image' || path.length < 2 || !image.includes(`/${map.repository}:`)) continue;
    const beside = [...path.slice(0, -1), 'resources'];
    if (at(values, beside) !== undefined) return beside;
  }
  return undefined;
}

/** Where a value of the suite's own names stands in an object of a kind: [key of the values, what it is in the object]. */
function fields(values: Values, other: Manifests): string[] {
  const value = (path: string) => at(values, path.split('.'));
  const sets = other.all('StatefulSet').filter(({ spec }) => spec.volumeClaimTemplates?.length);
  const claims = sets.flatMap((set) =>
    (set.spec.volumeClaimTemplates ?? []).map((claim) => [nameOf(set), claim] as const),
  );
  const sizes = everyAt(values, 'size', 'volumeSize');
  const classes = everyAt(values, 'storageClass');
  const modes = mapsOf(values).flatMap(({ map }) => (map.accessModes === undefined ? [] : [map.accessModes]));
  return [
    ...claims.flatMap(([who, { spec }]) => [
      ...unless(
        modes.some((one) => isDeepStrictEqual(spec.accessModes, one)),
        `${who} has a volume of no value's accessModes`,
      ),
      ...unless(sizes.includes(spec.resources.requests.storage), `${who} has a volume of no value's size`),
      ...unless(
        classes.includes(spec.storageClassName ?? ''),
        `${who} has a volume of no value's storageClass`,
      ),
    ]),
    ...other.pods
      .filter(({ replicas }) => replicas !== undefined)
      .flatMap(({ owner, labels, annotations }) => [
        ...unless(includes(labels, value('podLabels')), `${nameOf(owner)} ignores podLabels`),
        ...unless(includes(annotations, value('podAnnotations')), `${nameOf(owner)} ignores podAnnotations`),
      ]),
    ...other
      .all('ServiceAccount')
      .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined)
      .filter((account) => !includes(account.metadata.annotations ?? {}, value('serviceAccount.annotations')))
      .map((account) => `${nameOf(account)} ignores serviceAccount.annotations`),
    ...other.all('NetworkPolicy').flatMap((policy) =>
      (policy.spec.ingress ?? [])
        .filter(({ from = [] }) => from.some((peer) => isDeepStrictEqual(peer, { podSelector: {} })))
        .filter(
          ({ from = [] }) =>
            !(allowed(values) ?? []).every((peer) => from.some((one) => isDeepStrictEqual(one, peer))),
        )
        .map(() => `${nameOf(policy)} ignores networkPolicy.allowFrom`),
    ),
    ...other.objects.flatMap((object) =>
      JSON.stringify(object).includes('cluster.local') ? [`${nameOf(object)} ignores clusterDomain`] : [],
    ),
  ];
}

const allowed = (values: Values): readonly unknown[] | undefined =>
  at(values, ['networkPolicy', 'allowFrom']) as readonly unknown[] | undefined;

const everyAt = (values: Values, ...keys: readonly string[]): string[] =>
  mapsOf(values).flatMap(({ map }) =>
    keys.flatMap((key) => (map[key] === undefined ? [] : String(map[key]))),
  );

const includes = (there: Readonly<Record<string, string>>, wanted: Value | undefined): boolean =>
  Object.entries((wanted ?? {}) as Record<string, string>).every(([key, text]) => there[key] === text);

/** Deadlines and graces of pods are what the values say of them. */
function times(values: Values, other: Manifests): string[] {
  const graces = everyAt(values, 'terminationGracePeriodSeconds');
  const sets = other.all('StatefulSet').filter(({ spec }) => spec.volumeClaimTemplates?.length);
  return sets
    .filter(({ spec }) => spec.template.spec.containers.some(({ lifecycle }) => lifecycle?.preStop))
    .filter(({ spec }) => !graces.includes(String(spec.template.spec.terminationGracePeriodSeconds)))
    .map((set) => `${nameOf(set)} ignores terminationGracePeriodSeconds`);
}

const switched = {
  serviceMonitor: 'ServiceMonitor',
  podMonitor: 'PodMonitor',
  prometheusRule: 'PrometheusRule',
};

/** Kinds that a cluster may not know are there only where they are asked for. */
function unasked(values: Values, base: Manifests): string[] {
  return Object.entries(switched).flatMap(([key, kind]) => {
    const asked = mapsOf(values).some(({ path, map }) => path.at(-1) === key && map.enabled === true);
    return asked || !base.objects.some((object) => object.kind === kind)
      ? []
      : [`a ${kind} is there, and ${key}.enabled is false`];
  });
}

/** Labels by which an operator of Prometheus chooses what it takes. */
function chosen(values: Values, other: Manifests): string[] {
  return Object.entries(switched).flatMap(([key, kind]) => {
    const blocks = mapsOf(values).filter(({ path }) => path.at(-1) === key);
    return other.objects
      .filter((object) => object.kind === kind)
      .filter(({ metadata }) => !blocks.some(({ map }) => includes(metadata.labels ?? {}, map.labels)))
      .map((object) => `${nameOf(object)} ignores ${key}.labels`);
  });
}

export const plugged: Rule = {
  id: 'plugged-in',
  title: 'every value has an effect, and stands where it is meant',
  check(subject) {
    const { chart, cases } = subject;
    if (chart.kind !== 'application') return [];
    const lists = cases.map((one) => new Set(unused(one)));
    // Some values only mean something in one topology.
    const never = [...(lists[0] ?? [])].filter((breach) => lists.every((list) => list.has(breach)));
    return [
      ...new Set(never),
      ...inEachCase(subject, (one) => {
        const values = valuesOf(chart, one);
        return [
          ...unasked(merge(composedValues(chart), one.values), one.base),
          ...resources(values, one),
          ...chosen(values, one.other),
          ...fields(values, one.other),
          ...times(values, one.other),
        ];
      }),
    ];
  },
};

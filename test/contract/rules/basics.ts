import {
  type Container,
  hookOf,
  type Kinds,
  type Manifests,
  nameOf,
  type OwnedPod,
} from '../../harness/charts/manifests.ts';
import { type Case, inEachCase, type Rule, release, type Subject } from './subject.ts';

const unless = (ok: unknown, breach: string): string[] => (ok ? [] : [breach]);

/** A pod has a user and a group of its own, to whom its volumes belong, and a token in one container at most. */
function pod({ owner, spec }: OwnedPod): string[] {
  const { securityContext = {}, volumes = [] } = spec;
  const { runAsUser, runAsGroup, fsGroup, fsGroupChangePolicy } = securityContext;
  const tokens = volumes.filter(({ projected }) =>
    projected?.sources.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );
  const holders = (name: string): Container[] =>
    [...(spec.initContainers ?? []), ...spec.containers].filter(({ volumeMounts = [] }) =>
      volumeMounts.some((mount) => mount.name === name),
    );
  return [
    ...unless(spec.automountServiceAccountToken === false, 'mounts a token into every container'),
    ...unless(spec.enableServiceLinks === false, 'has variables of every Service in its environment'),
    ...unless(runAsUser === runAsGroup && runAsUser !== undefined, 'runs with a group that is not its own'),
    ...unless(
      fsGroup === runAsUser && fsGroupChangePolicy === 'OnRootMismatch',
      'has volumes that are not its own, or that change hands file by file at each start',
    ),
    ...tokens.flatMap(({ name }) => [
      ...unless(spec.serviceAccountName, `has the token ${name} of no account`),
      ...unless(holders(name).length === 1, `has the token ${name} in ${holders(name).length} containers`),
    ]),
    ...volumes.flatMap(({ name, secret }) =>
      // 0440, which YAML 1.2 reads as a decimal.
      unless(
        !secret || [0o440, 440].includes(secret.defaultMode ?? 0),
        `shows the Secret of ${name} to everybody`,
      ),
    ),
  ].map((breach) => `${nameOf(owner)} ${breach}`);
}

export const basics: Rule = {
  id: 'pods',
  title: 'pods have a user of their own, and no token, variable or Secret that they do not use',
  check: (subject) =>
    inEachCase(subject, ({ base }) => [
      ...base.pods.flatMap(pod),
      ...base
        .all('ServiceAccount')
        .filter(({ automountServiceAccountToken }) => automountServiceAccountToken !== false)
        .map((account) => `${nameOf(account)} gives its token to every pod`),
    ]),
};

/** The component that an object is about, by what it selects or makes. */
function selected(object: Kinds[keyof Kinds]): string | undefined {
  const key = 'app.kubernetes.io/component';
  switch (object.kind) {
    case 'StatefulSet':
    case 'Deployment':
    case 'DaemonSet':
      return object.spec.selector.matchLabels?.[key];
    case 'Service':
      return object.spec.selector?.[key];
    case 'NetworkPolicy':
      return object.spec.podSelector.matchLabels?.[key];
    case 'PodDisruptionBudget':
    case 'ServiceMonitor':
      return object.spec.selector?.matchLabels?.[key];
    default:
      return undefined;
  }
}

function labelled({ metadata: chart, values }: Subject['chart'], { base, values: given }: Case): string[] {
  const wanted = {
    'app.kubernetes.io/name': String(given.nameOverride || values.nameOverride || chart.name),
    'app.kubernetes.io/instance': release,
    'app.kubernetes.io/part-of': 'ballast',
    'app.kubernetes.io/managed-by': 'Helm',
    'app.kubernetes.io/version': chart.appVersion ?? '',
    'helm.sh/chart': `${chart.name}-${chart.version}`,
  };
  return base.objects.flatMap((object) => {
    const { labels = {} } = object.metadata;
    const component = selected(object as Kinds[keyof Kinds]) ?? labels['app.kubernetes.io/component'];
    const misplaced = Object.keys(labels)
      .filter((key) => key.startsWith('helm.sh/hook'))
      .map((key) => `${nameOf(object)} has ${key} among its labels, where helm does not look`);
    const missing = Object.entries({ ...wanted, 'app.kubernetes.io/component': component ?? 'a component' })
      .filter(([key, value]) => labels[key] !== value)
      .map(([key, value]) => `${nameOf(object)} has not the label ${key}: ${value}`);
    return [...missing, ...misplaced];
  });
}

export const labels: Rule = {
  id: 'labels',
  title: 'every object says by its labels what it belongs to',
  check: (subject) =>
    subject.chart.kind === 'application' ? inEachCase(subject, (one) => labelled(subject.chart, one)) : [],
};

const seconds = (duration: string): number => {
  const [, count = '', unit = ''] = /^(\d+)([smh])$/.exec(duration) ?? [];
  return Number(count) * ({ s: 1, m: 60, h: 3600 }[unit] ?? Number.NaN);
};

const ofSeveral = /(Member|Follower|Replica)Missing$|Without/;

/** An alert says how bad it is, waits out a restart, tells what has happened, and asks for series of its own release alone. */
function alerts(full: Manifests): string[] {
  const alone = full.pods.every(({ replicas = 1 }) => replicas === 1);
  return full.all('PrometheusRule').flatMap(({ spec }) =>
    spec.groups.flatMap(({ rules }) =>
      rules.flatMap(({ alert, expr, for: wait = '', labels = {}, annotations = {} }) => {
        const selectors = [...String(expr).matchAll(/\{([^}]*)\}/g)].map(([, inner = '']) => inner);
        return [
          ...unless(alert, 'is a rule without an alert'),
          ...unless(
            ['critical', 'warning'].includes(labels.severity ?? ''),
            'is neither critical nor a warning',
          ),
          ...unless(annotations.summary, 'says nothing'),
          ...unless(
            !alone || !ofSeveral.test(alert ?? ''),
            'is about other members, of which a single one has none',
          ),
          ...unless(seconds(wait) >= 60 && seconds(wait) <= 3600, `waits for ${wait || 'nothing'}`),
          ...unless(
            selectors.length > 0 && selectors.every((inner) => inner.includes('namespace="default"')),
            'asks for series of other namespaces',
          ),
        ].map((breach) => `alert ${alert} ${breach}`);
      }),
    ),
  );
}

export const alerting: Rule = {
  id: 'alerts',
  title: 'alerts have a severity, a time to wait, words, and series of their own release',
  check: (subject) => inEachCase(subject, ({ full }) => alerts(full)),
};

/** Hooks that log in with Secrets run after the one that makes them. */
function order(base: Manifests): string[] {
  const makers = base.pods.filter(
    ({ hook, containers }) =>
      hook?.events.includes('pre-upgrade') &&
      containers.some(({ env = [] }) => env.some(({ name }) => name === 'CREDENTIALS')),
  );
  return base.pods.flatMap(({ owner, hook, spec }) => {
    const secrets = (spec.volumes ?? []).filter(({ secret }) => secret !== undefined);
    if (!hook?.events.includes('pre-upgrade') || secrets.length === 0) return [];
    return makers
      .filter((maker) => maker.owner !== owner && (hookOf(maker.owner)?.weight ?? 0) >= hook.weight)
      .map(
        (maker) =>
          `${nameOf(owner)} reads Secrets that ${nameOf(maker.owner)} makes, and does not run after it`,
      );
  });
}

/** The hook that compares an upgrade with what runs finds on each workload what it asks for. */
function compared(base: Manifests): string[] {
  const comparing = base.pods
    .filter(({ hook }) => hook?.events.includes('pre-upgrade'))
    .flatMap(({ owner, containers }) => containers.map((container) => ({ owner, container })));
  return comparing.flatMap(({ owner, container }) => {
    const env = new Map((container.env ?? []).map(({ name, value = '' }) => [name, value]));
    const wanted = {
      'ballast.dev/architecture': env.get('ARCHITECTURE'),
      'ballast.dev/volume-size': env.get('VOLUME_SIZE'),
    };
    return (env.get('STATEFULSETS') ?? '').split('\n').flatMap((line) => {
      const [name = '', replicas] = line.split(' ');
      const set = base.all('StatefulSet').find(({ metadata }) => metadata.name === name);
      if (set === undefined) return [];
      const sizes = (set.spec.volumeClaimTemplates ?? []).map(({ spec }) => spec.resources.requests.storage);
      return [
        ...unless(
          String(set.spec.replicas) === replicas,
          `${nameOf(owner)} takes ${name} for one of ${replicas} members`,
        ),
        ...Object.entries(wanted)
          // Controllers' volumes have a size of their own.
          .filter(([key, value]) => key !== 'ballast.dev/volume-size' || sizes.includes(value ?? ''))
          .filter(([key, value]) => set.metadata.annotations?.[key] !== value)
          .map(
            ([key, value]) =>
              `${nameOf(set)} has not the annotation ${key}: ${value}, which ${nameOf(owner)} reads`,
          ),
      ];
    });
  });
}

export const hookOrder: Rule = {
  id: 'hook-order',
  title: 'hooks run after what they need was made, and compare with what is there',
  check: (subject) =>
    inEachCase(subject, ({ base, other }) => [...order(base), ...compared(base), ...compared(other)]),
};

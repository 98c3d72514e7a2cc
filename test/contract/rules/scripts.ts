import {
  type ConfigMap,
  type Container,
  type Handler,
  type Manifests,
  nameOf,
  type OwnedPod,
  type Volume,
} from '../../harness/charts/manifests.ts';
import { inEachCase, type Rule, release } from './subject.ts';

/** What a container runs and reads of what its chart gives it. */
interface Reached {
  /** Paths of the files of ConfigMaps among it. */
  files: ReadonlySet<string>;
  /** Its commands and environment, and the files and functions that these name, and those that they name in turn; comments left out. */
  text: string;
  /** Words of what it reads, without what it is given. */
  words: ReadonlySet<string>;
  /** Paths in all of it, with the patterns and variables in them. */
  paths: readonly string[];
  /** Variables that its scripts read, have no other value for, and do not set themselves. */
  variables: readonly string[];
}

const uncommented = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^\s*(#|\/\/)/.test(line))
    .join('\n');

interface Parts {
  /** Bodies by name. */
  functions: ReadonlyMap<string, string>;
  /** What is run at once. */
  rest: string;
}

const parts = new Map<string, Parts>();

/** A file's functions, where it is a script, and the rest of it. */
function partsOf(path: string, content: string): Parts {
  let found = parts.get(content);
  if (found === undefined) {
    const functions = new Map<string, string>();
    const text = uncommented(content);
    const rest = path.endsWith('.sh')
      ? text.replace(/^(\w+)\(\) [{(]\n([\s\S]*?)^[})]$/gm, (_, name: string, body: string) => {
          functions.set(name, body);
          return '';
        })
      : text;
    found = { functions, rest };
    parts.set(content, found);
  }
  return found;
}

/** ConfigMaps that a container sees. */
const configsOf = (
  base: Manifests,
  pod: OwnedPod,
  { volumeMounts = [] }: Container,
): (ConfigMap | undefined)[] =>
  volumeMounts.map((mount) => {
    const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
    return base.all('ConfigMap').find(({ metadata }) => metadata.name === volume?.configMap?.name);
  });

/** Files of ConfigMaps that a container sees, by path. */
function mountedFiles(base: Manifests, pod: OwnedPod, container: Container): Map<string, string> {
  const found = new Map<string, string>();
  const configs = configsOf(base, pod, container);
  (container.volumeMounts ?? []).forEach(({ name, mountPath, subPath }, index) => {
    const items = pod.spec.volumes?.find((one) => one.name === name)?.configMap?.items;
    for (const [key, text] of Object.entries(configs[index]?.data ?? {})) {
      const path = items ? items.find((item) => item.key === key)?.path : key;
      if (subPath === undefined && path !== undefined) found.set(`${mountPath}/${path}`, text);
      else if (subPath === key) found.set(mountPath, text);
    }
  });
  return found;
}

/** Words by which a pod is entered: commands, probes, hand-overs. */
function entriesOf(container: Container): string {
  const { command = [], args = [], env = [], lifecycle } = container;
  const handlers: (Handler | undefined)[] = [
    container.startupProbe,
    container.readinessProbe,
    container.livenessProbe,
    lifecycle?.preStop,
    lifecycle?.postStart,
  ];
  return [
    ...command,
    ...args,
    ...handlers.flatMap((handler) => [...(handler?.exec?.command ?? []), handler?.httpGet?.path ?? '']),
    ...env.map(({ value = '' }) => value),
  ].join('\n');
}

/** Where a container has its scripts. A directory of its own that scripts name is read as a whole. */
const scriptsDir = '/opt/ballast';

const namePatterns = new Map<string, RegExp>();
const escaped = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** How a file is named: as it is, by a pattern or a variable in the place of its end, as in rules-$user, or with all of its directory. */
function patternOf(path: string): RegExp {
  let pattern = namePatterns.get(path);
  if (pattern === undefined) {
    const [directory, key] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
    const [, first = '', extension = ''] = /^(\w+?)[-\d][\w-]*(\.\w+)?$/.exec(key) ?? [];
    const forms = [escaped(key)];
    if (first !== '')
      forms.push(`${escaped(first)}[-\\w]*(?:\\*|\\$[({]?\\w+\\}?)(?:${escaped(extension)})?`);
    const whole = directory === scriptsDir ? '"?/\\*' : '(?![\\w./-])|"?/\\*';
    pattern = new RegExp(`[/"'](?:${forms.join('|')})(?![\\w.-])|${escaped(directory)}(?:${whole})`);
    namePatterns.set(path, pattern);
  }
  return pattern;
}

const known = new WeakMap<Container, { configs: (ConfigMap | undefined)[]; reached: Reached }>();

/** Follows a container's commands through the files and functions that they name. */
export function reachedBy(base: Manifests, pod: OwnedPod, container: Container): Reached {
  const configs = configsOf(base, pod, container);
  const before = known.get(container);
  if (before?.configs.every((config, index) => config === configs[index])) return before.reached;
  const reached = follow(entriesOf(container), mountedFiles(base, pod, container));
  known.set(container, { configs, reached });
  return reached;
}

function follow(entries: string, mounted: ReadonlyMap<string, string>): Reached {
  const files = new Set<string>();
  const functions = new Map<string, string>();
  const words = new Set<string>();
  const texts = [entries];
  for (let next = 0; next < texts.length; next++) {
    const text = texts[next] ?? '';
    // A function may be called by a variable in the place of its last word, too: "tick_$ARCHITECTURE".
    const called = new Set([...text.matchAll(/\w+/g)].map(([word]) => word));
    if (next > 0) for (const word of called) words.add(word);
    for (const [path, content] of mounted) {
      if (files.has(path) || !patternOf(path).test(text)) continue;
      files.add(path);
      const script = partsOf(path, content);
      for (const [name, body] of script.functions)
        functions.set(name, `${functions.get(name) ?? ''}\n${body}`);
      texts.push(script.rest);
    }
    for (const [name, body] of functions) {
      if (!called.has(name) && !words.has(name) && !words.has(name.replace(/[^_]+$/, ''))) continue;
      functions.delete(name);
      texts.push(body);
    }
  }
  const text = texts.join('\n');
  const scripted = [...files].some((path) => path.endsWith('.sh'));
  const paths = [...new Set([...text.matchAll(/\/[\w./$*{}"-]+/g)].map(([path]) => path))];
  return { files, text, words, paths, variables: scripted ? variablesIn(text) : [] };
}

/** Set by Kubernetes, the shell, awk or an image. */
const givenElsewhere =
  /^(SECONDS|RANDOM|HOSTNAME|BASH_\w+|BASHPID|PPID|IFS|PWD|PATH|HOME|UID|EUID|LINENO|EPOCH\w+|OPTARG|OPTIND|REPLY|PIPESTATUS|FUNCNAME|KUBERNETES_\w+|BALLAST_\w+|COPROC\w*|ROCKETMQ_HOME|N[FR])$/;

/** Read by Java itself and by a program of ZooKeeper's; by Python, and by the settings of a Django project; by Go. */
const readElsewhere = new Set([
  'JDK_JAVA_OPTIONS',
  'CLIENT_JVMFLAGS',
  'HOME',
  'PYTHONDONTWRITEBYTECODE',
  'PYTHONUNBUFFERED',
  'DJANGO_CSRF_TRUSTED_ORIGINS',
  'DJANGO_MEDIA_ROOT',
  'GOMEMLIMIT',
]);

function variablesIn(text: string): string[] {
  const read = [...text.matchAll(/\$\{?([A-Z][A-Z0-9_]+)(?![\w:-])/g)].map(([, name = '']) => name);
  const set = new Set(
    [
      ...text.matchAll(/(?:^|[\s;(!])([A-Z][A-Z0-9_]+)\+?=/gm),
      ...text.matchAll(/\$\{([A-Z][A-Z0-9_]+):?[-=]/g),
      ...[...text.matchAll(/\b(?:read|printf -v|for|mapfile)\b([^\n;]*)/g)].flatMap(([, rest = '']) => [
        ...rest.matchAll(/(?<![$\w])([A-Z][A-Z0-9_]+)/g),
      ]),
    ].map(([, name = '']) => name),
  );
  return [...new Set(read)].filter((name) => !givenElsewhere.test(name) && !set.has(name));
}

const empty = ({ env = [] }: Container): string[] =>
  env
    .filter(({ value, valueFrom }) => value === undefined && valueFrom === undefined)
    .map(({ name }) => `sets ${name} to nothing`);

/** Volumes are of something and mounted, and what configuration names of them is there. */
function reading(base: Manifests, pod: OwnedPod): string[] {
  const breaches: string[] = [];
  const used = new Set(
    pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)),
  );
  for (const volume of pod.spec.volumes ?? []) {
    if (!used.has(volume.name)) breaches.push(`no container mounts the volume ${volume.name}`);
    if (Object.keys(volume).length < 2) breaches.push(`the volume ${volume.name} is of nothing`);
  }
  for (const container of pod.containers) {
    const mounts = container.volumeMounts ?? [];
    for (const { name, mountPath, readOnly } of mounts) {
      const volume = pod.spec.volumes?.find((one) => one.name === name);
      if (volume && (volume.configMap || volume.secret || volume.projected) && !readOnly)
        breaches.push(`container ${container.name} mounts ${mountPath} without readOnly`);
    }
    const { files } = reachedBy(base, pod, container);
    for (const [path, text] of mountedFiles(base, pod, container)) {
      if (path.endsWith('.sh') || !files.has(path)) continue;
      for (const [place] of uncommented(text).matchAll(/\/etc\/ballast\/[\w-]+/g))
        if (!mounts.some(({ mountPath }) => mountPath === place))
          breaches.push(`${path} of container ${container.name} names ${place}, which is not mounted`);
    }
  }
  return breaches;
}

/** What holds of a chart when it holds in one of its cases: a file may be for another topology, and so may a variable. */
function note(seen: Record<string, boolean>, what: string, found: boolean): void {
  seen[what] = found || (seen[what] ?? false);
}

/** Files of ConfigMaps, whether some container reads them; files and variables that scripts name, whether they are given. */
function seenIn(base: Manifests, seen: Record<string, boolean>): void {
  const printed = base
    .all('Service')
    .flatMap(({ metadata }) => metadata.annotations?.['ballast.dev/connect'] ?? []);
  for (const pod of base.pods)
    for (const container of pod.containers) {
      const reached = reachedBy(base, pod, container);
      const who = `container ${container.name}`;
      const given = (container.env ?? []).map(({ name }) => name);
      for (const name of reached.variables)
        note(seen, `${who} runs scripts that read ${name}, which it does not set`, given.includes(name));
      for (const name of given)
        if (reached.files.size > 0 && !readElsewhere.has(name))
          note(seen, `scripts are given ${name}, which none reads`, reached.words.has(name));
      for (const path of reached.paths)
        if (reached.files.size > 0 && /^\/opt\/ballast\/[\w.-]+$/.test(path))
          note(seen, `${who} runs what names ${path}, which is not there`, reached.files.has(path));
      for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
        const volume = pod.spec.volumes?.find((one) => one.name === name);
        const map = volume?.configMap?.name;
        const config = base.all('ConfigMap').find(({ metadata }) => metadata.name === map);
        for (const key of Object.keys(config?.data ?? {}))
          note(
            seen,
            `${key} is in a ConfigMap, and read by nobody`,
            subPath === key ||
              // By who types what is printed.
              printed.some((command) => command.includes(`${mountPath}/${key} `)) ||
              [...reached.files].some(
                (path) =>
                  path.startsWith(`${mountPath}/`) &&
                  namesOf(key, volume).has(path.slice(mountPath.length + 1)),
              ),
          );
        if (
          reached.files.size > 0 &&
          (volume?.secret || volume?.emptyDir || volume?.configMap) &&
          mountPath !== '/tmp'
        )
          note(seen, `scripts are given ${mountPath}, which none names`, isPlace(mountPath, reached.paths));
      }
    }
}

const namesOf = (key: string, volume: Volume | undefined): Set<string> =>
  new Set([key, ...(volume?.configMap?.items ?? []).flatMap((item) => (item.key === key ? item.path : []))]);

/** Whether paths lead to a directory, or to one beside it by a pattern or a variable. */
function isPlace(place: string, paths: readonly string[]): boolean {
  const above = place.slice(0, place.lastIndexOf('/'));
  return paths.some((path) => {
    if (path.startsWith(place)) return !/^[\w.-]/.test(path.slice(place.length));
    return path.startsWith(above) && /^\/?"?\/?["]?[*$]/.test(path.slice(above.length));
  });
}

/** Whether a container whose probes are processes has a shell for its first one: what a probe leaves that took too long is the first one's to wait for, and a server never does. */
function waitsForProbes(base: Manifests, pod: OwnedPod, container: Container): string[] {
  const { command = [], args = [], startupProbe, readinessProbe, livenessProbe } = container;
  if (![startupProbe, readinessProbe, livenessProbe].some((probe) => probe?.exec)) return [];
  const { text } = follow([...command, ...args].join('\n'), mountedFiles(base, pod, container));
  const [become] = /^\s*exec (?!\{\w+\}[<>]|\d*[<>]).*$/m.exec(text) ?? [];
  return become === undefined
    ? []
    : [`becomes a server by "${become.trim()}", and nobody waits for what its probes leave: use run_server`];
}

/** A script that refuses says so by an exit status, which only counts where no retry follows. */
function refusals(base: Manifests, pod: OwnedPod): string[] {
  const job = base.all('Job').find((one) => one === pod.owner);
  if (job === undefined) return [];
  const breaches = pod.spec.restartPolicy === 'Never' ? [] : ['restarts what failed in its place'];
  const refuses = pod.spec.containers.some((container) =>
    /\bexit 64\b/.test(reachedBy(base, pod, container).text),
  );
  const ends = job.spec.podFailurePolicy?.rules?.some(
    ({ action, onExitCodes }) =>
      action === 'FailJob' && onExitCodes?.operator === 'In' && onExitCodes.values?.join() === '64',
  );
  if (refuses && !ends) breaches.push('repeats what refuses: no podFailurePolicy ends it at exit status 64');
  return breaches;
}

const clusterName = /([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.[a-z0-9-]+\.svc\.[a-z0-9.-]*[a-z0-9](?::(\d+))?/g;

/** Names in the cluster's DNS that configuration and environment have, whether they lead to a Service and a port of it. */
function hostsIn(base: Manifests, seen: Record<string, boolean>): void {
  const services = new Map(base.all('Service').map((service) => [service.metadata.name, service]));
  const texts = [
    ...base.pods.flatMap(({ containers }) =>
      containers.flatMap(({ env = [], command = [], args = [] }) => [
        ...env.map(({ value = '' }) => value),
        ...command,
        ...args,
      ]),
    ),
    ...base
      .all('ConfigMap')
      .flatMap(({ data = {} }) =>
        Object.entries(data).flatMap(([key, text]) => (key.endsWith('.sh') ? [] : text)),
      ),
  ];
  for (const text of texts)
    for (const [, host = '', port] of text.matchAll(clusterName)) {
      const name = host.split('.').at(-1) ?? '';
      if (!name.startsWith(`${release}-`)) continue;
      const service = services.get(name);
      note(seen, `something is told of ${name}, and there is no such Service`, service !== undefined);
      if (service !== undefined && port !== undefined)
        note(
          seen,
          `something is told of port ${port} of ${name}, which has no such port`,
          (service.spec.ports ?? []).some((one) => String(one.port) === port),
        );
    }
}

export const scripts: Rule = {
  id: 'scripts',
  title:
    'scripts find the files, variables, volumes and hosts that they name, and nothing is there that none names',
  check(subject) {
    const seen: Record<string, boolean> = {};
    // An umbrella has not every topology of its parts.
    for (const { base, full } of subject.chart.kind === 'umbrella' ? [] : subject.cases)
      for (const render of [base, full]) {
        seenIn(render, seen);
        hostsIn(render, seen);
      }
    return [
      ...inEachCase(subject, ({ base }) =>
        base.pods.flatMap((pod) => [
          ...[...reading(base, pod), ...refusals(base, pod)].map(
            (breach) => `${nameOf(pod.owner)}: ${breach}`,
          ),
          ...pod.containers.flatMap((container) =>
            [...empty(container), ...waitsForProbes(base, pod, container)].map(
              (breach) => `${nameOf(pod.owner)}, container ${container.name} ${breach}`,
            ),
          ),
        ]),
      ),
      ...Object.entries(seen)
        .filter(([, found]) => !found)
        .map(([what]) => what),
    ];
  },
};

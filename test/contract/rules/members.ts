import {
  type Container,
  type Kinds,
  type Manifests,
  nameOf,
  type OwnedPod,
  selects,
} from '../../harness/charts/manifests.ts';
import { reachedBy } from './scripts.ts';
import { inEachCase, type Rule } from './subject.ts';

type StatefulSet = Kinds['StatefulSet'];

/** Members of one system come at once, find each other before they are ready, and go one after the other. */
function together(base: Manifests, set: StatefulSet): string[] {
  if ((set.spec.replicas ?? 1) < 2) return [];
  const breaches: string[] = [];
  const { podManagementPolicy, serviceName, updateStrategy } = set.spec;
  const service = base.all('Service').find(({ metadata }) => metadata.name === serviceName);
  if (podManagementPolicy !== 'Parallel')
    breaches.push(`starts its members one after the other: each would wait for those after it`);
  if (!service?.spec.publishNotReadyAddresses)
    breaches.push(`has members without a name until they are ready, which they get from each other`);
  if (updateStrategy?.type !== 'RollingUpdate') breaches.push('is not updated by RollingUpdate');
  const labels = set.spec.template.metadata?.labels ?? {};
  for (const one of base.all('PodDisruptionBudget'))
    if (
      selects(one.spec.selector?.matchLabels, labels) &&
      one.spec.unhealthyPodEvictionPolicy !== 'AlwaysAllow'
    )
      breaches.push(`has a budget by which a member that is not ready keeps its node from being drained`);
  return breaches;
}

/** Whether a directory stands in a text as a whole: not as the beginning of another name. */
const names = (text: string, path: string): boolean =>
  new RegExp(`${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.-])`).test(text);

/** Data is where the server keeps it. */
function keepers(base: Manifests, pod: OwnedPod, set: StatefulSet): string[] {
  return (set.spec.volumeClaimTemplates ?? []).flatMap(({ metadata: { name } }) => {
    const users = pod.containers.flatMap((container) =>
      (container.volumeMounts ?? [])
        .filter((mount) => mount.name === name && !mount.readOnly)
        .map((mount): [Container, string] => [container, mount.mountPath]),
    );
    if (users.length === 0) return [`has the claim ${name}, which no container writes to`];
    return users
      .filter(([container, path]) => !names(reachedBy(base, pod, container).text, path))
      .map(
        ([container, path]) =>
          `container ${container.name} has its volume at ${path}, which neither its configuration nor its scripts name`,
      );
  });
}

export const members: Rule = {
  id: 'members',
  title: 'members start together, find each other and keep data on their volumes',
  check: (subject) =>
    inEachCase(subject, ({ base }) =>
      base.all('StatefulSet').flatMap((set) => {
        const pod = base.pods.find(({ owner }) => owner === set);
        return [...together(base, set), ...(pod ? keepers(base, pod, set) : [])].map(
          (breach) => `${nameOf(set)} ${breach}`,
        );
      }),
    ),
};

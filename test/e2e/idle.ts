import type { V1Pod } from '@kubernetes/client-node';
import { isReady, type Kube, waitFor } from '../harness/cluster/kube.ts';
import { probeImage } from '../harness/drill/probe.ts';

/** A pod that does nothing, whose first process asks about no other, in a namespace that is there; resolves when it is ready. Its container is called like it. */
export async function idlePod(kube: Kube, namespace: string, name: string): Promise<V1Pod> {
  const pod: V1Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name,
          image: probeImage,
          command: ['sleep', 'infinity'],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
  await kube.apply([pod]);
  let there: V1Pod | undefined;
  await waitFor(`pod ${name} to be ready`, 60, async () => {
    [there] = await kube.pods(namespace, `app=${name}`);
    return (there !== undefined && isReady(there)) || 'it is not';
  });
  if (!there) throw new Error(`there is no pod ${name}`);
  return there;
}

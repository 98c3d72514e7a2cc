import type { V1ContainerStatus, V1Pod, V1PodStatus } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { freeRoom, homeless, requestOf, total, inWords as words } from '../harness/capacity.ts';
import { blotted, inWords, waitingOf } from '../harness/progress.ts';

const now = Date.parse('2026-01-01T00:10:00Z');
const long = new Date('2026-01-01T00:00:00Z');
const lately = new Date('2026-01-01T00:09:30Z');

function pod(status: V1PodStatus, created = lately): V1Pod {
  return { metadata: { name: 'db-0', creationTimestamp: created }, status };
}

function container(state: V1ContainerStatus['state'], more: Partial<V1ContainerStatus> = {}) {
  return {
    name: 'db',
    image: 'db:1',
    imageID: '',
    ready: false,
    restartCount: 0,
    ...(state ? { state } : {}),
    ...more,
  };
}

const unscheduled = (since: Date) => ({
  phase: 'Pending',
  conditions: [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message:
        '0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 Insufficient cpu. preemption: 0/4 nodes are available.',
      lastTransitionTime: since,
    },
  ],
});
const pull = {
  waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "db:1": ErrImagePull: not found' },
};
const crash = {
  waiting: { reason: 'CrashLoopBackOff' },
};
const ended = { terminated: { exitCode: 1, reason: 'Error' } };

describe('why a pod is not ready', () => {
  test.each<[string, V1Pod, string | undefined, boolean]>([
    ['ready', pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }), undefined, false],
    ['done', pod({ phase: 'Succeeded' }), undefined, false],
    ['no node yet', pod(unscheduled(lately)), 'no node takes it (3 Insufficient cpu)', false],
    ['no node for long', pod(unscheduled(long)), 'no node takes it (3 Insufficient cpu)', true],
    [
      'image',
      pod({ containerStatuses: [container(pull)] }),
      "image db:1 can't be had (ErrImagePull: not found)",
      false,
    ],
    [
      'image, for long',
      pod({ containerStatuses: [container(pull)] }, long),
      "image db:1 can't be had (ErrImagePull: not found)",
      true,
    ],
    [
      'a name that is none',
      pod({ containerStatuses: [container({ waiting: { reason: 'InvalidImageName' } })] }),
      "image db:1 can't be had (InvalidImageName)",
      true,
    ],
    ['a first crash', pod({ containerStatuses: [container(ended)] }), 'db ended (exit status 1)', false],
    [
      'crashes',
      pod({ containerStatuses: [container(crash, { restartCount: 5, lastState: ended })] }),
      'db ended 6 times (exit status 1)',
      true,
    ],
    [
      'too little memory',
      pod({
        containerStatuses: [
          container(crash, {
            restartCount: 1,
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
          }),
        ],
      }),
      'db ended 2 times (out of memory)',
      false,
    ],
    [
      'an init container',
      pod({
        initContainerStatuses: [container({ running: {} }, { name: 'init', started: false })],
        containerStatuses: [container({ waiting: { reason: 'PodInitializing' } })],
      }),
      'init is not ready yet',
      false,
    ],
    [
      'up again after a crash',
      pod({ containerStatuses: [container({ running: {} }, { restartCount: 2, lastState: ended })] }),
      'db is not ready yet',
      false,
    ],
    ['just begun', pod({ phase: 'Pending' }), 'starting', false],
  ])('%s', (_, one, why, hopeless) => {
    const waiting = waitingOf(one, now);
    expect(waiting?.why).toBe(why);
    expect(waiting?.hopeless ?? false).toBe(hopeless);
  });

  test('pods are counted by their reason, and few are named', () => {
    const why = 'starting';
    const many = ['a', 'b', 'c', 'd'].map((name) => ({ pod: name, why, hopeless: false }));
    expect(inWords([...many, { pod: 'e', why: 'ending', hopeless: false }])).toBe(
      '5 not ready: a, b and 2 more: starting; e: ending',
    );
    expect(inWords([])).toBe('all pods ready');
  });

  test('a log that quotes a Secret does not give it away', () => {
    const data = {
      password: Buffer.from('p"a\\b').toString('base64'),
      username: Buffer.from('ledger').toString('base64'),
    };
    expect(blotted('>>> masterauth "p"a\\b" of ledger', [{ data }, {}])).toBe(
      '>>> masterauth "***" of ledger',
    );
  });
});

describe('room on the nodes', () => {
  const request = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });
  const room = (cpu: number, gib: number) => ({ cpu, memory: gib * 2 ** 30 });

  test('a pod asks for its containers and sidecars, or for its start where that is more', () => {
    const spec = {
      initContainers: [{ restartPolicy: 'Always', ...request('100m', '1Gi') }, request('2', '1Gi')],
      containers: [request('500m', '3Gi'), {}],
    };
    expect(requestOf(spec)).toEqual(room(2.1, 4));
  });

  test('closed nodes, ended pods and the namespace itself do not count', () => {
    const node = (name: string, taints: { key: string; effect: string }[] = []) => ({
      metadata: { name },
      spec: { taints },
      status: { allocatable: { cpu: '2', memory: '8Gi' } },
    });
    const on = (nodeName: string, namespace: string, phase: string) => ({
      metadata: { namespace },
      spec: { nodeName, containers: [{ name: 'a', ...request('500m', '1Gi') }] },
      status: { phase },
    });
    const pods = [on('a', 'kube-system', 'Running'), on('a', 'dev', 'Running'), on('a', 'x', 'Succeeded')];
    const nodes = [node('a'), node('b', [{ key: 'control-plane', effect: 'NoSchedule' }])];
    expect(freeRoom(nodes, pods, 'dev')).toEqual([room(1.5, 7)]);
  });

  test('what finds no node is counted, though the sum would fit', () => {
    const nodes = [room(2, 8), room(2, 8)];
    expect(homeless([room(1.5, 1), room(1.5, 1), room(1, 1), room(0.5, 9)], nodes)).toBe(2);
    expect(homeless([room(1, 1), room(1, 1), room(2, 1)], nodes)).toBe(0);
    expect(words(total(nodes))).toBe('4 CPUs and 16 GiB');
  });
});

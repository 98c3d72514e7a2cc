import { describe, expect, test } from 'vitest';
import { hookOf } from '../harness/charts/manifests.ts';
import { render } from '../harness/charts/render.ts';
import { runShellFunction } from '../harness/charts/shell.ts';
import { chartNamed, charts, topologyNamed } from './suite.ts';

/** What an upgrade may do to StatefulSets that are there, and what is done to those that helm can't change. */

const chart = chartNamed('mysql');
const mysql = await render(chart, { release: 'shop', values: topologyNamed(chart, 'group').values });

interface There {
  architecture: string;
  size?: string;
  fixed?: string;
  /** Whether there is a ConfigMap that remembers a cluster. */
  state?: boolean;
}
interface Wanted {
  architecture: string;
  size?: string;
  replicas?: number;
  /** Whether a single instance counts as a cluster that exists. */
  founded?: boolean;
}

/** What a hook says, and asks of the API server beside GET, of a StatefulSet that is `there` in an upgrade to what is `wanted`. */
async function said(hook: string, name: string, there: There, wanted: Wanted) {
  const annotations = {
    'ballast.dev/architecture': there.architecture,
    'ballast.dev/volume-size': there.size ?? '1Gi',
    ...(there.fixed === undefined ? {} : { 'ballast.dev/fixed-replicas': there.fixed }),
  };
  const script = `#!/bin/sh
. /opt/ballast/${hook}.sh
log() { echo "$*"; }
api_exists() { case $1 in */pods/*) return 1 ;; */configmaps/*) [ -n "$STATE" ] ;; esac; }
exec 3>&1
api() {
  case $1.$2 in
    POST.*) grep formed "\${6#@}" >&3 && printf 201 ;;
    GET.*/scale) printf '{"spec":{"replicas":4}}' ;;
    GET.*) printf '%s' "$ANSWER" ;;
    *) echo "$1 \${2##*/} $6" ;;
  esac
}
`;
  const scripts = mysql.one('ConfigMap', `shop-mysql-${hook}`);
  const data = { ...scripts.data, 'scenario.sh': script };
  const [result] = await runShellFunction({ ...scripts, data }, 'scenario.sh', name, [{}], {
    NAMESPACE: 'shop',
    WORK: '/tmp',
    STATEFULSET: 'objects',
    STATEFULSETS: `objects ${wanted.replicas ?? 4}`,
    REPLICAS: String(wanted.replicas ?? 4),
    ARCHITECTURE: wanted.architecture,
    CONVERTS: 'standalone:group',
    REPLACES: 'standalone:group',
    VOLUME_SIZE: wanted.size ?? '1Gi',
    FIXED: 'they share it: add a pool',
    FOUNDED: wanted.founded ? 'true' : '',
    STATE_CONFIGMAP: 'state',
    STATE: there.state ? 'yes' : '',
    LABELS: '{}',
    ANSWER: JSON.stringify({ metadata: { annotations } }),
  });
  return result;
}

describe('prepare.sh: check_upgrade', () => {
  const check = (there: There, wanted: Wanted) => said('prepare', 'check_upgrade', there, wanted);
  const group = { architecture: 'group' };
  const silent = { output: '', status: 0 };

  test('as many servers as before', async () => {
    expect(await check({ ...group, fixed: '4' }, group)).toEqual(silent);
  });

  test.each([5, 0])('%d servers where their number is fixed', async (replicas) => {
    expect(await check({ ...group, fixed: '4' }, { ...group, replicas })).toEqual({
      output: 'error: objects has 4 servers for good, because they share it: add a pool',
      status: 64,
    });
  });

  test('more servers where it is not', async () => {
    expect(await check(group, { ...group, replicas: 5 })).toEqual(silent);
  });

  test('an architecture that the other becomes', async () => {
    expect(await check({ architecture: 'standalone' }, group)).toEqual(silent);
  });

  test('one that it does not', async () => {
    expect(await check(group, { architecture: 'standalone' })).toEqual({
      output:
        "error: objects: architecture can't go from group to standalone in place: set it back, or install a new release and copy the data (docs/moving.md)",
      status: 64,
    });
  });

  test('more room grows every claim, and deletes nothing', async () => {
    const result = await check(group, { ...group, size: '2Gi' });
    expect(result?.status).toBe(0);
    expect(result?.output).toMatch(/^grew 4 claims from 1Gi to 2Gi$/m);
    expect(result?.output).not.toContain('DELETE');
  });
});

describe('prepare.sh: make_state', () => {
  const made = async (there: There, wanted: Wanted) =>
    (await said('prepare', 'make_state', there, wanted))?.output.trim().split('\n');
  const single = { architecture: 'standalone' };
  const group = { architecture: 'group', founded: true };

  test('a cluster that is installed has yet to form', async () => {
    expect(await made({ architecture: 'group' }, group)).toContain('formed: "false"');
  });

  test('a single instance that counts as a cluster has formed it before its members start', async () => {
    expect(await made(single, group)).toContain('formed: "true"');
  });

  test('one that does not', async () => {
    expect(await made(single, { architecture: 'group' })).toContain('formed: "false"');
  });

  test('what an earlier installation left says so, too', async () => {
    expect(await made({ ...single, state: true }, group)).toEqual(['PATCH state {"data":{"formed":"true"}}']);
  });

  test('what is there of a cluster stays', async () => {
    expect(await made({ architecture: 'group', state: true }, group)).toEqual(['']);
  });
});

describe('replace.sh: replace_set', () => {
  const replace = (there: There, wanted: Wanted) => said('replace', 'replace_set', there, wanted);

  test('nothing is done to one that helm can change', async () => {
    expect(await replace({ architecture: 'group' }, { architecture: 'group', replicas: 5 })).toEqual({
      output: '',
      status: 0,
    });
  });

  test('claims that were grown: the object goes, and its pods stay', async () => {
    const result = await replace({ architecture: 'group' }, { architecture: 'group', size: '2Gi' });
    expect(result?.output).toContain('DELETE objects {"propagationPolicy":"Orphan"}');
  });

  test('a single instance that becomes several ends', async () => {
    const result = await replace({ architecture: 'standalone' }, { architecture: 'group' });
    expect(result?.output).toContain('DELETE objects {"propagationPolicy":"Background"}');
  });

  test('so it does with more room', async () => {
    const result = await replace({ architecture: 'standalone' }, { architecture: 'group', size: '2Gi' });
    expect(result?.output).toContain('DELETE objects {"propagationPolicy":"Background"}');
  });
});

test.each(charts.map((one) => [one.name, one] as const))(
  '%s: nothing is deleted before the last hook, when another may still refuse the upgrade',
  async (_, one) => {
    for (const { values } of one.topologies) {
      const { objects } = await render(one, { release: 'shop', values });
      const before = objects.filter((object) => hookOf(object)?.events.includes('pre-upgrade'));
      const jobs = before.filter(({ kind }) => kind === 'Job');
      const weight = (name: string) =>
        Math.max(...jobs.filter((job) => job.metadata.name === name).map((job) => hookOf(job)?.weight ?? 0));
      const last = Math.max(...jobs.map((job) => hookOf(job)?.weight ?? 0));
      const deleting = before.filter((object) => JSON.stringify(object).includes('"delete"'));
      const claims = objects.some(({ metadata }) =>
        /^\d/.test(metadata.annotations?.['ballast.dev/volume-size'] ?? ''),
      );
      if (claims) expect(deleting, 'larger claims need a StatefulSet that is made anew').not.toEqual([]);
      for (const { metadata } of deleting) {
        expect(weight(metadata.name), metadata.name).toBe(last);
        expect(jobs.filter((job) => hookOf(job)?.weight === last)).toHaveLength(1);
      }
    }
  },
);

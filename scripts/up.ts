// npm run up [-- --profile NAME] [--small] [--context NAME]: from a bare machine to a running namespace.
import { parseArgs } from 'node:util';
import { type DefaultRenderer, Listr, type ListrTask, PRESET_TIMER, type SimpleRenderer } from 'listr2';
import { messageOf, runMain, UserError } from '../test/harness/base/errors.ts';
import { report, reportingTo } from '../test/harness/base/report.ts';
import { type Cluster, ensureCluster } from '../test/harness/cluster/cluster.ts';
import {
  endpoints,
  endpointTable,
  installProfile,
  profileImages,
  profileNamed,
  requireAnswer,
  shellSetup,
  shortage,
  type Target,
  testRelease,
} from '../test/harness/cluster/install.ts';
import { type Engine, findEngine } from '../test/harness/images/engine.ts';
import { resolveImages, shareImages } from '../test/harness/images/images.ts';
import { ensureNodeImage } from '../test/harness/images/nodeimage.ts';
import { tool } from '../test/harness/images/tools.ts';

const usage = 'npm run up [-- --profile NAME] [--small] [--context NAME]';

function options(): { profile: string; small: boolean; context?: string } {
  try {
    const { values } = parseArgs({
      options: {
        profile: { type: 'string', default: 'dev' },
        small: { type: 'boolean', default: false },
        context: { type: 'string' },
      },
    });
    const { profile, small } = values;
    return { profile, small, ...(values.context === undefined ? {} : { context: values.context }) };
  } catch (error) {
    throw new UserError(messageOf(error), usage);
  }
}

interface Step {
  title: string;
  run: () => Promise<unknown>;
}

/** Runs steps in order as a live list with elapsed times, or plain lines where that can't be shown. */
async function runSteps(steps: readonly Step[]): Promise<void> {
  const tasks: ListrTask<object, typeof DefaultRenderer, typeof SimpleRenderer>[] = steps.map(
    ({ title, run }) => ({
      title,
      task: async (_, task) => {
        await reportingTo((line) => {
          task.output = line;
        }, run);
      },
    }),
  );
  const timer = PRESET_TIMER;
  const listr = new Listr<object, 'default', 'simple'>(tasks, {
    renderer: 'default',
    fallbackRenderer: 'simple',
    rendererOptions: { timer, showErrorMessage: false },
    fallbackRendererOptions: { timer },
  });
  await listr.run();
}

await runMain(async () => {
  const { profile, small, context } = options();
  const wanted = profileNamed(profile, small);

  let engine: Engine;
  let cluster: Cluster | undefined;
  let target: Target | undefined = context === undefined ? undefined : { context };
  const chosen = (): Target => {
    if (target === undefined) throw new Error('no cluster yet');
    return target;
  };

  const own: Step[] = [
    {
      title: 'container engine',
      run: async () => {
        engine = await findEngine();
        report(engine.name);
      },
    },
    {
      title: 'tools: kind, helm',
      run: async () => {
        await tool('kind');
        await tool('helm');
      },
    },
    { title: 'node image', run: () => ensureNodeImage(engine) },
    {
      title: 'cluster ballast: 1 control plane, 3 workers',
      run: async () => {
        cluster = await ensureCluster({ name: 'ballast', workers: 3 });
        target = { kubeconfig: cluster.kubeconfig };
      },
    },
    {
      title: `images of profile ${profile}`,
      run: async () => {
        if (cluster === undefined) throw new Error('no cluster yet');
        const images = await resolveImages(await profileImages(wanted));
        for (const image of images) {
          if (image.status === 'unavailable') {
            throw new UserError(
              `image ${image.ref} is unavailable (${image.reason})`,
              'make its registry reachable',
            );
          }
        }
        await shareImages(cluster, images);
      },
    },
  ];
  const given: Step[] = [
    {
      title: 'tools: kubectl, helm',
      run: async () => {
        await tool('kubectl');
        await tool('helm');
      },
    },
    { title: `context ${context}`, run: () => requireAnswer(chosen()) },
  ];
  await runSteps([
    ...(context === undefined ? own : given),
    {
      title: `room for profile ${wanted.name}`,
      run: async () => {
        const short = await shortage(chosen(), profile, small);
        if (short !== undefined && context === undefined) throw short;
        // A cluster of the user's may grow by itself.
        report(short?.line ?? 'enough');
      },
    },
    {
      title: `release ballast in namespace ${profile}`,
      run: () => installProfile(chosen(), wanted, profile),
    },
    { title: 'helm test', run: () => testRelease(chosen(), profile) },
  ]);

  console.log(`\n${endpointTable(await endpoints(chosen(), profile))}\n`);
  if (cluster !== undefined) {
    console.log(`For these commands, in your shell:\n  ${await shellSetup(cluster.kubeconfig)}`);
  }
});

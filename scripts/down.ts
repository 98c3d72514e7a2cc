// npm run down [-- --context NAME [--profile NAME]]: removes what `npm run up` made.
import { parseArgs } from 'node:util';
import { messageOf, runMain, UserError } from '../test/harness/base/errors.ts';
import { reportTo } from '../test/harness/base/report.ts';
import { deleteCluster } from '../test/harness/cluster/cluster.ts';
import { profileNamed, uninstallProfile } from '../test/harness/cluster/install.ts';

await runMain(async () => {
  const { profile, context } = options();
  if (context !== undefined) {
    profileNamed(profile);
    const removed = await uninstallProfile({ context }, profile);
    console.log(
      removed
        ? `removed release ballast from namespace ${profile}; volumes and credentials are kept`
        : 'nothing to remove',
    );
    return;
  }
  reportTo(console.error);
  const removed = await deleteCluster('ballast');
  console.log(
    removed
      ? 'removed cluster ballast with everything in it'
      : 'nothing to remove: there is no cluster ballast',
  );
});

function options(): { profile: string; context: string | undefined } {
  try {
    const { values } = parseArgs({
      options: { profile: { type: 'string', default: 'dev' }, context: { type: 'string' } },
    });
    return { profile: values.profile, context: values.context };
  } catch (error) {
    throw new UserError(messageOf(error), 'npm run down [-- --context NAME [--profile NAME]]');
  }
}

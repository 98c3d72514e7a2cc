// npm run release -- --registry oci://HOST/PATH: pushes every chart whose version is not there yet, dependencies inside.
import { parseArgs } from 'node:util';
import { messageOf, runMain, UserError } from '../test/harness/base/errors.ts';
import { repoRoot } from '../test/harness/base/paths.ts';
import { announce } from '../test/harness/base/report.ts';
import { type Publication, publish } from '../test/harness/charts/publish.ts';
import { tool } from '../test/harness/images/tools.ts';

const usage =
  'npm run release -- --registry oci://HOST/PATH [--plain-http] [--dry-run] [--sign KEY [--passphrase-file FILE]]';

await runMain(async () => {
  const publication = parse(process.argv.slice(2));
  announce();
  await tool('helm-serve');
  await publish(publication, console.log);
});

function parse(args: string[]): Publication {
  try {
    const { values } = parseArgs({
      args,
      options: {
        registry: { type: 'string' },
        'plain-http': { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        sign: { type: 'string' },
        'passphrase-file': { type: 'string' },
      },
    });
    const { registry, sign: key, 'passphrase-file': passphraseFile } = values;
    if (key === undefined && passphraseFile !== undefined) throw new Error('--passphrase-file is for --sign');
    return {
      root: repoRoot,
      plainHttp: values['plain-http'],
      dryRun: values['dry-run'],
      ...(registry === undefined ? {} : { registry: registry.replace(/\/$/, '') }),
      ...(key === undefined
        ? {}
        : { sign: { key, ...(passphraseFile === undefined ? {} : { passphraseFile }) } }),
    };
  } catch (error) {
    throw new UserError(messageOf(error).split('\n', 1).join(), usage);
  }
}

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, runMain, UserError } from '../test/harness/base/errors.ts';
import { $ } from '../test/harness/base/exec.ts';
import { chartsDir, repoRoot } from '../test/harness/base/paths.ts';
import { announce } from '../test/harness/base/report.ts';
import { bin } from '../test/harness/base/steps.ts';
import { loadChart } from '../test/harness/charts/charts.ts';
import { generatedFiles } from '../test/harness/charts/docs.ts';
import { type NewSystem, registrations, scaffold } from '../test/harness/charts/scaffold.ts';
import { tool } from '../test/harness/images/tools.ts';

const usage = 'npm run new -- NAME --image REGISTRY/REPOSITORY:TAG --port PORT [--title TITLE] [--stateless]';

function parse(args: string[]): NewSystem {
  const text = { type: 'string' } as const;
  const options = { image: text, port: text, title: text, stateless: { type: 'boolean' } } as const;
  let parsed: ReturnType<
    typeof parseArgs<{ args: string[]; allowPositionals: true; options: typeof options }>
  >;
  try {
    parsed = parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UserError(messageOf(error), usage);
  }
  const [name, ...more] = parsed.positionals;
  const { image, port, title, stateless = false } = parsed.values;
  if (name === undefined || more.length > 0) throw new UserError('one name is needed', usage);
  if (image === undefined || port === undefined) throw new UserError('--image and --port are needed', usage);
  return {
    name,
    title: title ?? name.charAt(0).toUpperCase() + name.slice(1),
    image,
    port: Number(port),
    kind: stateless ? 'stateless' : 'stateful',
  };
}

/** `npm run new -- NAME …`: a chart with its tests that `npm run check` takes, in the umbrella and with its image's row. Writes nothing where it refuses. */
await runMain(async () => {
  const system = parse(process.argv.slice(2));
  const { name } = system;
  const files = scaffold(system);
  const there = [`charts/${name}`, `test/systems/${name}`].find((path) => existsSync(join(repoRoot, path)));
  if (there !== undefined)
    throw new UserError(`${there} is there already`, 'choose another name, or remove it');
  for (const [path, change] of registrations(system))
    files.set(path, change(await readFile(join(repoRoot, path), 'utf8')));
  for (const [path, text] of files) await write(path, text);

  // Names are of other lengths than the scaffold's.
  await $`${bin('biome')} format --write ${join(repoRoot, 'test', 'systems', name)}`;
  announce();
  const helm = await tool('helm');
  const assembled = join(chartsDir, 'ballast', 'charts');
  const kept = existsSync(assembled);
  await $`${helm} dependency update ${join(chartsDir, 'ballast')} --skip-refresh`;
  if (!kept) await rm(assembled, { recursive: true, force: true });
  for (const chart of [loadChart(join(chartsDir, name)), loadChart(join(chartsDir, 'ballast'))])
    for (const [path, text] of generatedFiles(chart)) await write(join('charts', chart.name, path), text);

  console.log(`made charts/${name} and test/systems/${name}, and put ${name} into charts/ballast and images/images.yaml
next:
  npm run check                   takes it as it is
  charts/${name}/files/run.sh     starts the server; decide.sh says how
  test/systems/${name}/probe.ts   writes and reads records
  images/${name}/recipe.yaml      an image where no registry can be reached; then its row in images/images.yaml
  values/                         what each kind of namespace gets
  CONTRIBUTING.md                 the rest`);
});

async function write(path: string, text: string): Promise<void> {
  const target = join(repoRoot, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text);
}

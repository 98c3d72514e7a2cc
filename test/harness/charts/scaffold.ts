import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { repoRoot } from '../base/paths.ts';

/** What a new system is made of. */
export interface NewSystem {
  /** Name of its chart, its key in the umbrella's values and its folder in test/systems. */
  name: string;
  /** As people write it: NOTES say so. */
  title: string;
  /** Reference of its official image, with a registry and a tag. */
  image: string;
  /** Where its clients connect. */
  port: number;
  /** Whether it keeps data on volumes. */
  kind: 'stateful' | 'stateless';
}

const reference = /^([a-z0-9.-]+\.[a-z]+(?::[0-9]+)?)\/([a-z0-9._/-]+):([A-Za-z0-9_][A-Za-z0-9_.-]*)$/;

/** The files that a new system adds, by their paths in the repository. Throws UserError where something is no name, image or port. */
export function scaffold(system: NewSystem): Map<string, string> {
  const { name, title, image, port, kind } = system;
  if (!/^[a-z][a-z0-9]{1,19}$/.test(name))
    throw new UserError(
      `${name} is no name of a chart`,
      'write 2 to 20 small letters and digits, a letter first',
    );
  const [, registry, repository, tag] = reference.exec(image) ?? [];
  if (registry === undefined || repository === undefined || tag === undefined)
    throw new UserError(
      `${image} is no reference of an image`,
      'write it in full: docker.io/library/mongo:8',
    );
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new UserError(`${port} is no port`, 'write a number from 1 to 65535');

  const filled = (text: string): string =>
    text
      .replaceAll('newsystem', name)
      .replaceAll('NewSystem', title)
      .replace(/\bREGISTRY\b/g, registry)
      .replace(/\bREPOSITORY\b/g, repository)
      .replace(/\bTAG\b/g, tag)
      .replace(/\bPORT\b/g, String(port));
  const root = join(repoRoot, 'scripts', 'new', kind);
  const targets = { chart: `charts/${name}`, test: `test/systems/${name}` };
  const files = new Map<string, string>();
  const copy = (from: string, to: string): void => {
    for (const entry of readdirSync(join(root, from), { withFileTypes: true })) {
      const path = `${from}/${entry.name}`;
      const target = `${to}/${entry.name.replace(/\.tpl$/, (ending) => (entry.name.startsWith('_') ? ending : ''))}`;
      if (entry.isDirectory()) copy(path, target);
      else files.set(target, filled(readFileSync(join(root, path), 'utf8')));
    }
  };
  for (const [from, to] of Object.entries(targets)) copy(from, to);
  files.set(`docs/icons/${name}.svg`, filled(readFileSync(join(root, 'icon.svg'), 'utf8')));
  return files;
}

/** The repository's files that name every system, with one more: each is given its text and returns the new one. */
export function registrations({ name, title, image }: NewSystem): Map<string, (text: string) => string> {
  return new Map([
    [
      'charts/ballast/Chart.yaml',
      (text) =>
        `${text.replace('  artifacthub.io/changes:', `    - name: ${name}\n      image: ${image}\n  artifacthub.io/changes:`).trimEnd()}\n  - name: ${name}\n    version: 0.1.0\n    repository: file://../${name}\n    condition: ${name}.enabled\n    tags: [unnamed]\n`,
    ],
    [
      'charts/ballast/values.yaml',
      (text) =>
        `${text.trimEnd()}\n\n${name}:\n  # -- Whether ${title} is part of the release. Every value of charts/${name} can stand beside this one.\n  enabled: false\n`,
    ],
    [
      'README.md',
      (text) =>
        text.replace('helm dependency build charts/ballast', `helm dependency build charts/${name}\n$&`),
    ],
    [
      'images/images.yaml',
      (text) => (text.includes(`\n${image}:`) ? text : `${text.trimEnd()}\n${image}: null\n`),
    ],
  ]);
}

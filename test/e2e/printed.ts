import { connect } from 'node:net';
import { expect } from 'vitest';
import { withLock } from '../harness/base/host.ts';
import { commandsIn, type Exchange, Shell } from '../harness/cluster/commands.ts';
import { endpoints, endpointTable, shellSetup } from '../harness/cluster/install.ts';
import { waitFor } from '../harness/cluster/kube.ts';
import type { Installation } from '../harness/drill/drill.ts';

/** What to say to a client that prompts, by its program, until it has shown that it works. */
const dialogs: Readonly<Record<string, (password: string) => Exchange[]>> = {
  mysql: (password) => [
    [/password: /i, password],
    [/mysql> /, 'SELECT 40 + 2;'],
    [/\b42\b[\s\S]*mysql> /, 'exit'],
  ],
  'redis-cli': (password) => [
    [/password: /i, password],
    [/:6379> /, 'PING'],
    [/PONG[\s\S]*:6379> /, 'exit'],
  ],
  'zkCli.sh': () => [
    [/\(CONNECTED\) \d+\] /, 'ls /'],
    [/\[[^\]]*zookeeper[^\]]*\]\s[\s\S]*\(CONNECTED\) \d+\] /, 'quit'],
  ],
};

/** Runs all that NOTES.txt, the Services' annotations and `npm run up` tell somebody to type, on a release that goes on. */
export async function printedCommands({
  testCluster: { kube },
  namespace,
  release,
}: Pick<Installation, 'testCluster' | 'namespace' | 'release'>): Promise<void> {
  const shell = new Shell(await shellSetup(kube.kubeconfig));
  const { stdout: notes } = await shell.run(`helm get notes ${release.name} -n ${namespace}`);
  const table = endpointTable(await endpoints({ kubeconfig: kube.kubeconfig }, namespace));
  await runPrinted(shell, notes);
  // What nobody connects to by hand has no command there.
  if (commandsIn(table).length > 0) await runPrinted(shell, table);
}

/**
 * Runs every command of a text in its order; those that delete for good are only tried. A prompt is given the first of the passwords that
 * were asked for just before it.
 */
export async function runPrinted(shell: Shell, text: string): Promise<void> {
  const commands = commandsIn(text).filter((command) => !command.startsWith('helm test ')); // tests of their own
  expect(commands.length).toBeGreaterThan(0);
  let password: string | undefined;
  /** Of the account that the text speaks of last before a command. */
  const login = (command: string) => {
    const before = text.slice(0, text.indexOf(command));
    const [, user] = [...before.matchAll(/The password of ([\w-]+)/g)].at(-1) ?? [];
    return user === undefined || password === undefined ? undefined : `${user}:${password}`;
  };
  for (const command of commands) {
    if (/ get secret /.test(command)) {
      const { stdout } = await shell.run(command);
      expect(stdout.trim(), command).not.toBe('');
      password ??= stdout;
      continue;
    }
    if (/ exec -it /.test(command)) await prompts(shell, command, password ?? '');
    else if (/ port-forward /.test(command)) await forwards(shell, text, command, login(command));
    else {
      const dry = command.startsWith('kubectl delete ') ? ' --dry-run=server' : '';
      const { stdout } = await shell.run(command + dry);
      expect(stdout.trim(), command).not.toBe('');
    }
    password = undefined;
  }
}

async function prompts(shell: Shell, command: string, password: string): Promise<void> {
  const program = Object.keys(dialogs).find((name) => command.includes(` -- ${name} `));
  const dialog = dialogs[program ?? ''];
  if (dialog === undefined) throw new Error(`nobody knows what to say to ${command}`);
  const screen = await shell.converse(command, dialog(password));
  expect(screen, command).not.toMatch(/\b(DEBUG|INFO|WARN|ERROR)\b/);
}

async function forwards(
  shell: Shell,
  text: string,
  command: string,
  login: string | undefined,
): Promise<void> {
  const ports = command.split(/[\s:]/);
  const urls = [...text.matchAll(/http:\/\/localhost:(\d+)/g)];
  const [url] = urls.find(([, port = '']) => ports.includes(port)) ?? [];
  const [, local] = / (\d+):\d+$/.exec(command) ?? [];
  const headers =
    login === undefined ? {} : { Authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  const answers = async (): Promise<true | string> => {
    if (url === undefined) return greets(Number(local));
    const { ok, status } = await fetch(url, { headers });
    return ok || `status ${status}`;
  };
  // The port is this machine's, and another test may be at the same command.
  await withLock('port-forward', () =>
    shell.during(command, () => waitFor(`an answer at ${url ?? `port ${local}`}`, 30, answers)),
  );
}

/** Whether what is not HTTP greets who connects, as MySQL's protocol does. */
function greets(port: number): Promise<true | string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer: true | string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(5000, () => done('no greeting'));
    socket.once('data', () => done(true));
    socket.once('error', ({ message }) => done(message));
    socket.once('close', () => done('closed without a greeting'));
  });
}

import { expect, test } from 'vitest';
import { commandsIn, commandsOfSection, Shell } from '../harness/commands.ts';

test('commands of NOTES.txt and of a table of endpoints', () => {
  const text = `A prompt:
  kubectl exec -it -n a b -- mysql
  password: kubectl get secret x | base64 -d
  connect:  helm status a
kubectl at the beginning of a line is prose
`;
  expect(commandsIn(text)).toEqual([
    'kubectl exec -it -n a b -- mysql',
    'kubectl get secret x | base64 -d',
    'helm status a',
  ]);
});

test('commands of a README’s section', () => {
  const text =
    '# a\n\n```sh\nno\n```\n\n## Install\n\nText.\n\n```sh\none\n\ntwo\n```\n\n## More\n\n```sh\nno\n```\n';
  expect(commandsOfSection(text, '## Install')).toEqual(['one', 'two']);
  expect(commandsOfSection(text, '## Nothing')).toEqual([]);
});

test('a shell has what it was set up with, and a failure inside a pipe is one', async () => {
  const shell = new Shell('export GREETING=hello');
  expect((await shell.run('echo "$GREETING"')).stdout).toBe('hello\n');
  await expect(shell.run('false | cat')).rejects.toThrow('exit status 1');
});

test('a conversation is held on a terminal', async () => {
  const shell = new Shell("name=O\\'Neill");
  const ask = 'test -t 0; read -rsp "Password: " p; echo; read -rp "$name> " line; echo "$p:$line"';
  const screen = await shell.converse(ask, [
    [/Password: /, 's e c'],
    [/O'Neill> /, 'more'],
  ]);
  expect(screen).toContain('s e c:more');
});

test('a conversation that takes another turn says what was on the terminal', async () => {
  const talk = new Shell('').converse('echo no such user; exit 3', [[/Password: /, 'x']]);
  await expect(talk).rejects.toThrow(/ended with status 3; on the terminal:\r?\nno such user/);
});

test('who asks where the cursor is gets an answer, as from a terminal', async () => {
  const ask = String.raw`printf '\033[6n'; IFS= read -rsd R where; echo "$where" | tr -dc '0-9;'`;
  expect(await new Shell('').converse(ask, [])).toContain('40;200');
});

import { afterAll, describe, expect, it, vi } from 'vitest';
import { tmpdir } from 'zx';
import { $, ExecError, type ExecOptions } from '../harness/exec.ts';

vi.setConfig({ testTimeout: 30_000 });

const failure = (run: Promise<unknown>): Promise<ExecError> =>
  run.then(
    () => expect.fail('it did not fail'),
    (error) => {
      expect(error).toBeInstanceOf(ExecError);
      return error as ExecError;
    },
  );

describe('a program', () => {
  it('gets each word as it is, whatever it holds', async () => {
    const words = [
      'two words',
      '',
      "it's",
      '"',
      '\\',
      '$HOME',
      '`id`',
      '*',
      '~',
      '!',
      ';',
      '\n\t',
      'é',
      '-n',
    ];
    const { stdout } = await $`printf ${'<%s>'} ${words} ${7}`;
    expect(stdout).toBe([...words, 7].map((word) => `<${word}>`).join(''));
  });

  it('gets the input, and an end of it where there is none', async () => {
    expect((await $({ input: 'secret' })`cat`).stdout).toBe('secret');
    expect((await $({ input: '' })`cat`).stdout).toBe('');
    expect((await $`cat`).stdout).toBe('');
  });

  it('may end before it has read its input', async () => {
    await $({ input: 'x'.repeat(4_000_000) })`true`;
  });

  it('is given back in full, however much it prints, without colours', async () => {
    const input = 'é'.repeat(1_000_000);
    expect((await $({ input })`cat`).stdout === input).toBe(true);
  });

  it('has the environment and directory that it is given', async () => {
    const dir = tmpdir();
    afterAll(() => $`rm -r ${dir}`);
    const script = 'echo "$A $HOME $(pwd -P)"';
    const { stdout } = await $({ cwd: dir, env: { A: 'a' } })`sh -c ${script}`;
    expect(stdout).toBe(`a ${process.env.HOME} ${(await $`realpath ${dir}`).stdout}`);
  });

  it('is heard as it prints', async () => {
    let heard = '';
    const onOutput = (chunk: string) => (heard += chunk);
    await $({ onOutput })`sh -c ${'echo out; sleep 0.2; echo err >&2'}`;
    expect(heard).toBe('out\nerr\n');
  });
});

describe('a program that fails', () => {
  it('is an error with its status and the last of what it said, without its input', async () => {
    const script = 'echo out; seq 9 >&2; cat >/dev/null; exit 3';
    const error = await failure($({ input: 'secret' })`sh -c ${script}`);
    expect(error).toMatchObject({ status: 3, stdout: 'out\n', stderr: '1\n2\n3\n4\n5\n6\n7\n8\n9\n' });
    expect(error.message).toMatch(/^sh -c .*: exit status 3: 5\n6\n7\n8\n9$/);
    expect(error.message).not.toContain('secret');
  });

  it('is named without its directory, and with no more than the beginning of its words', async () => {
    const error = await failure($`${'/bin/false'} ${'x'.repeat(1_000)}`);
    expect(error.message).toBe(`false ${'x'.repeat(194)}: exit status 1`);
  });

  it('by a signal has none but that', async () => {
    const error = await failure($`sh -c ${'kill -TERM $$'}`);
    expect(error.status).toBeUndefined();
    expect(error.message).toMatch(/: SIGTERM$/);
  });

  it('for it is not there says so', async () => {
    const error = await failure($`no-such-program a`);
    expect(error.message).toMatch(/^no-such-program a: exit status 127: .*no-such-program: not found$/);
  });

  it('for its words are too many is an error like others', async () => {
    expect((await failure($`true ${'x'.repeat(3_000_000)}`)).message).toMatch(/E2BIG$/);
  });
});

describe('a deadline', () => {
  it('kills', async () => {
    const error = await failure($({ timeout: 300 })`sleep 60`);
    expect(error.status).toBeUndefined();
    expect(error.message).toMatch(/^sleep 60: killed after [\d.]+ s$/);
  });

  it('can be set by what is heard, and kills what ignores other signals and has children that hold its output', async () => {
    const script = 'trap "" TERM INT; sleep 60 & echo out; sleep 60; true';
    const onOutput: ExecOptions['onOutput'] = (_, running) => running.timeout(100);
    const error = await failure($({ onOutput })`sh -c ${script}`);
    expect(error).toMatchObject({ status: undefined, stdout: 'out\n' });
    expect(error.message).toMatch(/: killed after [\d.]+ s$/);
  });
});

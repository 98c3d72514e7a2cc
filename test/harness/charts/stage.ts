import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Scripts of pods that run in their shell against a model: what they ask of servers goes to whoever plays the model, a line each, and so do their waits. */

export type Answer = { lines: readonly string[] } | { refused: string } | 'end';

/** One pod's shell, which asks one thing at a time. */
export class Shell {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** What it asked last, and waits for. */
  pending = '';

  constructor(dir: string, script: string, env: Readonly<Record<string, string>>) {
    this.#process = spawn('bash', [join(dir, script)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH ?? '', BALLAST_TEST: '1', SCRIPTS: dir, ...env },
    });
    if (this.#process.stdout === null) throw new Error('a shell without an output');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async listen(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('a shell has ended');
    this.pending = value;
    return value;
  }

  async answer(answer: Answer): Promise<string> {
    const text =
      answer === 'end'
        ? 'end\n'
        : 'refused' in answer
          ? `no ${answer.refused}\n`
          : [`ok ${answer.lines.length}`, ...answer.lines].map((line) => `${line}\n`).join('');
    this.#process.stdin?.write(text);
    return this.listen();
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }
}

import { spawn } from 'node:child_process';
import { $, type ExecResult } from '../base/exec.ts';

/**
 * Commands of a text for people (NOTES.txt, what `npm run up` prints): lines that are indented and begin with helm or kubectl, maybe after a
 * word that says what for.
 */
export function commandsIn(text: string): string[] {
  return [...text.matchAll(/^\s+(?:\w+:\s+)?((?:helm|kubectl) .*)$/gm)].map(([, command = '']) => command);
}

/** Commands of a Markdown section's first block of shell code, a line each. */
export function commandsOfSection(markdown: string, heading: string): string[] {
  const section = markdown.split(/^(?=#+ )/m).find((part) => part.startsWith(`${heading}\n`));
  const [, block = ''] = /^```sh\n([\s\S]*?)^```/m.exec(section ?? '') ?? [];
  return block.split('\n').filter((line) => line !== '');
}

const rows = 40;
const columns = 200;
/** ECMA-48's device status report. */
const cursorQuery = '\x1b[6n';

/** A question of an interactive program and the answer to it: a line, without its newline. */
export type Exchange = readonly [question: RegExp, answer: string];

/** A bash as a user has it after `setup`, the lines that they were told to type first. */
export class Shell {
  readonly #setup: string;
  readonly #cwd: string | undefined;

  constructor(setup: string, cwd?: string) {
    this.#setup = setup;
    this.#cwd = cwd;
  }

  /** Runs a command to its end. Throws ExecError unless it exits with 0. */
  run(command: string, timeout = 600_000): Promise<ExecResult> {
    return $({ timeout, ...this.#directory() })`bash ${this.#arguments(command)}`;
  }

  /** Holds a conversation over a terminal; gives all that was on it. Throws when a question does not come within three minutes: a JVM starts slowly on a busy machine. */
  async converse(command: string, exchanges: readonly Exchange[]): Promise<string> {
    const quoted = this.#arguments(command).map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    // util-linux's: gives the program a terminal, which clients want for passwords and prompts; it has no size of its own.
    const child = spawn(
      'script',
      [
        '--quiet',
        '--return',
        '--command',
        `stty rows ${rows} cols ${columns}; exec bash ${quoted.join(' ')}`,
        '/dev/null',
      ],
      {
        ...this.#directory(),
      },
    );
    let screen = '';
    let seen = 0;
    const left = [...exchanges];
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        clearTimeout(timer);
        child.kill('SIGKILL');
        reject(new Error(`${command}: ${reason}; on the terminal:\n${screen}`));
      };
      let timer: NodeJS.Timeout;
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => fail(`${left[0]?.[0] ?? 'its end'} did not come`), 180_000);
      };
      const listen = (chunk: Buffer) => {
        screen += chunk.toString();
        // A client that was not told the terminal's size yet asks where the cursor is: a terminal answers.
        const asked = chunk.toString().split(cursorQuery).length - 1;
        if (asked > 0) child.stdin.write(`\x1b[${rows};${columns}R`.repeat(asked));
        const [next] = left;
        const found = next?.[0].exec(screen.slice(seen));
        if (next === undefined || !found) return;
        left.shift();
        seen = screen.length;
        child.stdin.write(`${next[1]}\r`);
        wait();
      };
      child.stdin.on('error', () => undefined); // it may end before it has read all: 'close' tells how
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.on('error', (error) => fail(error.message));
      child.on('close', (status) => {
        if (left.length > 0 || status !== 0) fail(`ended with status ${status}`);
        else {
          clearTimeout(timer);
          resolve(screen);
        }
      });
      wait();
    });
  }

  /** Runs a command that goes on until it is ended, as long as `use` takes. */
  async during<T>(command: string, use: () => Promise<T>): Promise<T> {
    const child = spawn('bash', this.#arguments(`exec ${command}`), {
      ...this.#directory(),
      stdio: 'ignore',
    });
    try {
      return await use();
    } finally {
      child.kill();
    }
  }

  #arguments(command: string): string[] {
    return ['-euo', 'pipefail', '-c', `${this.#setup}\n${command}`];
  }

  #directory(): { cwd?: string } {
    return this.#cwd === undefined ? {} : { cwd: this.#cwd };
  }
}

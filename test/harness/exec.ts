import { type ProcessPromise, $ as zx } from 'zx/core';

/** A program that ended with a non-zero status, a signal, or at its deadline. The message never holds the input. */
export class ExecError extends Error {
  override readonly name = 'ExecError';
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: string, status: number | undefined, stdout: string, stderr: string, reason: string) {
    const detail = stderr.trim().split('\n').slice(-5).join('\n');
    super(`${command}: ${reason}${detail ? `: ${detail}` : ''}`);
    this.status = status;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

export interface ExecOptions {
  cwd?: string;
  /** On top of this process' own. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Text for standard input; it never appears in errors. */
  input?: string;
  /** Milliseconds; 10 minutes unless told, 0 for none. */
  timeout?: number;
  /** Called with each chunk of output as it comes; `running.timeout()` sets a new deadline. */
  onOutput?: (chunk: string, running: ProcessPromise) => void;
  /** Ends the program early, by SIGTERM, so that it can clean up. */
  signal?: AbortSignal;
  /** The program has this process' terminal, and nothing that it prints is returned. */
  terminal?: boolean;
}

export interface ExecResult {
  stdout: string;
  stderr: string;
}

type Word = string | number | readonly (string | number)[];
type Run = (pieces: TemplateStringsArray, ...words: readonly Word[]) => Promise<ExecResult>;

/**
 * Runs one program to its end: $`kind get clusters`, or $({ env })`helm ${args}`. What stands in ${} is one word each, an array a word per
 * element; the rest is bash's to read. All words together may have 128 KiB. Throws ExecError unless it exits with 0.
 */
export function $(options: ExecOptions): Run;
export function $(pieces: TemplateStringsArray, ...words: readonly Word[]): Promise<ExecResult>;
export function $(
  first: ExecOptions | TemplateStringsArray,
  ...words: readonly Word[]
): Run | Promise<ExecResult> {
  if ('raw' in first) return run({}, first, words);
  return (pieces, ...rest) => run(first, pieces, rest);
}

async function run(
  { cwd, env, input, timeout = 600_000, onOutput, signal: abort, terminal = false }: ExecOptions,
  pieces: TemplateStringsArray,
  words: readonly Word[],
): Promise<ExecResult> {
  let killed = false;
  const running = zx({
    ...(cwd === undefined ? {} : { cwd }),
    ...(input ? { input } : {}),
    env: { ...process.env, ...env },
    stdio: terminal ? 'inherit' : [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    // The program takes bash's place: its signals and status are its own.
    prefix: 'exec ',
    nothrow: true,
    quiet: true,
    timeout,
    // zx's own needs ps, which small machines lack. Children that hold the output open keep nobody waiting.
    kill: async () => {
      killed = true;
      running.child?.kill('SIGKILL');
      running.stdout?.destroy();
      running.stderr?.destroy();
    },
  })(pieces, ...words);
  running.stdin?.on('error', () => undefined); // it may end before it has read all
  for (const stream of onOutput ? [running.stdout, running.stderr] : [])
    stream?.on('data', (chunk) => onOutput?.(String(chunk), running));

  const end = () => void running.child?.kill('SIGTERM');
  abort?.addEventListener('abort', end);
  const output = await running.finally(() => abort?.removeEventListener('abort', end));
  if (output.ok) return output;
  const { exitCode, signal, cause, duration, stdout, stderr } = output;
  const command = running.cmd.replace(/^\S*\//, '').slice(0, 200);
  const ended = cause?.message ?? signal ?? `exit status ${exitCode}`;
  const reason = killed ? `killed after ${Math.round(duration / 100) / 10} s` : ended;
  const status = killed || cause ? undefined : (exitCode ?? undefined);
  throw new ExecError(command, status, stdout, stderr, reason);
}

import { type ExecFileException, execFile } from 'node:child_process';

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
  env?: Readonly<Record<string, string | undefined>>;
  /** Text for standard input; it never appears in errors. */
  input?: string;
  /** Milliseconds; 10 minutes unless told. */
  timeout?: number;
  /** Called with each chunk of output as it comes. */
  onOutput?: (chunk: string) => void;
}

export interface ExecResult {
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, without a shell. Throws ExecError unless it exits with 0. */
export function exec(file: string, args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const timeout = options.timeout ?? 600_000;
  const command = [file.split('/').at(-1), ...args].join(' ').slice(0, 200);
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      {
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        env: { ...process.env, ...options.env },
        timeout,
        killSignal: 'SIGKILL',
        maxBuffer: 256 * 1024 * 1024,
        encoding: 'utf8',
      },
      (error: ExecFileException | null, stdout, stderr) => {
        if (!error) return resolve({ stdout, stderr });
        const status = typeof error.code === 'number' ? error.code : undefined;
        const reason =
          status !== undefined
            ? `exit status ${status}`
            : error.killed
              ? `killed after ${timeout / 1000} s`
              : (error.code ?? error.signal ?? error.message);
        reject(new ExecError(command, status, stdout, stderr, String(reason)));
      },
    );
    if (options.onOutput) {
      child.stdout?.on('data', options.onOutput);
      child.stderr?.on('data', options.onOutput);
    }
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
  });
}

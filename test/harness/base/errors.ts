/**
 * A failure whose cause is the user's input or machine, not a defect: printed as one line, without a stack.
 * `message` says what is wrong, `fix` what to do about it.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly fix: string;
  /** Of the process that it ends. */
  readonly status: number;

  constructor(
    message: string,
    fix: string,
    { status = 1, ...options }: ErrorOptions & { status?: number } = {},
  ) {
    super(message, options);
    this.fix = fix;
    this.status = status;
  }

  get line(): string {
    return `${this.message}: ${this.fix}`;
  }
}

/** A condition that did not come true before its deadline. `waitedFor` completes the sentence "timed out waiting for …". */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';

  constructor(waitedFor: string, seconds: number, lastSeen?: string) {
    super(
      `timed out after ${seconds} s waiting for ${waitedFor}${lastSeen ? ` (last seen: ${lastSeen})` : ''}`,
    );
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs a command's main function: a UserError ends it with one line and its status, anything else with its stack and 1. */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof UserError) console.error(`error: ${error.line}`);
    else if (error instanceof TimeoutError) console.error(`error: ${error.message}`);
    else console.error(error);
    process.exitCode = error instanceof UserError ? error.status : 1;
  }
}

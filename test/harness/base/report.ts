import { AsyncLocalStorage } from 'node:async_hooks';

/** Where a long step says what it is doing: one line each time, no newline at its end. */
export type Listener = (line: string) => void;

const ofStep = new AsyncLocalStorage<Listener>();
let ofProcess: Listener = () => undefined;

/** Tells whoever listens what is being done: of this step, or of this process; nobody unless told. */
export function report(line: string): void {
  (ofStep.getStore() ?? ofProcess)(line);
}

/** From now on this process's reports go there. */
export function reportTo(listener: Listener): void {
  ofProcess = listener;
}

/** What is reported while `run` runs goes there. */
export function reportingTo<T>(listener: Listener, run: () => Promise<T>): Promise<T> {
  return ofStep.run(listener, run);
}

/** Reports go to a terminal from now on, each with the seconds since this was called. */
export function announce(print: Listener = console.error): void {
  const start = performance.now();
  reportTo((line) =>
    print(`${Math.round((performance.now() - start) / 1000)} s  ${line}`.padStart(line.length + 9)),
  );
}

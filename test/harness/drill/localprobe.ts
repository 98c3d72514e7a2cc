import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { waitFor } from '../base/host.ts';
import { bundleOf, Probe } from './probe.ts';

/** A port of this machine that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the port has no number');
  return address.port;
}

interface LocalProbe extends AsyncDisposable {
  probe: Probe;
  /** Of its process. */
  pid: number;
}

/** A system's probe as a process of this machine, for a server that runs here as well. */
export async function localProbe(system: string, env: Readonly<Record<string, string>>): Promise<LocalProbe> {
  const port = await freePort();
  const child = spawn(process.execPath, ['-'], {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  child.stdin.end(await bundleOf(system));

  const send = async <T>(
    method: 'GET' | 'POST',
    path: string,
    { body, seconds = 15 }: { body?: unknown; seconds?: number },
  ): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(seconds * 1000),
    });
    const answer = (await response.json()) as T & { error?: string };
    if (!response.ok) throw new Error(`${path.replace(/\?.*$/, '')}: ${answer.error}`);
    return answer;
  };
  const local: LocalProbe = {
    probe: new Probe(send),
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
  try {
    const health = () => send('GET', '/health', {}).then(() => true as const, String);
    await waitFor(`the probe of ${system} to be ready`, 30, health, 100);
    return local;
  } catch (error) {
    await local[Symbol.asyncDispose]();
    throw error;
  }
}

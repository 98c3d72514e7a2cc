import { createServer, type IncomingMessage } from 'node:http';
import { Tally } from './ledger.ts';
import { type Adapter, Run, type RunOptions } from './probecore.ts';

/**
 * Serves an adapter over HTTP; the harness reaches it through the API server's pod proxy. One run at a time, and its ledger stays until
 * the next one starts. Errors answer 500 with `{error}`.
 */
export function serve(adapter: Adapter, port: number): void {
  let run: Run | undefined;
  const current = (): Run => {
    if (!run) throw new Error('nothing was started');
    return run;
  };

  const routes: Record<string, (request: IncomingMessage, query: URLSearchParams) => Promise<unknown>> = {
    'GET /health': async () => ({}),
    'POST /start': async (request) => {
      const options: RunOptions = JSON.parse(await textOf(request));
      await run?.stop();
      await adapter.prepare(options.service, options.ledger);
      run = new Run(adapter, options);
      run.start();
      return run.status();
    },
    'POST /mark': async (_, query) => ({ ms: current().mark(query.get('name') ?? '') }),
    'GET /status': async () => current().status(),
    'POST /stop': async () => {
      await current().stop();
      return current().status();
    },
    'GET /ledger': async () => current().ledger.pack(),
    'GET /read': async (_, query) => {
      const tally = new Tally(current().ledger.size);
      await adapter.read(need(query, 'host'), need(query, 'primary'), need(query, 'ledger'), (id) =>
        tally.add(id),
      );
      return tally.pack();
    },
    'GET /view': async (_, query) => adapter.view(need(query, 'host')),
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://probe');
    const route = routes[`${request.method} ${url.pathname}`];
    const answer = route
      ? route(request, url.searchParams)
      : Promise.reject(new Error(`no route ${url.pathname}`));
    answer.then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) =>
        response
          .writeHead(500, { 'content-type': 'application/json' })
          .end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) })),
    );
  });
  server.listen(port);
  // Node as PID 1 has no default handler: without this every deletion lasts the whole grace period.
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
}

function need(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (!value) throw new Error(`missing ?${name}=`);
  return value;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

import { existsSync } from 'node:fs';
import http from 'node:http';

/**
 * Runs in a pod: asks without a pause until /tmp/stop is there, and prints what came of it as JSON. Half of the clients keep their connection, half open one for each request;
 * nothing is asked twice.
 */

const [, url = '', clients = '8'] = process.argv;
const answers: Record<string, number> = {};
const failures: Record<string, number> = {};
let longestMs = 0;

function ask(agent: http.Agent, method: string, path: string, body?: string): Promise<void> {
  const started = performance.now();
  return new Promise((resolve) => {
    const end = (outcome: string, failed: boolean) => {
      const counts = failed ? failures : answers;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      longestMs = Math.max(longestMs, performance.now() - started);
      resolve();
    };
    const headers = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const request = http.request(url + path, { agent, method, headers, timeout: 20_000 }, (response) => {
      const status = response.statusCode ?? 0;
      response.on('end', () => end(`${method} ${path} ${status}`, status < 200 || status >= 400));
      response.on('error', (error) => end(`${method} ${path} cut off: ${error.message}`, true));
      response.resume();
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => end(`${method} ${path} ${error.message}`, true));
    request.end(body);
  });
}

async function client(index: number): Promise<void> {
  const agent = new http.Agent({ keepAlive: index % 2 === 0, maxSockets: 1 });
  for (let round = 0; !existsSync('/tmp/stop'); round++) {
    // Long enough that a pod which goes is asked something still.
    if (index === 0) await ask(agent, 'GET', '/trials/slow?seconds=2');
    else if (round % 3 === 0) await ask(agent, 'POST', '/entries.json', `name=load&text=${index}-${round}`);
    else await ask(agent, 'GET', round % 3 === 1 ? '/readyz' : '/static/entries/book.css');
  }
}

Promise.all(Array.from({ length: Number(clients) }, (_, index) => client(index))).then(() =>
  process.stdout.write(JSON.stringify({ answers, failures, longestMs: Math.round(longestMs) })),
);

import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { createPool } from 'mysql2/promise';

/** An app as a team would write it, by nothing but what `uses` tells it: each request is a row in MySQL and a count in Redis. `migrate` makes the table. */

const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};

const pool = createPool({
  host: env('MYSQL_HOST'),
  port: Number(env('MYSQL_PORT')),
  user: env('MYSQL_USERNAME'),
  password: env('MYSQL_PASSWORD'),
  database: env('MYSQL_DATABASE'),
});
const redis = new Redis({
  host: env('REDIS_HOST'),
  port: Number(env('REDIS_PORT')),
  username: env('REDIS_USERNAME'),
  password: env('REDIS_PASSWORD'),
  lazyConnect: true,
});
redis.on('error', () => undefined);

async function serve(): Promise<void> {
  const server = createServer(async ({ url }, answer) => {
    try {
      if (url === '/ready') await Promise.all([pool.query('SELECT 1 FROM visits LIMIT 1'), redis.ping()]);
      if (url !== '/visit') return void answer.end('ok');
      await pool.query('INSERT INTO visits VALUES ()');
      answer.end(JSON.stringify({ visits: await redis.incr('visits'), version: process.env.VERSION }));
    } catch (error) {
      answer.writeHead(503).end(String(error));
    }
  });
  server.listen(8080);
  process.on('SIGTERM', () => server.close(() => process.exit(0)));
}

async function migrate(): Promise<void> {
  await pool.query('CREATE TABLE IF NOT EXISTS visits (id INT AUTO_INCREMENT PRIMARY KEY)');
  await pool.end();
  redis.disconnect();
}

void (process.argv.includes('migrate') ? migrate() : serve());

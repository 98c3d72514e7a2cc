import { query, withClient } from '../mysql/client.ts';

/**
 * Runs in the probe's pod: `node - HOST SQL…` says each statement to the proxy at HOST and prints the last one's rows as JSON.
 */
const [host = '', ...statements] = process.argv.slice(2);
const { SHARDINGSPHERE_USERNAME: user, SHARDINGSPHERE_PASSWORD: password, DATABASE: database } = process.env;

const rows = await withClient({ host, port: 3307, user, password, database }, async (client) => {
  let last: unknown = [];
  for (const statement of statements) last = await query(client, statement);
  return last;
});
console.log(JSON.stringify(rows));

import { createConnection } from 'mysql2';

/**
 * Runs in the probe's pod: `node - HOST SQL…` says each statement to the proxy at HOST and prints the last one's rows as JSON.
 */
const [host = '', ...statements] = process.argv.slice(2);
const { SHARDINGSPHERE_USERNAME = '', SHARDINGSPHERE_PASSWORD = '', DATABASE = '' } = process.env;
const client = createConnection({
  host,
  port: 3307,
  user: SHARDINGSPHERE_USERNAME,
  password: SHARDINGSPHERE_PASSWORD,
  database: DATABASE,
});

let rows: unknown = [];
for (const statement of statements)
  rows = await new Promise((resolve, reject) => {
    client.query(statement, (error, result) => (error ? reject(error) : resolve(result)));
  });
console.log(JSON.stringify(rows));
client.destroy();

import { type Connection as Client, createConnection, type RowDataPacket } from 'mysql2';

/** Where somebody logs in who speaks MySQL's protocol. */
export interface Place {
  host: string;
  port?: number;
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
}

export const noSuchTable = 1146;
/** A writer gives a silent server up soon, because a user's pool would; who only looks has time. */
export const connectMs = 500;
const patientMs = 5000;

/** An authenticated client; rejects, and leaves no socket behind, when the signal aborts first. */
export function open(place: Place, connectTimeout: number, signal?: AbortSignal): Promise<Client> {
  const { host, port = 3306, user = '', password = '', database = '' } = place;
  // Numbers that JavaScript can't hold come as text.
  const login = { host, port, user, password, database, supportBigNumbers: true };
  const client = createConnection({ ...login, connectTimeout });
  return new Promise((resolve, reject) => {
    const abort = () => {
      client.destroy();
      reject(Object.assign(new Error(`${host} did not let us in`), { code: 'timeout' }));
    };
    signal?.addEventListener('abort', abort, { once: true });
    // Stays for good: a connection lost between two statements must not end the process.
    client.on('error', reject);
    client.connect((error) => {
      signal?.removeEventListener('abort', abort);
      if (!error) return resolve(client);
      client.destroy();
      reject(error);
    });
  });
}

export function query(client: Client, sql: string, values: unknown[] = []): Promise<RowDataPacket[]> {
  return new Promise((resolve, reject) => {
    client.query<RowDataPacket[]>(sql, values, (error, rows) => (error ? reject(error) : resolve(rows)));
  });
}

export async function withClient<T>(place: Place, use: (client: Client) => Promise<T>): Promise<T> {
  const client = await open(place, patientMs);
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

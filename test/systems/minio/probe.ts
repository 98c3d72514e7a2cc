import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { type Adapter, type Connection, Refused } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

const { MINIO_PASSWORD: secretAccessKey = '' } = process.env;
const bucket = 'ledger';
const port = 9000;
/** Who only looks has time. */
const patientMs = 10_000;

function open(host: string, timeout: number): S3Client {
  return new S3Client({
    endpoint: `http://${host}:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'ledger', secretAccessKey },
    // What became of each try counts, not of the last.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: timeout,
      requestTimeout: timeout,
      throwOnRequestTimeout: true,
      httpAgent: new Agent({ keepAlive: true, maxSockets: 32 }),
    },
  });
}

const keyOf = (ledger: string, id: number): string => `${ledger}/${id}`;

/** What a record's object holds: a part of an altered one could not pass for it. */
function contentOf(id: number): string {
  const line = `${id} ${createHash('sha256').update(String(id)).digest('hex')}\n`;
  return line.repeat(12);
}

/** What a server says when it has done nothing: it does not serve yet. */
const untouched = ['XMinioServerNotInitialized', 'ServerNotInitialized', 'IAMNotInitialized'];

async function ask(host: string, path: string, method = 'GET'): Promise<Response> {
  return fetch(`http://${host}:${port}${path}`, { method, signal: AbortSignal.timeout(patientMs) });
}

/** The sum of a metric's series. */
function sum(metrics: string, name: string): number {
  const values = [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  if (values.length === 0) throw new Error(`no ${name}`);
  return values.reduce((total, [, value]) => total + Number(value), 0);
}

const adapter: Adapter = {
  async prepare(host) {
    const client = open(host, patientMs);
    await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }));
    client.destroy();
  },

  async connect(host, ledger, signal): Promise<Connection> {
    const client = open(host, 1500);
    try {
      await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1, Prefix: `${ledger}/none` }), {
        abortSignal: signal,
      });
    } catch (error) {
      client.destroy();
      throw error;
    }
    return {
      // Whichever answers, the object is the store's.
      member: 'store',
      async write(id) {
        try {
          await client.send(
            new PutObjectCommand({ Bucket: bucket, Key: keyOf(ledger, id), Body: contentOf(id) }),
          );
        } catch (error) {
          if (error instanceof S3ServiceException && untouched.includes(error.name))
            throw new Refused(error.name, { cause: error });
          throw error;
        }
      },
      close: () => client.destroy(),
    };
  },

  /** Each object is read whole: one that is altered is not there. */
  async read(host, _, ledger, onId) {
    const client = open(host, patientMs);
    try {
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: `${ledger}/`, ContinuationToken: token }),
        );
        const keys = (page.Contents ?? []).flatMap(({ Key }) => Key ?? []);
        const ids = await pMap(
          keys,
          async (key) => {
            const id = Number(key.slice(ledger.length + 1));
            // A list has also what is on too few volumes to be read: of a write that failed.
            const { Body } = await client
              .send(new GetObjectCommand({ Bucket: bucket, Key: key }))
              .catch((error: unknown) => {
                if (error instanceof NoSuchKey) return { Body: undefined };
                throw error;
              });
            return (await Body?.transformToString()) === contentOf(id) ? [id] : [];
          },
          { concurrency: 24 },
        );
        for (const id of ids.flat()) onId(id);
        token = page.NextContinuationToken;
      } while (token !== undefined);
    } finally {
      client.destroy();
    }
  },

  async view(host) {
    const [live, cluster, metrics] = await Promise.all([
      ask(host, '/minio/health/live', 'HEAD'),
      ask(host, '/minio/health/cluster', 'HEAD'),
      ask(host, '/minio/v2/metrics/cluster').then((response) => response.text()),
    ]);
    const serves = live.headers.get('x-minio-server-status') === null;
    if (!serves) throw new Error(`${host} waits for other servers`);
    const online = sum(metrics, 'minio_cluster_health_erasure_set_online_drives');
    const healing = sum(metrics, 'minio_cluster_health_erasure_set_healing_drives');
    return {
      member: host,
      version: /^minio_software_version_info\{[^}]*version="([^"]*)"/m.exec(metrics)?.[1] ?? 'unknown',
      writable: cluster.ok,
      state: healing === 0 ? 'ONLINE' : `healing ${healing} volumes`,
      role: 'server',
      members:
        sum(metrics, 'minio_cluster_nodes_online_total') + sum(metrics, 'minio_cluster_nodes_offline_total'),
      online,
    };
  },
};

serve(adapter, Number(process.env.PORT ?? 8080));

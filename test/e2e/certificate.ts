import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $ } from '../harness/base/exec.ts';
import { withTempDir } from '../harness/base/host.ts';
import type { Installation } from '../harness/drill/drill.ts';

/** Puts a certificate for a server's names, signed by an authority of its own, into a Secret as users would; gives the authority's. */
export async function ownCertificate(
  installation: Pick<Installation, 'namespace' | 'testCluster'>,
  secret: string,
  server: string,
  ...others: string[]
): Promise<string> {
  return withTempDir(async (dir) => {
    const run = $({ cwd: dir });
    const key = ['-newkey', 'rsa:2048', '-nodes'];
    await run`openssl req -x509 ${key} -days 2 -subj /CN=own-authority -keyout ca.key -out ca.crt`;
    await run`openssl req ${key} -subj /CN=${server} -keyout tls.key -out tls.csr`;
    await writeFile(join(dir, 'names'), `subjectAltName=DNS:${[server, ...others].join(',DNS:')}`);
    await run`openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out tls.crt`;
    const data = Object.fromEntries(
      await Promise.all(
        ['ca.crt', 'tls.crt', 'tls.key'].map(
          async (file) => [file, (await readFile(join(dir, file))).toString('base64')] as const,
        ),
      ),
    );
    await installation.testCluster.kube.core.createNamespacedSecret({
      namespace: installation.namespace,
      body: { metadata: { name: secret }, data },
    });
    return readFile(join(dir, 'ca.crt'), 'utf8');
  });
}

// npm run images [-- CLUSTER]: makes every image of images/images.yaml usable in a cluster of ours and says how each was had.

import { runMain } from '../test/harness/base/errors.ts';
import { ensureCluster } from '../test/harness/cluster/cluster.ts';
import { imageCatalog, resolveImages, shareImages } from '../test/harness/images/images.ts';

await runMain(async () => {
  const [name = 'ballast-test'] = process.argv.slice(2);
  const report = (line: string): void => console.error(line);
  const cluster = await ensureCluster({ name, workers: 3, disposable: name !== 'ballast', report });
  const images = await resolveImages([...(await imageCatalog()).keys()], report);
  await shareImages(cluster, images, report);
  for (const image of images) {
    console.log(`${image.ref}: ${image.status}${image.status === 'unavailable' ? ` (${image.reason})` : ''}`);
  }
  console.log(`KUBECONFIG=${cluster.kubeconfig}`);
});

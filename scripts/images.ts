// npm run images [-- CLUSTER]: makes every image of images/images.yaml usable in a cluster of ours and says how each was had.

import { runMain } from '../test/harness/base/errors.ts';
import { reportTo } from '../test/harness/base/report.ts';
import { ensureCluster } from '../test/harness/cluster/cluster.ts';
import { imageCatalog, resolveImages, shareImages } from '../test/harness/images/images.ts';

await runMain(async () => {
  const [name = 'ballast-test'] = process.argv.slice(2);
  reportTo(console.error);
  const cluster = await ensureCluster({ name, workers: 3, disposable: name !== 'ballast' });
  const images = await resolveImages([...(await imageCatalog()).keys()]);
  await shareImages(cluster, images);
  for (const image of images) {
    console.log(`${image.ref}: ${image.status}${image.status === 'unavailable' ? ` (${image.reason})` : ''}`);
  }
  console.log(`KUBECONFIG=${cluster.kubeconfig}`);
});

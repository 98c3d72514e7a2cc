import type { Adapter } from '../../harness/drill/probecore.ts';
import { serve } from '../../harness/drill/probeserver.ts';

const missing = (what: string) => Promise.reject(new Error(`the probe of newsystem can't ${what} yet`));

const adapter: Adapter = {
  prepare: () => missing('make a place for records'),
  connect: () => missing('write'),
  read: () => missing('read'),
  view: () => missing('ask a member for its role'),
};

serve(adapter, 8080);

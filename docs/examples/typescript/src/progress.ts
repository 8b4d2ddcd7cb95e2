import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { send, startAccepted, status } from './carrierflow.js';
import { line, scenario } from './sandbox.js';

/** Asks how far an operation is, while it waits and when it has ended. */
export async function progress(client: Client): Promise<void> {
  const { handle } = await startAccepted(client, 'stn.SetServices', {
    reference: randomUUID(),
    subscriptionId: line('SUB-', scenario.neverDecided),
    services: { voiceMail: false },
  });
  const before = await status(handle);
  console.log(`${before.phase}: sTN said ${before.acknowledgement?.status}; you can send ${before.actions?.join(', ')}`);
  await send(handle, 'resolve', { operator: 'alex', reason: 'sTN dropped it', outcome: 'failed' });
  const after = await status(handle);
  console.log(`${after.phase} as ${after.failure ?? 'done'}`);
}

import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { asFailure, start } from './carrierflow.js';
import { line, scenario } from './sandbox.js';

/** Starts an operation that is to begin tonight, and calls it off before. */
export async function later(client: Client): Promise<void> {
  const input = { reference: randomUUID(), iccid: line('8901', scenario.ordinary), action: 'Cease' } as const;
  const handle = await start(client, 'dish.UpdateSubscriptionStatus', input, { startDelay: '8 hours' });
  await handle.cancel();
  try {
    await handle.result();
  } catch (err) {
    const failure = asFailure(err);
    if (!failure) throw err;
    console.log(`${failure.type}: nothing was sent to ${failure.carrier}`);
  }
}

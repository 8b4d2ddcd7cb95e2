import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { lineKey, start } from './carrierflow.js';
import { line, scenario } from './sandbox.js';

/** Starts an operation and waits for its result, which may take minutes or days. */
export async function suspend(client: Client): Promise<void> {
  const iccid = line('8901', scenario.ordinary);
  const handle = await start(
    client,
    'dish.UpdateSubscriptionStatus',
    { reference: randomUUID(), iccid, action: 'Suspend' },
    { summary: `Suspend line …${iccid.slice(-4)} at DISH`, lineKey: lineKey('secret', 'dish.UpdateSubscriptionStatus', iccid) },
  );
  const result = await handle.result();
  console.log(`${result.status}, effect ${result.effect}: the line is ${result.line?.status}`);
}

import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { start } from './carrierflow.js';
import { line, scenario } from './sandbox.js';

/** Reads a subscription at DISH. */
export async function read(client: Client): Promise<void> {
  const input = { reference: randomUUID(), iccid: line('8901', scenario.ordinary) };
  const handle = await start(client, 'dish.GetSubscription', input);
  const subscriber = await handle.result();
  console.log(`the subscription is ${subscriber.subscriptions?.[0]?.subscriptionStatus}`);
}

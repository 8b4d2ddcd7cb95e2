import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { start, workflowId } from './carrierflow.js';
import { line, scenario } from './sandbox.js';

/** A reference is used once. A second start sends nothing; the outcome of the first can be waited for. */
export async function duplicate(client: Client): Promise<void> {
  const input = { reference: randomUUID(), iccid: line('8901', scenario.ordinary), action: 'Suspend' } as const;
  await start(client, 'dish.UpdateSubscriptionStatus', input);
  try {
    await start(client, 'dish.UpdateSubscriptionStatus', input);
  } catch (err) {
    if (!(err instanceof WorkflowExecutionAlreadyStartedError)) throw err;
    console.log('the reference was used before');
  }
  const result = await client.workflow.getHandle(workflowId('dish.UpdateSubscriptionStatus', input.reference)).result();
  console.log(`that one ended with ${result.status}`);
}

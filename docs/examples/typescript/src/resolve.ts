import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { refusal, send, startAccepted } from './carrierflow.js';
import { line, scenario } from './sandbox.js';

/** An operator closes an operation that sTN never decides. An update that makes no sense there is refused. */
export async function resolve(client: Client): Promise<void> {
  const { handle } = await startAccepted(client, 'stn.SetServices', {
    reference: randomUUID(),
    subscriptionId: line('SUB-', scenario.neverDecided),
    services: { voiceMail: false },
  });
  const action = { operator: 'alex', reason: 'sTN says on the phone that it is done' };
  try {
    await send(handle, 'deny', action);
  } catch (err) {
    const why = refusal(err);
    if (!why) throw err;
    console.log(`refused: ${why}`);
  }
  await send(handle, 'resolve', { ...action, outcome: 'done' });
  const result = await handle.result();
  console.log(`done, decided by ${result.decidedBy} ${result.resolution?.operator}`);
}

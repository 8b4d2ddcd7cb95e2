import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { asFailure, start } from './carrierflow.js';
import { line, scenario } from './sandbox.js';

/** sTN takes a request and ends it with ERROR later: the operation fails, with sTN's own status. */
export async function failed(client: Client): Promise<void> {
  const handle = await start(client, 'stn.SetServices', {
    reference: randomUUID(),
    subscriptionId: line('SUB-', scenario.delayedError),
    services: { voiceMail: false },
    timings: { pollEvery: '1s' },
  });
  try {
    await handle.result();
  } catch (err) {
    const failure = asFailure(err);
    if (!failure) throw err; // not an outcome: a lost connection, or a run that somebody terminated
    switch (failure.type) {
      case 'CarrierFailed':
        console.log(`${failure.carrier} took it at ${failure.submittedAt} and ended it with ${failure.status}`);
        break;
      case 'CarrierRejected':
      case 'PartlyTaken':
        console.log(`correct it and use a new reference: ${failure.message}`);
        break;
      default: // also one that this program does not know
        console.log(`an operator has to look: ${failure.message}`);
    }
  }
}

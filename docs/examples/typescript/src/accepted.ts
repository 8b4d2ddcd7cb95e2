import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { asFailure, startAccepted } from './carrierflow.js';
import { line, scenario } from './sandbox.js';

/**
 * Starts an operation and hears whether the carrier takes it: once it does, which is heard at once, once it does not. A refusal
 * is looked up before it is believed, so it is heard after the timing "lookupDelay", 15 seconds.
 */
export async function accepted(client: Client): Promise<void> {
  for (const chosen of [scenario.ordinary, scenario.refused]) {
    const input = { reference: randomUUID(), subscriptionId: line('SUB-', chosen), services: { voiceMail: false } };
    try {
      const { accepted } = await startAccepted(client, 'stn.SetServices', input);
      console.log(`${accepted.state}: sTN says ${accepted.status}`); // handle.result() waits for the outcome
    } catch (err) {
      const failure = asFailure(err);
      if (!failure) throw err;
      console.log(`${failure.type}: HTTP ${failure.httpStatus}`);
    }
  }
}

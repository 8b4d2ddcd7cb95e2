// What a program needs to talk to carrierflow. Copy it; the types in ./generated are made from docs/schemas.
import { createHmac } from 'node:crypto';
import {
  ApplicationFailure,
  CancelledFailure,
  Client,
  Connection,
  WithStartWorkflowOperation,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { encrypted } from './encryption.js';
import type { Changes, Failure, Reads, Status, UpdateAccepted, UpdateAcceptedAnswer, Updates } from './generated/contract.js';

export type Operations = Changes & Reads;

/** An operation as the Temporal client sees it. */
export type Run<O extends keyof Operations> = (input: Operations[O]['input']) => Promise<Operations[O]['result']>;

export interface StartOptions {
  /** See {@link lineKey}; operators find all operations of one line by it. */
  lineKey?: string;
  /** One line for people, for example "Suspend line …0042 at DISH". Of the line, show no more than the last four characters. */
  summary?: string;
  /** Begin later, for example after "8 hours". Until then, canceling the run calls it off. */
  startDelay?: WorkflowStartOptions['startDelay'];
}

/**
 * Connects as the temporal CLI does: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and so on. With a keyset in
 * CARRIERFLOW_ENCRYPTION_KEYS it encrypts what it sends, and decrypts what it receives.
 */
export async function connect(): Promise<Client> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const dataConverter = encrypted();
  return new Client({
    connection: await Connection.connect(connectionOptions),
    namespace: namespace ?? 'default',
    ...(dataConverter && { dataConverter }),
  });
}

/** The workflow id of an operation. The process that waits for the outcome needs no more than this. */
export function workflowId(operation: keyof Operations, reference: string): string {
  return `${carrierOf(operation)}:${reference}`;
}

/**
 * Starts an operation, without waiting for anything; `result()` of what it returns waits for the outcome.
 * A reference that was used before is refused with a WorkflowExecutionAlreadyStartedError, and nothing is started.
 */
export function start<O extends keyof Operations>(
  client: Client,
  operation: O,
  input: Operations[O]['input'],
  options: StartOptions = {},
): Promise<WorkflowHandle<Run<O>>> {
  return client.workflow.start<Run<O>>(operation, startOptions(operation, input, options));
}

/**
 * Starts an operation that changes something and waits until the carrier has taken the request. When the carrier refuses
 * it, {@link asFailure} reads the error. It cannot begin later.
 */
export async function startAccepted<O extends keyof Changes>(
  client: Client,
  operation: O,
  input: Changes[O]['input'],
  options: Omit<StartOptions, 'startDelay'> = {},
): Promise<{ accepted: UpdateAcceptedAnswer; handle: WorkflowHandle<Run<O>> }> {
  const startWorkflowOperation = new WithStartWorkflowOperation<Run<O>>(operation, startOptions(operation, input, options));
  const accepted = await client.workflow.executeUpdateWithStart<Run<O>, UpdateAcceptedAnswer, [UpdateAccepted]>('accepted', {
    args: [{}],
    startWorkflowOperation,
  });
  return { accepted, handle: await startWorkflowOperation.workflowHandle() };
}

/** Sends an update and waits for its answer. One that makes no sense now is refused: see {@link refusal}. */
export function send<U extends keyof Updates>(
  handle: Pick<WorkflowHandle, 'executeUpdate'>,
  update: U,
  argument: Updates[U]['argument'],
): Promise<Updates[U]['answer']> {
  return handle.executeUpdate<Updates[U]['answer'], [Updates[U]['argument']]>(update, { args: [argument] });
}

/**
 * How far an operation is that changes something, also when it has ended. A worker answers, so one has to run. What a check
 * has heard that is under way is not in it, until the check ends.
 */
export function status(handle: Pick<WorkflowHandle, 'query'>): Promise<Status> {
  return handle.query<Status>('status');
}

/** Why an operation failed. Undefined for an error that is no outcome: a lost connection, a terminated run. */
export function asFailure(err: unknown): Failure | undefined {
  const cause = causeOf(err);
  if (!(cause instanceof ApplicationFailure || cause instanceof CancelledFailure)) return undefined;
  const failure = cause.details?.[0] as Failure | undefined;
  const type = cause instanceof ApplicationFailure ? cause.type : 'Canceled';
  return failure?.type === type ? failure : undefined;
}

/** Why an update was refused; undefined for any other error. */
export function refusal(err: unknown): string | undefined {
  const cause = causeOf(err);
  return cause instanceof ApplicationFailure && cause.type === 'Refused' ? cause.message : undefined;
}

/**
 * The search attribute LineKey: a hash of the line's identifier with a secret that everybody shares who starts or looks
 * for operations. Which field of an input identifies the line is in docs/contract.md. Give it in the form in which it goes to
 * the carrier: an ICCID as digits; a phone number as digits with the country code at DISH, as 06… at sTN.
 */
export function lineKey(secret: string, operation: keyof Operations, identifier: string): string {
  return createHmac('sha256', secret).update(`${carrierOf(operation)}:${identifier}`).digest('hex').slice(0, 32);
}

function startOptions<O extends keyof Operations>(operation: O, input: Operations[O]['input'], options: StartOptions) {
  const keyword = (name: string, value: string) => ({ key: defineSearchAttributeKey(name, 'KEYWORD'), value });
  return {
    workflowId: workflowId(operation, input.reference),
    taskQueue: 'carrierflow',
    args: [input] as [Operations[O]['input']],
    // Both are needed: Temporal's own defaults let a closed operation start again, and that sends a second time.
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    workflowIdConflictPolicy: 'FAIL' as const,
    typedSearchAttributes: [
      keyword('Carrier', carrierOf(operation)),
      keyword('Operation', operation),
      ...(options.lineKey ? [keyword('LineKey', options.lineKey)] : []),
    ],
    ...(options.summary && { staticSummary: options.summary }),
    ...(options.startDelay && { startDelay: options.startDelay }),
  };
}

function carrierOf(operation: keyof Operations): string {
  return operation.split('.', 1)[0]!;
}

function causeOf(err: unknown): unknown {
  return err instanceof WorkflowFailedError || err instanceof WorkflowUpdateFailedError ? err.cause : err;
}

// Drives the sandbox of Telnyx with the client that Telnyx publishes, which is generated from Telnyx's own OpenAPI. What it cannot
// read, or reads otherwise, ends the program with an error. The sandbox must want the key, and know nothing yet. The test is
// lab/e2e/telnyx_test.go.
//
//   npm ci && node drive.mjs http://127.0.0.1:8088/telnyx/v2 key

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import Telnyx, { AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError, UnprocessableEntityError } from 'telnyx';

const [baseURL, apiKey] = process.argv.slice(2);
assert(baseURL && apiKey, 'usage: node drive.mjs BASE_URL API_KEY');

// The client sends a request again by itself, twice by default; here it does not, unless a step says so.
const client = new Telnyx({ apiKey, baseURL, maxRetries: 0 });
const resending = new Telnyx({ apiKey, baseURL, maxRetries: 2 });

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// card is a SIM card that the sandbox makes up: the first digits choose how it is, the last two which scenario it meets.
const card = (condition, scenario = '00') => `5a2d9c10-${condition}-4000-8000-0000000007${scenario}`;
const [disabled, enabled, noGroup, esim, absent] = ['0000', '0001', '0100', '1001', '9999'];

// final polls an action until it no longer runs.
async function final(id) {
  for (let n = 0; n < 200; n++) {
    const { data } = await client.simCards.actions.retrieve(id);
    assert.equal(data.id, id);
    if (data.status.value !== 'in-progress') return data;
    await sleep(25);
  }
  assert.fail(`action ${id} does not end`);
}

// rejects expects an error of a class of the client, with Telnyx's code in its body.
async function rejects(call, kind, status, code) {
  const error = await call.then(() => assert.fail('no error'), (error) => error);
  assert(error instanceof kind, `${error.constructor.name} is no ${kind.name}: ${error.message}`);
  assert.deepEqual([error.status, error.error.errors[0].code], [status, code]);
  assert(error.error.errors[0].title);
}

async function step(name, run) {
  await run();
  console.log(`ok: ${name}`);
}

await step('enable, disable, set to standby', async () => {
  const id = card(disabled, '01');
  const statuses = [];
  for (const [change, type, during, after] of [['enable', 'enable', 'enabling', 'enabled'], ['setStandby', 'set_standby', 'setting_standby', 'standby'],
    ['enable', 'enable', 'enabling', 'enabled'], ['disable', 'disable', 'disabling', 'disabled']]) {
    const { data: action } = await client.simCards.actions[change](id);
    assert.match(action.id, UUID);
    assert.deepEqual([action.record_type, action.action_type, action.sim_card_id, action.status.value], ['sim_card_action', type, id, 'in-progress']);
    const { data: running } = await client.simCards.retrieve(id);
    assert.deepEqual([running.status.value, running.actions_in_progress], [during, true]);
    const ended = await final(action.id);
    assert.equal(ended.status.value, 'completed');
    assert(!Number.isNaN(Date.parse(ended.created_at)) && ended.updated_at >= ended.created_at);
    const { data: settled } = await client.simCards.retrieve(id);
    assert.deepEqual([settled.status.value, settled.actions_in_progress], [after, false]);
    statuses.push(settled.status.value);
  }
  assert.deepEqual(statuses, ['enabled', 'standby', 'enabled', 'disabled']);
});

await step('actions are listed, filtered and paged', async () => {
  const id = card(disabled, '01');
  const whole = await client.simCards.actions.list({ filter: { sim_card_id: id }, 'page[size]': 250 });
  assert.deepEqual([whole.data.length, whole.meta.total_results, whole.meta.total_pages, whole.meta.page_number, whole.meta.page_size], [4, 4, 1, 1, 250]);
  const found = [];
  for await (const action of client.simCards.actions.list({ filter: { sim_card_id: id }, 'page[size]': 1 })) found.push(action.id);
  assert.deepEqual(found, whole.data.map((action) => action.id), 'one a page, the same actions');
  const enables = await client.simCards.actions.list({ filter: { sim_card_id: id, action_type: 'enable', status: 'completed' } });
  assert.equal(enables.data.length, 2);
  assert((await client.simCards.actions.list({ filter: { sim_card_id: id, status: 'failed' } })).data.length === 0);
  const nobody = [];
  for await (const action of client.simCards.actions.list({ filter: { sim_card_id: card(disabled, '02') } })) nobody.push(action);
  assert.deepEqual(nobody, []);
});

await step('an action that fails says why', async () => {
  const { data: action } = await client.simCards.actions.enable(card(disabled, '59'));
  const ended = await final(action.id);
  assert.equal(ended.status.value, 'failed');
  assert(ended.status.reason);
});

await step('a newer action interrupts the running one', async () => {
  const id = card(enabled, '03');
  const { data: older } = await client.simCards.actions.setStandby(id);
  const { data: newer } = await client.simCards.actions.disable(id);
  assert.equal((await final(older.id)).status.value, 'interrupted');
  assert.equal((await final(newer.id)).status.value, 'completed');
});

await step('SIM cards are listed and filtered', async () => {
  const { data: physical } = await client.simCards.retrieve(card(disabled, '04'));
  assert.deepEqual([physical.record_type, physical.type, physical.status.value, physical.eid], ['sim_card', 'physical', 'disabled', null]);
  assert.match(physical.sim_card_group_id, UUID);
  const { data: second } = await client.simCards.retrieve(card(esim, '04'));
  assert.equal(second.type, 'esim');
  const ids = async (query) => {
    const found = [];
    for await (const sim of client.simCards.list({ 'page[size]': 2, ...query })) found.push(sim.id);
    return found;
  };
  const all = await ids({});
  assert(all.length > 2 && all.includes(physical.id) && all.includes(second.id));
  assert.deepEqual(await ids({ filter: { iccid: physical.iccid } }), [physical.id]);
  assert.deepEqual(await ids({ filter: { msisdn: second.msisdn } }), [second.id]);
  const two = await ids({ filter: { status: ['enabled', 'standby'], tags: ['sandbox'] } });
  assert(two.includes(second.id) && !two.includes(physical.id));
  assert.deepEqual(await ids({ filter: { tags: ['sandbox', 'nobody'] } }), []);
  assert((await ids({ 'filter[sim_card_group_id]': physical.sim_card_group_id })).includes(physical.id));
});

await step('an eSIM has an activation code, a physical card has none', async () => {
  const { data } = await client.simCards.getActivationCode(card(esim, '04'));
  assert.match(data.activation_code, /^LPA:1\$/);
  await rejects(client.simCards.getActivationCode(card(disabled, '04')), UnprocessableEntityError, 422, '10015');
});

await step('errors are the classes of the client', async () => {
  await rejects(client.simCards.actions.enable(card(noGroup)), UnprocessableEntityError, 422, '70007');
  await rejects(client.simCards.actions.setStandby(card(noGroup)), UnprocessableEntityError, 422, '70007');
  await rejects(client.simCards.actions.enable(card(absent)), NotFoundError, 404, '10005');
  await rejects(client.simCards.retrieve(card(absent)), NotFoundError, 404, '10005');
  await rejects(client.simCards.actions.retrieve(card(absent)), NotFoundError, 404, '10005');
  await rejects(client.simCards.retrieve('7'), UnprocessableEntityError, 422, '10006');
  await rejects(client.simCards.actions.list({ filter: { status: 'interrupted' } }), BadRequestError, 400, '10015');
  await rejects(new Telnyx({ apiKey: 'wrong', baseURL, maxRetries: 0 }).simCards.list(), AuthenticationError, 401, '10009');
  await rejects(client.simCards.actions.enable(card(disabled, '78')), RateLimitError, 429, '10011');
  await rejects(client.simCards.actions.enable(card(disabled, '80')), InternalServerError, 503, '10007');
});

// This is what the client does by default, and why carrierflow does not work in this way: the first request was recorded.
await step('a client that resends makes a second action', async () => {
  const id = card(disabled, '81');
  const { data: second } = await resending.simCards.actions.enable(id);
  const { data: actions } = await client.simCards.actions.list({ filter: { sim_card_id: id } });
  assert.deepEqual(actions.map((action) => action.action_type), ['enable', 'enable']);
  assert.equal((await final(second.id)).status.value, 'completed');
});

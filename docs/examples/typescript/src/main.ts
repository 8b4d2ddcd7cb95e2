// Runs the examples that are named on the command line, or all of them.
import { accepted } from './accepted.js';
import { connect } from './carrierflow.js';
import { duplicate } from './duplicate.js';
import { failed } from './failed.js';
import { later } from './later.js';
import { progress } from './progress.js';
import { read } from './read.js';
import { resolve } from './resolve.js';
import { suspend } from './suspend.js';

const examples = { suspend, failed, duplicate, accepted, progress, resolve, later, read };
const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in examples));
if (unknown.length > 0) {
  console.error(`no example ${unknown.join(', ')}; there are ${Object.keys(examples).join(', ')}`);
  process.exit(2);
}

const client = await connect();
try {
  for (const [name, example] of Object.entries(examples)) {
    if (named.length > 0 && !named.includes(name)) continue;
    console.log(`${name}:`);
    await example(client);
  }
} finally {
  await client.connection.close();
}

// Writes src/generated/contract.ts: a type for every schema in docs/schemas, and what each operation and update takes and
// returns. It is part of the build, so the types are always those of the schemas beside them.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { compile } from 'json-schema-to-typescript';

const schemas = new URL('../../schemas/', import.meta.url);
const generated = new URL('src/generated/', import.meta.url);

const shortNames = { 'result.change': 'Result', 'query.status': 'Status' };

const names = (await readdir(schemas)).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length)).sort();
const types = [];
for (const name of names) {
  const schema = JSON.parse(await readFile(new URL(`${name}.json`, schemas), 'utf8'));
  delete schema.$id;
  delete schema.title;
  // "Either this field or that one" is left to carrierflow, which checks every input; as a type it would allow any field.
  delete schema.oneOf;
  delete schema.anyOf;
  openTexts(schema);
  types.push(await compile(schema, typeName(name), { bannerComment: '', additionalProperties: false }));
}

// "dish.GetSubscription": the carrier's short name, and the name of the request.
const operations = names.filter((name) => /^[a-z]\w*\.[A-Z]\w*$/.test(name));
const reads = operations.filter((name) => names.includes(`${name}.result`));
const changes = operations.filter((name) => !reads.includes(name));
const updates = names.filter((name) => name.startsWith('update.') && !name.endsWith('.answer'));

await mkdir(generated, { recursive: true });
await writeFile(new URL('contract.ts', generated), [
  '// Written by generate.mjs from docs/schemas. Do not edit.',
  ...types,
  '/** The operations that change something, by type. */',
  table('Changes', changes, (name) => [name, `{ input: ${typeName(name)}; result: Result }`]),
  '/** The operations that read, by type. */',
  table('Reads', reads, (name) => [name, `{ input: ${typeName(name)}; result: ${typeName(`${name}.result`)} }`]),
  '/** The updates of an operation that changes something, by name. */',
  table('Updates', updates, (name) => [name.slice('update.'.length), `{ argument: ${typeName(name)}; answer: ${typeName(`${name}.answer`)} }`]),
].join('\n'));

/** "dish.GetSubscription.result" is DishGetSubscriptionResult; what all changes return is Result, and how far one is Status. */
function typeName(name) {
  return shortNames[name] ?? name.replace(/(?:^|[.-])(\w)/g, (_, letter) => letter.toUpperCase());
}

/** Gives a text with known values a type that an editor completes, and that any other text fits. */
function openTexts(schema) {
  if (schema.type === 'string' && Array.isArray(schema.examples)) {
    schema.tsType = [...schema.examples.map((value) => JSON.stringify(value)), '(string & {})'].join(' | ');
  }
  for (const inner of Object.values(schema)) {
    if (inner !== null && typeof inner === 'object') openTexts(inner);
  }
}

function table(name, rows, row) {
  return [`export interface ${name} {`, ...rows.map(row).map(([key, type]) => `  '${key}': ${type};`), '}', ''].join('\n');
}

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Random, randomInt } from '#base/random.ts';
import { type SchemaRegistry, loadSchemas } from '#api/schemas.ts';
import type { KubeObject } from '#machinery/object.ts';
import { parseApiVersion } from '#machinery/object.ts';
import type { ObjectSchema, ScalarSchema, Schema } from '#machinery/schema.ts';

export type Json = null | boolean | number | bigint | string | Json[] | { [name: string]: Json };

/** One kind of object and an example with everything set. */
export interface Sample {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: ObjectSchema;
  readonly json: string;
}

const folder = join(import.meta.dirname, '../../../shared/testdata/api-v1.36.0');
const partLengthMax = 10_000;

export const schemas: SchemaRegistry = loadSchemas();

export function schemaOf(apiVersion: string, kind: string): ObjectSchema | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  return schemas.schemaOfKind(group, version, kind);
}

/** Upstream's own examples where they are at hand, else what the schemas themselves say of each kind. */
export function loadSamples(kinds: readonly { apiVersion: string; kind: string }[]): Sample[] {
  const shared = existsSync(folder)
    ? readdirSync(folder).filter(name => name.endsWith('.json') && !name.includes('.after_roundtrip.'))
    : [];
  const upstream = shared.flatMap(name => {
    const json = readFileSync(join(folder, name), 'utf8');
    const { apiVersion, kind } = JSON.parse(json) as KubeObject;
    const schema = apiVersion && kind ? schemaOf(apiVersion, kind) : undefined;
    return schema ? [{ apiVersion: apiVersion!, kind: kind!, schema, json }] : [];
  });
  const own = kinds.flatMap(({ apiVersion, kind }) => {
    const schema = schemaOf(apiVersion, kind);
    if (!schema) return [];
    const example = { ...(exampleOf(schema) as object), apiVersion, kind };
    return [{ apiVersion, kind, schema, json: JSON.stringify(example) }];
  });
  return [...upstream, ...own];
}

/** A value of the type with every field set once; a type inside itself stays empty. */
export function exampleOf(schema: Schema, above: readonly Schema[] = []): Json {
  switch (schema.type) {
    case 'object': {
      if (above.includes(schema)) return {};
      const here = [...above, schema];
      const fields = [...schema.fields.values()].map(f => [f.name, exampleOf(f.schema, here)] as const);
      return Object.fromEntries(fields);
    }
    case 'list':
      return [exampleOf(schema.items, above)];
    case 'map':
      return { key: exampleOf(schema.values, above) };
    case 'any':
      return schema.element || schema.wire === 'fieldsV1' ? {} : { any: ['thing', 1, null] };
    default:
      return scalarExample(schema);
  }
}

function scalarExample(schema: ScalarSchema): Json {
  const texts: Readonly<Record<string, string>> = {
    byte: 'AQID',
    'date-time': '2026-01-02T03:04:05Z',
    'micro-time': '2026-01-02T03:04:05.000006Z',
    duration: '1h2m3s',
  };
  switch (schema.type) {
    case 'boolean':
      return true;
    case 'integer':
    case 'int-or-string':
      return 7;
    case 'number':
      return 1.5;
    case 'quantity':
      return '3Gi';
    default:
      return texts[schema.format ?? ''] ?? 'text';
  }
}

const oddValues: readonly Json[] = [
  ...[null, true, false, 0, -1, 1, 65_536, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 2 ** 53 + 2, 1e300, 0.1, -0],
  ...[2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 1_764_485_943_123_456_789n],
  ...[
    '',
    ' ',
    '0',
    '-1',
    '1e9',
    '1Gi',
    '~',
    'null',
    'yes',
    '0x1',
    '1:2',
    '2001-01-01',
    '- a',
    'a: b',
    '#',
    '@',
  ],
  ...[
    '{',
    '"',
    "'",
    '\\',
    '\n',
    ' a\n b \n',
    '\t',
    '\u0000',
    '\u0085',
    '\u2028',
    'ü',
    '😀',
    '__proto__',
    '..',
  ],
  ...['/', '../x', 'a/b', 'A', '*', '$(A)', '100%', '-5%', '300.1.1.1', '::1', '::/0', 'a'.repeat(300)],
  ...['2026-13-45T00:00:00Z', '9999-12-31T23:59:59+14:00', 'PT1S', '1ns', 'constructor', 'toString'],
  ...([
    [],
    {},
    [null],
    [[]],
    [{}],
    { '': null },
    { __proto__x: 1 },
    [1, 'a'],
    { a: { b: { c: [] } } },
  ] as Json[]),
];

const oddNames = [
  '',
  'a',
  '__proto__',
  'constructor',
  'metadata',
  'spec',
  'x y',
  'name',
  '\n',
  '😀',
  '$patch',
];

/** The value with another in each field that holds an int64. */
export function withInt64s(value: Json, schema: Schema, int64: bigint): Json {
  if (schema.type === 'integer' && schema.format === 'int64' && typeof value === 'number') return int64;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return schema.type === 'list' ? value.map(item => withInt64s(item, schema.items, int64)) : value;
  const typeOf = (name: string) =>
    schema.type === 'map' ? schema.values : schema.type === 'object' && schema.fields.get(name)?.schema;
  const parts = Object.entries(value).map(([name, part]): [string, Json] => {
    const type = typeOf(name);
    return [name, type ? withInt64s(part, type, int64) : part];
  });
  return Object.fromEntries(parts);
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[randomInt(random, list.length)]!;
}

/** Every object and array of a value, itself included. */
function containersOf(value: Json, into: (Json[] | { [name: string]: Json })[] = []) {
  if (typeof value !== 'object' || value === null) return into;
  into.push(value);
  for (const part of Object.values(value)) containersOf(part, into);
  return into;
}

/** Changes a JSON value in some places: other values, other names, things gone, moved and doubled. */
export function mutateJson(random: Random, value: Json): Json {
  const root = structuredClone(value);
  const changes = 1 + randomInt(random, 4);
  for (let i = 0; i < changes; i++) mutateOnce(random, root);
  return root;
}

/** A part to put elsewhere; large ones would double the whole again and again. */
function smallPart(random: Random, containers: readonly Json[]): Json {
  const part = pick(random, containers);
  return JSON.stringify(part).length > partLengthMax ? null : part;
}

function mutateOnce(random: Random, root: Json): void {
  const containers = containersOf(root);
  if (containers.length === 0) return;
  const at = pick(random, containers);
  const odd = () =>
    structuredClone(random.next() < 0.8 ? pick(random, oddValues) : smallPart(random, containers));
  if (Array.isArray(at)) {
    const index = randomInt(random, at.length + 1);
    const kind = randomInt(random, 4);
    if (kind === 0) at.splice(index, 1);
    else if (kind === 1) at.splice(index, 0, odd());
    else if (kind === 2 && at.length > 0) at.push(structuredClone(smallPart(random, at)));
    else at[Math.min(index, Math.max(0, at.length - 1))] = odd();
    return;
  }
  const names = Object.keys(at);
  const name = names.length > 0 && random.next() < 0.85 ? pick(random, names) : pick(random, oddNames);
  if (random.next() < 0.25) delete at[name];
  else
    Object.defineProperty(at, name, { value: odd(), writable: true, enumerable: true, configurable: true });
}

/** Changes bytes: some other, some gone, some more, the end cut off. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const list = [...bytes];
  const changes = 1 + randomInt(random, 4);
  for (let i = 0; i < changes; i++) {
    const at = randomInt(random, list.length + 1);
    const kind = randomInt(random, 5);
    if (kind === 0) list[at] = randomInt(random, 256);
    else if (kind === 1) list.splice(at, 1 + randomInt(random, 4));
    else if (kind === 2)
      list.splice(at, 0, ...Array.from({ length: 1 + randomInt(random, 6) }, () => randomInt(random, 256)));
    else if (kind === 3) list[at] = (list[at] ?? 0) ^ (1 << randomInt(random, 8));
    else if (random.next() < 0.2) list.length = at;
  }
  return Uint8Array.from(list);
}

/** Changes a text by pieces of itself and characters that mean something. */
export function mutateText(random: Random, text: string, alphabet: string): string {
  let out = text;
  const changes = 1 + randomInt(random, 5);
  for (let i = 0; i < changes; i++) {
    const at = randomInt(random, out.length + 1);
    const end = Math.min(out.length, at + randomInt(random, 4));
    const piece = random.next() < 0.7 ? alphabet[randomInt(random, alphabet.length)]! : out.slice(at, at + 8);
    out = out.slice(0, at) + (random.next() < 0.3 ? '' : piece) + out.slice(random.next() < 0.5 ? at : end);
  }
  return out.slice(0, 4000);
}

export function pickSample<T>(random: Random, samples: readonly T[]): T {
  return pick(random, samples);
}

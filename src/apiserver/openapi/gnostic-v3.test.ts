import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSchemas } from '#api/schemas.ts';
import { builtInResources } from '#api/registry.ts';
import { SeededRandom } from '#base/random.ts';
import { parseYaml } from '#machinery/yaml.ts';
import { WireReader, wireType } from '#machinery/protobuf/wire.ts';
import type { Json } from './dialect.ts';
import { OpenApiDocuments } from './documents.ts';
import { type DocumentV3, encodeOpenApiV3 } from './gnostic-v3.ts';

/** A field of OpenAPIv3.proto: its name in JSON, and its type; 'Name[]' is repeated, '{Name}' a map of named messages. */
type Field = readonly [jsonName: string, type: string];

/**
 * The messages of google/gnostic-models' OpenAPIv3.proto that documents of Kubernetes need, by the numbers of their fields. A
 * field without a name is one that JSON does not show.
 */
const messages: Readonly<Record<string, Readonly<Record<number, Field>>>> = {
  Document: {
    1: ['openapi', 'string'],
    2: ['info', 'Info'],
    4: ['paths', 'Paths'],
    5: ['components', 'Components'],
  },
  Info: { 1: ['title', 'string'], 6: ['version', 'string'] },
  Paths: { 1: ['', '{PathItem}'] },
  Components: { 1: ['schemas', 'Schemas'], 7: ['securitySchemes', 'SecuritySchemes'] },
  Schemas: { 1: ['', '{SchemaOrReference}'] },
  SecuritySchemes: { 1: ['', '{SecuritySchemeOrReference}'] },
  SecuritySchemeOrReference: { 1: ['', 'SecurityScheme'] },
  SecurityScheme: {
    1: ['type', 'string'],
    2: ['description', 'string'],
    3: ['name', 'string'],
    4: ['in', 'string'],
  },
  PathItem: {
    4: ['get', 'Operation'],
    5: ['put', 'Operation'],
    6: ['post', 'Operation'],
    7: ['delete', 'Operation'],
    8: ['options', 'Operation'],
    9: ['head', 'Operation'],
    10: ['patch', 'Operation'],
    13: ['parameters', 'ParameterOrReference[]'],
  },
  Operation: {
    1: ['tags', 'string[]'],
    3: ['description', 'string'],
    5: ['operationId', 'string'],
    6: ['parameters', 'ParameterOrReference[]'],
    7: ['requestBody', 'RequestBodyOrReference'],
    8: ['responses', 'Responses'],
    13: ['', '{Any}'],
  },
  ParameterOrReference: { 1: ['', 'Parameter'] },
  Parameter: {
    1: ['name', 'string'],
    2: ['in', 'string'],
    3: ['description', 'string'],
    4: ['required', 'bool'],
    10: ['schema', 'SchemaOrReference'],
  },
  RequestBodyOrReference: { 1: ['', 'RequestBody'] },
  RequestBody: { 1: ['description', 'string'], 2: ['content', 'MediaTypes'], 3: ['required', 'bool'] },
  MediaTypes: { 1: ['', '{MediaType}'] },
  MediaType: { 1: ['schema', 'SchemaOrReference'] },
  Responses: { 2: ['', '{ResponseOrReference}'] },
  ResponseOrReference: { 1: ['', 'Response'] },
  Response: { 1: ['description', 'string'], 3: ['content', 'MediaTypes'] },
  SchemaOrReference: { 1: ['', 'Schema'], 2: ['', 'Reference'] },
  Reference: { 1: ['$ref', 'string'], 2: ['summary', 'string'], 3: ['description', 'string'] },
  ExternalDocs: { 1: ['description', 'string'], 2: ['url', 'string'], 3: ['', '{Any}'] },
  Items: { 1: ['', 'SchemaOrReference'] },
  Properties: { 1: ['', '{SchemaOrReference}'] },
  AdditionalProperties: { 1: ['', 'SchemaOrReference'], 2: ['', 'bool'] },
  DefaultType: { 1: ['', 'double'], 2: ['', 'bool'], 3: ['', 'string'] },
  Any: { 2: ['', 'yaml'] },
  Schema: {
    1: ['nullable', 'bool'],
    6: ['externalDocs', 'ExternalDocs'],
    7: ['example', 'Any'],
    9: ['title', 'string'],
    10: ['multipleOf', 'double'],
    11: ['maximum', 'double'],
    12: ['exclusiveMaximum', 'bool'],
    13: ['minimum', 'double'],
    14: ['exclusiveMinimum', 'bool'],
    15: ['maxLength', 'int64'],
    16: ['minLength', 'int64'],
    17: ['pattern', 'string'],
    18: ['maxItems', 'int64'],
    19: ['minItems', 'int64'],
    20: ['uniqueItems', 'bool'],
    21: ['maxProperties', 'int64'],
    22: ['minProperties', 'int64'],
    23: ['required', 'string[]'],
    24: ['enum', 'Any[]'],
    25: ['type', 'string'],
    26: ['allOf', 'SchemaOrReference[]'],
    27: ['oneOf', 'SchemaOrReference[]'],
    28: ['anyOf', 'SchemaOrReference[]'],
    29: ['not', 'Schema'],
    30: ['items', 'Items'],
    31: ['properties', 'Properties'],
    32: ['additionalProperties', 'AdditionalProperties'],
    33: ['default', 'DefaultType'],
    34: ['description', 'string'],
    35: ['format', 'string'],
    36: ['', '{Any}'],
  },
};

const scalars: Readonly<Record<string, readonly [wire: number, read: (reader: WireReader) => unknown]>> = {
  string: [wireType.bytes, reader => reader.string()],
  yaml: [wireType.bytes, reader => parseYaml(reader.string())],
  bool: [wireType.varint, reader => reader.uint() === 1],
  int64: [wireType.varint, reader => reader.int64()],
  double: [wireType.fixed64, reader => reader.double()],
};

function decodeValue(reader: WireReader, type: string, wire: number): unknown {
  const scalar = scalars[type];
  assert.equal(wire, scalar?.[0] ?? wireType.bytes, type);
  return scalar ? scalar[1](reader) : decode(reader.message(), type);
}

function decodeNamed(reader: WireReader, type: string): Json {
  let [name, value]: [string, unknown] = ['', undefined];
  while (!reader.done) {
    const { tag, type: wire } = reader.key();
    if (tag === 1) name = reader.string();
    else value = decodeValue(reader, type, wire);
  }
  return { [name]: value };
}

/** What a message says in JSON. Fields come in the order of their numbers. */
function decode(reader: WireReader, name: string): unknown {
  const found: Json = {};
  let bare: { value: unknown } | undefined;
  let last = 0;
  while (!reader.done) {
    const { tag, type: wire } = reader.key();
    const field = messages[name]![tag];
    assert.ok(field && tag >= last, `${name} ${tag}`);
    last = tag;
    const [jsonName, type] = field;
    if (type.startsWith('{')) Object.assign(found, decodeNamed(reader.message(), type.slice(1, -1)));
    else if (type.endsWith('[]')) {
      const item = decodeValue(reader, type.slice(0, -2), wire);
      found[jsonName] = [...((found[jsonName] as unknown[] | undefined) ?? []), item];
    } else if (jsonName === '') bare = { value: decodeValue(reader, type, wire) };
    else found[jsonName] = decodeValue(reader, type, wire);
  }
  return bare ? bare.value : found;
}

/** Their members have names that somebody made up. */
const maps = new Set(['content', 'paths', 'properties', 'responses', 'schemas', 'securitySchemes']);

/** The same as the message can say it: no zero values, and of defaults that are objects only that there are some. */
function sayable(value: unknown, isMap = false): unknown {
  if (Array.isArray(value)) return value.map(item => sayable(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, part]): [string, unknown][] => {
    if (isMap) return [[name, sayable(part)]];
    if (name.startsWith('x-') || name === 'enum' || name === 'example') return [[name, part]];
    if (name === 'default') return [[name, typeof part === 'object' ? {} : part]];
    if (part === '' || part === 0 || (part === false && name !== 'additionalProperties')) return [];
    return [[name, sayable(part, maps.has(name))]];
  });
  return Object.fromEntries(entries);
}

function assertSame(bytes: Uint8Array, document: unknown): void {
  assert.deepEqual(decode(new WireReader(bytes), 'Document'), sayable(document));
}

describe('OpenAPI 3 as protobuf', () => {
  const documents = new OpenApiDocuments(builtInResources, loadSchemas(), { version: 'v1.36.0' });

  it('says of every group version what JSON says, under the same tag', async () => {
    const index = (await documents.answer('/openapi/v3'))!;
    const names = Object.keys((JSON.parse(String(index.body)) as { paths: Json }).paths);
    assert.ok(names.length > 40);
    for (const name of names) {
      const path = `/openapi/v3/${name}`;
      const [json, packed] = [await documents.answer(path), await documents.answer(path, 'protobuf')];
      assert.equal(packed!.contentType, 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf');
      assert.equal(packed!.etag, json!.etag);
      assertSame(packed!.body as Uint8Array, JSON.parse(String(json!.body)));
    }
  });

  it('says all that schemas of custom resources may', async () => {
    const random = new SeededRandom(7);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!;
    const texts = ['', 'a', 'ü€', 'x'.repeat(300)];
    const numbers = [0, 1, -1, 0.5, 300, 2 ** 40];
    const values = [null, true, false, ...numbers, ...texts, [], {}, { a: [1] }];
    const schema = (depth: number): Json => {
      if (random.next() < 0.1) return { $ref: pick(['#/a', '#/b']) };
      const inner = () => schema(depth - 1);
      const makers: Record<string, () => unknown> = {
        ...Object.fromEntries(
          ['title', 'pattern', 'type', 'description', 'format'].map(n => [n, () => pick(texts)]),
        ),
        ...Object.fromEntries(['multipleOf', 'maximum', 'minimum'].map(n => [n, () => pick(numbers)])),
        ...Object.fromEntries(
          ['nullable', 'exclusiveMaximum', 'exclusiveMinimum', 'uniqueItems'].map(n => [
            n,
            () => random.next() < 0.5,
          ]),
        ),
        ...Object.fromEntries(
          ['maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties'].map(n => [
            n,
            () => pick([0, 1, 300, 2 ** 40]),
          ]),
        ),
        required: () => ['b', 'a'],
        enum: () => [pick(values), pick(values)],
        example: () => pick(values),
        default: () => pick(values),
        externalDocs: () => ({ url: 'u' }),
        'x-kubernetes-list-type': () => pick(values),
        ...(depth > 0
          ? {
              allOf: () => [inner(), inner()],
              oneOf: () => [inner()],
              anyOf: () => [inner()],
              not: () => ({ ...inner(), $ref: undefined }),
              items: inner,
              properties: () => ({ b: inner(), a: inner() }),
              additionalProperties: () => (random.next() < 0.5 ? inner() : random.next() < 0.5),
            }
          : {}),
      };
      const chosen = Object.entries(makers).filter(() => random.next() < 0.3);
      return Object.fromEntries(chosen.map(([name, make]) => [name, make()]));
    };
    for (let round = 0; round < 200; round++) {
      const schemas = JSON.parse(JSON.stringify({ 'com.example.A': schema(3), '': schema(1) })) as Json;
      const rest = { openapi: '3.0.0', info: { title: 't', version: '' }, paths: {} };
      const document: DocumentV3 = { ...rest, schemas, securitySchemes: {} };
      const bytes = await encodeOpenApiV3(document, () => undefined);
      assertSame(bytes, { ...rest, components: { schemas, securitySchemes: {} } });
    }
  });
});

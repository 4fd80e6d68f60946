import type { Breathe } from '#base/time-slice.ts';
import { ReverseWriter, wireType } from '#machinery/protobuf/wire.ts';
import type { Json } from './dialect.ts';

/**
 * OpenAPI 2 as protobuf: the message openapi.v2.Document of google/gnostic-models, which is the one form that
 * client-go asks /openapi/v2 for. Covers what our documents hold. `breathe` is asked between pieces of the work.
 */
export async function encodeOpenApiV2(document: Json, breathe: Breathe): Promise<Uint8Array> {
  const writer = new ReverseWriter();
  const { paths, definitions, ...rest } = document;
  documentHead(writer, rest);
  for (const [tag, memberTag, codec, members] of [
    [9, 1, schema, definitions],
    [8, 2, pathItem, paths],
  ] as const) {
    const start = writer.length;
    for (const member of Object.entries(members as Json).reverse()) {
      named(codec)(writer, memberTag, Object.fromEntries([member]));
      await breathe();
    }
    writer.delimit(tag, start);
  }
  return writer.finish();
}

/** Writes a field of that number; what is absent or a zero value is left out, as proto3 has it. */
type Codec = (writer: ReverseWriter, tag: number, value: unknown) => void;
/** Writes the fields of a message, without its own key and length. */
type Body = (writer: ReverseWriter, value: Json) => void;
type Fields = readonly (readonly [jsonName: string, tag: number, codec: Codec])[];

const string: Codec = (writer, tag, value) => {
  if (value === undefined || value === '') return;
  const start = writer.length;
  writer.string(value as string);
  writer.delimit(tag, start);
};

const bool: Codec = (writer, tag, value) => {
  if (value !== true) return;
  writer.varint(1);
  writer.key(tag, wireType.varint);
};

/** gnostic's Any carries YAML text, of which JSON is a part. */
const any: Codec = (writer, tag, value) => {
  if (value === undefined) return;
  const start = writer.length;
  string(writer, 2, JSON.stringify(value));
  writer.delimit(tag, start);
};

function list(codec: Codec): Codec {
  return (writer, tag, value) => {
    for (const item of [...((value as unknown[] | undefined) ?? [])].reverse()) codec(writer, tag, item);
  };
}

/** A map is a list of messages with name (1) and value (2). */
function named(codec: Codec): Codec {
  return (writer, tag, value) => {
    for (const [name, part] of Object.entries((value as Json | undefined) ?? {}).reverse()) {
      const start = writer.length;
      codec(writer, 2, part);
      string(writer, 1, name);
      writer.delimit(tag, start);
    }
  };
}

/** Fields in descending order of their numbers; x-… members go to `extensionTag`. */
function body(fields: Fields, extensionTag?: number): Body {
  const descending = [...fields].sort((a, b) => b[1] - a[1]);
  return (writer, value) => {
    if (extensionTag !== undefined) named(any)(writer, extensionTag, extensionsOf(value));
    for (const [name, tag, codec] of descending) codec(writer, tag, value[name]);
  };
}

function extensionsOf(value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name.startsWith('x-')));
}

function message(write: Body): Codec {
  return (writer, tag, value) => {
    if (value === undefined) return;
    const start = writer.length;
    write(writer, value as Json);
    writer.delimit(tag, start);
  };
}

/** A message with one field, which JSON does not show. */
function wrapped(tag: number, codec: Codec): Codec {
  return message((writer, value) => codec(writer, tag, value));
}

const strings = list(string);

/** Types refer to types, so the message is looked up when it is written. */
const schema: Codec = (writer, tag, value) => message(schemaBody)(writer, tag, value);

const schemaBody = body(
  [
    ['$ref', 1, string],
    ['format', 2, string],
    ['description', 4, string],
    ['default', 5, any],
    ['required', 19, strings],
    ['enum', 20, list(any)],
    ['additionalProperties', 21, wrapped(1, schema)],
    ['type', 22, wrapped(1, (writer, tag, value) => strings(writer, tag, [value]))],
    ['items', 23, wrapped(1, schema)],
    ['allOf', 24, list(schema)],
    ['properties', 25, wrapped(1, named(schema))],
  ],
  31,
);

const bodyParameter = message(
  body([
    ['description', 1, string],
    ['name', 2, string],
    ['in', 3, string],
    ['required', 4, bool],
    ['schema', 5, schema],
  ]),
);

const queryParameter = message(
  body([
    ['required', 1, bool],
    ['in', 2, string],
    ['description', 3, string],
    ['name', 4, string],
    ['type', 6, string],
    ['format', 7, string],
    ['uniqueItems', 20, bool],
  ]),
);

const pathParameter = message(
  body([
    ['required', 1, bool],
    ['in', 2, string],
    ['description', 3, string],
    ['name', 4, string],
    ['type', 5, string],
    ['format', 6, string],
    ['uniqueItems', 19, bool],
  ]),
);

/** ParametersItem { Parameter { body, or other { query, or path } } } */
const parameter = wrapped(1, (writer, tag, value) => {
  const place = (value as Json).in;
  if (place === 'body') wrapped(1, bodyParameter)(writer, tag, value);
  else
    wrapped(2, wrapped(place === 'query' ? 3 : 4, place === 'query' ? queryParameter : pathParameter))(
      writer,
      tag,
      value,
    );
});

const response = message(
  body([
    ['description', 1, string],
    ['schema', 2, wrapped(1, schema)],
  ]),
);

const operation = message(
  body(
    [
      ['tags', 1, strings],
      ['description', 3, string],
      ['operationId', 5, string],
      ['produces', 6, strings],
      ['consumes', 7, strings],
      ['parameters', 8, list(parameter)],
      ['responses', 9, wrapped(1, named(wrapped(1, response)))],
      ['schemes', 10, strings],
    ],
    13,
  ),
);

const pathItem = message(
  body([
    ['get', 2, operation],
    ['put', 3, operation],
    ['post', 4, operation],
    ['delete', 5, operation],
    ['options', 6, operation],
    ['head', 7, operation],
    ['patch', 8, operation],
    ['parameters', 9, list(parameter)],
  ]),
);

const apiKey = message(
  body([
    ['type', 1, string],
    ['name', 2, string],
    ['in', 3, string],
    ['description', 4, string],
  ]),
);

const info = message(
  body([
    ['title', 1, string],
    ['version', 2, string],
  ]),
);

/** All but the paths and the definitions, of which there are too many to write at one go. */
const documentHead = body([
  ['swagger', 1, string],
  ['info', 2, info],
  ['security', 12, list(wrapped(1, named(wrapped(1, strings))))],
  ['securityDefinitions', 13, wrapped(1, named(wrapped(2, apiKey)))],
]);

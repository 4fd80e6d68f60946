import type { Breathe } from '#base/time-slice.ts';
import { ReverseWriter } from '#machinery/protobuf/wire.ts';
import type { Json } from './dialect.ts';
import {
  alwaysBool,
  any,
  body,
  bool,
  type Codec,
  double,
  integer,
  list,
  members,
  message,
  named,
  string,
  strings,
  wrapped,
} from './gnostic-codec.ts';

/**
 * OpenAPI 2 as protobuf: the message openapi.v2.Document of google/gnostic-models, which is the one form that
 * client-go asks /openapi/v2 for. Covers what our documents hold. `breathe` is asked between pieces of the work.
 */
export async function encodeOpenApiV2(document: Json, breathe: Breathe): Promise<Uint8Array> {
  const writer = new ReverseWriter();
  const { paths, definitions, ...rest } = document;
  documentTail(writer, rest);
  for (const [tag, memberTag, codec, all] of [
    [9, 1, schema, definitions],
    [8, 2, pathItem, paths],
  ] as const) {
    const start = writer.length;
    await members(writer, memberTag, codec, all as Json, breathe);
    writer.delimit(tag, start);
  }
  documentHead(writer, rest);
  return writer.finish();
}

/** Types refer to types, so the message is looked up when it is written. */
const schema: Codec = (writer, tag, value) => message(schemaBody)(writer, tag, value);

const externalDocs = message(
  body(
    [
      ['description', 1, string],
      ['url', 2, string],
    ],
    3,
  ),
);

/** True and false stand for a schema that takes all, or nothing. */
const additionalProperties = message((writer, given) => {
  const value: unknown = given;
  if (typeof value === 'boolean') alwaysBool(writer, 2, value);
  else schema(writer, 1, value);
});

const schemaBody = body(
  [
    ['$ref', 1, string],
    ['format', 2, string],
    ['title', 3, string],
    ['description', 4, string],
    ['default', 5, any],
    ['multipleOf', 6, double],
    ['maximum', 7, double],
    ['exclusiveMaximum', 8, bool],
    ['minimum', 9, double],
    ['exclusiveMinimum', 10, bool],
    ['maxLength', 11, integer],
    ['minLength', 12, integer],
    ['pattern', 13, string],
    ['maxItems', 14, integer],
    ['minItems', 15, integer],
    ['uniqueItems', 16, bool],
    ['maxProperties', 17, integer],
    ['minProperties', 18, integer],
    ['required', 19, strings],
    ['enum', 20, list(any)],
    ['additionalProperties', 21, additionalProperties],
    ['type', 22, wrapped(1, (writer, tag, value) => strings(writer, tag, [value]))],
    ['items', 23, wrapped(1, schema)],
    ['allOf', 24, list(schema)],
    ['properties', 25, wrapped(1, named(schema))],
    ['externalDocs', 29, externalDocs],
    ['example', 30, any],
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

/** Parameter { body, or other { query, or path } } */
const parameter: Codec = (writer, tag, value) => {
  const place = (value as Json).in;
  const codec =
    place === 'body'
      ? wrapped(1, bodyParameter)
      : wrapped(2, place === 'query' ? wrapped(3, queryParameter) : wrapped(4, pathParameter));
  codec(writer, tag, value);
};

const reference = message(body([['$ref', 1, string]]));

/** ParametersItem { parameter, or reference } */
const parameterItem: Codec = (writer, tag, value) => {
  const codec = (value as Json).$ref ? wrapped(2, reference) : wrapped(1, parameter);
  codec(writer, tag, value);
};

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
      ['parameters', 8, list(parameterItem)],
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
    ['parameters', 9, list(parameterItem)],
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

const documentHead = body([
  ['swagger', 1, string],
  ['info', 2, info],
]);

/** What comes after the paths and the definitions, of which there are too many to write at one go. */
const documentTail = body([
  ['parameters', 10, wrapped(1, named(parameter))],
  ['security', 12, list(wrapped(1, named(wrapped(1, strings))))],
  ['securityDefinitions', 13, wrapped(1, named(wrapped(2, apiKey)))],
]);

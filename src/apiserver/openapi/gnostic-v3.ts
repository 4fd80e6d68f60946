import type { Breathe } from '#base/time-slice.ts';
import { ReverseWriter } from '#machinery/protobuf/wire.ts';
import type { Json } from './dialect.ts';
import {
  alwaysBool,
  alwaysDouble,
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

/** A document of version 3, its larger parts apart. */
export interface DocumentV3 {
  readonly openapi: string;
  readonly info: Json;
  readonly paths: Json;
  readonly schemas: Json;
  /** Documents of custom resources have none. */
  readonly securitySchemes?: Json;
}

/**
 * OpenAPI 3 as protobuf: the message openapi.v3.Document of google/gnostic-models. Covers what our documents and the schemas
 * of custom resources hold. `breathe` is asked between pieces of the work.
 */
export async function encodeOpenApiV3(document: DocumentV3, breathe: Breathe): Promise<Uint8Array> {
  const writer = new ReverseWriter();
  const components = writer.length;
  wrapped(1, named(wrapped(1, securityScheme)))(writer, 7, document.securitySchemes);
  const schemas = writer.length;
  await members(writer, 1, schemaOrReference, document.schemas, breathe);
  if (writer.length > schemas) writer.delimit(1, schemas);
  writer.delimit(5, components);
  const paths = writer.length;
  await members(writer, 1, pathItem, document.paths, breathe);
  writer.delimit(4, paths);
  info(writer, 2, document.info);
  string(writer, 1, document.openapi);
  return writer.finish();
}

/** One of a number, a boolean and a string, each told even if it is zero; of what is none of them, that there is one. */
const defaultValue = message((writer, given) => {
  const value: unknown = given;
  if (typeof value === 'number') alwaysDouble(writer, 1, value);
  else if (typeof value === 'boolean') alwaysBool(writer, 2, value);
  else if (typeof value === 'string') {
    const start = writer.length;
    writer.string(value);
    writer.delimit(3, start);
  }
});

/** True and false stand for a schema that takes all, or nothing. */
const additionalProperties = message((writer, given) => {
  const value: unknown = given;
  if (typeof value === 'boolean') alwaysBool(writer, 2, value);
  else schemaOrReference(writer, 1, value);
});

const reference = message(
  body([
    ['$ref', 1, string],
    ['summary', 2, string],
    ['description', 3, string],
  ]),
);

/** Types refer to types, so the messages are looked up when they are written. */
const schema: Codec = (writer, tag, value) => schemaMessage(writer, tag, value);
const schemaOrReference = message((writer, value) => {
  if (value.$ref === undefined) schema(writer, 1, value);
  else reference(writer, 2, value);
});

const externalDocs = message(
  body(
    [
      ['description', 1, string],
      ['url', 2, string],
    ],
    3,
  ),
);

const schemaMessage = message(
  body(
    [
      ['nullable', 1, bool],
      ['externalDocs', 6, externalDocs],
      ['example', 7, any],
      ['title', 9, string],
      ['multipleOf', 10, double],
      ['maximum', 11, double],
      ['exclusiveMaximum', 12, bool],
      ['minimum', 13, double],
      ['exclusiveMinimum', 14, bool],
      ['maxLength', 15, integer],
      ['minLength', 16, integer],
      ['pattern', 17, string],
      ['maxItems', 18, integer],
      ['minItems', 19, integer],
      ['uniqueItems', 20, bool],
      ['maxProperties', 21, integer],
      ['minProperties', 22, integer],
      ['required', 23, strings],
      ['enum', 24, list(any)],
      ['type', 25, string],
      ['allOf', 26, list(schemaOrReference)],
      ['oneOf', 27, list(schemaOrReference)],
      ['anyOf', 28, list(schemaOrReference)],
      ['not', 29, schema],
      ['items', 30, wrapped(1, schemaOrReference)],
      ['properties', 31, wrapped(1, named(schemaOrReference))],
      ['additionalProperties', 32, additionalProperties],
      ['default', 33, defaultValue],
      ['description', 34, string],
      ['format', 35, string],
    ],
    36,
  ),
);

const parameter = message(
  body([
    ['name', 1, string],
    ['in', 2, string],
    ['description', 3, string],
    ['required', 4, bool],
    ['schema', 10, schemaOrReference],
  ]),
);

const content = wrapped(1, named(message(body([['schema', 1, schemaOrReference]]))));

const requestBody = message(
  body([
    ['description', 1, string],
    ['content', 2, content],
    ['required', 3, bool],
  ]),
);

const response = message(
  body([
    ['description', 1, string],
    ['content', 3, content],
  ]),
);

const parameters = list(wrapped(1, parameter));

const operation = message(
  body(
    [
      ['tags', 1, strings],
      ['description', 3, string],
      ['operationId', 5, string],
      ['parameters', 6, parameters],
      ['requestBody', 7, wrapped(1, requestBody)],
      ['responses', 8, wrapped(2, named(wrapped(1, response)))],
    ],
    13,
  ),
);

const pathItem = message(
  body([
    ['get', 4, operation],
    ['put', 5, operation],
    ['post', 6, operation],
    ['delete', 7, operation],
    ['options', 8, operation],
    ['head', 9, operation],
    ['patch', 10, operation],
    ['parameters', 13, parameters],
  ]),
);

const securityScheme = message(
  body([
    ['type', 1, string],
    ['description', 2, string],
    ['name', 3, string],
    ['in', 4, string],
  ]),
);

const info = message(
  body([
    ['title', 1, string],
    ['version', 6, string],
  ]),
);

import { escapeName } from '#cel/escape.ts';
import {
  type Type,
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  stringType,
  structType,
  timestampType,
} from '#cel/types.ts';
import type { ObjectSchema, ScalarSchema, Schema } from '#machinery/schema.ts';

const formats: Readonly<Record<string, Type>> = {
  byte: bytesType,
  'date-time': timestampType,
  'micro-time': timestampType,
  duration: durationType,
};

const scalars: Readonly<Record<ScalarSchema['type'], Type>> = {
  string: stringType,
  integer: intType,
  number: doubleType,
  boolean: boolType,
  'int-or-string': dynType,
  quantity: dynType,
};

/** The type that an expression sees in data of a schema, for type checking. Types of fields are made when asked for. */
export function typeOfSchema(schema: Schema): Type {
  switch (schema.type) {
    case 'any':
      return dynType;
    case 'list':
      return listOf(typeOfSchema(schema.items));
    case 'map':
      return mapOf(stringType, typeOfSchema(schema.values));
    case 'object':
      return schema.preserveUnknownFields ? dynType : structOf(schema);
    default:
      return (schema.type === 'string' && formats[schema.format ?? '']) || scalars[schema.type];
  }
}

function structOf(schema: ObjectSchema): Type {
  let types: Map<string, Schema> | undefined;
  return structType(schema.name, field => {
    types ??= new Map(
      [...schema.fields.values()].map(({ name, schema: part }) => [escapeName(name) ?? name, part]),
    );
    // A keyword may be written as it is, or escaped.
    const part = types.get(field) ?? types.get(`__${field}__`);
    return part && typeOfSchema(part);
  });
}

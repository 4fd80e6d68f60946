/** Kinds, by their schema facts, as declarations: for the type check of policies over what they match. */
import type { AnySchema, FieldSchema, ObjectSchema, ScalarSchema, Schema } from '#machinery/schema.ts';
import type { Declaration } from './declaration.ts';
import {
  boolDeclaration,
  doubleDeclaration,
  dynDeclaration,
  intDeclaration,
  listDeclaration,
  mapDeclaration,
  objectDeclaration,
  stringDeclaration,
  valueDeclaration,
} from './declare.ts';
import { escapeName, isKeyword } from './escape.ts';
import { isJsonObject, JsonObject, type ObjectShape, wrongType } from './json-values.ts';
import { dateFromText, schemaDurationFromText, timestampFromText } from './library/time-text.ts';
import { bytesType, durationType, structType, timestampType } from './types.ts';
import { CelDuration } from './values.ts';

const timestampDeclaration: Declaration = {
  ...valueDeclaration(timestampType),
  read: json =>
    (typeof json === 'string' ? timestampFromText(json) : undefined) ?? wrongType('date-time', json),
};

const dateDeclaration: Declaration = {
  ...valueDeclaration(timestampType),
  read: json => (typeof json === 'string' ? dateFromText(json) : undefined) ?? wrongType('date', json),
};

const durationDeclaration: Declaration = {
  ...valueDeclaration(durationType),
  read: json => {
    const nanos = typeof json === 'string' ? schemaDurationFromText(json) : undefined;
    return nanos === undefined ? wrongType('duration', json) : new CelDuration(nanos);
  },
};

const bytesDeclaration: Declaration = {
  ...valueDeclaration(bytesType),
  read: json =>
    typeof json === 'string'
      ? Uint8Array.from(atob(json), character => character.charCodeAt(0))
      : wrongType('string', json),
};

/** Types of any JSON that OpenAPI says to be objects: of which fields, nobody knows. */
const opaque = new Set<AnySchema['wire']>(['raw', 'fieldsV1']);

/** Declares kinds; each object's type is made once, so that types which hold themselves end. */
export class BuiltinDeclarations {
  readonly #objects = new Map<ObjectSchema, Declaration>();

  /**
   * Undefined for what expressions cannot see: what OpenAPI gives no type to, quantities and any JSON, and lists and
   * maps of it.
   */
  of(schema: Schema): Declaration | undefined {
    switch (schema.type) {
      case 'object':
        return this.#object(schema);
      case 'list': {
        const element = this.of(schema.items);
        return element && listDeclaration(element);
      }
      case 'map': {
        const element = this.of(schema.values);
        return element && mapDeclaration(element);
      }
      case 'any':
        return opaque.has(schema.wire) ? objectDeclaration('object', {}) : undefined;
      case 'quantity':
        return undefined;
      default:
        return scalar(schema);
    }
  }

  #object(schema: ObjectSchema): Declaration {
    const known = this.#objects.get(schema);
    if (known) return known;
    const byCelName = new Map<string, FieldSchema>();
    for (const field of schema.fields.values()) {
      const celName = escapeName(field.name);
      if (celName !== undefined) byCelName.set(celName, field);
    }
    const find = (celName: string) =>
      byCelName.get(celName) ?? (isKeyword(celName) ? byCelName.get(`__${celName}__`) : undefined);
    const shape: ObjectShape = {
      type: structType(schema.name, celName => {
        const field = find(celName);
        return field && this.of(field.schema)?.type;
      }),
      field: celName => {
        const field = find(celName);
        const declaration = field && this.of(field.schema);
        return declaration && { name: field.name, declaration };
      },
      declarationOf: jsonName => {
        const field = schema.fields.get(jsonName);
        return field && this.of(field.schema);
      },
    };
    const declaration: Declaration = {
      ...valueDeclaration(shape.type),
      read: json => (isJsonObject(json) ? new JsonObject(json, shape) : wrongType('map', json)),
      maxElements: 0,
    };
    this.#objects.set(schema, declaration);
    return declaration;
  }
}

/** Of texts; a built-in duration is a text to expressions, a custom resource's is not. */
const byFormat: Readonly<Record<string, Declaration>> = {
  byte: bytesDeclaration,
  'date-time': timestampDeclaration,
  'micro-time': timestampDeclaration,
};
const byTextFormat: Readonly<Record<string, Declaration>> = {
  byte: bytesDeclaration,
  date: dateDeclaration,
  'date-time': timestampDeclaration,
  duration: durationDeclaration,
};

function scalar({ type, format, textFormat = '' }: ScalarSchema): Declaration {
  switch (type) {
    case 'boolean':
      return boolDeclaration;
    case 'integer':
      return intDeclaration;
    case 'number':
      return doubleDeclaration;
    case 'int-or-string':
      return dynDeclaration;
    default:
      if (Object.hasOwn(byTextFormat, textFormat)) return byTextFormat[textFormat]!;
      return byFormat[format ?? ''] ?? stringDeclaration;
  }
}

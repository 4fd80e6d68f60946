/** Declarations that need no schema: plain types, JSON of any shape, objects of given fields. */
import type { Declaration } from './declaration.ts';
import {
  isJsonObject,
  JsonList,
  JsonMap,
  JsonObject,
  type ObjectShape,
  readDouble,
  readInt,
  wrongType,
} from './json-values.ts';
import {
  boolType,
  doubleType,
  dynType,
  intType,
  listOf,
  mapOf,
  optionalOf,
  stringType,
  structType,
  type Type,
} from './types.ts';
import { CelError, CelOptional, type CelValue } from './values.ts';

const unbounded = Number.POSITIVE_INFINITY;

function declare(type: Type, read: (json: unknown) => CelValue, minSerializedSize: number): Declaration {
  return { type, read, maxElements: unbounded, minSerializedSize };
}

/** JSON as it is: whole numbers are ints, others doubles, objects are maps. */
export const dynDeclaration: Declaration = declare(dynType, readAny, 1);

function readAny(json: unknown): CelValue {
  switch (typeof json) {
    case 'string':
    case 'boolean':
      return json;
    case 'number':
      return Number.isInteger(json) ? readInt(json) : readDouble(json);
  }
  if (json === null) return null;
  if (Array.isArray(json)) return new JsonList(json, dynDeclaration);
  return isJsonObject(json) ? new JsonMap(json, dynDeclaration) : wrongType('a JSON value', json);
}

export const stringDeclaration = declare(
  stringType,
  json => (typeof json === 'string' ? json : wrongType('string', json)),
  2,
);
export const boolDeclaration = declare(
  boolType,
  json => (typeof json === 'boolean' ? json : wrongType('bool', json)),
  4,
);
export const intDeclaration = declare(intType, readInt, 1);
export const doubleDeclaration = declare(doubleType, readDouble, 1);

/** A value of a type of a library, which is given as a CEL value and never read from JSON. */
export function valueDeclaration(type: Type): Declaration {
  return declare(type, () => new CelError(`no JSON is read as ${type.name}`), 1);
}

export function listDeclaration(element: Declaration): Declaration {
  return {
    ...declare(
      listOf(element.type),
      json => (Array.isArray(json) ? new JsonList(json, element) : wrongType('array', json)),
      2,
    ),
    element,
  };
}

export function mapDeclaration(element: Declaration): Declaration {
  const read = (json: unknown) => (isJsonObject(json) ? new JsonMap(json, element) : wrongType('map', json));
  return { ...declare(mapOf(stringType, element.type), read, 2), key: stringDeclaration, element };
}

/** `null` and absence are `optional.none()`. */
export function optionalDeclaration(of: Declaration): Declaration {
  const read = (json: unknown): CelValue => {
    if (json === null) return CelOptional.none;
    const value = of.read(json);
    return value instanceof CelError ? value : CelOptional.of(value);
  };
  return { ...of, type: optionalOf(of.type), read };
}

/** An object of these fields, by their JSON name, which is their CEL name too. */
export function objectDeclaration(name: string, fields: Readonly<Record<string, Declaration>>): Declaration {
  const known = new Map(Object.entries(fields));
  const shape: ObjectShape = {
    type: structType(name, field => known.get(keywordField(field))?.type),
    field: field => {
      const jsonName = keywordField(field);
      const declaration = known.get(jsonName);
      return declaration && { name: jsonName, declaration };
    },
    declarationOf: jsonName => known.get(jsonName),
  };
  return {
    ...declare(
      shape.type,
      json => (isJsonObject(json) ? new JsonObject(json, shape) : wrongType('map', json)),
      2,
    ),
    maxElements: 0,
    fields: known,
  };
}

/** `__namespace__` is the field `namespace`: a keyword may be written both ways. */
function keywordField(field: string): string {
  return /^__(\w+)__$/.exec(field)?.[1] ?? field;
}

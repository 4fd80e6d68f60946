/** What mutating admission policies construct: partial objects for an apply, and JSON patches. */
import type { Library } from '../environment.ts';
import type { Constructible } from '../signature.ts';
import { equal } from '../equality.ts';
import { dynType, stringType, structType, type Type } from '../types.ts';
import { CelError, CelObject, type CelValue, typeOfValue } from '../values.ts';
import { globalFunction } from './define.ts';

/** An object of fields that an expression set. */
export class ConstructedObject extends CelObject {
  readonly type: Type;
  readonly fields: ReadonlyMap<string, CelValue>;

  constructor(type: Type, fields: ReadonlyMap<string, CelValue>) {
    super();
    this.type = type;
    this.fields = fields;
  }

  get(field: string): CelValue | undefined {
    return this.fields.get(field);
  }

  equals(other: CelObject): boolean {
    if (!(other instanceof ConstructedObject) || other.type.name !== this.type.name) return false;
    if (other.fields.size !== this.fields.size) return false;
    return [...this.fields].every(([name, value]) => {
      const theirs = other.fields.get(name);
      return theirs !== undefined && equal(value, theirs);
    });
  }

  override isZero(): boolean {
    return this.fields.size === 0;
  }
}

/** `Object`, `Object.spec` and so on: any field of any type is there. */
function objectType(name: string): Type {
  return structType(name, () => dynType);
}

const patchFields: Readonly<Record<string, Type>> = {
  op: stringType,
  path: stringType,
  from: stringType,
  value: dynType,
};

/** What upstream takes a field for that a patch has not: nothing can be one. */
const noType = structType('', () => undefined);
const patchType = structType('JSONPatch', field =>
  Object.hasOwn(patchFields, field) ? patchFields[field] : noType,
);

/** As Go names what holds such a value. */
const goTypes: Readonly<Record<string, string>> = {
  int: 'int64',
  uint: 'uint64',
  double: 'float64',
  bytes: '[]uint8',
  null: 'structpb.NullValue',
};

function goTypeOf(value: CelValue): string {
  const { kind, name } = typeOfValue(value);
  return goTypes[kind] ?? name;
}

function makePatch(fields: ReadonlyMap<string, CelValue>): CelValue {
  for (const name of ['op', 'path', 'from']) {
    const value = fields.get(name);
    if (value !== undefined && typeof value !== 'string') {
      return new CelError(`unexpected type ${goTypeOf(value)} for JSONPatchType '${name}' field`);
    }
  }
  return new ConstructedObject(patchType, fields);
}

function structs(name: string): Constructible | undefined {
  if (name === 'JSONPatch') return { type: patchType, make: makePatch };
  if (name !== 'Object' && !name.startsWith('Object.')) return undefined;
  const type = objectType(name);
  return { type, make: fields => new ConstructedObject(type, fields) };
}

/** A key as part of a JSON pointer (RFC 6901). */
function escapeKey(key: CelValue): CelValue {
  return (key as string).replaceAll('~', '~0').replaceAll('/', '~1');
}

export const mutationLibrary: Library = {
  structs,
  overloads: [
    globalFunction(
      'jsonpatch.escapeKey',
      'string_jsonpatch_escapeKey_string',
      [stringType],
      stringType,
      escapeKey,
    ),
  ],
};

/** What an expression of a mutation made, as JSON. */
import {
  CelDouble,
  CelDuration,
  CelList,
  CelMap,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelType,
  CelUint,
  type CelValue,
  typeOfValue,
} from '../values.ts';
import { JsonList, JsonMap, JsonObject } from '../json-values.ts';
import { durationText, timestampText } from '../text.ts';
import { ConstructedObject } from './mutation.ts';

/** A value that has no form in JSON. */
export class NotJson extends Error {
  override readonly name = 'NotJson';
}

/** The form of what JSON has no value of; `path` leads to it from what is turned. */
type Leaf = (value: CelValue, path: string) => unknown;

/** The value of a JSON patch, as protobuf's JSON has it. Throws NotJson. */
export function patchJson(value: CelValue): unknown {
  return toJson(value, inPatch, '');
}

/** A constructed object, as the configuration that is applied. Throws NotJson. */
export function configurationJson(object: ConstructedObject): unknown {
  return fieldsJson(object, inConfiguration, '');
}

function toJson(value: CelValue, leaf: Leaf, path: string): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'number':
      return value;
    case 'bigint':
      return leaf(value, path);
  }
  if (value instanceof CelDouble) return value.value;
  if (value instanceof JsonMap || value instanceof JsonObject || value instanceof JsonList) return value.json;
  if (value instanceof CelList) return [...value].map((item, i) => toJson(item, leaf, `${path}[${i}]`));
  if (value instanceof CelMap) return mapJson(value, leaf, path);
  if (value instanceof CelOptional && value.value !== undefined) return toJson(value.value, leaf, path);
  if (value instanceof ConstructedObject && value.type.name !== 'JSONPatch') {
    return fieldsJson(value, leaf === inPatch ? inPatchedObject : leaf, path);
  }
  return leaf(value, path);
}

function mapJson(map: CelMap, leaf: Leaf, path: string): unknown {
  const entries = [...map.keys()].map(key => {
    if (typeof key !== 'string') {
      throw new NotJson(
        leaf === inPatch
          ? `unsupported type conversion from '${typeOfValue(key).name}' to string`
          : 'invalid return type: *dynamic.ObjectVal',
      );
    }
    return [key, toJson(map.find(key)!, leaf, `${path}.${key}`)] as const;
  });
  return Object.fromEntries(entries);
}

function fieldsJson({ fields }: ConstructedObject, leaf: Leaf, path: string): unknown {
  return Object.fromEntries(
    [...fields].map(([name, field]) => [name, toJson(field, leaf, `${path}.${name}`)]),
  );
}

function inPatch(value: CelValue): unknown {
  if (value === null) return null;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof CelUint) {
    return value.value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value.value) : String(value.value);
  }
  if (value instanceof Uint8Array) return value.toBase64();
  if (value instanceof CelTimestamp) return timestampText(value);
  if (value instanceof CelDuration) return durationText(value);
  if (value instanceof CelOptional) throw new NotJson('optional.none() dereference');
  if (value instanceof CelType) throw new NotJson("type conversion not supported for 'type'");
  if (value instanceof CelOpaque) {
    const name = value.type.name.split('.').at(-1)!;
    throw new NotJson(`type conversion error from '${name}' to '*structpb.Value'`);
  }
  throw new NotJson('cannot convert to native type: *structpb.Value');
}

/** Within an object that a patch's value constructs, fields are what Go has for them. */
function inPatchedObject(value: CelValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof CelUint) return Number(value.value);
  if (value instanceof Uint8Array) return value.toBase64();
  if (value instanceof CelType) return value.type.name;
  throw new NotJson(`proto: invalid type: ${goTypeOf(value)}`);
}

function inConfiguration(value: CelValue, path: string): unknown {
  if (typeof value === 'bigint') return value;
  if (value instanceof CelType) return value.type.name;
  const expected = value instanceof CelUint ? 'numeric (int or float)' : 'a value of JSON';
  throw new NotJson(
    `failed to convert patch object to typed object: ${path}: expected ${expected}, got ${goTypeOf(value)}`,
  );
}

function goTypeOf(value: CelValue): string {
  if (value === null) return 'structpb.NullValue';
  if (value instanceof CelUint) return 'uint64';
  if (value instanceof Uint8Array) return '[]uint8';
  if (value instanceof CelTimestamp) return 'time.Time';
  if (value instanceof CelDuration) return 'time.Duration';
  return typeOfValue(value).name;
}

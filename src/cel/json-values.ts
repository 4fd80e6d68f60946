/** JSON as values, read in place: a list or object is a view of the array or object that it came as. */
import type { Declaration } from './declaration.ts';
import { equal } from './equality.ts';
import type { Type } from './types.ts';
import { CelDouble, CelError, CelList, CelMap, CelObject, type CelValue, mapKey, toInt } from './values.ts';

/** Go's name of what JSON decodes to, as errors show it. */
function goType(json: unknown): string {
  switch (typeof json) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(json) ? 'int64' : 'float64';
    default:
      return json === null ? '<nil>' : Array.isArray(json) ? '[]interface {}' : 'map[string]interface {}';
  }
}

export function wrongType(expected: string, json: unknown): CelError {
  return new CelError(`invalid data, expected ${expected}, got ${goType(json)}`);
}

/** A whole number of JSON as an int. */
export function readInt(json: unknown): CelValue {
  if (typeof json === 'bigint') return toInt(json) ?? wrongType('int', json);
  if (typeof json !== 'number' || !Number.isInteger(json)) return wrongType('int', json);
  return Number.isSafeInteger(json) ? json + 0 : (toInt(BigInt(json)) ?? wrongType('int', json));
}

export function readDouble(json: unknown): CelValue {
  return typeof json === 'number' ? new CelDouble(json) : wrongType('float', json);
}

export function isJsonObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** What tells the elements of a set or of a keyed list apart. */
export type ElementKey = (value: CelValue) => string;

export interface ListKind {
  readonly kind: 'list' | 'set' | 'map';
  readonly key?: ElementKey;
}

/** A set or keyed list whatever holds it. */
abstract class KeyedList extends CelList {
  override readonly kind: ListKind['kind'];
  readonly #key: ElementKey | undefined;

  constructor({ kind, key }: ListKind) {
    super();
    this.kind = kind;
    this.#key = key;
  }

  override equalsUnordered(other: CelList): boolean {
    const key = this.#key!;
    const own = new Map([...this].map(value => [key(value), value]));
    for (const value of other) {
      const mine = own.get(key(value));
      if (mine === undefined || !equal(mine, value)) return false;
    }
    return true;
  }

  /** Elements of the other take the place of those with their key; new ones are added. */
  override merged(other: CelList): CelList | undefined {
    const key = this.#key;
    if (!key) return undefined;
    const all = new Map([...this].map(value => [key(value), value]));
    for (const value of other) all.set(key(value), value);
    return new MergedList([...all.values()], { kind: this.kind, key });
  }
}

class MergedList extends KeyedList {
  readonly #items: readonly CelValue[];
  constructor(items: readonly CelValue[], kind: ListKind) {
    super(kind);
    this.#items = items;
  }
  get size(): number {
    return this.#items.length;
  }
  at(index: number): CelValue {
    return this.#items[index]!;
  }
}

export class JsonList extends KeyedList {
  readonly json: readonly unknown[];
  readonly #element: Declaration;

  constructor(json: readonly unknown[], element: Declaration, kind: ListKind = { kind: 'list' }) {
    super(kind);
    this.json = json;
    this.#element = element;
  }
  get size(): number {
    return this.json.length;
  }
  at(index: number): CelValue {
    return this.#element.read(this.json[index]);
  }
}

export class JsonMap extends CelMap {
  readonly json: Readonly<Record<string, unknown>>;
  readonly #element: Declaration;
  #size: number | undefined;

  constructor(json: Readonly<Record<string, unknown>>, element: Declaration) {
    super();
    this.json = json;
    this.#element = element;
  }
  get size(): number {
    this.#size ??= Object.keys(this.json).length;
    return this.#size;
  }
  find(key: CelValue): CelValue | undefined {
    return typeof key === 'string' && Object.hasOwn(this.json, key)
      ? this.#element.read(this.json[key])
      : undefined;
  }
  keys(): Iterable<CelValue> {
    return Object.keys(this.json);
  }
}

/** A field of an object: its name in JSON, and how it is read. */
export interface JsonField {
  readonly name: string;
  readonly declaration: Declaration;
}

/** The fields of an object by their CEL name, and by their JSON name. */
export interface ObjectShape {
  readonly type: Type;
  field(celName: string): JsonField | undefined;
  declarationOf(jsonName: string): Declaration | undefined;
}

export class JsonObject extends CelObject {
  readonly json: Readonly<Record<string, unknown>>;
  readonly #shape: ObjectShape;

  constructor(json: Readonly<Record<string, unknown>>, shape: ObjectShape) {
    super();
    this.json = json;
    this.#shape = shape;
  }

  get type(): Type {
    return this.#shape.type;
  }

  override get costSize(): number {
    return Object.keys(this.json).length;
  }

  /** A field that holds null is as absent as one that is not there. */
  get(field: string): CelValue | undefined {
    const known = this.#shape.field(field);
    if (!known || !Object.hasOwn(this.json, known.name)) return undefined;
    const json = this.json[known.name];
    return json === null || json === undefined ? undefined : known.declaration.read(json);
  }

  override isZero(): boolean {
    return this.costSize === 0;
  }

  /** Fields that the schema does not know count too, as plain JSON. */
  equals(other: CelObject): boolean {
    if (!(other instanceof JsonObject)) return false;
    const names = Object.keys(this.json);
    if (names.length !== other.costSize) return false;
    return names.every(name => {
      if (!Object.hasOwn(other.json, name)) return false;
      const declaration = this.#shape.declarationOf(name);
      const [mine, theirs] = [this.json[name], other.json[name]];
      if (!declaration) return sameJson(mine, theirs);
      return mine !== null && theirs !== null && equal(declaration.read(mine), declaration.read(theirs));
    });
  }
}

/** The same JSON, whatever the order of fields. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, i) => sameJson(item, right[i]))
    );
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every(name => Object.hasOwn(right, name) && sameJson(left[name], right[name]))
  );
}

/** The key of a set's element: itself. */
export const setKey: ElementKey = value => mapKey(value) ?? String(value);

/** A value as JSON, for what an expression made: patches, messages of audit annotations. */
export function toJson(
  value: CelValue,
  fieldsOf: (object: CelObject) => Iterable<readonly [string, CelValue]> | undefined,
): unknown {
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? Number(value) : value;
  if (value instanceof CelDouble) return value.value;
  if (value instanceof JsonMap || value instanceof JsonObject || value instanceof JsonList) return value.json;
  if (value instanceof CelList) return [...value].map(item => toJson(item, fieldsOf));
  if (value instanceof CelMap) {
    return Object.fromEntries(
      [...value.keys()].map(key => [String(key), toJson(value.find(key)!, fieldsOf)]),
    );
  }
  const fields = value instanceof CelObject ? fieldsOf(value) : undefined;
  if (fields) return Object.fromEntries([...fields].map(([name, field]) => [name, toJson(field, fieldsOf)]));
  return undefined;
}

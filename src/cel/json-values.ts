/** JSON as values, read in place: a list or object is a view of the array or object that it came as. */
import type { Declaration } from './declaration.ts';
import { equal, Incomparable } from './equality.ts';
import { escapeName, isEscaped } from './escape.ts';
import type { Type } from './types.ts';
import { CelDouble, CelError, CelList, CelMap, type CelValue, mapKey, toInt } from './values.ts';

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

/** An object of declared fields: a map of their CEL names, as upstream's is at run time. */
export class JsonObject extends CelMap {
  readonly json: Readonly<Record<string, unknown>>;
  readonly #shape: ObjectShape;

  constructor(json: Readonly<Record<string, unknown>>, shape: ObjectShape) {
    super();
    this.json = json;
    this.#shape = shape;
  }

  get size(): number {
    return Object.keys(this.json).length;
  }

  find(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string') return new CelError('no such overload');
    // A name that is as it is when escapes are undone may be asked for like that.
    return this.get(key) ?? (isEscaped(key) ? undefined : this.#read(key));
  }

  *keys(): Iterable<CelValue> {
    for (const name of Object.keys(this.json)) {
      if (this.#shape.declarationOf(name)) yield escapeName(name) ?? name;
    }
  }

  /** A field that holds null is as absent as one that is not there. */
  get(field: string): CelValue | undefined {
    const known = this.#shape.field(field);
    return known && this.#readAs(known.name, known.declaration);
  }

  #readAs(name: string, declaration: Declaration): CelValue | undefined {
    const json = Object.hasOwn(this.json, name) ? this.json[name] : undefined;
    return json === null || json === undefined ? undefined : declaration.read(json);
  }

  #read(name: string): CelValue | undefined {
    const declaration = this.#shape.declarationOf(name);
    return declaration && this.#readAs(name, declaration);
  }

  /** Fields that the schema does not know count as plain JSON, where both have them; so upstream has it. */
  override equals(other: CelMap, sameValues: (left: CelValue, right: CelValue) => boolean): boolean {
    for (const name of Object.keys(this.json)) {
      if (!this.#shape.declarationOf(name)) {
        if (!(other instanceof JsonObject)) throw new Incomparable();
        if (Object.hasOwn(other.json, name) && !sameJson(this.json[name], other.json[name])) return false;
        continue;
      }
      const mine = this.#read(name);
      const theirs = other instanceof JsonObject ? other.#read(name) : other.find(name);
      if ((mine === undefined) !== (theirs === undefined)) return false;
      if (mine !== undefined && !sameValues(mine, theirs!)) return false;
    }
    return true;
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

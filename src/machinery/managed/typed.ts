/** How structured-merge-diff sees a value of a schema: as a scalar, a list or a map, atomic or not. */
import { keyElement, pathText, valueElement } from '../fields/element.ts';
import { isObject, type JsonObject } from '../patch/json-object.ts';
import { zeroOf } from '../normalize.ts';
import type { AnySchema, FieldSchema, ListSchema, MapSchema, ObjectSchema, Schema } from '../schema.ts';

/** A value that does not fit its schema. The texts are upstream's. */
export class TypedError extends Error {
  override readonly name = 'TypedError';

  static of(problems: readonly Problem[]): TypedError {
    const texts = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    return new TypedError(
      texts.length === 1 ? texts[0] : ['errors:', ...texts.map(t => `  ${t}`)].join('\n'),
    );
  }
}

/** An object does not fit its schema in a version that other managers know it in. */
export class ConvertedError extends TypedError {}

export interface Problem {
  readonly path: string;
  readonly message: string;
}

export const problemAt = (path: readonly string[], message: string): Problem => ({
  path: pathText(path),
  message,
});

/** Values of no declared type: scalars, atomic lists, and maps whose keys are managed one by one. */
export const deduced: AnySchema = { type: 'any' };
/** What atomic lists of no declared type hold. */
const deducedList: ListSchema = { type: 'list', items: deduced, listType: 'atomic' };

export type Atom = 'scalar' | 'list' | 'map';
export type MapLike = MapSchema | ObjectSchema | AnySchema;

/** Which of the forms of its type a value has; undefined for no value. */
export function atomOf(schema: Schema, value: unknown): Atom | undefined {
  if (value === undefined) return undefined;
  switch (schema.type) {
    case 'object':
    case 'map':
      return 'map';
    case 'list':
      return 'list';
    case 'any':
      if (Array.isArray(value)) return 'list';
      return isObject(value) || value === null ? 'map' : 'scalar';
    default:
      return 'scalar';
  }
}

export const listSchemaOf = (schema: Schema): ListSchema => (schema.type === 'list' ? schema : deducedList);

export const listOf = (value: unknown): readonly unknown[] | undefined =>
  Array.isArray(value) ? value : undefined;

export const mapOf = (value: unknown): JsonObject | undefined => (isObject(value) ? value : undefined);

export const isAtomicList = (schema: ListSchema): boolean =>
  schema.listType === undefined || schema.listType === 'atomic';

/** What somebody else knows the type of is managed as a whole. */
export const isAtomicMap = (schema: MapLike): boolean =>
  schema.type === 'any' ? schema.wire === 'raw' : schema.mapType === 'atomic';

/** A field that the type names; entries of maps are none. */
export function declaredField(schema: Schema, name: string): Schema | undefined {
  return schema.type === 'object' ? schema.fields.get(name)?.schema : undefined;
}

/** The type of what stands under `name`; undefined where the type allows nothing there. */
export function childSchema(schema: Schema, name: string): Schema | undefined {
  switch (schema.type) {
    case 'object':
      return schema.fields.get(name)?.schema ?? (isFreeForm(schema) ? deduced : undefined);
    case 'map':
      return schema.values;
    case 'any':
      return deduced;
    default:
      return undefined;
  }
}

/** What of it is not declared is anything, as upstream's converter to typed values has it. */
function isFreeForm(schema: ObjectSchema): boolean {
  return Boolean(schema.mergesUnknownFields || schema.preserveUnknownFields) || schema.fields.size === 0;
}

/** The type that a set's element leads to. */
export function schemaBelow(schema: Schema, element: string): Schema | undefined {
  if (element.startsWith('f:')) return childSchema(schema, element.slice(2));
  return schema.type === 'list' ? schema.items : undefined;
}

/** The elements of a list's items. Throws TypedError for an item that has none. */
export function elementsOf(schema: ListSchema, items: readonly unknown[], path: readonly string[]): string[] {
  return items.map((item, i) => {
    const element = itemElement(schema, item);
    if (element !== '') return element;
    throw TypedError.of([problemAt(path, `element ${i}: ${itemProblem(schema, item)}`)]);
  });
}

/** '' where the item cannot be told from others. */
export function itemElement(schema: ListSchema, item: unknown): string {
  if (schema.listType === 'set') return typeof item === 'object' ? '' : valueElement(item);
  if (!isObject(item)) return '';
  const keys: [string, unknown][] = [];
  for (const name of schema.listMapKeys ?? []) {
    const value = Object.hasOwn(item, name) ? item[name] : keyDefault(schema, name);
    if (value !== undefined) keys.push([name, value]);
  }
  return keys.length === 0 ? '' : keyElement(keys);
}

function keyDefault({ items }: ListSchema, name: string): unknown {
  return items.type === 'object' ? defaultOf(items, items.fields.get(name)) : undefined;
}

/** Go's structs always have their plain fields, and OpenAPI calls a zero value that JSON shows their default. */
function defaultOf({ native }: ObjectSchema, field: FieldSchema | undefined): unknown {
  if (!field || field.default !== undefined || !native || field.omitEmpty || field.pointer)
    return field?.default;
  const { schema } = field;
  return schema.type === 'string' || schema.type === 'integer' || schema.type === 'boolean'
    ? zeroOf(schema)
    : undefined;
}

/** Why an item has no element. */
export function itemProblem(schema: ListSchema, item: unknown): string {
  if (schema.listType === 'set') {
    if (item === null) return "associative list without keys has an element that's an explicit null";
    if (Array.isArray(item)) return 'not supported: associative list with lists as elements';
    return "associative list without keys has an element that's a map type";
  }
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isObject(item)) return 'associative list with keys may not have non-map elements';
  const keys = `[${(schema.listMapKeys ?? []).map(key => JSON.stringify(key)).join(' ')}]`;
  return `associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`;
}

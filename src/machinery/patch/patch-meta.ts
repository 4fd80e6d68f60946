/** What the schema facts say about merging one field (the patchStrategy and patchMergeKey tags). */
import { own } from '#base/members.ts';
import type { FieldSchema, Schema } from '../schema.ts';
import { patchError } from './errors.ts';
import { goText, isObject, type JsonKind, kindOf } from './json-object.ts';

export const directive = '$patch';
export const deleteFromListPrefix = '$deleteFromPrimitiveList';
export const setOrderPrefix = '$setElementOrder';
export const retainKeys = '$retainKeys';

export interface PatchMeta {
  /** Of the value, or of a list's items. */
  readonly schema: Schema | undefined;
  readonly strategy: 'merge' | 'replace' | undefined;
  readonly retainKeys: boolean;
  readonly mergeKey: string;
}

const unknown: PatchMeta = { schema: undefined, strategy: undefined, retainKeys: false, mergeKey: '' };

/** How `key` of a value of this schema merges. What the schema does not know is merged as plain JSON. */
export function patchMetaOf(schema: Schema | undefined, key: string): PatchMeta {
  if (schema?.type === 'map') return { ...unknown, schema: itemsOf(schema.values) };
  if (schema?.type !== 'object') return unknown;
  const field = schema.fields.get(key);
  return field ? metaOfField(field) : unknown;
}

/** The same of what has to be a field: no order can be stated for the elements of something unknown. */
export function knownMetaOf(schema: Schema | undefined, key: string): PatchMeta {
  if (schema?.type === 'object' && !schema.fields.has(key)) {
    const name = schema.name.split('.').at(-1)!;
    throw patchError.unclassified(
      `unable to find api field in struct ${name} for the json field ${JSON.stringify(key)}`,
    );
  }
  if (schema?.type === 'map') {
    throw patchError.unclassified('merging an object in json but data type is not struct, instead is: map');
  }
  return patchMetaOf(schema, key);
}

function metaOfField(field: FieldSchema): PatchMeta {
  const strategies = field.patchStrategy ?? [];
  return {
    schema: itemsOf(field.schema),
    strategy: strategies.includes('merge') ? 'merge' : strategies.includes('replace') ? 'replace' : undefined,
    retainKeys: strategies.includes('retainKeys'),
    mergeKey: field.patchMergeKey ?? '',
  };
}

function itemsOf(schema: Schema): Schema {
  return schema.type === 'list' ? schema.items : schema;
}

/** 'ports' of '$setElementOrder/ports'. */
export function directiveField(key: string, prefix: string): string {
  if (key.startsWith(`${prefix}/`)) return key.slice(prefix.length + 1);
  throw patchError.malformed(
    prefix === setOrderPrefix
      ? 'invalid patch format of setElementOrder list'
      : 'invalid patch format of primitive list',
  );
}

/** The one kind of all elements; undefined where there are none. */
export function elementKind(...lists: (readonly unknown[])[]): JsonKind | undefined {
  let kind: JsonKind | undefined;
  for (const element of lists.flat()) {
    kind ??= kindOf(element);
    if (kind === 'list') throw patchError.inapplicable('lists of lists are not supported');
    if (kindOf(element) !== kind) {
      throw patchError.unclassified(`list element types are not identical: ${goText(lists)}`);
    }
  }
  return kind;
}

/** The merge key's value of one element of a list of objects. */
export function mergeKeyOf(element: unknown, mergeKey: string): unknown {
  if (!isObject(element)) {
    throw patchError.unclassified(`expected a map[string]interface {}, but received a ${goType(element)}`);
  }
  if (!Object.hasOwn(element, mergeKey)) {
    throw patchError.unclassified(`map: ${goText(element)} does not contain declared merge key: ${mergeKey}`);
  }
  return own(element, mergeKey);
}

const goTypes: Readonly<Record<JsonKind, string>> = {
  null: '%!s(<nil>)',
  string: 'string',
  number: 'int64',
  boolean: 'bool',
  list: '[]interface {}',
  object: 'map[string]interface {}',
};

export function goType(value: unknown): string {
  return goTypes[kindOf(value)];
}

export function asList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw patchError.unclassified(`expected a []interface {}, but received a ${goType(value)}`);
}

/** A list in the order of its keys' first places in `order`; what is not there stays behind. */
export function sortByOrder(list: readonly unknown[], order: readonly unknown[], keyOf: KeyOf): unknown[] {
  const places = placesOf(order, keyOf);
  const place = (element: unknown) => places.get(keyOf(element)) ?? Number.POSITIVE_INFINITY;
  const isDelete = (element: unknown) => isObject(element) && own(element, directive) === 'delete';
  const kept = list.filter(element => !isDelete(element));
  kept.sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
  return [...kept, ...list.filter(isDelete)];
}

export type KeyOf = (element: unknown) => unknown;

/** What identifies an element: the value of its merge key, or itself. */
export function keyReader(mergeKey: string): KeyOf {
  return mergeKey === '' ? element => element : element => mergeKeyOf(element, mergeKey);
}

/** The first place of each key. */
export function placesOf(list: readonly unknown[], keyOf: KeyOf): Map<unknown, number> {
  const places = new Map<unknown, number>();
  for (const [place, element] of list.entries()) {
    const key = keyOf(element);
    if (!places.has(key)) places.set(key, place);
  }
  return places;
}

export function isDirectiveKey(key: string): boolean {
  return key.startsWith(deleteFromListPrefix) || key.startsWith(setOrderPrefix);
}

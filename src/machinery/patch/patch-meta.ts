/** What the schema facts say about merging one field (the patchStrategy and patchMergeKey tags). */
import { own, table } from '#base/members.ts';
import { goQuote } from '../go-json.ts';
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

/** What upstream's types are called that hold any JSON: it finds no fields in them. */
const opaque: Readonly<Record<string, string>> = table({
  raw: 'RawExtension',
  json: 'JSON',
  fieldsV1: 'FieldsV1',
  jsonSchemaPropsOrBool: 'JSONSchemaPropsOrBool',
  jsonSchemaPropsOrArray: 'JSONSchemaPropsOrArray',
  jsonSchemaPropsOrStringArray: 'JSONSchemaPropsOrStringArray',
});

/** The same of what has to be a field of a struct: upstream merges nothing that lies in a map, or in what it does not know. */
export function knownMetaOf(schema: Schema | undefined, key: string): PatchMeta {
  const field = schema?.type === 'object' ? schema.fields.get(key) : undefined;
  if (field) return metaOfField(field);
  const name = nameOfStruct(schema);
  if (name !== undefined) {
    throw patchError.unclassified(
      `unable to find api field in struct ${name} for the json field ${goQuote(key)}`,
    );
  }
  if (schema?.type === 'map') {
    throw patchError.unclassified('merging an object in json but data type is not struct, instead is: map');
  }
  return unknown;
}

function nameOfStruct(schema: Schema | undefined): string | undefined {
  if (schema?.type === 'object') return schema.name.split('.').at(-1);
  return schema?.type === 'any' && schema.wire ? opaque[schema.wire] : undefined;
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
    if (kind === 'null') throw patchError.unclassified(unexpected('map[string]interface {}', element));
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
    throw patchError.unclassified(unexpected('map[string]interface {}', element));
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

function unexpected(type: string, value: unknown): string {
  return `expected a ${type}, but received a ${goType(value)}`;
}

export function goType(value: unknown): string {
  return Number.isInteger(value) || typeof value !== 'number' ? goTypes[kindOf(value)] : 'float64';
}

/** What upstream says of a $patch that it does not know: Go's %s, which says the type of what is no text. */
export function unknownDirective(what: unknown, patch: unknown): Error {
  const shown =
    what === null ? '%!s(<nil>)' : isScalar(what) ? `%!s(${goType(what)}=${goText(what)})` : goText(what);
  return patchError.unclassified(`unknown patch type: ${shown} in map: ${goText(patch)}`);
}

function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** Throws where an element is no object. */
export function mustBeObjects(elements: readonly unknown[]): void {
  for (const element of elements) {
    if (!isObject(element)) throw patchError.unclassified(unexpected('map[string]interface {}', element));
  }
}

export function asList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw patchError.unclassified(unexpected('[]interface {}', value));
}

/**
 * A list in the order of its keys' first places in `order`. Upstream's comparison puts before all else what has no place:
 * before whatever came earlier, that is, and so the last one first.
 */
export function sortByOrder(list: readonly unknown[], order: readonly unknown[], keyOf: KeyOf): unknown[] {
  const places = placesOf(order, keyOf);
  const isDelete = (element: unknown) => isObject(element) && own(element, directive) === 'delete';
  let first = Number.POSITIVE_INFINITY;
  const ranked = list
    .filter(element => !isDelete(element))
    .map((element, i) => {
      const place = places.get(keyOf(element));
      if (place === undefined) return { element, place: first, turn: -1 - i };
      first = Math.min(first, place);
      return { element, place, turn: i };
    });
  ranked.sort((a, b) => (a.place === b.place ? a.turn - b.turn : a.place - b.place));
  return [...ranked.map(({ element }) => element), ...list.filter(isDelete)];
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

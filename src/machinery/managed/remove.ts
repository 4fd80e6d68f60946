import { setMember } from '#base/members.ts';
import { fieldElement } from '../fields/element.ts';
import { type FieldSet, isEmpty, isMember } from '../fields/field-set.ts';
import type { JsonObject } from '../patch/json-object.ts';
import type { ListSchema, Schema } from '../schema.ts';
import {
  type MapLike,
  atomOf,
  childSchema,
  deduced,
  isAtomicList,
  isAtomicMap,
  itemElement,
  listOf,
  listSchemaOf,
  mapOf,
} from './typed.ts';

/** The value without the fields and items of the set: null where those are all that it has. */
export function removeItems(schema: Schema, value: unknown, set: FieldSet): unknown {
  const atom = atomOf(schema, value);
  if (atom === 'list') return removeFromList(listSchemaOf(schema), value, set);
  return atom === 'map' ? removeFromMap(schema as MapLike, value, set) : value;
}

function removeFromMap(schema: MapLike, value: unknown, set: FieldSet): unknown {
  const map = mapOf(value);
  if (!map || isAtomicMap(schema)) return null;
  const kept: JsonObject = {};
  for (const [name, part] of Object.entries(map)) {
    const node = set[fieldElement(name)];
    if (node && isMember(node)) continue;
    setMember(kept, name, node ? removeWithin(childSchema(schema, name) ?? deduced, part, node) : part);
  }
  return Object.keys(kept).length > 0 ? kept : null;
}

/** What holds the removed is not removed itself: a map or list of which nothing is left stays, and is empty. */
function removeWithin(schema: Schema, value: unknown, set: FieldSet): unknown {
  return removeItems(schema, value, set) ?? (Array.isArray(value) ? [] : mapOf(value) ? {} : null);
}

function removeFromList(schema: ListSchema, value: unknown, set: FieldSet): unknown {
  const list = listOf(value);
  if (!list || isAtomicList(schema)) return null;
  const kept: unknown[] = [];
  for (const item of list) {
    const node = set[itemElement(schema, item)];
    if (node && isMember(node)) continue;
    kept.push(node && !isEmpty(node) ? removeWithin(schema.items, item, node) : item);
  }
  return kept.length > 0 ? kept : null;
}

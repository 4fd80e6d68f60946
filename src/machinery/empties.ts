/**
 * Upstream stores built-in kinds as protobuf, to which an empty list or map is none: a field that JSON shows at all times
 * shows null from then on. Where `omitempty` leaves it out, decoding has done so already.
 */
import { setMember } from '#base/members.ts';
import type { FieldSchema, ObjectSchema, Schema } from './schema.ts';

/** Sets empty lists and maps of a native object (mutable) to null; what is frozen came out of storage, and has none. */
export function dropEmpties(object: object, schema: ObjectSchema): void {
  const fields = concerned(schema);
  if (fields.length === 0 || Object.isFrozen(object)) return;
  const members = object as Record<string, unknown>;
  for (const { name, schema: type, omitEmpty } of fields) {
    const value = members[name];
    if (typeof value !== 'object' || value === null) continue;
    if (!omitEmpty && isEmpty(value, type)) members[name] = null;
    else dropInside(value, type);
  }
}

function dropInside(value: object, schema: Schema): void {
  if (schema.type === 'object') dropEmpties(value, schema);
  else if (schema.type === 'list' && isConcerned(schema.items)) {
    for (const item of value as unknown[])
      if (typeof item === 'object' && item) dropInside(item, schema.items);
  } else if (schema.type === 'map' && isConcerned(schema.values)) dropOfMap(value as Entries, schema.values);
}

type Entries = Record<string, object | null>;

/** A list in a map is a message of its own there, which has no items. */
function dropOfMap(entries: Entries, values: Schema): void {
  for (const [name, value] of Object.entries(entries)) {
    if (value === null) continue;
    if (isEmpty(value, values)) setMember(entries, name, null);
    else dropInside(value, values);
  }
}

function isEmpty(value: object, { type }: Schema): boolean {
  if (type === 'list') return Array.isArray(value) && value.length === 0;
  return type === 'map' && Object.keys(value).length === 0;
}

/** Types never change, so what is known of one stays right. */
const concernedOf = new WeakMap<ObjectSchema, readonly FieldSchema[]>();

/** The fields that may hold what is dropped; most types have none. */
function concerned(schema: ObjectSchema): readonly FieldSchema[] {
  const known = concernedOf.get(schema);
  if (known) return known;
  // A type that holds itself has nothing by that.
  concernedOf.set(schema, []);
  const fields = [...schema.fields.values()].filter(
    field => (!field.omitEmpty && isCollection(field.schema)) || isConcerned(field.schema),
  );
  concernedOf.set(schema, fields);
  return fields;
}

function isConcerned(schema: Schema): boolean {
  if (schema.type === 'object') return concerned(schema).length > 0;
  if (schema.type === 'list') return isConcerned(schema.items);
  return schema.type === 'map' && (isCollection(schema.values) || isConcerned(schema.values));
}

function isCollection({ type }: Schema): boolean {
  return type === 'list' || type === 'map';
}

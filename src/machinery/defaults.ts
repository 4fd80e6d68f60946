import { setMember } from '#base/members.ts';
import { cloneJson } from '#base/equal.ts';
import { normalizeNative, zeroOf } from './normalize.ts';
import type { FieldSchema, ObjectSchema, Schema } from './schema.ts';

/** Whether a type has defaults anywhere below it. Types never change, so what is known of one stays true. */
const reaches = new WeakMap<Schema, boolean>();

/**
 * Fills in the defaults that the schema declares, in place. Idempotent. `object` is mutable and decoded already.
 * Types without defaults below them cost nothing.
 */
export function applyDefaults(object: object, schema: Schema): void {
  if (hasDefaults(schema)) defaultValue(object, schema);
}

function defaultValue(value: unknown, schema: Schema): void {
  if (typeof value !== 'object' || value === null) return;
  if (schema.type === 'object') defaultObject(value as Record<string, unknown>, schema);
  else if (schema.type === 'list' && Array.isArray(value)) {
    if (schema.default !== undefined)
      replaceNulls(value as unknown as Record<string, unknown>, schema.default);
    for (const item of value) defaultValue(item, schema.items);
  } else if (schema.type === 'map') {
    if (schema.default !== undefined) replaceNulls(value as Record<string, unknown>, schema.default);
    for (const part of Object.values(value)) defaultValue(part, schema.values);
  }
}

/** Puts a default where an entry of a map or list is null. */
function replaceNulls(entries: Record<string, unknown>, value: unknown): void {
  for (const [name, part] of Object.entries(entries)) {
    if (part === null) setMember(entries, name, cloneJson(value));
  }
}

function defaultObject(object: Record<string, unknown>, schema: ObjectSchema): void {
  for (const field of defaultedFields(schema)) {
    if (field.default !== undefined && takesDefault(object[field.name], field, schema)) {
      setMember(object, field.name, defaultOf(field));
    }
    defaultValue(object[field.name], field.schema);
  }
}

/** The fields of each type that have a default, or defaults below them. */
const defaulted = new WeakMap<ObjectSchema, readonly FieldSchema[]>();

function defaultedFields(schema: ObjectSchema): readonly FieldSchema[] {
  let fields = defaulted.get(schema);
  if (!fields) {
    fields = [...schema.fields.values()].filter(
      f => !isShownByAbsence(f, schema) && (f.default !== undefined || hasDefaults(f.schema)),
    );
    defaulted.set(schema, fields);
  }
  return fields;
}

/** Whether the default says no more than that nothing stands there: Go leaves such a field out when it writes (a reference's name). */
function isShownByAbsence(field: FieldSchema, owner: ObjectSchema): boolean {
  if (!owner.native || field.pointer || !field.omitEmpty || field.schema.type === 'object') return false;
  return field.default !== undefined && field.default === zeroOf(field.schema);
}

function hasDefaults(schema: Schema): boolean {
  const known = reaches.get(schema);
  if (known !== undefined) return known;
  // A recursive type (JSONSchemaProps) asks itself: no, unless something else below it says yes.
  reaches.set(schema, false);
  const found = findDefaults(schema);
  reaches.set(schema, found);
  return found;
}

function findDefaults(schema: Schema): boolean {
  if (schema.type === 'list') return schema.default !== undefined || hasDefaults(schema.items);
  if (schema.type === 'map') return schema.default !== undefined || hasDefaults(schema.values);
  if (schema.type !== 'object') return false;
  return [...schema.fields.values()].some(f => f.default !== undefined || hasDefaults(f.schema));
}

/** In native types a zero value that is no pointer counts as unset; in custom resources null does, where it may not stand. */
function takesDefault(value: unknown, field: FieldSchema, owner: ObjectSchema): boolean {
  if (value === undefined) return true;
  if (value === null) return owner.native === true || !field.nullable;
  if (!owner.native || field.pointer || field.schema.type === 'object') return false;
  return value === zeroOf(field.schema);
}

function defaultOf(field: FieldSchema): unknown {
  const value = cloneJson(field.default);
  const { schema } = field;
  return schema.type === 'object' && schema.native ? normalizeNative(value, schema) : value;
}

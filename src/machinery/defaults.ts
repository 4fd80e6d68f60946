import { normalizeNative, setMember, zeroOf } from './normalize.ts';
import type { FieldSchema, ObjectSchema, Schema } from './schema.ts';

/**
 * Fills in the defaults that schemas declare, in place. Which types have any below them is worked out once for each
 * type, so that objects without defaults cost nothing.
 */
export class Defaulter {
  readonly #reaches = new WeakMap<Schema, boolean>();

  /** Idempotent. `object` is mutable and decoded already. */
  apply(object: object, schema: Schema): void {
    if (this.#hasDefaults(schema)) this.#value(object, schema);
  }

  #value(value: unknown, schema: Schema): void {
    if (typeof value !== 'object' || value === null) return;
    if (schema.type === 'object') this.#object(value as Record<string, unknown>, schema);
    else if (schema.type === 'list' && Array.isArray(value)) {
      for (const item of value) this.#value(item, schema.items);
    } else if (schema.type === 'map') {
      for (const part of Object.values(value)) this.#value(part, schema.values);
    }
  }

  #object(object: Record<string, unknown>, schema: ObjectSchema): void {
    for (const field of schema.fields.values()) {
      if (field.default !== undefined && takesDefault(object[field.name], field, schema)) {
        setMember(object, field.name, defaultOf(field));
      }
      if (this.#hasDefaults(field.schema)) this.#value(object[field.name], field.schema);
    }
  }

  #hasDefaults(schema: Schema): boolean {
    const known = this.#reaches.get(schema);
    if (known !== undefined) return known;
    // A recursive type asks itself: no, unless something else below it says yes.
    this.#reaches.set(schema, false);
    const found = this.#findDefaults(schema);
    this.#reaches.set(schema, found);
    return found;
  }

  #findDefaults(schema: Schema): boolean {
    if (schema.type === 'list') return this.#hasDefaults(schema.items);
    if (schema.type === 'map') return this.#hasDefaults(schema.values);
    if (schema.type !== 'object') return false;
    return [...schema.fields.values()].some(f => f.default !== undefined || this.#hasDefaults(f.schema));
  }
}

/** In native types a zero value that is no pointer counts as unset; in custom resources null does, where it may not stand. */
function takesDefault(value: unknown, field: FieldSchema, owner: ObjectSchema): boolean {
  if (value === undefined) return true;
  if (value === null) return owner.native === true || !field.nullable;
  if (!owner.native || field.pointer || field.schema.type === 'object') return false;
  return value === zeroOf(field.schema);
}

function defaultOf(field: FieldSchema): unknown {
  const value = structuredClone(field.default);
  const { schema } = field;
  return schema.type === 'object' && schema.native
    ? normalizeNative(value, schema, { unknown: false })
    : value;
}

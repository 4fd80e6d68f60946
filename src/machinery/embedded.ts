import { cloneJson } from '#base/equal.ts';
import { DecodeError } from './decode-error.ts';
import { type FieldError, type FieldPath, fieldError, rootPath } from './field.ts';
import { sorted } from './go-json.ts';
import { isObject } from './patch/json-object.ts';
import { decodeOwn, isOfResource } from './prune.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/** A custom resource, or a resource in it. */
interface Resource {
  readonly value: Record<string, unknown>;
  readonly schema: ObjectSchema;
  readonly path: FieldPath;
}

/** What of a custom resource is of a wrong type for the type or metadata of an embedded one; undefined where nothing is. */
export function malformedPart(value: unknown, schema: ObjectSchema): FieldError | undefined {
  for (const { value: resource, schema: own, path } of embeddedResources(value, schema, rootPath)) {
    for (const name of Object.keys(resource).filter(isOfResource)) {
      const why = whyMalformed(resource[name], own, name);
      if (why !== undefined) return fieldError.invalid(path.child(name), sorted(resource[name]), why);
    }
  }
  return undefined;
}

/**
 * A copy of a custom resource without what is malformed in its metadata, and in the type and metadata of embedded resources:
 * an older schema may have let it be stored.
 */
export function withoutMalformed<T>(value: T, schema: ObjectSchema): T {
  const copy = cloneJson(value) as T & Record<string, unknown>;
  const root = { value: copy, schema, path: rootPath };
  for (const { value: resource, schema: own } of [root, ...embeddedResources(copy, schema, rootPath)]) {
    for (const name of Object.keys(resource).filter(isOfResource)) {
      if (whyMalformed(resource[name], own, name) === undefined) continue;
      if (name === 'metadata' && isObject(resource.metadata)) dropMalformed(resource.metadata, own);
      else delete resource[name];
    }
  }
  return copy;
}

function dropMalformed(metadata: Record<string, unknown>, schema: ObjectSchema): void {
  for (const name of Object.keys(metadata)) {
    if (whyMalformed({ [name]: metadata[name] }, schema, 'metadata') !== undefined) delete metadata[name];
  }
}

function whyMalformed(value: unknown, schema: ObjectSchema, name: string): string | undefined {
  const field = schema.fields.get(name)!;
  if (value === null && !field.nullable && field.default === undefined) return undefined;
  try {
    decodeOwn(value, field.schema);
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

/** Those that the schema says are in a value, outer ones first. */
export function* embeddedResources(value: unknown, schema: Schema, path: FieldPath): Generator<Resource> {
  if (Array.isArray(value)) {
    if (schema.type !== 'list') return;
    for (const [i, item] of value.entries()) yield* embeddedResources(item, schema.items, path.index(i));
    return;
  }
  if (!isObject(value)) return;
  if (schema.type === 'map') {
    for (const [name, part] of Object.entries(value)) {
      yield* embeddedResources(part, schema.values, path.key(name));
    }
  }
  if (schema.type !== 'object' || schema.native) return;
  if (schema.embedded) yield { value, schema, path };
  for (const [name, part] of Object.entries(value)) {
    const field = schema.fields.get(name);
    if (field) yield* embeddedResources(part, field.schema, path.child(name));
  }
}

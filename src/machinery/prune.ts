import { setMember } from '#base/members.ts';
import { cloneJson } from '#base/equal.ts';
import { DecodeError } from './decode-error.ts';
import { type NormalizeReport, newReport, normalizeNative } from './normalize.ts';
import type { MapSchema, ObjectSchema, Schema } from './schema.ts';

/**
 * A custom resource without the fields that its schema does not name, and without nulls where neither null is a value
 * nor a default takes its place. Values stay as they came, also those of a wrong type (validation speaks of them);
 * metadata and other native parts are normalised. Throws DecodeError where metadata, or the type of an embedded resource,
 * is of a wrong type.
 */
export function prune(value: unknown, schema: Schema, report = newReport()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (schema.type === 'any') return cloneJson(value);
  if (Array.isArray(value) !== (schema.type === 'list')) return pruneOther(value, schema, report);
  switch (schema.type) {
    case 'object':
      return schema.native ? normalizeNative(value, schema, report) : pruneObject(value, schema, report);
    case 'list':
      return (value as unknown[]).map(item => prune(item, schema.items, report));
    case 'map':
      return pruneMap(value, schema, report);
    default:
      return hollow(value, report);
  }
}

/** A list where none is expected, or an object where a list is. */
function pruneOther(value: object, schema: Schema, report: NormalizeReport): unknown {
  const isOpen = schema.type === 'object' && (schema.native || schema.preserveUnknownFields);
  return isOpen ? cloneJson(value) : hollow(value, report);
}

/** A value of which no schema says what is in it: nothing, then, but lists keep their length. */
function hollow(value: unknown, report: NormalizeReport): unknown {
  if (Array.isArray(value)) return value.map(item => hollow(item, report));
  if (typeof value !== 'object' || value === null) return value;
  if (Object.keys(value).length > 0) report.unknown = true;
  return {};
}

function pruneObject(value: object, schema: ObjectSchema, report: NormalizeReport): object {
  const out: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    const field = schema.fields.get(name);
    if (field) {
      if (part === null && !field.nullable && field.default === undefined) continue;
      const isOwn = schema.embedded && isOfResource(name);
      setMember(out, name, isOwn ? decodeOwn(part, field.schema, report) : prune(part, field.schema, report));
    } else if (schema.preserveUnknownFields) setMember(out, name, cloneJson(part));
    else report.unknown = true;
  }
  return out;
}

const ofResource: readonly string[] = ['apiVersion', 'kind', 'metadata'];

/** What every resource has, whatever its schema says. */
export function isOfResource(name: string): boolean {
  return ofResource.includes(name);
}

/** The apiVersion, kind or metadata of an embedded resource. Throws DecodeError. */
export function decodeOwn(value: unknown, schema: Schema, report = newReport()): unknown {
  if (schema.type === 'object') return normalizeNative(value, schema, report);
  if (typeof value !== 'string') throw new DecodeError('must be a string');
  return value;
}

function pruneMap(value: object, schema: MapSchema, report: NormalizeReport): object {
  const { values, nullable, default: instead } = schema;
  const out: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    if (part !== null || nullable || instead !== undefined) setMember(out, name, prune(part, values, report));
  }
  return out;
}

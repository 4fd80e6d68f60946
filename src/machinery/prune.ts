import { setMember } from '#base/members.ts';
import { cloneJson } from '#base/equal.ts';
import { type NormalizeReport, newReport, normalizeNative } from './normalize.ts';
import type { MapSchema, ObjectSchema, Schema } from './schema.ts';

/**
 * A custom resource without the fields that its schema does not name, and without nulls where neither null is a value
 * nor a default takes its place. Values stay as they came, also those of a wrong type (validation speaks of them);
 * metadata and other native parts are normalised.
 */
export function prune(value: unknown, schema: Schema, report = newReport()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  switch (schema.type) {
    case 'object':
      if (Array.isArray(value)) return cloneJson(value);
      return schema.native ? normalizeNative(value, schema, report) : pruneObject(value, schema, report);
    case 'list':
      if (!Array.isArray(value)) return cloneJson(value);
      return value.map(item => prune(item, schema.items, report));
    case 'map':
      if (Array.isArray(value)) return cloneJson(value);
      return pruneMap(value, schema, report);
    default:
      return cloneJson(value);
  }
}

function pruneObject(value: object, schema: ObjectSchema, report: NormalizeReport): object {
  const out: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    const field = schema.fields.get(name);
    if (field) {
      if (part === null && !field.nullable && field.default === undefined) continue;
      setMember(out, name, prune(part, field.schema, report));
    } else if (schema.preserveUnknownFields) setMember(out, name, cloneJson(part));
    else report.unknown = true;
  }
  return out;
}

function pruneMap(value: object, schema: MapSchema, report: NormalizeReport): object {
  const { values, nullable, default: instead } = schema;
  const out: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    if (part !== null || nullable || instead !== undefined) setMember(out, name, prune(part, values, report));
  }
  return out;
}

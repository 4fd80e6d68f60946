import type { Environment } from '#cel/environment.ts';
import { compileSchemaRules } from '#cel/rule-checker.ts';
import type { StructuralSchema } from '#cel/structural.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { newReport } from '#machinery/normalize.ts';
import { prune } from '#machinery/prune.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';
import { validateEmbedded } from '../structural/embedded.ts';
import { type ResourceMeta, compilePart } from '../structural/schema.ts';
import { compileValidator } from '../structural/value-validator.ts';

/** Defaults are values that their own schemas allow, and that nothing would be pruned from. */
export function validateDefaults(path: FieldPath, schema: JSONSchemaProps, meta: ResourceMeta): FieldError[] {
  const { items, properties = {} } = schema;
  const errors = schema.default === undefined ? [] : validateDefault(path.child('default'), schema, meta);
  if (items && !Array.isArray(items)) errors.push(...validateDefaults(path.child('items'), items, meta));
  for (const [name, property] of Object.entries(properties)) {
    errors.push(...validateDefaults(path.child('properties').key(name), property, meta));
  }
  return errors;
}

/** Defaults keep the rules of their own schemas, which are valid here, as new values and as unchanged ones. */
export function validateDefaultsByRules(
  path: FieldPath,
  schema: JSONSchemaProps,
  environment: Environment,
): FieldError[] {
  const { items, properties = {}, default: value } = schema;
  const rules = value === undefined ? undefined : compileSchemaRules(schema as StructuralSchema, environment);
  const at = { path: path.child('default') };
  const changed = rules?.check(value, value, at).errors ?? [];
  const errors = [...(changed.length > 0 ? changed : (rules?.check(value, undefined, at).errors ?? []))];
  if (items && !Array.isArray(items)) {
    errors.push(...validateDefaultsByRules(path.child('items'), items, environment));
  }
  for (const [name, property] of Object.entries(properties)) {
    errors.push(...validateDefaultsByRules(path.child('properties').key(name), property, environment));
  }
  return errors;
}

function validateDefault(path: FieldPath, schema: JSONSchemaProps, meta: ResourceMeta): FieldError[] {
  const value = schema.default;
  const report = newReport();
  prune(value, compilePart(schema, meta), report);
  const unknown = report.unknown ? [fieldError.invalid(path, value, 'must not have unknown fields')] : [];
  const embedded = validateEmbedded(schema, value, meta, path);
  return [...unknown, ...(embedded.length > 0 ? embedded : compileValidator(schema)(value, path))];
}

import { append } from '#base/append.ts';
import type { Environment } from '#cel/environment.ts';
import { compileSchemaRules } from '#cel/rule-checker.ts';
import type { StructuralSchema } from '#cel/structural.ts';
import { type FieldError, type FieldPath, fieldError, fieldErrorsText, rootPath } from '#machinery/field.ts';
import { sorted } from '#machinery/go-json.ts';
import { newReport } from '#machinery/normalize.ts';
import { prune } from '#machinery/prune.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';
import { validateEmbedded, validateResource } from '../structural/embedded.ts';
import { type ResourceMeta, compilePart } from '../structural/schema.ts';
import { compileValidator } from '../structural/value-validator.ts';

/** The resource that has a value at some place in its type or metadata, and nothing else. */
type Surround = (value: unknown) => Record<string, unknown>;

/** Metadata of which nothing is unknown: what its type has not is dropped from resources, and may stand in defaults. */
const openMeta: ResourceMeta = {
  objectMeta: { type: 'object', name: '', fields: new Map(), preserveUnknownFields: true },
};

/** Defaults are values that their own schemas allow, and that nothing would be pruned from. */
export function validateDefaults(path: FieldPath, schema: JSONSchemaProps, meta: ResourceMeta): FieldError[] {
  return validatePart(path, { ...schema, 'x-kubernetes-embedded-resource': true }, meta, undefined);
}

/** `surround`: of parts of an embedded resource's type and metadata. */
function validatePart(
  path: FieldPath,
  schema: JSONSchemaProps,
  meta: ResourceMeta,
  surround: Surround | undefined,
): FieldError[] {
  const { items, properties = {}, default: value } = schema;
  const at = path.child('default');
  const errors: FieldError[] = [];
  if (value !== undefined) {
    append(
      errors,
      surround ? validateInMeta(at, schema, meta, surround(value)) : validateDefault(at, schema, meta),
    );
  }
  if (items && !Array.isArray(items)) {
    const inList = surround && ((item: unknown) => surround([item]));
    append(errors, validatePart(path.child('items'), items, meta, inList));
  }
  const isResource = schema['x-kubernetes-embedded-resource'];
  for (const [name, property] of Object.entries(properties)) {
    const outer = isResource ? asResource : surround;
    const isInMeta = isResource ? metaFields.includes(name) : surround;
    const inField = isInMeta && outer ? (part: unknown) => outer({ [name]: part }) : undefined;
    append(errors, validatePart(path.child('properties').key(name), property, meta, inField));
  }
  return errors;
}

const metaFields = ['apiVersion', 'kind', 'metadata'];

const asResource: Surround = value => ({
  apiVersion: 'validation/v1',
  kind: 'Validation',
  ...(value as object),
});

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
    append(errors, validateDefaultsByRules(path.child('items'), items, environment));
  }
  for (const [name, property] of Object.entries(properties)) {
    append(errors, validateDefaultsByRules(path.child('properties').key(name), property, environment));
  }
  return errors;
}

function validateDefault(path: FieldPath, schema: JSONSchemaProps, meta: ResourceMeta): FieldError[] {
  const value = sorted(schema.default);
  const report = newReport();
  prune(value, compilePart(schema, openMeta), report);
  const unknown = report.unknown ? [fieldError.invalid(path, value, 'must not have unknown fields')] : [];
  const embedded = validateEmbedded(schema, value, meta, path);
  return [...unknown, ...(embedded.length > 0 ? embedded : compileValidator(schema)(value, path))];
}

function validateInMeta(
  path: FieldPath,
  schema: JSONSchemaProps,
  meta: ResourceMeta,
  resource: Record<string, unknown>,
): FieldError[] {
  const errors = validateResource(resource, meta, rootPath);
  if (errors.length === 0) return compileValidator(schema)(schema.default, path);
  const detail = `must result in valid metadata: ${fieldErrorsText(errors)}`;
  return [fieldError.invalid(path, sorted(schema.default), detail)];
}

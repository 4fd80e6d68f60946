import { append } from '#base/append.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { changedError, type FieldError, type FieldPath, fieldError, rootPath } from '#machinery/field.ts';
import { sorted } from '#machinery/go-json.ts';
import { validateObjectMeta } from '#machinery/metadata.ts';
import { checkDns1035Label } from '#machinery/names.ts';
import { normalizeNative } from '#machinery/normalize.ts';
import type { ObjectMeta } from '#machinery/object.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';
import { isRecord } from './correlation.ts';
import type { ResourceMeta } from './schema.ts';

/** Checks the type and metadata of every part that is a resource (x-kubernetes-embedded-resource). */
export function validateEmbedded(
  schema: JSONSchemaProps,
  value: unknown,
  meta: ResourceMeta,
  path: FieldPath = rootPath,
): FieldError[] {
  const { items, properties, additionalProperties } = schema;
  if (Array.isArray(value)) {
    if (!items || Array.isArray(items)) return [];
    return value.flatMap((item, i) => validateEmbedded(items, item, meta, path.index(i)));
  }
  if (!isRecord(value)) return [];
  const own = schema['x-kubernetes-embedded-resource'] ? validateResource(value, meta, path) : [];
  const others =
    typeof additionalProperties === 'object' ? (additionalProperties as JSONSchemaProps) : undefined;
  const parts = Object.entries(value).flatMap(([name, part]) => {
    if (typeof part !== 'object' || part === null) return [];
    const property = properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property) return validateEmbedded(property, part, meta, path.child(name));
    return others ? validateEmbedded(others, part, meta, path.key(name)) : [];
  });
  return [...own, ...parts];
}

/** A value as a resource: with its type, and metadata that may stand. What is of a wrong type is told alone. */
export function validateResource(
  value: Readonly<Record<string, unknown>>,
  meta: ResourceMeta,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['apiVersion', 'kind'] as const) {
    const at = path.child(name);
    const text = value[name];
    if (text === undefined) errors.push(fieldError.required(at));
    else if (typeof text !== 'string') return [fieldError.invalid(at, text, 'must be a string')];
    else if (text === '') errors.push(fieldError.invalid(at, text, 'must not be empty'));
    else append(errors, name === 'kind' ? validateKind(text, at) : validateVersion(text, at));
  }
  if (value.metadata === undefined) return errors;
  const metadata = readMeta(value.metadata, meta, path.child('metadata'));
  return 'type' in metadata ? [metadata] : [...errors, ...validateMeta(metadata, path.child('metadata'))];
}

function validateVersion(text: string, path: FieldPath): FieldError[] {
  if (text.split('/').length <= 2) return [];
  return [fieldError.invalid(path, text, `unexpected GroupVersion string: ${text}`)];
}

function validateKind(text: string, path: FieldPath): FieldError[] {
  const messages = checkDns1035Label(text.toLowerCase());
  if (messages.length === 0) return [];
  const detail = `may have mixed case, but should otherwise match: ${messages.join(',')}`;
  return [fieldError.invalid(path, text, detail)];
}

function readMeta(value: unknown, { objectMeta }: ResourceMeta, path: FieldPath): ObjectMeta | FieldError {
  try {
    return normalizeNative(value, objectMeta) as ObjectMeta;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return fieldError.invalid(path, sorted(value), error.message);
  }
}

function validateMeta(metadata: ObjectMeta, path: FieldPath): FieldError[] {
  return validateObjectMeta(
    { ...metadata, name: metadata.name || 'fakename' },
    { namespaced: Boolean(metadata.namespace), nameRule: 'pathSegment' },
  ).map(error => changedError(error, { field: String(path) + error.field.slice('metadata'.length) }));
}

import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError, rootPath } from '#machinery/field.ts';
import { sorted } from '#machinery/go-json.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';
import { isRecord } from './correlation.ts';

/** Sets hold each value once, and lists of type map each key once. */
export function validateListTypes(
  schema: JSONSchemaProps,
  value: unknown,
  path: FieldPath = rootPath,
): FieldError[] {
  if (Array.isArray(value)) return validateList(schema, value, path);
  if (!isRecord(value)) return [];
  const { properties, additionalProperties } = schema;
  const others =
    typeof additionalProperties === 'object' ? (additionalProperties as JSONSchemaProps) : undefined;
  return Object.entries(value).flatMap(([name, part]) => {
    if (typeof part !== 'object' || part === null) return [];
    const property = properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property) return validateListTypes(property, part, path.child(name));
    return others ? validateListTypes(others, part, path.key(name)) : [];
  });
}

function validateList(schema: JSONSchemaProps, list: readonly unknown[], path: FieldPath): FieldError[] {
  const { items } = schema;
  const errors: FieldError[] = [];
  if (schema['x-kubernetes-list-type'] === 'set') {
    append(
      errors,
      repeated(list).map(i => fieldError.duplicate(path.index(i), sorted(list[i]))),
    );
  }
  if (schema['x-kubernetes-list-type'] === 'map') append(errors, validateKeys(schema, list, path));
  if (!items || Array.isArray(items)) return errors;
  return [...errors, ...list.flatMap((item, i) => validateListTypes(items, item, path.index(i)))];
}

function validateKeys(schema: JSONSchemaProps, list: readonly unknown[], path: FieldPath): FieldError[] {
  const odd = list.findIndex(item => item !== null && !isRecord(item));
  if (odd >= 0) {
    const detail = 'must be an object for an array of list-type map';
    return [fieldError.invalid(path.index(odd), list[odd], detail)];
  }
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  const keys = list.map(item => {
    const key: Record<string, unknown> = {};
    for (const name of names) if (isRecord(item) && Object.hasOwn(item, name)) key[name] = item[name];
    return key;
  });
  return repeated(keys).map(i => fieldError.duplicate(path.index(i), sorted(keys[i])));
}

/** The indices at which a value stands for the second time. */
function repeated(values: readonly unknown[]): number[] {
  const seen = new Map<string, number>();
  return values.flatMap((value, i) => {
    const text = JSON.stringify(sorted(value));
    const times = seen.get(text) ?? 0;
    seen.set(text, times + 1);
    return times === 1 ? [i] : [];
  });
}

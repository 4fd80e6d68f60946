import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkConfigMapKey } from '#machinery/names.ts';

/** Most bytes that a ConfigMap or a Secret holds. */
export const dataBytesMax = 1024 * 1024;

/** Keys that can be file names and environment variables. */
export function validateDataKeys(name: string, data: object | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const path = FieldPath.of(name);
  for (const key in data) {
    for (const message of checkConfigMapKey(key))
      errors.push(fieldError.invalid(path.key(key), key, message));
  }
  return errors;
}

/** Bytes that base64 texts stand for. */
export function decodedBytes(data: Readonly<Record<string, string>> | undefined): number {
  let bytes = 0;
  for (const text of Object.values(data ?? {})) {
    const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
    bytes += (text.length / 4) * 3 - padding;
  }
  return bytes;
}

/** What `immutable: true` forbids: to unset it, and to change the named fields. */
export function validateImmutableData<T extends { immutable?: boolean }>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (!old.immutable) return [];
  const forbidden = (name: string) =>
    fieldError.forbidden(FieldPath.of(name), 'field is immutable when `immutable` is set');
  return [
    ...(object.immutable ? [] : [forbidden('immutable')]),
    ...fields.filter(name => !deepEqual(object[name] ?? {}, old[name] ?? {})).map(forbidden),
  ];
}

import { utf8Length } from '#machinery/bytes.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import { requiredName } from './validation.ts';

const parametersMax = 512;
const parametersBytesMax = 256 * 1024;

/** Whose the volumes of a class are: a qualified name in any case. */
export function validateProvisioner(field: string, name: string | undefined): FieldError[] {
  return requiredName(FieldPath.of(field), name?.toLowerCase(), checkQualifiedName);
}

/** What a class tells its driver. */
export function validateParameters(parameters: Readonly<Record<string, string>> = {}): FieldError[] {
  const path = FieldPath.of('parameters');
  const entries = Object.entries(parameters);
  if (entries.length > parametersMax) return [fieldError.tooLong(path, parametersMax)];
  const errors = '' in parameters ? [fieldError.invalid(path, '', 'field can not be empty.')] : [];
  const bytes = entries.flat().reduce((sum, text) => sum + utf8Length(text), 0);
  return bytes > parametersBytesMax ? [...errors, fieldError.tooLong(path, parametersBytesMax)] : errors;
}

import { asInternal } from '../../internal-type.ts';
import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import type { JobSpec, SuccessPolicyRule } from '../../generated/types/batch.v1.ts';
import { nonNegative } from '../../validation.ts';
import { countIndexes } from './indexes.ts';

const rulesMax = 20;
const indexesLengthMax = 64 * 1024;

/** When an indexed job has succeeded before all of it has (KEP-3998). */
export function validateSuccessPolicy(path: FieldPath, spec: JobSpec): FieldError[] {
  if (!spec.successPolicy) return [];
  if (spec.completionMode !== 'Indexed') {
    const shown = asInternal('batch.SuccessPolicy', spec.successPolicy);
    return [fieldError.invalid(path, shown, 'requires indexed completion mode')];
  }
  const rules = spec.successPolicy.rules ?? [];
  const at = path.child('rules');
  const errors: FieldError[] = [];
  if (rules.length === 0) {
    errors.push(
      fieldError.required(at, 'at least one rules must be specified when the successPolicy is specified'),
    );
  }
  if (rules.length > rulesMax) errors.push(fieldError.tooMany(at, rules.length, rulesMax));
  return [...errors, ...rules.flatMap((rule, i) => validateRule(at.index(i), rule, spec.completions ?? 0))];
}

function validateRule(path: FieldPath, rule: SuccessPolicyRule, completions: number): FieldError[] {
  const { succeededIndexes: indexes, succeededCount: count } = rule;
  const errors: FieldError[] = [];
  if (indexes === undefined && count === undefined) {
    errors.push(
      fieldError.required(path, 'at least one of succeededCount or succeededIndexes must be specified'),
    );
  }
  const at = path.child('succeededIndexes');
  if (indexes !== undefined && indexes.length > indexesLengthMax)
    errors.push(fieldError.tooLong(at, indexesLengthMax));
  const counted = countIndexes(indexes ?? '', completions);
  if (typeof counted === 'string') {
    errors.push(fieldError.invalid(at, indexes, `error parsing succeededIndexes: ${counted}`));
  }
  if (count === undefined) return errors;
  const indexed = typeof counted === 'number' ? counted : 0;
  append(
    errors,
    nonNegative(path.child('succeededCount'), count),
    atMost(path, count, completions, 'the number of specified completions'),
  );
  if (indexes !== undefined) {
    append(
      errors,
      atMost(path, count, indexed, 'the number of indexes in the specified succeededIndexes field'),
    );
  }
  return errors;
}

function atMost(path: FieldPath, count: number, max: number, what: string): FieldError[] {
  if (count <= max) return [];
  return [
    fieldError.invalid(path.child('succeededCount'), count, `must be less than or equal to ${max} (${what})`),
  ];
}

import { append } from '#base/append.ts';
import {
  type AdmissionVariables,
  type Compiled,
  type Results,
  admissionEnvironment,
  compileAdmission,
  results,
} from '#cel/admission.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import type { MatchCondition } from './generated/types/admissionregistration.v1.ts';
import { invalidEach } from './validation.ts';

const conditionsMax = 64;

/** Invalid where it does not compile or is of another type; internal where upstream finds that out too late. */
export function compilationErrors(path: FieldPath, expression: string, compiled: Compiled): FieldError[] {
  const { error, isInternal } = compiled;
  if (error === undefined) return [];
  return [isInternal ? fieldError.internal(path, error) : fieldError.invalid(path, expression, error)];
}

/** Required where it is blank, and the errors of its compilation. */
export function validateExpression(
  path: FieldPath,
  expression: string | undefined,
  variables: AdmissionVariables,
  allowed: Results,
  missing = '',
): FieldError[] {
  if (!expression?.trim()) return [fieldError.required(path, missing)];
  return compilationErrors(
    path,
    expression,
    compileAdmission(expression, admissionEnvironment(variables), allowed),
  );
}

/** The conditions of a webhook or a policy. They use no variables of the policy but its parameters. */
export function validateMatchConditions(
  path: FieldPath,
  conditions: readonly MatchCondition[] | undefined = [],
  params = false,
): FieldError[] {
  const names = new Set<string>();
  return [
    ...(conditions.length > conditionsMax
      ? [fieldError.tooMany(path, conditions.length, conditionsMax)]
      : []),
    ...conditions.flatMap(({ name, expression }, i) => {
      const at = path.index(i);
      const variables = { params, authorizer: true };
      const errors = validateExpression(
        at.child('expression'),
        expression?.trim(),
        variables,
        results.condition,
      );
      if (!name) errors.push(fieldError.required(at.child('name')));
      else append(errors, invalidEach(at.child('name'), name, checkQualifiedName(name)));
      if (name && names.has(name)) errors.push(fieldError.duplicate(at.child('name'), name));
      names.add(name);
      return errors;
    }),
  ];
}

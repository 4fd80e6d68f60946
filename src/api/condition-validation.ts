import { utf8Length } from '#machinery/bytes.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabelName } from '#machinery/metadata.ts';
import { patternError } from '#machinery/names.ts';
import type { Condition } from './generated/types/meta.v1.ts';
import { duplicates, invalidEach } from './validation.ts';

const statuses = ['False', 'True', 'Unknown'];
const reasonPattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonExpression = new RegExp(`^${reasonPattern}$`);
const reasonRule =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";
const reasonExamples = ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'];
const reasonMax = 1024;
const messageMax = 32 * 1024;

function checkReason(reason: string): string[] {
  return reasonExpression.test(reason) ? [] : [patternError(reasonRule, reasonPattern, ...reasonExamples)];
}

function validateCondition(path: FieldPath, condition: Partial<Condition>): FieldError[] {
  const { type = '', status = '', observedGeneration = 0, reason = '', message = '' } = condition;
  const tooLong = (name: string, text: string, max: number) =>
    utf8Length(text) > max ? [fieldError.tooLong(path.child(name), max)] : [];
  return [
    ...validateLabelName(type, path.child('type')),
    ...(statuses.includes(status) ? [] : [fieldError.notSupported(path.child('status'), status, statuses)]),
    ...(observedGeneration < 0
      ? [
          fieldError.invalid(
            path.child('observedGeneration'),
            observedGeneration,
            'must be greater than or equal to zero',
          ),
        ]
      : []),
    ...(condition.lastTransitionTime ? [] : [fieldError.required(path.child('lastTransitionTime'))]),
    ...(reason
      ? invalidEach(path.child('reason'), reason, checkReason(reason))
      : [fieldError.required(path.child('reason'))]),
    ...tooLong('reason', reason, reasonMax),
    ...tooLong('message', message, messageMax),
  ];
}

/** Conditions of the common form (metav1.Condition), each type once. */
export function validateConditions(
  path: FieldPath,
  conditions: readonly Partial<Condition>[] | undefined,
): FieldError[] {
  const list = conditions ?? [];
  return [
    ...duplicates(
      path,
      list.map(({ type }) => type),
      'type',
    ),
    ...list.flatMap((condition, i) => validateCondition(path.index(i), condition)),
  ];
}

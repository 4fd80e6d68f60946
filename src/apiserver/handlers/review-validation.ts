import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
} from '#api/generated/types/authorization.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabelExpression, validateOperator } from '#machinery/selectors.ts';
import { statusError } from '#machinery/status.ts';

/** What an access review asks about. */
export interface Asked {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: NonResourceAttributes;
}

/** Refuses what asks for no action, or for two, or for objects that no selector can name. */
export function checkAsked(kind: string, asked: Asked, more: readonly FieldError[] = []): void {
  const errors = [...validateKindOf(asked), ...more, ...validateSelectors(asked.resourceAttributes)];
  if (errors.length > 0) throw statusError.invalid({ group: 'authorization.k8s.io', kind }, '', errors);
}

function validateKindOf({ resourceAttributes: resource, nonResourceAttributes: path }: Asked): FieldError[] {
  if (resource && path) {
    const why = 'cannot be specified in combination with resourceAttributes';
    return [fieldError.invalid('spec.nonResourceAttributes', path, why)];
  }
  if (resource || path) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [fieldError.invalid('spec.resourceAttributes', null, why)];
}

/** Operators of newer clients are let through: what is not understood narrows nothing. */
const options = { allowsUnknownOperator: true };

function validateSelectors({ fieldSelector, labelSelector }: ResourceAttributes = {}): FieldError[] {
  const path = FieldPath.of('spec', 'resourceAttributes');
  return [
    ...validateSelector(fieldSelector, path.child('fieldSelector'), ({ key, ...requirement }, at) => [
      ...(key ? [] : [fieldError.required(at.child('key'), 'must be specified')]),
      ...validateOperator(requirement, at, options),
    ]),
    ...validateSelector(labelSelector, path.child('labelSelector'), (requirement, at) =>
      validateLabelExpression(requirement, at, options),
    ),
  ];
}

function validateSelector<S extends FieldSelectorAttributes | LabelSelectorAttributes>(
  selector: S | undefined,
  path: FieldPath,
  validate: (requirement: NonNullable<S['requirements']>[number], at: FieldPath) => FieldError[],
): FieldError[] {
  if (!selector) return [];
  const { rawSelector, requirements = [] } = selector;
  const errors: FieldError[] = [];
  if (rawSelector && requirements.length > 0) {
    const why = 'may not specified at the same time as requirements';
    errors.push(fieldError.invalid(path.child('rawSelector'), rawSelector, why));
  }
  if (!rawSelector && requirements.length === 0) {
    const why = `when ${path} is specified, requirements or rawSelector is required`;
    errors.push(fieldError.required(path.child('requirements'), why));
  }
  const at = path.child('requirements');
  return [...errors, ...requirements.flatMap((requirement, i) => validate(requirement, at.index(i)))];
}

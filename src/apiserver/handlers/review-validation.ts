import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReview,
} from '#api/generated/types/authorization.v1.ts';
import { asInternal } from '#api/internal-type.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import type { ObjectMeta } from '#machinery/object.ts';
import {
  SelectorError,
  escapeFieldValue,
  parseFieldSelector,
  parseLabelSelector,
  parseSelectorObject,
  validateLabelExpression,
  validateOperator,
  formatLabelSelector,
} from '#machinery/selectors.ts';
import { statusError } from '#machinery/status.ts';

/** What an access review asks about. */
export interface Asked {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: NonResourceAttributes;
}

/** What is wrong with whom a review is about, and with all beside its spec. */
interface MoreErrors {
  readonly validateWho?: readonly FieldError[];
  readonly validateRest?: readonly FieldError[];
}

/**
 * Refuses what asks for no action, or for two, or for objects that no selector can name. Upstream's error names no kind: it
 * asks what it has decoded for it, which does not know any more.
 */
export function checkAsked(asked: Asked, more: MoreErrors = {}): void {
  const { validateWho = [], validateRest = [] } = more;
  const errors = [
    ...validateKindOf(asked),
    ...validateWho,
    ...validateSelectors(asked.resourceAttributes),
    ...validateRest,
  ];
  if (errors.length > 0) throw statusError.invalid({ group: 'authorization.k8s.io', kind: '' }, '', errors);
}

function validateKindOf({ resourceAttributes: resource, nonResourceAttributes: path }: Asked): FieldError[] {
  if (resource && path) {
    const why = 'cannot be specified in combination with resourceAttributes';
    return [fieldError.invalid('spec.nonResourceAttributes', shownPath(path), why)];
  }
  if (resource || path) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [fieldError.invalid('spec.resourceAttributes', null, why)];
}

const shownPath = (path: NonResourceAttributes) => asInternal('authorization.NonResourceAttributes', path);

/** In the order of Go's fields, which a namespace that the request gave may not be in. */
function shownMeta({ name, generateName, namespace, ...rest }: ObjectMeta = {}): object {
  return {
    ...(name === undefined ? {} : { name }),
    ...(generateName === undefined ? {} : { generateName }),
    ...(namespace === undefined ? {} : { namespace }),
    ...rest,
  };
}

/** A review is about what its spec says; it is no object that has a name. */
export function checkMeta(metadata: ObjectMeta | undefined, detail = 'must be empty'): FieldError[] {
  const { managedFields: _, ...rest } = metadata ?? {};
  return Object.keys(rest).length === 0 ? [] : [fieldError.invalid('metadata', shownMeta(metadata), detail)];
}

/** A local review asks about its own namespace. */
export function checkLocal({ metadata, spec }: SubjectAccessReview): FieldError[] {
  const { namespace, ...rest } = metadata ?? {};
  const errors = checkMeta(rest, 'must be empty except for namespace').map(() =>
    fieldError.invalid('metadata', shownMeta(metadata), 'must be empty except for namespace'),
  );
  const asked = spec.resourceAttributes;
  if (asked && (asked.namespace ?? '') !== namespace) {
    const path = 'spec.resourceAttributes.namespace';
    errors.push(fieldError.invalid(path, asked.namespace ?? '', 'must match metadata.namespace'));
  }
  if (spec.nonResourceAttributes) {
    const detail = 'disallowed on this kind of request';
    errors.push(
      fieldError.invalid('spec.nonResourceAttributes', shownPath(spec.nonResourceAttributes), detail),
    );
  }
  return errors;
}

/** What kept the authorizers from deciding, and what of the selectors could not be used for that. */
export function evaluationError(
  asked: ResourceAttributes | undefined,
  error: string | undefined,
): { evaluationError?: string } {
  const ignored = (name: string, kept: number) =>
    `spec.resourceAttributes.${name} ${kept > 0 ? 'partially ignored' : 'ignored'} due to parse error`;
  const errors: string[] = error === undefined ? [] : [error];
  const fields = usable(asked?.fieldSelector, parseFieldSelector, isUsableField);
  if (fields !== undefined) errors.push(ignored('fieldSelector', fields));
  const labels = usable(asked?.labelSelector, parseLabelSelector, isUsableLabel);
  if (labels !== undefined) errors.push(ignored('labelSelector', labels));
  return errors.length > 0 ? { evaluationError: errors.join('; ') } : {};
}

/** The field selector as a request would have it, of what can be used of it. */
export function fieldSelectorText(asked: ResourceAttributes | undefined): string {
  const { rawSelector, requirements = [] } = asked?.fieldSelector ?? {};
  if (rawSelector) return isSelector(() => parseFieldSelector(rawSelector)) ? rawSelector : '';
  return requirements
    .filter(isUsableField)
    .map(({ key, operator, values }) => {
      return `${key}${operator === 'In' ? '=' : '!='}${escapeFieldValue(values![0]!)}`;
    })
    .join(',');
}

/** The same of the label selector. */
export function labelSelectorText(asked: ResourceAttributes | undefined): string {
  const { rawSelector, requirements = [] } = asked?.labelSelector ?? {};
  if (rawSelector) return isSelector(() => parseLabelSelector(rawSelector)) ? rawSelector : '';
  const matchExpressions = requirements.filter(isUsableLabel);
  return matchExpressions.length > 0 ? formatLabelSelector({ matchExpressions }) : '';
}

/** How many of a selector's requirements can be used; undefined where all can. */
function usable<R>(
  selector: { readonly rawSelector?: string; readonly requirements?: readonly R[] } | undefined,
  parse: (text: string) => unknown,
  isUsable: (requirement: R) => boolean,
): number | undefined {
  const { rawSelector, requirements = [] } = selector ?? {};
  if (rawSelector) return isSelector(() => parse(rawSelector)) ? undefined : 0;
  const count = requirements.filter(isUsable).length;
  return count === requirements.length ? undefined : count;
}

function isSelector(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

function isUsableField({ operator, values = [] }: FieldRequirement): boolean {
  return (operator === 'In' || operator === 'NotIn') && values.length === 1;
}

function isUsableLabel(requirement: LabelRequirement): boolean {
  return isSelector(() => parseSelectorObject({ matchExpressions: [requirement] }));
}

type FieldRequirement = NonNullable<FieldSelectorAttributes['requirements']>[number];
type LabelRequirement = NonNullable<LabelSelectorAttributes['requirements']>[number];

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

import { atOnce } from '#base/steps.ts';
import { type FieldError, fieldErrorText } from '#machinery/field.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { ResourceDefinition, Strategy, StrategyContext } from './definition.ts';

/** What a strategy's hooks see in tests; warnings are kept. */
export function testContext(nowMs = 0): StrategyContext & { readonly warnings: string[] } {
  const warnings: string[] = [];
  return { nowMs, user: 'test', subresource: '', warnings, warn: message => void warnings.push(message) };
}

/** The object as the API server would store it on creation: defaulted and prepared. */
export function created<T extends KubeObject>(definition: ResourceDefinition, object: T): T {
  const copy = structuredClone(object);
  const { setDefaults, dropDisabled, prepareForCreate } = definition.strategy;
  setDefaults?.(copy);
  if (definition.statusSubresource && !definition.strategy.createsStatus)
    delete (copy as { status?: unknown }).status;
  dropDisabled?.(copy);
  prepareForCreate?.(copy, testContext());
  return copy;
}

/** What the kind finds wrong with an object. */
export function validationErrors(
  { validate, validateInSteps }: Strategy,
  object: KubeObject,
  context: StrategyContext,
  old?: KubeObject,
): FieldError[] {
  if (validateInSteps) return atOnce(validateInSteps(object, context, old));
  return validate?.(object, context, old) ?? [];
}

/** The errors of a creation, as a client reads them. */
export function createErrors(definition: ResourceDefinition, object: KubeObject): string[] {
  const made = created(definition, object);
  return validationErrors(definition.strategy, made, testContext()).map(fieldErrorText);
}

/** What a creation is warned of. */
export function createWarnings(definition: ResourceDefinition, object: KubeObject): string[] {
  const context = testContext();
  const made = created(definition, object);
  validationErrors(definition.strategy, made, context);
  return [...context.warnings, ...(definition.strategy.warnings?.(made) ?? [])];
}

/** The errors of an update from one object to another, both given as a client would write them. */
export function updateErrors<T extends KubeObject>(
  definition: ResourceDefinition,
  old: T,
  object: T,
): string[] {
  const before = created(definition, old);
  const now = structuredClone(object);
  const { setDefaults, prepareForUpdate, validateUpdate } = definition.strategy;
  setDefaults?.(now);
  if (definition.statusSubresource) Object.assign(now, { status: (before as { status?: unknown }).status });
  prepareForUpdate?.(now, before, testContext());
  return [
    ...validationErrors(definition.strategy, now, testContext(), before),
    ...(validateUpdate?.(now, before, testContext()) ?? []),
  ].map(fieldErrorText);
}

import { append } from '#base/append.ts';
import type { Strategy, StrategyContext } from '#api/definition.ts';
import type { CustomResourceSubresourceScale } from '#api/generated/types/apiextensions.v1.ts';
import { Correlation } from '#api/apiextensions/structural/correlation.ts';
import { validateEmbedded } from '#api/apiextensions/structural/embedded.ts';
import { validateListTypes } from '#api/apiextensions/structural/list-types.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import type { KubeObject } from '#machinery/object.ts';
import { goText, isObject } from '#machinery/patch/json-object.ts';
import { getPath } from '#machinery/path.ts';
import { statusError } from '#machinery/status.ts';
import type { CustomVersion } from './custom-version.ts';

type Custom = KubeObject & { status?: unknown };

/** What a strategy asks of its custom resource. */
export interface StrategyOwner {
  readonly what: { readonly group: string; readonly resource: string };
  /** Its definition is being deleted: no new objects. */
  isTerminating(): boolean;
}

/** How objects of one version of a custom resource are admitted to the store. */
export function customStrategy(version: CustomVersion, owner: StrategyOwner): Strategy<Custom> {
  return {
    allowUnconditionalUpdate: false,
    generation: true,
    prepareForCreate: object => {
      if (owner.isTerminating()) {
        const why = 'create not allowed while custom resource definition is terminating';
        throw statusError.forbidden(owner.what, object.metadata.name ?? '', why);
      }
    },
    warnings: finalizerWarnings,
    statusKeeps: 'metadata',
    validate: (object, context, old) =>
      withRules(version, validateObject(version, object, old), object, old, context),
    validateStatusUpdate: (object, old, context) =>
      withRules(version, validateStatus(version, object, old), object, old, context),
  };
}

function validateObject(version: CustomVersion, object: Custom, old: Custom | undefined): FieldError[] {
  const { props, meta, spec } = version;
  const errors = version.validator(object, undefined, old && new Correlation(old, props));
  append(errors, validateReplicas(object, spec.subresources?.scale?.specReplicasPath));
  append(errors, validateScaleStatus(object, spec.subresources?.scale));
  append(errors, validateEmbedded(props, object, meta), validateLists(version, object, old));
  return errors;
}

function validateStatus(version: CustomVersion, object: Custom, old: Custom): FieldError[] {
  const { props, spec } = version;
  const errors: FieldError[] = [];
  if (object.status !== undefined && version.statusValidator) {
    const before = new Correlation(old, props).field('status');
    append(errors, version.statusValidator(object.status, FieldPath.of('status'), before));
  }
  append(errors, validateScaleStatus(object, spec.subresources?.scale));
  append(errors, validateLists(version, object, old));
  return errors;
}

/** Errors after which rules, which rely on an object's shape, are not asked. */
const blocking = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const unchecked =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

function withRules(
  { rules, cel }: CustomVersion,
  errors: FieldError[],
  object: Custom,
  old: Custom | undefined,
  { earlierErrors = [], warn }: StrategyContext,
): FieldError[] {
  if (!rules) return errors;
  if ([...earlierErrors, ...errors].some(({ type }) => blocking.has(type))) {
    return [...errors, fieldError.invalid('', null, unchecked)];
  }
  const outcome = cel.evaluating(() => rules.check(object, old));
  for (const warning of outcome.warnings) warn(warning);
  return [...errors, ...outcome.errors];
}

/** What was stored with repeated items may be written again with them. */
function validateLists({ props }: CustomVersion, object: Custom, old: Custom | undefined): FieldError[] {
  const errors = validateListTypes(props, object);
  return errors.length > 0 && old && validateListTypes(props, old).length > 0 ? [] : errors;
}

const int32Max = 2 ** 31 - 1;

function validateReplicas(object: Custom, path: string | undefined): FieldError[] {
  if (path === undefined) return [];
  const value = getPath(object, path);
  if (value === undefined) return validatePlace(object, path);
  if (typeof value !== 'number' || !isInt64(value)) {
    return [fieldError.invalid(path, 0, accessorError(path, value, 'int64'))];
  }
  if (value < 0) return [fieldError.invalid(path, value, 'should be a non-negative integer')];
  if (value <= int32Max) return [];
  return [fieldError.invalid(path, value, `should be less than or equal to ${int32Max}`)];
}

function validateScaleStatus(
  object: Custom,
  scale: CustomResourceSubresourceScale | undefined,
): FieldError[] {
  const errors = validateReplicas(object, scale?.statusReplicasPath);
  const path = scale?.labelSelectorPath;
  const selector = path ? getPath(object, path) : undefined;
  if (selector === undefined || typeof selector === 'string') return errors;
  return [...errors, fieldError.invalid(path!, '', accessorError(path!, selector, 'string'))];
}

const int64Bound = 2 ** 63;

function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -int64Bound && value < int64Bound;
}

/** Nothing is there; where the path ends early, that has to be in an object, or null. */
function validatePlace(object: Custom, path: string): FieldError[] {
  const all = path.split('.');
  const parts = [...all];
  let found: unknown;
  while (found === undefined && parts.length > 1) {
    parts.pop();
    found = getPath(object, parts.join('.'));
  }
  if (found === undefined || found === null || isObject(found)) return [];
  const at = all.slice(0, parts.length + 1).join('.');
  return [fieldError.invalid(path, 0, accessorError(at, found, 'map[string]interface{}'))];
}

/** In the words of apimachinery's accessors of unstructured objects. */
function accessorError(path: string, value: unknown, expected: string): string {
  const found =
    value === null
      ? '<nil>'
      : Array.isArray(value)
        ? '[]interface {}'
        : typeof value === 'object'
          ? 'map[string]interface {}'
          : typeof value === 'number'
            ? isInt64(value)
              ? 'int64'
              : 'float64'
            : typeof value === 'boolean'
              ? 'bool'
              : 'string';
  return `.${path.replace(/^\./, '')} accessor error: ${goText(value)} is of the type ${found}, expected ${expected}`;
}

const standardFinalizers = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function finalizerWarnings(object: Custom, old?: Custom): string[] {
  const known = new Set(old?.metadata.finalizers);
  const added = (object.metadata.finalizers ?? []).filter(name => !known.has(name)).sort();
  return [...new Set(added)].flatMap(name => {
    const at = `metadata.finalizers: ${JSON.stringify(name)}: `;
    const malformed = checkQualifiedName(name).map(message => at + message);
    if (name.includes('/') || standardFinalizers.has(name)) return malformed;
    const path = name.includes('.') ? ' including a path (/)' : '';
    const why = 'to avoid accidental conflicts with other finalizer writers';
    return [...malformed, `${at}prefer a domain-qualified finalizer name${path} ${why}`];
  });
}

import { append } from '#base/append.ts';
import { validateLabelSelector } from '#machinery/selectors.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabelName } from '#machinery/metadata.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
} from '#machinery/names.ts';
import type {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  PodSchedulingGate,
  Toleration,
  TopologySpreadConstraint,
} from '../../generated/types/core.v1.ts';
import { invalidEach, optionalOneOf, repeats } from '../../validation.ts';

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

function validateOperatorValues(
  path: FieldPath,
  { operator, values = [] }: NodeSelectorRequirement,
): FieldError[] {
  const at = path.child('values');
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length > 0) return [];
    return [fieldError.required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length === 0) return [];
    return [fieldError.forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
  }
  if (operator === 'Gt' || operator === 'Lt') {
    if (values.length === 1) return [];
    return [fieldError.required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
  }
  return [fieldError.invalid(path.child('operator'), operator, 'not a valid selector operator')];
}

function validateExpression(
  path: FieldPath,
  requirement: NodeSelectorRequirement,
  lenient: boolean,
): FieldError[] {
  const errors = [
    ...validateOperatorValues(path, requirement),
    ...validateLabelName(requirement.key, path.child('key')),
  ];
  if (lenient) return errors;
  requirement.values?.forEach((value, i) => {
    append(errors, invalidEach(path.child('values').index(i), value, checkLabelValue(value)));
  });
  return errors;
}

function validateField(
  path: FieldPath,
  { key, operator, values = [] }: NodeSelectorRequirement,
): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(fieldError.invalid(path.child('operator'), operator, 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(fieldError.required(path.child('values'), detail));
  }
  if (key !== 'metadata.name') {
    return [...errors, fieldError.invalid(path.child('key'), key, 'not a valid field selector key')];
  }
  return [
    ...errors,
    ...values.flatMap((value, i) =>
      invalidEach(path.child('values').index(i), value, checkDns1123Subdomain(value)),
    ),
  ];
}

function validateTerm(path: FieldPath, term: NodeSelectorTerm | undefined, lenient: boolean): FieldError[] {
  const { matchExpressions = [], matchFields = [] } = term ?? {};
  return [
    ...matchExpressions.flatMap((r, i) =>
      validateExpression(path.child('matchExpressions').index(i), r, lenient),
    ),
    ...matchFields.flatMap((r, i) => validateField(path.child('matchFields').index(i), r)),
  ];
}

/** Terms of which a node must satisfy one. */
export function validateNodeSelector(path: FieldPath, selector: NodeSelector): FieldError[] {
  const at = path.child('nodeSelectorTerms');
  if (!selector.nodeSelectorTerms?.length) {
    return [fieldError.required(at, 'must have at least one node selector term')];
  }
  return selector.nodeSelectorTerms.flatMap((term, i) => validateTerm(at.index(i), term, false));
}

function validateWeight(path: FieldPath, weight: number): FieldError[] {
  return weight > 0 && weight <= 100
    ? []
    : [fieldError.invalid(path.child('weight'), weight ?? 0, 'must be in the range 1-100')];
}

function validatePodTerm(path: FieldPath, term: PodAffinityTerm): FieldError[] {
  const topologyPath = path.child('topologyKey');
  return [
    ...validateLabelSelector(term.labelSelector, path.child('labelSelector')),
    ...validateLabelSelector(term.namespaceSelector, path.child('namespaceSelector')),
    ...(term.namespaces ?? []).flatMap(name =>
      invalidEach(path.child('namespace'), name, checkDns1123Label(name)),
    ),
    ...validateMatchLabelKeys(path, term),
    ...(term.topologyKey ? [] : [fieldError.required(topologyPath, 'can not be empty')]),
    ...validateLabelName(term.topologyKey ?? '', topologyPath),
  ];
}

function validateMatchLabelKeys(path: FieldPath, term: PodAffinityTerm): FieldError[] {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  const errors: FieldError[] = [];
  for (const name of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    const keys = term[name] ?? [];
    if (keys.length > 0 && !labelSelector) {
      errors.push(
        fieldError.forbidden(path.child(name), 'must not be specified when labelSelector is not set'),
      );
    } else {
      append(
        errors,
        keys.flatMap((key, i) => validateLabelName(key, path.child(name).index(i))),
      );
    }
  }
  const places = new Map(matchLabelKeys.map((key, i) => [key, i] as const).reverse());
  // What the keys stand for is in the selector already: a key that comes twice there was in it before.
  const selected = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const i = places.get(key);
    if (i !== undefined && selected.has(key)) {
      errors.push(fieldError.invalid(path.index(i), key, 'exists in both matchLabelKeys and labelSelector'));
    }
    selected.add(key);
  }
  const mismatched = new Set(mismatchLabelKeys);
  matchLabelKeys.forEach((key, i) => {
    if (!mismatched.has(key)) return;
    const detail = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(fieldError.invalid(path.child('matchLabelKeys').index(i), key, detail));
  });
  return errors;
}

function validatePodAffinity(path: FieldPath, affinity: PodAffinity | undefined): FieldError[] {
  return [
    ...(affinity?.[required] ?? []).flatMap((term, i) =>
      validatePodTerm(path.child(required).index(i), term),
    ),
    ...(affinity?.[preferred] ?? []).flatMap(({ weight, podAffinityTerm }, i) => {
      const at = path.child(preferred).index(i);
      return [
        ...validateWeight(at, weight),
        ...validatePodTerm(at.child('podAffinityTerm'), podAffinityTerm),
      ];
    }),
  ];
}

/** Affinity to nodes. */
export function validateNodeAffinity(path: FieldPath, affinity: NodeAffinity | undefined): FieldError[] {
  return [
    ...(affinity?.[required] ? validateNodeSelector(path.child(required), affinity[required]) : []),
    ...(affinity?.[preferred] ?? []).flatMap(({ weight, preference }, i) => {
      const at = path.child(preferred).index(i);
      return [...validateWeight(at, weight), ...validateTerm(at.child('preference'), preference, true)];
    }),
  ];
}

/** Affinity to nodes and pods. */
export function validateAffinity(path: FieldPath, affinity: Affinity | undefined): FieldError[] {
  if (!affinity) return [];
  return [
    ...validateNodeAffinity(path.child('nodeAffinity'), affinity.nodeAffinity),
    ...validatePodAffinity(path.child('podAffinity'), affinity.podAffinity),
    ...validatePodAffinity(path.child('podAntiAffinity'), affinity.podAntiAffinity),
  ];
}

function validateTolerationValue(path: FieldPath, { operator, value = '' }: Toleration): FieldError[] {
  const at = path.child('operator');
  if (!operator || operator === 'Equal') {
    const messages = checkLabelValue(value);
    return messages.length > 0 ? [fieldError.invalid(at, value, messages.join(';'))] : [];
  }
  if (operator === 'Exists') {
    return value === ''
      ? []
      : [fieldError.invalid(at, value, "value must be empty when `operator` is 'Exists'")];
  }
  // Comparing is off by default (KEP-5471); upstream names it when somebody tries.
  const comparing = operator === 'Lt' || operator === 'Gt' ? ['Lt', 'Gt'] : [];
  return [fieldError.notSupported(at, operator, ['Equal', 'Exists', ...comparing])];
}

/** Tolerations of taints. */
export function validateTolerations(
  path: FieldPath,
  tolerations: readonly Toleration[] | undefined,
): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, i) => {
    const at = path.index(i);
    const { key, operator, effect, tolerationSeconds } = toleration;
    const errors = key ? validateLabelName(key, at.child('key')) : [];
    if (!key && operator !== 'Exists') {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(fieldError.invalid(at.child('operator'), operator ?? '', detail));
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      errors.push(fieldError.invalid(at.child('effect'), effect ?? '', detail));
    }
    append(errors, validateTolerationValue(at, toleration));
    return effect ? [...errors, ...optionalOneOf(at.child('effect'), effect, taintEffects)] : errors;
  });
}

/** How pods spread over topology domains. */
export function validateSpread(
  path: FieldPath,
  constraints: readonly TopologySpreadConstraint[] | undefined,
): FieldError[] {
  const pairs = (constraints ?? []).map(c => `{${c.topologyKey}, ${c.whenUnsatisfiable}}`);
  const isRepeated = repeats(pairs.toReversed()).reverse();
  return (constraints ?? []).flatMap((constraint, i) => {
    const at = path.index(i);
    const { maxSkew, topologyKey, whenUnsatisfiable = '', minDomains } = constraint;
    const errors: FieldError[] = [];
    if (!(maxSkew > 0)) {
      errors.push(fieldError.invalid(at.child('maxSkew'), maxSkew ?? 0, 'must be greater than zero'));
    }
    if (!topologyKey) errors.push(fieldError.required(at.child('topologyKey'), 'can not be empty'));
    append(
      errors,
      optionalOneOf(at.child('whenUnsatisfiable'), whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']),
    );
    if (isRepeated[i]) {
      errors.push(fieldError.duplicate(at.child('{topologyKey, whenUnsatisfiable}'), pairs[i]));
    }
    append(errors, validateMinDomains(at, minDomains, whenUnsatisfiable));
    append(
      errors,
      optionalOneOf(at.child('nodeAffinityPolicy'), constraint.nodeAffinityPolicy, ['Honor', 'Ignore']),
      optionalOneOf(at.child('nodeTaintsPolicy'), constraint.nodeTaintsPolicy, ['Honor', 'Ignore']),
      validateMatchLabelKeys(at, { ...constraint, topologyKey }),
      validateLabelSelector(constraint.labelSelector, at.child('labelSelector')),
    );
    return errors;
  });
}

function validateMinDomains(path: FieldPath, minDomains: number | undefined, when: string): FieldError[] {
  if (minDomains === undefined) return [];
  const at = path.child('minDomains');
  const errors = minDomains > 0 ? [] : [fieldError.invalid(at, minDomains, 'must be greater than zero')];
  if (when === 'DoNotSchedule') return errors;
  const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${when}`;
  return [...errors, fieldError.invalid(at, minDomains, detail)];
}

/** Gates that hold a pod back from scheduling (KEP-3521). */
export function validateSchedulingGates(
  path: FieldPath,
  gates: readonly PodSchedulingGate[] | undefined,
): FieldError[] {
  const seen = new Set<string>();
  return (gates ?? []).flatMap(({ name }, i) => {
    const errors = invalidEach(path.index(i), name, checkQualifiedName(name));
    if (seen.has(name)) errors.push(fieldError.duplicate(path.index(i), name));
    seen.add(name);
    return errors;
  });
}

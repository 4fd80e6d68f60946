import { append } from '#base/append.ts';
import { changedError, type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyCidr, familyOf } from '#machinery/ip.ts';
import { validateLabelName } from '#machinery/metadata.ts';
import { checkLabelValue } from '#machinery/names.ts';
import { validateResourceAmount } from './core/pod/validate-resources.ts';
import { taintEffects } from './core/pod/validate-scheduling.ts';
import type { Node, Taint } from './generated/types/core.v1.ts';
import { asInternal } from './internal-type.ts';
import { invalidEach, requiredOneOf } from './validation.ts';

const spec = FieldPath.of('spec');
const featureLengthMax = 253;
const featureName = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;

function validateTaints(taints: readonly Taint[] | undefined): FieldError[] {
  const path = FieldPath.of('metadata', 'taints');
  const seen = new Set<string>();
  return (taints ?? []).flatMap((taint, i) => {
    const { key, value = '', effect } = taint;
    const at = path.index(i);
    const errors = validateLabelName(key, at.child('key'));
    const messages = checkLabelValue(value);
    if (messages.length > 0) errors.push(fieldError.invalid(at.child('value'), value, messages.join(';')));
    append(errors, requiredOneOf(at.child('effect'), effect, taintEffects));
    if (seen.has(`${key}/${effect}`)) {
      const error = fieldError.duplicate(at, asInternal('core.Taint', taint));
      const message = `${error.message}: taints must be unique by key and effect pair`;
      errors.push(changedError(error, { message }));
    }
    seen.add(`${key}/${effect}`);
    return errors;
  });
}

function validateResources({ status }: Node): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap(name =>
    Object.entries(status?.[name] ?? {}).flatMap(([resource, amount]) =>
      validateResourceAmount(FieldPath.of('status', name, resource), resource, amount),
    ),
  );
}

function featureProblem(name: string): string | undefined {
  const quoted = JSON.stringify(name);
  if (name.length > featureLengthMax) {
    return `invalid feature name ${quoted}: must be no more than ${featureLengthMax} characters`;
  }
  if (featureName.test(name)) return undefined;
  const example = '(e.g., MyFeature or MyFeature/mySubFeature)';
  return `invalid feature name ${quoted}: must start with an UpperCamelCase segment, with subsequent segments separated by '/' ${example}, and contain only alphanumeric characters and slashes`;
}

/** What a node says that it can do (KEP-5328): in order, each once. */
function validateFeatures({ status }: Node): FieldError[] {
  const path = FieldPath.of('status', 'declaredFeatures');
  const features = status?.declaredFeatures ?? [];
  return features.flatMap((name, i) => {
    const problem = featureProblem(name);
    const errors = problem ? [fieldError.invalid(path.index(i), name, problem)] : [];
    const next = features[i + 1];
    const at = path.index(i + 1);
    if (next === name) errors.push(fieldError.duplicate(at, next));
    else if (next !== undefined && next < name) {
      errors.push(fieldError.invalid(at, next, 'list must be sorted alphabetically'));
    }
    return errors;
  });
}

function validateSwap({ status }: Node): FieldError[] {
  const capacity = status?.nodeInfo?.swap?.capacity;
  if (capacity === undefined || capacity > 0) return [];
  const at = FieldPath.of('metadata', 'nodeSwapStatus', 'capacity');
  return [fieldError.invalid(at, capacity, 'must be greater than zero')];
}

function validatePodCidrs(cidrs: readonly string[]): FieldError[] {
  const path = spec.child('podCIDRs');
  const errors = cidrs.flatMap((cidr, i) => invalidEach(path.index(i), cidr, checkLegacyCidr(cidr)));
  const families = new Set(cidrs.map(familyOf));
  if (cidrs.length > families.size) {
    errors.push(fieldError.invalid(path, cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  return errors;
}

/** A node, created with its status or updated. */
export function validateNode(node: Node): FieldError[] {
  return [
    ...validateTaints(node.spec?.taints),
    ...validateResources(node),
    ...validateSwap(node),
    ...validateFeatures(node),
    ...validatePodCidrs(node.spec?.podCIDRs ?? []),
  ];
}

/** What a node's update, or its report, may not change, with what is judged of every node once more. */
export function validateNodeUpdate(node: Node, { spec: old }: Node): FieldError[] {
  const now = node.spec;
  const errors = [...validateResources(node), ...validateFeatures(node), ...validateAddresses(node)];
  const detail = 'node updates may not change podCIDR except from "" to valid';
  const forbidden = fieldError.forbidden(spec.child('podCIDRs'), detail);
  if (old?.podCIDRs?.length) {
    const cidrs = now?.podCIDRs ?? [];
    if (cidrs.length !== old.podCIDRs.length) errors.push(forbidden);
    else
      append(
        errors,
        old.podCIDRs.filter((cidr, i) => cidr !== cidrs[i]).map(() => forbidden),
      );
  }
  if (old?.providerID && now?.providerID !== old.providerID) {
    const detail = 'node updates may not change providerID except from "" to valid';
    errors.push(fieldError.forbidden(spec.child('providerID'), detail));
  }
  append(errors, validateTaints(now?.taints));
  if ((now?.externalID ?? '') !== (old?.externalID ?? '')) {
    errors.push(fieldError.forbidden(spec.child('externalID'), 'may not be updated'));
  }
  return errors;
}

function validateAddresses({ status }: Node): FieldError[] {
  const path = FieldPath.of('status', 'addresses');
  const seen = new Set<string>();
  return (status?.addresses ?? []).flatMap(({ type, address }, i) => {
    const key = `${type}/${address}`;
    const isKnown = seen.has(key);
    seen.add(key);
    return isKnown ? [fieldError.duplicate(path.index(i), { Type: type, Address: address })] : [];
  });
}

import { append } from '#base/append.ts';
import { changedError, type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import type { PodSpec, ResourceRequirements } from '../../generated/types/core.v1.ts';
import { dns1123Label, invalidEach, nonNegativeQuantity } from '../../validation.ts';
import { containerTotals, isPodLevelResource } from './resource-defaults.ts';

const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage']);
const standardResources = new Set([
  ...containerResources,
  ...['requests.cpu', 'requests.memory', 'requests.ephemeral-storage'],
  ...['limits.cpu', 'limits.memory', 'limits.ephemeral-storage'],
  ...['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps'],
  ...[
    'persistentvolumeclaims',
    'storage',
    'requests.storage',
    'services.nodeports',
    'services.loadbalancers',
  ],
]);
const wholeResources = new Set([
  ...['pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps'],
  ...['persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers'],
]);

const isHugePages = (name: string) => name.startsWith('hugepages-');
const isQuotaHugePages = (name: string) => isHugePages(name) || name.startsWith('requests.hugepages-');
/** What quotas count without being told how. */
export const isQuotaResource = (name: string) =>
  (standardResources.has(name) && name !== 'storage') || isQuotaHugePages(name);
const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/');
/** Neither upstream's own nor under its domain: what device plugins and operators name. */
export const isExtended = (name: string) =>
  !isNative(name) && !name.startsWith('requests.') && checkQualifiedName(`requests.${name}`).length === 0;
/** Cpu and the like may be promised more than once; huge pages and devices may not. */
export const isOvercommittable = (name: string) => isNative(name) && !isHugePages(name);

/** A resource name that is standard, or qualified by a domain. */
export function validateResourceName(path: FieldPath, name: string): FieldError[] {
  const errors = invalidEach(path, name, checkQualifiedName(name));
  if (errors.length > 0 || name.includes('/')) return errors;
  return standardResources.has(name) || isQuotaHugePages(name)
    ? []
    : [fieldError.invalid(path, name, 'must be a standard resource type or fully qualified')];
}

/** A resource name that a container may ask for. */
export function validateContainerResourceName(path: FieldPath, name: string): FieldError[] {
  const errors = validateResourceName(path, name);
  if (!name.includes('/')) {
    if (!containerResources.has(name) && !isHugePages(name)) {
      errors.push(fieldError.invalid(path, name, 'must be a standard resource for containers'));
    }
  } else if (!isNative(name) && !isExtended(name)) {
    errors.push(fieldError.invalid(path, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

function validatePodResourceName(path: FieldPath, name: string): FieldError[] {
  const errors = validateResourceName(path, name);
  if (errors.length > 0 || isPodLevelResource(name)) return errors;
  return [fieldError.notSupported(path, name, ['cpu', 'hugepages-', 'memory'])];
}

/** An amount that is not negative, and whole where the resource is counted. */
export function validateResourceAmount(path: FieldPath, name: string, amount: string): FieldError[] {
  const errors = nonNegativeQuantity(path, amount);
  if (
    (wholeResources.has(name) || isExtended(name)) &&
    (Quantity.tryParse(amount)?.milliValue() ?? 0) % 1000 !== 0
  ) {
    errors.push(fieldError.invalid(path, amount, 'must be an integer'));
  }
  return errors;
}

function validateHugePages(path: FieldPath, name: string, amount: string): FieldError[] {
  if (!isHugePages(name)) return [];
  const page = Quantity.tryParse(name.slice('hugepages-'.length));
  const quantity = Quantity.tryParse(amount);
  if (!quantity || (page && page.sign > 0 && quantity.value() % page.value() === 0)) return [];
  return [fieldError.invalid(path, amount, `${amount} is not positive integer multiple of ${name}`)];
}

function validateRequest(
  path: FieldPath,
  limits: Record<string, string>,
  name: string,
  amount: string,
): FieldError[] {
  const limit = limits[name];
  if (limit === undefined) {
    return isOvercommittable(name)
      ? []
      : [fieldError.required(path.child('limits'), 'Limit must be set for non overcommitable resources')];
  }
  const [asked, most] = [Quantity.tryParse(amount), Quantity.tryParse(limit)];
  const order = asked && most ? asked.compare(most) : 0;
  if (order !== 0 && !isOvercommittable(name)) {
    return [fieldError.invalid(path.child('requests'), amount, `must be equal to ${name} limit of ${limit}`)];
  }
  return order > 0
    ? [
        fieldError.invalid(
          path.child('requests'),
          amount,
          `must be less than or equal to ${name} limit of ${limit}`,
        ),
      ]
    : [];
}

/** What a pod calls its claims, and how an error lists that. */
export interface ClaimNames {
  readonly known: ReadonlySet<string>;
  readonly listed: string;
}

export function claimNamesOf({ resourceClaims = [] }: Pick<PodSpec, 'resourceClaims'>): ClaimNames {
  const known = new Set(resourceClaims.map(claim => claim.name));
  return { known, listed: known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}` };
}

function validateClaims(
  path: FieldPath,
  { claims = [] }: ResourceRequirements,
  podClaims: ClaimNames,
): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap(({ name, request }, i) => {
    const at = path.child('claims').index(i);
    if (!name) return [fieldError.required(at)];
    const errors: FieldError[] = [];
    if (seen.has(name)) errors.push(fieldError.duplicate(at, name));
    else {
      const key = request ? `${name}/${request}` : name;
      if (request) append(errors, dns1123Label(at.child('request'), request));
      if (seen.has(key)) errors.push(fieldError.duplicate(at, key));
      else if (!request) {
        const overlaps = [...seen].filter(other => other.startsWith(`${name}/`));
        append(
          errors,
          overlaps.map(() => fieldError.duplicate(at, name)),
        );
      }
      seen.add(key);
    }
    if (!podClaims.known.has(name)) errors.push(unknownClaim(at, name, podClaims));
    return errors;
  });
}

function unknownClaim(path: FieldPath, name: string, { listed }: ClaimNames): FieldError {
  const error = fieldError.notFound(path, name);
  const message = `${error.message}: must be one of the names in pod.spec.resourceClaims${listed}`;
  return changedError(error, { message });
}

/** Requests and limits, of a container or (by `checkName`) of a pod as a whole. */
export function validateRequirements(
  path: FieldPath,
  resources: ResourceRequirements | undefined,
  podClaims: ClaimNames,
  checkName = validateContainerResourceName,
): FieldError[] {
  if (!resources) return [];
  const { limits = {}, requests = {} } = resources;
  const errors: FieldError[] = [];
  for (const [name, amount] of Object.entries(limits)) {
    const at = path.child('limits').key(name);
    append(errors, checkName(at, name), validateResourceAmount(at, name, amount));
    append(errors, validateHugePages(at, name, amount));
  }
  for (const [name, amount] of Object.entries(requests)) {
    const at = path.child('requests').key(name);
    append(errors, checkName(at, name), validateResourceAmount(at, name, amount));
    append(errors, validateRequest(path, limits, name, amount), validateHugePages(at, name, amount));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(fieldError.forbidden(path, 'HugePages require cpu or memory'));
  }
  return [...errors, ...validateClaims(path, resources, podClaims)];
}

/** What a pod takes beside what its containers do. */
export function validateOverhead(path: FieldPath, limits: ResourceRequirements['limits']): FieldError[] {
  return validateRequirements(path, { limits }, claimNamesOf({}));
}

/** Requests and limits of the pod as a whole, which bound those of its containers (KEP-2837). */
export function validatePodResources(path: FieldPath, spec: PodSpec): FieldError[] {
  const { resources } = spec;
  if (!resources) return [];
  if (spec.os?.name === 'windows') return [fieldError.forbidden(path, 'may not be set for a windows pod')];
  const errors: FieldError[] = [];
  if (resources.claims) {
    errors.push(
      fieldError.forbidden(path.child('claims'), 'claims may not be set for Resources at pod-level'),
    );
  }
  append(errors, validateRequirements(path, resources, claimNamesOf(spec), validatePodResourceName));
  append(
    errors,
    validateTotals(path, spec, resources, 'requests'),
    validateTotals(path, spec, resources, 'limits'),
  );
  spec.containers?.forEach((container, i) => {
    for (const [name, amount] of Object.entries(container.resources?.limits ?? {})) {
      const own = resources.limits?.[name];
      if (own === undefined || !isGreater(amount, own)) continue;
      const at = path.child('containers').index(i).key(name).child('limits');
      errors.push(fieldError.invalid(at, amount, `must be less than or equal to pod limits of ${own}`));
    }
  });
  return errors;
}

/** What containers ask for together is within what the pod asks for; of their limits, those that are used up whole. */
function validateTotals(
  path: FieldPath,
  spec: PodSpec,
  resources: ResourceRequirements,
  of: 'requests' | 'limits',
): FieldError[] {
  return Object.entries(containerTotals(spec, of)).flatMap(([name, total]) => {
    const own = resources[of]?.[name];
    if (own === undefined || (of === 'limits' && !isHugePages(name)) || !isGreater(total, own)) return [];
    const detail = `must be greater than or equal to aggregate container ${of} of ${total}`;
    return [fieldError.invalid(path.child(of).key(name), own, detail)];
  });
}

function isGreater(a: string, b: string): boolean {
  const [left, right] = [Quantity.tryParse(a), Quantity.tryParse(b)];
  return left !== undefined && right !== undefined && left.compare(right) > 0;
}

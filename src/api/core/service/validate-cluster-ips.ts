import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyIp, familyOf } from '#machinery/ip.ts';
import type { ServiceSpec } from '../../generated/types/core.v1.ts';
import { invalidEach, optionalOneOf } from '../../validation.ts';

const families = ['IPv4', 'IPv6'];
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

function validateAgreement(path: FieldPath, { clusterIP = '', clusterIPs = [] }: ServiceSpec): FieldError[] {
  const [first] = clusterIPs;
  if (clusterIP === '' && clusterIPs.length > 0) {
    return [
      fieldError.invalid(
        path.child('clusterIPs'),
        clusterIPs,
        'must be empty when `clusterIP` is not specified',
      ),
    ];
  }
  if (clusterIP !== '' && first === undefined) return [fieldError.required(path.child('clusterIPs'))];
  return first !== undefined && first !== clusterIP
    ? [fieldError.invalid(path.child('clusterIPs'), clusterIPs, 'first value must match `clusterIP`')]
    : [];
}

function validateFamilies(path: FieldPath, ipFamilies: readonly string[]): FieldError[] {
  const at = path.child('ipFamilies');
  const errors = ipFamilies.flatMap((family, i) => optionalOneOf(at.index(i), family, families));
  const seen = new Set<string>();
  ipFamilies.forEach((family, i) => {
    if (seen.has(family)) errors.push(fieldError.duplicate(at.index(i), family));
    seen.add(family);
  });
  return errors;
}

/** Each an address, or one of `known`, or 'None' alone. */
function validateAddresses(
  path: FieldPath,
  clusterIPs: readonly string[],
  known: readonly string[],
): FieldError[] {
  return clusterIPs.flatMap((ip, i) => {
    if (i > 0 || ip !== 'None')
      return known.includes(ip) ? [] : invalidEach(path.index(i), ip, checkLegacyIp(ip));
    return clusterIPs.length > 1
      ? [fieldError.invalid(path, clusterIPs, "'None' must be the first and only value")]
      : [];
  });
}

/** Addresses, all valid, of one family each, in the order of the families. */
function validateStacks(
  path: FieldPath,
  clusterIPs: readonly string[],
  ipFamilies: readonly string[],
): FieldError[] {
  const errors: FieldError[] = [];
  const [first, ...others] = clusterIPs.map(familyOf);
  if (others.includes(first!)) {
    errors.push(fieldError.invalid(path, clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  ipFamilies.forEach((family, i) => {
    const ip = clusterIPs[i];
    if (!families.includes(family) || ip === undefined || ip === 'None' || familyOf(ip) === family) return;
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    errors.push(fieldError.invalid(path.index(i), ip, detail));
  });
  return errors;
}

/** A service's addresses, families and policy, which must agree. */
export function validateClusterIps(path: FieldPath, spec: ServiceSpec, old?: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const at = path.child('clusterIPs');
  const errors = [
    ...validateAgreement(path, spec),
    ...validateFamilies(path, ipFamilies),
    ...optionalOneOf(path.child('ipFamilyPolicy'), ipFamilyPolicy, familyPolicies),
  ];
  const invalid = validateAddresses(at, clusterIPs, old?.clusterIPs ?? []);
  append(errors, invalid);
  if (clusterIPs.length > 2) {
    errors.push(fieldError.invalid(at, clusterIPs, 'may only hold up to 2 values'));
  }
  return invalid.length > 0 ? errors : [...errors, ...validateStacks(at, clusterIPs, ipFamilies)];
}

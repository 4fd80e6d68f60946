import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyIp } from '#machinery/ip.ts';
import type { ServiceSpec } from '../../generated/types/core.v1.ts';
import { invalidEach, optionalOneOf } from '../../validation.ts';

const families = ['IPv4', 'IPv6'];
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

const familyOf = (ip: string) => (ip.includes(':') ? 'IPv6' : 'IPv4');

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
  return first !== undefined && first !== clusterIP
    ? [fieldError.invalid(path.child('clusterIPs'), clusterIPs, 'first value must match `clusterIP`')]
    : [];
}

function validateFamilies(path: FieldPath, ipFamilies: readonly string[]): FieldError[] {
  const at = path.child('ipFamilies');
  const errors = ipFamilies.flatMap((family, i) => optionalOneOf(at.index(i), family, families));
  ipFamilies.forEach((family, i) => {
    if (ipFamilies.indexOf(family) < i) errors.push(fieldError.duplicate(at.index(i), family));
  });
  return errors;
}

function validateAddress(path: FieldPath, ip: string, family: string | undefined): FieldError[] {
  const errors = invalidEach(path, ip, checkLegacyIp(ip));
  if (errors.length > 0 || family === undefined || familyOf(ip) === family) return errors;
  return [fieldError.invalid(path, ip, `expected an ${family} value as indicated by \`ipFamilies[0]\``)];
}

/** A service's addresses, families and policy, which must agree. */
export function validateClusterIps(path: FieldPath, spec: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const at = path.child('clusterIPs');
  const errors = [
    ...validateAgreement(path, spec),
    ...validateFamilies(path, ipFamilies),
    ...optionalOneOf(path.child('ipFamilyPolicy'), ipFamilyPolicy, familyPolicies),
  ];
  clusterIPs.forEach((ip, i) => {
    if (ip === 'None') {
      if (clusterIPs.length > 1)
        errors.push(fieldError.invalid(at.index(i), ip, `may not be set to 'None' with other values`));
      return;
    }
    errors.push(...validateAddress(at.index(i), ip, ipFamilies[i]));
  });
  const [first, second] = clusterIPs;
  if (clusterIPs.length > 2) {
    errors.push(fieldError.invalid(at, clusterIPs, 'may only hold up to 2 values'));
  }
  if (first && second && familyOf(first) === familyOf(second)) {
    errors.push(fieldError.invalid(at, clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  if (ipFamilyPolicy === 'SingleStack' && (clusterIPs.length > 1 || ipFamilies.length > 1)) {
    const name = clusterIPs.length > 1 ? 'clusterIPs' : 'ipFamilies';
    const detail = `may only hold up to 1 value when \`ipFamilyPolicy\` is SingleStack`;
    errors.push(fieldError.invalid(path.child(name), spec[name] ?? [], detail));
  }
  return errors;
}

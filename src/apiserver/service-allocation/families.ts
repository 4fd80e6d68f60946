import type { Service, ServiceSpec } from '#api/generated/types/core.v1.ts';
import { isHeadless } from '#api/core/service/validation.ts';
import { validateClusterIps } from '#api/core/service/validate-cluster-ips.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { familyOf } from './address-text.ts';

const path = FieldPath.of('spec');
/** The families of the cluster's own range; the first is the default. */
const configured: readonly string[] = ['IPv4'];

/**
 * Fills in a Service's IP families and their policy, as far as the client left them open (KEP-563), and says what is wrong
 * with what it did set.
 */
export function fillFamilies({ spec }: Service, old: Service | undefined): FieldError[] {
  if (!spec || spec.type === 'ExternalName' || staysPreferred(spec, old?.spec)) return [];
  const isFree = isHeadless(spec) && !Object.keys(spec.selector ?? {}).length;
  spec.ipFamilyPolicy ??= old?.spec?.ipFamilyPolicy ?? (isFree ? 'RequireDualStack' : 'SingleStack');
  const loose = validateClusterIps(path, spec, old?.spec);
  if (loose.length > 0) return loose;
  const errors = [
    ...(old?.spec ? reduce(spec, old.spec) : []),
    ...validateSingle(spec),
    ...inferFamilies(spec),
  ];
  if (errors.length > 0) return errors;
  if (isFree) {
    fillFree(spec);
    return [];
  }
  const unconfigured = validateConfigured(spec);
  if (unconfigured.length === 0 && !spec.ipFamilies?.length) spec.ipFamilies = [configured[0]!];
  return unconfigured;
}

/** A Service that prefers two families is not changed because the cluster's have. */
function staysPreferred(spec: ServiceSpec, old: ServiceSpec | undefined): boolean {
  return (
    old !== undefined &&
    spec.type === old.type &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    old.ipFamilyPolicy === 'PreferDualStack' &&
    isSame(spec.clusterIPs, old.clusterIPs) &&
    isSame(spec.ipFamilies, old.ipFamilies)
  );
}

/** Only the policy lets the second family go; then what the client left as it was goes with it. */
function reduce(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (isSame(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs?.splice(1);
    if (isSame(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies?.splice(1);
    return [];
  }
  const refuse = (what: string) =>
    fieldError.invalid(
      path.child('ipFamilyPolicy'),
      spec.ipFamilyPolicy ?? null,
      `must be 'SingleStack' to release the secondary ${what}`,
    );
  const errors: FieldError[] = [];
  if (isReduced(spec.clusterIPs, old.clusterIPs)) errors.push(refuse('cluster IP'));
  if (isReduced(spec.ipFamilies, old.ipFamilies)) errors.push(refuse('IP family'));
  return errors;
}

/** Who names two of anything asks for both. */
function validateSingle(spec: ServiceSpec): FieldError[] {
  if (spec.ipFamilyPolicy !== 'SingleStack') return [];
  return (['clusterIPs', 'ipFamilies'] as const)
    .filter(name => spec[name]?.length === 2)
    .map(name => {
      const what = name === 'clusterIPs' ? 'cluster IPs' : 'IP families';
      const detail = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
      return fieldError.invalid(path.child('ipFamilyPolicy'), spec.ipFamilyPolicy, detail);
    });
}

function inferFamilies(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, address] of (spec.clusterIPs ?? []).entries()) {
    if (address === 'None') break;
    if (i < (spec.ipFamilies?.length ?? 0)) continue;
    const family = familyOf(address);
    if (configured.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else {
      const detail = `${family} is not configured on this cluster`;
      errors.push(fieldError.invalid(path.child('clusterIPs').index(i), spec.clusterIPs!, detail));
    }
  }
  return errors;
}

/** A headless Service without selector may have families that the cluster has not. */
function fillFree(spec: ServiceSpec): void {
  if (!spec.ipFamilies?.length) spec.ipFamilies = [configured[0]!];
  if (spec.ipFamilies.length < 2 && spec.ipFamilyPolicy !== 'SingleStack') {
    spec.ipFamilies = [spec.ipFamilies[0]!, spec.ipFamilies[0] === 'IPv4' ? 'IPv6' : 'IPv4'];
  }
}

function validateConfigured({ ipFamilyPolicy, ipFamilies = [] }: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (ipFamilyPolicy === 'RequireDualStack' && configured.length < 2) {
    const detail = 'this cluster is not configured for dual-stack services';
    errors.push(fieldError.invalid(path.child('ipFamilyPolicy'), ipFamilyPolicy, detail));
  }
  ipFamilies.forEach((family, i) => {
    if (configured.includes(family)) return;
    const at = path.child('ipFamilies').index(i);
    errors.push(fieldError.invalid(at, family, 'not configured on this cluster'));
  });
  return errors;
}

function isSame(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a ?? []).join() === (b ?? []).join();
}

function isReduced(now: readonly string[] | undefined, before: readonly string[] | undefined): boolean {
  return before?.length === 2 && now?.length === 1;
}

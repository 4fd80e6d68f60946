import { type IpFamily, familyOf } from '#machinery/ip.ts';
import type { Service, ServiceSpec } from '#api/generated/types/core.v1.ts';
import { isHeadless } from '#api/core/service/validation.ts';
import { validateClusterIps } from '#api/core/service/validate-cluster-ips.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';

const path = FieldPath.of('spec');

/**
 * Fills in a Service's IP families and their policy, as far as the client left them open (KEP-563), and says what is wrong
 * with what it did set. `configured` are the families of the cluster's own ranges; the first is the default.
 */
export function fillFamilies(
  { spec }: Service,
  old: Service | undefined,
  configured: readonly IpFamily[],
): FieldError[] {
  if (!spec || spec.type === 'ExternalName' || staysPreferred(spec, old?.spec)) return [];
  const isFree = isHeadless(spec) && !Object.keys(spec.selector ?? {}).length;
  spec.ipFamilyPolicy ??= old?.spec?.ipFamilyPolicy ?? (isFree ? 'RequireDualStack' : 'SingleStack');
  const loose = validateClusterIps(path, spec, old?.spec);
  if (loose.length > 0) return loose;
  const errors = [
    ...(old?.spec ? reduce(spec, old.spec) : []),
    ...validateSingle(spec),
    ...inferFamilies(spec, configured),
  ];
  if (errors.length > 0) return errors;
  if (isFree) {
    fillFree(spec, configured[0]!);
    return [];
  }
  const unconfigured = validateConfigured(spec, configured);
  if (unconfigured.length > 0) return unconfigured;
  if (!spec.ipFamilies?.length) spec.ipFamilies = [configured[0]!];
  if (configured.length === 2) addOther(spec);
  return [];
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

function inferFamilies(spec: ServiceSpec, configured: readonly IpFamily[]): FieldError[] {
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
function fillFree(spec: ServiceSpec, family: IpFamily): void {
  if (!spec.ipFamilies?.length) spec.ipFamilies = [family];
  addOther(spec);
}

/** Who would have two families gets the second too. */
function addOther(spec: ServiceSpec): void {
  const [first, second] = spec.ipFamilies ?? [];
  if (!first || second || spec.ipFamilyPolicy === 'SingleStack') return;
  spec.ipFamilies = [first, first === 'IPv4' ? 'IPv6' : 'IPv4'];
}

function validateConfigured(
  { ipFamilyPolicy, ipFamilies = [] }: ServiceSpec,
  configured: readonly string[],
): FieldError[] {
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

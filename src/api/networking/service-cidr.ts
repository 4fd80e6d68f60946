import { ownMetadata } from '../strategies.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { ServiceCIDR } from '../generated/types/networking.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkCidr, isIpv4, isIpv4Mapped, parseCidrSloppy } from '#machinery/ip.ts';
import { startStatus } from '../strategies.ts';
import { immutable, invalidEach } from '../validation.ts';

const path = FieldPath.of('spec', 'cidrs');
const cidrsMax = 2;

/** Of an update, only what comes to the first is judged. */
function validate(object: ServiceCIDR, _context: StrategyContext, old?: ServiceCIDR): FieldError[] {
  return old ? [] : validateSpec(object);
}

function validateSpec({ spec }: ServiceCIDR): FieldError[] {
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) return [fieldError.required(path, 'at least one CIDR required')];
  if (cidrs.length > cidrsMax) {
    return [fieldError.invalid(path, { CIDRs: cidrs }, `may only hold up to ${cidrsMax} values`)];
  }
  const errors = cidrs.flatMap((cidr, i) => invalidEach(path.index(i), cidr, checkCidr(cidr)));
  const [first, second] = cidrs.map(familyOf);
  if (first !== undefined && first === second) {
    const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(fieldError.invalid(path, cidrs, detail));
  }
  return errors;
}

/** Also of what is not written as it should be; undefined of what is none. */
function familyOf(cidr: string): string | undefined {
  const address = parseCidrSloppy(cidr)?.address;
  return address && (isIpv4(address) || isIpv4Mapped(address) ? 'IPv4' : 'IPv6');
}

/** One family may become two (KEP-1880). */
function validateUpdate(object: ServiceCIDR, { spec: old }: ServiceCIDR): FieldError[] {
  const [now, before] = [object.spec?.cidrs ?? [], old?.cidrs ?? []];
  const grows = before.length === 1 && now.length === cidrsMax;
  if (now.length !== before.length && !grows) return immutable(path, now, before);
  const errors = before.flatMap((cidr, i) => immutable(path.index(i), now[i], cidr));
  return grows ? [...errors, ...validateSpec(object)] : errors;
}

export const serviceCidrResource = defineResource<ServiceCIDR>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.ServiceCIDR' }],
  optionalVersions: [
    {
      version: 'v1beta1',
      schema: 'io.k8s.api.networking.v1beta1.ServiceCIDR',
      deprecationWarning:
        'networking.k8s.io/v1beta1 ServiceCIDR is deprecated in v1.34+, unavailable in v1.37+',
    },
  ],
  kind: 'ServiceCIDR',
  resource: 'servicecidrs',
  singular: 'servicecidr',
  namespaced: false,
  statusSubresource: true,
  strategy: {
    generation: false,
    statusKeeps: ownMetadata,
    prepareForCreate: startStatus<ServiceCIDR>({}),
    validate,
    validateUpdate,
  },
  columns: [nameColumn, column('CIDRs'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, (object.spec?.cidrs ?? []).join(','), age(object, nowMs)],
});

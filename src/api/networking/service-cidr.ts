import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ServiceCIDR } from '../generated/types/networking.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkCidr } from '#machinery/ip.ts';
import { startStatus } from '../strategies.ts';
import { immutable, invalidEach } from '../validation.ts';

const path = FieldPath.of('spec', 'cidrs');
const cidrsMax = 2;

function validate({ spec }: ServiceCIDR): FieldError[] {
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) return [fieldError.required(path, 'at least one CIDR required')];
  if (cidrs.length > cidrsMax) {
    return [fieldError.invalid(path, { CIDRs: cidrs }, `may only hold up to ${cidrsMax} values`)];
  }
  const errors = cidrs.flatMap((cidr, i) => invalidEach(path.index(i), cidr, checkCidr(cidr)));
  const families = new Set(cidrs.map(cidr => cidr.includes(':')));
  if (cidrs.length > families.size) {
    const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(fieldError.invalid(path, cidrs, detail));
  }
  return errors;
}

function validateUpdate({ spec }: ServiceCIDR, { spec: old }: ServiceCIDR): FieldError[] {
  const [now, before] = [spec?.cidrs ?? [], old?.cidrs ?? []];
  // One family may become two (KEP-1880).
  const mayGrow = before.length === 1 && now.length === cidrsMax;
  if (now.length !== before.length && !mayGrow) return immutable(path, now, before);
  return before.flatMap((cidr, i) => immutable(path.index(i), now[i], cidr));
}

export const serviceCidrResource = defineResource<ServiceCIDR>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.ServiceCIDR' }],
  kind: 'ServiceCIDR',
  resource: 'servicecidrs',
  singular: 'servicecidr',
  namespaced: false,
  statusSubresource: true,
  strategy: {
    generation: false,
    statusKeeps: 'metadata',
    prepareForCreate: startStatus<ServiceCIDR>({}),
    validate,
    validateUpdate,
  },
  columns: [nameColumn, column('CIDRs'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, (object.spec?.cidrs ?? []).join(','), age(object, nowMs)],
});

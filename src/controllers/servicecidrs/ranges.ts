import type { ServiceCIDR } from '#api/generated/types/networking.v1.ts';
import { type Cidr, cidrContains, type IpAddress, parseCidrSloppy } from '#machinery/ip.ts';

/** The networks of a ServiceCIDR; what is none is left out. */
export function rangesOf({ spec }: ServiceCIDR): Cidr[] {
  return (spec?.cidrs ?? []).flatMap(text => parseCidrSloppy(text) ?? []);
}

function holds(outer: Cidr, inner: Cidr): boolean {
  return outer.prefixLength <= inner.prefixLength && cidrContains(outer, inner.address);
}

/** One of the two holds the other. */
export function overlap(a: ServiceCIDR, b: ServiceCIDR): boolean {
  return rangesOf(a).some(left => rangesOf(b).some(right => holds(left, right) || holds(right, left)));
}

export function containsAddress(serviceCidr: ServiceCIDR, address: IpAddress): boolean {
  return rangesOf(serviceCidr).some(range => cidrContains(range, address));
}

/** Every range of `serviceCidr` lies in one of the others. */
export function isCovered(serviceCidr: ServiceCIDR, others: readonly ServiceCIDR[]): boolean {
  return rangesOf(serviceCidr).every(range =>
    others.some(other => rangesOf(other).some(outer => holds(outer, range))),
  );
}

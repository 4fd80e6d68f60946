import { CliError } from '#cli/errors.ts';
import { ipBlock } from '#machinery/ip-block.ts';
import { checkCidr, familyOf, parseCidr } from '#machinery/ip.ts';
import type { ClusterRecord } from './cluster-record.ts';

/** The cluster's own Services have addresses in it, the API's the first and DNS' the tenth. */
const addressesMin = 16;
/** What upstream's allocator goes through. */
const ipv6PrefixMin = 64;

/** The networks of a cluster's Services, the default first. */
export function serviceCidrsOf({ serviceCidr }: Pick<ClusterRecord, 'serviceCidr'>): readonly string[] {
  return serviceCidr.split(',');
}

/** Throws where `range` is none: a network, or one of each family with a comma between (--service-cluster-ip-range). */
export function checkServiceRange(range: string): void {
  const cidrs = range.split(',');
  const refuse = (why: string) => {
    throw new CliError(`error: service-cluster-ip-range ${range}: ${why}`);
  };
  if (cidrs.length > 2) refuse('must not contain more than two entries');
  for (const cidr of cidrs) {
    const [problem] = checkCidr(cidr);
    if (problem !== undefined) refuse(`${JSON.stringify(cidr)} ${problem}`);
    if (ipBlock(cidr).size < addressesMin) refuse(`${cidr} must have at least ${addressesMin} addresses`);
    const { address, prefixLength } = parseCidr(cidr)!;
    if (address.bytes.length === 16 && prefixLength < ipv6PrefixMin) {
      refuse(`${cidr} must have a prefix of at least ${ipv6PrefixMin}`);
    }
  }
  if (cidrs.length === 2 && familyOf(cidrs[0]!) === familyOf(cidrs[1]!)) {
    refuse('the two networks must be of different IP families');
  }
}

/** What a cluster that is there already goes on with: it may get a second family, and nothing else. */
export function continuedServiceRange(known: ClusterRecord, range: string | undefined): string {
  if (range === undefined || range === known.serviceCidr) return known.serviceCidr;
  if (range.startsWith(`${known.serviceCidr},`)) return range;
  throw new CliError(
    `error: cluster ${known.name} was made with the service-cluster-ip-range ${known.serviceCidr}: it may get a second network of the other IP family, and no other`,
  );
}

/** Throws where this machine cannot give pods addresses of the range's families. */
export function checkRealServiceRange(range: string, hasIpv6: boolean): void {
  if (range.split(',').every(cidr => familyOf(cidr) === 'IPv4') || hasIpv6) return;
  throw new CliError(
    `error: service-cluster-ip-range ${range}: this machine's kernel has no IPv6; IPv6 Services need one that has, or simulated nodes (--hollow-nodes)`,
  );
}

/** First and last of the ports of a text such as '30000-32767', '30000+100' or '30000' (--service-node-port-range). */
export function portRangeOf(range: string): readonly [number, number] {
  const refuse = (why: string): never => {
    throw new CliError(`error: service-node-port-range ${range}: ${why}`);
  };
  const match = /^(\d+)(?:([-+])(\d+))?$/.exec(range) ?? refuse('must be a range such as 30000-32767');
  const [, start, sign, end] = match;
  const first = Number(start);
  const last = sign === undefined ? first : Number(end) + (sign === '+' ? first : 0);
  if (first < 1 || last > 65_535) refuse('ports are from 1 to 65535');
  if (last < first) refuse('end port cannot be less than start port');
  return [first, last];
}

import { readFile } from 'node:fs/promises';
import { type Cidr, cidrContains, familyOf, parseCidr } from '#machinery/ip.ts';
import { bridgeName } from '#kubelet/engine/layout.ts';
import { type ClusterRecord, podCidrsOf } from './cluster-record.ts';
import { claimNames } from './machine-claims.ts';
import { serviceCidrsOf } from './service-range.ts';

/** Addresses of a cluster's own, as CIDRs. */
export type Networks = Pick<ClusterRecord, 'podCidr' | 'serviceCidr'>;

const networksMax = 11;
const podNetworks = {
  IPv4: (at: number) => `10.${244 + at}.0.0/16`,
  IPv6: (at: number) => `fd00:10:${244 + at}::/56`,
} as const;

/**
 * What a new cluster may use, the best first: 10.244.0.0/16 and 10.96.0.0/16, or a pair further up. Clusters with
 * other names start elsewhere, so that two of them rarely have to move. Who chose the Services' network gets that, and pods
 * the families that it has.
 */
export function networksFor(name: string, serviceCidr?: string): readonly [Networks, ...Networks[]] {
  const start = name === 'coxswain' ? 0 : 1 + (hash(name) % (networksMax - 1));
  const pair = (i: number): Networks => {
    const at = (start + i) % networksMax;
    const services = serviceCidr ?? `10.${96 + at}.0.0/16`;
    const pods = services.split(',').map(cidr => podNetworks[familyOf(cidr)](at));
    return { podCidr: pods.join(), serviceCidr: services };
  };
  return [pair(0), ...Array.from({ length: networksMax - 1 }, (_, i) => pair(i + 1))];
}

/** What a cluster has whose Services got a second family. */
export function grownNetworks(known: ClusterRecord, serviceCidr: string): Networks {
  if (serviceCidr === known.serviceCidr) return known;
  const grown = networksFor(known.name, serviceCidr).find(({ podCidr }) =>
    podCidr.startsWith(`${known.podCidr},`),
  );
  if (!grown) throw new Error(`no second network for pods goes with ${known.podCidr}`);
  return grown;
}

function hash(text: string): number {
  let sum = 7;
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) >>> 0;
  return sum;
}

/**
 * Takes the networks of a cluster with real containers until they are disposed of, or this process ends. A new
 * cluster gets the first pair that no other cluster runs with and no route of this machine leads to; one that is
 * there already keeps its own, and this throws where another runs with them. `chosen`: the Services' network, if a user has.
 */
export async function claimNetworks(
  record: ClusterRecord,
  isNew: boolean,
  chosen?: string,
): Promise<AsyncDisposable & { readonly networks: Networks }> {
  const routes = isNew ? await routedBlocks(bridgeName(record.name)) : [];
  const candidates = isNew ? networksFor(record.name, chosen) : [record];
  for (const { podCidr, serviceCidr } of candidates) {
    const pods = podCidrsOf({ podCidr }).map(cidr => parseCidr(cidr)!);
    const services = serviceCidrsOf({ serviceCidr }).map(cidr => parseCidr(cidr)!);
    const own = chosen === undefined ? [...pods, ...services] : pods;
    if (routes.some(route => own.some(cidr => overlap(route, cidr)))) continue;
    if (pods.some(cidr => services.some(service => overlap(service, cidr)))) continue;
    const claim = await claimNames(podCidrsOf({ podCidr }).map(cidr => `coxswain ${cidr}`));
    if (claim) return Object.assign(claim, { networks: { podCidr, serviceCidr } });
  }
  throw new Error(
    isNew
      ? 'every network that Coxswain would use for pods is in use on this machine already'
      : `another cluster of this machine runs with the pods' network ${record.podCidr}, which is this cluster's too: stop that one first`,
  );
}

/** Where this machine's routes lead, but for the default ones and `own`'s: networks that are up or down, and tunnels. */
async function routedBlocks(own: string): Promise<Cidr[]> {
  const [ipv4, ipv6] = await Promise.all([
    rows('/proc/net/route'),
    // There is none where the kernel has no IPv6.
    rows('/proc/net/ipv6_route').catch(() => []),
  ]);
  const routes = [
    ...ipv4.slice(1).map(fields => ({ name: fields[0], cidr: ipv4Route(fields) })),
    ...ipv6.map(fields => ({ name: fields.at(-1), cidr: ipv6Route(fields) })),
  ];
  return routes.filter(({ name, cidr }) => name !== own && cidr.prefixLength > 0).map(({ cidr }) => cidr);
}

async function rows(path: string): Promise<string[][]> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  return lines.filter(line => line !== '').map(line => line.trim().split(/\s+/));
}

/** The kernel writes addresses as the machine has them in memory. */
function ipv4Route(fields: readonly string[]): Cidr {
  const ones = [...Buffer.from(fields[7]!, 'hex')]
    .map(byte => byte.toString(2))
    .join('')
    .replaceAll('0', '');
  return { address: { bytes: Buffer.from(fields[1]!, 'hex').reverse() }, prefixLength: ones.length };
}

function ipv6Route([destination, prefixLength]: readonly string[]): Cidr {
  return {
    address: { bytes: Buffer.from(destination!, 'hex') },
    prefixLength: Number.parseInt(prefixLength!, 16),
  };
}

function overlap(one: Cidr, other: Cidr): boolean {
  return cidrContains(one, other.address) || cidrContains(other, one.address);
}

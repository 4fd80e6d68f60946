import { type IpFamily, familyOf } from '#machinery/ip.ts';
import type { ServiceCIDR } from '#api/generated/types/networking.v1.ts';
import type { Random } from '#base/random.ts';
import { type IpBlock, ipBlock } from '#machinery/ip-block.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { canonicalAddress } from './canonical-address.ts';
import { type Span, fromSpans } from './spans.ts';

export const addressesBucket = 'networking.k8s.io/ipaddresses';
export const serviceCidrsBucket = 'networking.k8s.io/servicecidrs';

/** Upstream makes no allocator of a network of IPv6 that is larger (a /64). */
const sizeMax = 2 ** 64;

/** Who chooses Services' addresses. */
export interface AddressChooser {
  /** Why a Service may not have this very address; undefined where it may. */
  refusal(address: string): string | undefined;
  /** A free address; undefined where there is none. */
  next(family: IpFamily): string | undefined;
}

/** The addresses of Services: any that no IPAddress names, of a ServiceCIDR that is ready (KEP-1880). */
export class ServiceAddresses implements AddressChooser {
  readonly #addresses: ResourceCache;
  readonly #serviceCidrs: ResourceCache;
  readonly #random: Random;

  constructor(cache: StateCache, random: Random) {
    this.#addresses = cache.bucket(addressesBucket);
    this.#serviceCidrs = cache.bucket(serviceCidrsBucket);
    this.#random = random;
  }

  /** Whoever only tries looks for no free address: he gets the network's, and any other that is in its range. */
  forDryRun(): AddressChooser {
    return {
      refusal: address => this.#outsideOfOne(address),
      next: family => this.#blocks(family)[0]?.addressAt(0),
    };
  }

  refusal(address: string): string | undefined {
    const outside = this.#outside(address);
    if (outside) return outside;
    return this.#addresses.get(canonicalAddress(address)!) && 'provided IP is already allocated';
  }

  /** As upstream says it of the first of the ranges, whatever others there are. */
  #outsideOfOne(address: string): string | undefined {
    const [block] = this.#blocks(familyOf(address));
    if (!block || isUsable(block, address)) return undefined;
    return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${block.text}`;
  }

  #outside(address: string): string | undefined {
    if (!this.#blocks(familyOf(address)).some(block => isUsable(block, address)))
      return 'the provided network does not match the current range';
    return undefined;
  }

  next(family: IpFamily): string | undefined {
    for (const block of this.#blocks(family)) {
      const offset = fromSpans(spansOf(block), this.#random, at => !this.#addresses.get(block.addressAt(at)));
      if (offset !== undefined) return block.addressAt(offset);
    }
    return undefined;
  }

  /** Some ServiceCIDR, ready or not, has the address. */
  isInRange(address: string): boolean {
    return this.#inOrder().some(serviceCidr =>
      blocksOf(serviceCidr, familyOf(address)).some(block => isUsable(block, address)),
    );
  }

  #blocks(family: IpFamily): IpBlock[] {
    return this.#inOrder()
      .filter(isReady)
      .flatMap(serviceCidr => blocksOf(serviceCidr, family));
  }

  /** The oldest first. */
  #inOrder(): ServiceCIDR[] {
    const all = Array.from(this.#serviceCidrs.objects(), ({ object }) => object as ServiceCIDR);
    const ageKey = ({ metadata }: ServiceCIDR) => `${metadata.creationTimestamp} ${metadata.name}`;
    return all.length < 2 ? all : all.sort((a, b) => (ageKey(a) < ageKey(b) ? -1 : 1));
  }
}

/** Ready until somebody says otherwise: there may be no controller to say it. */
function isReady({ metadata, status }: ServiceCIDR): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return !metadata.deletionTimestamp && (ready?.status ?? 'True') === 'True';
}

function blocksOf({ spec }: ServiceCIDR, family: IpFamily): IpBlock[] {
  return (spec?.cidrs ?? [])
    .filter(cidr => familyOf(cidr) === family)
    .map(ipBlock)
    .filter(({ size }) => size <= sizeMax);
}

/** How many addresses Services may have: neither the network's own nor, of IPv4, its broadcast. */
export function usableCount({ text, size }: IpBlock): number {
  return size - (familyOf(text) === 'IPv4' ? 2 : 1);
}

function isUsable(block: IpBlock, address: string): boolean {
  const offset = block.offsetOf(address);
  return offset !== undefined && offset > 0 && offset <= usableCount(block);
}

/** The upper part first; the lower is for addresses that are asked for by name, while there is room (KEP-3070). */
function spansOf(block: IpBlock): Span[] {
  const { size } = block;
  const band = size <= 16 ? 0 : Math.min(256, Math.max(16, Math.floor(size / 16)));
  return [
    [1 + band, Math.min(usableCount(block), Number.MAX_SAFE_INTEGER)],
    [1, band],
  ];
}

import type { ServiceCIDR } from '#api/generated/types/networking.v1.ts';
import type { Random } from '#base/random.ts';
import { Ipv4Block } from '#machinery/ipv4-block.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { canonicalAddress } from './address-text.ts';
import { type Span, fromSpans } from './spans.ts';

export const addressesBucket = 'networking.k8s.io/ipaddresses';
export const serviceCidrsBucket = 'networking.k8s.io/servicecidrs';

/** Who chooses Services' addresses. */
export interface AddressChooser {
  /** Why a Service may not have this very address; undefined where it may. */
  refusal(address: string): string | undefined;
  /** A free address; undefined where there is none. */
  next(): string | undefined;
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
      refusal: address => this.#outside(address),
      next: () => this.#blocks()[0]?.addressAt(0),
    };
  }

  refusal(address: string): string | undefined {
    const outside = this.#outside(address);
    if (outside) return outside;
    return this.#addresses.get(canonicalAddress(address)!) && 'provided IP is already allocated';
  }

  #outside(address: string): string | undefined {
    if (!this.#blocks().some(block => isUsable(block, address)))
      return 'the provided network does not match the current range';
    return undefined;
  }

  next(): string | undefined {
    for (const block of this.#blocks()) {
      const offset = fromSpans(spansOf(block), this.#random, at => !this.#addresses.get(block.addressAt(at)));
      if (offset !== undefined) return block.addressAt(offset);
    }
    return undefined;
  }

  /** Some ServiceCIDR, ready or not, has the address. */
  isInRange(address: string): boolean {
    return this.#inOrder().some(serviceCidr => blocksOf(serviceCidr).some(block => isUsable(block, address)));
  }

  #blocks(): Ipv4Block[] {
    return this.#inOrder().filter(isReady).flatMap(blocksOf);
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

function blocksOf({ spec }: ServiceCIDR): Ipv4Block[] {
  return (spec?.cidrs ?? []).filter(cidr => !cidr.includes(':')).map(cidr => new Ipv4Block(cidr));
}

/** Neither the network's own address nor its broadcast. */
function isUsable(block: Ipv4Block, address: string): boolean {
  const offset = block.offsetOf(address);
  return offset !== undefined && offset > 0 && offset < block.size - 1;
}

/** The upper part first; the lower is for addresses that are asked for by name, while there is room (KEP-3070). */
function spansOf({ size }: Ipv4Block): Span[] {
  const band = size <= 16 ? 0 : Math.min(256, Math.max(16, Math.floor(size / 16)));
  return [
    [1 + band, size - 2],
    [1, band],
  ];
}

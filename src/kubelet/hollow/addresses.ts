import { familyOf, type IpFamily } from '#machinery/ip.ts';
import { ipBlock } from '#machinery/ip-block.ts';
import { Ipv4Block } from '#machinery/ipv4-block.ts';

const everyIpv4 = new Ipv4Block('0.0.0.0/0');
/** Simulated addresses of the second family: each has an IPv4 one at its end. */
const ipv6 = ipBlock('fd00:10:244::/96');

/** What a simulated pod or node that has this IPv4 address has of each of the families, in their order. */
export function addressesOf(ipv4: string, families: readonly IpFamily[]): string[] {
  return families.map(family => (family === 'IPv4' ? ipv4 : ipv6.addressAt(everyIpv4.offsetOf(ipv4)!)));
}

/** The IPv4 address that these were made of; '' where they were not. */
export function ipv4Of(addresses: readonly string[]): string {
  for (const address of addresses) {
    if (familyOf(address) === 'IPv4') return address;
    const offset = ipv6.offsetOf(address);
    if (offset !== undefined) return everyIpv4.addressAt(offset);
  }
  return '';
}

/** The network's own address and the gateway's. */
const ownMax = 2;

/** Hands out the IPv4 addresses of a block in order, and again those that came back, the oldest first. */
export class AddressPool {
  readonly #block: Ipv4Block;
  #next: number;
  readonly #returned: string[] = [];
  /** How far they are from the block's start. */
  readonly #reserved = new Set<number>();

  /** The network's own address, the gateway's (.1) and the broadcast address are kept out. */
  constructor(cidr: string) {
    this.#block = new Ipv4Block(cidr);
    this.#next = ownMax;
  }

  /** An address that nobody has; throws when the block is used up. */
  take(): string {
    while (this.#next < this.#block.size - 1) {
      const offset = this.#next++;
      if (!this.#reserved.delete(offset)) return this.#block.addressAt(offset);
    }
    const again = this.#returned.shift();
    if (again === undefined) throw new Error('no addresses left in the block');
    return again;
  }

  /** Marks an address that somebody has already, from before this pool was made. */
  reserve(address: string): void {
    const offset = this.#block.offsetOf(address);
    if (offset !== undefined && offset >= this.#next) this.#reserved.add(offset);
  }

  /** An address that was reserved and not yet passed by is simply free again. */
  release(address: string): void {
    const offset = this.#block.offsetOf(address);
    if (offset === undefined || !this.#reserved.delete(offset)) this.#returned.push(address);
  }
}

import { assert } from '#base/assert.ts';

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** Hands out the IPv4 addresses of a block in order, and again those that came back, the oldest first. */
export class AddressPool {
  readonly #first: number;
  readonly #size: number;
  #next = 0;
  readonly #returned: string[] = [];
  readonly #reserved = new Set<string>();

  /** The network's own address, the gateway's (.1) and the broadcast address are kept out. */
  constructor(cidr: string) {
    const [network, bits] = cidr.split('/');
    assert(network !== undefined && bits !== undefined, `not a CIDR: ${cidr}`);
    this.#first = toNumber(network) + 2;
    this.#size = 2 ** (32 - Number(bits)) - 3;
  }

  /** An address that nobody has; throws when the block is used up. */
  take(): string {
    while (this.#next < this.#size) {
      const address = toText(this.#first + this.#next++);
      if (!this.#reserved.delete(address)) return address;
    }
    const again = this.#returned.shift();
    if (again === undefined) throw new Error('no addresses left in the block');
    return again;
  }

  /** Marks an address that somebody has already, from before this pool was made. */
  reserve(address: string): void {
    const index = toNumber(address) - this.#first;
    if (index >= this.#next && index < this.#size) this.#reserved.add(address);
  }

  /** An address that was reserved and not yet passed by is simply free again. */
  release(address: string): void {
    if (!this.#reserved.delete(address)) this.#returned.push(address);
  }
}

/** The address `index` places after the start of a block. */
export function addressAt(cidr: string, index: number): string {
  return toText(toNumber(cidr.split('/')[0]!) + index);
}

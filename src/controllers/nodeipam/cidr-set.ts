import { type Cidr, cidrToString, type IpAddress, maskedAddress, parseCidrSloppy } from '#machinery/ip.ts';

const noneLeft =
  'CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range';

/** A network cut into equal parts, each of which one node may have. (upstream's CidrSet) */
export class CidrSet {
  readonly #network: Cidr;
  readonly #start: bigint;
  readonly #maskSize: number;
  readonly #count: number;
  readonly #used = new Set<number>();
  /** Parts are handed out in turn, so that one that was freed rests for as long as possible. */
  #next = 0;

  /** Throws where `network` is none, or has no parts of that size (of an IPv6 one at most 2^16). */
  constructor(network: string, maskSize: number) {
    const parsed = parseCidrSloppy(network);
    const bits = parsed ? maskSize - parsed.prefixLength : -1;
    if (!parsed || bits < 0 || maskSize > parsed.address.bytes.length * 8) {
      throw new Error(`cannot cut ${network} into node networks of /${maskSize}`);
    }
    if (bits > 16 && parsed.address.bytes.length > 4) {
      throw new Error('New CIDR set failed; the node CIDR size is too big');
    }
    this.#network = parsed;
    this.#start = numberOf(maskedAddress(parsed));
    this.#maskSize = maskSize;
    this.#count = 2 ** bits;
  }

  /** A free part, which is used from now on; throws where there is none. */
  allocate(): string {
    for (let tries = 0; tries < this.#count; tries++) {
      const index = (this.#next + tries) % this.#count;
      if (this.#used.has(index)) continue;
      this.#used.add(index);
      this.#next = (index + 1) % this.#count;
      return this.#text(index);
    }
    throw new Error(noneLeft);
  }

  /** Every part that `text` touches is used; what lies outside of the network does not matter. */
  occupy(text: string): void {
    for (const index of this.#indexes(text)) this.#used.add(index);
  }

  release(text: string): void {
    for (const index of this.#indexes(text)) this.#used.delete(index);
  }

  #indexes(text: string): number[] {
    const cidr = parseCidrSloppy(text);
    if (cidr?.address.bytes.length !== this.#network.address.bytes.length) return [];
    const shift = BigInt(this.#bits - this.#maskSize);
    const first = numberOf(maskedAddress(cidr)) - this.#start;
    const last = first + 2n ** BigInt(this.#bits - cidr.prefixLength) - 1n;
    const end = Math.min(this.#count - 1, Number(last >> shift));
    const indexes: number[] = [];
    for (let index = Math.max(0, Number(first >> shift)); index <= end; index++) indexes.push(index);
    return indexes;
  }

  get #bits(): number {
    return this.#network.address.bytes.length * 8;
  }

  #text(index: number): string {
    const size = 2n ** BigInt(this.#bits - this.#maskSize);
    const address = addressOf(this.#start + BigInt(index) * size, this.#bits / 8);
    return cidrToString({ address, prefixLength: this.#maskSize });
  }
}

function numberOf({ bytes }: IpAddress): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function addressOf(number: bigint, length: number): IpAddress {
  const shiftOf = (i: number) => BigInt(8 * (length - 1 - i));
  return { bytes: Uint8Array.from({ length }, (_, i) => Number((number >> shiftOf(i)) & 255n)) };
}

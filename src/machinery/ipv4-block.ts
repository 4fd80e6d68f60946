/** A block of IPv4 addresses that somebody hands out: a cluster's services, a node's pods. */
export class Ipv4Block {
  readonly text: string;
  readonly prefixLength: number;
  readonly size: number;
  readonly #first: number;

  /** `text` is a CIDR; its host part is dropped. Throws where it is none. */
  constructor(text: string) {
    const match = /^([\d.]+)\/(\d+)$/.exec(text);
    const number = match && numberOf(match[1]!);
    const prefixLength = Number(match?.[2]);
    if (typeof number !== 'number' || prefixLength > 32) {
      throw new Error(`${text} is not an IPv4 network such as 10.244.0.0/24`);
    }
    this.text = text;
    this.prefixLength = prefixLength;
    this.size = 2 ** (32 - prefixLength);
    this.#first = number - (number % this.size);
  }

  contains(address: string): boolean {
    return this.offsetOf(address) !== undefined;
  }

  /** How far `address` is from the start; undefined where it is outside, or no address. */
  offsetOf(address: string): number | undefined {
    const number = numberOf(address);
    if (number === undefined || number < this.#first || number >= this.#first + this.size) return undefined;
    return number - this.#first;
  }

  /** The address at `offset` from the start. */
  addressAt(offset: number): string {
    const number = this.#first + offset;
    return [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.');
  }
}

function numberOf(address: string): number | undefined {
  const octets = address.split('.');
  if (octets.length !== 4 || !octets.every(octet => /^\d{1,3}$/.test(octet) && Number(octet) <= 255)) {
    return undefined;
  }
  return octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

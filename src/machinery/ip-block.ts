import {
  type IpAddress,
  cidrContains,
  familyOf,
  ipToString,
  maskedAddress,
  parseCidr,
  parseIpSloppy,
} from './ip.ts';
import { Ipv4Block } from './ipv4-block.ts';

/** A block of addresses of either family that somebody hands out. */
export interface IpBlock {
  readonly text: string;
  /** Of IPv6, rounded where it is above 2^53. */
  readonly size: number;
  /** How far `address` is from the start; undefined where it is outside, or no address. Rounded as `size` is. */
  offsetOf(address: string): number | undefined;
  /** The address at `offset`, which is at most 2^53, from the start. */
  addressAt(offset: number): string;
}

/** Throws where `cidr` is none. */
export function ipBlock(cidr: string): IpBlock {
  return familyOf(cidr) === 'IPv6' ? new Ipv6Block(cidr) : new Ipv4Block(cidr);
}

class Ipv6Block implements IpBlock {
  readonly text: string;
  readonly size: number;
  readonly #contains: (ip: IpAddress) => boolean;
  readonly #first: bigint;

  constructor(text: string) {
    const cidr = parseCidr(text);
    if (cidr?.address.bytes.length !== 16) {
      throw new Error(`${text} is not an IPv6 network such as fd00:10:96::/108`);
    }
    this.text = text;
    this.size = 2 ** (128 - cidr.prefixLength);
    this.#first = numberOf(maskedAddress(cidr));
    this.#contains = ip => cidrContains(cidr, ip);
  }

  offsetOf(address: string): number | undefined {
    const ip = parseIpSloppy(address);
    return ip && this.#contains(ip) ? Number(numberOf(ip) - this.#first) : undefined;
  }

  addressAt(offset: number): string {
    const number = this.#first + BigInt(offset);
    return ipToString({
      bytes: Uint8Array.from({ length: 16 }, (_, i) => Number((number >> shiftOf(i)) & 255n)),
    });
  }
}

function shiftOf(i: number): bigint {
  return BigInt(8 * (15 - i));
}

function numberOf({ bytes }: IpAddress): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

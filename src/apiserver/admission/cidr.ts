import { assert } from '#base/assert.ts';

/** A block of IPv4 addresses. */
export interface Cidr4 {
  readonly text: string;
  readonly first: number;
  readonly size: number;
}

export function parseCidr4(text: string): Cidr4 {
  const [address, bits] = text.split('/');
  const size = 2 ** (32 - Number(bits));
  const number = addressNumber(address ?? '');
  assert(number !== undefined && size >= 4, `bad CIDR ${text}`);
  return { text, first: number - (number % size), size };
}

export function contains(cidr: Cidr4, address: string): boolean {
  const number = addressNumber(address);
  return number !== undefined && number >= cidr.first && number < cidr.first + cidr.size;
}

/** The address at `offset` from the start of the block. */
export function addressAt(cidr: Cidr4, offset: number): string {
  const number = cidr.first + offset;
  return [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.');
}

function addressNumber(text: string): number | undefined {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some(part => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

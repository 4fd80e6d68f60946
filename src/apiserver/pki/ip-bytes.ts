import { isIPv4, isIPv6 } from 'node:net';
import { assert } from '#base/assert.ts';

/** The 4 or 16 bytes of an IP address. */
export function parseIp(ip: string): Uint8Array {
  if (isIPv4(ip)) return Uint8Array.from(ip.split('.').map(Number));
  assert(isIPv6(ip), `not an IP address: ${ip}`);
  const [head = '', tail] = ip.toLowerCase().split('::') as [string, string?];
  const words = (part: string | undefined) => (part ? part.split(':').flatMap(ipv6Words) : []);
  const before = words(head);
  const after = words(tail);
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  return Uint8Array.from(
    [...before, ...Array(gap).fill(0), ...after].flatMap(word => [word >> 8, word & 0xff]),
  );
}

/** A group of hexadecimal digits, or the dotted IPv4 address at the end. */
function ipv6Words(part: string): number[] {
  if (!part.includes('.')) return [Number.parseInt(part, 16)];
  const [a, b, c, d] = part.split('.').map(Number) as [number, number, number, number];
  return [a * 256 + b, c * 256 + d];
}

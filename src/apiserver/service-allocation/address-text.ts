import { ipToString, parseIpSloppy } from '#machinery/ip.ts';

/** An address as IPAddress objects are named; undefined for what is none, such as 'None'. */
export function canonicalAddress(text: string): string | undefined {
  const ip = parseIpSloppy(text);
  return ip && ipToString(ip);
}

export type Family = 'IPv4' | 'IPv6';

/** Of an address or a network. */
export function familyOf(address: string): Family {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

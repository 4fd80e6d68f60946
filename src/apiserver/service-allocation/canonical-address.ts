import { ipToString, parseIpSloppy } from '#machinery/ip.ts';

/** An address as IPAddress objects are named; undefined for what is none, such as 'None'. */
export function canonicalAddress(text: string): string | undefined {
  const ip = parseIpSloppy(text);
  return ip && ipToString(ip);
}

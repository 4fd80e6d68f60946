/** Warnings of addresses and networks in forms that are valid for old times' sake alone, or not canonical (KEP-4858). */
import type { FieldPath } from '#machinery/field.ts';
import {
  cidrToString,
  ipToString,
  isIpv4,
  isIpv4Mapped,
  maskedAddress,
  parseCidr,
  parseCidrSloppy,
  parseIp,
  parseIpSloppy,
} from '#machinery/ip.ts';

const quote = (text: string) => JSON.stringify(text);

/** What is to be said of an address; nothing of what is none. */
export function ipWarnings(path: FieldPath, text: string): string[] {
  const strict = parseIp(text);
  if (strict && isIpv4(strict)) return [];
  const sloppy = strict ?? parseIpSloppy(text);
  if (!sloppy) return [];
  const canonical = ipToString(sloppy);
  if (!strict || isIpv4Mapped(strict)) {
    return [`${path}: non-standard IP address ${quote(text)} is invalid: use ${quote(canonical)}`];
  }
  if (canonical === text) return [];
  return [
    `${path}: IPv6 address ${quote(text)} should be in RFC 5952 canonical format (${quote(canonical)})`,
  ];
}

/** The same of a network. */
export function cidrWarnings(path: FieldPath, text: string): string[] {
  const sloppy = parseCidrSloppy(text);
  if (!sloppy) return [];
  const canonical = cidrToString(sloppy);
  const warnings: string[] = [];
  const address = ipToString(sloppy.address);
  if (address !== ipToString(maskedAddress(sloppy))) {
    const single = `${address}/${sloppy.address.bytes.length * 8}`;
    const choice = `should be ${quote(canonical)} or ${quote(single)}?`;
    warnings.push(`${path}: CIDR value ${quote(text)} is ambiguous in this context (${choice})`);
  }
  const strict = parseCidr(text);
  if (!strict || isIpv4Mapped(strict.address)) {
    warnings.push(`${path}: non-standard CIDR value ${quote(text)} is invalid: use ${quote(canonical)}`);
  }
  if (warnings.length > 0 || isIpv4(sloppy.address) || canonical === text) return warnings;
  const form = `should be in RFC 5952 canonical format (${quote(canonical)})`;
  return [`${path}: IPv6 CIDR value ${quote(text)} ${form}`];
}

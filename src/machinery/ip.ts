/** IP addresses and CIDRs as values: parsing, canonical text (RFC 5952) and the API's rules for them. */

/** An address as 4 or 16 bytes; an IPv4-mapped IPv6 address keeps its 16. */
export interface IpAddress {
  readonly bytes: Uint8Array;
}

export interface Cidr {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

export type IpFamily = 'IPv4' | 'IPv6';

/** Of the text of an address or a network, valid or not. */
export function familyOf(text: string): IpFamily {
  return text.includes(':') ? 'IPv6' : 'IPv4';
}

/** A name or an address as the host of a URL: 'node', '10.244.0.2', '[fd00::2]'. */
export function urlHost(host: string): string {
  return familyOf(host) === 'IPv6' ? `[${host}]` : host;
}

/** As Go's net.JoinHostPort: '10.244.0.2:80', '[fd00::2]:80'. */
export function joinHostPort(host: string, port: number | string): string {
  return `${urlHost(host)}:${port}`;
}

/** Leading zeros in IPv4 octets are taken, as upstream's legacy fields take them. */
export function parseIpSloppy(text: string): IpAddress | undefined {
  return familyOf(text) === 'IPv6' ? parseIpv6(text, true) : parseIpv4(text, true);
}

export function parseIp(text: string): IpAddress | undefined {
  return familyOf(text) === 'IPv6' ? parseIpv6(text, false) : parseIpv4(text, false);
}

function parseIpv4(text: string, sloppy: boolean): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!;
    if (!/^[0-9]+$/.test(part) || (!sloppy && part.length > 1 && part.startsWith('0'))) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    bytes[i] = octet;
  }
  return { bytes };
}

function parseIpv6(text: string, sloppy: boolean): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1, sloppy);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true, sloppy) : [];
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return { bytes: Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]) };
}

/** The bytes of colon-separated groups; the last may be dotted IPv4 when `mayEndInIpv4`. */
function parseGroups(text: string, mayEndInIpv4: boolean, sloppy: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (mayEndInIpv4 && i === groups.length - 1 && group.includes('.')) {
      const ipv4 = parseIpv4(group, sloppy);
      if (!ipv4) return undefined;
      bytes.push(...ipv4.bytes);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    }
  }
  return bytes;
}

export function isIpv4(ip: IpAddress): boolean {
  return ip.bytes.length === 4;
}

/** ::ffff:0:0/96. */
export function isIpv4Mapped(ip: IpAddress): boolean {
  return (
    ip.bytes.length === 16 &&
    ip.bytes.subarray(0, 10).every(b => b === 0) &&
    ip.bytes[10] === 255 &&
    ip.bytes[11] === 255
  );
}

/** The canonical text; an IPv4-mapped address shows as IPv4, as Go's net.IP does. */
export function ipToString(ip: IpAddress): string {
  if (isIpv4(ip)) return ip.bytes.join('.');
  if (isIpv4Mapped(ip)) return ip.bytes.subarray(12).join('.');
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((ip.bytes[i]! << 8) | ip.bytes[i + 1]!);
  const [start, length] = longestZeroRun(groups);
  const hex = groups.map(group => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best[1]) best = [start, i - start];
    start = i + 1;
  }
  return best;
}

export function parseCidrSloppy(text: string): Cidr | undefined {
  return parseCidrWith(text, parseIpSloppy, /^[0-9]+$/);
}

export function parseCidr(text: string): Cidr | undefined {
  return parseCidrWith(text, parseIp, /^(0|[1-9][0-9]*)$/);
}

function parseCidrWith(
  text: string,
  parseAddress: (text: string) => IpAddress | undefined,
  lengthPattern: RegExp,
): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (!address || !lengthPattern.test(length)) return undefined;
  const prefixLength = Number(length);
  return prefixLength <= address.bytes.length * 8 ? { address, prefixLength } : undefined;
}

/** The address with the bits beyond the prefix cleared. */
export function maskedAddress(cidr: Cidr): IpAddress {
  const bytes = Uint8Array.from(cidr.address.bytes, (byte, i) => {
    const kept = Math.min(8, Math.max(0, cidr.prefixLength - i * 8));
    return byte & (0xff00 >> kept);
  });
  return { bytes };
}

/** The network in canonical form, e.g. '10.0.0.0/8'. */
export function cidrToString(cidr: Cidr): string {
  const masked = maskedAddress(cidr);
  const length = isIpv4Mapped(masked) ? cidr.prefixLength - 96 : cidr.prefixLength;
  return `${ipToString(masked)}/${length}`;
}

/** Whether the network holds the address. Families never mix. */
export function cidrContains(cidr: Cidr, ip: IpAddress): boolean {
  if (ip.bytes.length !== cidr.address.bytes.length) return false;
  const network = maskedAddress(cidr);
  return maskedAddress({ address: ip, prefixLength: cidr.prefixLength }).bytes.every(
    (byte, i) => byte === network.bytes[i],
  );
}

function checkIpStrict(value: string): { ip: IpAddress | undefined; errors: string[] } {
  const ip = parseIpSloppy(value);
  if (!ip) {
    return { ip, errors: ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'] };
  }
  const strict = parseIp(value);
  const errors: string[] = [];
  if (!strict) errors.push('must not have leading 0s');
  else if (isIpv4Mapped(strict)) errors.push('must not be an IPv4-mapped IPv6 address');
  return { ip, errors };
}

/** The rule of today's fields: valid and canonical. */
export function checkIp(value: string): string[] {
  const { ip, errors } = checkIpStrict(value);
  if (!ip || errors.length > 0) return errors;
  const canonical = ipToString(ip);
  return value === canonical ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** The rule of fields older than strict validation: valid, canonical or not. */
export function checkLegacyIp(value: string): string[] {
  return checkIpStrict(value).errors;
}

/** The rule of CIDR fields older than strict validation. */
export function checkLegacyCidr(value: string): string[] {
  if (!parseCidrSloppy(value)) {
    return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
  }
  const strict = parseCidr(value);
  if (!strict) return ['must not have leading 0s in IP or prefix length'];
  if (isIpv4Mapped(strict.address)) return ['must not have an IPv4-mapped IPv6 address'];
  const masked = maskedAddress(strict);
  return strict.address.bytes.every((byte, i) => byte === masked.bytes[i])
    ? []
    : ['must not have bits set beyond the prefix length'];
}

/** The rule of today's CIDR fields: valid and canonical. */
export function checkCidr(value: string): string[] {
  const errors = checkLegacyCidr(value);
  if (errors.length > 0) return errors;
  const canonical = cidrToString(parseCidr(value)!);
  return value === canonical ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** The address of an interface: one with its prefix, canonical, bits beyond the prefix and all. */
export function checkInterfaceAddress(value: string): string[] {
  const cidr = parseCidrSloppy(value);
  if (!cidr) return ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'];
  const { address, prefixLength } = cidr;
  const length = isIpv4Mapped(address) && prefixLength > 32 ? prefixLength - 96 : prefixLength;
  const canonical = `${ipToString(address)}/${length}`;
  return value === canonical ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

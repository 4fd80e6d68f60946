/** IP addresses and CIDRs. */
import {
  type Cidr,
  cidrContains,
  type IpAddress,
  ipToString,
  isIpv4,
  isIpv4Mapped,
  maskedAddress,
  parseCidr,
  parseIp,
} from '#machinery/ip.ts';
import { goQuote } from '#machinery/go-json.ts';
import type { Library } from '../environment.ts';
import type { Overload } from '../signature.ts';
import { boolType, intType, opaqueType, stringType, type Type } from '../types.ts';
import { CelError, CelOpaque, type CelValue, isError } from '../values.ts';
import { addressProblem } from './address-problem.ts';
import { globalFunction, memberFunction } from './define.ts';

const ipType = opaqueType('net.IP');
const cidrType = opaqueType('net.CIDR');

function sameAddress(left: IpAddress, right: IpAddress): boolean {
  return left.bytes.length === right.bytes.length && left.bytes.every((byte, i) => byte === right.bytes[i]);
}

function ipValue(address: IpAddress): CelOpaque<IpAddress> {
  return new CelOpaque(ipType, address, sameAddress, address.bytes.length);
}

function cidrValue(cidr: Cidr): CelOpaque<Cidr> {
  const same = (left: Cidr, right: Cidr) =>
    left.prefixLength === right.prefixLength && sameAddress(left.address, right.address);
  return new CelOpaque(cidrType, cidr, same, Math.ceil(cidr.prefixLength / 8));
}

function toIp(value: CelValue): CelOpaque<IpAddress> | CelError {
  const text = value as string;
  const quoted = goQuote(text);
  const zone = text.includes(':') ? text.indexOf('%') : -1;
  const address = parseIp(zone < 0 ? text : text.slice(0, zone));
  const problem = addressProblem(text);
  if (problem !== undefined || !address)
    return new CelError(`IP Address ${quoted} parse error during conversion from string: ${problem}`);
  if (text.includes('%')) return new CelError(`IP address ${quoted} with zone value is not allowed`);
  if (isIpv4Mapped(address)) return new CelError(`IPv4-mapped IPv6 address ${quoted} is not allowed`);
  return ipValue(address);
}

function parsePrefix(text: string): Cidr | string {
  const cidr = parseCidr(text);
  const quoted = goQuote(text);
  const prefix = 'network address parse error during conversion from string: ';
  if (!cidr) return `${prefix}netip.ParsePrefix(${quoted}): ${prefixProblem(text)}`;
  return isIpv4Mapped(cidr.address) ? `IPv4-mapped IPv6 address ${quoted} is not allowed` : cidr;
}

function prefixProblem(text: string): string {
  const slash = text.lastIndexOf('/');
  if (slash < 0) return "no '/'";
  const address = text.slice(0, slash);
  const problem = addressProblem(address);
  if (problem !== undefined) return problem;
  if (address.includes('%')) return 'IPv6 zones cannot be present in a prefix';
  const bits = text.slice(slash + 1);
  return /^(?:0|[1-9][0-9]*)$/.test(bits)
    ? 'prefix length out of range'
    : `bad bits after slash: ${goQuote(bits)}`;
}

function toCidr(text: CelValue): CelOpaque<Cidr> | CelError {
  const parsed = parsePrefix(text as string);
  if (typeof parsed !== 'string') return cidrValue(parsed);
  return new CelError(`network address parse error during conversion from string: ${parsed}`);
}

const ipOf = (value: CelValue) => (value as CelOpaque<IpAddress>).value;
const cidrOf = (value: CelValue) => (value as CelOpaque<Cidr>).value;

function isCanonical(text: CelValue): CelValue {
  const ip = toIp(text);
  return isError(ip) ? ip : ipToString(ip.value) === text;
}

const isUnspecified = ({ bytes }: IpAddress) => bytes.every(byte => byte === 0);

function isLoopback(ip: IpAddress): boolean {
  if (isIpv4(ip)) return ip.bytes[0] === 127;
  return ip.bytes.every((byte, i) => byte === (i === 15 ? 1 : 0));
}

function isLinkLocalMulticast({ bytes }: IpAddress): boolean {
  if (bytes.length === 4) return bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0;
  return bytes[0] === 0xff && (bytes[1]! & 0x0f) === 2;
}

function isLinkLocalUnicast({ bytes }: IpAddress): boolean {
  if (bytes.length === 4) return bytes[0] === 169 && bytes[1] === 254;
  return bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

function isGlobalUnicast(ip: IpAddress): boolean {
  const isMulticast = isIpv4(ip) ? (ip.bytes[0]! & 0xf0) === 0xe0 : ip.bytes[0] === 0xff;
  const isBroadcast = isIpv4(ip) && ip.bytes.every(byte => byte === 255);
  return !isMulticast && !isBroadcast && !isUnspecified(ip) && !isLoopback(ip) && !isLinkLocalUnicast(ip);
}

function ipTest(name: string, id: string, test: (ip: IpAddress) => boolean): Overload {
  return memberFunction(name, id, [ipType], boolType, ip => test(ipOf(ip)));
}

export const ipLibrary: Library = {
  types: [ipType],
  overloads: [
    globalFunction('ip', 'string_to_ip', [stringType], ipType, toIp),
    globalFunction('isIP', 'is_ip', [stringType], boolType, text => !isError(toIp(text))),
    globalFunction('ip.isCanonical', 'ip_is_canonical', [stringType], boolType, isCanonical),
    globalFunction('string', 'ip_to_string', [ipType], stringType, ip => ipToString(ipOf(ip))),
    memberFunction('family', 'ip_family', [ipType], intType, ip => (isIpv4(ipOf(ip)) ? 4 : 6)),
    ipTest('isUnspecified', 'ip_is_unspecified', isUnspecified),
    ipTest('isLoopback', 'ip_is_loopback', isLoopback),
    ipTest('isLinkLocalMulticast', 'ip_is_link_local_multicast', isLinkLocalMulticast),
    ipTest('isLinkLocalUnicast', 'ip_is_link_local_unicast', isLinkLocalUnicast),
    ipTest('isGlobalUnicast', 'ip_is_global_unicast', isGlobalUnicast),
  ],
};

function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return outer.prefixLength <= inner.prefixLength && cidrContains(outer, inner.address);
}

/** A test against an operand given as text or as a value. */
function containment<T>(
  name: string,
  ids: readonly [string, string],
  type: Type,
  parse: (text: CelValue) => CelOpaque<T> | CelError,
  test: (cidr: Cidr, other: T) => boolean,
  refuse: (error: CelError) => CelError,
): Overload[] {
  return [
    memberFunction(name, ids[0], [cidrType, stringType], boolType, (cidr, text) => {
      const other = parse(text);
      return isError(other) ? refuse(other) : test(cidrOf(cidr), other.value);
    }),
    memberFunction(name, ids[1], [cidrType, type], boolType, (cidr, other) =>
      test(cidrOf(cidr), (other as CelOpaque<T>).value),
    ),
  ];
}

export const cidrLibrary: Library = {
  types: [cidrType],
  overloads: [
    globalFunction('cidr', 'string_to_cidr', [stringType], cidrType, toCidr),
    globalFunction('isCIDR', 'is_cidr', [stringType], boolType, text => !isError(toCidr(text))),
    globalFunction('string', 'cidr_to_string', [cidrType], stringType, cidr => cidrText(cidrOf(cidr))),
    ...containment(
      'containsIP',
      ['cidr_contains_ip_string', 'cidr_contains_ip_ip'],
      ipType,
      toIp,
      cidrContains,
      () => new CelError('no such overload'),
    ),
    ...containment(
      'containsCIDR',
      ['cidr_contains_cidr_string', 'cidr_contains_cidr'],
      cidrType,
      toCidr,
      containsCidr,
      error => error,
    ),
    memberFunction('ip', 'cidr_ip', [cidrType], ipType, cidr => ipValue(cidrOf(cidr).address)),
    memberFunction(
      'prefixLength',
      'cidr_prefix_length',
      [cidrType],
      intType,
      cidr => cidrOf(cidr).prefixLength,
    ),
    memberFunction('masked', 'cidr_masked', [cidrType], cidrType, value => {
      const cidr = cidrOf(value);
      return cidrValue({ address: maskedAddress(cidr), prefixLength: cidr.prefixLength });
    }),
  ],
};

function cidrText({ address, prefixLength }: Cidr): string {
  return `${ipToString(address)}/${prefixLength}`;
}

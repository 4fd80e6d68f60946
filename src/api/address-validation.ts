import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { type IpAddress, isIpv4Mapped, parseIpSloppy } from '#machinery/ip.ts';

function scopeProblem(text: string, { bytes: given }: IpAddress): string | undefined {
  const bytes = isIpv4Mapped({ bytes: given }) ? given.subarray(12) : given;
  const isV4 = bytes.length === 4;
  const [first = 0, second = 0] = bytes;
  const rest = [...bytes].slice(0, -1);
  const last = bytes[bytes.length - 1];
  if ([...bytes].every(byte => byte === 0)) return `may not be unspecified (${text})`;
  if (isV4 ? first === 127 : rest.every(byte => byte === 0) && last === 1) {
    return 'may not be in the loopback range (127.0.0.0/8, ::1/128)';
  }
  if (isV4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80) {
    return 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
  }
  if (isV4 ? first === 224 && second === 0 && bytes[2] === 0 : first === 0xff && (second & 0x0f) === 2) {
    return 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)';
  }
  return undefined;
}

/** An address that traffic may be sent to: not unspecified, loopback, link-local or link-local multicast. */
export function validateAddressScope(path: FieldPath, ip: string): FieldError[] {
  const address = parseIpSloppy(ip);
  const problem = address && scopeProblem(ip, address);
  return problem ? [fieldError.invalid(path, ip, problem)] : [];
}

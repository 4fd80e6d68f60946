/** Values as text: Go's number formats, RFC 3339, and what error messages show. */
import {
  CelDouble,
  CelDuration,
  CelList,
  CelMap,
  CelOptional,
  type CelTimestamp,
  CelType,
  CelUint,
  type CelValue,
  CelTimestamp as Timestamp,
} from './values.ts';

/** Go's `%g`: the shortest digits that read back the same, with an exponent from 1e6 on and below 1e-4. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) return exponential(digits, exponent);
  return exponent < 0 ? value.toFixed(digits.replace(/[-.]/g, '').length - 1 - exponent) : value.toString();
}

function exponential(digits: string, exponent: number): string {
  const magnitude = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits}e${exponent < 0 ? '-' : '+'}${magnitude}`;
}

/** Go's `%f` of seconds: no exponent, no more decimals than needed. */
export function durationText(duration: CelDuration): string {
  const negative = duration.nanos < 0n;
  const nanos = negative ? -duration.nanos : duration.nanos;
  const fraction = (nanos % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${negative ? '-' : ''}${nanos / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}s`;
}

/** RFC 3339 with as many decimals as needed, in the zone that it was written in. */
export function timestampText(timestamp: CelTimestamp): string {
  const { offsetMinutes } = timestamp;
  const local = timestamp.nanos + BigInt(offsetMinutes) * 60_000_000_000n;
  const milliseconds = floorDivide(local, 1_000_000n);
  const nanos = local - floorDivide(local, 1_000_000_000n) * 1_000_000_000n;
  const fraction = nanos.toString().padStart(9, '0').replace(/0+$/, '');
  const seconds = new Date(Number(milliseconds)).toISOString().slice(0, 19);
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}${zoneText(offsetMinutes)}`;
}

function zoneText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const minutes = Math.abs(offsetMinutes);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** As error messages show a value. */
export function valueText(value: CelValue): string {
  if (value === null) return 'null';
  if (value instanceof CelDouble) return doubleText(value.value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof CelDuration) return durationText(value);
  if (value instanceof CelType) return value.type.name;
  if (value instanceof CelList) return `[${[...value].map(valueText).join(', ')}]`;
  if (value instanceof CelMap) {
    return `{${[...value.keys()].map(key => `${valueText(key)}: ${valueText(value.find(key)!)}`).join(', ')}}`;
  }
  if (value instanceof CelOptional) {
    return value.value === undefined ? 'optional.none()' : `optional(${valueText(value.value)})`;
  }
  return typeof value === 'object' ? `{${'type' in value ? value.type.name : 'error'}}` : String(value);
}

/**
 * The scalar types that Go decodes and encodes in a form of its own. Each function takes the JSON string, answers
 * the string that Go would write back, and throws DecodeError with Go's text where Go refuses it.
 */

import { toRfc3339 } from '#base/clock.ts';
import { DecodeError } from './decode-error.ts';

const rfc3339Layout = '2006-01-02T15:04:05Z07:00';
const rfc3339MicroLayout = '2006-01-02T15:04:05.000000Z07:00';

const plainTime = /^\d{4}-(?:0[1-9]|1[0-2])-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const plainMicroTime = /^\d{4}-(?:0[1-9]|1[0-2])-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;

/** metav1.Time: RFC 3339 in UTC, whole seconds. */
export function canonicalTime(text: string): string {
  // The form that we and Go write; anything else goes the long way.
  if (plainTime.test(text) && isRealDay(text)) return text;
  return toRfc3339(parseRfc3339(text, rfc3339Layout).epochMs);
}

/** metav1.MicroTime: RFC 3339 in UTC with six decimals. */
export function canonicalMicroTime(text: string): string {
  if (plainMicroTime.test(text) && isRealDay(text)) return text;
  const { epochMs, micros } = parseRfc3339(text, rfc3339MicroLayout);
  return `${new Date(epochMs).toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`;
}

function isRealDay(text: string): boolean {
  const day = Number(text.slice(8, 10));
  return day > 0 && day <= daysIn(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** The instant in whole seconds, as milliseconds, and the microseconds beyond them. */
export function parseRfc3339(text: string, layout = rfc3339Layout): { epochMs: number; micros: number } {
  const micro = layout === rfc3339MicroLayout;
  const pattern = micro
    ? /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{6})\d*(Z|([+-])(\d\d):(\d\d))$/
    : /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|([+-])(\d\d):(\d\d))$/;
  const match = pattern.exec(text);
  if (!match) throw new DecodeError(timeMismatch(text, layout));
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const outOfRange =
    month < 1 || month > 12
      ? 'month'
      : day < 1 || day > daysIn(year, month)
        ? 'day'
        : hour > 23
          ? 'hour'
          : minute > 59
            ? 'minute'
            : second > 59
              ? 'second'
              : undefined;
  if (outOfRange) throw new DecodeError(`parsing time ${JSON.stringify(text)}: ${outOfRange} out of range`);
  const offset = match[9] ? (match[9] === '-' ? -1 : 1) * (Number(match[10]) * 60 + Number(match[11])) : 0;
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, day);
  utc.setUTCHours(hour, minute, second);
  return {
    epochMs: utc.getTime() - offset * 60_000,
    micros: Number((match[7] ?? '').slice(0, 6).padEnd(6, '0')),
  };
}

const layoutPieces: readonly (readonly [piece: string, pattern: RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d/],
];

/** Go's text for the first piece of the layout that the value does not have. */
function timeMismatch(text: string, layout: string): string {
  let rest = text;
  const fail = (piece: string) =>
    `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(piece)}`;
  for (const [piece, pattern] of layoutPieces) {
    const match = pattern.exec(rest);
    if (!match) return fail(piece);
    rest = rest.slice(match[0].length);
  }
  const fraction = (layout === rfc3339MicroLayout ? /^\.\d{6}\d*/ : /^[.,]\d+/).exec(rest);
  if (layout === rfc3339MicroLayout && !fraction) return fail('.000000');
  rest = rest.slice(fraction?.[0].length ?? 0);
  const zone = /^(Z|[+-]\d\d:\d\d)/.exec(rest);
  if (!zone) return fail('Z07:00');
  rest = rest.slice(zone[0].length);
  return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
}

const durationUnits: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Nanoseconds of a duration such as "1h30m" or "1.5s". */
export function parseDuration(text: string): bigint {
  const invalid = () => new DecodeError(`time: invalid duration ${JSON.stringify(text)}`);
  const signed = /^([+-]?)(.*)$/s.exec(text)!;
  let rest = signed[2]!;
  if (rest === '0') return 0n;
  if (rest === '') throw invalid();
  let total = 0n;
  while (rest !== '') {
    const part = /^(\d*)(?:\.(\d*))?/.exec(rest)!;
    const [whole, fraction] = [part[1]!, part[2] ?? ''];
    if (whole === '' && fraction === '') throw invalid();
    rest = rest.slice(part[0].length);
    const unitName = /^[^\d.]*/.exec(rest)![0];
    if (unitName === '') throw new DecodeError(`time: missing unit in duration ${JSON.stringify(text)}`);
    const unit = durationUnits[unitName];
    if (unit === undefined) {
      throw new DecodeError(
        `time: unknown unit ${JSON.stringify(unitName)} in duration ${JSON.stringify(text)}`,
      );
    }
    rest = rest.slice(unitName.length);
    const digits = fraction.slice(0, 18);
    total += BigInt(whole || '0') * unit + (BigInt(digits || '0') * unit) / 10n ** BigInt(digits.length);
    if (total > 9_223_372_036_854_775_807n) throw invalid();
  }
  return signed[1] === '-' ? -total : total;
}

/** Why a text is no whole number of 64 bits, in the words of Go's strconv; undefined where it is one. */
export function integerProblem(by: 'ParseInt' | 'ParseUint', text: string): string | undefined {
  const isNumber = by === 'ParseInt' ? /^[+-]?\d+$/.test(text) : /^\d+$/.test(text);
  const fit = by === 'ParseInt' ? BigInt.asIntN : BigInt.asUintN;
  if (isNumber && fit(64, BigInt(text)) === BigInt(text)) return undefined;
  const why = isNumber ? 'value out of range' : 'invalid syntax';
  return `strconv.${by}: parsing ${JSON.stringify(text)}: ${why}`;
}

/** A duration as Go writes it: "1h30m0s", "1.5s", "250ms". */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const total = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (total < 1_000n) return `${sign}${total}ns`;
  if (total < 1_000_000n) return `${sign}${decimal(total, 1_000n)}µs`;
  if (total < 1_000_000_000n) return `${sign}${decimal(total, 1_000_000n)}ms`;
  const hours = total / 3_600_000_000_000n;
  const minutes = (total / 60_000_000_000n) % 60n;
  const seconds = `${decimal(total % 60_000_000_000n, 1_000_000_000n)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = String(value % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(value / unit) : `${value / unit}.${fraction}`;
}

/** Base64 as encoding/json takes it: padded, line ends ignored. */
export function canonicalBase64(text: string): string {
  const clean = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  const bad = /[^A-Za-z0-9+/]/.exec(clean)?.index ?? clean.length;
  const padding = clean.slice(bad);
  const whole = bad % 4 === 0 ? padding === '' : padding === '='.repeat(4 - (bad % 4)) && bad % 4 !== 1;
  if (!whole) throw new DecodeError(`illegal base64 data at input byte ${Math.min(bad, clean.length)}`);
  return clean;
}

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

/** The first second of year 1 is Go's zero time, which is written as null. */
const zeroTimeMs = -62_135_596_800_000;

/** metav1.Time: RFC 3339 in UTC, whole seconds; null is the zero time. */
export function canonicalTime(text: string): string | null {
  // The form that we and Go write; anything else goes the long way.
  if (plainTime.test(text) && isRealDay(text) && !text.startsWith('0001-')) return text;
  const { epochMs } = parseRfc3339(text, rfc3339Layout);
  return epochMs === zeroTimeMs ? null : toRfc3339(epochMs);
}

/** metav1.MicroTime: RFC 3339 in UTC with six decimals; null is the zero time. */
export function canonicalMicroTime(text: string): string | null {
  if (plainMicroTime.test(text) && isRealDay(text) && !text.startsWith('0001-')) return text;
  const { epochMs, micros } = parseRfc3339(text, rfc3339MicroLayout);
  if (epochMs === zeroTimeMs && micros === 0) return null;
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

const yearZeroMs = -62_167_219_200_000;
const yearTenThousandMs = 253_402_300_800_000;

/** The instant in whole seconds, as milliseconds, and the microseconds beyond them. */
export function parseRfc3339(text: string, layout = rfc3339Layout): { epochMs: number; micros: number } {
  return plainInstant(text, layout) ?? new TimeReader(text, layout).read();
}

/** Of the forms that we write, which are nearly all there are; undefined for any other text. */
function plainInstant(text: string, layout: string): { epochMs: number; micros: number } | undefined {
  const isMicro = plainMicroTime.test(text);
  const isPlain = isMicro || (layout === rfc3339Layout && plainTime.test(text));
  if (!isPlain || !isRealDay(text)) return undefined;
  const seconds = text.slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  return { epochMs: Date.parse(`${seconds}Z`), micros: isMicro ? Number(text.slice(-7, -1)) : 0 };
}

/** Takes what Go's time.Parse takes by these two layouts, and refuses at the first piece that is wrong. */
class TimeReader {
  readonly #text: string;
  readonly #layout: string;
  #rest: string;

  constructor(text: string, layout: string) {
    this.#text = text;
    this.#layout = layout;
    this.#rest = text;
  }

  read(): { epochMs: number; micros: number } {
    const year = Number(this.#take('2006', /^\d{4}/)[0]);
    this.#take('-', /^-/);
    const month = this.#number('01', /^\d\d/, 'month', 1, 12);
    this.#take('-', /^-/);
    const day = Number(this.#take('02', /^\d\d/)[0]);
    this.#take('T', /^T/);
    // The one number that may have one digit alone.
    const hour = this.#number('15', /^\d\d?/, 'hour', 0, 23);
    this.#take(':', /^:/);
    const minute = this.#number('04', /^\d\d/, 'minute', 0, 59);
    this.#take(':', /^:/);
    const second = this.#number('05', /^\d\d/, 'second', 0, 59);
    const [, decimals = ''] =
      this.#layout === rfc3339MicroLayout
        ? this.#take('.000000', /^[.,](\d{6})/)
        : this.#take('', /^(?:[.,](\d+))?/);
    const offset = this.#offset();
    if (this.#rest !== '') this.#refuse(`: extra text: ${quoteBytes(this.#rest)}`);
    if (day < 1 || day > daysIn(year, month)) this.#refuse(': day out of range');
    const utc = new Date(0);
    utc.setUTCFullYear(year, month - 1, day);
    utc.setUTCHours(hour, minute, second);
    const epochMs = utc.getTime() - offset * 60_000;
    // Go writes such a year, and nobody reads it.
    if (epochMs < yearZeroMs || epochMs >= yearTenThousandMs) {
      this.#refuse(': year outside of range [0,9999]');
    }
    return {
      epochMs,
      micros: Number(decimals.slice(0, 6).padEnd(6, '0')),
    };
  }

  /** In minutes. A whole day and a whole hour are no mistake. */
  #offset(): number {
    const [zone, sign, hours, minutes] = this.#take('Z07:00', /^(?:Z|([+-])(\d\d):(\d\d))/);
    if (zone === 'Z') return 0;
    if (Number(minutes) > 60) this.#refuse(': time zone offset minute out of range');
    if (Number(hours) > 24) this.#refuse(': time zone offset hour out of range');
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  }

  #number(piece: string, pattern: RegExp, name: string, low: number, high: number): number {
    const value = Number(this.#take(piece, pattern)[0]);
    if (value < low || value > high) this.#refuse(`: ${name} out of range`);
    return value;
  }

  #take(piece: string, pattern: RegExp): RegExpExecArray {
    const match = pattern.exec(this.#rest);
    if (!match) {
      this.#refuse(
        ` as ${quoteBytes(this.#layout)}: cannot parse ${quoteBytes(this.#rest)} as ${quoteBytes(piece)}`,
      );
    }
    this.#rest = this.#rest.slice(match[0].length);
    return match;
  }

  #refuse(why: string): never {
    throw new DecodeError(`parsing time ${quoteBytes(this.#text)}${why}`);
  }
}

const encoder = new TextEncoder();

/** A text as Go's package time quotes it: byte by byte where it is no plain ASCII. */
function quoteBytes(text: string): string {
  const shown = text.replace(/["\\]|[^ -\x7f]/gu, char => {
    if (char === '"' || char === '\\') return `\\${char}`;
    return [...encoder.encode(char)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  });
  return `"${shown}"`;
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

/** Of the least int64, which no positive one has. */
const int64Magnitude = 1n << 63n;

/** Nanoseconds of a duration such as "1h30m" or "1.5s". */
export function parseDuration(text: string): bigint {
  const invalid = () => new DecodeError(`time: invalid duration ${quoteBytes(text)}`);
  const signed = /^([+-]?)(.*)$/s.exec(text)!;
  let rest = signed[2]!;
  if (rest === '0') return 0n;
  if (rest === '') throw invalid();
  let total = 0n;
  while (rest !== '') {
    const part = /^(\d*)(?:\.(\d*))?/.exec(rest)!;
    const [whole, fraction] = [part[1]!, part[2] ?? ''];
    if (whole === '' && fraction === '') throw invalid();
    if (BigInt(whole || '0') > int64Magnitude) throw invalid();
    rest = rest.slice(part[0].length);
    const unitName = /^[^\d.]*/.exec(rest)![0];
    if (unitName === '') throw new DecodeError(`time: missing unit in duration ${quoteBytes(text)}`);
    const unit = durationUnits[unitName];
    if (unit === undefined) {
      throw new DecodeError(`time: unknown unit ${quoteBytes(unitName)} in duration ${quoteBytes(text)}`);
    }
    rest = rest.slice(unitName.length);
    const digits = fraction.slice(0, 18);
    total += BigInt(whole || '0') * unit + (BigInt(digits || '0') * unit) / 10n ** BigInt(digits.length);
    if (total > int64Magnitude) throw invalid();
  }
  if (signed[1] === '-') return -total;
  if (total === int64Magnitude) throw invalid();
  return total;
}

/** Why a text is no whole number of 64 bits, in the words of Go's strconv; undefined where it is one. */
export function integerProblem(by: 'ParseInt' | 'ParseUint', text: string): string | undefined {
  const isNumber = by === 'ParseInt' ? /^[+-]?\d+$/.test(text) : /^\d+$/.test(text);
  const fit = by === 'ParseInt' ? BigInt.asIntN : BigInt.asUintN;
  if (isNumber && fit(64, BigInt(text)) === BigInt(text)) return undefined;
  const why = isNumber ? 'value out of range' : 'invalid syntax';
  return `strconv.${by}: parsing ${JSON.stringify(text)}: ${why}`;
}

/** The longest duration that Go has: 292 years. */
const durationMsMax = 2 ** 63 / 1e6;

/** Seconds of an int64 field, which may be any number of them, in milliseconds: as many as a duration has at most. */
export function secondsToMs(seconds: number | bigint): number {
  return Math.max(-durationMsMax, Math.min(Number(seconds) * 1000, durationMsMax));
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

const plainBase64 = /^(?:[A-Za-z0-9+/]{4})*$/;

/** Base64 as encoding/json takes it, padded and with line ends ignored, as it writes it. */
export function canonicalBase64(text: string): string {
  if (plainBase64.test(text)) return text;
  const problem = base64Problem(text);
  if (problem !== undefined) {
    const message = `illegal base64 data at input byte ${problem}`;
    throw new DecodeError(message, `error decoding from json: ${message}`);
  }
  const clean = text.replace(/[\r\n]/g, '');
  // The last character may have bits that no byte takes.
  return clean.endsWith('=') ? clean.slice(0, -4) + Uint8Array.fromBase64(clean.slice(-4)).toBase64() : clean;
}

/** Where Go's decoder stops; undefined where it does not. */
function base64Problem(text: string): number | undefined {
  let inQuantum = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (isLineEnd(character)) continue;
    if (/[A-Za-z0-9+/]/.test(character)) inQuantum = (inQuantum + 1) % 4;
    else if (character !== '=' || inQuantum < 2) return at;
    else {
      let next = afterLineEnds(text, at + 1);
      if (inQuantum === 2) {
        if (next === text.length) return next;
        if (text[next] !== '=') return next - 1;
        next = afterLineEnds(text, next + 1);
      }
      return next < text.length ? next : undefined;
    }
  }
  return inQuantum === 0 ? undefined : text.length - inQuantum;
}

const isLineEnd = (character: string | undefined): boolean => character === '\n' || character === '\r';

function afterLineEnds(text: string, from: number): number {
  let at = from;
  while (isLineEnd(text[at])) at++;
  return at;
}

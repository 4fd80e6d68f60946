/** Timestamps and durations from text. Undefined where the text is none. */
import { goQuote } from '#machinery/go-json.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { integerProblem, parseDuration } from '#machinery/go-values.ts';
import { CelTimestamp } from '../values.ts';

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:(Z)|([+-])(\d\d):(\d\d))$/;

/** RFC 3339 as Go's time.Parse reads it, to the nanosecond: one digit of hours will do, small letters will not. */
export function timestampFromText(text: string): CelTimestamp | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as number[];
  if (hour! > 23 || minute! > 59 || second! > 59) return undefined;
  const days = dayNumber(year!, month!, day!);
  if (days === undefined) return undefined;
  const offset = (match[9] === '-' ? -1 : 1) * (Number(match[10] ?? 0) * 60 + Number(match[11] ?? 0));
  if (Number(match[10] ?? 0) > 24 || Number(match[11] ?? 0) > 59) return undefined;
  const seconds = BigInt(days * 86_400 + hour! * 3_600 + minute! * 60 + second! - offset * 60);
  const fraction = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return new CelTimestamp(seconds * 1_000_000_000n + fraction, offset);
}

/** What the format `date-time` of schemas takes: a zone may be missing. Nothing at all is the epoch. */
export function schemaTimestampFromText(text: string): CelTimestamp | undefined {
  return timestampFromText(text) ?? timestampFromText(text === '' ? '1970-01-01T00:00:00Z' : `${text}Z`);
}

/** What is wrong with text of the format `date-time`, in the words of Go's time.Parse for the last form that it tries. */
export function timestampProblem(text: string): string {
  const date = /^\d{4}-\d\d-\d\d/.exec(text);
  const whole = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?/.exec(text);
  const parsing = `parsing time ${goQuote(text)}`;
  if (whole) return `${parsing}: extra text: ${goQuote(text.slice(whole[0].length))}`;
  const [rest, wanted] = date ? [text.slice(date[0].length), 'T'] : [text, '2006'];
  return `${parsing} as "2006-01-02T15:04:05": cannot parse ${goQuote(rest)} as ${goQuote(wanted)}`;
}

/** A full date, at midnight. */
export function dateFromText(text: string): CelTimestamp | undefined {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? timestampFromText(`${text}T00:00:00Z`) : undefined;
}

/** Days since the epoch of a real day. */
function dayNumber(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / 86_400_000;
}

/** Go's duration text, in nanoseconds. */
export function durationFromText(text: string): bigint | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

const longUnits: Readonly<Record<string, bigint>> = {
  ns: 1n,
  nano: 1n,
  us: 1_000n,
  µs: 1_000n,
  micro: 1_000n,
  ms: 1_000_000n,
  milli: 1_000_000n,
  s: 1_000_000_000n,
  sec: 1_000_000_000n,
  m: 60_000_000_000n,
  min: 60_000_000_000n,
  h: 3_600_000_000_000n,
  hr: 3_600_000_000_000n,
  hour: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  day: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
  wk: 604_800_000_000_000n,
  week: 604_800_000_000_000n,
};

const longNames = ['nano', 'micro', 'milli', 'sec', 'min', 'hour', 'day', 'week'];

/** What the format `duration` of schemas takes: Go's text, or numbers with units as words. */
export function schemaDurationFromText(text: string): bigint | undefined {
  const go = durationFromText(text);
  if (go !== undefined) return go;
  let total: bigint | undefined;
  for (const [, amount, unit] of text.matchAll(/(?<!\d)(\d+)\s*([A-Za-zµ]+)/g)) {
    if (integerProblem('ParseInt', amount!) !== undefined) return undefined;
    const scale = unitOf(unit!.toLowerCase());
    if (scale !== undefined) total = BigInt.asIntN(64, (total ?? 0n) + BigInt(amount!) * scale);
  }
  return total;
}

/** A unit, or a word that begins with the longest name of one. */
function unitOf(word: string): bigint | undefined {
  if (Object.hasOwn(longUnits, word)) return longUnits[word];
  return longUnits[longNames.find(name => word.startsWith(name)) ?? ''];
}

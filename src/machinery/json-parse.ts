import { setMember } from '#base/members.ts';
import { atOnce, type Steps } from '#base/steps.ts';
import { DecodeError } from './decode-error.ts';
import { parseInt64 } from './int64.ts';
import { type ReadNumber, readNumbers } from './json-numbers.ts';
import { parseInPieces } from './json-pieces.ts';

/**
 * JSON whose whole numbers keep their digits. What a double cannot hold and an int64 can is a bigint, as it is an int64 in
 * Go; everything else is what JSON.parse makes of it, at its price: texts without a long run of digits, or a large
 * exponent, are not looked at twice. Throws DecodeError for what a double cannot hold.
 */
const longNumber = /\d{16}|[\s:,[]-?\d[\d.]*[eE]\+?\d{3}/;
const wholeNumber = /^-?\d+$/;

const keepDigits: ReadNumber = (source, number) => {
  if (Number.isSafeInteger(number)) return undefined;
  if (!Number.isFinite(number))
    throw new DecodeError(`json: cannot unmarshal number ${source} into Go value of type float64`);
  return wholeNumber.test(source) ? (parseInt64(source) ?? number) : number;
};

const rawJson = (text: string): unknown =>
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

/** JSON.stringify writes a bigint by its digits. Nothing else gives bigints a JSON form. */
Object.defineProperty(BigInt.prototype, 'toJSON', {
  configurable: true,
  writable: true,
  value(this: bigint): unknown {
    return rawJson(this.toString());
  },
});

/** A number with a fraction or an exponent; in quotes prose may look like one, the version of an image does not. */
const fraction = /[:,[\s]-?\d+(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)\s*[,\]}]/;

/** Whether a JSON text may have a number that is not written as an integer: `1.0`, `1e0`. */
export function mayHaveFractions(text: string): boolean {
  return fraction.test(text);
}

/**
 * Such a number by its text, where that matters. It is a function, and so a leaf to whatever copies, compares or merges
 * JSON values; JSON.stringify writes what it was read from.
 */
export interface NumberText {
  (): string;
  toJSON(): unknown;
}

export function isNumberText(value: unknown): value is NumberText {
  return typeof value === 'function';
}

/** As `parseExactJson`, with a NumberText for each number that is not an int64 as it is written. */
export function parseNumberTexts(text: string): unknown {
  return parseWith(text, numberTexts());
}

/** The same in steps. */
export function parseNumberTextsInSteps(text: string): Steps<unknown> {
  return parseInSteps(text, numberTexts());
}

function numberTexts(): ReadNumber {
  const known = new Map<string, NumberText>();
  const numberText = (source: string): NumberText => {
    const one = known.get(source) ?? Object.assign(() => source, { toJSON: () => rawJson(source) });
    known.set(source, one);
    return one;
  };
  return (source, number) => {
    const kept = keepDigits(source, number) ?? number;
    if (typeof kept === 'bigint') return kept;
    return wholeNumber.test(source) && Math.abs(number) < 2 ** 63 ? number : numberText(source);
  };
}

/** Only escapes make half a pair of UTF-16: what is decoded from UTF-8 has none. */
const surrogateEscape = /\\u[dD][89a-fA-F]/;

/** JSON.parse, but that no digit of an int64 is lost, and that half a character becomes U+FFFD, as in Go. */
export function parseExactJson(text: string): unknown {
  return parseWith(text, longNumber.test(text) ? keepDigits : undefined);
}

/** The same in steps. */
export function parseExactInSteps(text: string): Steps<unknown> {
  return parseInSteps(text, longNumber.test(text) ? keepDigits : undefined);
}

function parseWith(text: string, read: ReadNumber | undefined): unknown {
  const parsed: unknown = JSON.parse(text);
  const value = read ? atOnce(readNumbers(text, parsed, read)) : parsed;
  return surrogateEscape.test(text) ? wellFormed(value) : value;
}

function* parseInSteps(text: string, read: ReadNumber | undefined): Steps<unknown> {
  const parsed = yield* parseInPieces(text);
  const value = read ? yield* readNumbers(text, parsed, read) : parsed;
  yield;
  return surrogateEscape.test(text) ? wellFormed(value) : value;
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  const whole: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) setMember(whole, name.toWellFormed(), wellFormed(part));
  return whole;
}

import { setMember } from '#base/members.ts';
import { DecodeError } from './decode-error.ts';

/**
 * JSON whose whole numbers keep their digits. What a double cannot hold and an int64 can is a bigint, as Go has it in
 * what it decodes without a type (custom resources, RawExtension); everything else is what JSON.parse makes of it, at
 * its price: texts without a long run of digits, or a large exponent, are not looked at twice. Throws DecodeError for what
 * a double cannot hold.
 */
const longNumber = /\d{16}|[\s:,[]-?\d[\d.]*[eE]\+?\d{3}/;
const wholeNumber = /^-?\d+$/;
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

type WithSource = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

const keepDigits: WithSource = (_key, value, { source }) => {
  if (value === Infinity || value === -Infinity) {
    throw new DecodeError(`json: cannot unmarshal number ${source} into Go value of type float64`);
  }
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !wholeNumber.test(source ?? ''))
    return value;
  if (String(value) === source) return value;
  const digits = BigInt(source!);
  return digits >= int64Min && digits <= int64Max ? digits : value;
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

/** As `parseExactJson`, with a NumberText for each number that is not written as an integer. */
export function parseNumberTexts(text: string): unknown {
  const known = new Map<string, NumberText>();
  const numberText = (source: string): NumberText => {
    const one = known.get(source) ?? Object.assign(() => source, { toJSON: () => rawJson(source) });
    known.set(source, one);
    return one;
  };
  const keepTexts: WithSource = (key, value, context) => {
    const { source = '' } = context;
    if (typeof value !== 'number' || wholeNumber.test(source))
      return keepDigits.call(undefined, key, value, context);
    return numberText(source);
  };
  return parseWith(text, keepTexts);
}

/** Only escapes make half a pair of UTF-16: what is decoded from UTF-8 has none. */
const surrogateEscape = /\\u[dD][89a-fA-F]/;

/** JSON.parse, but that no digit of an int64 is lost, and that half a character becomes U+FFFD, as in Go. */
export function parseExactJson(text: string): unknown {
  return parseWith(text, longNumber.test(text) ? keepDigits : undefined);
}

function parseWith(text: string, reviver: WithSource | undefined): unknown {
  const value: unknown = reviver ? JSON.parse(text, reviver as never) : JSON.parse(text);
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

/**
 * resource.Quantity: an exact decimal number with a preferred way to be written. Values are exact (a bigint times a
 * power of ten); text that upstream keeps as it was written stays so, everything else prints in canonical form.
 */
import { RecentCache } from '#base/recent-cache.ts';

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** Text that is no quantity; the messages are upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const formatMessage =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const numberMessage = 'unable to parse numeric part of quantity';
const suffixMessage = "unable to parse quantity's suffix";

interface Suffix {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

const decimalSuffixes: readonly (readonly [string, number])[] = [
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
];
const binarySuffixes = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

const suffixes: ReadonlyMap<string, Suffix> = new Map<string, Suffix>([
  ...decimalSuffixes.map(([text, exponent]): [string, Suffix] => [
    text,
    { base: 10, exponent, format: 'DecimalSI' },
  ]),
  ...binarySuffixes.map((text, i): [string, Suffix] => [
    text,
    { base: 2, exponent: 10 * (i + 1), format: 'BinarySI' },
  ]),
]);
const decimalSuffixOf: ReadonlyMap<number, string> = new Map(decimalSuffixes.map(([text, e]) => [e, text]));

const nanoScale = -9;
/** Digits that an int64 holds whatever they are. */
const int64Digits = 18;
const int64Max = (1n << 63n) - 1n;
/** Exponents beyond are refused: nothing real has them, and arithmetic on them would never end. */
const exponentMax = 400;

/** Longer texts are not remembered. */
const recentLengthMax = 32;

/** An immutable quantity. */
export class Quantity {
  static readonly zero = new Quantity(0n, 0, 'DecimalSI');

  readonly format: QuantityFormat;
  readonly #mantissa: bigint;
  /** The power of ten that the mantissa is multiplied by. */
  readonly #scale: number;
  /** Upstream holds it as an int64 and a scale, not as a decimal of any length. */
  readonly #isSmall: boolean;
  #text: string | undefined;

  private constructor(
    mantissa: bigint,
    scale: number,
    format: QuantityFormat,
    text?: string,
    isSmall = isInt64(mantissa),
  ) {
    this.#mantissa = mantissa;
    this.#scale = scale;
    this.format = format;
    this.#text = text;
    this.#isSmall = isSmall;
  }

  /** Clusters have few different quantities, each of them very often. */
  static readonly #recent = new RecentCache<string, Quantity>(1024);

  /** Parses as upstream's ParseQuantity does; throws QuantityError. */
  static parse(text: string): Quantity {
    const known = Quantity.#recent.get(text);
    if (known) return known;
    const quantity = Quantity.#parse(text);
    if (text.length <= recentLengthMax) Quantity.#recent.set(text, quantity);
    return quantity;
  }

  static #parse(text: string): Quantity {
    const { negative, integer, fraction, suffix } = split(text);
    const { base, exponent, format } = interpret(suffix);
    const digits = integer + fraction;
    const magnitude = BigInt(digits === '' ? '0' : digits);
    const signed = negative ? -magnitude : magnitude;
    if (base === 10) return Quantity.#decimal(signed, digits, exponent - fraction.length, format, text);
    return Quantity.#binary(signed, digits, fraction.length, exponent, text);
  }

  static #decimal(mantissa: bigint, digits: string, scale: number, format: QuantityFormat, text: string) {
    if (digits.length > int64Digits || scale < nanoScale) {
      mustHaveDigits(text);
      return scale < nanoScale
        ? new Quantity(rescale(mantissa, scale, nanoScale), nanoScale, format, undefined, false)
        : new Quantity(mantissa, scale, format, undefined, false);
    }
    const asWritten = scale % 3 === 0 && !digits.endsWith('000') && digits !== '' && digits[0] !== '0';
    return new Quantity(mantissa, scale, format, asWritten ? text : undefined);
  }

  static #binary(mantissa: bigint, digits: string, decimals: number, exponent: number, text: string) {
    const multiplied = mantissa * (1n << BigInt(exponent));
    // Upstream's estimate of whether the product fits an int64; only then is the text kept.
    const fits = decimals === 0 && int64Digits - 3 - digits.length - Math.trunc((exponent * 3) / 10) - 1 >= 0;
    if (fits) {
      const asWritten = (mantissa & 7n) !== 0n;
      return new Quantity(multiplied, 0, 'BinarySI', asWritten ? text : undefined);
    }
    mustHaveDigits(text);
    const scale = Math.max(-decimals, nanoScale);
    const rounded = rescale(multiplied, -decimals, scale);
    const one = 10n ** BigInt(-scale);
    const magnitude = rounded < 0n ? -rounded : rounded;
    if (magnitude > int64Max * one) {
      return new Quantity(rounded < 0n ? -int64Max : int64Max, 0, 'BinarySI', undefined, false);
    }
    const format = magnitude < one && magnitude > 0n ? 'DecimalSI' : 'BinarySI';
    return new Quantity(rounded, scale, format, undefined, false);
  }

  /** Undefined where `parse` throws; for no text at all, which is what most absent amounts are, nothing is thrown. */
  static tryParse(text: string): Quantity | undefined {
    if (text === '') return undefined;
    try {
      return Quantity.parse(text);
    } catch (error) {
      if (error instanceof QuantityError) return undefined;
      throw error;
    }
  }

  /** A whole number. */
  static of(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value), 0, format);
  }

  /** A whole number of thousandths. */
  static ofMilli(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value), -3, format);
  }

  get sign(): -1 | 0 | 1 {
    return this.#mantissa === 0n ? 0 : this.#mantissa < 0n ? -1 : 1;
  }

  add(other: Quantity): Quantity {
    const format = this.sign === 0 ? other.format : this.format;
    const isSmall = this.#isSmall && other.#isSmall;
    // What is nothing leaves the other's scale alone.
    if (isSmall && other.sign === 0) return new Quantity(this.#mantissa, this.#scale, format);
    if (isSmall && this.sign === 0) return new Quantity(other.#mantissa, other.#scale, format);
    const scale = Math.min(this.#scale, other.#scale);
    const sum = rescale(this.#mantissa, this.#scale, scale) + rescale(other.#mantissa, other.#scale, scale);
    return new Quantity(sum, scale, format, undefined, isSmall && isInt64(sum));
  }

  sub(other: Quantity): Quantity {
    return this.add(other.negate());
  }

  negate(): Quantity {
    // The least int64 is its own negative.
    const mantissa = this.#isSmall ? BigInt.asIntN(64, -this.#mantissa) : -this.#mantissa;
    return new Quantity(mantissa, this.#scale, this.format, undefined, this.#isSmall);
  }

  /** Below, at or above zero as this is less than, equal to or greater than `other`. */
  compare(other: Quantity): number {
    const scale = Math.min(this.#scale, other.#scale);
    const left = rescale(this.#mantissa, this.#scale, scale);
    const right = rescale(other.#mantissa, other.#scale, scale);
    return left < right ? -1 : left > right ? 1 : 0;
  }

  equals(other: Quantity): boolean {
    return this.compare(other) === 0;
  }

  /** The whole number, rounded away from zero. */
  value(): number {
    return this.scaledValue(0);
  }

  /** Thousandths, rounded away from zero. */
  milliValue(): number {
    return this.scaledValue(-3);
  }

  /** In units of ten to the `scale`, rounded away from zero. */
  scaledValue(scale: number): number {
    return Number(rescale(this.#mantissa, this.#scale, scale));
  }

  /** In whole units of ten to the `scale`, away from zero. */
  rounded(scale: number): Quantity {
    if (this.#scale >= scale) return this;
    return new Quantity(rescale(this.#mantissa, this.#scale, scale), scale, this.format);
  }

  /** The whole number where upstream's AsInt64 gives one: not for what it holds as a decimal, nor for thousandths. */
  asInt64(): bigint | undefined {
    if (!this.#isSmall || this.#scale < 0) return undefined;
    const value = rescale(this.#mantissa, this.#scale, 0);
    return isInt64(value) ? value : undefined;
  }

  /** A float near it: the digits times a power of ten, each rounded, as upstream's AsApproximateFloat64. */
  toApproximateNumber(): number {
    const digits = Number(this.#mantissa);
    return this.#scale === 0 ? digits : digits * Number(`1e${this.#scale}`);
  }

  /** The nearest float. */
  toNumber(): number {
    return Number(`${this.#mantissa}e${this.#scale}`);
  }

  /** The text that upstream prints and stores. */
  toString(): string {
    this.#text ??= this.#canonical();
    return this.#text;
  }

  toJSON(): string {
    return this.toString();
  }

  #canonical(): string {
    if (this.#mantissa === 0n) return '0';
    if (this.format !== 'BinarySI') return decimalText(this.#mantissa, this.#scale, this.format);
    const whole = rescale(this.#mantissa, this.#scale, 0);
    const exact =
      rescale(whole, 0, Math.min(this.#scale, 0)) ===
      rescale(this.#mantissa, this.#scale, Math.min(this.#scale, 0));
    const small = whole > -1024n && whole < 1024n;
    return small || !exact ? decimalText(this.#mantissa, this.#scale, 'DecimalSI') : binaryText(whole);
  }
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** `mantissa` of 10^from in units of 10^to, rounded away from zero. */
function rescale(mantissa: bigint, from: number, to: number): bigint {
  if (from === to || mantissa === 0n) return mantissa;
  if (from > to) return mantissa * 10n ** BigInt(from - to);
  // Beyond its own digits nothing is left but the rounding.
  if (to - from > mantissa.toString().length + 1) return mantissa < 0n ? -1n : 1n;
  const divisor = 10n ** BigInt(to - from);
  const quotient = mantissa / divisor;
  if (quotient * divisor === mantissa) return quotient;
  return mantissa < 0n ? quotient - 1n : quotient + 1n;
}

function decimalText(mantissa: bigint, scale: number, format: QuantityFormat): string {
  const zeros = /(?<!0)0*$/.exec(mantissa.toString())![0].length;
  let exponent = scale + zeros;
  let amount = mantissa / 10n ** BigInt(zeros);
  while (exponent % 3 !== 0) {
    amount *= 10n;
    exponent--;
  }
  const suffix = format === 'DecimalSI' ? decimalSuffixOf.get(exponent) : undefined;
  return `${amount}${suffix ?? (exponent === 0 ? '' : `e${exponent}`)}`;
}

function binaryText(value: bigint): string {
  let amount = value;
  let power = 0;
  while (power < binarySuffixes.length && amount % 1024n === 0n) {
    amount /= 1024n;
    power++;
  }
  return `${amount}${power === 0 ? '' : binarySuffixes[power - 1]}`;
}

// Each digit belongs to one part, or a long text could be parted in more ways than there is time to try.
const quantityPattern =
  /^([+-]?)0*(?!0)([0-9]*)(?![0-9])(?:\.([0-9]*)(?![0-9]))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;

/** The parts of the text, without the integer's leading zeros. */
function split(text: string): { negative: boolean; integer: string; fraction: string; suffix: string } {
  const match = text === '' ? null : quantityPattern.exec(text);
  if (!match) throw new QuantityError(formatMessage);
  const [, sign, integer, fraction, suffix] = match;
  // A missing integer counts as the digit 0, so that '.5' is never kept as it is written.
  return {
    negative: sign === '-',
    integer: integer === '' ? '0' : integer!,
    fraction: fraction ?? '',
    suffix: suffix!,
  };
}

/** Upstream takes nothing at all for zero, but where a number is large or very small. */
function mustHaveDigits(text: string): void {
  if (!/^[+-]?\.?[0-9]/.test(text)) throw new QuantityError(numberMessage);
}

function interpret(text: string): Suffix {
  const known = suffixes.get(text);
  if (known) return known;
  const exponent = /^[eE]([-+]?[0-9]+)$/.exec(text);
  if (!exponent || Number(exponent[1]) > exponentMax) throw new QuantityError(suffixMessage);
  return { base: 10, exponent: Math.max(Number(exponent[1]), -1e6), format: 'DecimalExponent' };
}

const plainQuantity = /^([0-9]{1,12})(m|k|M|G|Ki|Mi|Gi)?$/;
const plainFactors: Readonly<Record<string, number>> = {
  '': 1,
  m: 0.001,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** `Quantity.parse(text).value()` without the bigint for the usual texts. */
export function quantityValue(text: string): number {
  const match = plainQuantity.exec(text);
  if (!match) return Quantity.parse(text).value();
  if (match[2] === 'm') return Math.ceil(Number(match[1]) / 1000);
  const value = Number(match[1]) * plainFactors[match[2] ?? '']!;
  return Number.isSafeInteger(value) ? value : Quantity.parse(text).value();
}

/** `Quantity.parse(text).milliValue()` without the bigint for the usual texts. */
export function quantityMilliValue(text: string): number {
  const match = plainQuantity.exec(text);
  if (!match) return Quantity.parse(text).milliValue();
  if (match[2] === 'm') return Number(match[1]);
  const value = Number(match[1]) * plainFactors[match[2] ?? '']! * 1000;
  return Number.isSafeInteger(value) ? value : Quantity.parse(text).milliValue();
}

/** The stored form of a quantity that came as JSON text or number. */
export function canonicalQuantity(value: string | number): string {
  return Quantity.parse(String(value).trim()).toString();
}

/** Canonical text of less than thousandths. */
const subMilli = /[un]$|e-[69]$/;

/** Canonical text of the same amount or, of a part of a thousandth, of the next one away from zero. */
export function wholeMilli(text: string): string {
  return subMilli.test(text) ? Quantity.parse(text).rounded(-3).toString() : text;
}

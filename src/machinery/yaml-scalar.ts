import { exactInt64, fitsInt64 } from './int64.ts';

/**
 * What a plain scalar means to go-yaml v2, on which sigs.k8s.io/yaml stands: YAML 1.1 with its booleans (`yes`,
 * `on`) and octals (`0644`), but no base 60 and no timestamps.
 */
export function resolvePlainScalar(text: string): string | number | bigint | boolean | null {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  const special = specials.exec(text);
  if (special) return special[2] ? NaN : special[1] === '-' ? -Infinity : Infinity;
  return resolveNumber(text) ?? text;
}

const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(w => [w, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    w => [w, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map(w => [w, null] as const),
]);

/** What JSON has no numbers for. */
const specials = /^(?:([-+]?)\.(?:inf|Inf|INF)|(\.(?:nan|NaN|NAN)))$/;

/** As an int64, or as a double up to 2^64; undefined for what is none of 64 bits. */
function integerOf(sign: string, digits: string): number | bigint | undefined {
  const magnitude = BigInt(digits);
  const value = sign === '-' ? -magnitude : magnitude;
  if (fitsInt64(value)) return exactInt64(value);
  return sign === '' && BigInt.asUintN(64, value) === value ? Number(value) : undefined;
}

/** In any base; longer ones have more than 64 bits. */
const integer =
  /^([-+]?)(?:0([xX])0*([0-9a-fA-F]{1,16})|0([oO]?)0*([0-7]{1,22})|0([bB])0*([01]{1,64})|(0|[1-9]\d{0,19}))$/;

function resolveNumber(text: string): number | bigint | undefined {
  const plain = text.replaceAll('_', '');
  const match = integer.exec(plain);
  if (match) {
    const [, sign, , hex, , octal, , binary, decimal] = match;
    const digits = decimal ?? (hex ? `0x${hex}` : octal ? `0o${octal}` : `0b${binary}`);
    const value = integerOf(sign!, digits);
    if (value !== undefined) return value;
  }
  if (/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(plain)) {
    const number = Number(plain);
    return Number.isFinite(number) ? number : undefined;
  }
  return undefined;
}

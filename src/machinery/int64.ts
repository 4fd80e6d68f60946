/** Longer texts than an int64's are none. */
const textLengthMax = 20;

export function fitsInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** An int64 as values have it: a number where that has the same digits, else a bigint. Equal ones are equal by `===`. */
export function exactInt64(value: bigint): number | bigint {
  const number = Number(value);
  return String(number) === value.toString() ? number : value;
}

/** The same of decimal digits; undefined where an int64 has no room for them. */
export function parseInt64(text: string): number | bigint | undefined {
  if (text.length > textLengthMax) return undefined;
  const value = BigInt(text);
  return fitsInt64(value) ? exactInt64(value) : undefined;
}

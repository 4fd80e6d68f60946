/**
 * What a plain scalar means to go-yaml v2, on which sigs.k8s.io/yaml stands: YAML 1.1 with its booleans (`yes`,
 * `on`) and octals (`0644`), but no base 60 and no timestamps.
 */
export function resolvePlainScalar(text: string): string | number | bigint | boolean | null {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  return resolveNumber(text) ?? text;
}

const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(w => [w, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    w => [w, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map(w => [w, null] as const),
]);

const radixes: Readonly<Record<string, number>> = { x: 16, o: 8, b: 2 };

/** A bigint where a double would lose digits that an int64 has. */
function exactInteger(number: number, text: string): number | bigint {
  if (Number.isSafeInteger(number)) return number;
  const digits = BigInt(text.replace(/^\+/, ''));
  return BigInt.asIntN(64, digits) === digits && String(number) !== String(digits) ? digits : number;
}

function resolveNumber(text: string): number | bigint | undefined {
  const plain = text.replaceAll('_', '');
  const integer = /^([-+]?)(?:0([xX])([0-9a-fA-F]+)|0([oO]?)([0-7]+)|0([bB])([01]+)|(0|[1-9]\d*))$/.exec(
    plain,
  );
  if (integer) {
    const sign = integer[1] === '-' ? -1 : 1;
    if (integer[8] !== undefined)
      return exactInteger(sign * Number(integer[8]), `${integer[1]}${integer[8]}`);
    const letter = (integer[2] ?? integer[6] ?? 'o').toLowerCase();
    return sign * Number.parseInt(integer[3] ?? integer[5] ?? integer[7]!, radixes[letter]!);
  }
  if (/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(plain)) {
    const number = Number(plain);
    return Number.isFinite(number) ? number : undefined;
  }
  return undefined;
}

/** The length of a string in UTF-8, which is what upstream's length limits count. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text);
}

/** Orders strings as Go does: by their UTF-8 bytes, which is by code point. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** A rank of UTF-16 units in code point order: surrogates stand above the rest of the basic plane. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

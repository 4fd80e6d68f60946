const highUnit = /[\ud800-\uffff]/;

function moveUnit(unit: string): string {
  const code = unit.charCodeAt(0);
  return String.fromCharCode(code >= 0xe000 ? code - 0x800 : code + 0x2000);
}

/**
 * A string that JavaScript's own comparison (by UTF-16 units) orders as the UTF-8 bytes of `key` are ordered:
 * surrogates go above all else. Every key without characters from U+D800 up is its own order key.
 */
export function orderKey(key: string): string {
  return highUnit.test(key) ? key.replace(/[\ud800-\uffff]/g, moveUnit) : key;
}

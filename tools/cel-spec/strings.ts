const plain: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

const unit = /\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))|[^\\]+/g;

/** The bytes of a quoted string of the text format. */
export function* stringBytes(quoted: string): Iterable<number> {
  const encoder = new TextEncoder();
  for (const [all, octal, hex, short, long, other] of quoted.slice(1, -1).matchAll(unit)) {
    const code = short ?? long;
    if (octal !== undefined) yield Number.parseInt(octal, 8);
    else if (hex !== undefined) yield Number.parseInt(hex, 16);
    else if (code !== undefined) yield* encoder.encode(String.fromCodePoint(Number.parseInt(code, 16)));
    else if (other === undefined) yield* encoder.encode(all);
    else yield* plain[other] === undefined ? encoder.encode(other) : [plain[other]];
  }
}

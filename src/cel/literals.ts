/** The values that literal tokens stand for. Undefined where the text is no such value. */
import { CelDouble, type CelInt, type CelUint, toInt, toUint } from './values.ts';

/** In cel-go's words. */
export interface LiteralProblem {
  readonly problem: string;
}

export function intLiteral(text: string, negative: boolean): CelInt | undefined {
  const value = BigInt(text);
  return toInt(negative ? -value : value);
}

export function uintLiteral(text: string): CelUint | undefined {
  return toUint(BigInt(text.slice(0, -1)));
}

export function doubleLiteral(text: string, negative: boolean): CelDouble | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? new CelDouble(negative ? -value : value) : undefined;
}

/** A string token's value, or what is wrong with it: an escape that names no character. */
export function stringLiteral(token: string): string | LiteralProblem {
  const { raw, body } = bodyOf(token);
  if (raw) return body;
  let text = '';
  for (const unit of unitsOf(body)) {
    if (typeof unit === 'string') text += unit;
    else if (unit.code > 0x10ffff || (unit.code >= 0xd800 && unit.code <= 0xdfff))
      return { problem: 'invalid unicode code point' };
    else text += String.fromCodePoint(unit.code);
  }
  return text;
}

/** A bytes token's value: escapes of octal and hexadecimal are bytes, everything else is UTF-8. */
export function bytesLiteral(token: string): Uint8Array | LiteralProblem {
  const { raw, body } = bodyOf(token.slice(1));
  const encoder = new TextEncoder();
  if (raw) return encoder.encode(body);
  const bytes: number[] = [];
  for (const unit of unitsOf(body)) {
    if (typeof unit === 'string') bytes.push(...encoder.encode(unit));
    else if (unit.unicode) return { problem: 'unable to unescape string' };
    else bytes.push(unit.code);
  }
  return Uint8Array.from(bytes);
}

function bodyOf(token: string): { raw: boolean; body: string } {
  const raw = token[0] === 'r' || token[0] === 'R';
  const quoted = raw ? token.slice(1) : token;
  const long = quoted.startsWith('"""') || quoted.startsWith("'''");
  const body = long ? quoted.slice(3, -3) : quoted.slice(1, -1);
  return { raw, body: body.replaceAll('\r\n', '\n').replaceAll('\r', '\n') };
}

/** What a letter stands for after a backslash. */
export const plainEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const unitPattern =
  /\\(?:([0-3][0-7]{2})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))|[^\\]+/g;

/** Stretches of plain text, and characters given by number. */
function* unitsOf(body: string): Iterable<string | { code: number; unicode: boolean }> {
  for (const match of body.matchAll(unitPattern)) {
    const [all, octal, hex, short, long, plain] = match;
    if (octal !== undefined) yield { code: Number.parseInt(octal, 8), unicode: false };
    else if (hex !== undefined) yield { code: Number.parseInt(hex, 16), unicode: false };
    else if (short !== undefined) yield { code: Number.parseInt(short, 16), unicode: true };
    else if (long !== undefined) yield { code: Number.parseInt(long, 16), unicode: true };
    else yield plain === undefined ? all : (plainEscapes[plain] ?? plain);
  }
}

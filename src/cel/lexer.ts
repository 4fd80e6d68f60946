/** Text to tokens, by the grammar of the language definition. Bad characters are reported and left out, as ANTLR does. */
import type { Issue } from './source.ts';

export type TokenKind =
  | 'identifier'
  | 'escaped'
  | 'keyword'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'operator'
  /** Never read: stands for an expression that is missing. */
  | 'hole'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  readonly offset: number;
}

const escapeSequence = String.raw`\\(?:[abfnrtv"'\\?\x60]|[0-3][0-7]{2}|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`;
const strings = [
  '[rR]"""[^]*?"""',
  "[rR]'''[^]*?'''",
  String.raw`[rR]"[^"\n\r]*"`,
  String.raw`[rR]'[^'\n\r]*'`,
  String.raw`"""(?:${escapeSequence}|[^\\])*?"""`,
  String.raw`'''(?:${escapeSequence}|[^\\])*?'''`,
  String.raw`"(?:${escapeSequence}|[^\\"\n\r])*"`,
  String.raw`'(?:${escapeSequence}|[^\\'\n\r])*'`,
].join('|');

const patterns: readonly (readonly [TokenKind | 'space', RegExp])[] = [
  ['space', /(?:[\t \r\n\f]|\/\/[^\n]*(?:\n|$))+/y],
  ['bytes', new RegExp(`[bB](?:${strings})`, 'y')],
  ['string', new RegExp(strings, 'y')],
  ['identifier', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['escaped', /`[A-Za-z0-9_.\-/ ]+`/y],
  ['double', /(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/y],
  ['uint', /(?:0x[0-9a-fA-F]+|[0-9]+)[uU]/y],
  ['int', /(?:0x[0-9a-fA-F]+|[0-9]+)/y],
  ['operator', /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]/y],
];

const keywords = new Set(['true', 'false', 'null', 'in']);

/** What is no token, which is as if it were not there. */
export interface BadText extends Issue {
  readonly length: number;
}

/** The tokens with an end at last, and what is no token. */
export function tokenize(text: string): { tokens: Token[]; issues: BadText[] } {
  const tokens: Token[] = [];
  const issues: BadText[] = [];
  let at = 0;
  while (at < text.length) {
    const token = nextToken(text, at);
    if (token) {
      if (token.kind !== 'space') tokens.push(token as Token);
      at += token.text.length;
      continue;
    }
    const bad = badText(text, at);
    const message = `Syntax error: token recognition error at: '${bad}'`;
    issues.push({ offset: at, length: bad.length, message });
    at += bad.length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', offset: text.length });
  return { tokens, issues };
}

function nextToken(
  text: string,
  at: number,
): { kind: TokenKind | 'space'; text: string; offset: number } | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) continue;
    const found = match[0];
    return { kind: kind === 'identifier' && keywords.has(found) ? 'keyword' : kind, text: found, offset: at };
  }
  return undefined;
}

/** What ANTLR skips at once: an unfinished string up to where it breaks, half an operator with what follows, or one character. */
function badText(text: string, at: number): string {
  const start = text[at]!;
  if (start === '"' || start === "'") return unfinishedString(text, at);
  if (start === '`') {
    const inside = /`[A-Za-z0-9_.\-/ ]*/.exec(text.slice(at))![0].length;
    return text.slice(at, at + inside + widthAt(text, at + inside));
  }
  const width = widthAt(text, at);
  const next = text.codePointAt(at + width);
  const half = (start === '|' || start === '&' || start === '=') && next !== undefined;
  return text.slice(at, at + width + (half ? (next > 0xffff ? 2 : 1) : 0));
}

function widthAt(text: string, at: number): number {
  return text.codePointAt(at)! > 0xffff ? 2 : 1;
}

function unfinishedString(text: string, at: number): string {
  const quote = text[at]!;
  const good = new RegExp(`${quote}(?:${escapeSequence}|[^\\\\${quote}\\n\\r])*`, 'y');
  good.lastIndex = at;
  let end = at + good.exec(text)![0].length;
  if (text[end] === '\\') {
    end++;
    end += /^(?:[xXuU][0-9a-fA-F]*|[0-3][0-7]?)?/.exec(text.slice(end, end + 9))![0].length;
  }
  // The character at which it breaks goes with it.
  return text.slice(at, end < text.length ? end + widthAt(text, end) : end);
}

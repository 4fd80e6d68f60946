import { setMember } from '#base/members.ts';
/** One line of JSON, keys sorted, as Go's encoder writes a map. */
export function goJson(value: unknown): string {
  return escapeHtml(JSON.stringify(sorted(value)) ?? 'null');
}

/** What Go escapes so that JSON may stand in HTML. */
export function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What a string literal has for a character. */
export const namedEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A string as Go's %q shows it: what cannot be printed is escaped. */
export function goQuote(text: string): string {
  const shown = text.toWellFormed().replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, char => {
    const named = namedEscapes[char];
    if (named) return named;
    const code = char.codePointAt(0)!;
    const hex = (digits: number) => code.toString(16).padStart(digits, '0');
    if (code < 0x80) return `\\x${hex(2)}`;
    return code < 0x1_0000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
  });
  return `"${shown}"`;
}

/** The value with the keys of every object in order, but for parts that are to be kept as they are. */
export function sorted(value: unknown, isKept: (part: object) => boolean = none): unknown {
  if (typeof value !== 'object' || value === null || isKept(value)) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => sorted(item, isKept));
  const out: Record<string, unknown> = {};
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  for (const [key, part] of entries.sort(([a], [b]) => (a < b ? -1 : 1)))
    setMember(out, key, sorted(part, isKept));
  return out;
}

const none = () => false;

/** A number as Go's 'g' format writes a float64; whole numbers stay whole. */
export function goFloat(value: number): string {
  if (Number.isInteger(value)) return Math.abs(value) < 1e21 ? value.toFixed(0) : value.toString();
  const [mantissa, exponentText] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 21) return String(value);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}

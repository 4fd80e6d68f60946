/** What is wrong with the text of an address, in the words of Go's netip. */
import { goQuote } from '#machinery/go-json.ts';

interface Problem {
  readonly message: string;
  /** The text from the place on. */
  readonly at?: string;
}

/** Undefined where the text is an address. */
export function addressProblem(text: string): string | undefined {
  const problem = problemOf(text);
  if (!problem) return undefined;
  const { message, at } = problem;
  return `ParseAddr(${goQuote(text)}): ${message}${at === undefined ? '' : ` (at ${goQuote(at)})`}`;
}

function problemOf(text: string): Problem | undefined {
  switch (/[.:%]/.exec(text)?.[0]) {
    case '.':
      return ipv4Problem(text);
    case ':':
      return ipv6Problem(text);
    case '%':
      return { message: 'missing IPv6 address' };
    default:
      return { message: 'unable to parse IP' };
  }
}

function ipv4Problem(text: string): Problem | undefined {
  let value = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]!;
    if (sign >= '0' && sign <= '9') {
      if (digits === 1 && value === 0) return { message: 'IPv4 field has octet with leading zero' };
      value = value * 10 + Number(sign);
      digits++;
      if (value > 255) return { message: 'IPv4 field has value >255' };
      continue;
    }
    if (sign !== '.') return { message: 'unexpected character', at: text.slice(i) };
    if (i === 0 || i === text.length - 1 || text[i - 1] === '.')
      return { message: 'IPv4 field must have at least one digit', at: text.slice(i) };
    if (dots === 3) return { message: 'IPv4 address too long' };
    dots++;
    value = 0;
    digits = 0;
  }
  return dots < 3 ? { message: 'IPv4 address too short' } : undefined;
}

function ipv6Problem(whole: string): Problem | undefined {
  const percent = whole.indexOf('%');
  if (percent === whole.length - 1) return { message: 'zone must be a non-empty string' };
  let text = percent < 0 ? whole : whole.slice(0, percent);
  let hasEllipsis = text.startsWith('::');
  if (hasEllipsis) text = text.slice(2);
  let fields = 0;
  while (text !== '' || !hasEllipsis) {
    if (fields === 8) break;
    const problem = fieldProblem(text);
    if (problem) return problem;
    const length = /^[0-9a-fA-F]*/.exec(text)![0].length;
    if (text[length] === '.') {
      if (!hasEllipsis && fields !== 6) {
        const message = 'embedded IPv4 address must replace the final 2 fields of the address';
        return { message, at: text };
      }
      if (fields > 6) {
        const message = 'too many hex fields to fit an embedded IPv4 at the end of the address';
        return { message, at: text };
      }
      const embedded = ipv4Problem(text);
      if (embedded) return embedded;
      fields += 2;
      text = '';
      break;
    }
    fields++;
    text = text.slice(length);
    if (text === '') break;
    if (text[0] !== ':') return { message: 'unexpected character, want colon', at: text };
    if (text === ':') return { message: 'colon must be followed by more characters', at: text };
    text = text.slice(1);
    if (text[0] !== ':') continue;
    if (hasEllipsis) return { message: 'multiple :: in address', at: text };
    hasEllipsis = true;
    text = text.slice(1);
  }
  if (text !== '') return { message: 'trailing garbage after address', at: text };
  if (fields < 8) return hasEllipsis ? undefined : { message: 'address string too short' };
  return hasEllipsis ? { message: 'the :: must expand to at least one field of zeros' } : undefined;
}

function fieldProblem(text: string): Problem | undefined {
  const digits = /^[0-9a-fA-F]*/.exec(text)![0].length;
  if (digits > 4) return { message: 'each group must have 4 or less digits', at: text };
  if (digits === 0) return { message: 'each colon-separated field must have at least one digit', at: text };
  return undefined;
}

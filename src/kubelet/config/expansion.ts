/**
 * Replaces $(NAME) by what `lookup` gives, and $$ by $; a name that is not known stays as it stands
 * (third_party/forked/golang/expansion).
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text;
  let out = '';
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '$' || at + 1 >= text.length) {
      out += text[at];
      continue;
    }
    if (text[at + 1] === '$') {
      out += '$';
      at++;
      continue;
    }
    const end = text[at + 1] === '(' ? text.indexOf(')', at + 2) : -1;
    if (end < 0) {
      out += text[at];
      continue;
    }
    const name = text.slice(at + 2, end);
    out += lookup(name) ?? `$(${name})`;
    at = end;
  }
  return out;
}

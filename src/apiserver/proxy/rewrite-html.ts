import { type Mount, rewriteLocation } from './rewrite-location.ts';

/** Attributes that hold an address, by element (HTML 4 and 5). */
const addressAttributes: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

// What is never closed is taken too, as it is, so that no part of a page is looked at once more for each `<` in it.
const tag = /<([a-zA-Z][a-zA-Z0-9]*)([^'">]*(?:(?:"[^"]*"|'[^']*')[^'">]*)*)(>?)/g;
const attribute = /(\s)([a-zA-Z-]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'=<>`]+)/g;

/** A page whose links to its own server are made to lead through this one. The page is read whole first. */
export async function* rewriteHtml(
  body: AsyncIterable<Uint8Array>,
  mount: Mount,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  let page = '';
  for await (const chunk of body) page += decoder.decode(chunk, { stream: true });
  yield new TextEncoder().encode(rewritePage(page + decoder.decode(), mount));
}

export function rewritePage(page: string, mount: Mount): string {
  return page.replace(tag, (whole, element: string, rest: string, end: string) => {
    const names = end ? addressAttributes[element.toLowerCase()] : undefined;
    return names ? `<${element}${rewriteAttributes(rest, names, mount)}>` : whole;
  });
}

function rewriteAttributes(text: string, names: readonly string[], mount: Mount): string {
  return text.replace(attribute, (whole, space: string, name: string, equals: string, value: string) => {
    if (!names.includes(name.toLowerCase())) return whole;
    const quote = /^["']/.test(value) ? value[0]! : '';
    const address = quote ? value.slice(1, -1) : value;
    return `${space}${name}${equals}${quote}${rewriteLocation(address, mount)}${quote}`;
  });
}

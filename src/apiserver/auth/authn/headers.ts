/** Request headers with lower-case names; a header sent several times has its values joined by commas. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** The values of a header that may be repeated. */
export function headerValues(headers: Headers, name: string): string[] {
  return (headers[name] ?? '')
    .split(',')
    .map(value => value.trim())
    .filter(value => value !== '');
}

/** The values under each header that starts with `prefix`, by the unescaped rest of its name. */
export function headerExtra(headers: Headers, prefix: string): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const name of Object.keys(headers)) {
    if (name.startsWith(prefix)) extra[unescaped(name.slice(prefix.length))] = headerValues(headers, name);
  }
  return extra;
}

function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

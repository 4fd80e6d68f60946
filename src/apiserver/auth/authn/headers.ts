/** Request headers with lower-case names; a header sent several times has several values, each as it was sent. */
export type Headers = Readonly<Record<string, readonly string[] | undefined>>;

/** The values of a header that may be repeated. */
export function headerValues(headers: Headers, name: string): string[] {
  return (headers[name] ?? []).filter(value => value !== '');
}

/** The value of a header that is sent once; '' without it. */
export function headerValue(headers: Headers, name: string): string {
  return headers[name]?.[0] ?? '';
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

import { setMember } from '#base/members.ts';

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
    if (name.startsWith(prefix)) {
      setMember(extra, unescaped(name.slice(prefix.length)), headerValues(headers, name));
    }
  }
  return extra;
}

const tokenSubprotocol = 'base64url.bearer.authorization.k8s.io.';

/** What `lists` of WebSocket subprotocols offer beside a token, which is for this server alone. */
export function subprotocolsOf(lists: readonly string[]): {
  readonly encodedToken: string | undefined;
  readonly others: readonly string[];
} {
  const offered = lists.flatMap(list => list.split(',').map(one => one.trim()));
  const encoded = offered.find(one => one.startsWith(tokenSubprotocol));
  return {
    encodedToken: encoded?.slice(tokenSubprotocol.length),
    others: offered.filter(one => !one.startsWith(tokenSubprotocol)),
  };
}

function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

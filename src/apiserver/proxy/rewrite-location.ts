/** Where a backend appears to the client. */
export interface Mount {
  /** What stands before the backend's own paths, e.g. '/api/v1/namespaces/n/pods/p/proxy'. */
  readonly prefix: string;
  /** The Host that the backend was asked for. */
  readonly host: string;
}

/** A link of the backend to itself, made to lead through this server; others stay as they are. */
export function rewriteLocation(text: string, { prefix, host }: Mount): string {
  const match = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/is.exec(text);
  if (!match) return text;
  const [, scheme, authority, path = '', rest = ''] = match;
  const isElsewhere = authority !== undefined && authority !== '' && authority !== host;
  if (isElsewhere || !path.startsWith('/')) return text;
  // An address of this very server stays whole; what names only a path gets none.
  const origin = authority ? `${scheme === undefined ? '' : `${scheme}:`}//${authority}` : '';
  if (path.startsWith(prefix)) return `${origin}${path}${rest}`;
  return `${origin}${`${prefix}${path}`.replace(/\/{2,}/g, '/')}${rest}`;
}

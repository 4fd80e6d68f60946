import { compileGoRegexp, type GoRegexp, GoRegexpError } from '#machinery/go-regexp.ts';
import { CliError } from '../errors.ts';

/** What becomes of a request to the local proxy. */
export type ProxyRoute =
  | { readonly to: 'server' /** With its query, as it is sent on. */; readonly path: string }
  | {
      readonly to: 'file' /** Below the folder of static files; begins with a slash. */;
      readonly path: string;
    }
  | { readonly to: 'client'; readonly status: number; readonly text: string; readonly location?: string };

export interface ProxyRequest {
  readonly method: string;
  /** As it came: escaped, with its query. */
  readonly url: string;
  /** The Host header. */
  readonly host: string;
}

export interface ProxyRules {
  /** Ends in a slash, as the next does. */
  readonly apiPrefix: string;
  /** undefined where no files are served. */
  readonly filesPrefix: string | undefined;
  /** undefined lets all pass. */
  readonly filter: ProxyFilter | undefined;
}

export interface ProxyFilter {
  readonly acceptPaths: readonly GoRegexp[];
  readonly rejectPaths: readonly GoRegexp[];
  readonly acceptHosts: readonly GoRegexp[];
  readonly rejectMethods: readonly GoRegexp[];
}

/** Comma-separated regular expressions of Go. */
export function regexpList(text: string): GoRegexp[] {
  if (text === '') return [];
  try {
    return text.split(',').map(compileGoRegexp);
  } catch (error) {
    if (!(error instanceof GoRegexpError)) throw error;
    throw new CliError(`Error compiling re: ${error.message}`, 255);
  }
}

const notFound: ProxyRoute = { to: 'client', status: 404, text: '404 page not found\n' };
const forbidden: ProxyRoute = { to: 'client', status: 403, text: 'Forbidden\n' };
const badRequest: ProxyRoute = { to: 'client', status: 400, text: '400 Bad Request' };

/** The longer prefix of the two that fits counts; paths are redirected to what they mean without dots. */
export function routeOf(request: ProxyRequest, rules: ProxyRules): ProxyRoute {
  const { apiPrefix, filesPrefix } = rules;
  const [, escaped = '', query = ''] = /^([^?]*)(.*)$/s.exec(request.url)!;
  const path = decoded(escaped);
  if (path === undefined || !path.startsWith('/')) return badRequest;
  const clean = cleaned(path);
  if (clean !== path) return redirected(clean, query);
  const prefixes = [apiPrefix, ...(filesPrefix === undefined ? [] : [filesPrefix])];
  if (prefixes.includes(`${path}/`)) return redirected(`${path}/`, query);
  const [prefix] = prefixes.filter(one => path.startsWith(one)).sort((a, b) => b.length - a.length);
  if (prefix === undefined) return notFound;
  if (prefix === filesPrefix) return { to: 'file', path: path.slice(prefix.length - 1) };
  const isKept = prefix.startsWith('/api');
  const rest = isKept ? path : path.slice(prefix.length - 1);
  if (rules.filter && !isAccepted(request, rest, rules.filter)) return forbidden;
  const raw = isKept
    ? escaped
    : escaped.startsWith(prefix)
      ? escaped.slice(prefix.length - 1)
      : encodeURI(rest);
  return { to: 'server', path: raw + query };
}

function redirected(path: string, query: string): ProxyRoute {
  const location = encodeURI(path) + query;
  return { to: 'client', status: 307, text: `<a href="${location}">Temporary Redirect</a>.\n\n`, location };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function cleaned(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.length > 0 && path.endsWith('/') ? `/${parts.join('/')}/` : `/${parts.join('/')}`;
}

function isAccepted({ method, host }: ProxyRequest, path: string, filter: ProxyFilter): boolean {
  const matches = (list: readonly GoRegexp[], text: string) => list.some(one => one.test(text));
  return (
    !matches(filter.rejectPaths, path) &&
    !matches(filter.rejectMethods, method) &&
    matches(filter.acceptPaths, path) &&
    matches(filter.acceptHosts, nameOf(host))
  );
}

/** Without its port; an IPv6 address loses its brackets with it, as in Go. */
function nameOf(host: string): string {
  const [, address, name] = /^(?:\[([^\]]*)\]|([^:]*)):\d*$/.exec(host) ?? [];
  return address ?? name ?? host;
}

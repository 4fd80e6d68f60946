import type { Attributes, UserInfo } from './identity.ts';

/** A request, whatever carried it. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded nowhere yet: as on the wire, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes from the wire, or a JSON value from inside the process. */
  readonly body: Uint8Array | { readonly value: unknown } | undefined;
  readonly user: UserInfo;
  readonly signal: AbortSignal;
}

/** What a path and a method mean (apiserver's request.RequestInfo). */
export interface RequestInfo {
  readonly isResource: boolean;
  readonly path: string;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** As it was sent; '' without one. */
  readonly fieldSelector: string;
  /** What follows the subresource, for proxies. */
  readonly rest: readonly string[];
}

const methodVerbs: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** With escapes, empty parts, or a beginning that is none. */
const uncommonPath = /%|\/\/|\/$|^[^/]/;

const namespaceSubresources = new Set(['status', 'finalize']);

function nonResource(method: string, path: string): RequestInfo {
  return {
    isResource: false,
    path,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    fieldSelector: '',
    rest: [],
  };
}

/** What upstream takes for a yes: whatever is there and does not say no. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

function decodeParts(path: string): string[] | undefined {
  if (!uncommonPath.test(path)) return path.slice(1).split('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '') continue;
    try {
      parts.push(part.includes('%') ? decodeURIComponent(part) : part);
    } catch {
      return undefined;
    }
  }
  return parts;
}

/** The name that a field selector pins down, so that a list of one object is authorized by its name. */
function nameFromSelector(query: URLSearchParams): string {
  const match = /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '');
  return match?.[1] ?? '';
}

export function parseRequest(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = decodeParts(path);
  if (!parts) return nonResource(method, path);
  let at: number;
  let group = '';
  if (parts[0] === 'api' && parts.length >= 3) at = 1;
  else if (parts[0] === 'apis' && parts.length >= 4) {
    group = parts[1]!;
    at = 2;
  } else return nonResource(method, path);
  const version = parts[at++]!;
  let verb = methodVerbs[method] ?? method.toLowerCase();
  if (parts[at] === 'watch' && parts.length > at + 1) {
    verb = 'watch';
    at++;
  }
  let namespace = '';
  if (parts[at] === 'namespaces') {
    const name = parts[at + 1] ?? '';
    const next = parts[at + 2];
    if (name !== '') namespace = name;
    if (next !== undefined && !namespaceSubresources.has(next)) at += 2;
  }
  const resource = parts[at] ?? '';
  const name = parts[at + 1] ?? '';
  if (verb === 'get' && name === '') verb = isTrue(query.get('watch')) ? 'watch' : 'list';
  if (verb === 'delete' && name === '') verb = 'deletecollection';
  return {
    isResource: true,
    path,
    verb,
    group,
    version,
    namespace,
    resource,
    subresource: parts[at + 2] ?? '',
    name:
      name ||
      (verb === 'list' || verb === 'watch' || verb === 'deletecollection' ? nameFromSelector(query) : ''),
    fieldSelector: query.get('fieldSelector') ?? '',
    rest: parts.slice(at + 3),
  };
}

export function attributesOf(info: RequestInfo, user: UserInfo): Attributes {
  return {
    user,
    verb: info.verb,
    isResource: info.isResource,
    group: info.group,
    version: info.version,
    resource: info.resource,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
    path: info.path,
    fieldSelector: info.fieldSelector,
  };
}

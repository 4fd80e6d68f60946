import { withoutEnd } from '#base/trim.ts';
import type { RequestPlace } from '#client/transport.ts';
import { checkPathSegment } from '#machinery/names.ts';
import type { StatusError } from '#machinery/status.ts';
import type { DecodeError } from '#machinery/decode-error.ts';
import { isTrue } from '#machinery/query.ts';
import type { YamlReading } from '#machinery/yaml.ts';
import { parseFieldSelector, SelectorError } from '#machinery/selectors.ts';
import { methodVerbs } from '#machinery/verbs.ts';
import type { AuditTrail } from './audit/trail.ts';
import type { Attributes, UserInfo } from './identity.ts';

/** A request, whatever carried it. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded nowhere yet: as on the wire, without query. */
  readonly path: string;
  /** What the path says, where its sender has it in parts. */
  readonly place?: RequestPlace | undefined;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes from the wire, or a JSON value from inside the process. */
  readonly body: Uint8Array | { readonly value: unknown } | undefined;
  readonly user: UserInfo;
  readonly signal: AbortSignal;
  readonly origin: RequestOrigin;
  /** What the audit log is told of it; absent: nothing. */
  trail?: AuditTrail | undefined;
  /** Why its sender takes none of the forms that objects have; told by whoever would answer it. */
  unacceptable?: StatusError;
  /** What its body says, or why it says nothing, where that was read ahead: a large one in YAML. */
  yaml?: YamlReading | YamlValue | DecodeError;
}

/** What YAML says, and its repeated keys. */
export interface YamlValue extends Pick<YamlReading, 'duplicates'> {
  readonly value: unknown;
}

/** Where a request comes from, and how: what the audit log tells beside the request itself. */
export interface RequestOrigin {
  /** Path and query as they were sent; absent: as the request has them. */
  readonly url?: string;
  /** Of the connection that it came on. */
  readonly remoteAddress?: string | undefined;
  /** Absent: it has none yet. */
  readonly auditId?: string;
  /** Who has proven who it is; absent: the user, or nobody. */
  readonly asker?: UserInfo | undefined;
  /** The verb by which the asker may act as the user, where that is a constrained one (KEP-5284). */
  readonly constraint?: string;
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
  /** As it was sent, of lists, watches and deletions of collections; '' without one. */
  readonly fieldSelector: string;
  readonly labelSelector: string;
  /** What follows the subresource, for proxies. */
  readonly rest: readonly string[];
  /** The same for all requests that ask the same of a collection's objects; absent where that is not remembered. */
  readonly target?: Target;
}

/** What requests have in common that differ in their objects' names, queries and bodies alone: known by its identity. */
export interface Target {
  readonly verb: string;
  readonly subresource: string;
  readonly isNamed: boolean;
}

/** Where a path leads, whatever is to be done there. */
export interface Place {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
  readonly rest: readonly string[];
  /** The path says itself that it is watched, in the old form. */
  readonly isWatched: boolean;
}

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
    labelSelector: '',
    rest: [],
  };
}

/** An escaped slash parts as another does; empty parts within count, and lead nowhere. */
function decodeParts(path: string): string[] | undefined {
  if (!uncommonPath.test(path)) return path.slice(1).split('/');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (decoded.startsWith('//')) return undefined;
  return withoutEnd(decoded.startsWith('/') ? decoded.slice(1) : decoded, '/').split('/');
}

/** The name that a field selector pins down, so that a list of one object is authorized by its name. */
function nameFromSelector(text: string): string {
  if (!text.includes('metadata.name')) return '';
  try {
    const name = parseFieldSelector(text).requiredValue('metadata.name') ?? '';
    return checkPathSegment(name).length === 0 ? name : '';
  } catch (error) {
    if (error instanceof SelectorError) return '';
    throw error;
  }
}

export function parseRequest(method: string, path: string, query: URLSearchParams): RequestInfo {
  const place = placeOf(path);
  return place ? resourceInfo(method, path, query, place) : nonResource(method, path);
}

/** Undefined: to no resource. */
export function placeOf(path: string): Place | undefined {
  const parts = decodeParts(path);
  if (!parts) return undefined;
  let at: number;
  let group = '';
  if (parts[0] === 'api' && parts.length >= 3) at = 1;
  else if (parts[0] === 'apis' && parts.length >= 4) {
    group = parts[1]!;
    at = 2;
  } else return undefined;
  const version = parts[at++]!;
  const isWatched = parts[at] === 'watch' && parts.length > at + 1;
  if (isWatched) at++;
  let namespace = '';
  if (parts[at] === 'namespaces') {
    const name = parts[at + 1] ?? '';
    const next = parts[at + 2];
    if (name !== '') namespace = name;
    if (next !== undefined && !namespaceSubresources.has(next)) at += 2;
  }
  return {
    group,
    version,
    namespace,
    resource: parts[at] ?? '',
    name: parts[at + 1] ?? '',
    subresource: parts[at + 2] ?? '',
    rest: parts.slice(at + 3),
    isWatched,
  };
}

/** `targetOf` finds what the request has in common with others, once its verb and whether it names an object are known. */
export function resourceInfo(
  method: string,
  path: string,
  query: URLSearchParams,
  { group, version, namespace, resource, name, subresource, rest, isWatched }: Place,
  targetOf?: (verb: string, subresource: string, isNamed: boolean) => Target | undefined,
): RequestInfo {
  const verb = isWatched ? 'watch' : verbOf(method, name, query);
  // Paths that say themselves that they are watched know no selectors.
  const selects = !isWatched && (verb === 'list' || verb === 'watch' || verb === 'deletecollection');
  const fieldSelector = selects ? (query.get('fieldSelector') ?? '') : '';
  const labelSelector = selects ? (query.get('labelSelector') ?? '') : '';
  const named = name === '' && verb !== 'deletecollection' ? nameFromSelector(fieldSelector) : name;
  return {
    isResource: true,
    path,
    verb,
    group,
    version,
    namespace,
    resource,
    subresource,
    name: named,
    fieldSelector,
    labelSelector,
    rest,
    target: targetOf?.(verb, subresource, named !== ''),
  };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  const verb = methodVerbs[method] ?? '';
  if (name !== '') return verb;
  if (verb === 'get') return isTrue(query.get('watch')) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** `target`: that of the request, where nothing else is asked. */
export function attributesOf(info: RequestInfo, user: UserInfo, target?: Target): Attributes {
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
    labelSelector: info.labelSelector,
    ...(target ? { target } : {}),
  };
}

/** A URL without its query. */
export function pathOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? url : url.slice(0, at);
}

const badEscape = /%(?![0-9a-f]{2})/i;

/** Whether a path has a percent sign that begins no escape. */
export function isBadlyEscaped(path: string): boolean {
  return path.includes('%') && badEscape.test(path);
}

/** What a request asks of authorizers, from its method and URL. */
export function requestAttributes(
  { method, url }: { method: string; url: string },
  user: UserInfo,
): Attributes {
  const path = pathOf(url);
  return attributesOf(parseRequest(method, path, new URLSearchParams(url.slice(path.length + 1))), user);
}

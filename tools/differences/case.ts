import type { WireRequest } from '#test/api/wire.ts';

/** What an upstream API server answers, as far as its documentation or source says it. */
export interface UpstreamAnswer {
  readonly status: number;
  /** Of a Status. */
  readonly reason?: string;
  /** Of a Status; an expression where it holds what no two servers share (uids, revisions, dates). */
  readonly message?: string | RegExp;
  /** Of a Status, in order: reason, field and, where known, message. */
  readonly causes?: readonly (readonly [reason: string, field: string, message?: string | RegExp])[];
  /** Of a Status: what of its details is known. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** By name in lower case. */
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  /** What of the body is known: members that are not named are not compared; null: the member is absent. */
  readonly body?: unknown;
  /** Body that is no JSON. */
  readonly text?: string | RegExp;
  /** Of a watch: what of each frame is known, in order. */
  readonly frames?: readonly unknown[];
}

/** One request and the answer that upstream gives. */
export interface DifferenceCase {
  readonly name: string;
  readonly request: WireRequest;
  readonly upstream: UpstreamAnswer;
  /** Why our answer is another one; absent where it must be the same. */
  readonly differs?: string;
}

/** Cases that belong together and run in order, after requests that make what they need. */
export interface Family {
  readonly title: string;
  /** Where upstream's answers are known from. */
  readonly source: string;
  readonly setup?: readonly WireRequest[];
  readonly cases: readonly DifferenceCase[];
}

/** A case whose answer is a failure. */
export function refused(
  name: string,
  request: WireRequest,
  status: number,
  reason: string,
  message: string | RegExp,
  more: Partial<UpstreamAnswer> & { differs?: string } = {},
): DifferenceCase {
  const { differs, ...rest } = more;
  return {
    name,
    request,
    upstream: { status, reason, message, ...rest },
    ...(differs === undefined ? {} : { differs }),
  };
}

/** A case whose answer is a success. */
export function answered(
  name: string,
  request: WireRequest,
  status: number,
  more: Partial<UpstreamAnswer> & { differs?: string } = {},
): DifferenceCase {
  const { differs, ...rest } = more;
  return { name, request, upstream: { status, ...rest }, ...(differs === undefined ? {} : { differs }) };
}

/** A 422 by its causes; the message is made of them as upstream makes it. */
export function invalid(
  name: string,
  request: WireRequest,
  what: string,
  ...causes: readonly (readonly [reason: string, field: string, message: string])[]
): DifferenceCase {
  const texts = causes.map(([, field, message]) => `${field}: ${message}`);
  const list = texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
  return refused(name, request, 422, 'Invalid', `${what} is invalid: ${list}`, { causes });
}

type Body = object | string | Uint8Array;
type Headers = NonNullable<WireRequest['headers']>;

export const get = (path: string, headers: Headers = {}): WireRequest => ({ path, headers });
export const post = (path: string, body: Body, headers: Headers = {}): WireRequest => ({
  method: 'POST',
  path,
  body,
  headers,
});
export const put = (path: string, body: Body, headers: Headers = {}): WireRequest => ({
  method: 'PUT',
  path,
  body,
  headers,
});
export const remove = (path: string, body?: Body, headers: Headers = {}): WireRequest => ({
  method: 'DELETE',
  path,
  headers,
  ...(body === undefined ? {} : { body }),
});

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export const patch = (path: string, type: keyof typeof patchTypes, body: Body): WireRequest => ({
  method: 'PATCH',
  path,
  body,
  headers: { 'content-type': patchTypes[type] },
});

/** A namespaced or cluster object of the given name. */
export const object = (apiVersion: string, kind: string, name: string, more: object = {}): object => ({
  apiVersion,
  kind,
  metadata: { name },
  ...more,
});

export const configMap = (name: string, data: object = {}, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

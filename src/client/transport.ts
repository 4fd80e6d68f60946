import type { WatchEvent } from '#machinery/object.ts';

/** Where a path leads, in its parts: those are the path, joined by slashes, and need no escaping. */
export interface RequestPlace {
  /** The path of a resource's collection: the same string each time. */
  readonly collection: string;
  /** '' for the collection itself. */
  readonly name: string;
  readonly subresource: string;
}

/** One request to an API server, whatever carries it. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Escaped path without query, e.g. '/api/v1/namespaces/default/pods'. */
  readonly path: string;
  /** What `path` says, for who can do without reading it. */
  readonly place?: RequestPlace;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON value. An in-process transport passes it on as it is: do not change it afterwards. */
  readonly body?: unknown;
  /** Default: application/json, with a body. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON value of the answer, frozen; a string where the answer is text. */
  readonly body: unknown;
}

export interface WatchHandler {
  event(event: WatchEvent): void;
  /** The watch is over: undefined when the server ended it in order. Called once and last. */
  end(error: Error | undefined): void;
}

/**
 * The way to an API server: in-process or https. An answer of 400 or above rejects with StatusError; no answer at
 * all with the transport's own error.
 */
export interface Transport {
  /** There is no connection that could be lost without anybody's noticing: watches need no end. */
  readonly isInProcess?: boolean;
  request(request: TransportRequest): Promise<TransportResponse>;
  /** A GET with watch=1. Dispose to stop; `end` is not called then. */
  watch(request: TransportRequest, handler: WatchHandler): Disposable;
  /** The raw bytes of an answer, for logs. Ends when the server does; abort by the request's signal. */
  stream(request: TransportRequest): Promise<AsyncIterable<Uint8Array>>;
}

/** The query of a request as its URL has it, without the question mark. */
export function queryText(query: TransportRequest['query']): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) params.append(name, value);
  }
  params.sort();
  return params.toString();
}

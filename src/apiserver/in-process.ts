import { listKindOf } from '#api/definition.ts';
import type { Transport, TransportRequest, TransportResponse, WatchHandler } from '#client/transport.ts';
import { type KubeObject, apiVersionOf, deepFreeze } from '#machinery/object.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import type { UserInfo } from './identity.ts';
import type { ApiRequest } from './request.ts';
import { fromStorage } from './resources/served.ts';
import { type ApiResponse, type WatchSink, addedAtOnceMax } from './response.ts';
import { followForwarded, readForwarded } from './proxy/forwarded.ts';
import { type ApiServer, toStatusError } from './server.ts';
import { parseExactJson } from '#machinery/json-parse.ts';

/**
 * A transport to a server in the same process: nothing is serialised, and what comes back are the server's own frozen
 * values. The identity is given, not proven; the user agent names the program in managedFields.
 */
export function createInProcessTransport(
  server: ApiServer,
  user: UserInfo,
  userAgent = 'kube-apiserver',
): Transport {
  const never = new AbortController().signal;
  // Most requests say nothing of their own; nothing changes what it is asked.
  const noQuery = new URLSearchParams();
  const origin = { remoteAddress: '127.0.0.1' };
  const usualHeaders = { 'user-agent': userAgent, 'content-type': 'application/json' };
  const headersOf = ({ headers, contentType }: TransportRequest) =>
    headers || contentType
      ? { ...usualHeaders, ...headers, ...(contentType ? { 'content-type': contentType } : {}) }
      : usualHeaders;
  const toApiRequest = (request: TransportRequest): ApiRequest => ({
    method: request.method,
    path: request.path,
    place: request.place,
    query: request.query ? toQuery(request.query) : noQuery,
    headers: headersOf(request),
    body: request.body === undefined ? undefined : { value: request.body },
    user,
    signal: request.signal ?? never,
    origin,
    trail: undefined,
  });
  const handle = async (request: TransportRequest) => {
    const turn = server.turns.breathe(user.name);
    if (turn) await turn;
    try {
      const { response, seat } = await server.handle(toApiRequest(request));
      seat?.[Symbol.dispose]();
      return response;
    } catch (error) {
      throw toStatusError(error, server.services.log);
    }
  };
  return {
    isInProcess: true,
    async request(request) {
      const answer = await handle(request);
      return answer.type === 'stream' ? readForwarded(answer) : toResponse(answer);
    },
    watch: (request, handler) => watch(server, handle, request, handler),
    async stream(request) {
      const answer = await handle(request);
      if (answer.type === 'stream') return answer.body;
      if (answer.type !== 'bytes') throw statusError.badRequest(`${request.path} is no stream`);
      const { body } = answer;
      const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
      return (async function* () {
        yield bytes;
      })();
    },
  };
}

function toQuery(query: NonNullable<TransportRequest['query']>): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name in query) if (query[name] !== undefined) parameters.set(name, query[name]);
  return parameters;
}

function toResponse(answer: ApiResponse): TransportResponse {
  switch (answer.type) {
    case 'entry':
      return { status: answer.status, headers: {}, body: fromStorage(answer.served, answer.entry.object) };
    case 'list': {
      const { definition, version } = answer.served;
      const apiVersion = apiVersionOf({ group: definition.group, version: version.version });
      const kind = listKindOf(definition);
      let items: readonly KubeObject[] | undefined;
      const body = {
        kind,
        apiVersion,
        metadata: answer.metadata,
        // Decoded when they are asked for: whoever deletes a collection does not ask.
        get items() {
          items ??= answer.entries.map(entry => fromStorage(answer.served, entry.object));
          return items;
        },
      };
      return { status: 200, headers: {}, body };
    }
    case 'value':
      return { status: answer.status, headers: answer.headers ?? {}, body: deepFreeze(answer.value) };
    case 'bytes': {
      const text = typeof answer.body === 'string' ? answer.body : new TextDecoder().decode(answer.body);
      if (answer.status === 429) throw statusError.tooManyRequests(text.trim());
      if (answer.status === 503) throw statusError.unavailable(text.trim());
      if (answer.status >= 400) throw statusError.noSuchPath();
      const body = answer.contentType.startsWith('application/json') ? parseExactJson(text) : text;
      return { status: answer.status, headers: answer.headers ?? {}, body };
    }
    case 'watch':
    case 'stream':
    case 'upgrade':
      throw statusError.badRequest(`a ${answer.type} is not to be had by a plain request`);
  }
}

function watch(
  server: ApiServer,
  handle: (request: TransportRequest) => Promise<ApiResponse>,
  request: TransportRequest,
  handler: WatchHandler,
): Disposable {
  let open: Disposable | undefined;
  let over = false;
  const end = (error: Error | undefined) => {
    if (over) return;
    over = true;
    open?.[Symbol.dispose]();
    handler.end(error);
  };
  void handle({ ...request, query: { ...request.query, watch: '1' } }).then(
    answer => {
      if (over) return;
      if (answer.type === 'stream') {
        void followForwarded(answer, handler, () => over, end);
        return;
      }
      if (answer.type !== 'watch') return end(statusError.badRequest(`${request.path} cannot be watched`));
      open = answer.open(sinkOf(server, answer, handler, () => over, end));
      if (over) open[Symbol.dispose]();
    },
    (error: Error) => end(error),
  );
  request.signal?.addEventListener('abort', () => end(undefined), { once: true });
  return {
    [Symbol.dispose]: () => {
      over = true;
      open?.[Symbol.dispose]();
    },
  };
}

function sinkOf(
  server: ApiServer,
  { served }: ApiResponse & { type: 'watch' },
  handler: WatchHandler,
  isOver: () => boolean,
  end: (error: Error | undefined) => void,
): WatchSink {
  const deliver = (type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: KubeObject) => {
    if (isOver()) return;
    try {
      handler.event({ type, object });
    } catch (error) {
      // A broken handler must not stop the others: its watch ends, and its owner lists anew.
      server.services.log.error('a watch handler failed', { error: (error as Error).stack });
      end(error as Error);
    }
  };
  return {
    added: (entries, at) => {
      const end = Math.min(at + addedAtOnceMax, entries.length);
      for (let i = at; i < end; i++) deliver('ADDED', fromStorage(served, entries[i]!.object));
      return end;
    },
    event: (type, entry) => deliver(type, fromStorage(served, entry.object)),
    bookmark: (revision, initialEventsEnd) =>
      deliver('BOOKMARK', {
        kind: served.definition.kind,
        apiVersion: apiVersionOf({ group: served.definition.group, version: served.version.version }),
        metadata: {
          resourceVersion: String(revision),
          ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
        },
      }),
    error: status => end(new StatusError(status)),
    end: () => end(undefined),
  };
}

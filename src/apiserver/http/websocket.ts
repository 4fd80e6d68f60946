import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ApiResponse, WatchSink } from '../response.ts';
import type { Encoder } from './encode.ts';
import { type RequestHead, watchBacklogBytesMax } from './exchange.ts';
import type { Representation } from './negotiate.ts';
import { joinedHeaders } from './request-reader.ts';

/** What may be read over a websocket, as upstream serves it: a watch, an event a message; a stream, in messages of its own. */
export type ReadableResponse = ApiResponse & { type: 'watch' | 'stream' };

export function isReadable(response: ApiResponse): response is ReadableResponse {
  return response.type === 'watch' || response.type === 'stream';
}

/** A client that offers nothing gets bytes, as binary.k8s.io has them; base64.binary.k8s.io are bytes as text. */
const streamProtocols = ['binary.k8s.io', 'base64.binary.k8s.io'];

/** What a client may say in one message: nothing that it says is listened to. */
const heardBytesMax = 64 * 1024;

/** Takes the upgrade and sends the response over it; closes it when the response has ended. */
export function serveWebSocket(
  request: RequestHead,
  socket: Duplex,
  head: Buffer,
  response: ReadableResponse,
  encoder: Encoder,
  form: Representation,
): void {
  const protocols = offeredBy(request);
  const refusal = response.type === 'watch' ? refusalOf(request, protocols) : undefined;
  if (refusal !== undefined) {
    socket.end(`HTTP/1.1 ${refusal} ${STATUS_CODES[refusal]}\r\n\r\n`);
    return;
  }
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: heardBytesMax,
    handleProtocols: offered =>
      (response.type === 'watch' ? protocols[0] : streamProtocols.find(one => offered.has(one))) ?? false,
  });
  // Of a message of Node's, no more is looked at.
  const message = { method: request.method, url: request.url, headers: joinedHeaders(request.headers) };
  server.handleUpgrade(message as unknown as IncomingMessage, socket, head, opened => {
    opened.on('error', () => opened.terminate());
    if (response.type === 'watch') sendWatch(opened, socket, response, encoder, form);
    else void sendStream(opened, response.body);
  });
}

function offeredBy({ headers }: RequestHead): readonly string[] {
  const text = (headers['sec-websocket-protocol'] ?? []).join();
  return text.split(',').flatMap(part => part.trim() || []);
}

/** Go's library takes who says where its page is from, and wants at most one protocol; undefined: it has nothing against it. */
function refusalOf({ headers }: RequestHead, protocols: readonly string[]): number | undefined {
  const origin = headers.origin?.[0] ?? '';
  if (!origin.startsWith('/') && !URL.canParse(origin)) return 403;
  return protocols.length > 1 ? 400 : undefined;
}

async function sendStream(socket: WebSocket, body: AsyncIterable<Uint8Array>): Promise<void> {
  const asText = socket.protocol === 'base64.binary.k8s.io';
  try {
    for await (const chunk of body) {
      if (socket.readyState !== socket.OPEN) return;
      const bytes = Buffer.from(chunk);
      await new Promise<void>(resolve => {
        socket.send(asText ? bytes.toString('base64') : bytes, () => resolve());
      });
    }
    socket.close(1000);
  } catch {
    socket.terminate();
  }
}

function drained(below: Duplex): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      below.off('drain', done);
      below.off('close', done);
      resolve();
    };
    below.on('drain', done);
    below.on('close', done);
  });
}

/** `below` is the connection that the socket writes to. */
function sendWatch(
  socket: WebSocket,
  below: Duplex,
  watch: ApiResponse & { type: 'watch' },
  encoder: Encoder,
  form: Representation,
): void {
  let first = true;
  const send = (frame: Uint8Array) => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(frame, { binary: form.encoding !== 'json' });
    if (socket.bufferedAmount > watchBacklogBytesMax) socket.terminate();
  };
  const event: WatchSink['event'] = (type, entry) => {
    send(encoder.watchEvent(watch.served, type, entry, form, 'Metadata', first));
    first = false;
  };
  const sink: WatchSink = {
    added: (entries, at) => {
      event('ADDED', entries[at]!);
      return at + 1;
    },
    caughtUp: () => (below.writableNeedDrain ? drained(below) : undefined),
    event,
    bookmark: (revision, initialEventsEnd) => {
      send(encoder.bookmark(watch.served, { revision, initialEventsEnd }, form, 'Metadata', first));
      first = false;
    },
    error: status => send(encoder.watchError(status, form)),
    end: () => socket.close(1000),
  };
  const open = watch.open(sink);
  socket.on('close', () => open[Symbol.dispose]());
}

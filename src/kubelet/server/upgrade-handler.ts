import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { type Clock, every } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type WebSocket, WebSocketServer } from 'ws';
import { joinStreams } from '#base/join-streams.ts';
import {
  bridgePortForward,
  openRuntimeForward,
  portForwardProtocols,
  tunnelPortForward,
  tunnelProtocol,
} from '../streaming/port-forward.ts';
import {
  bridgeCommand,
  commandProtocols,
  openRuntimeStreams,
  refuseCommand,
} from '../streaming/remote-command.ts';
import type { StreamTarget } from './stream-target.ts';

/** Where the chosen protocol waits for the handshake's answer; no client can send it. */
const chosenHeader = ':protocol';
const messageBytesMax = 32 * 2 ** 20;
const pingPeriodMs = 30_000;
const refusalBytesMax = 64 * 1_024;

/** The runtime's end of a stream, which is carried to a client or given up. */
interface Opened {
  readonly carry: (socket: WebSocket) => void;
  readonly abandon: () => void;
}

/** Upgrades a client's connection and carries its streams to the runtime, whatever the client speaks. */
export class UpgradeHandler {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
  });

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
    this.#webSockets.on('headers', (headers, request) => {
      const protocol = request.headers[chosenHeader];
      if (protocol) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
    });
  }

  async handle(request: IncomingMessage, socket: Duplex, head: Buffer, target: StreamTarget): Promise<void> {
    const upgrade = (request.headers.upgrade ?? '').toLowerCase();
    if (isGone(socket)) socket.destroy();
    else if (upgrade === 'websocket') await this.#webSocket(request, socket, head, target);
    else if (upgrade.startsWith('spdy/3.1')) passThrough(request, socket, head, target.url);
    else refuse(socket, 400, `unsupported upgrade "${request.headers.upgrade}"`);
  }

  async #webSocket(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    target: StreamTarget,
  ): Promise<void> {
    const offered = offeredBy(request);
    const protocol = chooseProtocol(offered, target.kind);
    if (protocol === undefined) {
      refuse(socket, 403, `unable to upgrade: none of the protocols is supported: ${offered.join(', ')}`);
      return;
    }
    // The runtime is asked before the client is answered, so that a refusal can still be an HTTP status.
    const { carry, abandon } = await this.#open(target, protocol);
    if (isGone(socket)) {
      abandon();
      socket.destroy();
    } else this.#shakeHands(request, socket, head, protocol, carry);
  }

  /**
   * Says why there is nothing to stream. A v5 WebSocket for a command is told by the status that ends its streams, as upstream's
   * API server tells it: of an HTTP status, its clients show nothing.
   */
  refuse(request: IncomingMessage, socket: Duplex, head: Buffer, status: number, message: string): void {
    const isSocket = (request.headers.upgrade ?? '').toLowerCase() === 'websocket';
    const isCommand = /^\/(?:exec|attach)\//.test(request.url ?? '');
    const { preferred } = commandProtocols;
    if (!isSocket || !isCommand || !offeredBy(request).includes(preferred)) refuse(socket, status, message);
    else this.#shakeHands(request, socket, head, preferred, webSocket => refuseCommand(webSocket, message));
  }

  #shakeHands(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    protocol: string,
    carry: (socket: WebSocket) => void,
  ): void {
    // The library takes tokens alone, and kubectl's tunnel has a slash in its name: the choice is made here.
    delete request.headers['sec-websocket-protocol'];
    request.headers[chosenHeader] = protocol;
    this.#webSockets.handleUpgrade(request, socket, head, opened => {
      this.#watch(opened);
      carry(opened);
    });
  }

  /** A client that is not read, since what it sent is not taken, may have gone: that shows when something is sent to it. */
  #watch(socket: WebSocket): void {
    const pings = every(this.#clock, pingPeriodMs, () => socket.ping());
    socket.on('close', () => pings[Symbol.dispose]());
  }

  async #open(target: StreamTarget, protocol: string): Promise<Opened> {
    if (target.kind !== 'portForward') {
      const runtime = await openRuntimeStreams(target.url, target.streams);
      return {
        carry: socket => bridgeCommand(socket, protocol, runtime, target.streams),
        abandon: () => runtime.connection.close(),
      };
    }
    const runtime = await openRuntimeForward(target.url);
    const abandon = () => runtime.destroy();
    if (protocol === tunnelProtocol) return { carry: socket => tunnelPortForward(socket, runtime), abandon };
    const carry = (socket: WebSocket) => {
      bridgePortForward(socket, protocol, runtime, target.ports).catch((error: unknown) => {
        this.#log.warn('port forwarding failed', { error: String(error) });
        socket.close(1_011);
      });
    };
    return { carry, abandon };
  }
}

/** Nothing tells of the end of a connection that has ended already. */
function isGone(socket: Duplex): boolean {
  return !socket.readable || !socket.writable;
}

/** Who names no protocol offers the one without a name. */
function offeredBy(request: IncomingMessage): string[] {
  return String(request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map(word => word.trim());
}

/** The best one wherever the client offers it; else the first that it offers and we have. */
function chooseProtocol(offered: readonly string[], kind: StreamTarget['kind']): string | undefined {
  const { preferred, others } = kind === 'portForward' ? portForwardProtocols : commandProtocols;
  return offered.includes(preferred) ? preferred : offered.find(protocol => others.includes(protocol));
}

export function refuse(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  const reason = http.STATUS_CODES[status] ?? '';
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const hopHeaders = new Set(['connection', 'host', 'content-length', 'transfer-encoding']);

/** Repeats the client's own upgrade to the runtime and joins the two connections byte by byte. */
function passThrough(request: IncomingMessage, socket: Duplex, head: Buffer, url: string): void {
  const target = new URL(url);
  const module = target.protocol === 'https:' ? https : http;
  const headers: Record<string, string | string[]> = { connection: 'Upgrade', 'content-length': '0' };
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (!hopHeaders.has(name) && values) headers[name] = values;
  }
  const outgoing = module.request(target, {
    method: 'POST',
    agent: false,
    rejectUnauthorized: false,
    headers,
  });
  outgoing.on('error', error => refuse(socket, 502, error.message));
  const giveUp = () => outgoing.destroy();
  socket.once('close', giveUp);
  outgoing.on('upgrade', (response, runtime, runtimeHead) => {
    socket.off('close', giveUp);
    const lines = ['HTTP/1.1 101 Switching Protocols'];
    for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) {
      lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
    }
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (head.length > 0) socket.unshift(head);
    if (runtimeHead.length > 0) runtime.unshift(runtimeHead);
    joinStreams(socket, runtime);
  });
  outgoing.on('response', response => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      if (text.length < refusalBytesMax) text += chunk;
    });
    response.on('end', () => refuse(socket, response.statusCode ?? 502, text.trim()));
  });
  outgoing.end();
}

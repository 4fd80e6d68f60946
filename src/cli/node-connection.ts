import WebSocket from 'ws';
import { trusting } from '#client/trust.ts';
import { createHttpsTransport, credentialHeaders } from '#client/https.ts';
import { StatusError, type Status } from '#machinery/status.ts';
import type { ChannelSocket, Connection, ConnectionTarget } from './core/connection.ts';
import { CliError } from './errors.ts';
import { startProxy } from './node-proxy.ts';

/** Connects over TLS: HTTP requests by the client's transport, streams by WebSocket. */
export function nodeConnect(target: ConnectionTarget): Connection {
  const transport = createHttpsTransport({ access: target, userAgent: 'coxswain' });
  return {
    transport,
    openSocket: (path, protocols) => openSocket(target, path, protocols),
    proxy: options => startProxy(target, credentialHeaders(target), options),
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  };
}

const highWaterMark = 1 << 20;

function openSocket(
  target: ConnectionTarget,
  path: string,
  protocols: readonly string[],
): Promise<ChannelSocket> {
  const url = new URL(path, target.server);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  const options: WebSocket.ClientOptions & { servername?: string } = {
    ...(trusting(target.certificateAuthority) as object),
    cert: target.clientCertificate,
    key: target.clientKey,
    servername: target.tlsServerName,
    rejectUnauthorized: !target.insecureSkipTlsVerify,
    headers: credentialHeaders(target) as Record<string, string>,
    perMessageDeflate: false,
  };
  const socket = new WebSocket(url, [...protocols], options);
  socket.binaryType = 'nodebuffer';
  return new Promise((done, failed) => {
    socket.once('open', () => done(channelSocket(socket)));
    socket.once('error', failed);
    socket.once('unexpected-response', (_, response) => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('end', () => failed(refusal(response.statusCode ?? 0, Buffer.concat(chunks).toString())));
    });
  });
}

function refusal(code: number, body: string): Error {
  try {
    const status = JSON.parse(body) as Status;
    if (status.kind === 'Status') return new StatusError(status);
  } catch {
    // Not a Status: the text itself is the reason.
  }
  return new CliError(`unable to upgrade connection: ${body.trim() || `status ${code}`}`);
}

function channelSocket(socket: WebSocket): ChannelSocket {
  const queue: Uint8Array[] = [];
  let failure: Error | undefined;
  let closed = false;
  let wake: () => void = () => {};
  const signal = () => wake();
  socket.on('message', data => {
    queue.push(data as Buffer);
    if (queue.length > 64) socket.pause();
    signal();
  });
  socket.on('close', () => {
    closed = true;
    signal();
  });
  socket.on('error', error => {
    failure = error;
    closed = true;
    signal();
  });
  return {
    protocol: socket.protocol,
    send: data => send(socket, data),
    async *messages() {
      for (;;) {
        for (let next = queue.shift(); next; next = queue.shift()) yield next;
        if (failure) throw failure;
        if (closed) return;
        socket.resume();
        if (queue.length === 0 && !closed)
          await new Promise<void>(done => {
            wake = done;
          });
      }
    },
    close: () => socket.close(),
  };
}

function send(socket: WebSocket, data: Uint8Array): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) return Promise.reject(new CliError('the connection is closed'));
  return new Promise((done, failed) => {
    const wait = socket.bufferedAmount > highWaterMark;
    socket.send(data, error => (error ? failed(error) : wait ? done() : undefined));
    if (!wait) done();
  });
}

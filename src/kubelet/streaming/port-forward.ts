import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { joinStreams } from '#base/join-streams.ts';
import { SpdyConnection } from './spdy-connection.ts';
import { carry, handOn, onMessage, sendInTurn, type WebSocketProtocols } from './channels.ts';
import { upgradeToSpdy } from './upgrade.ts';

/** A SPDY connection inside a WebSocket's binary messages (KEP-4006): kubectl's way since v1.31. */
export const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';
/** The others have two channels for each port: data, then errors. */
export const portForwardProtocols: WebSocketProtocols = {
  preferred: tunnelProtocol,
  others: ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', ''],
};

const spdyProtocol = 'portforward.k8s.io';

/** The bytes of a WebSocket's binary messages as one stream. */
export function webSocketDuplex(socket: WebSocket): Duplex {
  const duplex = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => socket.send(chunk, { binary: true }, done),
    final: done => {
      socket.close(1_000);
      done();
    },
    destroy: (error, done) => {
      if (socket.readyState === socket.OPEN) socket.close(error ? 1_011 : 1_000);
      done(error);
    },
  });
  socket.on('message', (message: Buffer) => {
    if (!duplex.push(message)) socket.pause();
  });
  socket.on('close', () => duplex.push(null));
  socket.on('error', error => duplex.destroy(error));
  return duplex;
}

/** The runtime's end of a port forwarding: a connection that speaks SPDY. */
export async function openRuntimeForward(url: string): Promise<Duplex> {
  return (await upgradeToSpdy(url, [spdyProtocol])).socket;
}

/** Joins a client's tunnelled SPDY connection with the runtime's, byte by byte. */
export function tunnelPortForward(socket: WebSocket, runtime: Duplex): void {
  joinStreams(webSocketDuplex(socket), runtime);
}

function portPrefix(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(port);
  return bytes;
}

/** Carries port forwarding over channels: 2n is the data of the nth port, 2n+1 its errors. */
export async function bridgePortForward(
  socket: WebSocket,
  protocol: string,
  runtime: Duplex,
  ports: readonly number[],
): Promise<void> {
  // What the client sends waits until the runtime's streams stand.
  socket.pause();
  const connection = new SpdyConnection(runtime, 'client');
  socket.on('close', () => connection.close());
  socket.on('error', () => connection.close());
  const send = sendInTurn(socket, protocol);
  const channels = await Promise.all(
    ports.map(async (port, index) => {
      const headers = { port: String(port), requestID: String(index) };
      const error = await connection.open({ streamType: 'error', ...headers });
      const data = await connection.open({ streamType: 'data', ...headers });
      error.on('error', () => {});
      data.on('error', () => {});
      error.end();
      return { port, data, error };
    }),
  );
  const carries: Promise<void>[] = [];
  for (const [index, { port, data, error }] of channels.entries()) {
    // Each channel begins by naming its port, so that the client may tell which is which.
    void send(index * 2, portPrefix(port));
    void send(index * 2 + 1, portPrefix(port));
    carries.push(carry(data, index * 2, send), carry(error, index * 2 + 1, send));
  }
  void Promise.all(carries).then(() => socket.close(1_000));
  onMessage(socket, protocol, (id, data) => {
    const target = channels[id >> 1];
    if (target && id % 2 === 0) handOn(socket, target.data, data);
  });
  connection.onClose(() => {
    socket.resume();
    socket.close(1_000);
  });
  socket.resume();
}

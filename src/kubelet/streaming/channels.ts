import type { Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { SpdyStream } from './spdy-connection.ts';

/** What a kind of stream is spoken with. A client that offers the preferred one gets it, wherever it stands. */
export interface WebSocketProtocols {
  readonly preferred: string;
  readonly others: readonly string[];
}

/** Sends data on a channel; resolves when the next message may follow. */
export type Send = (channel: number, data: Uint8Array) => Promise<void>;

const digitZero = 0x30;

/** A channel is a message's first byte; in text, for browsers, a digit before base64. */
function isText(protocol: string): boolean {
  return protocol.endsWith('base64.channel.k8s.io');
}

/**
 * Sends messages one after the other, so that each is a TLS record of its own: there are clients that ask their socket
 * alone, not what was deciphered already, whether there is more to read. What comes after the end is dropped.
 */
export function sendInTurn(socket: WebSocket, protocol: string): Send {
  const text = isText(protocol);
  let last = Promise.resolve();
  const sendNow = (message: Buffer | string) =>
    new Promise<void>(resolve => {
      if (socket.readyState === socket.OPEN) socket.send(message, () => resolve());
      else resolve();
    });
  return (channel, data) => {
    const message = text
      ? `${channel}${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')}`
      : Buffer.concat([Buffer.from([channel]), data]);
    last = last.then(() => sendNow(message));
    return last;
  };
}

/** Takes messages apart. There are clients that send text on channels of bytes: a message's type says nothing. */
export function onMessage(
  socket: WebSocket,
  protocol: string,
  take: (channel: number, data: Buffer) => void,
): void {
  const text = isText(protocol);
  socket.on('message', (message: Buffer) => {
    if (message.length === 0) return;
    const data = text ? fromBase64(message.toString('latin1', 1)) : message.subarray(1);
    if (data) take(text ? message[0]! - digitZero : message[0]!, data);
  });
}

/** Writes what a client sent. A client that sends more than is taken waits. */
export function handOn(socket: WebSocket, stream: Writable | undefined, data: Buffer): void {
  if (!stream?.writable || data.length === 0 || stream.write(data) || socket.isPaused) return;
  socket.pause();
  stream.once('drain', () => socket.resume());
}

/** Nothing of what is not base64: the decoder leaves out what it does not know. */
function fromBase64(text: string): Buffer | undefined {
  const data = Buffer.from(text, 'base64');
  return text.length % 4 === 0 && data.length === Buffer.byteLength(text, 'base64') ? data : undefined;
}

/** Sends what a stream brings, as fast as the client takes it, until it ends or its connection breaks. */
export async function carry(stream: SpdyStream | undefined, channel: number, send: Send): Promise<void> {
  if (!stream) return;
  try {
    for await (const data of stream) await send(channel, data as Buffer);
  } catch {
    // The connection broke: its end is told by the socket's.
  }
}

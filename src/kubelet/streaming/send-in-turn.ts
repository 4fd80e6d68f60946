import type { WebSocket } from 'ws';
import type { SpdyStream } from './spdy-connection.ts';

/** Sends data on a channel, whose number is the message's first byte; resolves when the next message may follow. */
export type Send = (channel: number, data: Uint8Array) => Promise<void>;

/**
 * Sends messages one after the other, so that each is a TLS record of its own: there are clients that ask their socket
 * alone, not what was deciphered already, whether there is more to read. What comes after the end is dropped.
 */
export function sendInTurn(socket: WebSocket): Send {
  let last = Promise.resolve();
  const sendNow = (message: Buffer) =>
    new Promise<void>(resolve => {
      if (socket.readyState === socket.OPEN) socket.send(message, () => resolve());
      else resolve();
    });
  return (channel, data) => {
    const message = Buffer.concat([Buffer.from([channel]), data]);
    last = last.then(() => sendNow(message));
    return last;
  };
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

import type { Duplex } from 'node:stream';

/**
 * Passes bytes both ways until both sides have ended, or one is broken off. What one side wrote goes on in pieces of
 * the same size, never two in one: a TLS record holds no more than its writer put into it, and there are clients that
 * ask their socket alone, not what was deciphered already, whether there is more to read.
 */
export function joinStreams(a: Duplex, b: Duplex): void {
  passOn(a, b);
  passOn(b, a);
}

const waitingBytesMax = 64 * 1024;

function passOn(from: Duplex, to: Duplex): void {
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let isWriting = false;
  let isOver = false;
  const next = () => {
    const chunk = waiting.shift();
    isWriting = chunk !== undefined;
    if (chunk) {
      waitingBytes -= chunk.length;
      to.write(chunk, next);
    } else if (isOver) to.end();
    else from.resume();
  };
  // Nothing tells of what is over already.
  if (from.readableEnded) to.end();
  else if (from.destroyed) to.destroy();
  from.on('data', (chunk: Uint8Array) => {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (!isWriting) next();
    else if (waitingBytes > waitingBytesMax) from.pause();
  });
  from.once('end', () => {
    isOver = true;
    if (!isWriting) to.end();
  });
  // The end of a stream that broke is told by its close.
  from.on('error', () => {});
  from.once('close', () => {
    if (!from.readableEnded) to.destroy();
  });
}

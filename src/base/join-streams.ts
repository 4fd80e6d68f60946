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

function passOn(from: Duplex, to: Duplex): void {
  from.on('data', (chunk: Uint8Array) => {
    from.pause();
    to.write(chunk, () => from.resume());
  });
  from.once('end', () => to.end());
  // The end of a stream that broke is told by its close.
  from.on('error', () => {});
  from.once('close', () => {
    if (!from.readableEnded) to.destroy();
  });
}

/** Frames that were framed already: those of a watch go to all its watchers, one after the other. */
const framed = new WeakMap<Uint8Array, Buffer>();

export const lastChunk = Buffer.from('0\r\n\r\n');
export const lineEnd = Buffer.from('\r\n');

/** What comes before `bytes` as a chunk of their own; a line's end comes after. */
export function chunkStart(bytes: Uint8Array): Buffer {
  return Buffer.from(`${bytes.length.toString(16)}\r\n`, 'latin1');
}

/** `bytes` as one chunk (RFC 9112, 7.1). They must not change any more. */
export function frameChunk(bytes: Uint8Array): Buffer {
  let chunk = framed.get(bytes);
  if (!chunk) {
    chunk = makeChunk(bytes);
    framed.set(bytes, chunk);
  }
  return chunk;
}

function makeChunk(bytes: Uint8Array): Buffer {
  const size = `${bytes.length.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafeSlow(size.length + bytes.length + 2);
  chunk.write(size, 0, 'latin1');
  chunk.set(bytes, size.length);
  chunk.write('\r\n', size.length + bytes.length, 'latin1');
  return chunk;
}

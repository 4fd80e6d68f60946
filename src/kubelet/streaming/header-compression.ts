import zlib from 'node:zlib';
import { spdyDictionary } from './spdy-dictionary.ts';
import { SpdyProtocolError } from './spdy-frames.ts';

/** A header block that inflates to more than this is an attack. */
const blockBytesMax = 64 * 1_024;

type ZlibStream = zlib.Deflate | zlib.Inflate;

/**
 * One direction of a connection's header compression: a single zlib stream over all blocks, flushed after each. Blocks
 * come out in the order they went in.
 */
class BlockTransform implements Disposable {
  readonly #stream: ZlibStream;
  #queue: Promise<unknown> = Promise.resolve();
  #failed: Error | undefined;

  constructor(stream: ZlibStream) {
    this.#stream = stream;
    stream.on('error', error => {
      this.#failed = error;
    });
  }

  transform(block: Uint8Array): Promise<Buffer> {
    const done = this.#queue.then(() => this.#transform(block));
    this.#queue = done.catch(() => {});
    return done;
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }

  #transform(block: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#failed) return reject(this.#failed);
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (error?: Error | null) => {
        this.#stream.off('data', onData);
        this.#stream.off('error', finish);
        if (error) reject(error);
        else resolve(Buffer.concat(chunks));
      };
      const onData = (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > blockBytesMax) this.#stream.destroy(new SpdyProtocolError('header block is too large'));
      };
      this.#stream.on('data', onData);
      this.#stream.on('error', finish);
      this.#stream.write(block);
      this.#stream.flush(zlib.constants.Z_SYNC_FLUSH, () => finish(this.#failed));
    });
  }
}

export function headerCompressor(): BlockTransform {
  return new BlockTransform(zlib.createDeflate({ dictionary: spdyDictionary() }));
}

export function headerDecompressor(): BlockTransform {
  return new BlockTransform(
    zlib.createInflate({ dictionary: spdyDictionary(), finishFlush: zlib.constants.Z_SYNC_FLUSH }),
  );
}

export type { BlockTransform };

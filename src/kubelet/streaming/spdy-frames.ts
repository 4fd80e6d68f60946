/** SPDY/3.1 frames (draft-mbelshe-httpbis-spdy-00), as far as Kubernetes' streams use them. Bytes only, no I/O. */

export const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const flagFin = 1;

export type Frame =
  | { readonly kind: 'data'; readonly streamId: number; readonly flags: number; readonly payload: Uint8Array }
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Uint8Array };

/** The peer broke the protocol: the connection is of no more use. */
export class SpdyProtocolError extends Error {
  override readonly name = 'SpdyProtocolError';
}

const version = 3;
const headBytes = 8;
/** More than any peer of ours sends in one frame; a bound on what a broken one can make us hold. */
const payloadBytesMax = 1 << 22;

function frame(first: number, second: number, flags: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(first, 0);
  head.writeUInt16BE(second, 2);
  head.writeUInt32BE(payload.length, 4);
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}

/** Makes the bytes of each kind of frame. `block` is a compressed header block. */
export const encodeFrame = {
  data: (streamId: number, payload: Uint8Array, fin = false) =>
    frame(streamId >>> 16, streamId & 0xffff, fin ? flagFin : 0, payload),
  synStream: (streamId: number, block: Uint8Array, fin = false) =>
    frame(
      0x8000 | version,
      frameType.synStream,
      fin ? flagFin : 0,
      Buffer.concat([numbers(streamId, 0), Buffer.alloc(2), block]),
    ),
  synReply: (streamId: number, block: Uint8Array) =>
    frame(0x8000 | version, frameType.synReply, 0, Buffer.concat([numbers(streamId), block])),
  rstStream: (streamId: number, status: number) =>
    frame(0x8000 | version, frameType.rstStream, 0, numbers(streamId, status)),
  ping: (id: number) => frame(0x8000 | version, frameType.ping, 0, numbers(id)),
  goAway: (lastStreamId: number) => frame(0x8000 | version, frameType.goAway, 0, numbers(lastStreamId, 0)),
};

/** Cuts the bytes of a connection, in whatever pieces they come, into frames. */
export class FrameDecoder {
  #pieces: Buffer[] = [];
  #size = 0;
  /** Fewer bytes than these make no frame: pieces are joined when it is whole, not with each that comes. */
  #wanted = headBytes;

  /** Throws SpdyProtocolError on what cannot be a frame. */
  *push(chunk: Uint8Array): Generator<Frame> {
    this.#pieces.push(Buffer.from(chunk));
    this.#size += chunk.length;
    while (this.#size >= this.#wanted) {
      const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
      const length = bytes.readUIntBE(5, 3);
      if (length > payloadBytesMax) throw new SpdyProtocolError(`frame of ${length} bytes`);
      const end = headBytes + length;
      this.#keep(bytes.length < end ? bytes : bytes.subarray(end), bytes.length < end ? end : headBytes);
      if (bytes.length >= end) yield parse(bytes.subarray(0, headBytes), bytes.subarray(headBytes, end));
    }
  }

  #keep(rest: Buffer, wanted: number): void {
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    this.#wanted = wanted;
  }
}

function parse(head: Buffer, payload: Buffer): Frame {
  const first = head.readUInt16BE(0);
  const second = head.readUInt16BE(2);
  const flags = head[4]!;
  if ((first & 0x8000) === 0) return { kind: 'data', streamId: first * 0x10000 + second, flags, payload };
  if ((first & 0x7fff) !== version) throw new SpdyProtocolError(`SPDY version ${first & 0x7fff}`);
  return { kind: 'control', type: second, flags, payload };
}

/** The unsigned number at `offset` of a control frame's payload. */
export function numberAt(payload: Uint8Array, offset: number): number {
  if (payload.length < offset + 4) throw new SpdyProtocolError('control frame is too short');
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(offset);
}

/** Names in lower case; several values of one name are parted by NUL on the wire. */
export type SpdyHeaders = ReadonlyMap<string, readonly string[]>;

/** A header block before compression. */
export function encodeHeaders(headers: SpdyHeaders): Buffer {
  const parts: Buffer[] = [numbers(headers.size)];
  for (const [name, values] of headers) {
    for (const text of [name.toLowerCase(), values.join('\0')]) {
      const bytes = Buffer.from(text, 'utf8');
      parts.push(numbers(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

export function decodeHeaders(block: Uint8Array): SpdyHeaders {
  const headers = new Map<string, string[]>();
  let offset = 4;
  const text = () => {
    const length = numberAt(block, offset);
    const end = offset + 4 + length;
    if (end > block.length) throw new SpdyProtocolError('header block is too short');
    const value = Buffer.from(block.subarray(offset + 4, end)).toString('utf8');
    offset = end;
    return value;
  };
  for (let left = numberAt(block, 0); left > 0; left--) headers.set(text().toLowerCase(), text().split('\0'));
  return headers;
}

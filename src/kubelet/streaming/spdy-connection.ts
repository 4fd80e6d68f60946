import { Duplex } from 'node:stream';
import { type BlockTransform, headerCompressor, headerDecompressor } from './header-compression.ts';
import {
  decodeHeaders,
  encodeFrame,
  encodeHeaders,
  type Frame,
  FrameDecoder,
  flagFin,
  frameType,
  numberAt,
  type SpdyHeaders,
  SpdyProtocolError,
} from './spdy-frames.ts';

const statusCancel = 5;
const statusRefused = 3;
const dataBytesMax = 32 * 1_024;
/** Of what the peer sent, this much waits to be handled; then the peer waits. */
const incomingBytesMax = 256 * 1_024;

/** One stream of a SPDY connection: reads what the peer sends, `end` closes our half. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #connection: SpdyConnection;
  /** Resolves when the peer has accepted the stream. */
  readonly accepted: Promise<void>;
  readonly settle: { resolve: () => void; reject: (error: Error) => void };
  #onWanted: (() => void) | undefined;

  constructor(connection: SpdyConnection, id: number, headers: SpdyHeaders) {
    super({ allowHalfOpen: true });
    this.#connection = connection;
    this.id = id;
    this.headers = headers;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.accepted = promise;
    this.settle = { resolve, reject };
    // Whoever opened the stream may not wait for the answer; a failure then shows on the stream.
    promise.catch(() => {});
  }

  /** Hands on what the peer sent; resolves when there is room for more, or nobody left to read it. */
  async deliver(data: Buffer): Promise<void> {
    if (this.destroyed || this.push(data)) return;
    await new Promise<void>(resolve => {
      this.#onWanted = resolve;
    });
  }

  /** The peer sends no more. */
  finish(): void {
    if (!this.destroyed) this.push(null);
    this._read();
  }

  override _read(): void {
    this.#onWanted?.();
    this.#onWanted = undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    for (let at = 0; at < chunk.length; at += dataBytesMax) {
      this.#connection.send(encodeFrame.data(this.id, chunk.subarray(at, at + dataBytesMax)));
    }
    this.#connection.drained(done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#connection.send(encodeFrame.data(this.id, new Uint8Array(), true));
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // What the peer has ended needs no reset, and one that comes after its end of the connection would cost us what
    // it said last: a failed write takes the unread input with it.
    this.#connection.forget(this, !this.readableEnded);
    this.settle.reject(error ?? new Error('stream closed'));
    this._read();
    done(error);
  }
}

/**
 * A SPDY/3.1 connection over any duplex. Like the library that Kubernetes uses (moby/spdystream) it has no flow
 * control of its own: the transport's back-pressure is all there is, so a stream that is not read holds up the others.
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #decoder = new FrameDecoder();
  readonly #compressor: BlockTransform = headerCompressor();
  readonly #decompressor: BlockTransform = headerDecompressor();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #onStream: ((stream: SpdyStream) => void) | undefined;
  #nextId: number;
  #incoming: Promise<unknown> = Promise.resolve();
  #outgoing: Promise<unknown> = Promise.resolve();
  #incomingBytes = 0;
  #closed = false;
  #onDrain: ((error?: Error) => void)[] = [];
  #onClose: (() => void)[] = [];

  /** `onStream` hears of streams that the peer opens; without it they are refused. */
  constructor(socket: Duplex, role: 'client' | 'server', onStream?: (stream: SpdyStream) => void) {
    this.#socket = socket;
    this.#nextId = role === 'client' ? 1 : 2;
    this.#onStream = onStream;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#closeAfterIncoming());
    socket.on('close', () => this.#closeAfterIncoming());
    // A peer that is done may reset the connection; what it said before counts all the same.
    socket.on('error', error => this.#closeAfterIncoming(error));
    socket.on('drain', () => this.#drain());
    // Whoever read the upgrade's answer may have left it paused.
    socket.resume();
  }

  /** Opens a stream; `accepted` of it resolves with the peer's reply. */
  async open(headers: Readonly<Record<string, string>>): Promise<SpdyStream> {
    const map: SpdyHeaders = new Map(Object.entries(headers).map(([name, value]) => [name, [value]]));
    const stream = new SpdyStream(this, this.#nextId, map);
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    const sent = this.#outgoing.then(async () => {
      this.send(encodeFrame.synStream(stream.id, await this.#compressor.transform(encodeHeaders(map))));
    });
    this.#outgoing = sent.catch(error => this.close(error));
    await sent;
    return stream;
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#onClose.push(listener);
  }

  send(frame: Uint8Array): void {
    if (!this.#closed) this.#socket.write(frame);
  }

  /** Calls back when the transport takes more. */
  drained(done: (error?: Error | null) => void): void {
    if (this.#closed) done(new Error('connection closed'));
    else if (this.#socket.writableNeedDrain) this.#onDrain.push(done);
    else done();
  }

  /** A stream is over on our side; `reset` tells the peer so. */
  forget(stream: SpdyStream, reset: boolean): void {
    if (!this.#streams.delete(stream.id) || !reset) return;
    this.send(encodeFrame.rstStream(stream.id, statusCancel));
  }

  /** With an error, what streams have not handed on yet is lost. */
  close(error?: Error): void {
    if (this.#closed) return;
    if (error) for (const stream of [...this.#streams.values()]) stream.destroy(error);
    this.#end(error);
  }

  #end(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of [...this.#streams.values()]) {
      stream.finish();
      stream.settle.reject(error ?? new Error('connection closed'));
    }
    this.#streams.clear();
    this.#compressor[Symbol.dispose]();
    this.#decompressor[Symbol.dispose]();
    this.#socket.destroy();
    this.#drain(new Error('connection closed'));
    for (const listener of this.#onClose.splice(0)) listener();
  }

  /** What arrived before the end still counts: a process's exit status is the last thing that is said. */
  #closeAfterIncoming(error?: Error): void {
    void this.#incoming.then(() => this.#end(error));
  }

  // Frames are handled one after the other: inflating a header block takes a turn of the loop.
  #receive(chunk: Buffer): void {
    this.#incomingBytes += chunk.length;
    if (this.#incomingBytes > incomingBytesMax) this.#socket.pause();
    this.#incoming = this.#incoming
      .then(async () => {
        for (const frame of this.#decoder.push(chunk)) await this.#handle(frame);
        this.#incomingBytes -= chunk.length;
        if (this.#incomingBytes <= incomingBytesMax) this.#socket.resume();
      })
      .catch((error: unknown) => this.close(error instanceof Error ? error : new Error(String(error))));
  }

  #drain(error?: Error): void {
    for (const done of this.#onDrain.splice(0)) done(error);
  }

  async #handle(frame: Frame): Promise<void> {
    if (this.#closed) return;
    if (frame.kind === 'data') {
      await this.#data(frame.streamId, frame.payload, frame.flags);
      return;
    }
    const { type, payload, flags } = frame;
    if (type === frameType.synStream) await this.#opened(payload, flags);
    else if (type === frameType.synReply) await this.#replied(payload, flags);
    else if (type === frameType.headers) await this.#decompressor.transform(payload.subarray(4));
    else if (type === frameType.rstStream) this.#reset(numberAt(payload, 0));
    else if (type === frameType.ping) this.#ping(numberAt(payload, 0));
    else if (type === frameType.goAway) this.#goneAway();
  }

  async #data(streamId: number, payload: Uint8Array, flags: number): Promise<void> {
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    if (payload.length > 0) await stream.deliver(Buffer.from(payload));
    if (flags & flagFin) stream.finish();
  }

  async #opened(payload: Uint8Array, flags: number): Promise<void> {
    const id = numberAt(payload, 0) & 0x7fffffff;
    if (payload.length < 10) throw new SpdyProtocolError('SYN_STREAM is too short');
    const headers = decodeHeaders(await this.#decompressor.transform(payload.subarray(10)));
    if (!this.#onStream || this.#streams.has(id)) {
      this.send(encodeFrame.rstStream(id, statusRefused));
      return;
    }
    const stream = new SpdyStream(this, id, headers);
    this.#streams.set(id, stream);
    this.send(encodeFrame.synReply(id, await this.#compressor.transform(encodeHeaders(new Map()))));
    stream.settle.resolve();
    if (flags & flagFin) stream.finish();
    this.#onStream(stream);
  }

  async #replied(payload: Uint8Array, flags: number): Promise<void> {
    const id = numberAt(payload, 0) & 0x7fffffff;
    await this.#decompressor.transform(payload.subarray(4));
    const stream = this.#streams.get(id);
    stream?.settle.resolve();
    if (flags & flagFin) stream?.finish();
  }

  #reset(id: number): void {
    const stream = this.#streams.get(id & 0x7fffffff);
    if (!stream) return;
    this.#streams.delete(stream.id);
    stream.settle.reject(new Error('stream reset by peer'));
    stream.finish();
  }

  // A peer's ping comes back as it is; an answer to one of ours has our own parity, and we send none.
  #ping(id: number): void {
    const isOurs = id % 2 === this.#nextId % 2;
    if (!isOurs) this.send(encodeFrame.ping(id));
  }

  #goneAway(): void {
    if (this.#streams.size === 0) this.close();
  }
}

import type { X509Certificate } from 'node:crypto';

/** What a request begins with, whatever protocol carries it. */
export interface RequestHead {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  /** Every value of each header, apart, by its name in lower case: a group's name may hold a comma. */
  readonly headers: HeaderValues;
}

export type HeaderValues = Readonly<Record<string, readonly string[]>>;

/** Upstream's --max-request-body-bytes. */
export const bodyBytesMax = 3 * 1024 * 1024;
/** A body that is too large is read on up to here, so that its sender comes to read the refusal. */
export const drainedBytesMax = 16 * 1024 * 1024;
/** Go's http.DefaultMaxHeaderBytes: selectors in URLs are long. */
export const headerBytesMax = 1024 * 1024;

/** A watcher that lags behind by more is cut off; it comes back and lists. */
export const watchBacklogBytesMax = 16 * 1024 * 1024;

/** What of a body is read before it is known whose it is: whoever may say nothing need not be listened to. */
export const unaskedBodyBytesMax = 64 * 1024;

/** A body that is written to where it leaves from, so that it is copied once. */
export interface BodySource {
  readonly length: number;
  writeTo(target: Buffer, at: number): void;
}

export type Body = Uint8Array | BodySource;

export function bytesOf(body: Body): Uint8Array {
  if (body instanceof Uint8Array) return body;
  const bytes = Buffer.allocUnsafe(body.length);
  body.writeTo(bytes, 0);
  return bytes;
}

/** What is no larger is made whole and written at once: a copy costs less than a second write. */
export const oneWriteBytesMax = 64 * 1024;

/** Who the last request of a connection was of; '' before it is known of any. */
export interface Asker {
  name: string;
}

/** A request that is there whole, and the place for its answer. Either `answer` is called once, or `begin`. */
export interface Exchange extends RequestHead {
  /** Undefined: larger than may be, or not read. */
  readonly body: Uint8Array | undefined;
  /** Bodies are being read that are more than there is room for: this one was not. */
  readonly isCrowdedOut: boolean;
  /** The client's certificate and those that it came with, whoever signed them. */
  readonly certificate: X509Certificate | undefined;
  readonly asker: Asker;
  /** The client's; undefined once it is gone. */
  readonly remoteAddress: string | undefined;
  /** Nobody waits for more: the client went away, or the answer was cut off or is complete. */
  readonly isOver: boolean;
  /** Tells the client to ask what else it has on another connection (HTTP/2). Absent: there is no such way. */
  retire?(): void;
  /** The head of the answer is on its way. */
  readonly hasBegun: boolean;
  /** Bytes of the answer that the client has not taken yet. */
  readonly backlogBytes: number;
  /** Calls back when it is over, at once when it is. */
  onOver(listener: () => void): void;
  /** A whole answer. `headers` are names and values in turn; a HEAD request gets no body. */
  answer(status: number, headers: readonly string[], body: Body): void;
  /** The head of an answer of unknown length. */
  begin(status: number, headers: readonly string[]): void;
  /** More of it. What is written in one turn leaves together; the bytes must not change before they are `drained`. */
  write(bytes: Uint8Array): void;
  /** Resolves when all that was written is on its way, or it is over. */
  drained(): Promise<void>;
  end(): void;
  /** Ends an answer that cannot be completed in a way that the client notices. */
  cutOff(): void;
}

const nothing = Buffer.alloc(0);

/** Collects the bytes of a body and forgets those that are too many. What it keeps is its own, however small the pieces. */
export class BodyBytes {
  #bytes = nothing;
  #length = 0;
  /** Its only piece so far, as it came. */
  #first: Uint8Array | undefined;

  get length(): number {
    return this.#length;
  }

  /** False: its sender is not worth being listened to any more. */
  add(chunk: Uint8Array): boolean {
    const at = this.#length;
    this.#length += chunk.length;
    if (this.#length > bodyBytesMax) this.#forget();
    else if (at === 0) this.#first = chunk;
    else this.#append(chunk, at);
    return this.#length <= drainedBytesMax;
  }

  /** Undefined: larger than may be. */
  whole(): Uint8Array | undefined {
    if (this.#length > bodyBytesMax) return undefined;
    return this.#first ?? this.#bytes.subarray(0, this.#length);
  }

  #append(chunk: Uint8Array, at: number): void {
    if (this.#length > this.#bytes.length) this.#grow(at);
    this.#bytes.set(chunk, at);
  }

  #grow(at: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(bodyBytesMax, Math.max(2 * this.#length, 4096)));
    larger.set(this.#first ?? this.#bytes.subarray(0, at));
    this.#first = undefined;
    this.#bytes = larger;
  }

  #forget(): void {
    this.#bytes = nothing;
    this.#first = undefined;
  }
}

import { applyDelta, deltaOf } from '#base/delta.ts';
import { type KeyValue, type StoreEvent, valueBytes } from './store.ts';

/** What a shorter value would gain is not worth the looking. */
const sharedLengthMin = 256;
/** A longer delta takes too long to make. */
const deltaLengthMax = 64 << 10;
/** Every so many versions of a key, one is whole, so that none takes longer to make than that many others. */
const wholeEvery = 16;

/** A value as how to make it of the one that came after it. */
class Shared {
  readonly next: Version;
  readonly delta: Uint8Array;
  readonly length: number;

  constructor(next: Version, delta: Uint8Array, length: number) {
    this.next = next;
    this.delta = delta;
    this.length = length;
  }
}

/**
 * What a key held from `modRevision` on, or that it was deleted, which has version 0 and no value: the pair and the event
 * that made it in one, for a store keeps a great many.
 */
export class Version implements KeyValue, StoreEvent {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: number;
  #value: Uint8Array | Shared;
  #previous: Version | undefined;

  constructor(pair: KeyValue, previous: Version | undefined) {
    this.key = pair.key;
    this.#value = pair.value;
    this.createRevision = pair.createRevision;
    this.modRevision = pair.modRevision;
    this.version = pair.version;
    this.lease = pair.lease;
    this.#previous = previous;
  }

  get type(): 'put' | 'delete' {
    return this.version > 0 ? 'put' : 'delete';
  }

  get kv(): KeyValue {
    return this;
  }

  get previous(): Version | undefined {
    return this.#previous;
  }

  get value(): Uint8Array {
    const later: Shared[] = [];
    let value = this.#value;
    for (; value instanceof Shared; value = value.next.#value) later.push(value);
    return later.reduceRight((next, { delta, length }) => applyDelta(next, delta, length), value);
  }

  /** Of key and value, as far as that is known. */
  get bytes(): number {
    return this.key.length + (this.#value instanceof Shared ? this.#value.length : valueBytes(this.#value));
  }

  /** Keeps of the value before this one only how it differs: few ask for it, and past values are most of what is kept. */
  sharePrevious(): void {
    const previous = this.#previous;
    if (!previous || this.type === 'delete' || previous.version % wholeEvery === 0) return;
    const [now, before] = [this.#value, previous.#value];
    if (!(now instanceof Uint8Array && before instanceof Uint8Array) || before.length < sharedLengthMin)
      return;
    const delta = deltaOf(now, before, Math.min(before.length / 2, deltaLengthMax));
    if (delta) previous.#value = new Shared(this, delta, before.length);
  }

  /** Nobody can ask for what came before any more. */
  forgetPrevious(): void {
    this.#previous = undefined;
  }
}

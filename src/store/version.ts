import { type KeyValue, type StoreEvent, valueBytes } from './store.ts';

/**
 * What a key held from `modRevision` on, or that it was deleted, which has version 0 and no value: the pair and the event
 * that made it in one, for a store keeps a great many.
 */
export class Version implements KeyValue, StoreEvent {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: number;
  #previous: Version | undefined;

  constructor(pair: KeyValue, previous: Version | undefined) {
    this.key = pair.key;
    this.value = pair.value;
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

  /** Of key and value, as far as that is known. */
  get bytes(): number {
    return this.key.length + valueBytes(this.value);
  }

  /** Nobody can ask for what came before any more. */
  forgetPrevious(): void {
    this.#previous = undefined;
  }
}

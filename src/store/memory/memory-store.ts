import type { Clock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { type Durability, nothingRecovered } from '../durability.ts';
import { StoreEngine } from '../engine.ts';

const done = Promise.resolve();

/** Memory is as durable as this store gets: a commit is done when it is asked for. */
const noDurability: Durability = {
  commit: () => done,
  trim() {},
  sizeBytes: () => undefined,
  [Symbol.asyncDispose]: () => done,
};

/** A store that ends with its process. It waits on promises and its clock alone, so its runs can be repeated. */
export class MemoryStore extends StoreEngine {
  readonly isPrivate: boolean;

  /** `isPrivate`: nobody reads values but who put them. */
  constructor(clock: Clock, { isPrivate = false } = {}) {
    super(clock, silentLog, noDurability, nothingRecovered);
    this.isPrivate = isPrivate;
  }
}

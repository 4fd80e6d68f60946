import type { Clock } from '#base/clock.ts';
import { StringMap } from '#base/string-map.ts';
import type { LeaseRecord } from './durability.ts';
import { LeaseNotFoundError, type StoreEvent } from './store.ts';

interface Lease {
  readonly ttlSeconds: number;
  readonly keys: StringMap<true>;
  timer: Disposable;
}

/** The leases that are in force, with the keys attached to each. Tells `expired` once when a time runs out. */
export class Leases implements Disposable {
  readonly #clock: Clock;
  readonly #expired: (lease: number) => void;
  readonly #leases = new Map<number, Lease>();

  constructor(clock: Clock, expired: (lease: number) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  has(id: number): boolean {
    return this.#leases.has(id);
  }

  keysOf(id: number): string[] {
    return [...(this.#leases.get(id)?.keys.keys() ?? [])];
  }

  add({ id, ttlSeconds }: LeaseRecord): void {
    this.#leases.set(id, { ttlSeconds, keys: new StringMap(), timer: this.#arm(id, ttlSeconds) });
  }

  remove(id: number): void {
    this.#leases.get(id)?.timer[Symbol.dispose]();
    this.#leases.delete(id);
  }

  /** Starts the time anew. */
  keepAlive(id: number): void {
    const lease = this.#leases.get(id);
    if (!lease) throw new LeaseNotFoundError(id);
    lease.timer[Symbol.dispose]();
    lease.timer = this.#arm(id, lease.ttlSeconds);
  }

  /** Follows a write: what it attached and what it detached. */
  follow({ kv, previous }: StoreEvent): void {
    const before = previous?.lease ?? 0;
    if (before === kv.lease) return;
    if (before !== 0) this.#leases.get(before)?.keys.delete(kv.key);
    if (kv.lease !== 0) this.#leases.get(kv.lease)?.keys.set(kv.key, true);
  }

  [Symbol.dispose](): void {
    for (const lease of this.#leases.values()) lease.timer[Symbol.dispose]();
  }

  #arm(id: number, ttlSeconds: number): Disposable {
    return this.#clock.after(ttlSeconds * 1000, () => this.#expired(id));
  }
}

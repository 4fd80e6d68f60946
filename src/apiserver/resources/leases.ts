import type { Clock } from '#base/clock.ts';
import type { Store } from '#store/store.ts';

/** Objects written within this time share a lease (etcd3: --lease-reuse-duration-seconds). */
const reuseSeconds = 60;
const usesMax = 1000;

interface Shared {
  readonly lease: Promise<number>;
  readonly untilMs: number;
  uses: number;
}

/** Leases for objects that are to be forgotten, shared by what is written at about the same time. */
export class LeasePool {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #shared = new Map<number, Shared>();
  readonly #used: (objects: number) => void;

  /** `used` is told of each lease that is given to nobody any more, to how many objects it was given. */
  constructor(store: Store, clock: Clock, used: (objects: number) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#used = used;
  }

  /** A lease that lasts `ttlSeconds` and up to a minute more. */
  leaseFor(ttlSeconds: number): Promise<number> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#shared.get(ttlSeconds);
    if (known && nowMs < known.untilMs && known.uses < usesMax) {
      known.uses++;
      return known.lease;
    }
    if (known) this.#used(known.uses);
    const lease = this.#store.grantLease(ttlSeconds + reuseSeconds);
    this.#shared.set(ttlSeconds, { lease, untilMs: nowMs + reuseSeconds * 1000, uses: 1 });
    // A lease that could not be had is not kept; whoever asked for it hears of it.
    lease.catch(() => this.#shared.delete(ttlSeconds));
    return lease;
  }
}

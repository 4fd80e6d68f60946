import type { Asking, QueueMeter, Seat, Work } from './seat.ts';

/** A request that waits for a seat. */
export interface Waiter {
  readonly meter: QueueMeter;
  readonly work: Work;
  readonly width: number;
  readonly arrivalMs: number;
  readonly arrivalVirtual: number;
  readonly asking: Asking | undefined;
  resolve(seat: Seat): void;
}

/** One of the queues of a priority level. */
export class FlowQueue {
  /** When, in virtual time, its next request is served. */
  nextVirtual = 0;
  /** It counts among those that share the seats. */
  busy = false;
  #waiters: Waiter[] = [];
  /** Requests of it that are being answered. */
  executing = 0;
  #seatsInUse = 0;
  #seatsWaiting = 0;

  get waiters(): readonly Waiter[] {
    return this.#waiters;
  }

  get seatsInUse(): number {
    return this.#seatsInUse;
  }

  get length(): number {
    return this.#waiters.length;
  }

  get isIdle(): boolean {
    return this.#waiters.length === 0 && this.#seatsInUse === 0;
  }

  /** What stands before a new request, in seats. */
  get work(): number {
    return this.#seatsInUse + this.#seatsWaiting;
  }

  peek(): Waiter | undefined {
    return this.#waiters[0];
  }

  push(waiter: Waiter): void {
    this.#waiters.push(waiter);
    this.#seatsWaiting += waiter.width;
  }

  shift(): void {
    this.#seatsWaiting -= this.#waiters.shift()!.width;
  }

  /** False when it was there no more. */
  remove(waiter: Waiter): boolean {
    const at = this.#waiters.indexOf(waiter);
    if (at < 0) return false;
    this.#waiters.splice(at, 1);
    this.#seatsWaiting -= waiter.width;
    this.bound();
    return true;
  }

  start(width: number, work: number): void {
    this.executing++;
    this.#seatsInUse += width;
    this.nextVirtual += work;
  }

  finish(width: number): void {
    this.#seatsInUse -= width;
  }

  /** A queue that used less than its share saves nothing up: no request is served before it came. */
  bound(): void {
    const [oldest] = this.#waiters;
    if (oldest && this.nextVirtual < oldest.arrivalVirtual) this.nextVirtual = oldest.arrivalVirtual;
  }
}

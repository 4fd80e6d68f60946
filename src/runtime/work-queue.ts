import type { Clock } from '#base/clock.ts';
import { Fifo } from '#base/fifo.ts';
import type { QueueMeter } from './queue-metrics.ts';
import { ControllerRateLimiter, type RateLimiter } from './rate-limiter.ts';

interface Delayed {
  readonly atMs: number;
  readonly timer: Disposable;
}

/**
 * Keys that wait for a worker. A key waits at most once, and never runs twice at a time: added while it runs, it
 * waits again when `done` says that the run is over. (client-go's rate-limiting work queue)
 */
export class WorkQueue implements Disposable {
  readonly #clock: Clock;
  readonly #limiter: RateLimiter;
  readonly #meter: QueueMeter | undefined;
  readonly #ready = new Fifo<string>();
  /** Since when each key waits, and since when a worker has had it, on the monotonic clock. */
  readonly #dirty = new Map<string, number>();
  readonly #running = new Map<string, number>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #resting = new Map<string, Disposable>();
  readonly #workers = new Fifo<(key: string | undefined) => void>();
  #closed = false;

  constructor(clock: Clock, limiter: RateLimiter = new ControllerRateLimiter(clock), meter?: QueueMeter) {
    this.#clock = clock;
    this.#limiter = limiter;
    this.#meter = meter;
    meter?.follow(this);
  }

  /** Keys that are to run, those that run now too. */
  get waiting(): number {
    return this.#dirty.size;
  }

  /** Since when workers have had the keys that they have now, on the monotonic clock. */
  runningSince(): Iterable<number> {
    return this.#running.values();
  }

  /** Keys that are ready for a worker now. */
  get depth(): number {
    return this.#ready.size;
  }

  /** No key is ready, delayed or running. */
  get idle(): boolean {
    return this.#dirty.size === 0 && this.#running.size === 0 && this.#delayed.size === 0;
  }

  add(key: string): void {
    if (this.#closed || this.#dirty.has(key)) return;
    this.#dirty.set(key, this.#clock.monotonicMs());
    this.#meter?.added();
    if (!this.#running.has(key) && !this.#resting.has(key)) this.#offer(key);
  }

  /** Adds after `delayMs`. Of several waits of one key, the one that ends first counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    this.#meter?.retried();
    const atMs = this.#clock.monotonicMs() + delayMs;
    const waiting = this.#delayed.get(key);
    if (waiting) {
      if (waiting.atMs <= atMs) return;
      waiting.timer[Symbol.dispose]();
    }
    const timer = this.#clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { atMs, timer });
  }

  /** Adds after the wait that the key's failures so far call for. */
  addRateLimited(key: string): void {
    this.addAfter(key, this.#limiter.nextDelayMs(key));
  }

  forget(key: string): void {
    this.#limiter.forget(key);
  }

  failures(key: string): number {
    return this.#limiter.failures(key);
  }

  /** The next key; undefined once the queue is closed. Each key must come back through `done`. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const key = this.#ready.shift();
    if (key === undefined) return new Promise(resolve => this.#workers.push(resolve));
    this.#begin(key);
    return Promise.resolve(key);
  }

  /** `restMs`: so long the key does not run again, whoever adds it. */
  done(key: string, restMs = 0): void {
    this.#meter?.done(this.#clock.monotonicMs() - this.#running.get(key)!);
    this.#running.delete(key);
    if (this.#closed) return;
    if (restMs <= 0) {
      this.#again(key);
      return;
    }
    const rest = this.#clock.after(restMs, () => {
      this.#resting.delete(key);
      this.#again(key);
    });
    this.#resting.set(key, rest);
  }

  #again(key: string): void {
    if (this.#dirty.has(key)) this.#offer(key);
  }

  /** Drops all that waits; workers get undefined. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]();
    this.#delayed.clear();
    for (const rest of this.#resting.values()) rest[Symbol.dispose]();
    this.#resting.clear();
    this.#ready.clear();
    this.#dirty.clear();
    for (let resolve = this.#workers.shift(); resolve; resolve = this.#workers.shift()) resolve(undefined);
  }

  #offer(key: string): void {
    const worker = this.#workers.shift();
    if (!worker) {
      this.#ready.push(key);
      return;
    }
    this.#begin(key);
    worker(key);
  }

  #begin(key: string): void {
    const nowMs = this.#clock.monotonicMs();
    this.#meter?.taken(nowMs - this.#dirty.get(key)!);
    this.#dirty.delete(key);
    this.#running.set(key, nowMs);
  }
}

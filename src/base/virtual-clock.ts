import { assert } from './assert.ts';
import type { Clock } from './clock.ts';
import { Heap } from './heap.ts';

/** Timers that are armed. */
interface Armed {
  count: number;
}

/** Classes, since a literal with a computed name is made in the slow way each time. */
class Timer implements Disposable {
  readonly at: number;
  readonly sequence: number;
  readonly #armed: Armed;
  #fn: (() => void) | undefined;

  constructor(at: number, sequence: number, fn: () => void, armed: Armed) {
    this.at = at;
    this.sequence = sequence;
    this.#fn = fn;
    this.#armed = armed;
    armed.count++;
  }

  get isArmed(): boolean {
    return this.#fn !== undefined;
  }

  fire(): void {
    const fn = this.#fn;
    this[Symbol.dispose]();
    fn?.();
  }

  [Symbol.dispose](): void {
    if (this.#fn) this.#armed.count--;
    this.#fn = undefined;
  }
}

class Turn implements Disposable {
  #isCancelled = false;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  [Symbol.dispose](): void {
    this.#isCancelled = true;
  }
}

/**
 * Time that moves only when told to. Timers due at the same instant fire in the order they were made, so a
 * run is a function of its inputs. `settle` must let every pending microtask run (in Node: one turn of the
 * event loop); it is injected because waiting for the event loop is I/O.
 */
export class VirtualClock implements Clock {
  readonly #heap = new Heap<Timer>((a, b) => a.at < b.at || (a.at === b.at && a.sequence < b.sequence));
  readonly #settle: () => Promise<void>;
  readonly #epochMs: number;
  #elapsedMs = 0;
  #sequence = 0;
  readonly #armed: Armed = { count: 0 };
  /** Calls of `nextTurn` that are still to come. */
  #turns = 0;

  constructor(settle: () => Promise<void>, epochMs = Date.UTC(2026, 0, 1)) {
    this.#settle = settle;
    this.#epochMs = epochMs;
  }

  now(): number {
    return this.#epochMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** Timers that are armed: for leak checks. */
  get pending(): number {
    return this.#armed.count;
  }

  after(delayMs: number, fn: () => void): Disposable {
    assert(delayMs >= 0 && Number.isFinite(delayMs), `bad delay ${delayMs}`);
    const timer = new Timer(this.#elapsedMs + delayMs, this.#sequence++, fn, this.#armed);
    this.#heap.push(timer);
    return timer;
  }

  /** No time goes by until then. */
  nextTurn(fn: () => void): Disposable {
    const turn = new Turn();
    this.#turns++;
    void this.#settle().then(() => {
      this.#turns--;
      if (!turn.isCancelled) fn();
    });
    return turn;
  }

  /** Fires every timer due within `ms`, one at a time and in order, then stands at now + ms. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsedMs + ms;
    await this.#quiet();
    for (let next = this.#nextDue(until); next; next = this.#nextDue(until)) {
      this.#elapsedMs = Math.max(this.#elapsedMs, next.at);
      next.fire();
      await this.#quiet();
    }
    this.#elapsedMs = until;
  }

  /** Advances timer by timer until `condition` holds; false when `limitMs` of virtual time went by first. */
  async advanceUntil(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
    const until = this.#elapsedMs + limitMs;
    await this.#quiet();
    while (!(await condition())) {
      const next = this.#nextDue(until);
      if (!next) return false;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.at);
      next.fire();
      await this.#quiet();
    }
    return true;
  }

  /** All work of now is done: what waits for a turn of the event loop too. */
  async #quiet(): Promise<void> {
    do await this.#settle();
    while (this.#turns > 0);
  }

  #nextDue(until: number): Timer | undefined {
    for (;;) {
      const top = this.#heap.peek();
      if (!top || top.at > until) return undefined;
      this.#heap.pop();
      if (top.isArmed) return top;
    }
  }
}

import type { Clock } from '#base/clock.ts';

/** Requests that one turn of the event loop may work on before others wait for the next. */
const turnMsMax = 1;
/** Requests that are let go on in one turn, once some wait. */
const batchSize = 8;

/**
 * One thread serves all requests, so seats alone do not keep a flood from filling the event loop. When a turn has
 * taken its time, requests that come after it wait for the next ones, and flows take turns.
 */
export class Turns implements Disposable {
  readonly #clock: Clock;
  readonly #flows = new Map<string, (() => void)[]>();
  #startMs: number | undefined;
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined: go on at once. */
  enter(flow: string): Promise<void> | undefined {
    if (this.#startMs === undefined) {
      this.#startMs = this.#clock.monotonicMs();
      this.#timer = this.#clock.nextTurn(() => this.#turn());
      return undefined;
    }
    if (this.#flows.size === 0 && this.#clock.monotonicMs() - this.#startMs < turnMsMax) return undefined;
    return new Promise(resolve => {
      const waiting = this.#flows.get(flow);
      if (waiting) waiting.push(resolve);
      else this.#flows.set(flow, [resolve]);
    });
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const waiting of this.#flows.values()) for (const resolve of waiting) resolve();
    this.#flows.clear();
  }

  #turn(): void {
    this.#startMs = undefined;
    if (this.#flows.size === 0) return;
    this.#startMs = this.#clock.monotonicMs();
    this.#timer = this.#clock.nextTurn(() => this.#turn());
    for (let left = batchSize; left > 0 && this.#flows.size > 0; left--) this.#next();
  }

  /** The flow that has waited longest gets one request on, and goes to the end. */
  #next(): void {
    const [[flow, waiting]] = this.#flows as unknown as [[string, (() => void)[]]];
    this.#flows.delete(flow);
    waiting.shift()!();
    if (waiting.length > 0) this.#flows.set(flow, waiting);
  }
}

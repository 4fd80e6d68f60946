import type { Clock } from '#base/clock.ts';

/** Requests that one turn of the event loop may work on before others wait for the next. */
const turnMsMax = 1;
/** Requests that are let go on in one turn, once some wait: as many as took that long before, and no more than that. */
const batchMsMax = 2;
const batchSizeMax = 32;
/** Turns of promises from being let go on to an answer that nothing else has to be waited for. */
const stepsOfAnswer = 4;
/** How much of what a turn's requests took the estimate takes over. */
const learningRate = 0.25;

/** Those of one flow that wait, in their order. */
interface WaitingFlow {
  readonly flow: string;
  readonly waiting: (() => void)[];
}

/**
 * One thread serves all requests, so seats alone do not keep a flood from filling the event loop. When a turn has
 * taken its time, requests that come after it wait for the next ones, and flows take turns.
 */
export class Turns implements Disposable {
  readonly #clock: Clock;
  readonly #flows = new Map<string, WaitingFlow>();
  /** The same, whoever has waited longest first. */
  #order: WaitingFlow[] = [];
  #startMs: number | undefined;
  /** Requests let go on in this turn. */
  #admitted = 0;
  /** What one takes of a turn, as the last turns have it. */
  #requestMs = 0;
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined: go on at once. */
  enter(flow: string): Promise<void> | undefined {
    if (this.#startMs === undefined) {
      this.#startMs = this.#clock.monotonicMs();
      this.#timer = this.#clock.nextTurn(() => this.#turn());
      this.#admitted = 1;
      return undefined;
    }
    if (this.#flows.size === 0 && this.#clock.monotonicMs() - this.#startMs < turnMsMax) {
      this.#admitted++;
      return undefined;
    }
    return new Promise(resolve => this.#wait(flow, resolve));
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const { waiting } of this.#order) for (const resolve of waiting) resolve();
    this.#order = [];
    this.#flows.clear();
  }

  #wait(flow: string, goOn: () => void): void {
    const known = this.#flows.get(flow);
    if (known) {
      known.waiting.push(goOn);
      return;
    }
    const fresh = { flow, waiting: [goOn] };
    this.#flows.set(flow, fresh);
    this.#order.push(fresh);
  }

  #turn(): void {
    const nowMs = this.#clock.monotonicMs();
    const tookMs = (nowMs - this.#startMs!) / Math.max(1, this.#admitted);
    this.#requestMs += (tookMs - this.#requestMs) * learningRate;
    this.#startMs = undefined;
    if (this.#flows.size === 0) return;
    this.#startMs = nowMs;
    this.#timer = this.#clock.nextTurn(() => this.#turn());
    const fits = this.#requestMs > 0 ? Math.floor(batchMsMax / this.#requestMs) : batchSizeMax;
    const batch = Math.max(1, Math.min(batchSizeMax, fits));
    void this.#letGo(batch, nowMs);
  }

  /** One after the other: what is answered at once gives its seat back before the next one asks for it, and takes its time. */
  async #letGo(batch: number, startMs: number): Promise<void> {
    this.#admitted = 0;
    do {
      this.#admitted++;
      this.#next();
      for (let step = 0; step < stepsOfAnswer; step++) await undefined;
    } while (
      this.#admitted < batch &&
      this.#order.length > 0 &&
      this.#clock.monotonicMs() - startMs < batchMsMax
    );
  }

  /** The flow that has waited longest gets one request on, and goes to the end. */
  #next(): void {
    const first = this.#order.shift()!;
    first.waiting.shift()!();
    if (first.waiting.length > 0) this.#order.push(first);
    else this.#flows.delete(first.flow);
  }
}

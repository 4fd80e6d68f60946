/** The half-life of the smoothing is about five minutes at one sample in ten seconds. */
const smoothing = 0.977;

/** What a period came to, in seats. */
export interface DemandPeriod {
  readonly peak: number;
  readonly average: number;
  readonly deviation: number;
  /** Over this period and those before it. */
  readonly smoothed: number;
}

/** How many seats a priority level would use, watched over time: what borrowing goes by. */
export class SeatDemand {
  #value = 0;
  #sinceMs: number;
  #elapsedMs = 0;
  #area = 0;
  #squares = 0;
  #peak = 0;
  #smoothed = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  set(value: number, nowMs: number): void {
    this.#integrate(nowMs);
    this.#value = value;
    if (value > this.#peak) this.#peak = value;
  }

  /** What the last period came to; begins a new one. */
  takePeriod(nowMs: number): DemandPeriod {
    this.#integrate(nowMs);
    const peak = this.#peak;
    let average = 0;
    let deviation = 0;
    if (this.#elapsedMs > 0) {
      average = this.#area / this.#elapsedMs;
      deviation = Math.sqrt(Math.max(0, this.#squares / this.#elapsedMs - average * average));
      const envelope = average + deviation;
      this.#smoothed = Math.max(envelope, smoothing * this.#smoothed + (1 - smoothing) * envelope);
    }
    this.#elapsedMs = 0;
    this.#area = 0;
    this.#squares = 0;
    this.#peak = this.#value;
    return { peak, average, deviation, smoothed: this.#smoothed };
  }

  #integrate(nowMs: number): void {
    const elapsedMs = nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.#elapsedMs += elapsedMs;
    this.#area += this.#value * elapsedMs;
    this.#squares += this.#value * this.#value * elapsedMs;
  }
}

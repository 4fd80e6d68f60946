/** The half-life of the smoothing is about five minutes at one sample in ten seconds. */
const smoothing = 0.977;

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

  /** The peak and the smoothed demand; begins a new period. */
  takePeriod(nowMs: number): { readonly peak: number; readonly smoothed: number } {
    this.#integrate(nowMs);
    const peak = this.#peak;
    if (this.#elapsedMs > 0) {
      const average = this.#area / this.#elapsedMs;
      const deviation = Math.sqrt(Math.max(0, this.#squares / this.#elapsedMs - average * average));
      const envelope = average + deviation;
      this.#smoothed = Math.max(envelope, smoothing * this.#smoothed + (1 - smoothing) * envelope);
    }
    this.#elapsedMs = 0;
    this.#area = 0;
    this.#squares = 0;
    this.#peak = this.#value;
    return { peak, smoothed: this.#smoothed };
  }

  #integrate(nowMs: number): void {
    const elapsedMs = nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.#elapsedMs += elapsedMs;
    this.#area += this.#value * elapsedMs;
    this.#squares += this.#value * this.#value * elapsedMs;
  }
}

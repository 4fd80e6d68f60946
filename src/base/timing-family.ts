import {
  type FamilyStanding,
  type HistogramOptions,
  type Labels,
  type MetricFamily,
  byLabels,
  header,
  histogramLines,
  labelText,
} from './metric-families.ts';

const nsOfMs = 1e6;
/** Values above are counted as this one. */
const valueMax = 16_384;

/**
 * For how long a number of things, as a part of how many there may be, has been how large: a histogram of what would be
 * seen by looking at each nanosecond (upstream's TimingRatioHistogram). To change it costs an addition.
 */
export class TimedRatio {
  readonly #buckets: readonly number[];
  /** By value, since the number that there may be last changed, in milliseconds. */
  readonly #times: number[] = [0];
  /** By bucket, and above them all, from before that. */
  readonly #counts: number[];
  #sum = 0;
  #value = 0;
  #whole = 1;
  #sinceMs: number;

  constructor(buckets: readonly number[], nowMs: number) {
    this.#buckets = buckets;
    this.#counts = [...buckets.map(() => 0), 0];
    this.#sinceMs = nowMs;
  }

  /** From now on there are so many. */
  set(value: number, nowMs: number): void {
    this.#times[this.#value]! += nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.#value = Math.min(value, valueMax);
    while (this.#times.length <= this.#value) this.#times.push(0);
  }

  /** From now on there may be so many. */
  setWhole(whole: number, nowMs: number): void {
    if (whole === this.#whole) return;
    this.#gather(nowMs);
    this.#whole = whole;
  }

  read(nowMs: number): { readonly below: readonly number[]; readonly sum: number; readonly count: number } {
    this.#gather(nowMs);
    let count = 0;
    const below = this.#counts.map(own => {
      count += own;
      return count;
    });
    return { below: below.slice(0, -1), sum: this.#sum, count };
  }

  #gather(nowMs: number): void {
    this.set(this.#value, nowMs);
    this.#times.forEach((ms, value) => {
      if (ms === 0) return;
      const ratio = value / this.#whole;
      const bucket = this.#buckets.findIndex(bound => ratio <= bound);
      const ns = Math.round(ms * nsOfMs);
      this.#counts[bucket < 0 ? this.#buckets.length : bucket]! += ns;
      this.#sum += ratio * ns;
      this.#times[value] = 0;
    });
  }
}

/** A family of them. */
export class TimedRatioFamily implements MetricFamily {
  readonly #options: HistogramOptions;
  readonly #nowMs: () => number;
  readonly #series = new Map<string, TimedRatio>();

  /** `nowMs`: on the monotonic clock. */
  constructor(options: HistogramOptions, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
  }

  of(labels: Labels): TimedRatio {
    const key = labelText(labels);
    const series = this.#series.get(key) ?? new TimedRatio(this.#options.buckets, this.#nowMs());
    this.#series.set(key, series);
    return series;
  }

  get name(): string {
    return this.#options.name;
  }

  get standing(): FamilyStanding {
    return this.#options;
  }

  *lines(): Iterable<string> {
    if (this.#series.size === 0) return;
    const nowMs = this.#nowMs();
    yield* header(this.#options, 'histogram');
    for (const [labels, series] of byLabels(this.#series))
      yield* histogramLines(this.#options, labels, series.read(nowMs));
  }
}

/** Prometheus' own buckets, of seconds. */
export const defaultBuckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics as Prometheus reads them: families of one name, rendered in its text format 0.0.4. */

export type Labels = Readonly<Record<string, string | number | boolean>>;
export type Stability = 'ALPHA' | 'BETA' | 'STABLE';

export interface FamilyOptions {
  readonly name: string;
  readonly help: string;
  readonly stability: Stability;
  /** The version of Kubernetes that deprecated it, as in 1.34.0. */
  readonly deprecated?: string;
  /** Upstream does not say how stable it is. */
  readonly unmarked?: true;
}

/** What is told of a family itself. */
export type FamilyStanding = Pick<FamilyOptions, 'stability' | 'deprecated'>;

export interface HistogramOptions extends FamilyOptions {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

export interface MetricFamily {
  readonly name: string;
  readonly standing: FamilyStanding;
  /** None where there is nothing to tell. */
  lines(): Iterable<string>;
}

/** Families of several sources: those that each has when they are asked for. */
export function familiesOf(...sources: readonly Iterable<MetricFamily>[]): Iterable<MetricFamily> {
  return {
    *[Symbol.iterator]() {
      for (const source of sources) yield* source;
    },
  };
}

/** The answer to GET /metrics, line by line: by the families' names, as Go's clients have it. */
export function* metricLines(families: Iterable<MetricFamily>): Generator<string, void, undefined> {
  const byName = [...families].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const family of byName) yield* family.lines();
}

/** The same as one text, for those who have little to tell. */
export function metricsText(families: Iterable<MetricFamily>): string {
  let text = '';
  for (const line of metricLines(families)) text += `${line}\n`;
  return text;
}

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';

/** `count` bounds, each `factor` times the one before: multiplied step by step, so that the last digits are Go's. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  const bounds = [start];
  while (bounds.length < count) bounds.push(bounds.at(-1)! * factor);
  return bounds;
}

/** `count` bounds, each `width` above the one before. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/** As Go's clients write it, which matters in labels: `1e-08`, `1e+06`. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return value > 0 ? '+Inf' : '-Inf';
  if (size === 0 || (size >= 1e-4 && size < 1e6) || Number.isNaN(value)) return String(value);
  return value.toExponential().replace(/([+-])(\d)$/, '$10$2');
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, sign => escapes[sign]!);
}

/** As it stands between braces: sorted, as Go's clients have it. */
export function labelText(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map(name => `${name}="${escaped(String(labels[name]))}"`)
    .join(',');
}

/** Series by their labels, as `labelText` has them: in the order of Go's clients. */
export function byLabels<T>(series: Iterable<readonly [labels: string, T]>): (readonly [string, T])[] {
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The lines that come before a family's samples. */
export function header(
  { name, help, stability, deprecated, unmarked }: FamilyOptions,
  type: string,
): string[] {
  const mark = unmarked ? '' : `[${stability}] `;
  const since = deprecated === undefined ? '' : `(Deprecated since ${deprecated}) `;
  return [`# HELP ${name} ${mark}${since}${help}`, `# TYPE ${name} ${type}`];
}

/** The line of one sample; `labels` as `labelText` has them. */
export function sample(name: string, labels: string, value: number): string {
  const text = numberText(value);
  return labels === '' ? `${name} ${text}` : `${name}{${labels}} ${text}`;
}

/** A family of counters. */
export class CounterFamily implements MetricFamily {
  readonly #options: FamilyOptions;
  readonly #values = new Map<string, { value: number }>();

  constructor(options: FamilyOptions) {
    this.#options = options;
  }

  add(labels: Labels, by = 1): void {
    this.of(labels)(by);
  }

  /** What counts under these labels, for those who do so often. */
  of(labels: Labels): (by?: number) => void {
    const key = labelText(labels);
    const counter = this.#values.get(key) ?? { value: 0 };
    this.#values.set(key, counter);
    return (by = 1) => {
      counter.value += by;
    };
  }

  get name(): string {
    return this.#options.name;
  }

  get standing(): FamilyStanding {
    return this.#options;
  }

  *lines(): Iterable<string> {
    if (this.#values.size === 0) return;
    yield* header(this.#options, 'counter');
    for (const [labels, { value }] of byLabels(this.#values)) yield sample(this.name, labels, value);
  }
}

export interface SampledOptions extends FamilyOptions {
  /** Default: a gauge. */
  readonly type?: 'counter' | 'gauge';
}

/** A family of values that somebody else keeps: they are read when they are asked for. */
export class SampledFamily implements MetricFamily {
  readonly #options: SampledOptions;
  readonly #read: () => Iterable<readonly [labels: Labels, value: number]>;

  constructor(options: SampledOptions, read: () => Iterable<readonly [labels: Labels, value: number]>) {
    this.#options = options;
    this.#read = read;
  }

  get name(): string {
    return this.#options.name;
  }

  get standing(): FamilyStanding {
    return this.#options;
  }

  *lines(): Iterable<string> {
    const { name, type = 'gauge' } = this.#options;
    const samples = Array.from(this.#read(), ([labels, value]) => [labelText(labels), value] as const);
    if (samples.length === 0) return;
    yield* header(this.#options, type);
    for (const [labels, value] of byLabels(samples)) yield sample(name, labels, value);
  }
}

interface Histogram {
  readonly labels: Labels;
  /** Of each of the buckets alone. */
  readonly counts: number[];
  sum: number;
  count: number;
  readonly zeros: (() => number)[];
  /** It is told before anything was observed. */
  isDeclared: boolean;
}

/** A family of histograms. */
export class HistogramFamily implements MetricFamily {
  readonly #options: HistogramOptions;
  readonly #values = new Map<string, Histogram>();

  constructor(options: HistogramOptions) {
    this.#options = options;
  }

  observe(labels: Labels, value: number): void {
    this.of(labels)(value);
  }

  /** What observes under these labels, for those who do so often; `times`: the same value so often. */
  of(labels: Labels): (value: number, times?: number) => void {
    const { buckets } = this.#options;
    const histogram = this.#histogram(labels);
    return (value, times = 1) => {
      let bucket = 0;
      while (bucket < buckets.length && value > buckets[bucket]!) bucket++;
      if (bucket < buckets.length) histogram.counts[bucket]! += times;
      histogram.sum += value * times;
      histogram.count += times;
    };
  }

  /** Observations of nothing under these labels, which somebody else counts: they are read when they are asked for. */
  zeros(labels: Labels, read: () => number): void {
    this.#histogram(labels).zeros.push(read);
  }

  /** Tells a series of which nothing has been observed. */
  declare(labels: Labels): void {
    this.#histogram(labels).isDeclared = true;
  }

  #histogram(labels: Labels): Histogram {
    const key = labelText(labels);
    let histogram = this.#values.get(key);
    if (!histogram) {
      histogram = {
        labels,
        counts: this.#options.buckets.map(() => 0),
        sum: 0,
        count: 0,
        zeros: [],
        isDeclared: key === '',
      };
      this.#values.set(key, histogram);
    }
    return histogram;
  }

  /**
   * Some of the same observations under another name, which cost nothing until they are asked for. Its buckets are all of
   * this family's. `labels` says under which labels each series is told; undefined: it is not.
   */
  part(options: HistogramOptions, labels: (labels: Labels) => Labels | undefined): MetricFamily {
    const told = () => {
      const all = Array.from(this.#values.values(), one => [labels(one.labels), one] as const);
      return all.flatMap(([shown, one]) => (shown ? [[labelText(shown), one] as const] : []));
    };
    return { name: options.name, standing: options, lines: () => this.#told(options, told()) };
  }

  get name(): string {
    return this.#options.name;
  }

  get standing(): FamilyStanding {
    return this.#options;
  }

  lines(): Iterable<string> {
    return this.#told(this.#options, [...this.#values]);
  }

  *#told(options: HistogramOptions, values: readonly (readonly [string, Histogram])[]): Iterable<string> {
    const told = values.filter(([, { count, zeros, isDeclared }]) => count + zeros.length > 0 || isDeclared);
    if (told.length === 0) return;
    yield* header(options, 'histogram');
    for (const [labels, histogram] of byLabels(told)) yield* this.#lines(options, labels, histogram);
  }

  #lines({ name, buckets }: HistogramOptions, labels: string, histogram: Histogram): string[] {
    const { counts, sum, count, zeros } = histogram;
    const nothing = zeros.reduce((total, read) => total + read(), 0);
    const below: number[] = [];
    let total = nothing;
    this.#options.buckets.forEach((bound, i) => {
      total += counts[i]!;
      if (bound === buckets[below.length]) below.push(total);
    });
    return histogramLines({ name, buckets }, labels, { below, sum, count: count + nothing });
  }
}

/** What a histogram's series has seen: in each of the buckets or below, and in all. */
export interface HistogramValue {
  readonly below: readonly number[];
  readonly sum: number;
  readonly count: number;
}

export function histogramLines(
  { name, buckets }: Pick<HistogramOptions, 'name' | 'buckets'>,
  labels: string,
  { below, sum, count }: HistogramValue,
): string[] {
  const bucket = (bound: number, value: number) =>
    sample(`${name}_bucket`, `${labels}${labels && ','}le="${numberText(bound)}"`, value);
  return [
    ...below.map((value, i) => bucket(buckets[i]!, value)),
    bucket(Number.POSITIVE_INFINITY, count),
    sample(`${name}_sum`, labels, sum),
    sample(`${name}_count`, labels, count),
  ];
}

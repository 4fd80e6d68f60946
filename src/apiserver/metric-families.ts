type Labels = Readonly<Record<string, string | number | boolean>>;
export type Stability = 'ALPHA' | 'BETA' | 'STABLE';

interface FamilyOptions {
  readonly name: string;
  readonly help: string;
  readonly stability: Stability;
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(String(value))}`)
    .join(',');
}

function header({ name, help, stability }: FamilyOptions, type: string): string[] {
  return [`# HELP ${name} [${stability}] ${help}`, `# TYPE ${name} ${type}`];
}

/** A family of counters, in Prometheus' text format 0.0.4 once one of them counts. */
export class CounterFamily {
  readonly #options: FamilyOptions;
  readonly #values = new Map<string, number>();

  constructor(options: FamilyOptions) {
    this.#options = options;
  }

  add(labels: Labels, by = 1): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + by);
  }

  render(): string[] {
    if (this.#values.size === 0) return [];
    const { name } = this.#options;
    return [
      ...header(this.#options, 'counter'),
      ...[...this.#values].map(([labels, value]) => `${name}{${labels}} ${value}`),
    ];
  }
}

/** A family of histograms, rendered like counters are. */
export class HistogramFamily {
  readonly #options: FamilyOptions & { readonly buckets: readonly number[] };
  readonly #values = new Map<string, { counts: number[]; sum: number; count: number }>();

  constructor(options: FamilyOptions & { readonly buckets: readonly number[] }) {
    this.#options = options;
  }

  observe(labels: Labels, value: number): void {
    this.of(labels)(value);
  }

  /** What observes under these labels, for those who do so often. */
  of(labels: Labels): (value: number) => void {
    const { buckets } = this.#options;
    const key = labelText(labels);
    const histogram = this.#values.get(key) ?? { counts: buckets.map(() => 0), sum: 0, count: 0 };
    this.#values.set(key, histogram);
    return value => {
      let bucket = 0;
      while (bucket < buckets.length && value > buckets[bucket]!) bucket++;
      if (bucket < buckets.length) histogram.counts[bucket]!++;
      histogram.sum += value;
      histogram.count++;
    };
  }

  render(): string[] {
    if (this.#values.size === 0) return [];
    return [
      ...header(this.#options, 'histogram'),
      ...[...this.#values].flatMap(([labels, values]) => this.#lines(labels, values)),
    ];
  }

  #lines(labels: string, { counts, sum, count }: { counts: number[]; sum: number; count: number }): string[] {
    const { name, buckets } = this.#options;
    let below = 0;
    const lines = buckets.map((bound, i) => {
      below += counts[i]!;
      return `${name}_bucket{${labels},le="${bound}"} ${below}`;
    });
    return [
      ...lines,
      `${name}_bucket{${labels},le="+Inf"} ${count}`,
      `${name}_sum{${labels}} ${sum}`,
      `${name}_count{${labels}} ${count}`,
    ];
  }
}

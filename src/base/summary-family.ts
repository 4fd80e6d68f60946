import {
  type FamilyOptions,
  type FamilyStanding,
  type Labels,
  type MetricFamily,
  byLabels,
  header,
  labelText,
  sample,
} from './metric-families.ts';

const quantiles = [0.5, 0.9, 0.99];
/** What is older than five hours is told of no more, one hour after the other. */
const ages = 5;
const ageMs = 3_600_000;
/** Values differ by no more than 2 % from what is told of them; the first bucket holds those below a microsecond. */
const step = Math.log(1.02);
const least = 1e-6;
const bucketsMax = 1024;

/** How a value that is seen often is spread, by what it lately was. */
class Summary {
  readonly #hours = Array.from({ length: ages }, () => new Uint32Array(bucketsMax));
  #hour = 0;
  #sum = 0;
  #count = 0;

  observe(value: number, hour: number): void {
    if (hour !== this.#hour) this.#goOn(hour);
    const at = value <= least ? 0 : Math.min(bucketsMax - 1, Math.ceil(Math.log(value / least) / step));
    this.#hours[hour % ages]![at]!++;
    this.#sum += value;
    this.#count++;
  }

  lines(name: string, labels: string, hour: number): string[] {
    if (hour !== this.#hour) this.#goOn(hour);
    const counts = Array.from({ length: bucketsMax }, (_, at) =>
      this.#hours.reduce((total, one) => total + one[at]!, 0),
    );
    return [
      ...quantiles.map(quantile =>
        sample(name, `${labels}${labels && ','}quantile="${quantile}"`, valueAt(counts, quantile)),
      ),
      sample(`${name}_sum`, labels, this.#sum),
      sample(`${name}_count`, labels, this.#count),
    ];
  }

  #goOn(hour: number): void {
    const first = Math.max(this.#hour + 1, hour - ages + 1);
    for (let one = first; one <= hour; one++) this.#hours[one % ages]!.fill(0);
    this.#hour = hour;
  }
}

/** Not a number where nothing has been seen. */
function valueAt(counts: readonly number[], quantile: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return Number.NaN;
  const wanted = Math.ceil(total * quantile);
  let [at, seen] = [0, counts[0]!];
  while (seen < wanted) seen += counts[++at]!;
  return at === 0 ? 0 : least * Math.exp(at * step);
}

/** A family of summaries: of a value in the last five hours, what half of it was below, 90 % and 99 %. */
export class SummaryFamily implements MetricFamily {
  readonly #options: FamilyOptions;
  readonly #nowMs: () => number;
  readonly #series = new Map<string, Summary>();

  /** `nowMs`: on the monotonic clock. */
  constructor(options: FamilyOptions, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
  }

  of(labels: Labels): (value: number) => void {
    const key = labelText(labels);
    const series = this.#series.get(key) ?? new Summary();
    this.#series.set(key, series);
    return value => series.observe(value, this.#hour);
  }

  get name(): string {
    return this.#options.name;
  }

  get standing(): FamilyStanding {
    return this.#options;
  }

  *lines(): Iterable<string> {
    if (this.#series.size === 0) return;
    yield* header(this.#options, 'summary');
    for (const [labels, series] of byLabels(this.#series)) yield* series.lines(this.name, labels, this.#hour);
  }

  get #hour(): number {
    return Math.floor(this.#nowMs() / ageMs);
  }
}

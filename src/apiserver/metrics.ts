import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  HistogramFamily,
  type Labels,
  type MetricFamily,
  SampledFamily,
  type Stability,
  exponentialBuckets,
  labelText,
} from '#base/metric-families.ts';
import type { ApiRequest, RequestInfo, Target } from './request.ts';

/** Seconds; upstream's buckets of apiserver_request_duration_seconds. */
const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
/** Indicators of the level of service have the same, from this one on. */
const sliFirst = 2;
/** Bytes; upstream's buckets of apiserver_response_sizes. */
const sizeBuckets = exponentialBuckets(1000, 10, 7);
const readOnlyVerbs = new Set(['get', 'list', 'watch']);
/** Whose answers' sizes are told. */
const sizedVerbs = new Set(['get', 'list']);
const connects = new Set(['exec', 'attach', 'portforward', 'proxy']);
const applyType = 'application/apply-patch+yaml';
const component = 'apiserver';

/** What is measured of a request. */
interface Measured extends Pick<ApiRequest, 'query' | 'headers'> {}

/** Requests of one set of labels: by code, how long they took and what they answered. */
interface Series {
  readonly labels: RequestLabels;
  readonly totals: Map<number, number>;
  /** Of each of the buckets alone. */
  readonly counts: number[];
  sum: number;
  count: number;
  /** Made for the first size. */
  observeSize?: (bytes: number) => void;
}

/** All of a bounded set: the verbs, and resources that are served; never what a client made up. */
interface RequestLabels {
  readonly component: string;
  readonly dry_run: string;
  readonly group: string;
  readonly resource: string;
  readonly scope: string;
  readonly subresource: string;
  readonly verb: string;
  readonly version: string;
}

/** Is told how many bytes an answer had on the wire. */
export interface SizeObserver {
  sent(bytes: number): void;
}

/** A request that has been counted in. */
export class RunningRequest implements SizeObserver {
  readonly info: RequestInfo;
  readonly startMs: number;
  readonly #metrics: RequestMetrics;
  readonly #request: Measured;

  constructor(metrics: RequestMetrics, info: RequestInfo, request: Measured, startMs: number) {
    this.#metrics = metrics;
    this.info = info;
    this.#request = request;
    this.startMs = startMs;
  }

  get kind(): 'readOnly' | 'mutating' {
    return readOnlyVerbs.has(this.info.verb) ? 'readOnly' : 'mutating';
  }

  end(code: number): void {
    this.#metrics.end(this, this.#request, code);
  }

  /** Undefined where nobody asks for the size of the answer. */
  get sized(): SizeObserver | undefined {
    return sizedVerbs.has(this.info.verb) ? this : undefined;
  }

  sent(bytes: number): void {
    this.#metrics.observeSize(this.info, this.#request, bytes);
  }
}

/** What requests came to, as /metrics tells it (KEP-1209: stable metrics). */
export class RequestMetrics {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  /** The same, of what is neither dry run nor applied, by what comes again as the same object. */
  readonly #found = new WeakMap<Target, Series>();
  readonly #inflight = { mutating: 0, readOnly: 0 };
  readonly #sizes = new HistogramFamily({
    name: 'apiserver_response_sizes',
    help: 'Bytes of the answers to reads.',
    stability: 'STABLE',
    buckets: sizeBuckets,
  });
  readonly #terminations = new CounterFamily({
    name: 'apiserver_request_terminations_total',
    help: 'Requests that the server ended to protect itself.',
    stability: 'ALPHA',
  });
  readonly #longRunning = new Map<string, { readonly labels: Labels; open: number }>();
  readonly #deprecated = new Map<string, Labels>();
  readonly #families: readonly MetricFamily[] = [
    this.#sizes,
    this.#terminations,
    new SampledFamily(
      {
        name: 'apiserver_longrunning_requests',
        help: 'Requests that stay open, by what they are about.',
        stability: 'STABLE',
      },
      () => Array.from(this.#longRunning.values(), ({ labels, open }) => [labels, open] as const),
    ),
    new SampledFamily(
      {
        name: 'apiserver_requested_deprecated_apis',
        help: 'Deprecated APIs that have been requested.',
        stability: 'STABLE',
      },
      () => Array.from(this.#deprecated.values(), labels => [labels, 1] as const),
    ),
  ];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a request in; it is to `end` with a code. */
  begin(info: RequestInfo, request: Measured): RunningRequest {
    const running = new RunningRequest(this, info, request, this.#clock.monotonicMs());
    this.#inflight[running.kind]++;
    return running;
  }

  end({ kind, info, startMs }: RunningRequest, request: Measured, code: number): void {
    this.#inflight[kind]--;
    const seconds = (this.#clock.monotonicMs() - startMs) / 1000;
    const series = this.#seriesOf(info, request);
    series.totals.set(code, (series.totals.get(code) ?? 0) + 1);
    const bucket = durationBuckets.findIndex(bound => seconds <= bound);
    if (bucket >= 0) series.counts[bucket]!++;
    series.sum += seconds;
    series.count++;
  }

  observeSize(info: RequestInfo, request: Measured, bytes: number): void {
    const series = this.#seriesOf(info, request);
    series.observeSize ??= this.#sizes.of(withoutDryRun(series.labels));
    series.observeSize(bytes);
  }

  /** A request was ended with this code before or while it was answered. */
  terminated(info: RequestInfo, request: Measured, code: number): void {
    const { group, resource, subresource, version, ...labels } = withoutDryRun(labelsOf(info, request));
    const what = { group, resource, subresource: info.isResource ? subresource : info.path, version };
    this.#terminations.add({ ...labels, ...what, code });
  }

  /** One that was turned away counts as answered, too. */
  turnedAway(info: RequestInfo, request: Measured): void {
    this.terminated(info, request, 429);
    const series = this.#seriesOf(info, request);
    series.totals.set(429, (series.totals.get(429) ?? 0) + 1);
  }

  /** Counts a request that stays open, until it is disposed of. */
  stayingOpen(info: RequestInfo, request: Measured): Disposable {
    const { dry_run: _, ...labels } = labelsOf(info, request);
    const key = Object.values(labels).join(' ');
    const known = this.#longRunning.get(key) ?? { labels, open: 0 };
    this.#longRunning.set(key, known);
    known.open++;
    let isOpen = true;
    return {
      [Symbol.dispose]() {
        if (isOpen) known.open--;
        isOpen = false;
      },
    };
  }

  askedDeprecated({ group, version, resource, subresource }: RequestInfo): void {
    const key = `${group}/${version}/${resource}/${subresource}`;
    if (this.#deprecated.has(key)) return;
    this.#deprecated.set(key, { group, removed_release: '', resource, subresource, version });
  }

  #seriesOf(info: RequestInfo, request: Measured): Series {
    const { target } = info;
    if (!target || isApplied(info, request) || request.query.has('dryRun'))
      return this.#lookUp(info, request);
    let series = this.#found.get(target);
    if (!series) {
      series = this.#lookUp(info, request);
      this.#found.set(target, series);
    }
    return series;
  }

  #lookUp(info: RequestInfo, request: Measured): Series {
    const labels = labelsOf(info, request);
    const key = Object.values(labels).join(' ');
    let series = this.#series.get(key);
    if (!series) {
      const counts = durationBuckets.map(() => 0);
      series = { labels, totals: new Map(), counts, sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    return series;
  }

  /** In Prometheus' text format, version 0.0.4. */
  render(): string[] {
    const all = [...this.#series.values()];
    const timed = all.filter(({ count }) => count > 0);
    const [total, seconds, sli] = [
      'apiserver_request_total',
      'apiserver_request_duration_seconds',
      'apiserver_request_sli_duration_seconds',
    ];
    return [
      ...header('apiserver_current_inflight_requests', 'gauge', 'Requests that are being answered.'),
      `apiserver_current_inflight_requests{request_kind="mutating"} ${this.#inflight.mutating}`,
      `apiserver_current_inflight_requests{request_kind="readOnly"} ${this.#inflight.readOnly}`,
      ...header(total, 'counter', 'Requests, by what they asked and the code they got.'),
      ...all.flatMap(({ labels, totals }) => totalLines(total, labelText({ ...labels }), totals)),
      ...header(seconds, 'histogram', 'How long answers took.'),
      ...timed.flatMap(series => histogramLines(seconds, labelText({ ...series.labels }), series)),
      ...header(sli, 'histogram', 'How long answers took, dry runs aside.', 'ALPHA'),
      ...timed
        .filter(({ labels }) => labels.dry_run === '')
        .flatMap(series => histogramLines(sli, labelText(withoutDryRun(series.labels)), series, sliFirst)),
      ...this.#families.flatMap(family => family.render()),
    ];
  }
}

function header(name: string, type: string, help: string, stability: Stability = 'STABLE'): string[] {
  return [`# HELP ${name} [${stability}] ${help}`, `# TYPE ${name} ${type}`];
}

function totalLines(name: string, labels: string, totals: ReadonlyMap<number, number>): string[] {
  return [...totals].map(([code, count]) => `${name}{${labels},code="${code}"} ${count}`);
}

/** `first`: the lowest of the buckets that is told. */
function histogramLines(name: string, labels: string, { counts, sum, count }: Series, first = 0): string[] {
  let below = 0;
  const lines = durationBuckets.map((bound, i) => {
    below += counts[i]!;
    return `${name}_bucket{${labels},le="${bound}"} ${below}`;
  });
  return [
    ...lines.slice(first),
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${count}`,
  ];
}

function labelsOf(info: RequestInfo, request: Measured): RequestLabels {
  return {
    component,
    dry_run: dryRunOf(request),
    group: info.group,
    resource: info.resource,
    scope: scopeOf(info),
    subresource: info.subresource,
    verb: verbOf(info, request),
    version: info.version,
  };
}

function withoutDryRun({ dry_run: _, ...labels }: RequestLabels) {
  return labels;
}

function dryRunOf({ query }: Measured): string {
  const asked = query.getAll('dryRun');
  if (asked.length === 0) return '';
  return asked.every(value => value === 'All') ? 'All' : 'invalid';
}

function scopeOf({ isResource, verb, name, namespace }: RequestInfo): string {
  if (!isResource) return '';
  if (name !== '' || verb === 'create') return 'resource';
  return namespace === '' ? 'cluster' : 'namespace';
}

const verbNames: Readonly<Record<string, string>> = {
  create: 'POST',
  update: 'PUT',
  deletecollection: 'DELETE',
};

function isApplied({ verb }: RequestInfo, { headers }: Measured): boolean {
  return verb === 'patch' && headers['content-type'] === applyType;
}

function verbOf(info: RequestInfo, request: Measured): string {
  const { verb, subresource } = info;
  if (connects.has(subresource)) return 'CONNECT';
  return isApplied(info, request) ? 'APPLY' : (verbNames[verb] ?? verb.toUpperCase());
}

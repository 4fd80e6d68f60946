import type { Clock } from '#base/clock.ts';
import type { RequestInfo, Target } from './request.ts';

/** Seconds; upstream's buckets of apiserver_request_duration_seconds. */
const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const readOnlyVerbs = new Set(['get', 'list', 'watch']);
const connects = new Set(['exec', 'attach', 'portforward', 'proxy']);

/** Requests of one set of labels: by code, and how long they took. */
interface Series {
  readonly labels: string;
  readonly totals: Map<number, number>;
  /** Of each of the buckets alone. */
  readonly counts: number[];
  sum: number;
  count: number;
}

/** A request that has been counted in. */
export class RunningRequest {
  readonly info: RequestInfo;
  readonly dryRun: boolean;
  readonly startMs: number;

  constructor(info: RequestInfo, dryRun: boolean, startMs: number) {
    this.info = info;
    this.dryRun = dryRun;
    this.startMs = startMs;
  }

  get kind(): 'readOnly' | 'mutating' {
    return readOnlyVerbs.has(this.info.verb) ? 'readOnly' : 'mutating';
  }
}

/** What requests came to, as /metrics tells it (KEP-1209: stable metrics). */
export class RequestMetrics {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  /** The same, of what is no dry run, by what comes again as the same object. */
  readonly #found = new WeakMap<Target, Series>();
  readonly #inflight = { mutating: 0, readOnly: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a request in; it is to `end` with a code. */
  begin(info: RequestInfo, dryRun: boolean): RunningRequest {
    const running = new RunningRequest(info, dryRun, this.#clock.monotonicMs());
    this.#inflight[running.kind]++;
    return running;
  }

  end(running: RunningRequest, code: number): void {
    const { kind, info, dryRun, startMs } = running;
    this.#inflight[kind]--;
    this.#observe(info, dryRun, code, (this.#clock.monotonicMs() - startMs) / 1000);
  }

  #observe(info: RequestInfo, dryRun: boolean, code: number, seconds: number): void {
    const series = this.#seriesOf(info, dryRun);
    series.totals.set(code, (series.totals.get(code) ?? 0) + 1);
    const bucket = durationBuckets.findIndex(bound => seconds <= bound);
    if (bucket >= 0) series.counts[bucket]!++;
    series.sum += seconds;
    series.count++;
  }

  #seriesOf(info: RequestInfo, dryRun: boolean): Series {
    const { target } = info;
    if (!target || dryRun) return this.#lookUp(info, dryRun);
    let series = this.#found.get(target);
    if (!series) {
      series = this.#lookUp(info, dryRun);
      this.#found.set(target, series);
    }
    return series;
  }

  #lookUp(info: RequestInfo, dryRun: boolean): Series {
    const { verb, group, version, resource, subresource } = info;
    const key = `${verb} ${group}/${version}/${resource}/${subresource} ${scopeOf(info)} ${dryRun}`;
    let series = this.#series.get(key);
    if (!series) {
      const counts = durationBuckets.map(() => 0);
      series = { labels: labelsOf(info, dryRun), totals: new Map(), counts, sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    return series;
  }

  /** In Prometheus' text format, version 0.0.4. `watchers` are counts by group, version and kind. */
  render(watchers: Iterable<readonly [labels: string, count: number]>): string {
    return [
      ...header('apiserver_current_inflight_requests', 'gauge', 'Requests that are being answered.'),
      `apiserver_current_inflight_requests{request_kind="mutating"} ${this.#inflight.mutating}`,
      `apiserver_current_inflight_requests{request_kind="readOnly"} ${this.#inflight.readOnly}`,
      ...header('apiserver_registered_watchers', 'gauge', 'Watches that are open, by resource.'),
      ...[...watchers].map(([labels, count]) => `apiserver_registered_watchers{${labels}} ${count}`),
      ...header('apiserver_request_total', 'counter', 'Requests, by what they asked and the code they got.'),
      ...[...this.#series.values()].flatMap(totalLines),
      ...header('apiserver_request_duration_seconds', 'histogram', 'How long answers took.'),
      ...[...this.#series.values()].flatMap(histogramLines),
      '',
    ].join('\n');
  }
}

function header(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} [STABLE] ${help}`, `# TYPE ${name} ${type}`];
}

function totalLines({ labels, totals }: Series): string[] {
  return [...totals].map(([code, count]) => `apiserver_request_total{${labels},code="${code}"} ${count}`);
}

function histogramLines({ labels, counts, sum, count }: Series): string[] {
  const name = 'apiserver_request_duration_seconds';
  let below = 0;
  const lines = durationBuckets.map((bound, i) => {
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

/** All of a bounded set: the verbs, and resources that are served; never what a client made up. */
function labelsOf(info: RequestInfo, dryRun: boolean): string {
  const labels: Readonly<Record<string, string>> = {
    component: 'apiserver',
    dry_run: dryRun ? 'All' : '',
    group: info.group,
    resource: info.resource,
    scope: scopeOf(info),
    subresource: info.subresource,
    verb: verbOf(info),
    version: info.version,
  };
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
}

function scopeOf({ isResource, verb, name, namespace }: RequestInfo): string {
  if (!isResource) return '';
  if (name !== '' || verb === 'create') return 'resource';
  return namespace === '' ? 'cluster' : 'namespace';
}

const verbNames: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' };

function verbOf({ verb, subresource }: RequestInfo): string {
  return connects.has(subresource) ? 'CONNECT' : (verbNames[verb] ?? verb.toUpperCase());
}

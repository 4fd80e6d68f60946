import { table } from '#base/members.ts';
import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  HistogramFamily,
  type Labels,
  type MetricFamily,
  SampledFamily,
  exponentialBuckets,
} from '#base/metric-families.ts';
import type { ApiRequest, RequestInfo, Target } from './request.ts';

/** Seconds; upstream's buckets of apiserver_request_duration_seconds. */
const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
/** Indicators of the level of service have the same, from this one on. */
const sliFirst = 2;
/** Seconds; upstream's buckets of apiserver_watch_list_duration_seconds. */
const listedBuckets = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60];
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

/** What requests of one set of labels are told to. */
interface Series {
  readonly labels: RequestLabels;
  /** By code. */
  readonly totals: Map<number, () => void>;
  /** Made for the first that took time, or had a size. */
  took?: (seconds: number) => void;
  sized?: (bytes: number) => void;
}

/** All of a bounded set: the verbs, and resources that are served; never what a client made up. */
type RequestLabels = {
  readonly component: string;
  readonly dry_run: string;
  readonly group: string;
  readonly resource: string;
  readonly scope: string;
  readonly subresource: string;
  readonly verb: string;
  readonly version: string;
};

interface OpenRequests {
  readonly labels: Labels;
  count: number;
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
    this.#metrics.answered(this);
    this.#metrics.count(this, this.#request, code);
  }

  /** The answer begins and stays open: it is in flight no more, and counts when it ends. */
  begin(): void {
    this.#metrics.answered(this);
  }

  /** Counts among what is open until it is told, the first time, with what it ended. */
  open(): (code: number) => void {
    const open = this.#metrics.stayingOpen(this.info, this.#request);
    let isOpen = true;
    return code => {
      if (!isOpen) return;
      isOpen = false;
      open.count--;
      this.#metrics.count(this, this.#request, code);
    };
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
  readonly #total = new CounterFamily({
    name: 'apiserver_request_total',
    help: 'Requests, by what they asked and the code they got.',
    stability: 'STABLE',
  });
  readonly #seconds = new HistogramFamily({
    name: 'apiserver_request_duration_seconds',
    help: 'How long answers took.',
    stability: 'STABLE',
    buckets: durationBuckets,
  });
  readonly #sizes = new HistogramFamily({
    name: 'apiserver_response_sizes',
    help: 'Bytes of the answers to reads.',
    stability: 'STABLE',
    buckets: sizeBuckets,
  });
  readonly #listedSeconds = new HistogramFamily({
    name: 'apiserver_watch_list_duration_seconds',
    help: 'How long it took a watch to send what there was already, where its client asked to be told of the end of that.',
    stability: 'BETA',
    buckets: listedBuckets,
  });
  readonly #watchEvents = new CounterFamily({
    name: 'apiserver_watch_events_total',
    help: 'Events that watches sent.',
    stability: 'ALPHA',
  });
  readonly #terminations = new CounterFamily({
    name: 'apiserver_request_terminations_total',
    help: 'Requests that the server ended to protect itself.',
    stability: 'ALPHA',
  });
  readonly #longRunning = new Map<string, OpenRequests>();
  readonly #deprecated = new Map<string, Labels>();
  readonly families: readonly MetricFamily[] = [
    new SampledFamily(
      {
        name: 'apiserver_current_inflight_requests',
        help: 'Requests that are being answered.',
        stability: 'STABLE',
      },
      () => Object.entries(this.#inflight).map(([kind, count]) => [{ request_kind: kind }, count]),
    ),
    this.#total,
    this.#seconds,
    this.#seconds.part(
      {
        name: 'apiserver_request_sli_duration_seconds',
        help: 'How long answers took, dry runs and watches aside.',
        stability: 'ALPHA',
        buckets: durationBuckets.slice(sliFirst),
      },
      ({ dry_run: dryRun, ...labels }) => (dryRun === '' && labels.verb !== 'WATCH' ? labels : undefined),
    ),
    this.#sizes,
    this.#listedSeconds,
    this.#watchEvents,
    this.#terminations,
    new SampledFamily(
      {
        name: 'apiserver_longrunning_requests',
        help: 'Requests that stay open, by what they are about.',
        stability: 'STABLE',
      },
      () => Array.from(this.#longRunning.values(), ({ labels, count }) => [labels, count] as const),
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

  answered({ kind }: RunningRequest): void {
    this.#inflight[kind]--;
  }

  count({ info, startMs }: RunningRequest, request: Measured, code: number): void {
    const series = this.#seriesOf(info, request);
    this.#countTotal(series, code);
    series.took ??= this.#seconds.of(series.labels);
    series.took((this.#clock.monotonicMs() - startMs) / 1000);
  }

  observeSize(info: RequestInfo, request: Measured, bytes: number): void {
    const series = this.#seriesOf(info, request);
    series.sized ??= this.#sizes.of(withoutDryRun(series.labels));
    series.sized(bytes);
  }

  /** A watch that began at `startMs`, on the monotonic clock, has sent its list. */
  watchListed(info: RequestInfo, startMs: number): void {
    const { group, version, resource } = info;
    const seconds = (this.#clock.monotonicMs() - startMs) / 1000;
    this.#listedSeconds.observe({ group, version, resource, scope: scopeOf(info) }, seconds);
  }

  /** Counts the events of a watch. */
  watchEvents({ group, version, resource }: RequestInfo): (by?: number) => void {
    return this.#watchEvents.of({ group, version, resource });
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
    this.#countTotal(this.#seriesOf(info, request), 429);
  }

  /** Counts a request that stays open; who ends it counts it out. */
  stayingOpen(info: RequestInfo, request: Measured): OpenRequests {
    const labels = withoutDryRun(labelsOf(info, request));
    const key = Object.values(labels).join(' ');
    const known = this.#longRunning.get(key) ?? { labels, count: 0 };
    this.#longRunning.set(key, known);
    known.count++;
    return known;
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
      series = { labels, totals: new Map() };
      this.#series.set(key, series);
    }
    return series;
  }

  #countTotal({ labels, totals }: Series, code: number): void {
    let count = totals.get(code);
    if (!count) {
      count = this.#total.of({ ...labels, code });
      totals.set(code, count);
    }
    count();
  }
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

const verbNames = table<string>({
  create: 'POST',
  update: 'PUT',
  deletecollection: 'DELETE',
});

function isApplied({ verb }: RequestInfo, { headers }: Measured): boolean {
  return verb === 'patch' && headers['content-type'] === applyType;
}

function verbOf(info: RequestInfo, request: Measured): string {
  const { verb, subresource } = info;
  if (connects.has(subresource)) return 'CONNECT';
  return isApplied(info, request) ? 'APPLY' : (verbNames[verb] ?? verb.toUpperCase());
}

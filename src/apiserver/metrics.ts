import { table } from '#base/members.ts';
import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  HistogramFamily,
  type Labels,
  type MetricFamily,
  SampledFamily,
  exponentialBuckets,
  linearBuckets,
} from '#base/metric-families.ts';
import type { DeadlineObserver } from './deadlines.ts';
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
const fieldValidations = new Set(['', 'Ignore', 'Warn', 'Strict']);
/** Whose answers' sizes are told. */
const sizedVerbs = new Set(['get', 'list']);
const connects = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);
/** As the sizes of their bodies are told. */
const bodyVerbs = table<string>({
  create: 'create',
  update: 'update',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'delete_collection',
});
/** Of the loopback client and its kin. */
const ownAgent = /^kube-apiserver(\/|$)/;
const applyType = 'application/apply-patch+yaml';
const component = 'apiserver';

/** What is measured of a request. */
interface Measured extends Pick<ApiRequest, 'query' | 'headers' | 'body'> {}

/** What requests of one set of labels are told to. */
interface Series {
  readonly labels: RequestLabels;
  /** By code. */
  readonly totals: Map<number, () => void>;
  /** Made for the first that took time, or had a size. */
  took?: (seconds: number) => void;
  sized?: (bytes: number) => void;
  /** For the first that had a body, or that this server sent itself. */
  body?: (bytes: number) => void;
  own?: () => void;
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

  end(code: number): void {
    this.#metrics.count(this, this.#request, code);
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

/** Tells of a request that took too long. */
export class LateRequest implements DeadlineObserver {
  readonly #metrics: RequestMetrics;
  readonly #info: RequestInfo;
  readonly #request: Measured;

  constructor(metrics: RequestMetrics, info: RequestInfo, request: Measured) {
    this.#metrics = metrics;
    this.#info = info;
    this.#request = request;
  }

  ended(): void {
    this.#metrics.terminated(this.#info, this.#request, 504);
  }

  endedLate(status: 'ok' | 'error'): void {
    this.#metrics.endedLate(status);
  }
}

/** What requests came to, as /metrics tells it (KEP-1209: stable metrics). */
export class RequestMetrics {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  /** The same, of what is neither dry run nor applied, by what comes again as the same object. */
  readonly #found = new WeakMap<Target, Series>();
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
  readonly #bodySizes = new HistogramFamily({
    name: 'apiserver_request_body_size_bytes',
    help: 'Apiserver request body size in bytes broken out by resource and verb.',
    stability: 'ALPHA',
    buckets: linearBuckets(50_000, 100_000, 31),
  });
  readonly #watchSizes = new HistogramFamily({
    name: 'apiserver_watch_events_sizes',
    help: 'Watch event size distribution in bytes',
    stability: 'ALPHA',
    buckets: exponentialBuckets(1024, 2, 8),
  });
  readonly #own = new CounterFamily({
    name: 'apiserver_selfrequest_total',
    help: 'Counter of apiserver self-requests broken out for each verb, API resource and subresource.',
    stability: 'ALPHA',
  });
  readonly #afterTimeouts = new CounterFamily({
    name: 'apiserver_request_post_timeout_total',
    help: 'Tracks the activity of the request handlers after the associated requests have been timed out by the apiserver',
    stability: 'ALPHA',
  });
  readonly #handshakeErrors = new CounterFamily({
    name: 'apiserver_tls_handshake_errors_total',
    help: "Number of requests dropped with 'TLS handshake error from' error",
    stability: 'ALPHA',
  });
  /** A client that wants TLS could not be understood. */
  readonly handshakeFailed = this.#handshakeErrors.of({});
  readonly #fieldValidations = new HistogramFamily({
    name: 'field_validation_request_duration_seconds',
    help: 'Response latency distribution in seconds for each field validation value',
    stability: 'ALPHA',
    buckets: durationBuckets.slice(sliFirst),
  });
  readonly #terminations = new CounterFamily({
    name: 'apiserver_request_terminations_total',
    help: 'Requests that the server ended to protect itself.',
    stability: 'ALPHA',
  });
  #hasPlainValidation = false;
  readonly #longRunning = new Map<string, OpenRequests>();
  readonly #deprecated = new Map<string, Labels>();
  readonly families: readonly MetricFamily[] = [
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
    this.#watchSizes,
    this.#bodySizes,
    this.#own,
    this.#afterTimeouts,
    this.#handshakeErrors,
    this.#fieldValidations,
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
    return new RunningRequest(this, info, request, this.#clock.monotonicMs());
  }

  count({ info, startMs }: RunningRequest, request: Measured, code: number): void {
    const series = this.#seriesOf(info, request);
    this.#countTotal(series, code);
    series.took ??= this.#seconds.of(series.labels);
    series.took((this.#clock.monotonicMs() - startMs) / 1000);
    const { headers, body, query } = request;
    if (body instanceof Uint8Array && body.length > 0) this.#observeBody(series, info, body.length);
    if (ownAgent.test(headers['user-agent'] ?? '')) this.#countOwn(series);
    if (query.has('fieldValidation') || !this.#hasPlainValidation) this.#noteValidation(query);
  }

  #observeBody(series: Series, { verb, group, resource }: RequestInfo, bytes: number): void {
    const told = bodyVerbs[verb];
    if (told === undefined) return;
    series.body ??= this.#bodySizes.of({ group, resource, verb: told });
    series.body(bytes);
  }

  #countOwn(series: Series): void {
    const { group, resource, subresource, verb } = series.labels;
    series.own ??= this.#own.of({ group, resource, subresource, verb });
    series.own();
  }

  /** As upstream, which has a series for each value that was asked for, and observes nothing in it. */
  #noteValidation(query: URLSearchParams): void {
    const asked = query.get('fieldValidation') ?? '';
    if (asked === '') this.#hasPlainValidation = true;
    this.#fieldValidations.declare({ field_validation: fieldValidations.has(asked) ? asked : 'invalid' });
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

  /** Observes what the events of a watch take: so many of them together. */
  watchSizes({ group, version, resource }: RequestInfo): (bytes: number, events: number) => void {
    const observe = this.#watchSizes.of({ group, version, resource });
    return (bytes, events) => observe(bytes / events, events);
  }

  /** What a request came to that had been given up. */
  endedLate(status: 'ok' | 'error'): void {
    this.#afterTimeouts.add({ source: 'timeout-handler', status });
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

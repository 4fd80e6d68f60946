import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  HistogramFamily,
  type MetricFamily,
  exponentialBuckets,
} from '#base/metric-families.ts';
import type { FilterMetrics } from '../filter-metrics.ts';
import type { Decision } from '../identity.ts';

/** Users that are told by their names; of all others only what they look like. */
const namedUsers = new Set([
  'admin',
  'client',
  'kube_proxy',
  'kubelet',
  'system:serviceaccount:kube-system:default',
]);

/** Seconds; upstream's buckets of authentication_duration_seconds and authorization_duration_seconds. */
const durationBuckets = exponentialBuckets(0.001, 2, 15);
const hour = 3600;
const day = 24 * hour;
/** Seconds; upstream's buckets of apiserver_client_certificate_expiration_seconds. */
const lifetimeBuckets = [
  ...[0, hour / 2, hour, 2 * hour, 6 * hour, 12 * hour],
  ...[1, 2, 4, 7, 30, 90, 180, 360].map(days => days * day),
];

/** What became of requests before anybody looked at what they ask, under upstream's names. */
export class AccessMetrics {
  readonly #users = new CounterFamily({
    name: 'authenticated_user_requests',
    help: 'Requests of whom the server knows, by who that is.',
    stability: 'ALPHA',
  });
  readonly #authentications = new CounterFamily({
    name: 'authentication_attempts',
    help: 'Attempts to find out who asks, by what came of them.',
    stability: 'ALPHA',
  });
  readonly #authorizations = new CounterFamily({
    name: 'authorization_attempts_total',
    help: 'Questions whether somebody may do something, by the answer.',
    stability: 'ALPHA',
  });
  readonly #authenticationSeconds = new HistogramFamily({
    name: 'authentication_duration_seconds',
    help: 'How long it took to find out who asks, by what came of it.',
    stability: 'ALPHA',
    buckets: durationBuckets,
  });
  readonly #authorizationSeconds = new HistogramFamily({
    name: 'authorization_duration_seconds',
    help: 'How long it took to find out whether somebody may do something, by the answer.',
    stability: 'ALPHA',
    buckets: durationBuckets,
  });
  readonly #lifetimes = new HistogramFamily({
    name: 'apiserver_client_certificate_expiration_seconds',
    help: 'How long the certificates last by which clients say who they are.',
    stability: 'ALPHA',
    buckets: lifetimeBuckets,
  });
  readonly #userCounts = new Map<string, () => void>();
  readonly #clock: Clock;
  readonly #authenticationPassed: (seconds: number) => void;
  readonly #authorizationPassed: (seconds: number) => void;
  readonly #auditPassed: (seconds: number) => void;
  /** Somebody took so many seconds to become who they act as. */
  readonly impersonationTook: (seconds: number) => void;
  readonly #known: (sinceMs: number) => void;
  readonly #answers: Readonly<Record<Decision['decision'], (sinceMs: number) => void>>;
  /** A client's certificate, which is good, lasts so many seconds from now. */
  readonly certificateLasts = this.#lifetimes.of({});
  readonly families: readonly MetricFamily[] = [
    this.#users,
    this.#authentications,
    this.#authorizations,
    this.#authenticationSeconds,
    this.#authorizationSeconds,
    this.#lifetimes,
  ];

  constructor(clock: Clock, filters: FilterMetrics) {
    this.#clock = clock;
    this.#authenticationPassed = filters.of('authentication');
    this.#authorizationPassed = filters.of('authorization');
    this.#auditPassed = filters.of('audit');
    this.impersonationTook = filters.of('constrainedimpersonation');
    this.#known = this.#authentication('success');
    this.#answers = {
      allow: this.#authorization('allowed'),
      deny: this.#authorization('denied'),
      none: this.#authorization('no-opinion'),
    };
  }

  #authentication(result: string): (sinceMs: number) => void {
    const passed = this.#authenticationPassed;
    return this.#outcome(this.#authentications, this.#authenticationSeconds, { result, passed });
  }

  #authorization(result: string): (sinceMs: number) => void {
    const passed = this.#authorizationPassed;
    return this.#outcome(this.#authorizations, this.#authorizationSeconds, { result, passed });
  }

  /** Counts what came out, and how long it took since a time on the monotonic clock. */
  #outcome(
    counts: CounterFamily,
    seconds: HistogramFamily,
    { result, passed }: { readonly result: string; readonly passed: (seconds: number) => void },
  ): (sinceMs: number) => void {
    const count = counts.of({ result });
    const took = seconds.of({ result });
    return sinceMs => {
      const taken = (this.#clock.monotonicMs() - sinceMs) / 1000;
      count();
      took(taken);
      passed(taken);
    };
  }

  /** When what is about to be told of began. */
  now(): number {
    return this.#clock.monotonicMs();
  }

  /** A request of this user, or of who acts as this user. */
  authenticated(username: string, sinceMs: number): void {
    this.#known(sinceMs);
    const shown = namedUsers.has(username) ? username : username.includes('@') ? 'email_id' : 'other';
    let count = this.#userCounts.get(shown);
    if (!count) {
      count = this.#users.of({ username: shown });
      this.#userCounts.set(shown, count);
    }
    count();
  }

  /** A request of nobody (`failure`), or with something that proves nothing (`error`). */
  unauthenticated(result: 'failure' | 'error', sinceMs: number): void {
    this.#authentication(result)(sinceMs);
  }

  /** The audit log has been told that there is a request. */
  audited(sinceMs: number): void {
    this.#auditPassed((this.#clock.monotonicMs() - sinceMs) / 1000);
  }

  authorized(decision: Decision['decision'], sinceMs: number): void {
    this.#answers[decision](sinceMs);
  }
}

import { createHash } from 'node:crypto';
import { CounterFamily, HistogramFamily, type MetricFamily, defaultBuckets } from '#base/metric-families.ts';

/** What came of one call. */
export type CallResult = 'success' | 'error' | 'timeout';

/** What the servers that an operator has asked, and the issuers that it trusts, do, under upstream's names. */
export class OperatorMetrics {
  readonly #evaluations = new CounterFamily({
    name: 'apiserver_authorization_webhook_evaluations_total',
    help: 'Round-trips to authorization webhooks.',
    stability: 'ALPHA',
  });
  readonly #seconds = new HistogramFamily({
    name: 'apiserver_authorization_webhook_duration_seconds',
    help: 'Request latency in seconds.',
    stability: 'ALPHA',
    buckets: defaultBuckets,
  });
  readonly #failOpen = new CounterFamily({
    name: 'apiserver_authorization_webhook_evaluations_fail_open_total',
    help: 'NoOpinion results due to webhook timeout or error.',
    stability: 'ALPHA',
  });
  readonly #tokenSeconds = new HistogramFamily({
    name: 'apiserver_authentication_jwt_authenticator_latency_seconds',
    help: 'How long it took to find out whose the token of an issuer is that was not shown before, by what came of it.',
    stability: 'ALPHA',
    buckets: [0.001, ...defaultBuckets],
  });
  readonly families: readonly MetricFamily[] = [
    this.#evaluations,
    this.#seconds,
    this.#failOpen,
    this.#tokenSeconds,
  ];

  /** An authorizer was asked once. */
  asked(name: string, result: CallResult, seconds: number): void {
    this.#evaluations.add({ name, result });
    this.#seconds.observe({ name, result }, seconds);
  }

  /** An authorizer had no opinion, since it could not be asked. */
  failedOpen(name: string, result: CallResult): void {
    this.#failOpen.add({ name, result });
  }

  /** The token of an issuer was looked at. */
  tokenTook(issuer: string, result: 'success' | 'failure', seconds: number): void {
    const hash = createHash('sha256').update(issuer).digest('hex');
    this.#tokenSeconds.observe({ result, jwt_issuer_hash: `sha256:${hash}` }, seconds);
  }
}

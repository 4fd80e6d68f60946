import { CounterFamily, type MetricFamily } from '#base/metric-families.ts';

function counter(name: string, help: string): CounterFamily {
  return new CounterFamily({ name: `apiserver_audit_${name}`, help, stability: 'ALPHA' });
}

/** What was told of requests, under upstream's names; nothing where there is no policy. */
export class AuditMetrics {
  readonly #events = counter(
    'event_total',
    'Counter of audit events generated and sent to the audit backend.',
  );
  readonly #errors = counter(
    'error_total',
    'Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.',
  );
  readonly #levels = counter('level_total', 'Counter of policy levels for audit events (1 per request).');
  readonly #rejected = counter(
    'requests_rejected_total',
    'Counter of apiserver requests rejected due to an error in audit logging backend.',
  );
  /** An event was made. */
  readonly event = this.#events.of({});
  /** A request is not answered, since nobody could be told of it. */
  readonly rejected = this.#rejected.of({});
  readonly families: readonly MetricFamily[] = [this.#events, this.#errors, this.#levels, this.#rejected];

  /** Events were lost by a backend. */
  lost(plugin: string, events: number): void {
    this.#errors.add({ plugin }, events);
  }

  /** A request is told of at this level. */
  level(level: string): void {
    this.#levels.add({ level });
  }
}

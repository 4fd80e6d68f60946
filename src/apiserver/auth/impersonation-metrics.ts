import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  HistogramFamily,
  type MetricFamily,
  exponentialBuckets,
} from '#base/metric-families.ts';

function pair(what: string, countHelp: string, secondsHelp: string) {
  const name = `apiserver_impersonation_${what}`;
  return {
    count: new CounterFamily({ name: `${name}_total`, help: countHelp, stability: 'ALPHA' }),
    seconds: new HistogramFamily({
      name: `${name}_duration_seconds`,
      help: secondsHelp,
      stability: 'ALPHA',
      buckets: exponentialBuckets(0.001, 2, 15),
    }),
  };
}

/** What became of those who asked to act as somebody else, under upstream's names; modes are those of KEP-5284. */
export class ImpersonationMetrics {
  readonly #clock: Clock;
  readonly #attempts = pair(
    'attempts',
    'Total number of impersonation attempts split by mode and decision.',
    'Latency of impersonation attempts in seconds split by mode and decision.',
  );
  readonly #questions = pair(
    'authorization_attempts',
    'Total number of authorization checks made by the impersonation handler split by mode and decision.',
    'Latency of authorization checks made by the impersonation handler in seconds split by mode and decision.',
  );
  readonly families: readonly MetricFamily[] = [
    this.#attempts.count,
    this.#attempts.seconds,
    this.#questions.count,
    this.#questions.seconds,
  ];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.monotonicMs();
  }

  attempted(mode: string, isAllowed: boolean, sinceMs: number): void {
    this.#tell(this.#attempts, mode, isAllowed, sinceMs);
  }

  asked(mode: string, isAllowed: boolean, sinceMs: number): void {
    this.#tell(this.#questions, mode, isAllowed, sinceMs);
  }

  #tell(
    { count, seconds }: ReturnType<typeof pair>,
    mode: string,
    isAllowed: boolean,
    sinceMs: number,
  ): void {
    const labels = { mode, decision: isAllowed ? 'allowed' : 'denied' };
    count.add(labels);
    seconds.observe(labels, (this.#clock.monotonicMs() - sinceMs) / 1000);
  }
}

import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  HistogramFamily,
  type MetricFamily,
  SampledFamily,
  defaultBuckets,
} from '#base/metric-families.ts';

const tokenCache = 'authentication_token_cache_';
const serviceAccount = 'serviceaccount_';

function counter(name: string, help: string): CounterFamily {
  return new CounterFamily({ name, help, stability: 'ALPHA' });
}

/** What became of the tokens that were shown, under upstream's names. */
export class TokenMetrics {
  readonly #clock: Clock;
  readonly #requests = counter(`${tokenCache}request_total`, '');
  readonly #fetches = counter(`${tokenCache}fetch_total`, '');
  readonly #seconds = new HistogramFamily({
    name: `${tokenCache}request_duration_seconds`,
    help: '',
    stability: 'ALPHA',
    buckets: defaultBuckets,
  });
  /** A token is looked at in one go: none is ever seen on the way. */
  readonly #active = new SampledFamily(
    { name: `${tokenCache}active_fetch_count`, help: '', stability: 'ALPHA' },
    () => ['blocked', 'in_flight'].map(status => [{ status }, 0] as const),
  );
  readonly #valid = counter(
    `${serviceAccount}valid_tokens_total`,
    'Cumulative valid projected service account tokens used',
  );
  readonly #stale = counter(
    `${serviceAccount}stale_tokens_total`,
    'Cumulative stale projected service account tokens used',
  );
  readonly #legacy = counter(
    `${serviceAccount}legacy_tokens_total`,
    'Cumulative legacy service account tokens used',
  );
  readonly #manual = counter(
    `${serviceAccount}legacy_manual_token_uses_total`,
    'Cumulative manually created legacy tokens used',
  );
  readonly #automatic = counter(
    `${serviceAccount}legacy_auto_token_uses_total`,
    'Cumulative auto-generated legacy tokens used',
  );
  readonly #invalid = counter(
    `${serviceAccount}invalid_legacy_auto_token_uses_total`,
    'Cumulative invalid auto-generated legacy tokens used',
  );
  /** A token of a pod that is to be renewed in time was shown in time, and after that. */
  readonly valid = this.#valid.of({});
  readonly stale = this.#stale.of({});
  /** The token of a Secret was shown. */
  readonly legacy = this.#legacy.of({});
  /** One that somebody asked for, one that came with its account, and one that was not used for long. */
  readonly manual = this.#manual.of({});
  readonly automatic = this.#automatic.of({});
  readonly invalid = this.#invalid.of({});
  readonly #known = this.#outcome('hit');
  readonly #unknown = this.#outcome('miss');
  readonly families: readonly MetricFamily[] = [
    this.#requests,
    this.#seconds,
    this.#fetches,
    this.#active,
    this.#valid,
    this.#stale,
    this.#legacy,
    this.#manual,
    this.#automatic,
    this.#invalid,
  ];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.monotonicMs();
  }

  /** A token was shown that was known, or had to be looked at: whether it was any good. `sinceMs` as `now` has it. */
  shown(isKnown: boolean, isGood: boolean, sinceMs: number): void {
    if (!isKnown) this.#fetches.add({ status: isGood ? 'ok' : 'error' });
    const seconds = (this.#clock.monotonicMs() - sinceMs) / 1000;
    if (isKnown) this.#known(seconds);
    else this.#unknown(seconds);
  }

  #outcome(status: string): (seconds: number) => void {
    let tell: ((seconds: number) => void) | undefined;
    return seconds => {
      if (!tell) {
        const count = this.#requests.of({ status });
        const took = this.#seconds.of({ status });
        tell = value => {
          count();
          took(value);
        };
      }
      tell(seconds);
    };
  }
}

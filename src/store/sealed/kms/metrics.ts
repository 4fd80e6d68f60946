import { createHash } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  HistogramFamily,
  type Labels,
  type MetricFamily,
  SampledFamily,
  exponentialBuckets,
} from '#base/metric-families.ts';

export type Transformation = 'from_storage' | 'to_storage';

/** So many keys are told of. */
const usesMax = 100;

interface Use {
  readonly labels: Labels;
  count: number;
  lastSeconds: number;
}

/** Keys are told by these alone. */
export function hashOf(text: string): string {
  return text === '' ? '' : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function named(name: string, help: string) {
  return { name: `apiserver_envelope_encryption_${name}`, help, stability: 'ALPHA' as const };
}

/** What becomes of the keys of KMS plug-ins, under upstream's names. */
export class KmsMetrics {
  readonly #clock: Clock;
  readonly #serverHash: string;
  readonly #uses = new Map<string, Use>();
  readonly #told = new Map<string, Use>();
  readonly #sizes = new Map<string, () => number>();
  readonly #seconds = new HistogramFamily({
    ...named('kms_operations_latency_seconds', 'KMS operation duration with gRPC error code status total.'),
    buckets: exponentialBuckets(0.0001, 2, 20),
  });
  readonly #invalid = new CounterFamily(
    named(
      'invalid_key_id_from_status_total',
      'Number of times an invalid keyID is returned by the Status RPC call split by error.',
    ),
  );
  readonly #misses = new CounterFamily({
    name: 'apiserver_storage_envelope_transformation_cache_misses_total',
    help: 'Total number of cache misses while accessing key decryption key(KEK).',
    stability: 'ALPHA',
  });
  /** The key of a stored value had to be asked for. */
  readonly missed = this.#misses.of({});
  readonly families: readonly MetricFamily[];

  /** `serverId`: the API server's identity. */
  constructor(clock: Clock, serverId: string) {
    this.#clock = clock;
    this.#serverHash = hashOf(serverId);
    const uses = (map: ReadonlyMap<string, Use>, field: 'count' | 'lastSeconds') => () =>
      Array.from(map.values())
        .filter(({ count }) => count > 0)
        .map(use => [use.labels, use[field]] as const);
    this.families = [
      this.#seconds,
      this.#invalid,
      this.#misses,
      new SampledFamily(
        {
          ...named(
            'key_id_hash_total',
            'Number of times a keyID is used split by transformation type, provider, and apiserver identity.',
          ),
          type: 'counter',
        },
        uses(this.#uses, 'count'),
      ),
      new SampledFamily(
        named('key_id_hash_last_timestamp_seconds', 'The last time in seconds when a keyID was used.'),
        uses(this.#uses, 'lastSeconds'),
      ),
      new SampledFamily(
        named(
          'key_id_hash_status_last_timestamp_seconds',
          'The last time in seconds when a keyID was returned by the Status RPC call.',
        ),
        uses(this.#told, 'lastSeconds'),
      ),
      new SampledFamily(
        named(
          'dek_source_cache_size',
          'Number of records in data encryption key (DEK) source cache. On a restart, this value is an approximation of the number of decrypt RPC calls the server will make to the KMS plugin.',
        ),
        () => Array.from(this.#sizes, ([provider_name, size]) => [{ provider_name }, size()] as const),
      ),
    ];
  }

  /** Does a call of a plug-in's method; `codeOf` says what an error is called in gRPC. */
  async timed<T>(
    labels: { readonly provider_name: string; readonly method_name: string },
    codeOf: (error: unknown) => string,
    call: () => Promise<T>,
  ): Promise<T> {
    const startMs = this.#clock.monotonicMs();
    let grpc_status_code = 'OK';
    try {
      return await call();
    } catch (error) {
      grpc_status_code = codeOf(error);
      throw error;
    } finally {
      this.#seconds.observe({ ...labels, grpc_status_code }, (this.#clock.monotonicMs() - startMs) / 1000);
    }
  }

  /** What counts that a key was used, for those who do so often. */
  usesOf(provider: string, keyId: string, transformation: Transformation): () => void {
    const use = this.#useOf(this.#uses, {
      transformation_type: transformation,
      provider_name: provider,
      key_id_hash: hashOf(keyId),
      apiserver_id_hash: this.#serverHash,
    });
    return () => this.#count(use);
  }

  /** A plug-in said that this is its key. */
  toldKey(provider: string, keyId: string): void {
    const labels = {
      provider_name: provider,
      key_id_hash: hashOf(keyId),
      apiserver_id_hash: this.#serverHash,
    };
    this.#count(this.#useOf(this.#told, labels));
  }

  toldInvalidKey(provider: string, error: 'empty' | 'too_long'): void {
    this.#invalid.add({ provider_name: provider, error });
  }

  /** Until the result is disposed of, tells how many keys a provider has. */
  keysOf(provider: string, size: () => number): Disposable {
    this.#sizes.set(provider, size);
    return {
      [Symbol.dispose]: () => {
        if (this.#sizes.get(provider) === size) this.#sizes.delete(provider);
      },
    };
  }

  #useOf(map: Map<string, Use>, labels: Labels): Use {
    const key = JSON.stringify(labels);
    const use = map.get(key) ?? { labels, count: 0, lastSeconds: 0 };
    // Whoever was told of last is last.
    map.delete(key);
    map.set(key, use);
    if (map.size > usesMax) map.delete(map.keys().next().value!);
    return use;
  }

  #count(use: Use): void {
    use.count++;
    use.lastSeconds = this.#clock.now() / 1000;
  }
}

/** Transports around another one: counted, and held to a rate. */
import { type Clock, sleep } from '#base/clock.ts';
import { CounterFamily, HistogramFamily, type MetricFamily } from '#base/metric-families.ts';
import { StatusError } from '#machinery/status.ts';
import { TokenBucket } from './token-bucket.ts';
import type { Transport, TransportRequest } from './transport.ts';

const buckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** What requests come to, as client-go's users tell it. */
export class ClientMetrics {
  readonly #host: string;
  readonly #requests = new CounterFamily({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server, by method and the code of the answer.',
    stability: 'ALPHA',
  });
  readonly #seconds = new HistogramFamily({
    name: 'rest_client_request_duration_seconds',
    help: 'How long answers took.',
    stability: 'ALPHA',
    buckets,
  });
  readonly #limiterSeconds = new HistogramFamily({
    name: 'rest_client_rate_limiter_duration_seconds',
    help: "How long requests waited for the client's own rate limit.",
    stability: 'ALPHA',
    buckets,
  });
  readonly families: readonly MetricFamily[] = [this.#requests, this.#seconds, this.#limiterSeconds];

  /** `host` as in the server's URL. */
  constructor(host: string) {
    this.#host = host;
  }

  /** `code`: undefined where there was no answer. */
  answered(method: string, code: number | undefined, seconds: number): void {
    this.started(method, code);
    this.#seconds.observe({ verb: method, host: this.#host }, seconds);
  }

  /** A request whose answer has begun, and goes on. */
  started(method: string, code: number | undefined): void {
    this.#requests.add({ code: code ?? '<error>', method, host: this.#host });
  }

  limited(method: string, seconds: number): void {
    this.#limiterSeconds.observe({ verb: method, host: this.#host }, seconds);
  }
}

function codeOf(error: unknown): number | undefined {
  return error instanceof StatusError ? error.code : undefined;
}

/** Counts what goes through. A watch counts when its first event comes, or its end. */
export function meteredTransport(transport: Transport, metrics: ClientMetrics, clock: Clock): Transport {
  const counting = async <T>(method: string, work: () => Promise<T>, codeFrom: (answer: T) => number) => {
    const startMs = clock.monotonicMs();
    const tell = (code: number | undefined) =>
      metrics.answered(method, code, (clock.monotonicMs() - startMs) / 1000);
    try {
      const answer = await work();
      tell(codeFrom(answer));
      return answer;
    } catch (error) {
      tell(codeOf(error));
      throw error;
    }
  };
  return {
    request: request =>
      counting(
        request.method,
        () => transport.request(request),
        ({ status }) => status,
      ),
    stream: request =>
      counting(
        request.method,
        () => transport.stream(request),
        () => 200,
      ),
    watch(request, handler) {
      let told = false;
      const tell = (code: number | undefined) => {
        if (!told) metrics.started(request.method, code);
        told = true;
      };
      return transport.watch(request, {
        event(event) {
          tell(200);
          handler.event(event);
        },
        end(error) {
          tell(error ? codeOf(error) : 200);
          handler.end(error);
        },
      });
    },
  };
}

export interface RateLimit {
  readonly clock: Clock;
  /** Negative: there is no limit. */
  readonly qps: number;
  readonly burst: number;
  readonly metrics?: ClientMetrics;
}

/** Lets requests through at a rate, in their order. Watches pass, as in client-go. */
export function limitedTransport(transport: Transport, { clock, qps, burst, metrics }: RateLimit): Transport {
  if (qps < 0) return transport;
  const bucket = new TokenBucket(clock, qps, burst);
  const turn = async ({ method, signal }: TransportRequest) => {
    const waitMs = bucket.reserveMs();
    if (waitMs > 0) await sleep(clock, waitMs, signal);
    metrics?.limited(method, waitMs / 1000);
  };
  return {
    async request(request) {
      await turn(request);
      return transport.request(request);
    },
    async stream(request) {
      await turn(request);
      return transport.stream(request);
    },
    watch: (request, handler) => transport.watch(request, handler),
  };
}

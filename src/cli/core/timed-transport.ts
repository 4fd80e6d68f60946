import type { Clock } from '#base/clock.ts';
import type { Transport, TransportRequest } from '#client/transport.ts';
import { formatDuration } from '#machinery/go-values.ts';
import { CliError } from '../errors.ts';
import { parseDuration } from './flags.ts';

/** Milliseconds of --request-timeout: seconds, or a duration (client-go clientcmd.ParseTimeout). 0 is none. */
export function requestTimeoutMs(text: string): number {
  const ms = /^\+?\d+$/.test(text) ? Number(text) * 1000 : text === '' ? 0 : parseDuration(text);
  if (ms === undefined)
    throw new CliError(
      'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    );
  return Math.max(0, ms);
}

/**
 * Gives every request at most `timeoutMs`, to its answer's last byte, and tells the server so. A watch just ends then, of
 * which `told` hears.
 */
export function timedTransport(
  transport: Transport,
  timeoutMs: number,
  clock: Clock,
  told: (why: string) => void = () => {},
): Transport {
  if (timeoutMs === 0) return transport;
  const timeout = formatDuration(BigInt(Math.round(timeoutMs * 1e6)));
  const bounded = (request: TransportRequest) => {
    const abort = new AbortController();
    const timer = clock.after(timeoutMs, () => abort.abort());
    const signal = request.signal ? AbortSignal.any([request.signal, abort.signal]) : abort.signal;
    const expired = (error: unknown, during: string) =>
      abort.signal.aborted
        ? Object.assign(new Error(`net/http: request canceled (Client.Timeout ${during})`), {
            code: 'ETIMEDOUT',
          })
        : error;
    return { request: { ...request, query: { ...request.query, timeout }, signal }, timer, expired };
  };
  return {
    ...(transport.isInProcess ? { isInProcess: true } : {}),
    async request(request) {
      const { request: sent, timer, expired } = bounded(request);
      using _ = timer;
      try {
        return await transport.request(sent);
      } catch (error) {
        throw expired(error, 'exceeded while awaiting headers');
      }
    },
    async stream(request) {
      const { request: sent, timer, expired } = bounded(request);
      try {
        return untilExpired(await transport.stream(sent), timer, expired);
      } catch (error) {
        timer[Symbol.dispose]();
        throw expired(error, 'exceeded while awaiting headers');
      }
    },
    watch(request, handler) {
      let watch: Disposable | undefined;
      let isOver = false;
      const end = (error?: Error) => {
        isOver = true;
        timer[Symbol.dispose]();
        handler.end(error);
      };
      const timer = clock.after(timeoutMs, () => {
        watch?.[Symbol.dispose]();
        told('net/http: request canceled (Client.Timeout or context cancellation while reading body)');
        end();
      });
      watch = transport.watch(
        { ...request, query: { ...request.query, timeout } },
        { event: event => handler.event(event), end },
      );
      // It may have ended while it began.
      if (isOver) watch[Symbol.dispose]();
      return {
        [Symbol.dispose]() {
          timer[Symbol.dispose]();
          watch[Symbol.dispose]();
        },
      };
    },
  };
}

async function* untilExpired(
  chunks: AsyncIterable<Uint8Array>,
  timer: Disposable,
  expired: (error: unknown, during: string) => unknown,
): AsyncIterable<Uint8Array> {
  using _ = timer;
  try {
    yield* chunks;
  } catch (error) {
    throw expired(error, 'or context cancellation while reading body');
  }
}

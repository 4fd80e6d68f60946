import type { Clock } from '#base/clock.ts';
import { parseDuration } from '#machinery/go-values.ts';
import { statusError } from '#machinery/status.ts';
import { defaultLimits } from './limits.ts';
import type { RequestInfo } from './request.ts';

const longRunningSubresources = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/** Watches, and what stays open until somebody ends it. */
export function isLongRunning({ isResource, verb, subresource }: RequestInfo): boolean {
  return isResource && (verb === 'watch' || longRunningSubresources.has(subresource));
}

/** Is told of requests that take too long. */
export interface DeadlineObserver {
  ended(): void;
  /** It came to its end at last, and nobody waits for that. */
  endedLate(status: 'ok' | 'error'): void;
}

const nobody: DeadlineObserver = { ended: () => {}, endedLate: () => {} };

interface Pending {
  readonly untilMs: number;
  readonly told: DeadlineObserver;
  /** Undefined once it has come to an end. */
  reject: ((error: Error) => void) | undefined;
}

/** As many that have ended are kept among those that have not. */
const endedMax = 256;

/** Ends requests that take too long. */
export class Deadlines implements Disposable {
  readonly #clock: Clock;
  readonly #requestMsMax: number;
  /** In the order of their deadlines. */
  #pending: Pending[] = [];
  /** Of those, how many have ended. */
  #ended = 0;
  /** One timer serves all requests: it waits for the oldest of those that were there when it was made. */
  #timer: Disposable | undefined;

  constructor(clock: Clock, requestMsMax = defaultLimits.requestMsMax) {
    this.#clock = clock;
    this.#requestMsMax = requestMsMax;
  }

  /**
   * What `work` comes to, or Timeout when that takes longer than the server or the client's `timeout` allows; `told` is told
   * of that, and later of what the work came to all the same.
   */
  keep<T>(
    query: URLSearchParams,
    work: () => T | Promise<T>,
    told: DeadlineObserver = nobody,
  ): T | Promise<T> {
    const ownMs = clientTimeoutMs(query, this.#requestMsMax);
    const coming = work();
    if (!(coming instanceof Promise)) return coming;
    return ownMs === undefined ? this.#keepUsual(coming, told) : this.#keepOwn(coming, ownMs, told);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#pending = [];
  }

  #keepUsual<T>(coming: Promise<T>, told: DeadlineObserver): Promise<T> {
    return new Promise((resolve, reject) => {
      const pending: Pending = { untilMs: this.#clock.monotonicMs() + this.#requestMsMax, told, reject };
      this.#pending.push(pending);
      this.#timer ??= this.#clock.after(this.#requestMsMax, () => this.#check());
      coming.then(
        value => {
          if (this.#end(pending)) resolve(value);
          else told.endedLate('ok');
        },
        (error: Error) => {
          if (this.#end(pending)) reject(error);
          else told.endedLate('error');
        },
      );
    });
  }

  #keepOwn<T>(coming: Promise<T>, ms: number, told: DeadlineObserver): Promise<T> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = this.#clock.after(ms, () => {
        isLate = true;
        told.ended();
        reject(tooLong());
      });
      coming
        .finally(() => timer[Symbol.dispose]())
        .then(
          value => (isLate ? told.endedLate('ok') : resolve(value)),
          (error: Error) => (isLate ? told.endedLate('error') : reject(error)),
        );
    });
  }

  /** False where it had been given up. */
  #end(pending: Pending): boolean {
    if (!pending.reject) return false;
    pending.reject = undefined;
    if (++this.#ended > endedMax && this.#ended > this.#pending.length / 2) this.#forgetEnded();
    return true;
  }

  #forgetEnded(): void {
    this.#pending = this.#pending.filter(({ reject }) => reject);
    this.#ended = 0;
  }

  #check(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonicMs();
    for (const pending of this.#pending) {
      if (pending.untilMs > now) break;
      if (!pending.reject) continue;
      pending.told.ended();
      pending.reject(tooLong());
      pending.reject = undefined;
    }
    this.#forgetEnded();
    const next = this.#pending[0];
    if (next) this.#timer = this.#clock.after(next.untilMs - now, () => this.#check());
  }
}

function tooLong(): Error {
  const error = statusError.timeout('request did not complete within the allotted timeout');
  error.isBare = true;
  return error;
}

/** Undefined: the server's own maximum. Throws BadRequest for what is no duration. */
export function clientTimeoutMs(query: URLSearchParams, msMax: number): number | undefined {
  const text = query.get('timeout');
  if (!text) return undefined;
  let ms: number;
  try {
    ms = Number(parseDuration(text)) / 1e6;
  } catch (error) {
    throw statusError.badRequest(
      `invalid timeout specified in the request URL - ${(error as Error).message}`,
    );
  }
  return ms > 0 && ms < msMax ? ms : undefined;
}

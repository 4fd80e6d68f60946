import { openSync, readSync } from 'node:fs';
import type { Clock } from '#base/clock.ts';
import { systemClock } from '#main/system.ts';

/** How old may be what is known of the waiting, so that asking for the time does not ask the kernel each time. */
const staleMs = 0.25;

/**
 * The platform's time, less what this thread has waited for a processor that others had (proc(5), `schedstat`; Linux
 * alone). What goes by time then goes as on a machine of its own, however busy this one is.
 */
export class OwnClock implements Clock {
  readonly #file = openSync('/proc/thread-self/schedstat', 'r');
  readonly #buffer = Buffer.alloc(128);
  #readMs = Number.NEGATIVE_INFINITY;
  #waitedMs = 0;
  #lastMs = 0;

  now(): number {
    return Date.now() - this.#waited();
  }

  monotonicMs(): number {
    this.#lastMs = Math.max(this.#lastMs, performance.now() - this.#waited());
    return this.#lastMs;
  }

  after(delayMs: number, fn: () => void): Disposable {
    const dueMs = this.monotonicMs() + delayMs;
    let timer: Disposable;
    const arm = (leftMs: number) => {
      timer = systemClock.after(leftMs, () => {
        const stillMs = dueMs - this.monotonicMs();
        if (stillMs > 0) arm(stillMs);
        else fn();
      });
    };
    arm(delayMs);
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  nextTurn(fn: () => void): Disposable {
    return systemClock.nextTurn(fn);
  }

  #waited(): number {
    const nowMs = performance.now();
    if (nowMs - this.#readMs >= staleMs) {
      const length = readSync(this.#file, this.#buffer, 0, this.#buffer.length, 0);
      // Nanoseconds on a processor, nanoseconds waiting for one, and how often.
      this.#waitedMs = Number(this.#buffer.toString('latin1', 0, length).split(' ')[1]) / 1e6;
      this.#readMs = nowMs;
    }
    return this.#waitedMs;
  }
}

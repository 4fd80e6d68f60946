import { getRandomValues } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';

/** Above this Node's timers fire at once. */
const timerMsMax = 2 ** 31 - 1;

class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, fn: () => void): Disposable {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      timer = setTimeout(
        () => (leftMs > timerMsMax ? arm(leftMs - timerMsMax) : fn()),
        Math.min(leftMs, timerMsMax),
      );
    };
    arm(delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }

  nextTurn(fn: () => void): Disposable {
    const turn = setImmediate(fn);
    return { [Symbol.dispose]: () => clearImmediate(turn) };
  }
}

/** The platform's time. */
export const systemClock: Clock = new SystemClock();

class SystemRandom implements Random {
  readonly #pool = new Uint32Array(1024);
  #used = this.#pool.length;

  next(): number {
    if (this.#used === this.#pool.length) {
      getRandomValues(this.#pool);
      this.#used = 0;
    }
    return this.#pool[this.#used++]! / 2 ** 32;
  }
}

/** The platform's randomness. */
export function systemRandom(): Random {
  return new SystemRandom();
}

import { getRandomValues } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';

/** Above this Node's timers fire at once. */
const timerMsMax = 2 ** 31 - 1;

/** Classes, since a literal with a computed name is made in the slow way each time. */
class Timer implements Disposable {
  readonly #fn: () => void;
  #timeout!: NodeJS.Timeout;

  constructor(delayMs: number, fn: () => void) {
    this.#fn = fn;
    this.#arm(delayMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timeout);
  }

  #arm(leftMs: number): void {
    const delayMs = Math.min(leftMs, timerMsMax);
    this.#timeout =
      delayMs < leftMs
        ? setTimeout(() => this.#arm(leftMs - delayMs), delayMs)
        : setTimeout(this.#fn, delayMs);
  }
}

class Turn implements Disposable {
  readonly #immediate: NodeJS.Immediate;

  constructor(fn: () => void) {
    this.#immediate = setImmediate(fn);
  }

  [Symbol.dispose](): void {
    clearImmediate(this.#immediate);
  }
}

class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, fn: () => void): Disposable {
    return new Timer(delayMs, fn);
  }

  nextTurn(fn: () => void): Disposable {
    return new Turn(fn);
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

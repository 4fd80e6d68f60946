import type { Log } from '#base/log.ts';

// An Event that could not be written in twelve attempts is lost by design.
const expected = new Set(['event given up']);

/** Passes errors on, and drops the rest: what fails under faults and is tried again is no news. */
export class RunLog implements Log {
  readonly #onError: (text: string) => void;

  constructor(onError: (text: string) => void) {
    this.#onError = onError;
  }

  debug(): void {}
  info(): void {}
  warn(): void {}

  error(message: string, fields?: Record<string, unknown>): void {
    if (expected.has(message)) return;
    this.#onError(`${message} ${JSON.stringify(fields ?? {})}`);
  }

  with(fields: Record<string, unknown>): Log {
    return new RunLog(text => this.#onError(`${JSON.stringify(fields)} ${text}`));
  }
}

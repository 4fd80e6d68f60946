import { type Clock, sleep } from '#base/clock.ts';
import { Fifo } from '#base/fifo.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { hasReason, StatusError } from '#machinery/status.ts';

export interface EventQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Events that may wait to be written; more are dropped. Default: client-go's 1,000. */
  readonly queuedMax?: number;
}

/** What the log says of an event. */
export interface EventText {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

// client-go's tools/record and tools/events.
const defaultQueuedMax = 1000;
const attemptsMax = 12;
const retryMs = 10_000;

/** Writes events behind everybody's back, in order: tries again where the server is away, drops what it refuses. */
export class EventQueue<T> implements Disposable {
  readonly #options: EventQueueOptions;
  readonly #begin: (item: T) => (() => Promise<unknown>) | undefined;
  readonly #textOf: (item: T) => EventText;
  readonly #abort = new AbortController();
  readonly #queue = new Fifo<T>();
  #writing = false;

  /** `begin` is asked once, when it is an item's turn; what it returns may be called several times. undefined: drop it. */
  constructor(
    options: EventQueueOptions,
    begin: (item: T) => (() => Promise<unknown>) | undefined,
    textOf: (item: T) => EventText,
  ) {
    this.#options = options;
    this.#begin = begin;
    this.#textOf = textOf;
  }

  get disposed(): boolean {
    return this.#abort.signal.aborted;
  }

  push(item: T): void {
    if (this.disposed) return;
    if (this.#queue.size >= (this.#options.queuedMax ?? defaultQueuedMax)) {
      this.#options.log.warn('event dropped: too many wait to be written', { ...this.#textOf(item) });
      return;
    }
    this.#queue.push(item);
    if (!this.#writing) void this.#drain();
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    this.#queue.clear();
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    for (let item = this.#queue.shift(); item !== undefined; item = this.#queue.shift()) {
      const write = this.#begin(item);
      if (write) await this.#write(write, this.#textOf(item));
    }
    this.#writing = false;
  }

  async #write(write: () => Promise<unknown>, text: EventText): Promise<void> {
    const { clock, random, log } = this.#options;
    for (let attempt = 1; !this.disposed; attempt++) {
      try {
        await write();
        return;
      } catch (error) {
        const fields = { ...text, error: String(error) };
        // A namespace that ends takes no more events: upstream is silent about it too.
        if (isOfEndingNamespace(error)) return log.debug('event refused: its namespace ends', fields);
        if (error instanceof StatusError && error.code < 500 && error.code !== 429) {
          return log.warn('event refused', fields);
        }
        if (attempt >= attemptsMax) return log.error('event given up', fields);
      }
      const delayMs = attempt === 1 ? retryMs * random.next() : retryMs;
      // Aborting is the one reason to reject, and ends the loop.
      await sleep(clock, delayMs, this.#abort.signal).catch(() => {});
    }
  }
}

function isOfEndingNamespace(error: unknown): boolean {
  if (!hasReason(error, 'Forbidden')) return false;
  return error.status.details?.causes?.some(cause => cause.reason === 'NamespaceTerminating') ?? false;
}

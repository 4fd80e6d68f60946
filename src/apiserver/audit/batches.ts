import type { Clock } from '#base/clock.ts';
import { TokenBucket } from '#client/token-bucket.ts';
import type { AuditBackend } from './auditor.ts';
import type { AuditEvent } from './event.ts';
import type { AuditSink, Lost } from './sink.ts';

/** Upstream's --audit-*-batch-*. */
export interface BatchSettings {
  /** As many events may wait; more are lost. */
  readonly bufferSize: number;
  readonly maxSize: number;
  /** For so long the first event of a batch that is not full waits. */
  readonly maxWaitMs: number;
  readonly throttleEnable: boolean;
  /** So many batches may be sent in a second. */
  readonly throttleQPS: number;
  /** So many at once. */
  readonly throttleBurst: number;
}

export interface BatchOptions {
  readonly sink: AuditSink;
  /** Undefined: the event is not told. */
  readonly textOf: (event: AuditEvent) => string | undefined;
  readonly settings: BatchSettings;
  /** Of a batch. */
  readonly bytesMax: number;
  readonly clock: Clock;
  readonly lost: Lost;
}

/** Hands events on in batches. No answer waits for them; what is too much is lost. */
export class AuditBatches implements AuditBackend, AsyncDisposable {
  readonly name: AuditSink['name'];
  readonly #options: BatchOptions;
  #waiting: string[] = [];
  #timer: Disposable | undefined;
  #sending: Promise<void> = Promise.resolve();
  /** Lets at most so many batches go in a second, and some at once. */
  readonly #throttle: TokenBucket | undefined;
  #isOver = false;
  /** Waits that the end cuts short. */
  readonly #pauses = new Set<() => void>();

  constructor(options: BatchOptions) {
    this.#options = options;
    this.name = options.sink.name;
    const { throttleEnable, throttleQPS, throttleBurst } = options.settings;
    if (throttleEnable) this.#throttle = new TokenBucket(options.clock, throttleQPS, throttleBurst);
  }

  take(event: AuditEvent): undefined {
    const { settings, lost, textOf } = this.#options;
    if (this.#waiting.length >= settings.bufferSize) {
      lost(this.name, 1, new Error('audit buffer queue blocked, dropping event'));
      return;
    }
    const text = textOf(event);
    if (text === undefined) return;
    this.#waiting.push(text);
    if (this.#waiting.length === settings.maxSize) this.#flush();
    else this.#wait();
  }

  /** Sends what waits, once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#options.sink.hurry?.();
    for (const end of this.#pauses) end();
    this.#flush();
    await this.#sending;
  }

  #wait(): void {
    const { clock, settings } = this.#options;
    this.#timer ??= clock.after(settings.maxWaitMs, () => this.#flush());
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#sending = this.#sending.then(() => this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    const { sink, settings, lost } = this.#options;
    while (this.#waiting.length > 0) {
      const waitMs = this.#throttle?.reserveMs() ?? 0;
      if (waitMs > 0) await this.#pause(waitMs);
      const batch = this.#waiting.splice(0, this.#fitting());
      await sink.write(batch).catch((error: Error) => lost(this.name, batch.length, error));
      // Fewer than a batch wait for more to come, until their time is over.
      if (!this.#isOver && this.#waiting.length < settings.maxSize) break;
    }
    if (this.#waiting.length > 0) this.#wait();
  }

  /** How many of those that wait go into one batch. */
  #fitting(): number {
    const { settings, bytesMax } = this.#options;
    let bytes = 0;
    const tooMany = this.#waiting.findIndex((text, i) => {
      bytes += Buffer.byteLength(text);
      return i === settings.maxSize || (i > 0 && bytes > bytesMax);
    });
    return tooMany < 0 ? this.#waiting.length : tooMany;
  }

  #pause(ms: number): Promise<void> {
    return this.#isOver ? Promise.resolve() : interruptible(this.#options.clock, ms, this.#pauses);
  }
}

/** Resolves after so long, or when somebody calls what is among `pauses` for it. */
export function interruptible(clock: Clock, ms: number, pauses: Set<() => void>): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      timer[Symbol.dispose]();
      pauses.delete(end);
      resolve();
    };
    const timer = clock.after(ms, end);
    pauses.add(end);
  });
}

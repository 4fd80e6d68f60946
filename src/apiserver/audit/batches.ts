import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { auditEventJson } from './event.ts';
import type { AuditBackend } from './auditor.ts';
import { parseExactJson } from '#machinery/json-parse.ts';

/** Upstream's defaults of --audit-webhook-batch-* and --audit-webhook-initial-backoff. */
const bufferMax = 10_000;
const batchMax = 400;
const waitMsMax = 30_000;
const batchesPerSecond = 10;
const burstMax = 15;
const triesMax = 5;
const backoffMs = 10_000;
const backoffFactor = 1.5;
const backoffJitter = 0.2;

export interface BatchOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Sends an audit.k8s.io/v1 EventList. Rejects where it has not arrived. */
  readonly send: (list: object) => Promise<void>;
  readonly lost: (events: number, error: Error) => void;
}

/** Sends events in batches, and again where they do not arrive. No answer waits for them; what is too much is lost. */
export class AuditBatches implements AuditBackend, AsyncDisposable {
  readonly name = 'webhook';
  readonly #options: BatchOptions;
  #waiting: string[] = [];
  #timer: Disposable | undefined;
  #sending: Promise<void> = Promise.resolve();
  /** Batches that may be sent at once. */
  #tokens = burstMax;
  #filledMs: number;
  #isOver = false;
  /** Waits that the end cuts short. */
  readonly #pauses = new Set<() => void>();

  constructor(options: BatchOptions) {
    this.#options = options;
    this.#filledMs = options.clock.monotonicMs();
  }

  take(event: Parameters<AuditBackend['take']>[0]): undefined {
    if (this.#waiting.length >= bufferMax) {
      this.#options.lost(1, new Error('audit buffer queue blocked, dropping event'));
      return;
    }
    this.#waiting.push(auditEventJson(event));
    if (this.#waiting.length === batchMax) this.#flush();
    else this.#timer ??= this.#options.clock.after(waitMsMax, () => this.#flush());
  }

  /** Sends what waits, once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const end of this.#pauses) end();
    this.#flush();
    await this.#sending;
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#sending = this.#sending.then(() => this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#mayPass();
      const batch = this.#waiting.splice(0, batchMax);
      await this.#sendBatch(batch);
      // Fewer than a batch wait for more to come, until their time is over.
      if (!this.#isOver && this.#waiting.length < batchMax) break;
    }
    if (this.#waiting.length > 0) this.#timer ??= this.#options.clock.after(waitMsMax, () => this.#flush());
  }

  async #sendBatch(batch: readonly string[]): Promise<void> {
    const items = batch.map(text => parseExactJson(text) as object);
    const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items };
    let delayMs = backoffMs;
    for (let tries = 1; ; tries++) {
      try {
        await this.#options.send(list);
        return;
      } catch (error) {
        if (tries === triesMax || this.#isOver) {
          this.#options.lost(batch.length, error as Error);
          return;
        }
      }
      await this.#pause(delayMs * (1 + this.#options.random.next() * backoffJitter));
      delayMs *= backoffFactor;
    }
  }

  /** At most so many batches in a second, and some at once. */
  async #mayPass(): Promise<void> {
    const now = this.#options.clock.monotonicMs();
    this.#tokens = Math.min(burstMax, this.#tokens + ((now - this.#filledMs) * batchesPerSecond) / 1000);
    this.#filledMs = now;
    this.#tokens--;
    if (this.#tokens < 0) await this.#pause((-this.#tokens * 1000) / batchesPerSecond);
  }

  #pause(ms: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise(resolve => {
      const end = () => {
        timer[Symbol.dispose]();
        this.#pauses.delete(end);
        resolve();
      };
      const timer = this.#options.clock.after(ms, end);
      this.#pauses.add(end);
    });
  }
}

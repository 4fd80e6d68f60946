import { type Clock, sleep } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Image, Runtime } from '../runtime.ts';

type RuntimeStatus = Awaited<ReturnType<Runtime['status']>>;

export interface RuntimeQuestionsOptions {
  readonly runtime: Pick<Runtime, 'status' | 'listImages'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A report of the node waits no longer for its runtime, which may hang. */
const answerMs = 5_000;
/** A runtime that has told nothing for so long is down; one that is started anew is not. */
const downMs = 30_000;

/** What a node's report asks its runtime, and what it goes by while there is no answer. */
export class RuntimeQuestions {
  readonly #options: RuntimeQuestionsOptions;
  #status: RuntimeStatus | undefined;
  #statusAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RuntimeQuestionsOptions) {
    this.#options = options;
  }

  /** Its state, as it told it last; undefined: it is down. */
  async status(): Promise<RuntimeStatus | undefined> {
    const { runtime, clock } = this.#options;
    const status = await this.#ask('its state', () => runtime.status());
    const nowMs = clock.monotonicMs();
    if (status) {
      this.#status = status;
      this.#statusAtMs = nowMs;
    }
    return nowMs - this.#statusAtMs > downMs ? undefined : this.#status;
  }

  /** Undefined: it does not say. */
  images(): Promise<readonly Image[] | undefined> {
    return this.#ask('its images', () => this.#options.runtime.listImages());
  }

  async #ask<T>(what: string, question: () => Promise<T>): Promise<T | undefined> {
    const { clock, log } = this.#options;
    const timeout = new AbortController();
    const silence = async () => {
      await sleep(clock, answerMs, timeout.signal);
      throw new Error(`no answer within ${answerMs / 1_000} s`);
    };
    const answers = [question(), silence()];
    try {
      return (await Promise.race(answers)) as T;
    } catch (error) {
      log.warn(`the runtime did not tell ${what}`, { error: String(error) });
      return undefined;
    } finally {
      for (const late of answers) late.catch(() => {});
      timeout.abort();
    }
  }
}

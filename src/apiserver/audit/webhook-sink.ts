import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { parseExactJson } from '#machinery/json-parse.ts';
import { interruptible } from './batches.ts';
import { auditEventJson } from './event.ts';
import type { AuditSink } from './sink.ts';

const triesMax = 5;
export const backoffMsDefault = 10_000;
const backoffFactor = 1.5;
const backoffJitter = 0.2;

export interface WebhookSinkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Before what has not arrived is sent again; the next waits are longer. Default 10 s. */
  readonly initialBackoffMs?: number;
  /** Sends an audit.k8s.io/v1 EventList. Rejects where it has not arrived. */
  readonly send: (list: object) => Promise<void>;
}

/** Posts events to a server of the operator's, and again where they do not arrive. */
export class WebhookSink implements AuditSink {
  readonly name = 'webhook';
  readonly #options: WebhookSinkOptions;
  #isHurried = false;
  readonly #pauses = new Set<() => void>();
  readonly textOf = auditEventJson;

  constructor(options: WebhookSinkOptions) {
    this.#options = options;
  }

  hurry(): void {
    this.#isHurried = true;
    for (const end of this.#pauses) end();
  }

  async write(texts: readonly string[]): Promise<void> {
    const { send, clock, random, initialBackoffMs = backoffMsDefault } = this.#options;
    const items = texts.map(text => parseExactJson(text) as object);
    const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items };
    let delayMs = initialBackoffMs;
    for (let tries = 1; ; tries++) {
      try {
        return await send(list);
      } catch (error) {
        if (tries === triesMax || this.#isHurried) throw error;
      }
      await interruptible(clock, delayMs * (1 + random.next() * backoffJitter), this.#pauses);
      delayMs *= backoffFactor;
    }
  }
}

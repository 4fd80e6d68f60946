import { type Clock, sleep, toRfc3339 } from '#base/clock.ts';
import { Fifo } from '#base/fifo.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { events as eventsRef } from '#api/generated/refs.ts';
import type { Event, ObjectReference } from '#api/generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { hasReason, StatusError } from '#machinery/status.ts';
import type { Client } from './client.ts';
import { type Correlated, EventCorrelator } from './event-correlator.ts';

export type EventType = 'Normal' | 'Warning';

/** Tells users what happened to an object, as core/v1 Events. */
export interface EventRecorder {
  /** Never fails and never waits: writing goes on behind the caller's back, in order. */
  event(
    about: KubeObject | ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    options?: { readonly annotations?: Record<string, string>; readonly fieldPath?: string },
  ): void;
}

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The source, e.g. 'deployment-controller'. */
  readonly component: string;
  /** The node, for what runs on one. */
  readonly host?: string;
  /** Events that may wait to be written; more are dropped. Default: client-go's 1,000. */
  readonly queuedMax?: number;
}

// client-go's tools/record.
const defaultQueuedMax = 1000;
const attemptsMax = 12;
const retryMs = 10_000;

/** A recorder that writes through `client`, with client-go's counting, combining and flood rules. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder & Disposable {
  return new CorrelatingRecorder(options);
}

/** The reference to an object that an event or another object points with. */
export function referenceTo(object: KubeObject, fieldPath?: string): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    kind: object.kind,
    ...(namespace ? { namespace } : {}),
    name,
    uid,
    apiVersion: object.apiVersion,
    resourceVersion,
    ...(fieldPath ? { fieldPath } : {}),
  };
}

function isObject(about: KubeObject | ObjectReference): about is KubeObject {
  return 'metadata' in about;
}

class CorrelatingRecorder implements EventRecorder, Disposable {
  readonly #options: EventRecorderOptions;
  readonly #correlator: EventCorrelator;
  readonly #abort = new AbortController();
  readonly #queue = new Fifo<Event>();
  #writing = false;
  #nameCounter = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#correlator = new EventCorrelator(options.clock);
  }

  event(
    about: KubeObject | ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    options: { readonly annotations?: Record<string, string>; readonly fieldPath?: string } = {},
  ): void {
    if (this.#abort.signal.aborted) return;
    if (this.#queue.size >= (this.#options.queuedMax ?? defaultQueuedMax)) {
      this.#options.log.warn('event dropped: too many wait to be written', { reason, message });
      return;
    }
    const involvedObject = isObject(about) ? referenceTo(about, options.fieldPath) : about;
    this.#queue.push(this.#build(involvedObject, type, reason, message, options.annotations));
    if (!this.#writing) void this.#drain();
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    this.#queue.clear();
  }

  #build(
    involvedObject: ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    annotations: Record<string, string> | undefined,
  ): Event {
    const { component, host, clock } = this.#options;
    const now = toRfc3339(clock.now());
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: this.#freshName(involvedObject),
        namespace: involvedObject.namespace || 'default',
        ...(annotations ? { annotations } : {}),
      },
      involvedObject,
      reason,
      message,
      source: { component, ...(host ? { host } : {}) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
  }

  /** Upstream ends the name with the nanoseconds of now; the clock has milliseconds, a counter tells the rest. */
  #freshName(object: ObjectReference): string {
    this.#nameCounter = (this.#nameCounter + 1) % 1_000_000;
    const nanoseconds =
      BigInt(Math.floor(this.#options.clock.now())) * 1_000_000n + BigInt(this.#nameCounter);
    return `${object.name}.${nanoseconds.toString(16)}`;
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const event = next;
      const correlated = this.#correlator.correlate(event, () => this.#freshName(event.involvedObject));
      if (correlated) await this.#record(correlated);
    }
    this.#writing = false;
  }

  async #record(correlated: Correlated): Promise<void> {
    const { clock, random, log } = this.#options;
    const { reason, message } = correlated.event;
    for (let attempt = 1; !this.#abort.signal.aborted; attempt++) {
      try {
        this.#correlator.written(correlated.key, await this.#write(correlated));
        return;
      } catch (error) {
        const fields = { reason, message, error: String(error) };
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

  async #write({ event, seenBefore }: Correlated): Promise<Event> {
    const { client } = this.#options;
    if (seenBefore) {
      const { namespace, name } = event.metadata;
      const { count, lastTimestamp, message } = event;
      try {
        const patch = { count, lastTimestamp, message };
        return await client.patch(eventsRef, namespace!, name!, 'strategic', patch);
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }
    return client.create(eventsRef, event);
  }
}

function isOfEndingNamespace(error: unknown): boolean {
  if (!hasReason(error, 'Forbidden')) return false;
  return error.status.details?.causes?.some(cause => cause.reason === 'NamespaceTerminating') ?? false;
}

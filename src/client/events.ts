import { toRfc3339 } from '#base/clock.ts';
import { events as eventsRef } from '#api/generated/refs.ts';
import type { Event, ObjectReference } from '#api/generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import type { Client } from './client.ts';
import { type Correlated, EventCorrelator } from './event-correlator.ts';
import { EventNames } from './event-names.ts';
import { EventQueue, type EventQueueOptions } from './event-queue.ts';

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

export interface EventRecorderOptions extends EventQueueOptions {
  readonly client: Client;
  /** The source, e.g. 'deployment-controller'. */
  readonly component: string;
  /** The node, for what runs on one. */
  readonly host?: string;
}

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
  readonly #names: EventNames;
  readonly #queue: EventQueue<Event>;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#correlator = new EventCorrelator(options.clock);
    this.#names = new EventNames(options.clock, `${options.component} ${options.host ?? ''}`);
    this.#queue = new EventQueue(
      options,
      event => this.#begin(event),
      ({ reason, message }) => ({ reason, message }),
    );
  }

  event(
    about: KubeObject | ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    options: { readonly annotations?: Record<string, string>; readonly fieldPath?: string } = {},
  ): void {
    if (this.#queue.disposed) return;
    const involvedObject = isObject(about) ? referenceTo(about, options.fieldPath) : about;
    this.#queue.push(this.#build(involvedObject, type, reason, message, options.annotations));
  }

  [Symbol.dispose](): void {
    this.#queue[Symbol.dispose]();
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
        name: this.#names.next(involvedObject.name),
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

  #begin(event: Event): (() => Promise<void>) | undefined {
    const correlated = this.#correlator.correlate(event, () => this.#names.next(event.involvedObject.name));
    if (!correlated) return undefined;
    return async () => this.#correlator.written(correlated.key, await this.#write(correlated));
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

import { toRfc3339Micro } from '#base/clock.ts';
import { StringMap } from '#base/string-map.ts';
import { eventsV1 } from '#api/generated/refs.ts';
import type { Event, EventSeries } from '#api/generated/types/events.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import type { Client } from './client.ts';
import { EventNames } from './event-names.ts';
import { EventQueue, type EventQueueOptions } from './event-queue.ts';
import { type EventType, referenceTo } from './events.ts';

export interface ActionEvent {
  readonly type: EventType;
  readonly reason: string;
  /** What was being done. */
  readonly action: string;
  readonly note: string;
  /** Another object that has to do with it. */
  readonly related?: KubeObject;
}

/** Tells users what was done or tried with an object, as events.k8s.io/v1 Events. */
export interface ActionRecorder {
  /** Never fails and never waits. `controller` tells it, e.g. 'default-scheduler'. */
  record(controller: string, regarding: KubeObject, told: ActionEvent): void;
}

export interface ActionRecorderOptions extends EventQueueOptions {
  readonly client: Client;
  /** The machine's: an instance of a controller is called after both. */
  readonly hostname: string;
}

// client-go's tools/events. What repeats is a series: its start is written, and its end or, if it goes on, how far it is.
const finishMs = 360_000;
const refreshMs = 1_800_000;
/** Upstream knows no bound; who goes is written as if it had ended. */
const knownMax = 4096;

interface Known {
  readonly event: Event;
  series: EventSeries;
  lastMs: number;
  /** What the API server was told, and when. */
  writtenCount: number;
  writtenMs: number;
}

export function createActionRecorder(options: ActionRecorderOptions): ActionRecorder & Disposable {
  return new SeriesRecorder(options);
}

class SeriesRecorder implements ActionRecorder, Disposable {
  readonly #options: ActionRecorderOptions;
  readonly #names: EventNames;
  readonly #queue: EventQueue<Event>;
  /** Those that were told last are last. */
  readonly #known = new StringMap<Known>();
  #timer: Disposable | undefined;

  constructor(options: ActionRecorderOptions) {
    this.#options = options;
    this.#names = new EventNames(options.clock, options.hostname);
    this.#queue = new EventQueue(
      options,
      event => () => this.#write(event),
      ({ reason, note }) => ({ reason, message: note }),
    );
  }

  record(controller: string, regarding: KubeObject, told: ActionEvent): void {
    if (this.#queue.disposed) return;
    const event = this.#build(controller, regarding, told);
    const nowMs = this.#options.clock.monotonicMs();
    const key = keyOf(event);
    const known = this.#known.get(key);
    this.#known.delete(key);
    if (!known || nowMs - known.lastMs >= finishMs) {
      if (known) this.#tellCount(known);
      const series = { count: 1, lastObservedTime: event.eventTime };
      this.#known.set(key, { event, series, lastMs: nowMs, writtenCount: 1, writtenMs: nowMs });
      this.#queue.push(event);
      if (this.#known.size > knownMax) this.#forgetOldest();
      return;
    }
    known.series = { count: known.series.count + 1, lastObservedTime: event.eventTime };
    known.lastMs = nowMs;
    this.#known.set(key, known);
    if (known.writtenCount === 1) this.#tellCount(known);
    this.#timer ??= this.#options.clock.after(finishMs, () => this.#review());
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#queue[Symbol.dispose]();
    this.#known.clear();
  }

  #build(controller: string, regarding: KubeObject, told: ActionEvent): Event {
    const { name, namespace } = regarding.metadata;
    const { related, ...words } = told;
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: this.#names.next(name), namespace: namespace || 'default' },
      eventTime: toRfc3339Micro(this.#options.clock.now()),
      ...words,
      regarding: referenceTo(regarding),
      ...(related ? { related: referenceTo(related) } : {}),
      reportingController: controller,
      reportingInstance: `${controller}-${this.#options.hostname}`,
    };
  }

  #forgetOldest(): void {
    for (const [key, known] of this.#known) {
      this.#known.delete(key);
      this.#tellCount(known);
      return;
    }
  }

  /** Lets go of what has ended, and writes how far the series are that go on. */
  #review(): void {
    this.#timer = undefined;
    const nowMs = this.#options.clock.monotonicMs();
    let goesOn = false;
    for (const [key, known] of [...this.#known]) {
      const isOver = nowMs - known.lastMs >= finishMs;
      if (isOver) this.#known.delete(key);
      else if (known.series.count > 1) goesOn = true;
      if (isOver || nowMs - known.writtenMs >= refreshMs) this.#tellCount(known);
    }
    if (goesOn) this.#timer = this.#options.clock.after(finishMs, () => this.#review());
  }

  #tellCount(known: Known): void {
    const { event, series } = known;
    if (series.count === known.writtenCount) return;
    known.writtenCount = series.count;
    known.writtenMs = this.#options.clock.monotonicMs();
    this.#queue.push({ ...event, series });
  }

  async #write(event: Event): Promise<unknown> {
    const { client } = this.#options;
    const { metadata, series } = event;
    if (series) {
      try {
        return await client.patch(eventsV1, metadata.namespace!, metadata.name!, 'strategic', { series });
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }
    return client.create(eventsV1, event);
  }
}

/** What tells the same has the same: whatever the note says. */
function keyOf(event: Event): string {
  const { type, action, reason, reportingController, regarding, related } = event;
  return JSON.stringify([type, action, reason, reportingController, regarding, related]);
}

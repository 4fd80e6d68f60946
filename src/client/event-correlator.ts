import { type Clock, toRfc3339 } from '#base/clock.ts';
import type { Event } from '#api/generated/types/core.v1.ts';
import { TokenBucket } from './token-bucket.ts';

// client-go's defaults (tools/record): ten messages of one reason in ten minutes become one event; a source may tell
// 25 events of an object at once, then one every five minutes.
const entriesMax = 4096;
const aggregateMessagesMax = 10;
const aggregateIntervalMs = 600_000;
const spamBurst = 25;
const spamPerSecond = 1 / 300;

/** A Map that forgets the least recently written entries beyond `max`. */
class BoundedMap<V> {
  readonly #entries = new Map<string, V>();

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > entriesMax) this.#entries.delete(this.#entries.keys().next().value!);
  }
}

/** The event to write: a new one, or one more of an earlier one. */
export interface Correlated {
  readonly event: Event;
  readonly key: string;
  /** The name of the event to bump the count of; absent: create. */
  readonly seenBefore: boolean;
}

interface Seen {
  readonly name: string;
  readonly count: number;
  readonly firstTimestamp: string | undefined;
}

/** Counts repeats, combines what differs in its message alone, and drops floods. */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #aggregates = new BoundedMap<{ messages: Set<string>; lastMs: number }>();
  readonly #seen = new BoundedMap<Seen>();
  readonly #spam = new BoundedMap<TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** undefined: drop it. `freshName` names an event that combines others. */
  correlate(event: Event, freshName: () => string): Correlated | undefined {
    const { combined, key } = this.#aggregate(event, freshName);
    const seen = this.#seen.get(key);
    const observed: Event = seen
      ? {
          ...combined,
          metadata: { ...combined.metadata, name: seen.name },
          count: seen.count + 1,
          firstTimestamp: seen.firstTimestamp,
        }
      : combined;
    this.#remember(key, observed);
    if (!this.#mayTell(event)) return undefined;
    return { event: observed, key, seenBefore: seen !== undefined };
  }

  /** What the server holds now is where the next count goes on from. */
  written(key: string, event: Event): void {
    this.#remember(key, event);
  }

  #remember(key: string, event: Event): void {
    this.#seen.set(key, {
      name: event.metadata.name!,
      count: event.count ?? 1,
      firstTimestamp: event.firstTimestamp,
    });
  }

  #aggregate(event: Event, freshName: () => string): { combined: Event; key: string } {
    const groupKey = keyOf(
      event,
      event.type,
      event.reason,
      event.reportingComponent,
      event.reportingInstance,
    );
    const nowMs = this.#clock.monotonicMs();
    let group = this.#aggregates.get(groupKey);
    if (!group || nowMs - group.lastMs > aggregateIntervalMs) group = { messages: new Set(), lastMs: nowMs };
    group.messages.add(event.message ?? '');
    group.lastMs = nowMs;
    this.#aggregates.set(groupKey, group);
    if (group.messages.size < aggregateMessagesMax) {
      return { combined: event, key: keyOf(event, event.type, event.reason, event.message) };
    }
    group.messages.delete(group.messages.values().next().value!);
    const now = toRfc3339(this.#clock.now());
    const combined: Event = {
      ...event,
      metadata: { name: freshName(), namespace: event.metadata.namespace },
      message: `(combined from similar events): ${event.message ?? ''}`,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
    };
    return { combined, key: groupKey };
  }

  #mayTell(event: Event): boolean {
    const key = keyOf(event);
    const bucket = this.#spam.get(key) ?? new TokenBucket(this.#clock, spamPerSecond, spamBurst);
    this.#spam.set(key, bucket);
    return bucket.tryTake();
  }
}

function keyOf(event: Event, ...more: (string | undefined)[]): string {
  const { involvedObject: object, source } = event;
  return [
    source?.component,
    source?.host,
    object.kind,
    object.namespace,
    object.name,
    object.fieldPath,
    object.uid,
    object.apiVersion,
    ...more,
  ].join('\n');
}

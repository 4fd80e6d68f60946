import { type Clock, toRfc3339 } from '#base/clock.ts';
import { StringMap } from '#base/string-map.ts';
import type { Event } from '#api/generated/types/core.v1.ts';
import { TokenBucket } from './token-bucket.ts';

// client-go's defaults (tools/record): ten messages of one reason in ten minutes become one event; a source may tell
// 25 events of an object at once, then one every five minutes.
const entriesMax = 4096;
/** How far number and age of what is remembered may go beyond their limits. */
const slack = 1.125;
const aggregateMessagesMax = 10;
const aggregateIntervalMs = 600_000;
const spamBurst = 25;
const spamPerSecond = 1 / 300;
/** After this a source may tell as much as at first, so nothing need be remembered of it. */
const spamForgottenMs = (spamBurst / spamPerSecond) * 1000;
/** Upstream's --event-ttl: of an older event there is nothing left to count on. */
const eventLifeMs = 3_600_000;

/**
 * A Map that forgets the least recently written entries: those older than `lifeMs`, and those beyond a number. It does so
 * when there are a few to forget: to find the oldest, a Map passes over all that were there before it.
 */
class RecentMap<V> {
  readonly #clock: Clock;
  readonly #lifeMs: number;
  readonly #entries = new StringMap<{ readonly value: V; readonly writtenMs: number }>();
  /** None is older. */
  #oldestMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, lifeMs: number) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: V): void {
    const nowMs = this.#clock.monotonicMs();
    this.#entries.delete(key);
    this.#entries.set(key, { value, writtenMs: nowMs });
    if (this.#entries.size <= entriesMax * slack && nowMs - this.#oldestMs <= this.#lifeMs * slack) return;
    for (const [oldest, { writtenMs }] of this.#entries) {
      this.#oldestMs = writtenMs;
      if (this.#entries.size <= entriesMax && nowMs - writtenMs <= this.#lifeMs) break;
      this.#entries.delete(oldest);
    }
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
  readonly #aggregates: RecentMap<{ messages: StringMap<true>; lastMs: number }>;
  readonly #seen: RecentMap<Seen>;
  readonly #spam: RecentMap<TokenBucket>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#aggregates = new RecentMap(clock, aggregateIntervalMs);
    this.#seen = new RecentMap(clock, eventLifeMs);
    this.#spam = new RecentMap(clock, spamForgottenMs);
  }

  /** What is remembered: for tests. */
  get size(): number {
    return this.#aggregates.size + this.#seen.size + this.#spam.size;
  }

  /** undefined: drop it. `freshName` names an event that combines others. */
  correlate(event: Event, freshName: () => string): Correlated | undefined {
    const about = keyOf(event);
    const { combined, key } = this.#aggregate(about, event, freshName);
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
    if (!this.#mayTell(about)) return undefined;
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

  #aggregate(about: string, event: Event, freshName: () => string): { combined: Event; key: string } {
    const { type, reason, reportingComponent, reportingInstance } = event;
    const groupKey = `${about}\n${type}\n${reason}\n${reportingComponent}\n${reportingInstance}`;
    const nowMs = this.#clock.monotonicMs();
    let group = this.#aggregates.get(groupKey);
    if (!group || nowMs - group.lastMs > aggregateIntervalMs)
      group = { messages: new StringMap(), lastMs: nowMs };
    group.messages.set(event.message ?? '', true);
    group.lastMs = nowMs;
    this.#aggregates.set(groupKey, group);
    if (group.messages.size < aggregateMessagesMax) {
      return { combined: event, key: `${about}\n${type}\n${reason}\n${event.message}` };
    }
    group.messages.delete(group.messages.keys().next().value!);
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

  #mayTell(about: string): boolean {
    const bucket = this.#spam.get(about) ?? new TokenBucket(this.#clock, spamPerSecond, spamBurst);
    this.#spam.set(about, bucket);
    return bucket.tryTake();
  }
}

/** Who tells, and of what. */
function keyOf({ involvedObject: object, source }: Event): string {
  const { kind, namespace, name, fieldPath, uid, apiVersion } = object;
  return `${source?.component}\n${source?.host}\n${kind}\n${namespace}\n${name}\n${fieldPath}\n${uid}\n${apiVersion}`;
}

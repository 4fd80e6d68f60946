import { assert } from '#base/assert.ts';
import { StringMap } from '#base/string-map.ts';
import type { Overrides } from './keyspace.ts';
import { orderKey } from './order-key.ts';
import type { KeyValue, StoreEvent } from './store.ts';

/** One row of what a store keeps: what a key held, or that it was deleted, from `revision` on. */
export interface VersionId {
  readonly revision: number;
  readonly key: string;
}

export interface DroppedVersion extends VersionId {
  /** Of key and value. */
  readonly bytes: number;
}

/** The events of every revision that compaction has not dropped: revisions `first` to `last` without a hole. */
export class History {
  #first: number;
  /** Of most revisions there is one, which then stands for itself. */
  #entries: (StoreEvent | readonly StoreEvent[])[] = [];

  /** `first` is the revision of the first append. */
  constructor(first: number) {
    this.#first = first;
  }

  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#first + this.#entries.length - 1;
  }

  append(revision: number, events: readonly StoreEvent[]): void {
    assert(revision === this.last + 1, `revision ${revision} after ${this.last}`);
    this.#entries.push(events.length === 1 ? events[0]! : events);
  }

  at(revision: number): readonly StoreEvent[] {
    return listOf(this.#entries[revision - this.#first]!);
  }

  /** What the current keyspace must be overridden with to be the one of `revision`. */
  undo(revision: number): Overrides {
    const overrides = new StringMap<KeyValue | undefined>();
    for (let at = this.last; at > revision; at--) {
      const events = this.at(at);
      for (let i = events.length - 1; i >= 0; i--) {
        overrides.set(orderKey(events[i]!.kv.key), events[i]!.previous);
      }
    }
    return overrides;
  }

  /** Drops what came before `revision`; answers the versions that nothing can reach any more. */
  compact(revision: number): DroppedVersion[] {
    const dropped = this.#entries.splice(0, Math.max(0, revision - this.#first));
    this.#first += dropped.length;
    const unreachable: DroppedVersion[] = [];
    for (const entry of dropped) {
      for (const { type, kv, previous } of listOf(entry)) {
        if (previous) unreachable.push(versionOf(previous));
        if (type === 'delete') unreachable.push(versionOf(kv));
      }
    }
    return unreachable;
  }
}

function listOf(entry: StoreEvent | readonly StoreEvent[]): readonly StoreEvent[] {
  return Array.isArray(entry) ? entry : [entry as StoreEvent];
}

function versionOf({ key, modRevision, value }: KeyValue): DroppedVersion {
  return { revision: modRevision, key, bytes: key.length + value.length };
}

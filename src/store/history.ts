import { assert } from '#base/assert.ts';
import { StringMap } from '#base/string-map.ts';
import type { Overrides } from './keyspace.ts';
import { orderKey } from './order-key.ts';
import type { Version } from './version.ts';

/** One row of what a store keeps: what a key held, or that it was deleted, from `revision` on. */
export interface VersionId {
  readonly revision: number;
  readonly key: string;
}

export interface DroppedVersion extends VersionId {
  /** Of key and value. */
  readonly bytes: number;
}

/** The versions of every revision that compaction has not dropped: revisions `first` to `last` without a hole. */
export class History {
  #first: number;
  /** Of most revisions there is one, which then stands for itself. */
  #entries: (Version | readonly Version[])[] = [];

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

  append(revision: number, versions: readonly Version[]): void {
    assert(revision === this.last + 1, `revision ${revision} after ${this.last}`);
    this.#entries.push(versions.length === 1 ? versions[0]! : versions);
  }

  at(revision: number): readonly Version[] {
    return listOf(this.#entries[revision - this.#first]!);
  }

  /** What the current keyspace must be overridden with to be the one of `revision`. */
  undo(revision: number): Overrides {
    const overrides = new StringMap<Version | undefined>();
    for (let at = this.last; at > revision; at--) {
      const versions = this.at(at);
      for (let i = versions.length - 1; i >= 0; i--) {
        overrides.set(orderKey(versions[i]!.key), versions[i]!.previous);
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
      for (const version of listOf(entry)) {
        if (version.previous) unreachable.push(droppedOf(version.previous));
        if (version.type === 'delete') unreachable.push(droppedOf(version));
        version.forgetPrevious();
      }
    }
    return unreachable;
  }
}

function listOf(entry: Version | readonly Version[]): readonly Version[] {
  return Array.isArray(entry) ? entry : [entry as Version];
}

function droppedOf({ key, modRevision, bytes }: Version): DroppedVersion {
  return { revision: modRevision, key, bytes };
}

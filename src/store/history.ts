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

/** Of most revisions there is one version, which then stands for itself. Undefined once it was dropped. */
type Entry = Version | readonly Version[] | undefined;

/** An array that grows moves all that it has, so none is larger. */
const chunkLength = 4096;

/** The versions of every revision that compaction has not dropped: revisions `first` to `last` without a hole. */
export class History {
  #first: number;
  #last: number;
  /** The revision of the first entry of the first chunk. */
  #start: number;
  readonly #chunks: Entry[][] = [];

  /** `first` is the revision of the first append. */
  constructor(first: number) {
    this.#first = first;
    this.#last = first - 1;
    this.#start = first;
  }

  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#last;
  }

  append(revision: number, versions: readonly Version[]): void {
    assert(revision === this.last + 1, `revision ${revision} after ${this.last}`);
    if ((revision - this.#start) % chunkLength === 0) this.#chunks.push([]);
    this.#chunks.at(-1)!.push(versions.length === 1 ? versions[0]! : versions);
    this.#last = revision;
  }

  at(revision: number): readonly Version[] {
    return listOf(this.#chunkOf(revision)[(revision - this.#start) % chunkLength]);
  }

  /** What the current keyspace must be overridden with to be the one of `revision`, as far as order keys go that `concerns`. */
  undo(revision: number, concerns: (id: string) => boolean): Overrides {
    const overrides = new StringMap<Version | undefined>();
    for (let at = this.last; at > revision; at--) {
      const versions = this.at(at);
      for (let i = versions.length - 1; i >= 0; i--) {
        const id = orderKey(versions[i]!.key);
        if (concerns(id)) overrides.set(id, versions[i]!.previous);
      }
    }
    return overrides;
  }

  /** Drops what came before `revision`; answers the versions that nothing can reach any more. */
  compact(revision: number): DroppedVersion[] {
    const unreachable: DroppedVersion[] = [];
    for (; this.#first < revision && this.#first <= this.#last; this.#dropFirst()) {
      for (const version of this.at(this.#first)) {
        if (version.previous) unreachable.push(droppedOf(version.previous));
        if (version.type === 'delete') unreachable.push(droppedOf(version));
        version.forgetPrevious();
      }
    }
    return unreachable;
  }

  #dropFirst(): void {
    const at = (this.#first - this.#start) % chunkLength;
    this.#chunkOf(this.#first++)[at] = undefined;
    if (at < chunkLength - 1) return;
    this.#chunks.shift();
    this.#start = this.#first;
  }

  #chunkOf(revision: number): Entry[] {
    return this.#chunks[Math.floor((revision - this.#start) / chunkLength)]!;
  }
}

function listOf(entry: Entry): readonly Version[] {
  return Array.isArray(entry) ? entry : [entry as Version];
}

function droppedOf({ key, modRevision, bytes }: Version): DroppedVersion {
  return { revision: modRevision, key, bytes };
}

import type { Recovered } from '../durability.ts';
import type { VersionId } from '../history.ts';
import type { KeyValue, StoreEvent } from '../store.ts';
import type { OpenedHeader } from './messages.ts';
import type { StoredVersion } from './packed.ts';

/** Puts the state together from the versions on disk, which come in the order in which they were written. */
export class Recovery {
  readonly #compacted: Map<string, KeyValue> = new Map();
  readonly #rest: StoredVersion[] = [];
  readonly #unreachable: VersionId[] = [];
  readonly #versions: StoredVersion[] = [];

  add(version: StoredVersion): void {
    this.#versions.push(version);
  }

  /** `unreachable`: what compaction had not yet got round to deleting. */
  finish(header: OpenedHeader): { recovered: Recovered; unreachable: readonly VersionId[] } {
    for (const version of this.#versions) {
      if (version.modRevision < header.compactedRevision) this.#forget(version);
      else this.#rest.push(version);
    }
    const base = [...this.#compacted.values()];
    return { recovered: { ...header, base, events: this.#events() }, unreachable: this.#unreachable };
  }

  #forget(version: StoredVersion): void {
    const { key, modRevision } = version;
    const before = this.#compacted.get(key);
    if (before) this.#unreachable.push({ key, revision: before.modRevision });
    if (version.version > 0) {
      this.#compacted.set(key, version);
    } else {
      this.#compacted.delete(key);
      this.#unreachable.push({ key, revision: modRevision });
    }
  }

  #events(): StoreEvent[] {
    const current = new Map(this.#compacted);
    return this.#rest.map(kv => {
      const previous = current.get(kv.key);
      if (kv.version > 0) current.set(kv.key, kv);
      else current.delete(kv.key);
      return { type: kv.version > 0 ? 'put' : 'delete', kv, previous };
    });
  }
}

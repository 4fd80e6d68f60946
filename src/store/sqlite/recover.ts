import type { Recovered } from '../durability.ts';
import type { VersionId } from '../history.ts';
import { Version } from '../version.ts';
import type { OpenedHeader } from './messages.ts';
import type { StoredVersion } from './packed.ts';

/** Puts the state together from the versions on disk, which come in the order in which they were written. */
export class Recovery {
  readonly #compacted = new Map<string, Version>();
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
    return { recovered: { ...header, base, versions: this.#linked() }, unreachable: this.#unreachable };
  }

  #forget(version: StoredVersion): void {
    const { key, modRevision } = version;
    const before = this.#compacted.get(key);
    if (before) this.#unreachable.push({ key, revision: before.modRevision });
    if (version.version > 0) {
      this.#compacted.set(key, new Version(version, undefined));
    } else {
      this.#compacted.delete(key);
      this.#unreachable.push({ key, revision: modRevision });
    }
  }

  /** Those that are not compacted, each with what it came after. */
  #linked(): Version[] {
    const current = new Map(this.#compacted);
    return this.#rest.map(stored => {
      const version = new Version(stored, current.get(stored.key));
      if (version.type === 'put') current.set(version.key, version);
      else current.delete(version.key);
      return version;
    });
  }
}
